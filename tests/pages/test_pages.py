"""The chat without JavaScript: its pages through the whole WSGI pipeline, including the theme."""

import re
import urllib.parse

from lxml import html
from webob import Request

from tests.support.pages import HOST, HOSTILE, PAGES, PagesTest, Visitor


class WayInTest(PagesTest):
    def test_home_asks_for_a_name_only(self):
        browser = Visitor().visit("/")
        self.assertEqual(browser.status, 200)
        fields = [(field.get("name"), field.get("type")) for field in browser.page.cssselect("form#open input")]
        self.assertEqual(fields, [("csrf_token", "hidden"), ("name", None)])

    def test_a_name_makes_a_room(self):
        browser, room = self.room("Ada Lovelace")
        self.assertEqual(room, "/rooms/ada-lovelace")
        self.assertEqual(browser.heading, "Ada Lovelace")
        self.assertEqual(browser.the("#link").get("value"), HOST + room)
        self.assertShows(browser, 200, "No messages yet.", "Room settings")
        self.assertTrue(browser.the("#messages").getparent().cssselect("#empty:not([hidden])"))

    def test_an_empty_room_shows_what_to_do(self):
        owner, room = self.room()
        self.assertEqual(owner.the("#empty .link").get("value"), HOST + room)
        self.assertEqual(owner.the("#empty .qr").get("src"), f"{room}/qr.svg")
        ids = [one.get("id") for one in owner.page.cssselect("[id]")]
        self.assertEqual(sorted(set(ids)), sorted(ids))
        visitor = Visitor().visit(room)
        self.assertEqual(visitor.texts("#empty"), ["No messages yet. Say hello: yours will be the first!"])
        owner.say("hello")
        self.assertEqual(owner.page.cssselect("#empty .share"), [])
        self.assertEqual(owner.the("#invite .link").get("value"), HOST + room)

    def test_the_answer_to_the_form_is_303(self):
        browser = Visitor().visit("/")
        browser.followRedirects = False
        browser.send("/", name="see other")
        self.assertEqual((browser.status, browser.headers["Location"]), (303, HOST + "/rooms/see-other"))

    def test_names_of_all_scripts(self):
        for name, slug in (
            ("Зоя Космодемьянская", "зоя-космодемьянская"),
            ("王小明", "王小明"),
            ("Ünï & Co.", "ünï-co"),
        ):
            with self.subTest(name):
                browser, room = self.room(name)
                self.assertEqual(urllib.parse.unquote(room), f"/rooms/{slug}")
                self.assertEqual(browser.heading, name)
                self.assertEqual(browser.visit(room).status, 200)

    def test_the_same_name_leads_back_to_the_room(self):
        browser, room = self.room()
        browser.say("still here")
        browser.open_room(self._name())
        self.assertEqual((browser.status, browser.path, browser.messages), (200, room, ["still here"]))

    def test_a_taken_name(self):
        _, room = self.room()
        other = Visitor().open_room(self._name())
        self.assertShows(other, 409, f"Somebody already has a room called {self._name()}. Choose another name.")
        self.assertEqual(other.getControl("Your name").value, self._name())
        other.getLink(self._name()).click()
        self.assertEqual((other.status, other.path), (200, room))

    def test_invalid_names(self):
        for name, status in (
            ("", 400),
            ("   ", 400),
            ("☠☠☠", 400),
            ("x" * 41, 413),
            ("a\u202eb", 400),
            ("\u200b", 400),
        ):
            with self.subTest(name):
                browser = Visitor().send("/", name=name)
                self.assertEqual(browser.status, status)
                self.assertEqual(len(browser.texts("#open-error")), 1)
                self.assertEqual(browser.the("#name").get("value"), name, "nothing is cut")

    def test_rooms_are_created_by_post_only(self):
        browser = Visitor().visit("/?name=by+post+only")
        self.assertEqual(browser.the("#name").get("value"), "by post only")
        for path in ("/rooms/by-post-only", "/rooms/by-post-only?as=pirate", "/rooms/by-post-only/messages"):
            for _ in range(2):
                self.assertEqual(browser.visit(path).status, 404, path)

    def test_an_unknown_room_can_be_opened(self):
        browser = Visitor().visit("/rooms/not-yet-there")
        self.assertShows(browser, 404, "There is no such room yet")
        self.assertEqual(browser.the("#name").get("value"), "not-yet-there")
        browser.press("Open this room", "open")
        self.assertEqual((browser.status, browser.path), (200, "/rooms/not-yet-there"))

    def test_there_is_no_list_of_rooms(self):
        self.assertEqual(Visitor().visit("/rooms").path, "/")
        self.assertEqual(Visitor().visit("/rooms/").path, "/")

    def test_missing_pages(self):
        for path in ("/nothing", "/rooms/a/b/c", "/static/nothing.js", "/theme/nothing.css"):
            with self.subTest(path):
                self.assertEqual(Visitor().visit(path).status, 404)
        self.assertEqual(Visitor().visit("/theme/%2e%2e/%2e%2e/paster.ini").status, 404)
        self.assertShows(Visitor().visit("/nothing"), 404, "Page not found", "Open a room of your own")

    def test_healthz(self):
        browser = Visitor().visit("/healthz")
        self.assertEqual((browser.status, browser.contents), (200, "ok\n"))

    def test_the_theme_is_applied(self):
        browser = Visitor().visit("/")
        sheets = [link.get("href") for link in browser.page.cssselect("link[rel=stylesheet]")]
        self.assertNotIn("/static/css/plain.css", sheets)
        self.assertTrue(any(sheet.startswith("/theme/") for sheet in sheets), sheets)
        for sheet in sheets:
            self.assertEqual(browser.visit(sheet).status, 200)


class ReadingTest(PagesTest):
    def test_pirate_by_default_with_the_original(self):
        browser, _ = self.room()
        browser.say("pyramid_sockjs is cool")
        self.assertEqual(browser.messages, ["pyramid_sockjs be cool"])
        self.assertEqual(browser.texts("#messages details.original > div"), ["pyramid_sockjs is cool"])

    def test_unchanged_text_is_shown_once(self):
        browser, _ = self.room()
        browser.say("Gesundheit")
        self.assertEqual((browser.messages, browser.texts("details.original")), (["Gesundheit"], []))

    def test_the_choice_is_remembered(self):
        owner, room = self.room()
        owner.say("this is it")
        reader = Visitor().visit(room)
        self.assertEqual(reader.texts("#views a[aria-current=true]"), ["Pirate"])
        reader.getLink("As written").click()
        self.assertEqual((reader.path, reader.messages), (f"{room}?as=original", ["this is it"]))
        self.assertEqual(reader.texts("#views a[aria-current=true]"), ["As written"])
        self.assertEqual(reader.visit(room).messages, ["this is it"])
        self.assertEqual(reader.visit(f"{room}?as=pirate").messages, ["this be it"])
        self.assertEqual(reader.visit(room).messages, ["this be it"])
        self.assertEqual(owner.visit(room).messages, ["this be it"], "the owner has chosen nothing")

    def test_an_unknown_translator_is_ignored(self):
        owner, room = self.room()
        owner.say("this is it")
        reader = Visitor().visit(f"{room}?as=klingon")
        self.assertEqual((reader.status, reader.messages), (200, ["this be it"]))

    def test_posting_keeps_the_translator(self):
        owner, room = self.room()
        owner.visit(f"{room}?as=original").say("this is it")
        self.assertTrue(owner.path.startswith(f"{room}?as=original"), owner.path)
        self.assertEqual(owner.messages, ["this is it"])

    def test_older_and_newer(self):
        owner, room = self.room()
        self.fill(room, 119)
        owner.visit(f"{room}?as=original")
        self.assertEqual((len(owner.messages), owner.messages[0], owner.messages[-1]), (50, "number 71", "the end"))
        self.assertEqual(owner.texts("#newer"), [])
        owner.getLink("Older messages").click()
        self.assertEqual((len(owner.messages), owner.messages[0], owner.messages[-1]), (50, "number 21", "number 70"))
        owner.getLink("Older messages").click()
        self.assertEqual((len(owner.messages), owner.messages[0], owner.messages[-1]), (20, "number 1", "number 20"))
        self.assertEqual(owner.texts("#older"), [])
        owner.getLink("Newer messages").click()
        self.assertEqual((len(owner.messages), owner.messages[0], owner.messages[-1]), (50, "number 21", "number 70"))
        owner.getLink("Newer messages").click()
        self.assertEqual((owner.messages[0], owner.messages[-1]), ("number 71", "the end"))

    def test_paging_by_hand(self):
        owner, room = self.room()
        owner.say("a word")
        for query in ("before=0", "before=x", "after=-1", "after=1.5", "before=" + "9" * 30):
            with self.subTest(query):
                self.assertShows(owner.visit(f"{room}?{query}"), 400, "must be a whole number")
        self.assertEqual(owner.visit(f"{room}?before=100000").messages, ["a word"])
        self.assertEqual(owner.visit(f"{room}?after=100000").messages, [])
        self.assertEqual(owner.visit(f"{room}?before=1").messages, [])

    def test_the_permanent_link_to_a_message(self):
        __, room = self.room()
        self.fill(room, 119)
        reader = Visitor().visit(f"{room}/messages/60?as=original")
        self.assertEqual(
            (len(reader.messages), reader.messages[0], reader.messages[-1]), (50, "number 35", "number 84")
        )
        (marked,) = reader.page.cssselect("[aria-current=true].message")
        self.assertEqual(marked.get("id"), "m60")
        self.assertEqual(reader.texts("#m60 > .text"), ["number 60"])
        self.assertTrue(reader.texts("#older"))
        self.assertTrue(reader.texts("#newer"))
        link = reader.the("#m61 a.when").get("href")
        self.assertEqual(link, f"{room}/messages/61")
        self.assertEqual(reader.visit(link).status, 200)

    def test_missing_messages(self):
        owner, room = self.room()
        owner.say("a word")
        for name in ("0", "2", "01", "x", "-1", "1.0", "9" * 25, "%D9%A1"):
            with self.subTest(name):
                self.assertEqual(Visitor().visit(f"{room}/messages/{name}").status, 404)


class SpeakingTest(PagesTest):
    def test_the_first_time_with_a_name(self):
        owner, room = self.room()
        visitor = Visitor().visit(room)
        self.assertEqual(len(visitor.texts("#naming")), 1)
        visitor.say("hello", "Bo")
        self.assertEqual(visitor.status, 200)
        self.assertTrue(visitor.path.endswith("#m1"), visitor.path)
        self.assertEqual((visitor.texts(".author"), visitor.messages), (["Bo"], ["ahoy"]))
        self.assertEqual(visitor.texts("#naming"), [], "the name is stored")
        visitor.say("this is it")
        self.assertEqual(visitor.texts("#messages .author"), ["Bo", "Bo"])
        self.assertEqual(visitor.the("#text").text.strip(), "")
        self.assertEqual(owner.visit(room).texts("#messages .author"), ["Bo", "Bo"])

    def test_the_owner_has_a_name(self):
        owner, _ = self.room()
        self.assertEqual(owner.texts("#naming"), [])
        owner.say("mine")
        self.assertEqual(owner.texts("#messages .author"), [self._name()])
        self.assertEqual(owner.texts("#messages .role"), ["owner"])

    def test_line_breaks_are_preserved(self):
        owner, _ = self.room()
        owner.say("one\r\n  two\r\n\r\nthree")
        self.assertEqual(owner.the("#m1 > .text").text, "one\n  two\n\nthree")

    def test_too_long(self):
        owner, _ = self.room()
        owner.say("y" * 4001)
        self.assertShows(owner, 413, "1 character too many: a message has at most 4,000.")
        self.assertEqual(owner.getControl("Message").value.strip(), "y" * 4001)
        self.assertEqual(owner.messages, [])
        owner.say("y\r\n" * 2501 + "y")
        self.assertShows(owner, 413, "1,003 characters too many")
        self.assertEqual(owner.getControl("Message").value.replace("\r", ""), "y\n" * 2501 + "y")
        owner.say("y" * 4000)
        self.assertEqual((owner.status, owner.messages), (200, ["y" * 4000]))

    def test_fields_do_not_truncate(self):
        owner, room = self.room()
        for browser in (owner, Visitor().visit(room), Visitor().visit("/"), Visitor().visit("/rooms/not-yet")):
            self.assertEqual(browser.page.xpath("//@maxlength"), [])

    def test_a_form_sent_twice_posts_once(self):
        owner, room = self.room()
        once = owner.visit(room).the("#say input[name=once]").get("value")
        for text in ("yes", "yes", "no", "no"):
            self.assertEqual(owner.send(f"{room}/messages", text=text, once=once).status, 200)
        self.assertEqual(owner.messages, ["aye", "nay"], "another text from the same page is another")
        owner.visit(room).say("yes")
        owner.visit(room).say("yes")
        self.assertEqual(len(owner.messages), 4, "other pages may post the same text")
        visitor = Visitor().visit(room)
        for _ in range(2):
            self.assertEqual(visitor.send(f"{room}/messages", text="me", name="Bo", once="1").status, 200)
        self.assertEqual(visitor.texts(".author").count("Bo"), 1)

    def test_the_longest_message_is_accepted(self):
        owner, _ = self.room()
        owner.say("🏴" * 4000)
        self.assertEqual((owner.status, owner.messages), (200, ["🏴" * 4000]))

    def test_a_blank_message(self):
        owner, _ = self.room()
        self.assertShows(owner.say(" \n "), 400, "Type a message first")

    def test_a_taken_name(self):
        _, room = self.room()
        Visitor().visit(room).say("I was first", "Bo")
        for name in ("Bo", "bo", "B\u043e", "BO"):
            with self.subTest(name):
                other = Visitor().visit(room).say("what I wanted to say", name)
                self.assertShows(other, 409, f"The name {name}, or one that looks like it, is already taken here.")
                self.assertEqual(other.getControl("Message").value.strip(), "what I wanted to say")
                self.assertEqual(len(other.messages), 1)
        other.say("what I wanted to say", "Cy")
        self.assertEqual((other.status, other.texts(".author")), (200, ["Bo", "Cy"]))

    def test_a_rejected_name_stays_in_its_field(self):
        _, room = self.room()
        Visitor().visit(room).say("I was first", "Bo")
        other = Visitor().visit(room).say("what I wanted to say", "Bo")
        self.assertEqual(other.getControl("Your name").value, "Bo")

    def test_invalid_names(self):
        _, room = self.room()
        for name, status in ((" ", 400), ("x" * 41, 413), ("\u202ebo", 400)):
            with self.subTest(name):
                other = Visitor().visit(room).say("my words", name)
                self.assertEqual((other.status, len(other.texts("#say-error"))), (status, 1))
                self.assertEqual(other.getControl("Message").value.strip(), "my words")

    def test_without_a_name(self):
        _, room = self.room()
        self.assertShows(Visitor().visit(room).send(f"{room}/messages", text="x"), 400, "Enter your name first")

    def test_a_nonce_posts_once(self):
        owner, room = self.room()
        for _ in range(2):
            owner.send(f"{room}/messages", text="only once", nonce="n1")
            self.assertEqual((owner.status, owner.messages), (200, ["only once"]))
        self.assertEqual(owner.send(f"{room}/messages", text="x", nonce="n" * 65).status, 400)

    def test_a_rejected_draft_is_shown_unchanged(self):
        owner, _ = self.room()
        draft = "\n  two spaces, " + HOSTILE + "x" * 4000 + "\n"
        owner.say(draft)
        self.assertEqual(owner.status, 413)
        self.assertEqual(owner.getControl("Message").value.replace("\r\n", "\n"), draft)


class OwnersTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.bo = Visitor().visit(self.path).say("this is Bo", "Bo")

    def change(self, **values):
        form = self.owner.visit(self.path).getForm(id="settings")
        for label, value in values.items():
            form.getControl(name=label).value = value
        form.getControl("Save").click()

    def test_title(self):
        self.change(title="The Jolly Roger")
        self.assertEqual((self.owner.status, self.owner.heading), (200, "The Jolly Roger"))
        self.assertEqual(self.bo.visit(self.path).heading, "The Jolly Roger")
        self.assertIn("The Jolly Roger", self.bo.title)

    def test_default_translator(self):
        self.change(translator=["original"])
        self.assertEqual(Visitor().visit(self.path).messages, ["this is Bo"])
        self.assertEqual(Visitor().visit(f"{self.path}?as=pirate").messages, ["this be Bo"])

    def test_read_only_and_back(self):
        self.change(read_only=["1"])
        self.bo.visit(self.path)
        self.assertShows(self.bo, 200, "This room is read-only: only its owner can post.", "this be Bo")
        self.assertIsNotNone(self.bo.the("#say").get("hidden"))
        self.bo.say("all the same")
        self.assertShows(self.bo, 403, "This room is read-only: only its owner can post.")
        self.assertEqual(self.bo.getControl("Message").value.strip(), "all the same")
        self.owner.say("I may")
        self.assertEqual((self.owner.status, self.owner.messages[-1]), (200, "I may"))
        self.change(read_only=[])
        self.bo.visit(self.path).say("me too")
        self.assertEqual(self.bo.status, 200)
        self.assertIsNone(self.bo.the("#say").get("hidden"))

    def test_a_newcomer_gets_no_name_in_a_read_only_room(self):
        self.change(read_only=["1"])
        self.assertEqual(Visitor().visit(self.path).say("hm", "Cy").status, 403)
        self.assertNotIn("Cy", self.owner.visit(self.path).texts("#names bdi"))

    def test_slow_mode(self):
        self.change(slow="60")
        self.bo.visit(self.path).say("one")
        self.assertEqual(self.bo.status, 200)
        self.bo.say("two")
        self.assertShows(self.bo, 429, "This room is in slow mode: one message every 60 seconds.")
        self.assertTrue(0 < int(self.bo.headers["Retry-After"]) <= 60)
        self.assertEqual(self.bo.getControl("Message").value.strip(), "two")
        self.owner.say("one")
        self.assertEqual(self.owner.say("two").status, 200, "the owner does not wait")

    def test_invalid_settings(self):
        good = {"title": "T", "translator": "pirate", "slow": "0"}
        for name, value in (
            ("title", " "), ("title", "x" * 81), ("translator", "klingon"),
            ("slow", "-1"), ("slow", "x"), ("slow", "3601"),
        ):  # fmt: skip
            with self.subTest(name=name, value=value):
                self.owner.send(f"{self.path}/settings", **{**good, name: value})
                self.assertEqual(self.owner.status, 413 if len(value) > 80 else 400)
                self.assertEqual(len(self.owner.texts(".error:not([hidden])")), 1)
                self.assertTrue(self.owner.texts(f"#owner[open] [name={name}][aria-invalid] ~ .error:not([hidden])"))
        self.assertEqual(self.owner.visit(self.path).heading, self._name())

    def test_remove_and_restore(self):
        self.owner.visit(self.path)
        self._press_button_of("#m1 form.remove")
        self.assertEqual((self.owner.status, self.owner.path), (200, f"{self.path}#m1"))
        self.assertEqual(self.owner.messages, ["removed by you"])
        self.assertEqual(self.bo.visit(self.path).messages, ["removed by the owner"])
        for path in (self.path, f"{self.path}?as=original", f"{self.path}/messages/1", f"{self.path}/messages"):
            self.assertNotRegex(str(Visitor().visit(path).contents), "this (is|be) Bo")
        for kind in ("json", "txt"):
            self.assertNotIn("this is Bo", str(self.bo.visit(f"{self.path}/export.{kind}").contents))
        self.owner.visit(f"{self.path}?as=pirate")
        self._press_button_of("#m1 form.restore")
        self.assertEqual(self.owner.messages, ["this be Bo"])
        self.assertEqual(self.bo.visit(f"{self.path}?as=pirate").messages, ["this be Bo"])

    def _press_button_of(self, css):
        """Send the form matching `css`."""
        form = self.owner.the(css)
        self.owner.send(form.get("action"))

    def test_mute_and_unmute(self):
        self.owner.visit(self.path)
        self._mute("mute")
        self.bo.visit(self.path)
        self.assertShows(self.bo, 200, "The room's owner has muted you. You can still read.")
        self.bo.say("I will be heard")
        self.assertEqual(self.bo.status, 403)
        self.assertEqual(self.bo.getControl("Message").value.strip(), "I will be heard")
        self._mute("unmute")
        self.bo.visit(self.path).say("thanks")
        self.assertEqual((self.bo.status, len(self.bo.messages)), (200, 2))

    def _mute(self, what):
        form = self.owner.the(f"#names form.{what}")
        self.assertEqual(form.cssselect("[name=name]")[0].get("value"), "Bo")
        self.owner.send(form.get("action"), name="Bo")
        self.assertEqual(self.owner.status, 200)

    def test_unknown_visitors_cannot_be_muted(self):
        self.assertShows(self.owner.send(f"{self.path}/mute", name="Cy"), 400, "Nobody is called Cy here.")
        self.assertShows(self.owner.send(f"{self.path}/mute", name=self._name()), 403, "You cannot mute yourself.")

    def test_not_for_others(self):
        self.assertEqual(self.bo.visit(self.path).texts("#owner, form.remove, form.restore"), [])
        for what in ("settings", "mute", "unmute"):
            for browser in (self.bo, Visitor()):
                with self.subTest(what):
                    browser.visit("/").send(f"{self.path}/{what}", title="Mine", name="Bo")
                    self.assertShows(browser, 403, "Only the owner of a room can do that")
        for what in ("messages/1/remove", "messages/1/restore"):
            with self.subTest(what):
                stranger = Visitor().visit("/").send(f"{self.path}/{what}")
                self.assertShows(
                    stranger, 403, "Only the author of this message, or the owner of the room, can do that"
                )
        self.assertEqual((self.bo.visit(self.path).heading, self.bo.messages), (self._name(), ["this be Bo"]))

    def test_by_post_only(self):
        for what in ("settings", "mute", "unmute", "messages/1/remove", "messages/1/restore"):
            self.assertEqual(self.owner.visit(f"{self.path}/{what}").status, 405, what)


class DataTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()

    def get(self, query=""):
        browser = Visitor().visit(f"{self.path}/messages{query}")
        self.assertEqual((browser.status, browser.headers["Content-Type"]), (200, "application/json"))
        return browser.json

    def test_an_empty_room(self):
        found = self.get()
        self.assertRegex(found.pop("epoch"), "^[0-9a-f]{16}$")
        self.assertEqual(
            found,
            {"room": self.path.rpartition("/")[2], "last": 0, "rev": 0, "topic": "", "pinned": [], "messages": []},
        )

    def test_one_message(self):
        self.owner.say("this is it")
        (message,) = self.get()["messages"]
        self.assertRegex(message.pop("at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(message, {"seq": 1, "author": self._name(), "text": "this is it"})
        (message,) = self.get("?as=pirate")["messages"]
        self.assertEqual(message["view"], {"as": "pirate", "state": "ready", "text": "this be it"})

    def test_limits(self):
        self.fill(self.path, 219)
        for query, first, last in (
            ("", 171, 220),
            ("?limit=1", 220, 220),
            ("?limit=200", 21, 220),
            ("?before=100", 50, 99),
            ("?before=3", 1, 2),
            ("?before=1000&limit=2", 219, 220),
            ("?after=100", 101, 150),
            ("?after=0&limit=3", 1, 3),
            ("?after=10&before=14", 11, 13),
            ("?after=10&before=100&limit=5", 11, 15),
        ):
            with self.subTest(query):
                found = self.get(query)
                self.assertEqual(found["last"], 220)
                self.assertEqual([message["seq"] for message in found["messages"]], list(range(first, last + 1)))
        for query in ("?before=1", "?after=220", "?after=10&before=11", "?after=10&before=5"):
            self.assertEqual(self.get(query)["messages"], [], query)

    def test_bad_values(self):
        self.owner.say("a word")
        for query in (
            "limit=0", "limit=201", "limit=x", "limit=", "limit=-1", "limit=1.5", "limit=%D9%A1", "limit=" + "1" * 5000,
            "before=0", "before=x", "before=-1", "after=-1", "after=x", "after=" + "9" * 19, "as=klingon", "as=",
        ):  # fmt: skip
            with self.subTest(query):
                browser = Visitor().visit(f"{self.path}/messages?{query}")
                self.assertEqual((browser.status, browser.headers["Content-Type"]), (400, "application/json"))
                self.assertEqual(list(browser.json), ["error"])

    def test_a_message(self):
        self.owner.say("this is it")
        browser = Visitor()
        browser.addHeader("Accept", "application/json")
        browser.visit(f"{self.path}/messages/1?as=pirate")
        self.assertEqual((browser.json["text"], browser.json["view"]["text"]), ("this is it", "this be it"))
        self.assertEqual(browser.visit(f"{self.path}/messages/1?as=klingon").status, 400)
        self.assertEqual((browser.visit(f"{self.path}/messages/2").status, list(browser.json)), (404, ["error"]))
        self.assertEqual((browser.visit("/rooms/nowhere").status, list(browser.json)), (404, ["error"]))

    def test_a_message_with_any_accept_header(self):
        self.owner.say("this is it")
        browser = Visitor()
        browser.addHeader("Accept", "*/*")
        self.assertEqual(browser.visit(f"{self.path}/messages/1").status, 200)

    def test_export(self):
        self.fill(self.path, 449)
        self.owner.send(f"{self.path}/messages/7/remove")
        browser = Visitor().visit(f"{self.path}/export.json")
        self.assertEqual(browser.headers["Content-Disposition"], "attachment; filename=room.json")
        found = browser.json
        self.assertEqual((found["title"], found["last"]), (self._name(), 450))
        self.assertEqual([message["seq"] for message in found["messages"]], list(range(1, 451)))
        self.assertEqual(found["messages"][0]["text"], "number 1")
        self.assertEqual(found["messages"][6].get("text", ""), "")
        browser.visit(f"{self.path}/export.txt")
        self.assertTrue(browser.headers["Content-Type"].startswith("text/plain"))
        lines = browser.contents.splitlines()
        self.assertEqual(len(lines), 450)
        self.assertRegex(lines[0], r"^1  \d{4}-\d\d-\d\dT\S+Z  " + re.escape(self._name()) + ": number 1$")
        self.assertTrue(lines[6].endswith(": (removed)"), lines[6])

    def test_export_while_others_post(self):
        self.fill(self.path, 3)
        for kind in ("txt", "json"):
            with self.subTest(kind):
                request = Request.blank(f"{self.path}/export.{kind}")
                _status, _headers, body = request.call_application(PAGES.application)
                self.fill(self.path, 1)
                Visitor().visit("/")  # with the same connection to the database, which receives the change
                self.assertIn(b"number 3", b"".join(body))

    def test_export_of_lines(self):
        self.owner.say("one\ntwo ünïcödé\n3  2026-01-01T00:00:00.000Z  Eve: forged")
        text = Visitor().visit(f"{self.path}/export.txt").contents
        self.assertIn("one\n    two ünïcödé\n    3  2026", text)

    def test_export_of_an_empty_room(self):
        self.assertEqual(Visitor().visit(f"{self.path}/export.json").json["messages"], [])
        self.assertEqual(Visitor().visit(f"{self.path}/export.txt").contents, "")


class SafetyTest(PagesTest):
    def assertHarmless(self, browser):
        """Assert that the page has no executable content except our scripts."""
        for element in browser.page.iter():
            if isinstance(element.tag, str):
                self.assertFalse([name for name in element.attrib if name.lower().startswith("on")], element.tag)
                self.assertNotIn(element.tag, ("iframe", "object", "embed"))
        for script in browser.page.cssselect("script"):
            self.assertTrue(script.get("src", "").startswith("/static/"), html.tostring(script))
        for link in browser.page.cssselect("a[href], form[action]"):
            self.assertNotRegex(link.get("href") or link.get("action"), r"(?i)^\s*(javascript|data|vbscript):")
        self.assertEqual(browser.page.cssselect("img[src=x]"), [])

    def test_hostile_text_in_every_field(self):
        owner, room = self.room(HOSTILE)
        self.assertHarmless(owner)
        self.assertEqual(owner.heading, HOSTILE)
        owner.say(HOSTILE + " is cool")
        self.assertHarmless(owner)
        self.assertEqual(owner.messages, [HOSTILE + " be cool"])
        self.assertEqual(owner.texts("details.original > div"), [HOSTILE + " is cool"])
        name = "<b onclick=alert(1)>&amp;'\""
        visitor = Visitor().visit(room).say("javascript:alert(1) [x](javascript:alert(1))", name)
        self.assertHarmless(visitor)
        self.assertEqual(visitor.texts(".author"), [HOSTILE, name])
        self.assertHarmless(owner.visit(room))
        self.assertEqual(owner.texts("#names bdi"), [name])
        owner.send(f"{room}/settings", title=HOSTILE + " II", translator="pirate", slow="0")
        self.assertHarmless(owner)
        self.assertEqual((owner.heading, owner.title), (HOSTILE + " II", HOSTILE + " II · piratechat"))
        self.assertHarmless(Visitor().open_room(HOSTILE))
        self.assertHarmless(Visitor().visit("/?name=" + urllib.parse.quote(HOSTILE)))
        self.assertHarmless(Visitor().visit("/rooms/" + urllib.parse.quote(HOSTILE, safe="")))
        self.assertHarmless(Visitor().visit(f"{room}?as=" + urllib.parse.quote(HOSTILE)))
        self.assertHarmless(Visitor().visit(f"{room}?before=" + urllib.parse.quote(HOSTILE)))
        self.assertHarmless(Visitor().visit("/" + urllib.parse.quote(HOSTILE, safe="")))
        self.assertHarmless(owner.send(f"{room}/mute", name=HOSTILE + "x"))
        self.assertHarmless(owner.send(f"{room}/messages", text=HOSTILE + "x" * 4000))

    def test_content_security_policy(self):
        owner, room = self.room()
        for path in ("/", room, f"{room}/messages/9", "/rooms/nowhere", "/nothing"):
            headers = owner.visit(path).headers
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertIn("script-src 'self';", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(owner.visit(f"{room}/export.txt").headers["X-Content-Type-Options"], "nosniff")

    def test_pages_comply_with_the_policy(self):
        owner, room = self.room()
        for path in ("/", room, "/nothing"):
            page = owner.visit(path).page
            self.assertEqual(page.xpath("//style | //*[@style] | //script[not(@src)]"), [], path)
            for url in page.xpath("//script/@src | //link/@href | //img/@src"):
                self.assertRegex(url, rf"^(/(static|theme)/|/manifest\.webmanifest$|{re.escape(room)}/qr\.svg$)", path)

    def test_forms_without_the_token_are_rejected(self):
        owner, room = self.room()
        owner.say("a word")
        for path in ("/", f"{room}/messages", f"{room}/settings", f"{room}/mute", f"{room}/messages/1/remove"):
            for forged in ("", "&csrf_token=", "&csrf_token=x", "&csrf_token=" + Visitor().visit("/").token):
                with self.subTest(path=path, forged=forged):
                    owner.post(HOST + path, f"name=Eve&text=x{forged}")
                    self.assertShows(owner, 400, "This form has expired")
        self.assertEqual(owner.visit(room).messages, ["a word"])
        self.assertEqual(Visitor().visit("/rooms/eve").status, 404)

    def test_oversized_bodies(self):
        owner, room = self.room()
        for path in ("/", f"{room}/messages"):
            owner.visit("/")
            owner.post(HOST + path, f"csrf_token={owner.token}&name=x&text=" + "x" * 70_000)
            self.assertShows(owner, 413, "A form can have at most 65,536 bytes here")

    def test_invalid_forms(self):
        _, room = self.room()
        for body, kind in (
            (b"\xff\xfe%zz=%", "application/x-www-form-urlencoded"),
            (b"{}", "application/json"),
            (b"--x\r\n", "multipart/form-data"),
            (b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        ):
            for path in ("/", f"{room}/messages"):
                with self.subTest(path=path, body=body):
                    browser = Visitor()
                    browser.post(HOST + path, body, kind)
                    self.assertEqual(browser.status, 400)

    def test_files_are_rejected(self):
        owner, room = self.room()
        part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
        for path, field in (("/", "name"), (f"{room}/messages", "text"), (f"{room}/messages", "nonce")):
            with self.subTest(path=path, field=field):
                owner.visit(room)
                fields = {"csrf_token": ("", owner.token), "text": ("", "words")}
                fields[field] = ('; filename="a.txt"', "words")
                body = "".join(part.format(name, *value) for name, value in fields.items()) + "--x--\r\n"
                owner.post(HOST + path, body.encode(), "multipart/form-data; boundary=x")
                self.assertEqual(owner.status, 400)

    def test_paths_with_invalid_utf8(self):
        _, room = self.room()
        for path in (
            "/%ff", "/rooms/%ff", f"{room}/%ff", f"{room}/messages/%ff", "/static/%ff", "/theme/%ff",
            "/?name=%ff", f"{room}?as=%ff", f"{room}?before=%ff",
            f"{room}/messages?limit=%ff", f"{room}/messages?as=%ff",
        ):  # fmt: skip
            with self.subTest(path):
                answer = Request.blank(path).get_response(PAGES.application)
                self.assertIn(answer.status_int, (400, 404))

    def test_forms_with_invalid_utf8(self):
        owner, room = self.room()
        for path, field in (("/", "name"), (f"{room}/messages", "text"), (f"{room}/settings", "title")):
            with self.subTest(path):
                owner.visit("/")
                owner.post(HOST + path, f"csrf_token={owner.token}&{field}=%ff%fe")
                self.assertLess(owner.status, 500)
                self.assertHarmless(owner)

    def test_the_cookie_cannot_be_forged(self):
        owner, room = self.room()
        thief = Visitor().visit(room)
        thief.cookies["piratechat"] = owner.cookies["piratechat"][:-3] + "abc"
        self.assertEqual(thief.visit(room).texts("#owner"), [])
        self.assertNotEqual(owner.visit(room).texts("#owner"), [])

    def test_cookies_are_not_for_scripts(self):
        browser = Visitor().visit("/")
        browser.followRedirects = False
        browser.send("/", name="cookies for servers")
        cookies = browser.headers.getheaders("Set-Cookie") if hasattr(browser.headers, "getheaders") else [
            value for name, value in browser.headers.items() if name.lower() == "set-cookie"
        ]  # fmt: skip
        (cookie,) = [cookie for cookie in cookies if cookie.startswith("piratechat=")]
        self.assertRegex(cookie, "(?i)httponly")
        self.assertRegex(cookie, "(?i)samesite=lax")
