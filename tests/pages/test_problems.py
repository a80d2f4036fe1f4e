"""Error responses explain the problem and what to do: from the real server, with a theme, and as JSON."""

import json
import re
import shutil
import urllib.parse

from lxml import html

from sockjs_support.clients import HTTP
from tests.support.chat_servers import ChatLayer, ChatServer
from tests.support.chatting import ChatTest


class FaultsLayer(ChatLayer):
    """A chat server with views that fail."""

    def start(self, port=None):
        self.server = ChatServer(self.folder, port=port, ini="faults.ini")

    def tearDown(self):
        output = self.server.stop()
        shutil.rmtree(self.folder)
        errors = re.findall(r"^[\w.]+(?:Error|Exception): .*$", output, re.MULTILINE)
        assert set(errors) == {"RuntimeError: Error: on purpose"}, output


FAULTS = FaultsLayer("FAULTS")


class Problems(ChatTest):
    layer = FAULTS

    def setUp(self):
        self.ada, self.room = self.open_room()
        self.name = html.document_fromstring(self.ada.get(self.room).body).findtext(".//h1")
        self.bo = self.browser().visit(self.room)

    def ask(self, path, method="GET", accept="text/html", **fields):
        """Send a request as Bo, with a form if there are fields."""
        if method == "POST":
            fields = {"csrf_token": self.bo.cookies["csrf_token"], **fields}
        body = urllib.parse.urlencode(fields).encode()
        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        return self.bo._request(method, path, headers, body)

    def each(self):
        """Yield (status, title, path, method, fields) for each error."""
        room, text = self.room, "x" * 70_000
        yield 400, "Invalid request", f"{room}?before=x", "GET", {}
        yield 400, "This form has expired", f"{room}/messages", "POST", {"csrf_token": "x"}
        yield 403, "You are not allowed to do that", f"{room}/settings", "POST", {"title": "Mine"}
        yield 404, "There is no such message", f"{room}/messages/99", "GET", {}
        yield 404, "There is no such room yet", "/rooms/nobody", "GET", {}
        yield 405, "Method not allowed", f"{room}/settings", "GET", {}
        yield 413, "This is too large", f"{room}/messages", "POST", {"text": text}
        yield 500, "Something went wrong", f"{room}/bug", "GET", {}
        yield 503, "Not available right now", f"{room}/conflict", "GET", {}
        yield 503, "This could not be saved", f"{room}/disk", "GET", {}
        yield 503, "The chat is not ready yet", f"{room}/storage", "GET", {}
        yield 503, "Not available right now", f"{room}/closed", "GET", {}

    def test_each_error_has_a_themed_page(self):
        for status, title, path, method, fields in self.each():
            with self.subTest(status=status, path=path):
                answer = self.ask(path, method, **fields)
                page = html.document_fromstring(answer.body)
                self.assertEqual((answer.status, page.findtext(".//h1")), (status, title))
                self.assertTrue(answer["Content-Type"].startswith("text/html"))
                self.assertEqual(page.find("body").get("class"), "problem")
                self.assertTrue(page.xpath("//link[starts-with(@href, '/theme/')]"), "the page has the theme")
                self.assertGreater(len(page.cssselect(".lead")[0].text_content()), 20)
                self.assertNotIn(b"Traceback", answer.body)
                self.assertNotIn(b"on purpose", answer.body)
                self.assertEqual(answer["Cache-Control"], "no-store")
                self.assertIn("default-src 'none'", answer["Content-Security-Policy"])

    def test_each_error_is_json_if_accepted(self):
        for status, _, path, method, fields in self.each():
            for accept in ("application/json", "application/json;q=0.9, text/html;q=0.5"):
                with self.subTest(status=status, path=path, accept=accept):
                    answer = self.ask(path, method, accept, **fields)
                    self.assertEqual((answer.status, answer["Content-Type"]), (status, "application/json"))
                    self.assertGreater(len(json.loads(answer.body)["error"]), 20)

    def test_head_requests_get_no_body(self):
        answer = self.ask(f"{self.room}/bug", "HEAD")
        self.assertEqual((answer.status, answer.body), (500, b""))

    def test_errors_link_to_the_room(self):
        for path in ("/messages/99", "/nothing", "/bug", "/settings"):
            with self.subTest(path):
                page = html.document_fromstring(self.ask(self.room + path).body)
                links = [(link.text, link.get("href")) for link in page.cssselect("#links a")]
                self.assertEqual(
                    links, [(f"Back to the room {self.name}", self.room), ("Open a room of your own", "/")]
                )
        page = html.document_fromstring(self.ask("/nothing").body)
        self.assertEqual([link.get("href") for link in page.cssselect("#links a")], ["/"])

    def test_errors_have_the_time_to_retry(self):
        for path, seconds, words in (
            ("/conflict", "2", "Try again in 2 seconds."),
            ("/disk", "60", "Try again in a minute."),
            ("/storage", "60", "Try again in a minute."),
        ):
            with self.subTest(path):
                answer = self.ask(self.room + path)
                page = html.document_fromstring(answer.body)
                self.assertEqual((answer["Retry-After"], page.cssselect("#wait")[0].text), (seconds, words))
                answer = self.ask(self.room + path, accept="application/json")
                self.assertEqual(json.loads(answer.body)["retry_after"], int(seconds))
        self.assertEqual(self.ask(f"{self.room}/closed")["Retry-After"], "3600")

    def test_the_error_id_is_in_the_log_with_the_traceback(self):
        answer = self.ask(f"{self.room}/bug?secret")
        number = re.search(rb"operator: ([0-9a-f]{8})", answer.body)[1].decode()
        log = self.layer.server.output()
        entry = log[log.index(f"Error {number}: GET") :]
        self.assertIn("RuntimeError: Error: on purpose", entry)
        self.assertNotIn("secret", entry)

    def test_a_url_cannot_forge_log_lines(self):
        self.ask(f"{self.room}/bug/%0AError%20forged")
        self.assertNotIn("\nError forged", self.layer.server.output())

    def test_an_error_page_that_fails_is_plain_text(self):
        answer = self.ask(f"{self.room}/unspeakable")
        self.assertEqual((answer.status, answer["Content-Type"]), (503, "text/plain; charset=UTF-8"))
        self.assertEqual(answer.body, b"Not available right now\n\nNot even this page can be made.\n")

    def test_allowed_methods_of_a_url(self):
        for path, allowed in (
            ("", "GET, HEAD"),
            ("/settings", "POST"),
            ("/messages", "GET, HEAD, POST"),
            ("/messages/1/remove", "POST"),
        ):
            self.ada.post(f"{self.room}/messages", text="a word")
            with self.subTest(path):
                answer = self.ask(self.room + path, "PUT")
                self.assertEqual((answer.status, answer["Allow"]), (405, allowed))

    def test_unsupported_media_types(self):
        self.ada.post(f"{self.room}/messages", text="a word")
        self.assertEqual(self.ask(f"{self.room}/messages/1", accept="image/png").status, 406)

    def test_rate_limits(self):
        self.assertEqual(self.ask(f"{self.room}/messages", "POST", text="one", name="Bo").status, 303)
        answer = self.ask(f"{self.room}/messages", "POST", text="two")
        page = html.document_fromstring(answer.body)
        self.assertEqual(answer.status, 429)
        self.assertIn("Try again in", page.cssselect("#say-error")[0].text)
        self.assertEqual(page.cssselect("#text")[0].text.strip(), "two")
        self.assertGreater(int(answer["Retry-After"]), 50)
        answer = self.ask(f"{self.room}/messages", "POST", "application/json", text="two")
        self.assertEqual((answer.status, list(json.loads(answer.body))), (429, ["error", "retry_after"]))

    def test_a_taken_name(self):
        self.assertEqual(self.ask("/", "POST", name=self.name).status, 409)
        answer = self.ask("/", "POST", "application/json", name=self.name)
        self.assertEqual((answer.status, list(json.loads(answer.body))), (409, ["error"]))

    def test_a_form_without_content_length(self):
        with HTTP(self.layer.port) as http:
            answer = http.request("POST", "/", {"Transfer-Encoding": "chunked", "Content-Length": "0"})
        self.assertIn(answer.status, (400, 411))
