"""Choosing a theme: its cookie, and the page after the form."""

from webob import Request

from tests.support.pages import HOST, PAGES, PagesTest


class ThemeChoiceTest(PagesTest):
    def choose(self, body, **options):
        return Request.blank("/theme", method="POST", body=body.encode(), **options).get_response(PAGES.application)

    def assertThemed(self, name, answer):
        self.assertIn(f'href="/theme/{name}/', answer.text)

    def test_the_choice_is_remembered(self):
        answer = self.choose("name=plain&back=/rooms/ada?as=pirate")
        self.assertEqual((answer.status_int, answer.location), (303, f"{HOST}/rooms/ada?as=pirate"))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        cookie = answer.headers["Set-Cookie"]
        for part in ("piratechat-theme=plain", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=31536000"):
            self.assertIn(part, cookie)
        self.assertNotIn("secure", cookie.lower())
        home = Request.blank("/", headers={"Cookie": cookie.partition(";")[0]}).get_response(PAGES.application)
        self.assertThemed("plain", home)

    def test_over_https_the_cookie_is_secure(self):
        answer = self.choose("name=plain", base_url="https://localhost")
        self.assertIn("; secure", answer.headers["Set-Cookie"].lower())

    def test_redirects_stay_on_this_site(self):
        for back in (
            "//evil.example", "/%5Cevil.example", "%5C%5Cevil.example", "https://evil.example/", "https:evil.example",
            "javascript:alert(1)", "/%09/evil.example", "/%0A/evil.example", "/%0D%0ASet-Cookie:x=y", "evil.example",
            "/%20/x", "", "/" + "x" * 3000, "%00", "/é",
        ):  # fmt: skip
            with self.subTest(back):
                answer = self.choose(f"name=plain&back={back}")
                self.assertEqual((answer.status_int, answer.location), (303, f"{HOST}/"))

    def test_invalid_forms(self):
        for status, body, options in (
            (400, "name=green&back=/", {}),
            (400, "back=/", {}),
            (400, "name=%ff", {}),
            (413, "name=plain&x=" + "x" * 300_000, {}),
            (400, "name=plain", {"headers": {"Sec-Fetch-Site": "cross-site"}}),
            (400, "name=plain", {"headers": {"Sec-Fetch-Site": "same-site"}}),
            (400, "name=plain", {"headers": {"Origin": "https://evil.example"}}),
        ):
            with self.subTest(body[:40], **options):
                answer = self.choose(body, **options)
                self.assertEqual(answer.status_int, status)
                self.assertNotIn("piratechat-theme", answer.headers.get("Set-Cookie", ""))

    def test_a_theme_is_chosen_by_a_form(self):
        answer = Request.blank("/theme?name=plain&back=/").get_response(PAGES.application)
        self.assertEqual((answer.status_int, answer.headers["Allow"]), (405, "POST"))
        self.assertNotIn("piratechat-theme", answer.headers.get("Set-Cookie", ""))
