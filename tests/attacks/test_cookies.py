"""Which cookies reach the application."""

from unittest import TestCase

from webob import Request

from piratechat.http.cookies import cookie, keep_cookies


class Kept(TestCase):
    def kept(self, header):
        environ = {"HTTP_COOKIE": header}
        keep_cookies(environ)
        return environ["HTTP_COOKIE"]

    def test_valid_cookies_are_unchanged(self):
        for header in (
            "a=b",
            "a=b; c=d",
            "piratechat=3JY5nk_eS-8; piratechat-as=pirate;csrf_token=0f",
            'a="b"',
            "a=",
            "a=b=c==",
        ):
            self.assertEqual(self.kept(header), header)

    def test_invalid_cookies_are_removed(self):
        for header in (
            "a" * 8000,
            "=b",
            "a b=c",
            "a=b c",
            'a="b',
            "a=\\b",
            "a=b,c",
            "\xff=a",
            "a=\xff",
            "a" * 65 + "=b",
            "a=[b]",
        ):
            self.assertEqual(self.kept(header), "", header)

    def test_valid_cookies_among_invalid_ones(self):
        self.assertEqual(self.kept('a=b; x y z; c="d"; ; e'), 'a=b; c="d"')

    def test_filtered_cookies_are_parsed_in_the_same_way(self):
        for header in ("a=b; c=d", 'a="b"; c=', "a=b=c==; d=~!@#$%^&*()+.?|:/{}<>'`-"):
            names = [part.partition("=")[0].strip() for part in header.split(";")]
            self.assertEqual(list(Request.blank("/", headers={"Cookie": self.kept(header)}).cookies), names)


class ReadingTest(TestCase):
    def test_one_cookie_is_read_with_or_without_quotes(self):
        for header, value in (
            ("theme=plain", "plain"),
            ('a=1; theme="plain"; theme=pirate', "plain"),
            ("nottheme=plain; theme", ""),
            ("", ""),
        ):
            self.assertEqual(cookie({"HTTP_COOKIE": header}, "theme"), value, header)
        self.assertEqual(cookie({}, "theme"), "")
