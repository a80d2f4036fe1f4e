"""Rooms in any language: over SockJS, as JSON, and on the page with and without scripts."""

import shutil
import tempfile
from urllib.parse import quote

from lxml import html

from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer, ChatServer
from tests.support.chatting import ChatTest
from tests.support.plugins.many_languages import TAGS


class LanguagesLayer(ChatLayer):
    """A chat with the translators of tests/support/plugins/many_languages.py."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        try:
            self.server = ChatServer(self.folder, ini="languages.ini")
        except BaseException:
            shutil.rmtree(self.folder)
            raise


LANGUAGES = LanguagesLayer("LANGUAGES")


class LanguagesTest(ChatTest):
    layer = LANGUAGES

    def setUp(self):
        self.owner, self.room = self.open_room()

    def reader(self, view, **more):
        """Return a window that reads through `view`, and its "welcome" event."""
        window = self.window(self.room)
        self.addCleanup(window.close)
        window.send({"type": "join", "as": view, **more})
        return window, window.hear("welcome")

    def say(self, text="Hello, my friends!", **more):
        speaker = self.visitor(self.room, "Bo", **{"as": "original"})
        speaker.say(text, **{"lang": "en", **more})
        speaker.hear("message")

    def page(self, query="", browser=None):
        return html.fromstring((browser or self.browser()).get(self.room + query).body)


class OverSockJS(LanguagesTest):
    def test_a_language_is_described_with_its_translator(self):
        for asked, told in [(":pl", "tongues:pl"), ("tongues:PT", "tongues:pt-BR"), ("tongues:pl", "tongues:pl")]:
            with self.subTest(asked):
                self.assertEqual(self.reader(asked)[1]["as"], told)

    def test_messages_are_translated_into_that_language(self):
        reader, _welcome = self.reader("tongues:pl")
        self.say()
        view = reader.hear_view(1)
        self.assertEqual((view["as"], view["text"]), ("tongues:pl", "pl: Hello, my friends!"))

    def test_clients_receive_the_list_of_languages(self):
        (tongues,) = [each for each in self.reader("original")[1]["translators"] if each["name"] == "tongues"]
        self.assertEqual((tongues["target"], tongues["targets"]), (None, list(TAGS)))

    def test_unsupported_languages_are_rejected(self):
        for view in ("tongues", "tongues:tlh", "abroad:pl", ":fi", "tongues:" + "x" * 3000):
            with self.subTest(view[:20]):
                window = self.window(self.room)
                self.addCleanup(window.close)
                window.send({"type": "join", "as": view})
                self.assertEqual(window.hear("error")["code"], "bad-message")
                self.assertEqual(window.hear("welcome")["as"], "pirate")

    def test_the_ninth_language_falls_back_to_the_original(self):
        readers = [self.reader(f"tongues:{tag}")[0] for tag in TAGS[:8]]
        ninth, welcome = self.reader(f"tongues:{TAGS[8]}")
        self.assertEqual(welcome["as"], "original")
        self.assertEqual(ninth.hear("error")["code"], "busy")
        ninth.send({"type": "as", "as": f"tongues:{TAGS[8]}"})
        self.assertEqual(ninth.hear("error")["code"], "busy")
        self.say("Is the map here?")
        self.assertNotIn("view", ninth.hear("message"))
        self.assertEqual(self.browser().get(f"{self.room}/messages?as=:{TAGS[8]}").status, 503)
        self.assertIn("too many languages", self.browser().get(f"{self.room}?as=:{TAGS[8]}").body.decode())
        readers.pop().close()

        def has_place():
            ninth.send({"type": "as", "as": f"tongues:{TAGS[8]}"})
            ninth.send({"type": "ping"})
            return ninth.next()["type"] == "pong"

        wait_until(has_place)

    def test_an_owner_sets_the_default_language(self):
        owner = self.window(self.room, self.owner)
        owner.join()
        for view, code in (("tongues:pl", None), ("tongues", "bad-message"), ("tongues:PL", "bad-message")):
            owner.send({"type": "room", "translator": view, "nonce": view})
            if code is None:
                owner.hear("done")
            else:
                self.assertEqual(owner.hear("error")["code"], code)
        self.assertEqual(self.reader(None)[1]["as"], "tongues:pl")


class WithoutScripts(LanguagesTest):
    def test_the_language_of_a_page_is_remembered(self):
        browser = self.browser()
        page = self.page("?as=:pl", browser)
        self.assertEqual(page.find("body//main").get("data-as"), "tongues:pl")
        self.assertEqual(page.find("body//main").get("data-lang"), "pl")
        self.assertEqual(self.page("", browser).find("body//main").get("data-as"), "tongues:pl")
        self.page("?as=tongues:fr", browser)
        direct = [link.get("data-view") for link in self.page("", browser).cssselect("#views li a[data-view]")]
        self.assertEqual(direct[:4], ["pirate", "original", "tongues:fr", "tongues:pl"])

    def test_each_language_is_listed_once_by_its_own_name(self):
        page = self.page()
        direct = [link.get("data-view") for link in page.cssselect("#views li a[data-view]")]
        self.assertLessEqual(len(direct), 8)
        options = [(each.get("value"), each.get("lang"), each.text) for each in page.cssselect("#other-views option")]
        everything = ["pirate", "original", *(f"tongues:{tag}" for tag in TAGS)]
        self.assertEqual(sorted([*direct, *(view for view, _lang, _title in options)]), sorted(everything))
        self.assertIn(("tongues:pl", "pl", "polski"), options)
        form = page.cssselect("#other-views")[0]
        self.assertEqual((form.get("method"), form.get("action")), ("get", self.room))
        self.assertEqual(form.cssselect("select")[0].get("name"), "as")

    def test_languages_of_the_browser_and_the_room_are_first(self):
        self.say("Wo ist der Schatz?", lang="de")
        browser = self.browser()
        browser.headers["Accept-Language"] = "sv-SE,sv;q=0.9,ja;q=0.5"
        direct = [
            link.get("data-view") for link in self.page("?as=original", browser).cssselect("#views li a[data-view]")
        ]
        self.assertEqual(direct, ["pirate", "original", "tongues:sv", "tongues:ja", "tongues:de"])

    def test_the_browsers_preferred_language_is_the_default(self):
        browser = self.browser()
        browser.headers["Accept-Language"] = "tlh,de-AT;q=0.8,pl;q=0.5"
        self.assertEqual(self.page("", browser).find("body//main").get("data-as"), "tongues:de")

    def test_third_parties_are_named(self):
        owner = self.window(self.room, self.owner)
        owner.join()
        owner.send({"type": "room", "third_party_translation": True, "nonce": "1"})
        owner.hear("done")
        page = self.page()
        (group,) = page.cssselect("#other-views optgroup")
        self.assertIn("Parrots Ltd.", group.get("label"))
        self.assertEqual([each.get("value") for each in group], ["abroad:ga", "abroad:fi", "abroad:th"])
        page = self.page("?as=:fi")
        link = page.cssselect('#views a[data-view="abroad:fi"]')[0]
        self.assertIn("Parrots Ltd.", page.get_element_by_id(link.get("aria-describedby")).text_content())
        self.assertEqual(self.reader(":fi")[1]["as"], "abroad:fi")

    def test_authors_can_choose_any_language(self):
        page = self.page()
        values = [each.get("value") for each in page.cssselect("#lang option")]
        for tag in ("en", "cy", "yo", "tok", "pt-BR"):
            self.assertIn(tag, values)
        self.assertEqual(page.cssselect('#lang option[value="cy"]')[0].text, "Cymraeg")

    def test_messages_as_json(self):
        self.say()
        self.browser().json(f"{self.room}/messages?as=:pl")  # it requests the translation
        answer = self.browser().json(f"{self.room}/messages?as={quote(':pl')}")
        self.assertEqual(answer["messages"][0]["view"]["as"], "tongues:pl")
        self.assertEqual(self.browser().get(f"{self.room}/messages?as=tongues:tlh").status, 400)
        found = self.browser().json(f"{self.room}/search?q=friends&as=:pl")
        self.assertEqual(len(found["messages"]), 1)
