"""The settings of the chat: defaults, values in the ini file, and error messages for invalid values."""

import unittest
from dataclasses import fields

from piratechat.settings import PREFIX, Allowance, Settings


class SettingsTest(unittest.TestCase):
    def assertWrong(self, words, **settings):
        with self.assertRaises(ValueError) as caught:
            Settings.from_ini({PREFIX + name: value for name, value in settings.items()})
        self.assertIn(words, str(caught.exception))

    def test_an_empty_ini_file_means_the_defaults(self):
        settings = Settings.from_ini({})
        self.assertEqual(settings, Settings())
        self.assertEqual((settings.translators, settings.message_length), (("pirate", "original"), 4_000))

    def test_values_of_the_ini_file_are_converted(self):
        settings = Settings.from_ini(
            {
                "piratechat.translators": "original\n    pirate",
                "piratechat.third_party_translation": "true",
                "piratechat.var": " /srv/chat ",
                "piratechat.secret": "s3cret",
                "piratechat.message_length": "500",
                "piratechat.message_rate": "0.5",
                "piratechat.message_burst": "3",
                "piratechat.page_length": "20",
                "piratechat.sockjs_client": "/usr/share/sockjs.js",
            }
        )
        expected = Settings(
            translators=("original", "pirate"),
            third_party_translation=True,
            var="/srv/chat",
            secret="s3cret",
            message_length=500,
            message_rate=0.5,
            message_burst=3,
            page_length=20,
            sockjs_client="/usr/share/sockjs.js",
        )
        self.assertEqual(settings, expected)
        self.assertEqual(
            [type(value) for value in (settings.message_length, settings.message_rate, settings.message_burst)],
            [int, float, int],
        )

    def test_names_of_processes_must_be_valid(self):
        for node in ("x" * 101, "two\nlines"):
            with self.assertRaisesRegex(ValueError, "piratechat.node must be a name of 100 characters at most"):
                Settings(node=node)

    def test_sites_that_embed_rooms_are_origins(self):
        right = "https://www.example.org http://localhost:8000 https://[::1]:8443"
        found = Settings.from_ini({"piratechat.frame_ancestors": right}).frame_ancestors
        self.assertEqual(found, tuple(right.split()))
        for wrong in (
            "*",
            "'self'",
            "https:",
            "www.example.org",
            "https://*.example.org",
            "https://www.example.org/",
            "https://www.example.org/intranet",
            "https://www.example.org:99999",
            "https://Www.Example.org",
            "https://bücher.example",
            "https://ada@example.org",
            "ftp://example.org",
            "https://example.org;script-src",
            "https://example.org,https://example.com",
        ):
            with self.subTest(wrong), self.assertRaises(ValueError) as caught:
                Settings.from_ini({"piratechat.frame_ancestors": f"https://www.example.org {wrong}"})
            self.assertIn("piratechat.frame_ancestors must list origins", str(caught.exception))
            self.assertTrue(str(caught.exception).endswith(f"not {wrong!r}"), caught.exception)

    def test_a_plone_site_needs_a_long_secret(self):
        site, secret = "https://www.example.org", "0123456789abcdef"
        settings = Settings.from_ini({PREFIX + "plone_url": site, PREFIX + "plone_secret": secret})
        self.assertEqual((settings.plone_url, settings.plone_owners), (site, ()))
        for short in ("", "guessed by all"):
            with self.assertRaisesRegex(
                ValueError, "piratechat.plone_secret must have 16 characters or more"
            ) as caught:
                Settings(plone_url=site, plone_secret=short)
            self.assertNotIn(short or "''", str(caught.exception))
        self.assertWrong("piratechat.plone_url is missing", plone_secret=secret)
        self.assertWrong("piratechat.plone_url is missing", plone_owners="Manager")
        self.assertWrong("plone_session must be", plone_url=site, plone_secret=secret, plone_session="0")
        for url in (
            "www.example.org",
            "ftp://example.org",
            "https://",
            "https://a:b@c/",
            "https://a/?b",
            "https://a:0/",
        ):
            with self.subTest(url):
                self.assertWrong("piratechat.plone_url must be a URL", plone_url=url, plone_secret=secret)
                self.assertWrong("plone_internal_url must", plone_url=site, plone_secret=secret, plone_internal_url=url)

    def test_settings_with_other_prefixes_are_ignored(self):
        others = {
            "zodbconn.uri": "file:///x",
            "pyramid_sockjs.origins": "*",
            "message_length": "many",
            "piratechat.translator.babel.key": "x",
            "piratechat.relay.redis.url": "x",
            "piratechat.amqp.url": "x",
        }
        self.assertEqual(Settings.from_ini(others), Settings())

    def test_an_error_about_an_unknown_name_lists_the_known_ones(self):
        self.assertWrong("Unknown setting 'piratechat.mesage_length'", mesage_length="1")
        for setting in fields(Settings):
            self.assertWrong(f"piratechat.{setting.name}", nothing="1")
        self.assertWrong("Unknown setting 'piratechat.translator'", translator="pirate")
        self.assertWrong("Unknown setting 'piratechat.amqp.ulr'", **{"amqp.ulr": "amqp://127.0.0.1"})

    def test_an_error_about_a_former_name_has_the_new_one(self):
        self.assertWrong(
            "piratechat.online has been renamed to piratechat.third_party_translation: change it in the ini file",
            online="true",
        )

    def test_an_error_about_a_value_names_the_setting(self):
        for name, value, kind in [
            ("message_length", "many", "a whole number"),
            ("message_length", "1.5", "a whole number"),
            ("message_burst", "", "a whole number"),
            ("page_length", "50 # messages", "a whole number"),
            ("message_rate", "fast", "a number"),
        ]:
            with self.subTest(name=name, value=value):
                self.assertWrong(f"piratechat.{name} must be {kind}, not {value!r}", **{name: value})

    def test_values_have_a_minimum(self):
        for name in ("message_length", "message_burst", "page_length", "message_rate"):
            for value in ("0", "-1"):
                with self.subTest(name=name, value=value):
                    self.assertWrong(f"piratechat.{name} must be greater than 0, not {value}", **{name: value})
        for value in ("nan", "inf", "0.0"):
            self.assertWrong("piratechat.message_rate must be greater than 0", message_rate=value)

    def test_a_message_must_fit_into_a_frame(self):
        self.assertEqual(Settings.from_ini({"piratechat.message_length": "10000"}).message_length, 10_000)
        self.assertWrong("piratechat.message_length must be 10,000 or less, not 10,001", message_length="10001")

    def test_at_least_one_translator_is_required(self):
        self.assertWrong("piratechat.translators must name one translator at least", translators=" \n ")


class Allowances(unittest.TestCase):
    def test_the_notation(self):
        for text, count, seconds in [
            ("60/hour", 60, 3600),
            ("2000/10 seconds", 2000, 10),
            (" 1 / second ", 1, 1),
            ("5/2 days", 5, 172_800),
            ("1/1 minute", 1, 60),
            ("600/minutes", 600, 60),
        ]:
            with self.subTest(text):
                self.assertEqual(Allowance.parse(text), Allowance(count, seconds))

    def test_allowances_are_displayed_in_the_same_notation(self):
        for text in ("60/hour", "2000/10 seconds", "300/150 seconds", "20/10 minutes", "1/day", "7/90 minutes"):
            self.assertEqual(str(Allowance.parse(text)), text)

    def test_the_rate(self):
        self.assertEqual(Allowance.parse("30/minute").rate, 0.5)

    def test_the_former_notation_is_rejected_with_the_current_one(self):
        for old, new in [("60 in 3600", "60/hour"), ("2000 in 10", "2000/10 seconds"), ("30 in 2.0", "30/2 seconds")]:
            with self.subTest(old), self.assertRaises(ValueError) as caught:
                Settings.from_ini({f"{PREFIX}rooms_per_address": old})
            self.assertEqual(
                str(caught.exception), f"piratechat.rooms_per_address must now be written {new}, not {old!r}"
            )

    def test_invalid_rates_are_rejected(self):
        for text in ("", "60", "60/", "/hour", "60/week", "0/hour", "60/0 hours", "-1/hour", "60/1.5 hours", "6e1/hour",
                     "60/2hours x", "60 in 0", "sixty/hour", "\u0661/hour", "9" * 99 + "/hour"):  # fmt: skip
            with self.subTest(text), self.assertRaises(ValueError) as caught:
                Settings.from_ini({f"{PREFIX}rooms_per_address": text})
            self.assertIn("piratechat.rooms_per_address must be a number in a time, such as", str(caught.exception))
