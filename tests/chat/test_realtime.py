"""The protocol between people in a room and the server."""

import json

from sockjs_support.clients import HTTP, session_url
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import CHAT
from tests.support.chatting import ChatTest


class Joining(ChatTest):
    layer = CHAT

    def test_the_welcome_describes_the_room(self):
        ada, room = self.open_room()
        welcome = self.window(room, ada).join()
        self.assertEqual(welcome["room"], room.rpartition("/")[2])
        self.assertTrue(welcome["you"].startswith("Ada"))
        self.assertEqual((welcome["last"], welcome["as"]), (0, "pirate"))
        self.assertEqual([one["name"] for one in welcome["translators"]], ["pirate", "original"])
        self.assertEqual(welcome["translators"][0]["reach"], "none")
        self.assertIn(welcome["you"], welcome["present"])

    def test_a_stranger_reads_without_a_name(self):
        _ada, room = self.open_room()
        welcome = self.window(room).join()
        self.assertIsNone(welcome["you"])
        self.assertEqual(welcome["present"], [])

    def test_joining_by_the_url(self):
        ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for number in range(1, 4):
            bo.say(f"message {number}")
            bo.hear("message")
        reader = self.window(room, ada, query="?join&after=1&as=original")
        welcome = reader.next()
        self.assertEqual((welcome["type"], welcome["as"], welcome["last"]), ("welcome", "original", 3))
        self.assertTrue(welcome["you"].startswith("Ada"))
        self.assertEqual([reader.next()["seq"] for _ in range(2)], [2, 3])
        bo.say("message 4")
        self.assertEqual(reader.hear("message")["seq"], 4)
        missed = self.window(room, query=f"?join&after=4&since=0&epoch={welcome['epoch']}")
        self.assertEqual(missed.next()["type"], "welcome")
        self.assertEqual(missed.hear("current")["last"], 4)

    def test_joining_by_the_url_has_no_name(self):
        _ada, room = self.open_room()
        self.assertIsNone(self.window(room, query="?join&name=Bo").next()["you"])

    def test_an_invalid_url_is_reported(self):
        _ada, room = self.open_room()
        for query, named in (
            ("after=x", "after"),
            ("after=-1", "after"),
            ("since=1.5", "since"),
            ("after=", "after"),
            (f"since={'9' * 3000}", "since"),
        ):
            with self.subTest(query):
                window = self.window(room, query=f"?join&{query}")
                error = window.next()
                self.assertEqual((error["type"], error["code"]), ("error", "bad-message"))
                self.assertIn(named, error["message"])
                self.assertEqual(window.join()["last"], 0)
        window = self.window(room, query="?join&as=%ff%00klingon")
        self.assertEqual([window.next()["type"] for _ in range(2)], ["error", "welcome"])

    def test_a_url_without_join_does_not_join(self):
        _ada, room = self.open_room()
        for query in ("?after=0", "?joined&after=0", "?type=join"):
            window = self.window(room, query=query)
            window.send({"type": "ping"})
            self.assertEqual(window.next(), {"type": "pong"})

    def test_polling_sessions_do_not_join_by_the_url(self):
        _ada, room = self.open_room()
        url = session_url(f"{room}/sockjs")
        with HTTP(self.layer.port) as http:
            self.assertEqual(http.request("POST", f"{url}/xhr?join&after=0").body, b"o\n")
            http.request("POST", f"{url}/xhr_send?join", body=json.dumps(['{"type": "ping"}']).encode())
            self.assertEqual(http.request("POST", f"{url}/xhr?join").body, b'a["{\\"type\\": \\"pong\\"}"]\n')

    def test_a_ping_is_answered_without_joining(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        stranger = self.window(room)
        stranger.send({"type": "ping"})
        self.assertEqual(stranger.next(), {"type": "pong"})
        bo.say("hello")
        bo.hear("message")
        stranger.send({"type": "ping"})
        self.assertEqual(stranger.next(), {"type": "pong"}, "a client that has not joined receives nothing else")
        stranger.join()
        stranger.send({"type": "ping"})
        self.assertEqual(stranger.hear("pong"), {"type": "pong"})

    def test_joining_sends_missed_and_then_new_messages(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for number in range(1, 31):
            bo.say(f"message {number}")
            bo.hear("message")
        cleo = self.visitor(room, "Cleo", after=10)
        bo.say("message 31")
        self.assertEqual([cleo.hear("message")["seq"] for _ in range(21)], list(range(11, 32)))

    def test_messages_during_a_join_arrive_once_and_in_order(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        readers = []
        for number in range(150):
            bo.say(f"message {number}")
            if number % 10 == 0:
                reader = self.window(room)
                reader.send({"type": "join", "after": 0})
                readers.append(reader)
        for reader in [bo, *readers]:
            self.assertEqual([reader.hear("message")["seq"] for _ in range(150)], list(range(1, 151)))

    def test_more_than_two_hundred_missed_messages_have_a_gap(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for number in range(250):
            bo.say(str(number))
        while bo.hear("message")["seq"] < 250:
            pass
        reader = self.window(room)
        reader.join(after=20)
        self.assertEqual(reader.next(), {"type": "gap", "before": 51})
        self.assertEqual([reader.hear("message")["seq"] for _ in range(200)], list(range(51, 251)))
        missing = self.browser().json(f"{room}/messages?after=20&before=51&limit=200")["messages"]
        self.assertEqual([message["seq"] for message in missing], list(range(21, 51)))

    def test_fewer_long_messages_follow_the_gap(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for _ in range(150):
            bo.say("\u4e00" * 4000)
            bo.hear("message")  # a client that sends a lot and does not read is disconnected
        reader = self.window(room)
        reader.join(after=0)
        before = reader.next()["before"]
        self.assertTrue(100 < before < 150, before)
        self.assertEqual([reader.hear("message")["seq"] for _ in range(151 - before)], list(range(before, 151)))

    def test_without_after_only_new_messages_arrive(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        bo.say("before")
        bo.hear("message")
        reader = self.window(room)
        self.assertEqual(reader.join()["last"], 1)
        bo.say("after")
        self.assertEqual(reader.hear("message")["text"], "after")

    def test_joining_again_starts_at_the_clients_position(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        bo.say("one")
        bo.hear("message")
        bo.join(after=0)
        self.assertEqual(bo.hear("message")["text"], "one")
        bo.say("two")
        self.assertEqual(bo.hear("message")["text"], "two")

    def test_invalid_messages_are_rejected_with_a_reason(self):
        _ada, room = self.open_room()
        reader = self.window(room)
        for values in ({"after": -1}, {"after": "x"}, {"after": True}, {"after": 1.5}):
            with self.subTest(values):
                reader.send({"type": "join", **values})
                self.assertEqual(reader.hear("error")["code"], "bad-message")

    def test_there_is_no_session_in_a_room_that_does_not_exist(self):
        answer = self.browser().get("/rooms/nobody-opened-this/sockjs/info")
        self.assertEqual(answer.status, 404)
        answer = self.browser().post(f"{session_url('/rooms/nobody-opened-this/sockjs')}/xhr")
        self.assertEqual(answer.status, 404)


class Speaking(ChatTest):
    layer = CHAT

    def test_messages_have_a_translation_and_the_original(self):
        ada, room = self.open_room()
        first = self.window(room, ada)
        first.join()
        bo = self.visitor(room, "Bo")
        bo.say("pyramid_sockjs is cool", nonce="7")
        for window in (first, bo):
            message = window.hear("message")
            self.assertEqual(message["seq"], 1)
            self.assertEqual(message["author"], "Bo")
            self.assertEqual(message["text"], "pyramid_sockjs is cool")
            self.assertEqual(message["view"], {"as": "pirate", "state": "ready", "text": "pyramid_sockjs be cool"})
            self.assertRegex(message["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual(message["nonce"], "7")

    def test_readers_of_the_original_receive_no_translation(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo", **{"as": "original"})
        bo.say("this is it")
        self.assertNotIn("view", bo.hear("message"))
        bo.send({"type": "as", "as": "pirate"})
        bo.say("this is it")
        self.assertEqual(bo.hear("message")["view"]["text"], "this be it")
        bo.send({"type": "as", "as": "klingon"})
        self.assertIn("pirate, original", bo.hear("error")["message"])

    def test_text_that_is_not_json_is_a_message(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for text in ("ahoy", '"quoted"', "[1, 2]", "42", "{broken", "[" * 3000):
            bo.send(text)
            self.assertEqual(bo.hear("message")["text"], text)

    def test_a_minimal_client_need_not_join(self):
        ada, room = self.open_room()
        window = self.window(room, ada)
        window.send("ahoy")
        self.assertEqual(window.next()["type"], "welcome")
        self.assertEqual(window.hear("message")["text"], "ahoy")

    def test_a_minimal_client_receives_events_even_if_its_first_message_is_rejected(self):
        ada, room = self.open_room()
        window = self.window(room, ada)
        window.send({"type": "dance"})
        self.assertEqual(window.next()["type"], "error", "an unknown type is not posted")
        window.send(" ")
        self.assertEqual([window.next()["type"] for _ in range(2)], ["welcome", "error"])

    def test_a_repeated_nonce_is_acknowledged_again(self):
        _ada, room = self.open_room()
        browser = self.browser().visit(room)
        bo, other = self.window(room, browser), self.window(room, browser)
        bo.join(name="Bo")
        other.join()
        bo.say("once", nonce="n")
        first = bo.hear("message")
        bo.say("once", nonce="n")
        self.assertEqual(bo.hear("message"), first)
        # also from another window, and only to windows that miss it
        other.hear("message")
        other.say("once", nonce="n")
        self.assertEqual(other.hear("message"), first)
        bo.say("twice", nonce="m")
        self.assertEqual((bo.hear("message")["seq"], other.hear("message")["seq"]), (2, 2))

    def test_a_repeated_nonce_under_a_new_name_is_acknowledged_again(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        bo.say("once", nonce="n")
        first = bo.hear("message")
        self.assertEqual(bo.join(name="Bosun")["you"], "Bosun")
        bo.say("once", nonce="n")
        self.assertEqual(bo.hear("message"), first)

    def test_clients_without_cookies_get_no_nonces_over_http(self):
        ada, room = self.open_room()
        program = self.window(room)
        program.join(name="Robot")
        program.say("beep", nonce="n")
        self.assertEqual(program.hear("message")["nonce"], "n")
        for browser in (self.browser(), ada):
            self.assertNotIn("nonce", browser.json(f"{room}/messages")["messages"][0])

    def test_another_visitor_may_use_the_same_nonce(self):
        _ada, room = self.open_room()
        bo, cleo = self.visitor(room, "Bo"), self.visitor(room, "Cleo")
        bo.say("one", nonce="n")
        cleo.hear("message")
        cleo.say("two", nonce="n")
        self.assertEqual(cleo.hear("message")["text"], "two")

    def test_errors_have_the_nonce_of_their_message(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo")
        for text, code in (("x" * 4001, "too-long"), ("", "bad-message"), ("  \n ", "bad-message"), (7, "bad-message")):
            bo.say(text, nonce="n")
            error = bo.hear("error")
            self.assertEqual((error["code"], error["nonce"]), (code, "n"))
        bo.say("x" * 4000)
        self.assertEqual(len(bo.hear("message")["text"]), 4000)
        for values in ({"type": "dance"}, {"type": ["say"]}, {}, {"type": "say", "text": "x", "nonce": "n" * 65}):
            bo.send(values)
            self.assertEqual(bo.hear("error")["code"], "bad-message")

    def test_difficult_text_arrives_as_typed(self):
        _ada, room = self.open_room()
        bo = self.visitor(room, "Bo", **{"as": "original"})
        for text in ("a  b\n\n  c\t", "שלום", "👩‍👩‍👧‍👦", "<script>alert(1)</script>", "a\u2028b", "z̴̡̛"):
            bo.say(text)
            self.assertEqual(bo.hear("message")["text"], text)
        bo.say("\ud800 and \x00")
        self.assertEqual(bo.hear("message")["text"], "\ufffd and \ufffd")

    def test_posting_requires_a_name(self):
        _ada, room = self.open_room()
        window = self.window(room, self.browser().visit(room))
        window.join()
        window.say("who am I")
        self.assertEqual(window.hear("error")["code"], "name-needed")
        self.assertEqual(window.join(name="Nemo")["you"], "Nemo")
        window.say("Nemo")
        self.assertEqual(window.hear("message")["author"], "Nemo")


class Names(ChatTest):
    layer = CHAT

    def test_a_name_belongs_to_a_browser(self):
        _ada, room = self.open_room()
        self.visitor(room, "Bo")
        for name in ("Bo", "bo", "BO", "Bо", "B0"):  # noqa: RUF001 -- similar letters are tested
            window = self.window(room, self.browser().visit(room))
            window.send({"type": "join", "name": name})
            self.assertEqual(window.next()["code"], "name-taken")
            self.assertIsNone(window.hear("welcome")["you"])

    def test_a_returning_browser_keeps_its_name(self):
        _ada, room = self.open_room()
        browser = self.browser().visit(room)
        first = self.window(room, browser)
        first.join(name="Bo")
        first.close()
        self.assertEqual(self.window(room, browser).join()["you"], "Bo")

    def test_clients_without_cookies_are_identified_by_address(self):
        _ada, room = self.open_room()
        self.assertEqual(self.window(room).join(name="Bot")["you"], "Bot")
        self.assertEqual(self.window(room).join(name="Bot")["you"], "Bot")
        stranger = self.window(room, host="127.0.0.1")
        self.assertEqual(stranger.join()["you"], "Bot")

    def test_a_forged_cookie_is_ignored(self):
        ada, room = self.open_room()
        thief = self.browser()
        thief.cookies["piratechat"] = ada.cookies["piratechat"][:-4] + "AAAA"
        window = self.window(room, thief)
        self.assertIsNone(window.join()["you"])
        window.send({"type": "room", "title": "mine"})
        self.assertEqual(window.hear("error")["code"], "not-allowed")


class Presence(ChatTest):
    layer = CHAT

    def test_joins_and_leaves_are_sent(self):
        ada, room = self.open_room()
        window = self.window(room, ada)
        window.join()
        window.hear("present")
        bo = self.visitor(room, "Bo")
        self.assertEqual(window.hear("present"), {"type": "present", "joined": ["Bo"], "left": []})
        bo.close()
        self.assertEqual(window.hear("present"), {"type": "present", "joined": [], "left": ["Bo"]})

    def test_two_windows_are_one_person(self):
        _ada, room = self.open_room()
        browser = self.browser().visit(room)
        first, second = self.window(room, browser), self.window(room, browser)
        first.join(name="Bo")
        self.assertEqual(second.join()["present"], ["Bo"])

    def test_typing_is_sent_to_others(self):
        _ada, room = self.open_room()
        bo, cleo = self.visitor(room, "Bo"), self.visitor(room, "Cleo")
        bo.send({"type": "typing"})
        self.assertEqual(cleo.hear("typing"), {"type": "typing", "author": "Bo"})


class Renaming(ChatTest):
    """A visitor has one name in all windows."""

    layer = CHAT

    def setUp(self):
        super().setUp()
        self.ada, self.room = self.open_room()
        self.ann = self.browser().visit(self.room)
        self.first, self.second = self.window(self.room, self.ann), self.window(self.room, self.ann)
        self.first.join(name="Ann")
        self.second.join()
        self.cleo = self.visitor(self.room, "Cleo")
        while "Cleo" not in self.cleo.hear("present")["joined"]:
            pass

    def hear_the_new_name(self):
        """Assert that others see a renamed person, and that the visitor's other window learns its own name."""
        self.assertEqual(self.second.hear("named"), {"type": "named", "you": "Anna"})
        self.assertEqual(self.cleo.hear("present"), {"type": "present", "joined": ["Anna"], "left": ["Ann"]})

    def test_the_other_window_uses_the_new_name(self):
        self.second.send({"type": "typing"})
        self.assertEqual(self.cleo.hear("typing")["author"], "Ann")
        self.first.join(name="Anna")
        self.hear_the_new_name()
        self.second.say("hello")
        self.assertEqual(self.cleo.hear("message")["author"], "Anna")
        late = self.window(self.room, self.ann)
        welcome = late.join()
        self.assertEqual((welcome["you"], welcome["present"]), ("Anna", ["Anna", "Cleo"]))

    def test_typing_notifications_have_the_new_name(self):
        self.first.join(name="Anna")
        self.hear_the_new_name()
        self.second.send({"type": "typing"})
        self.assertEqual(self.cleo.hear("typing")["author"], "Anna")

    def test_presence_is_correct_when_windows_close(self):
        self.first.join(name="Anna")
        self.hear_the_new_name()
        self.first.close()
        self.second.close()
        self.assertEqual(self.cleo.hear("present"), {"type": "present", "joined": [], "left": ["Anna"]})
        self.assertEqual(self.window(self.room).join()["present"], ["Cleo"])

    def test_a_name_changed_by_a_form_counts_as_well(self):
        answer = self.ann.post(f"{self.room}/messages", text="no script", name="Anna")
        self.assertEqual(answer.status, 303)
        self.hear_the_new_name()
        self.assertEqual(self.cleo.hear("message")["author"], "Anna")
        self.second.say("hello")
        self.assertEqual(self.cleo.hear("message")["author"], "Anna")

    def test_joining_with_the_old_name_restores_the_name(self):
        self.first.join(name="Anna")
        self.hear_the_new_name()
        self.second.join(name="Ann")
        self.assertEqual(self.first.hear("named"), {"type": "named", "you": "Ann"})

    def test_other_readers_receive_the_owners_name(self):
        owner = self.window(self.room, self.ada)
        self.assertEqual(owner.join()["you"], self.cleo.welcome["owner"])
        owner.join(name="The Countess")
        self.assertEqual(self.cleo.hear("room"), {"type": "room", "owner": "The Countess", "rev": 1})


class Owning(ChatTest):
    layer = CHAT

    def setUp(self):
        super().setUp()
        self.ada, self.room = self.open_room()
        self.owner = self.window(self.room, self.ada)
        self.owner.join()
        self.bo = self.visitor(self.room, "Bo")

    def test_a_message_is_removed_and_restored(self):
        self.bo.say("this is rude")
        self.bo.hear("message")
        self.owner.send({"type": "remove", "seq": 1})
        self.assertEqual(self.bo.hear("removed"), {"type": "removed", "seq": 1, "rev": 1, "by": "owner"})
        self.assertEqual(self.ada.json(f"{self.room}/messages")["messages"][0]["text"], "")
        self.owner.send({"type": "restore", "seq": 1})
        again = self.bo.hear("message")
        self.assertEqual((again["seq"], again["text"], again["rev"]), (1, "this is rude", 2))

    def test_the_text_of_a_removed_message_is_not_sent_again(self):
        self.bo.say("this is rude", nonce="n")
        self.bo.hear("message")
        self.owner.send({"type": "remove", "seq": 1})
        self.bo.hear("removed")
        self.bo.say("this is rude", nonce="n")  # acknowledged again
        self.assertEqual(self.bo.hear("message")["text"], "")
        for view in ("original", "pirate"):
            cleo = self.visitor(self.room, f"Cleo {view}", after=0, **{"as": view})
            cleo.send({"type": "read", "seqs": [1], "again": True})
            cleo.send({"type": "typing"})
            heard = []
            while (event := cleo.next())["type"] != "typing":
                heard.append(event)
            self.assertNotRegex(json.dumps(heard), "this (is|be) rude")
            self.assertNotIn("view", [event["type"] for event in heard])
            (removed,) = [event for event in heard if event["type"] == "message"]
            self.assertEqual((removed["text"], removed["removed"]), ("", True))

    def test_the_owner_receives_an_acknowledgement(self):
        self.bo.say("this is rude")
        self.bo.hear("message")
        for number, (values, rev) in enumerate(
            (
                ({"type": "remove", "seq": 1}, {"rev": 1}),
                ({"type": "remove", "seq": 1}, {}),  # repeated
                ({"type": "restore", "seq": 1}, {"rev": 2}),
                ({"type": "room", "title": "The Cabin"}, {"rev": 3}),
                ({"type": "mute", "name": "Bo"}, {}),
                ({"type": "unmute", "name": "Bo"}, {}),
            )
        ):
            self.owner.send({**values, "nonce": f"n{number}"})
            self.assertEqual(self.owner.hear("done"), {"type": "done", "nonce": f"n{number}", **rev}, values)

    def test_the_owner_receives_errors_with_the_nonce(self):
        for field, value in (("title", " "), ("slow", -1), ("translator", "klingon"), ("read_only", "yes")):
            self.owner.send({"type": "room", field: value, "nonce": "n"})
            error = self.owner.hear("error")
            self.assertEqual((error["code"], error["nonce"], error["field"]), ("bad-message", "n", field))

    def test_moderation_is_sent_to_the_owners_windows_only(self):
        other = self.window(self.room, self.ada)
        other.join()
        self.owner.send({"type": "room", "slow": 5})
        for window in (self.owner, other):
            entry = window.hear("logged")
            self.assertEqual((entry["what"], entry["from"], entry["to"]), ("slow", 0, 5))
        self.owner.send({"type": "mute", "name": "Bo"})
        self.assertEqual(other.hear("logged")["name"], "Bo")
        heard = []
        while (event := self.bo.next())["type"] != "muted":
            heard.append(event["type"])
        self.assertNotIn("logged", heard)

    def test_a_muted_visitor_is_notified_in_every_window_and_after_reconnecting(self):
        browser = self.browser().visit(self.room)
        windows = [self.window(self.room, browser) for _ in range(2)]
        for window in windows:
            self.assertEqual(window.join(name="Cleo")["muted"], False)
        self.owner.send({"type": "mute", "name": "Cleo"})
        for window in windows:
            self.assertEqual(window.hear("muted"), {"type": "muted"})
        self.assertTrue(self.window(self.room, browser).join()["muted"])
        self.owner.send({"type": "unmute", "name": "Cleo"})
        for window in windows:
            self.assertEqual(window.hear("unmuted"), {"type": "unmuted"})
        self.assertFalse(self.window(self.room, browser).join()["muted"])
        self.bo.say("the rest is mute")
        while (event := self.bo.next())["type"] != "message":
            self.assertNotIn(event["type"], ("muted", "unmuted"))

    def test_a_returning_visitor_learns_that_the_room_is_read_only(self):
        self.owner.send({"type": "room", "read_only": True})
        self.bo.hear("room")
        self.assertTrue(self.window(self.room).join()["read_only"])

    def test_only_the_owner_posts_in_a_read_only_room(self):
        self.owner.send({"type": "room", "read_only": True})
        self.assertEqual(self.bo.hear("room"), {"type": "room", "read_only": True, "rev": 1})
        self.bo.say("but")
        self.assertEqual(self.bo.hear("error")["code"], "read-only")
        self.owner.say("hear me")
        self.assertEqual(self.bo.hear("message")["text"], "hear me")

    def test_a_muted_visitor_reads_on_until_unmuted(self):
        self.owner.send({"type": "mute", "name": "bo"})
        wait_until(lambda: self._code("am I heard?") == "muted", "the mute")
        self.owner.send({"type": "unmute", "name": "Bo"})
        wait_until(lambda: self._code("am I heard?") is None, "unmuting")

    def _code(self, text):
        self.bo.say(text)
        while (event := self.bo.next())["type"] not in ("error", "message"):
            pass
        return event.get("code")

    def test_a_slow_room_sends_the_time_to_wait(self):
        self.owner.send({"type": "room", "slow": 60, "title": "Slow"})
        self.assertEqual(self.bo.hear("room"), {"type": "room", "slow": 60, "title": "Slow", "rev": 1})
        self.bo.say("one")
        self.bo.hear("message")
        self.bo.say("two")
        error = self.bo.hear("error")
        self.assertEqual(error["code"], "rate-limited")
        self.assertTrue(50 < error["retry_after"] <= 60, error)

    def test_the_default_translator_is_for_visitors_without_a_choice(self):
        self.owner.send({"type": "room", "translator": "original"})
        self.bo.hear("room")
        self.assertEqual(self.window(self.room).join()["as"], "original")
        self.assertEqual(self.window(self.room).join(**{"as": "pirate"})["as"], "pirate")

    def test_visitors_have_no_permissions_of_owners(self):
        self.owner.say("x", name="Ada")
        self.bo.hear("message")
        for values in (
            {"type": "remove", "seq": 1},
            {"type": "restore", "seq": 1},
            {"type": "room", "title": "Mine"},
            {"type": "mute", "name": "Ada"},
            {"type": "unmute", "name": "Ada"},
        ):
            self.bo.send(values)
            self.assertEqual(self.bo.hear("error")["code"], "not-allowed", values)

    def test_invalid_settings_change_nothing(self):
        for values in (
            {"type": "remove", "seq": 99},
            {"type": "remove", "seq": "1"},
            {"type": "remove"},
            {"type": "room"},
            {"type": "room", "colour": "red"},
            {"type": "room", "slow": -1},
            {"type": "room", "title": ""},
            {"type": "room", "translator": "klingon"},
            {"type": "mute", "name": "Nobody"},
            {"type": "mute"},
        ):
            self.owner.send(values)
            self.assertIn(self.owner.hear("error")["code"], ("bad-message", "name-needed"), values)


class ComingBack(ChatTest):
    """A reconnecting window receives the missed changes once and in order."""

    layer = CHAT

    def setUp(self):
        super().setUp()
        self.ada, self.room = self.open_room()
        self.owner = self.window(self.room, self.ada)
        self.welcome = self.owner.join()
        for text in ("one", "two", "three"):
            self.owner.say(text)
            self.owner.hear("message")

    def change(self, *changes):
        for values in changes:
            self.owner.send({**values, "nonce": "n"})
            self.owner.hear("done")

    def back(self, until="current", **position):
        """Return the "welcome" event of a window that joins at this position, and the events up to the end."""
        window = self.window(self.room, self.browser().visit(self.room))
        welcome = window.join(**{"as": "original", **position})
        events = []
        while not events or events[-1]["type"] != until:
            events.append(window.next())
        return welcome, events

    def known(self, **position):
        return {"after": 3, "since": 0, "epoch": self.welcome["epoch"], **position}

    def test_no_missed_changes(self):
        welcome, events = self.back(**self.known())
        self.assertEqual((welcome["last"], welcome["rev"]), (3, 0))
        self.assertEqual(events, [{"type": "current", "last": 3, "rev": 0}])

    def test_changes_are_sent_before_messages_in_their_current_state(self):
        self.change(
            {"type": "remove", "seq": 1},
            {"type": "remove", "seq": 2},
            {"type": "restore", "seq": 1},
            {"type": "room", "title": "The Cabin"},
        )
        self.owner.say("four")
        self.owner.hear("message")
        self.change({"type": "remove", "seq": 4})
        _welcome, events = self.back(**self.known())
        self.assertEqual(
            [(event["type"], event.get("seq"), event.get("rev")) for event in events],
            [("removed", 2, 2), ("message", 1, 3), ("room", None, 4), ("message", 4, None), ("current", None, 5)],
        )
        self.assertEqual((events[2]["title"], events[3]["text"], events[3]["removed"]), ("The Cabin", "", True))

    def test_an_unknown_position_causes_a_reset(self):
        for position in ({"epoch": "another"}, {"since": 1}, {"after": 4}):
            with self.subTest(position):
                welcome, events = self.back(until="reset", **self.known(**position))
                self.assertEqual((welcome["last"], events), (3, [{"type": "reset"}]))

    def test_clients_without_support_for_changes_still_work(self):
        self.change({"type": "remove", "seq": 1})
        window = self.window(self.room, self.browser().visit(self.room))
        window.join(after=2, **{"as": "original"})
        self.assertEqual(window.next()["seq"], 3)
        window.send({"type": "ping"})
        self.assertEqual(window.hear("pong"), {"type": "pong"})

    def test_a_change_has_the_next_number_for_all_readers(self):
        bo = self.visitor(self.room, "Bo")
        self.change({"type": "room", "slow": 3}, {"type": "mute", "name": "Bo"}, {"type": "remove", "seq": 3})
        self.assertEqual((bo.hear("room")["rev"], bo.hear("removed")["rev"]), (1, 2))


class Transports(ChatTest):
    layer = CHAT

    def test_polling_clients_can_chat(self):
        _ada, room = self.open_room()
        browser, base = self.browser().visit(room), session_url(f"{room}/sockjs")
        self.assertEqual(browser.post(f"{base}/xhr").body, b"o\n")
        with_token = json.dumps([json.dumps({"type": "join", "name": "Bo"}), "ahoy"])
        answer = self._send(browser, f"{base}/xhr_send", with_token)
        self.assertEqual(answer.status, 204)
        heard = b""
        while b"ahoy" not in heard:
            heard += browser.post(f"{base}/xhr").body
        self.assertIn(b"welcome", heard)

    def _send(self, browser, path, body):
        return browser._request("POST", path, {"Content-Type": "text/plain"}, body.encode())

    def test_pages_of_other_origins_may_not_connect(self):
        _ada, room = self.open_room()
        answer = self.browser()._request(
            "POST", f"{session_url(f'{room}/sockjs')}/xhr", {"Origin": "https://evil.example"}
        )
        self.assertEqual(answer.status, 403)

    def test_open_receivers_hold_no_connection_to_the_database(self):
        _ada, room = self.open_room()
        streams = []
        for _ in range(60):  # more than the pool has
            http = HTTP(self.layer.port)
            self.addCleanup(http.close)
            self.assertEqual(http.open("POST", f"{session_url(f'{room}/sockjs')}/xhr_streaming").status, 200)
            streams.append(http)
        self.assertEqual({http.chunk()[:1] for http in streams}, {b"h"})
        self.assertNotIn("pool_size of", self.layer.server.output())
