"""Loads of visitors who edit and react; they have cookies, which these actions require."""

import json
import selectors
import time
import urllib.request

from client import Crowd, Session, marked

#: Maximum number of edits of a message.
EDITS = 20
#: Reactions per second, slightly below the limits of a visitor and of a room.
PACE = 1.9
EMOJI = "\N{THUMBS UP SIGN}"
#: Text in each event of a reaction, in the JSON of a frame.
REACTED = b'\\"reactions\\", '


def cookie_of(address, path):
    """Return the cookie of a new visitor of the room with this SockJS service."""
    host = "{}:{}".format(*address)
    with urllib.request.urlopen(f"http://{host}{path.removesuffix('/sockjs')}") as answer:
        given = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return "; ".join(given)


def joined(address, path, number):
    """Return the session of a new visitor, who has joined."""
    session = Session(address, path, number, cookie=cookie_of(address, path))
    session.wait_open(json.dumps({"type": "join", "name": f"Bench {number}", "as": "original"}))
    return session


def one_edits(pipe, paths, sessions, options, _window, seconds):
    """One visitor posts a message, edits it as often as allowed, and posts the next; `sessions` receive it."""
    address = options["address"]
    crowd = Crowd(address, paths, sessions - 1, options["hellos"])
    editor = joined(address, paths[0], sessions)
    crowd.sessions.append(editor)
    crowd.selector.register(editor.sock, selectors.EVENT_READ, editor)
    pipe.send(None)
    speak(editor)

    def heard(session, count):
        if session is editor:
            for _ in range(count):
                speak(editor)

    pipe.send(crowd.run(seconds, heard))


def speak(editor):
    """Post a message, or edit the last one."""
    seq, edits = divmod(editor.sent, EDITS + 1)
    if edits:
        editor.send_text(json.dumps({"type": "edit", "seq": seq + 1, "text": marked()}))
    else:
        editor.send_text(json.dumps({"type": "say", "text": marked()}))


def all_react(pipe, address, paths, people, seconds):
    """In each room, `people` visitors add and remove a reaction to its first message, as often as allowed."""
    selector = selectors.DefaultSelector()
    reacting = []
    for number in range(people * len(paths)):
        session = joined(address, paths[number % len(paths)], number)
        selector.register(session.sock, selectors.EVENT_READ, session)
        reacting.append(session)
    for session in reacting[: len(paths)]:
        session.send_text(json.dumps({"type": "say", "text": "react to this"}))
    pipe.send(None)
    begin = time.perf_counter()
    latencies, heard, turn = [], 0, 0
    asked = {}
    while (now := time.perf_counter()) < begin + seconds:
        while turn < (now - begin) * PACE * len(reacting):
            session = reacting[turn % len(reacting)]
            on = turn // len(reacting) % 2 == 0
            asked[session] = time.perf_counter_ns()
            session.send_text(json.dumps({"type": "react", "seq": 1, "emoji": EMOJI, "on": on, "nonce": "n"}))
            turn += 1
        for key, _events in selector.select(0.002):
            data = key.data.sock.recv(1 << 20)
            heard += data.count(REACTED)
            if b"done" in data and key.data in asked:
                latencies.append(time.perf_counter_ns() - asked.pop(key.data))
    pipe.send((sorted(latencies), heard / people / seconds))
