"""The permissions as a table, each cell of which is tried by forms and over SockJS."""

import base64
import itertools
import json
from http import HTTPStatus
from types import SimpleNamespace

from sockjs_support.clients import HTTP, session_url
from tests.support.attacks import AttackTest
from tests.support.chatting import Browser

#: The visitors: a browser without a name; one with a name; a muted one;
#: the room's owner; and the owner of another room, who also has a name here.
WHO = ("stranger", "named", "muted", "owner", "neighbour")

# yes: allowed.  no: rejected, without a change.  name: rejected because a name is missing.
# The second line of an action is for a read-only room.
TABLE = """
                    stranger   named      muted   owner      neighbour
read the page       yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
read the log        yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
read a message      yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
take the export     yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
take it as text     yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
take the QR code    yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
read the mod log    no         no         no         yes        no
  read-only         no         no         no         yes        no
read through        yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
ask how it reads    yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
say                 name       yes        no         yes        yes
  read-only         no         no         no         yes        no
reply               name       yes        no         yes        yes
  read-only         no         no         no         yes        no
react               name       yes        no         yes        yes
  read-only         no         no         no         yes        no
take it off         name       yes        no         yes        yes
  read-only         no         no         no         yes        no
say as newcomer     yes        yes        no         yes        yes
  read-only         no         no         no         yes        no
be seen typing      no         yes        no         yes        yes
  read-only         no         no         no         yes        no
claim a name        yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
claim Nina's name   no         yes        no         no         no
  read-only         no         yes        no         no         no
remove              no         yes        no         yes        no
  read-only         no         yes        no         yes        no
restore Nina's own  no         yes        no         yes        no
  read-only         no         no         no         yes        no
edit                no         yes        no         no         no
  read-only         no         no         no         no         no
edit what is gone   no         no         no         no         no
  read-only         no         no         no         no         no
erase               no         yes        no         yes        no
  read-only         no         yes        no         yes        no
erase what is gone  no         no         yes        yes        no
  read-only         no         no         yes        yes        no
read the history    no         yes        no         yes        no
  read-only         no         yes        no         yes        no
restore             no         no         no         yes        no
  read-only         no         no         no         yes        no
see what is gone    no         yes        no         yes        no
  read-only         no         yes        no         yes        no
read its history    no         yes        no         yes        no
  read-only         no         yes        no         yes        no
keep removed        no         yes        no         yes        no
  read-only         no         yes        no         yes        no
restore it then     no         no         no         yes        no
  read-only         no         no         no         yes        no
search              yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
follow the changes  yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
change the room     no         no         no         yes        no
  read-only         no         no         no         yes        no
see who reacted     yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
pin                 no         no         no         yes        no
  read-only         no         no         no         yes        no
unpin               no         no         no         yes        no
  read-only         no         no         no         yes        no
read the pins       yes        yes        yes        yes        yes
  read-only         yes        yes        yes        yes        yes
set the topic       no         no         no         yes        no
  read-only         no         no         no         yes        no
mute                no         no         no         yes        no
  read-only         no         no         no         yes        no
unmute              no         no         no         yes        no
  read-only         no         no         no         yes        no
operator's page     no         no         no         no         no
  read-only         no         no         no         no         no
metrics             no         no         no         no         no
  read-only         no         no         no         no         no
"""

#: Rejections by status or code.
NO = {
    HTTPStatus.FORBIDDEN: "no",
    HTTPStatus.UNAUTHORIZED: "no",
    HTTPStatus.CONFLICT: "no",
    HTTPStatus.BAD_REQUEST: "name",
}
CODES = {"not-allowed": "no", "muted": "no", "read-only": "no", "name-taken": "no", "name-needed": "name"}


def cells():
    """Yield (action, whether the room is read-only, visitor, expected result)."""
    heads, *lines = TABLE.strip("\n").splitlines()
    assert tuple(heads.split()) == WHO
    action = ""
    for line in lines:
        what, expected = line[:20].strip(), line[20:].split()
        action = action if what == "read-only" else what
        for who, cell in zip(WHO, expected, strict=True):
            yield action, what == "read-only", who, cell


class Room:
    """A room with all of these visitors.

    Nina's messages are 1, 4, 5, 7 and 8, of which she has removed the last three; Sid's are 2 and 6, which the owner
    has removed.  Message 3 is pinned.
    """

    def __init__(self, test):
        self.owner, self.path = test.open_room("Olga")
        port = test.layer.port
        self.people = {
            "stranger": Browser(port).visit(self.path),
            "named": Browser(port),
            "muted": Browser(port),
            "owner": self.owner,
            "neighbour": Browser(port),
        }
        for who, name in (("named", "Nina"), ("muted", "Sid"), ("neighbour", "Nick")):
            assert self.people[who].post(f"{self.path}/messages", text="hello", name=name).status == 303
        self.people["neighbour"].open_room(f"Next door to {self.path[-20:]}")
        for text in ("words to erase", "words to restore"):
            self.people["named"].post(f"{self.path}/messages", text=text)
        self.people["muted"].post(f"{self.path}/messages", text="words to erase")
        for text in ("words to keep removed", "words to see"):
            self.people["named"].post(f"{self.path}/messages", text=text)
        for seq in (2, 6):
            self.owner.post(f"{self.path}/messages/{seq}/remove")
        for seq in (5, 7, 8):
            assert self.people["named"].post(f"{self.path}/messages/{seq}/remove").status == 303
        self.owner.post(f"{self.path}/mute", name="Sid")
        self.owner.post(f"{self.path}/messages/3/pin")

    def read_only(self, on):
        values = {"read_only": "1"} if on else {}
        values["topic"] = "Ours"
        answer = self.owner.post(f"{self.path}/settings", title="The room", translator="pirate", slow="0", **values)
        assert answer.status == 303, answer.body


def removed_words(who, room):
    """Return the response for message 8, which counts as rejected if it has no text."""
    answer = who.get(f"{room}/messages/8", "application/json")
    told = json.loads(answer.body).get("removed_text")
    return answer if told == "words to see" else SimpleNamespace(status=HTTPStatus.FORBIDDEN, body=answer.body)


class ByForms(AttackTest):
    """Without JavaScript."""

    ACTIONS = {
        "read the page": lambda who, room: who.get(room),
        "read the log": lambda who, room: who.get(f"{room}/messages?limit=5", "application/json"),
        "read a message": lambda who, room: who.get(f"{room}/messages/1", "application/json"),
        "take the export": lambda who, room: who.get(f"{room}/export.json"),
        "take it as text": lambda who, room: who.get(f"{room}/export.txt"),
        "take the QR code": lambda who, room: who.get(f"{room}/qr.svg"),
        "read the mod log": lambda who, room: who.get(f"{room}/log"),
        "read through": lambda who, room: who.get(f"{room}?as=original"),
        "say": lambda who, room: who.post(f"{room}/messages", text="words"),
        "reply": lambda who, room: who.post(f"{room}/messages", text="words", reply_to="1"),
        "say as newcomer": lambda who, room: who.post(f"{room}/messages", text="words", name=f"New {id(who)}"),
        "claim Nina's name": lambda who, room: who.post(f"{room}/messages", text="words", name="NINA"),
        "edit": lambda who, room: who.post(f"{room}/messages/1/edit", text="other words"),
        "edit what is gone": lambda who, room: who.post(f"{room}/messages/2/edit", text="other words"),
        "erase": lambda who, room: who.post(f"{room}/messages/4/erase"),
        "erase what is gone": lambda who, room: who.post(f"{room}/messages/6/erase"),
        "read the history": lambda who, room: who.get(f"{room}/messages/1/history"),
        "restore Nina's own": lambda who, room: who.post(f"{room}/messages/5/restore"),
        "remove": lambda who, room: who.post(f"{room}/messages/1/remove"),
        "restore": lambda who, room: who.post(f"{room}/messages/2/restore"),
        "see what is gone": removed_words,
        "read its history": lambda who, room: who.get(f"{room}/messages/8/history"),
        "keep removed": lambda who, room: who.post(f"{room}/messages/7/remove"),
        "restore it then": lambda who, room: who.post(f"{room}/messages/7/restore"),
        "search": lambda who, room: who.get(f"{room}/search?q=hello", "application/json"),
        "follow the changes": lambda who, room: who.get(f"{room}/changes?since=0"),
        "change the room": lambda who, room: who.post(
            f"{room}/settings", title="Mine", translator="original", slow="9"
        ),
        "react": lambda who, room: who.post(f"{room}/messages/1/react", emoji="👍"),
        "take it off": lambda who, room: who.post(f"{room}/messages/1/react", emoji="👍", on="0"),
        "see who reacted": lambda who, room: who.get(f"{room}/messages/1/reactions?emoji=%F0%9F%91%8D"),
        "pin": lambda who, room: who.post(f"{room}/messages/1/pin"),
        "unpin": lambda who, room: who.post(f"{room}/messages/3/unpin"),
        "read the pins": lambda who, room: who.get(f"{room}/pinned"),
        "set the topic": lambda who, room: who.post(
            f"{room}/settings", title="The room", topic="Mine", translator="pirate", slow="0"
        ),
        "mute": lambda who, room: who.post(f"{room}/mute", name="Nick"),
        "unmute": lambda who, room: who.post(f"{room}/unmute", name="Sid"),
        "operator's page": lambda who, room: who.get("/operator"),
        "metrics": lambda who, room: who.get("/metrics"),
    }
    #: By forms, a name is claimed by the first message, which a read-only room rejects.
    OTHERWISE = {("claim Nina's name", True, "named"): "no"}

    #: Forms by which the owner reverts changes.
    UNDO = {
        "remove": ("messages/1/restore", {}),
        "restore": ("messages/2/remove", {}),
        "restore it then": ("messages/7/remove", {}),
        "pin": ("messages/1/unpin", {}),
        "unpin": ("messages/3/pin", {}),
        "mute": ("unmute", {"name": "Nick"}),
        "unmute": ("mute", {"name": "Sid"}),
    }

    def test_every_cell(self):
        room, locked = Room(self), Room(self)
        locked.read_only(True)
        for action, read_only, who, expected in cells():
            if action not in self.ACTIONS:
                continue
            with self.subTest(action=action, who=who, read_only=read_only):
                place = locked if read_only else room
                answer = self.ACTIONS[action](place.people[who], place.path)
                found = "yes" if answer.status in (200, 303) else NO.get(HTTPStatus(answer.status), answer.status)
                self.assertEqual(found, self.OTHERWISE.get((action, read_only, who), expected), answer.body)
                self.restore_order(place, action, read_only, found)

    def restore_order(self, place, action, read_only, found):
        """Revert the owner's change, and check that others' changes were not made."""
        owner = place.owner
        if found == "yes" and action in self.UNDO:
            path, fields = self.UNDO[action]
            owner.post(f"{place.path}/{path}", **fields)
        if found == "yes" and action == "restore Nina's own":
            place.people["named"].post(f"{place.path}/messages/5/remove")
        if found == "yes" and action in ("change the room", "set the topic"):
            place.read_only(read_only)
        if found == "no":
            log = owner.json(f"{place.path}/messages?after=0&limit=2")["messages"]
            self.assertEqual([message.get("removed", False) for message in log], [False, True])
            self.assertEqual([message["seq"] for message in owner.json(f"{place.path}/pinned")["messages"]], [3])
            room = owner.json(f"{place.path}/export.json")
            self.assertNotIn("Mine", (room["title"], room["topic"]))

    def test_every_action_of_the_table_is_tried(self):
        self.assertLessEqual(
            {action for action, _read_only, _who, _expected in cells()}, {*self.ACTIONS, *OverSockJS.ACTIONS}
        )

    def test_the_operator_needs_the_secret(self):
        with open(f"{self.layer.folder}/operator-secret") as file:
            secret = file.read().strip()
        owner, _room = self.open_room()
        for path in ("/operator", "/metrics"):
            for given, status in ((secret, 200), (secret[:-1], 401), ("", 401), (secret.upper(), 401)):
                password = base64.b64encode(f"x:{given}".encode()).decode()
                with self.subTest(path=path, status=status), HTTP(self.layer.port) as http:
                    headers = {"Authorization": f"Basic {password}", "Cookie": owner.cookie}
                    self.assertEqual(http.request("GET", path, headers).status, status)


class OverSockJS(AttackTest):
    """With JavaScript."""

    ACTIONS = {
        "read through": ({"type": "as", "as": "original"}, None),
        "ask how it reads": ({"type": "read", "seqs": [1]}, "view"),
        "say": ({"type": "say", "text": "words", "nonce": "n"}, "message"),
        "reply": ({"type": "say", "text": "words", "nonce": "r", "reply_to": 1}, "message"),
        "claim a name": ({"type": "join", "name": "Anybody %s"}, "welcome"),
        "claim Nina's name": ({"type": "join", "name": "nina"}, "welcome"),
        "be seen typing": ({"type": "typing"}, "typing"),
        "edit": ({"type": "edit", "seq": 1, "text": "words %s", "nonce": "n"}, "done"),
        "edit what is gone": ({"type": "edit", "seq": 2, "text": "words"}, "message"),
        "erase": ({"type": "erase", "seq": 4, "nonce": "n"}, "done"),
        "erase what is gone": ({"type": "erase", "seq": 6, "nonce": "n"}, "done"),
        "restore Nina's own": ({"type": "restore", "seq": 5}, "message"),
        "remove": ({"type": "remove", "seq": 1}, "removed"),
        "restore": ({"type": "restore", "seq": 2}, "message"),
        "keep removed": ({"type": "remove", "seq": 7, "nonce": "n"}, "done"),
        "restore it then": ({"type": "restore", "seq": 7}, "message"),
        "change the room": ({"type": "room", "title": "Mine"}, "room"),
        "react": ({"type": "react", "seq": 1, "emoji": "👍", "on": True}, "reactions"),
        "take it off": ({"type": "react", "seq": 1, "emoji": "👍", "on": False}, "reactions"),
        "pin": ({"type": "pin", "seq": 1, "on": True}, "pinned"),
        "unpin": ({"type": "pin", "seq": 3, "on": False}, "pinned"),
        "set the topic": ({"type": "room", "topic": "Mine"}, "room"),
        "mute": ({"type": "mute", "name": "Nick"}, None),
        "unmute": ({"type": "unmute", "name": "Sid"}, None),
    }
    UNDO = {
        "restore Nina's own": {"type": "remove", "seq": 5},
        "remove": {"type": "restore", "seq": 1},
        "restore": {"type": "remove", "seq": 2},
        "restore it then": {"type": "remove", "seq": 7},
        "change the room": {"type": "room", "title": "The room"},
        "pin": {"type": "pin", "seq": 1, "on": False},
        "unpin": {"type": "pin", "seq": 3, "on": True},
        "set the topic": {"type": "room", "topic": "Ours"},
        "mute": {"type": "unmute", "name": "Nick"},
        "unmute": {"type": "mute", "name": "Sid"},
    }

    def test_every_cell(self):
        self.marks = itertools.count()
        room, locked = Room(self), Room(self)
        locked.read_only(True)
        windows = {}
        for place in (room, locked):
            for who in WHO:
                windows[place, who] = self.window(place.path, place.people[who])
                windows[place, who].join()
        for number, (action, read_only, who, expected) in enumerate(cells()):
            if action not in self.ACTIONS:
                continue
            with self.subTest(action=action, who=who, read_only=read_only):
                place = locked if read_only else room
                values, good = self.ACTIONS[action]
                text = json.dumps(values) % number if "%s" in json.dumps(values) else values
                self.assertEqual(self.tried(windows[place, who], text, good), expected)
                if expected == "yes" and action in self.UNDO:
                    windows[place, "owner"].send(self.UNDO[action])
                    self.heard(windows[place, "owner"])

    def tried(self, window, values, good):
        """Return the result for `values`: yes, no, or name."""
        self.heard(window)
        window.send(values)
        events = self.heard(window)
        codes = [CODES.get(event["code"], event["code"]) for event in events if event["type"] == "error"]
        if codes:
            return codes[0]
        return "yes" if good is None or good in [event["type"] for event in events] else "no"

    def heard(self, window):
        """Return all events that `window` has received.

        It waits twice for the response to a message of its own, because others receive the events of a commit before
        the clients whose commands were rejected in it.
        """
        events = []
        for _ in range(2):
            nonce = f"mark {next(self.marks)}"
            window.say("up to here", nonce=nonce)
            while not events or events[-1].get("nonce") != nonce:
                events.append(window.next())
            events.pop()
        return events


class OverHTTPTransports(AttackTest):
    """A room's SockJS URL requires the same permission with every transport."""

    def test_missing_rooms_have_no_sessions(self):
        for transport, method in (
            ("xhr", "POST"), ("xhr_streaming", "POST"), ("xhr_send", "POST"), ("jsonp_send", "POST"),
            ("eventsource", "GET"), ("htmlfile?c=x", "GET"), ("jsonp?c=x", "GET"), ("websocket", "GET"),
        ):  # fmt: skip
            with self.subTest(transport), HTTP(self.layer.port) as http:
                path = f"{session_url('/rooms/nobody-opened-this/sockjs')}/{transport}"
                self.assertEqual(http.request(method, path, body=b'["x"]' if method == "POST" else b"").status, 404)
