"""Text in a rejected form is shown again, but only to the visitor who typed it."""

import urllib.parse
from unittest import mock

from lxml import html
from webob import Request

from piratechat.rate_limits import AddressLimit
from tests.support.pages import HOST, HOSTILE, PAGES, PagesTest, Visitor

#: Headers by which browsers show that one of our pages sends a form: fetch metadata, Origin, or Referer.
HERE = (
    {"Sec-Fetch-Site": "same-origin", "Origin": HOST},
    {"Origin": HOST},
    {"Referer": f"{HOST}/rooms/ada"},
)
#: ... and headers that may be from another site's page.
ELSEWHERE = (
    {},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://neighbour.localhost", "Referer": HOST},
    {"Sec-Fetch-Site": "cross-site", "Referer": HOST},
    {"Origin": "http://evil.example", "Referer": f"{HOST}/"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Referer": "http://evil.example/localhost"},
    {"Referer": "http://localhost@evil.example/"},
    {"Referer": "http://["},
)
WORDS = "What I\nhave typed & not kept"


class TypedTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.bo = Visitor().visit(self.path)

    def post(self, browser, path, *, here=HERE[0], token=None, cookie=True, **fields):
        """Send a form from one of our pages in `browser`; return the response and its page."""
        cookies = [f"{name}={value}" for name, value in browser.cookies.items() if cookie or name != "csrf_token"]
        body = urllib.parse.urlencode({"csrf_token": browser.token if token is None else token, **fields})
        request = Request.blank(path, method="POST", POST=body, host="localhost", headers={**here})
        request.headers["Cookie"] = "; ".join(cookies)
        request.headers["Accept"] = "text/html"
        answer = request.get_response(PAGES.application)
        return answer, html.document_fromstring(answer.body)

    def again(self, browser, answer, page, form):
        """Send the form on the response's page unchanged, with the cookies of the response."""
        for cookie in answer.headers.getall("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            browser.cookies[name] = value
        (form,) = page.cssselect(f"form#{form}")
        fields = dict(form.form_values())
        return self.post(browser, form.get("action"), token=fields.pop("csrf_token"), **fields)[0]


class ExpiredTest(TypedTest):
    """The token's cookie has ended with the browser session, and the page is still open."""

    def test_a_message_is_shown_again_on_the_rooms_page(self):
        for here in HERE:
            with self.subTest(**here):
                answer, page = self.post(
                    self.bo, f"{self.path}/messages", here=here, cookie=False, text=WORDS, name="Bo"
                )
                self.assertEqual(answer.status_int, 400)
                self.assertIn("This form had expired", page.get_element_by_id("say-error").text)
                self.assertEqual(page.get_element_by_id("text").value.strip(), WORDS)
                self.assertEqual(page.get_element_by_id("name").value, "Bo")
                self.assertTrue([each for each in answer.headers.getall("Set-Cookie") if "csrf_token" in each])
        self.assertEqual(self.bo.visit(self.path).messages, [])
        self.assertEqual(self.again(self.bo, answer, page, "say").status_int, 303)
        self.assertEqual(self.bo.visit(f"{self.path}?as=original").messages, ["What I have typed & not kept"])

    def test_a_name_is_shown_again_on_the_home_page(self):
        answer, page = self.post(self.bo, "/", cookie=False, name="A new one")
        self.assertEqual((answer.status_int, page.get_element_by_id("name").value), (400, "A new one"))
        self.assertIn("This form had expired", page.get_element_by_id("open-error").text)
        answer = self.again(self.bo, answer, page, "open")
        self.assertEqual((answer.status_int, answer.location), (303, f"{HOST}/rooms/a-new-one"))

    def test_settings_are_shown_again(self):
        answer, page = self.post(
            self.owner, f"{self.path}/settings", cookie=False, title="A long title", translator="pirate", slow="7"
        )
        self.assertEqual((answer.status_int, page.get_element_by_id("title").value), (400, "A long title"))
        self.assertEqual(page.get_element_by_id("slow").value, "7")
        self.assertIn("This form had expired", page.get_element_by_id("settings-error").text)
        self.assertEqual(self.again(self.owner, answer, page, "settings").status_int, 303)
        self.assertEqual(self.owner.visit(self.path).heading, "A long title")

    def test_a_buttons_action_is_offered_again(self):
        self.owner.say("a word")
        for path in ("messages/1/remove", "mute"):
            answer, page = self.post(self.owner, f"{self.path}/{path}", cookie=False, name="Bo")
            self.assertEqual((answer.status_int, len(page.cssselect("form.remove"))), (400, 1))
            self.assertIn("This form had expired", page.text_content())

    def test_forms_of_other_sites_are_not_shown_again(self):
        for where in ELSEWHERE:
            for path in ("/", f"{self.path}/messages", f"{self.path}/settings"):
                with self.subTest(path=path, **where):
                    answer, page = self.post(
                        self.owner, path, here=where, token="x", text="forged", name="forged", title="forged"
                    )
                    self.assertEqual(answer.status_int, 400)
                    self.assertEqual(page.find("body").get("class"), "problem")
                    self.assertNotIn("forged", answer.text)

    def test_programs_get_json(self):
        request = Request.blank(f"{self.path}/messages", method="POST", POST="text=x", headers=HERE[0])
        request.headers["Accept"] = "application/json"
        answer = request.get_response(PAGES.application)
        self.assertEqual((answer.status_int, list(answer.json)), (400, ["error"]))


class RefusedTest(TypedTest):
    def test_muted_visitors_see_their_text(self):
        self.bo.say("this is Bo", "Bo")
        self.owner.send(f"{self.path}/mute", name="Bo")
        answer, page = self.post(self.bo, f"{self.path}/messages", text=WORDS)
        self.assertEqual(answer.status_int, 403)
        self.assertIsNone(page.get_element_by_id("say").get("hidden"))
        self.assertEqual(page.get_element_by_id("text").value.strip(), WORDS)

    def test_rate_limited_forms_can_be_sent_again(self):
        with mock.patch.object(PAGES.services.limits, "requests", AddressLimit(0.001, 1)):
            self.assertEqual(
                self.post(self.bo, f"{self.path}/messages", text=WORDS, name="Bo", once="1")[0].status_int, 303
            )
            answer, page = self.post(self.bo, f"{self.path}/messages", text=WORDS + "!", name="Bo", once="1")
        self.assertEqual((answer.status_int, page.findtext(".//h1")), (429, "Too many requests"))
        self.assertGreater(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(page.get_element_by_id("typed-text").value.strip(), WORDS + "!")
        self.assertEqual(self.again(self.bo, answer, page, "typed").status_int, 303)
        self.assertEqual(len(self.bo.visit(self.path).messages), 2)

    def test_a_flood_gets_short_responses(self):
        limits = PAGES.services.limits
        with (
            mock.patch.object(limits, "requests", AddressLimit(0.001, 1)),
            mock.patch.object(limits, "returned_forms", AddressLimit(0.001, 3)),
        ):
            kinds = [
                self.post(self.bo, f"{self.path}/messages", text=WORDS, name="Bo")[0].content_type for _ in range(6)
            ]
            self.assertEqual(kinds[1:], ["text/html"] * 3 + ["text/plain"] * 2)
            limits.returned_forms = AddressLimit(0.001, 3)
            for where in ELSEWHERE[:2]:
                answer = self.post(self.bo, f"{self.path}/messages", here=where, text=WORDS)[0]
                self.assertEqual((answer.status_int, answer.content_type), (429, "text/plain"))

    def test_an_internal_error_shows_the_text(self):
        for error, status in ((RuntimeError("on purpose"), 500), (OSError(28, "on purpose"), 503)):
            with self.subTest(status=status), self.assertLogs("piratechat", "ERROR"):
                with mock.patch.object(PAGES.services.committer, "perform", side_effect=error):
                    answer, page = self.post(self.bo, f"{self.path}/messages", text=HOSTILE, name="Bo", lang="de")
                self.assertEqual(answer.status_int, status)
                self.assertEqual(page.get_element_by_id("typed-text").value.strip(), HOSTILE)
                self.assertEqual(page.get_element_by_id("typed-name").value, "Bo")
                self.assertEqual(page.cssselect("img[src=x]"), [])
        self.assertEqual(self.again(self.bo, answer, page, "typed").status_int, 303)
        self.assertEqual(self.bo.visit(f"{self.path}?as=original").messages, [HOSTILE])

    def test_text_that_cannot_be_sent_can_be_copied(self):
        answer, page = self.post(self.bo, f"{self.path}/settings", title="My title")
        self.assertEqual((answer.status_int, page.get_element_by_id("typed-title").value), (403, "My title"))
        answer, page = self.post(self.bo, "/rooms/gone/messages", text=WORDS)
        self.assertEqual((answer.status_int, page.get_element_by_id("typed-text").value.strip()), (404, WORDS))
        self.assertEqual(page.cssselect("#typed button"), [])

    def test_forms_of_other_sites_are_not_shown_again(self):
        for where in ELSEWHERE:
            with self.subTest(**where):
                answer, _page = self.post(self.bo, "/rooms/gone/messages", here=where, text="forged")
                self.assertNotIn("forged", answer.text)
