"""The settings of one translator in the ini file."""

import unittest

from piratechat import testing
from piratechat.options import Options, Secret
from piratechat.translation import Translator

KEY = "s3cr3t-k3y"


def options(environ=None, **settings):
    values = {f"piratechat.translator.german.{name}": value for name, value in settings.items()}
    values["piratechat.translator.germanic.x"] = "of another translator"
    return Options("german", values, environ or {})


class OptionsTest(unittest.TestCase):
    def assertWrong(self, name, words, read, *arguments):
        """Assert that reading `name` raises an error whose message begins with the setting's name."""
        with self.assertRaises(ValueError) as caught:
            read(name, *arguments)
        message = str(caught.exception)
        self.assertTrue(message.startswith(f"piratechat.translator.german.{name} "), message)
        self.assertIn(words, message)
        return message


class Reading(OptionsTest):
    def test_text(self):
        found = options(title=" Deutsch ", empty="")
        self.assertEqual(
            (found.text("title"), found.text("empty", "x"), found.text("other", "x")), ("Deutsch", "", "x")
        )
        self.assertWrong("missing", "is missing", found.text)

    def test_words(self):
        self.assertEqual(options(command="/bin/x -a 'b c'").words("command"), ["/bin/x", "-a", "b c"])
        self.assertEqual(options().words("command", "x y"), ["x", "y"])
        message = self.assertWrong("command", "cannot be split", options(command=f"x '{KEY}").words)
        self.assertNotIn(KEY, message)

    def test_numbers(self):
        self.assertEqual(options(n="1.5").number("n", 1), 1.5)
        self.assertEqual(options().number("n", 1), 1)
        for value in ("", "x", "nan", "inf", "1e999", "-1", "11", "0x1"):
            with self.subTest(value=value):
                self.assertWrong("n", "must be a number from 0 to 10", options(n=value).number, 1, 0, 10)
        self.assertWrong("n", "of 2 or more, not '1'", options(n="1").number, 3, 2)
        self.assertWrong("n", "of 0 or more", options(n="inf").number, 3)

    def test_whole_numbers(self):
        self.assertEqual(options(n="7").whole("n", 1), 7)
        self.assertEqual(options().whole("n", 1), 1)
        for value in ("", "x", "1.5", "-1", "0", "11", "²", "٣", "9" * 5000, "1_0", "+1"):
            with self.subTest(value=value[:9]):
                self.assertWrong("n", "must be a whole number from 1 to 10", options(n=value).whole, 1, 1, 10)

    def test_flags(self):
        self.assertIs(options(x="true").flag("x", False), True)
        self.assertIs(options(x="false").flag("x", True), False)
        self.assertIs(options().flag("x", True), True)
        self.assertWrong("x", "must be one of true, false, not 'yes'", options(x="yes").flag, True)

    def test_choices(self):
        self.assertEqual(options(x="a").choice("x", ("a", "b")), "a")
        self.assertEqual(options().choice("x", ("a", "b"), "b"), "b")
        self.assertWrong("x", "must be one of a, b, not 'c'", options(x="c").choice, ("a", "b"))
        self.assertWrong("x", "is missing", options().choice, ("a", "b"))

    def test_urls(self):
        self.assertEqual(options(url="http://127.0.0.1:5000/").url("url"), "http://127.0.0.1:5000")
        self.assertEqual(options().url("url", "https://x.org/v2"), "https://x.org/v2")
        for value in (
            "",
            "x",
            "ftp://x.org",
            "//x.org",
            "http://",
            "http://x:0",
            "http://x:99999",
            "http://[x",
            "file:///x",
        ):
            with self.subTest(value=value):
                self.assertWrong("url", f"such as http://127.0.0.1:5000, not {value!r}", options(url=value).url)

    def test_tags(self):
        self.assertEqual(options(target="PT-br").tag("target"), "pt-BR")
        self.assertEqual(options().tag("target", "de"), "de")
        for value in ("", "german language", "x" * 100, "d"):
            with self.subTest(value=value):
                self.assertWrong("target", "must be a language tag such as de", options(target=value).tag)

    def test_has_reports_whether_an_option_is_set(self):
        self.assertTrue(options(x="").has("x"))
        self.assertFalse(options().has("x"))

    def test_unknown_settings_are_rejected(self):
        found = options(title="x", ttile="y")
        found.text("title")
        found.text("other", "")
        with self.assertRaisesRegex(ValueError, "german.ttile is no setting of 'german'; there are other, title"):
            found.finish()
        found.text("ttile")
        found.finish()


class FromTheEnvironment(OptionsTest):
    environ = {"KEY": f" {KEY}\n", "EMPTY": " ", "N": "12"}

    def test_a_value_may_be_there(self):
        found = options(self.environ, key="env:KEY", n="env:N")
        self.assertEqual((found.text("key"), found.whole("n", 1)), (KEY, 12))

    def test_an_unset_variable_is_named(self):
        for variable in ("NOTHING", "EMPTY", "", "1X", "A B", "$KEY"):
            with self.subTest(variable=variable):
                read = options(self.environ, key=f"env:{variable}").text
                self.assertWrong("key", f"names an environment variable that is not set: {variable}", read)

    def test_errors_show_its_name_and_not_the_value(self):
        found = options(self.environ, x="env:KEY")
        for read, arguments in [
            (found.number, (1,)),
            (found.whole, (1,)),
            (found.flag, (True,)),
            (found.choice, ("a",)),
            (found.url, ()),
            (found.tag, ()),
        ]:
            with self.subTest(read=read.__name__):
                message = self.assertWrong("x", "must be", read, *arguments)
                self.assertNotIn(KEY, message)
                self.assertIn("'env:KEY'", message)


class Secrets(OptionsTest):
    def test_a_secret_can_be_revealed(self):
        self.assertEqual(options(key=KEY).secret("key").reveal(), KEY)

    def test_secrets_are_not_in_representations(self):
        secret = options(key=KEY).secret("key")
        for shown in (str(secret), repr(secret), f"{secret}", f"{[secret]}", f"{options(key=KEY)!r}"):
            self.assertNotIn(KEY, shown)

    def test_a_secret_may_be_empty(self):
        self.assertFalse(options().secret("key", ""))
        self.assertTrue(Secret(KEY))

    def test_an_address_with_a_password_is_not_shown(self):
        message = self.assertWrong("url", "must be a URL", options(url=f"htp://me:{KEY}@x.org").url)
        self.assertNotIn(KEY, message)


class OfTests(unittest.TestCase):
    """Options in tests of plug-ins."""

    def test_by_their_short_names(self):
        found = testing.options("yoda", {"YODA_KEY": KEY}, url="http://127.0.0.1:5000", key="env:YODA_KEY")
        self.assertEqual((found.name, found.url("url")), ("yoda", "http://127.0.0.1:5000"))
        self.assertEqual(found.secret("key").reveal(), KEY)

    def test_ignored_options_are_rejected(self):
        with self.assertRaisesRegex(ValueError, r"piratechat\.translator\.yoda\.url.*testing\.options\('yoda', url="):
            Options("yoda", {"url": "http://127.0.0.1:5000"})

    def test_unused_settings_are_rejected(self):
        class Contract(testing.TranslatorContract, unittest.TestCase):
            def make(self):
                testing.options("yoda", url="http://127.0.0.1", wodrs="x").url("url")
                return Translator()

        result = unittest.TestResult()
        Contract("test_all_settings_are_requested").run(result)
        ((_test, trace),) = result.failures
        self.assertIn("piratechat.translator.yoda.wodrs is no setting of 'yoda'", trace)
