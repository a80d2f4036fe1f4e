"""Members of a Plone site in the chat: login, permissions, and logout."""

import json
import time
import urllib.parse

from piratechat.plone.tickets import CLOCK_SKEW
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import ChatTest
from tests.support.plone import MembersBrowser, ticket

PLONE = ChatLayer("PLONE", ini="plone.ini")
EXPIRING = ChatLayer("EXPIRING", ini="plone_expiring.ini")


class PloneTest(ChatTest):
    layer = PLONE

    def browser(self):
        return MembersBrowser(self.layer.port)

    def member(self, user="ada", name="Ada Lovelace", roles=("Member",)):
        browser = self.browser()
        answer = browser.log_in(user, name, roles)
        self.assertEqual(answer.status, 303, answer.body)
        return browser


class Entering(PloneTest):
    def test_a_member_posts_under_their_name(self):
        _owner, room = self.open_room("Owner")
        ada = self.member()
        window = self.window(room, ada)
        self.assertEqual(window.join()["you"], "Ada Lovelace")
        window.say("hello")
        self.assertEqual(window.hear("message")["author"], "Ada Lovelace")
        page = ada.get(room).body.decode()
        self.assertIn("Ada Lovelace", page)

    def test_a_member_posts_without_scripts(self):
        _owner, room = self.open_room("Owner")
        ada = self.member()
        self.assertEqual(ada.post(f"{room}/messages", text="hello").status, 303)
        said = ada.json(f"{room}/messages")["messages"]
        self.assertEqual([one["author"] for one in said], ["Ada Lovelace"])

    def test_a_stranger_cannot_take_the_name_in_any_room(self):
        eve, earlier = self.open_room("Earlier")
        self.member("grace", "Grace Hopper")
        _owner, later = self.open_room("Later")
        for room in (earlier, later):
            for name in ("Grace Hopper", "grace hopper", "Gr\N{CYRILLIC SMALL LETTER A}ce Hopper"):
                with self.subTest(name, room=room):
                    window = self.window(room, self.browser().visit(room))
                    window.send({"type": "join", "name": name})
                    self.assertEqual(window.hear("error")["code"], "name-taken")
                    self.assertIsNone(window.hear("welcome")["you"])
                    answer = eve.post(f"{later}/messages", text="hello", name=name)
                    self.assertEqual(answer.status, 409)
        self.assertEqual(eve.post("/", name="Grace Hopper").status, 409)

    def test_earlier_owners_lose_the_name(self):
        _owner, room = self.open_room("Owner")
        stranger = self.visitor(room, "Katherine Johnson")
        stranger.say("it is me")
        stranger.hear("message")
        katherine = self.window(room, self.member("katherine", "Katherine Johnson"))
        katherine.join()
        stranger.say("and still me", nonce="n")
        self.assertEqual(stranger.hear("error")["code"], "name-needed")
        katherine.say("no, me")
        self.assertEqual(stranger.hear("message")["text"], "no, me")

    def test_roles_make_owners(self):
        _owner, room = self.open_room("Owner")
        page = self.member("mia", "Mia").get(room).body.decode()
        self.assertNotIn('name="read_only"', page)
        erin = self.member("erin", "Erin Editor", ("Member", "Editor"))
        self.assertIn('name="read_only"', erin.get(room).body.decode())
        form = {"title": "Erin was here", "translator": "pirate", "slow": "0"}
        self.assertEqual(erin.post(f"{room}/settings", **form).status, 303)
        self.assertIn("Erin was here", erin.get(room).body.decode())
        self.assertEqual(self.member("mia", "Mia").post(f"{room}/settings", **form).status, 403)

    def test_the_site_creates_rooms(self):
        title = f"Harbour café {self.id()[-8:]}"
        given = ticket("room", title=title, user="erin", name="Erin Editor", roles=["Editor"])
        answer = self.browser().send("rooms", given)
        self.assertEqual(answer.status, 200, answer.body)
        room = json.loads(answer.body)["room"]
        again = ticket("room", title=title, user="max", name="Max", roles=[])
        self.assertEqual(json.loads(self.browser().send("rooms", again).body)["room"], room)
        page = self.browser().get(f"/rooms/{urllib.parse.quote(room)}").body.decode()
        self.assertIn(title, page)
        self.assertEqual(self.browser().send("rooms", given).status, 403, "once")
        nobody = ticket("room", title=title, user="", name="", roles=[])
        self.assertEqual(self.browser().send("rooms", nobody).status, 403)
        _stranger, taken = self.open_room("Taken")
        name = taken.rpartition("/")[2]
        answer = self.browser().send("rooms", ticket("room", title=name, user="erin", name="Erin Editor", roles=[]))
        self.assertEqual(answer.status, 409)
        self.assertIn("taken", json.loads(answer.body)["error"])


class Refused(PloneTest):
    def stranger_after(self, browser, answer, status=403):
        """Assert that the response logs nobody in."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertNotIn("piratechat-member", browser.cookies)

    def test_a_ticket_is_valid_once(self):
        browser = self.browser()
        state = browser.sent_to_plone()["state"]
        given = ticket("enter", state=state, user="ada", name="Ada Lovelace", roles=[])
        self.assertEqual(browser.bring(given).status, 303)
        del browser.cookies["piratechat-member"]
        self.stranger_after(browser, browser.bring(given))
        PLONE.restart("kill")
        self.stranger_after(browser, browser.bring(given))

    def test_a_ticket_is_valid_once_even_if_clocks_differ(self):
        """Plone's clock is behind the chat's: tickets have expired when they arrive, but are still accepted."""
        for late in range(1, CLOCK_SKEW - 3):
            with self.subTest(late):
                browser = self.browser()
                values = {"state": browser.sent_to_plone()["state"], "expires": int(time.time()) - late}
                signed = ticket("enter", user="ida", name="Ida", roles=[], **values)
                self.assertEqual([browser.bring(signed).status for _ in range(2)], [303, 403])

    def test_a_ticket_is_bound_to_its_browser(self):
        attacker, victim = self.browser(), self.browser()
        state = attacker.sent_to_plone()["state"]
        victim.sent_to_plone()
        given = ticket("enter", state=state, user="eve", name="Eve", roles=[])
        self.stranger_after(victim, victim.bring(given))
        for wrong in ("", "0" * 32):
            given = ticket("enter", state=wrong, user="eve", name="Eve", roles=[])
            self.stranger_after(victim, victim.bring(given))

    def test_a_browser_without_cookies_stays_a_stranger(self):
        browser = self.browser()
        answer = browser.bring(ticket("enter", state="0" * 32, user="ada", name="Ada", roles=[]), "/rooms/x")
        self.stranger_after(browser, answer, 303)
        self.assertTrue(answer["Location"].endswith("/rooms/x"))

    def test_forged_and_old_tickets(self):
        browser = self.browser()
        state = browser.sent_to_plone()["state"]
        values = {"state": state, "user": "ada", "name": "Ada Lovelace", "roles": ["Manager"]}
        for wrong in (
            ticket("enter", "not the secret of the site", **values),
            ticket("leave", **values), ticket("room", **values),
            "nonsense", "", "a.b", ticket("enter", **values)[:-1], ticket("enter", **values) + "0",
            ticket("enter", **{**values, "expires": int(time.time()) - 60}),
            ticket("enter", **{**values, "expires": int(time.time()) + 3600}),
        ):  # fmt: skip
            with self.subTest(wrong[-20:]):
                self.stranger_after(browser, browser.bring(wrong))

    def test_redirects_stay_on_this_site(self):
        for following in (
            "//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "", "rooms",
            "/\t/evil.example", "/\r\nSet-Cookie: x=y", "/plone/enter?next=/", "/" + "x" * 3000,
        ):  # fmt: skip
            with self.subTest(following):
                browser = self.browser()
                asked = browser.sent_to_plone(following)
                self.assertEqual(asked["next"], "/")
                given = ticket("enter", state=asked["state"], user="ada", name="Ada Lovelace", roles=[])
                answer = browser.bring(given, following)
                self.assertEqual((answer.status, answer["Location"]), (303, f"{PLONE.url}/"))

    def test_forged_tickets_of_servers(self):
        for what, purpose in (("leave", "leave"), ("rooms", "room")):
            values = {"user": "ada", "name": "Ada", "roles": [], "title": "Forged"}
            for wrong in ("", "x", ticket(purpose, "not the secret of the site", **values), ticket("enter", **values)):
                with self.subTest(what, wrong=wrong[-20:]):
                    self.assertEqual(self.browser().send(what, wrong).status, 403)

    def test_cookies_of_members_cannot_be_forged(self):
        _owner, room = self.open_room("Owner")
        ada = self.member()
        forged = self.browser().visit(room)
        for value in (
            ada.cookies["piratechat-member"][:-2] + "xx", "x", "", forged.cookies["piratechat"],
        ):  # fmt: skip
            forged.cookies["piratechat-member"] = value
            with self.subTest(value[-10:]):
                self.assertIsNone(self.window(room, forged).join()["you"])

    def test_urls_for_servers_reject_forms(self):
        self.assertEqual(self.browser().get("/plone/leave").status, 405)
        self.assertEqual(self.browser().get("/plone/rooms").status, 405)
        self.assertEqual(self.browser().get("/plone/nothing").status, 404)


class Leaving(PloneTest):
    def test_a_logout_of_plone_ends_sessions(self):
        _owner, room = self.open_room("Owner")
        ada, other = self.member("lin", "Lin"), self.member("max", "Max")
        window, others = self.window(room, ada), self.window(room, other)
        window.join()
        others.join()
        answer = self.browser().send("leave", ticket("leave", user="lin"))
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"left": True}))
        while window.next() is not None:
            pass
        self.assertEqual(window.closed[0], 4401)
        self.assertIsNone(self.window(room, ada).join()["you"])
        others.say("still here")
        self.assertEqual(others.hear("message")["author"], "Max")
        self.assertEqual(ada.log_in("lin", "Lin").status, 303)
        self.assertEqual(self.window(room, ada).join()["you"], "Lin")

    def test_a_window_at_a_process_that_missed_the_logout(self):
        _owner, room = self.open_room("Owner")
        ada = self.member("noor", "Noor")
        window = self.window(room, ada)  # it has not joined, so that it is not among the readers of a room
        self.browser().send("leave", ticket("leave", user="noor"))
        window.say("hello")
        self.assertIsNone(window.next())
        self.assertEqual(window.closed[0], 4401)
        self.assertEqual(self.browser().json(f"{room}/messages")["messages"], [])

    def test_a_visit_after_the_logout_ends_the_session_of_the_browser(self):
        _owner, room = self.open_room("Owner")
        ada = self.member("vera", "Vera")
        given = ticket("enter", state=ada.sent_to_plone()["state"], user="", name="", roles=[])
        self.assertEqual(ada.bring(given).status, 303)
        self.assertIsNone(self.window(room, ada).join()["you"])

    def test_unknown_members_are_ignored(self):
        answer = self.browser().send("leave", ticket("leave", user="nobody"))
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"left": False}))

    def test_the_previous_identity_is_restored(self):
        owner, room = self.open_room("Owner")
        name = self.window(room, owner).join()["you"]
        owner.log_in("olga", "Olga")
        self.assertEqual(self.window(room, owner).join()["you"], "Olga")
        self.browser().send("leave", ticket("leave", user="olga"))
        self.assertEqual(self.window(room, owner).join()["you"], name)


class Expiring(PloneTest):
    layer = EXPIRING

    def test_an_open_window_is_closed_when_the_login_expires(self):
        _owner, room = self.open_room("Owner")
        visitor = self.visitor(room, "Visitor")
        ada = self.member()
        window = self.window(room, ada)
        self.assertEqual(window.join()["you"], "Ada Lovelace")
        while window.next() is not None:
            pass
        self.assertEqual(window.closed, [4401, "Your login has expired"])
        self.assertIsNone(self.window(room, ada).join()["you"])
        visitor.say("still here")
        self.assertEqual(visitor.hear("message")["author"], "Visitor")
