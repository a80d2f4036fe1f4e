"""Searching rooms over HTTP in this process: with the index and without it, and permissions."""

import contextlib
import os
import sqlite3
import time
import urllib.parse
from unittest import mock

from piratechat.model import changes
from piratechat.model.commands import Edit, Erase, Remove, Restore, Say
from piratechat.search import searching
from piratechat.search.filling import Filling
from piratechat.search.index import NAME, QUERY_TIME, Index, Reader, remove
from tests.support.pages import PAGES, PagesTest, Visitor


def read(translators, name, text, language):
    translated = PAGES.services.engine.known(translators, name, text, language)
    return None if translated is None else translated.text


class SearchTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.slug = urllib.parse.unquote(self.path.rpartition("/")[2])
        self.file = os.path.join(PAGES.folder, NAME)
        self.index = Index(self.file)
        self.addCleanup(self.index.close)
        self.filling = Filling(self.index, PAGES.services.translators.of, read)

    def say(self, *texts, author="Ada"):
        for text in texts:
            PAGES.services.committer.perform(Say(self.slug, f"id of {author}", text, name=author))

    def fill(self):
        more = True
        while more:
            with PAGES.services.database.reading() as chat:
                more = self.filling.go_on(chat)

    def do(self, command, seq):
        PAGES.services.committer.perform(command(self.slug, "", seq, by="operator"))

    def ask(self, q, browser=None, **more):
        browser = browser or self.visitor()
        browser.addHeader("Accept", "application/json")
        browser.visit(f"{self.path}/search?{urllib.parse.urlencode({'q': q, 'as': 'original', **more})}")
        return browser

    def visitor(self):
        return Visitor()

    def results(self, q, **more):
        browser = self.ask(q, **more)
        self.assertEqual(browser.status, 200, browser.contents)
        return browser.json

    def seqs(self, q, **more):
        return [message["seq"] for message in self.results(q, **more)["messages"]]

    def only_index(self):
        """Disable the search in the log of messages that are not in the index."""
        for name in ("SCANNED", "SCANNED_LATER"):
            self.enterContext(mock.patch.object(searching, name, 0))


class Searching(SearchTest):
    def test_languages_with_the_index_and_without(self):
        talk = {
            "grosse strasse": "Die Größe der Straße",
            "東京": "東京タワーへ行く",
            "世": "你好,世界",
            "ชาย": "ผู้ชายคนนี้",
            "مرحبا": "مَرْحَبًا بالجميع",
            "istanbul isparta": "İstanbul ve ısparta",  # noqa: RUF001
            "👍": "nice 👍🏽",
            "학교": "학교에서 만나요",
        }
        self.say(*talk.values())
        first = self.results("grosse")["messages"][0]["seq"]
        for _indexed in range(2):
            for place, q in enumerate(talk):
                with self.subTest(q=q):
                    self.assertEqual(self.seqs(q), [first + place])
            self.fill()
            self.only_index()

    def test_the_fields_of_a_result(self):
        self.say("Die Größe der Straße, und die STRASSE")
        (message,) = self.results("strasse")["messages"]
        self.assertEqual([message["text"][start:end] for start, end in message["found"]], ["Straße", "STRASSE"])
        self.assertEqual((message["in"], message["author"]), ("text", "Ada"))

    def test_results_are_newest_first_and_paged(self):
        self.say(*(f"ship number {number}" for number in range(10)), "no boat")
        last = self.results("boat")["messages"][0]["seq"]
        for indexed in range(2):
            before, found, more = last + 1, [], True
            while more:
                answer = self.results("ship", limit=4, before=before)
                self.assertNotIn("indexed_through", answer)
                found += [message["seq"] for message in answer["messages"]]
                before, more = found[-1], answer["more"]
            self.assertEqual(found, list(range(last - 1, last - 11, -1)), indexed)
            self.fill()
            self.only_index()

    def test_from_and_days(self):
        self.say("a ship", author="Ada")
        self.say("a ship", author="Bo B")
        (bo,) = self.seqs('ship from:"bo b"')
        self.assertEqual(self.seqs("ship", **{"from": "Bo B"}), [bo])
        self.assertEqual(self.seqs("ship from:bo"), [])
        self.assertEqual(self.seqs("ship after:2000-01-01 before:2200-01-01"), [bo, bo - 1])
        self.assertEqual(self.seqs("ship after:2200-01-01"), [])
        self.assertEqual(self.seqs("ship before:2000-01-01"), [])
        self.fill()
        self.only_index()
        self.assertEqual(self.seqs('ship from:"bo b"'), [bo])
        self.assertEqual(self.seqs("ship after:2000-01-01 before:2200-01-01"), [bo, bo - 1])

    def test_a_room_in_pirate_speak(self):
        self.fill()
        self.say("hello my friend, where is the money?")
        answer = self.results("doubloons", **{"as": "pirate"})
        (message,) = answer["messages"]
        self.assertEqual(message["in"], "view")
        text = message["view"]["text"]
        self.assertEqual([text[start:end].lower() for start, end in message["found"]], ["doubloons"])
        self.assertEqual(self.seqs("doubloons"), [])
        self.assertEqual(self.results("money", **{"as": "pirate"})["messages"][0]["in"], "text")
        # The first search in pirate speak has it indexed.
        self.fill()
        self.assertIn("pirate:", " ".join(part.view for part in self.index.parts() if part.room == self.slug))
        self.only_index()
        self.assertEqual(self.seqs("doubloons", **{"as": "pirate"}), [message["seq"]])

    def test_removed_messages_are_not_found(self):
        self.say("a secret gangway", "another gangway")
        last = self.seqs("gangway")[0]
        self.fill()
        self.only_index()
        self.do(Remove, last)
        self.assertEqual(self.seqs("gangway"), [last - 1], "the removed message is still in the index")
        self.fill()
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("SELECT text FROM words WHERE words MATCH 'gangway'").fetchall()
        self.assertEqual(rows, [("a secret gangway",)])
        self.do(Restore, last)
        self.fill()
        self.assertEqual(self.seqs("gangway"), [last, last - 1])

    def test_edited_and_erased_messages_are_reindexed(self):
        self.fill()
        self.say("a topsail", "a mizzen")
        last = self.seqs("mizzen")[0]
        self.fill()
        self.only_index()
        PAGES.services.committer.perform(Edit(self.slug, "id of Ada", last - 1, "a jib", 3600.0))
        self.do(Erase, last)
        self.assertEqual((self.seqs("topsail"), self.seqs("mizzen")), ([], []), "the words are still in the index")
        self.fill()
        self.assertEqual((self.seqs("topsail"), self.seqs("mizzen"), self.seqs("jib")), ([], [], [last - 1]))
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("SELECT text FROM words WHERE words MATCH 'topsail OR mizzen'").fetchall()
        self.assertEqual(rows, [])

    def test_compacting_deletes_old_texts_from_the_file(self):
        self.say("a secret quartermaster")
        self.fill()
        self.do(Remove, self.seqs("quartermaster")[0])
        self.fill()
        self.index.compact()
        with open(self.file, "rb") as file:
            self.assertNotIn(b"quartermaster", file.read())

    def test_expired_changes(self):
        self.say(*(f"plank {number}" for number in range(30)))
        last = self.seqs("plank")[0]
        self.fill()
        with mock.patch.object(changes, "MAX_CHANGES", 16):
            self.do(Remove, last)
            for seq in list(range(last - 25, last - 1)) * 2:
                self.do(Remove, seq)
                self.do(Restore, seq)
        self.fill()
        self.only_index()
        self.assertEqual(len(self.seqs("plank")), 29)
        self.assertNotIn(last, self.seqs("plank"))

    def test_an_outdated_index_is_reported(self):
        self.say("a plank")
        self.fill()
        self.say("a plank", "a plank")
        self.only_index()
        answer = self.results("plank")
        self.assertEqual(len(answer["messages"]), 1)
        self.assertEqual(answer["indexed_through"], answer["messages"][0]["seq"])

    def test_a_missing_or_damaged_index(self):
        self.say("a plank")
        self.fill()
        remove(self.file)
        self.assertFalse(self.index.is_in_place)
        self.assertEqual(len(self.seqs("plank")), 1)
        with open(self.file, "wb") as file:
            file.write(b"nothing like a database" * 100)
        self.assertEqual(len(self.seqs("plank")), 1)
        self.index.reopen()
        self.filling.forget()
        self.fill()
        self.only_index()
        self.assertEqual(len(self.seqs("plank")), 1)

    def test_the_index_of_another_database_is_ignored(self):
        self.say("a plank")
        self.fill()
        found = Reader(self.file).search("another", self.slug, [""], '"plank"', 0, 10, 10)
        self.assertEqual((found.seqs, found.through), ([], {}))
        self.index.begin("another")
        self.assertEqual(self.index.parts(), [])

    def test_a_query_has_a_timeout(self):
        self.say("a plank")
        self.fill()
        search = Reader.search
        with (
            mock.patch.object(Reader, "search", lambda reader, *asked: search(reader, *asked[:-1], -1.0)),
            mock.patch("piratechat.search.index.STEPS", 1),
        ):
            answer = self.results("plank")
        self.assertTrue(answer["incomplete"])

    def test_a_search_has_one_timeout_for_all_queries(self):
        self.say(*(f"plank {number}" for number in range(4)))
        self.fill()
        self.only_index()
        for seq in self.seqs("plank")[:3]:
            self.do(Remove, seq)  # they are in the index, so that more are requested
        times, search = [], Reader.search

        def slow(reader, *asked):
            times.append(asked[-1])
            found = search(reader, *asked)
            found.seconds = 0.1
            return found

        with mock.patch.object(Reader, "search", slow):
            self.assertEqual(len(self.seqs("plank", limit=1)), 1)
        self.assertEqual([round(seconds, 3) for seconds in times], [0.25, 0.15])

    def test_an_expensive_query_times_out(self):
        part = self.costly(256)
        words = f'{{text}} : "{" ".join(["a"] * 62)} b b"'
        asked = (self.epoch(), part.room, [""], words, 0, 10**9, 51)
        whole = Reader(self.file).search(*asked, 60.0)
        while whole.seconds < 4 * QUERY_TIME:
            self.costly(2 * part.through, part)
            whole = Reader(self.file).search(*asked, 60.0)
        self.assertEqual((whole.is_whole, whole.seqs), (True, []))
        begun = time.thread_time()
        found = Reader(self.file).search(*asked)
        self.assertEqual((found.is_whole, found.seqs), (False, []))
        self.assertGreaterEqual(found.seconds, QUERY_TIME)
        # The CPU time of others does not count.
        self.assertLess(time.thread_time() - begun, QUERY_TIME + 0.05)

    def epoch(self):
        with PAGES.services.database.reading() as chat:
            return chat.epoch

    def costly(self, messages, part=None):
        """Index messages that almost contain a phrase many times."""
        self.fill()
        with self.index.writing():
            part = part or self.index.add_part("costly", "")
            rows = ((seq, "a " * 1_990 + "b", "") for seq in range(part.through + 1, messages + 1))
            self.index.insert(part, list(rows))
            part.through = messages
            self.index.keep_part(part)
        return part

    def test_hostile_queries(self):
        self.say("text author NEAR a plank")
        self.fill()
        surrogate = "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")
        syntax = ['"', "*", "^a", "NEAR(a b)", "text:plank", "{text}: x", "a AND", "NOT", "-plank", "plank*", "()"]
        for q in (*syntax, "'; DROP TABLE words;--", "a" * 201, "\x00", surrogate, "%"):
            with self.subTest(q=q):
                self.assertIn(self.ask(q).status, (200, 400))
        self.assertEqual(len(self.seqs("plank*")), 1)
        self.assertEqual(len(self.seqs("NEAR")), 1)

    def test_invalid_parameters(self):
        for q, more in [
            ("", {}),
            ("x", {"limit": 0}),
            ("x", {"limit": 51}),
            ("x", {"before": "y"}),
            ("x", {"as": "nobody"}),
        ]:
            browser = self.ask(q, **more)
            self.assertEqual(browser.status, 400, (q, more))
            self.assertEqual(browser.json["code"], "bad-message")

    def test_searches_are_rate_limited(self):
        self.say("a plank")
        browser = self.owner
        statuses = [self.ask("plank", browser).status for _time in range(12)]
        self.assertEqual(statuses[:10], [200] * 10)
        self.assertIn(429, statuses)


class ResultsPage(SearchTest):
    def page(self, query):
        return Visitor().visit(f"{self.path}/search?{query}")

    def test_results_are_highlighted_with_links_to_the_log(self):
        self.say("Where is <b>the plank</b>?")
        page = self.page("q=plank&as=original")
        self.assertEqual(page.status, 200)
        self.assertEqual(page.texts("#results mark"), ["plank"])
        self.assertEqual(page.texts("#results .text"), ["Where is <b>the plank</b>?"])
        link = page.the("#results .when").get("href")
        self.assertRegex(link, r"/messages/\d+\?as=original$")
        page.visit(link)
        self.assertEqual(page.texts("[aria-current=true] > .text"), ["Where is <b>the plank</b>?"])

    def test_long_messages_are_shortened_around_the_match(self):
        self.say("x " * 500 + "plank" + " y" * 500)
        (shown,) = self.page("q=plank&as=original").texts("#results .text")
        self.assertTrue(shown.startswith("…x") and shown.endswith("…"), shown)
        self.assertIn("x plank y", shown)

    def test_older_results(self):
        self.say(*(f"plank {number}" for number in range(60)))
        page = self.page("q=plank&as=original")
        self.assertEqual(len(page.texts("#results > li")), 50)
        page.visit(page.the("#older-results a").get("href"))
        self.assertEqual(len(page.texts("#results > li")), 10)
        self.assertEqual(page.the("#q").get("value"), "plank")

    def test_no_results_and_invalid_queries(self):
        self.assertEqual(len(self.page("q=nowhere").texts("#nothing")), 1)
        for query in ("", "q="):
            page = self.page(query)
            self.assertEqual((page.status, page.texts("#nothing"), page.texts(".error")), (200, [], []))
        page = self.page("q=...")
        self.assertEqual((page.status, page.texts(".error")), (400, ["Type a word to find."]))

    def test_hostile_words_are_escaped(self):
        self.say('"><img src=x onerror=alert(1)> plank')
        page = self.page("q=" + urllib.parse.quote('plank "><img src=x>'))
        self.assertEqual(page.page.cssselect("main img"), [])
        self.assertEqual(page.the("#q").get("value"), 'plank "><img src=x>')

    def test_the_page_of_the_room_links_to_the_search(self):
        page = Visitor().visit(self.path)
        self.assertEqual(Visitor().visit(page.the("#show-search").get("href")).heading, "Search")
