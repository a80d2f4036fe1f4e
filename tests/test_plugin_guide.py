"""The guide to writing translators is followed step by step, and its tables of defaults and names are correct."""

import os
import re
import shutil
import subprocess
import tempfile
from unittest import TestCase

from pyramid.config import Configurator

from piratechat import translation
from piratechat.interfaces import ITranslatorBackend
from piratechat.options import Options
from piratechat.testing import TranslatorContract
from piratechat.translators.engine.circuit_breaker import AT_ONCE, MAX_PAUSE, MIN_PAUSE, THRESHOLD, Breaker
from sockjs_support.servers import free_port
from tests.support.chat_servers import CheckoutServer
from tests.support.chatting import Browser, Window
from tests.support.paths import TOP
from tests.support.translation_services import KEY, Service

with open(os.path.join(TOP, "docs", "plugins.md")) as guide:
    GUIDE = guide.read()

#: A code block, and the last file named in the line before it.
STEP = re.compile(r"(?:`([\w./]+)`[^`\n]*:\n\n)?```(\w+)\n(.*?)```", re.DOTALL)


class Followed(TestCase):
    """The guide is followed in a copy of a checkout, with a separate folder for installed packages."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="piratechat-", ignore_cleanup_errors=True))
        self.checkout = os.path.join(self.folder, "checkout")
        self.site = os.path.join(self.folder, "site")
        os.mkdir(self.checkout)
        for name in set(os.listdir(TOP)) - {"artifacts", "examples", "paster.ini", "var"}:
            os.symlink(os.path.join(TOP, name), os.path.join(self.checkout, name))
        shutil.copy(os.path.join(TOP, "paster.ini"), self.checkout)
        built = shutil.ignore_patterns("build", "*.egg-info", "__pycache__", ".*")
        shutil.copytree(os.path.join(TOP, "examples"), os.path.join(self.checkout, "examples"), ignore=built)
        self.environment = {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_TARGET": self.site,
            "PYTHONPATH": self.site,
        }

    def test_step_by_step(self):
        for path, language, content in STEP.findall(GUIDE):
            if path or language != "python":  # the others are tested below
                getattr(self, f"follow_{language}")(content, os.path.join(self.checkout, path))
        self.assertEqual(self.started, 1, "the guide starts the server")
        self.see_the_word_list()

    def follow_sh(self, commands, _path):
        for command in commands.splitlines():
            if command == "bin/gunicorn --paste paster.ini":
                self.see_the_keeper()
                continue
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=self.checkout,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
            if command.startswith("bin/pytest"):
                self.assertRegex(done.stdout, r"\b[1-9]\d* passed")
                self.assertNotIn("warning", done.stdout.lower(), "there are no warnings")

    def follow_python(self, code, path):
        self.assertTrue(os.path.exists(path), f"{path} is a file of the copy")
        with open(path, "w") as file:
            file.write(code)

    def follow_toml(self, lines, _path):
        with open(os.path.join(self.folder, "keeper", "pyproject.toml")) as file:
            self.assertIn(lines, file.read())

    def follow_ini(self, lines, _path):
        """Replace a setting by the first of `lines`, and add the others below."""
        setting = lines.partition(" =")[0]
        path = os.path.join(self.checkout, "paster.ini")
        with open(path) as file:
            ini, count = re.subn(rf"^{re.escape(setting)} =.*\n", lambda _: lines, file.read(), flags=re.MULTILINE)
        self.assertEqual(count, 1, setting)
        with open(path, "w") as file:
            file.write(ini)

    def follow_text(self, text, path):
        with open(path, "w") as file:
            file.write(text)

    started = 0

    def chat(self):
        """Return a chat server, started as in the guide."""
        self.started += 1
        return CheckoutServer(os.path.join(self.checkout, "paster.ini"), ready="/healthz", env=self.environment)

    def see_the_keeper(self):
        (read,) = re.findall("^> (.*)$", GUIDE, re.MULTILINE)
        said = read.partition(" (")[0]
        with self.chat() as server:
            browser = Browser(server.port)
            room = browser.open_room("Ada")
            self.assertIn("Lighthouse keeper", browser.get(room).body.decode())
            self.assertHeard(server, browser, room, "keeper", said, read)
            self.assertHeard(server, browser, room, "keeper", "https://a.example :tada: `1!`", None)
            self.assertHeard(server, browser, room, "keeper", "see `x!` at https://a.example", "gentle breeze", "`x!`")
            self.assertHeard(server, browser, room, "pirate", "my friend", "me hearty")
            output = server.stop()
        self.assertIn("translator keeper: texts stay in this process; ready", output)
        self.assertNotIn("Traceback", output)

    def see_the_word_list(self):
        ((said, read),) = re.findall(r'"([^"]*)" is translated to "([^"]*)"', GUIDE)
        with self.chat() as server:
            browser = Browser(server.port)
            room = browser.open_room("Bo")
            self.assertIn("Chess club", browser.get(room).body.decode())
            self.assertHeard(server, browser, room, "club", said, read)
            output = server.stop()
        self.assertNotIn("Traceback", output)

    def assertHeard(self, server, browser, room, translator, said, *read):
        """Check that listening and returning readers get the translation `said`, or the original if it is None."""
        window = Window(server.port, room, browser)
        try:
            welcome = window.join(**{"as": translator})
            self.assertEqual(welcome["as"], translator)
            self.assertIn(translator, [each["name"] for each in welcome["translators"]])
            window.say(said)
            heard = window.hear("message")
        finally:
            window.close()
        later = browser.json(f"{room}/messages?as={translator}")["messages"][-1]
        for message in (heard, later):
            self.assertEqual(message["text"], said)
            if read == (None,):
                self.assertNotIn("text", message["view"])
                continue
            self.assertEqual(message["view"]["state"], "ready", message)
            for words in read:
                self.assertIn(words, message["view"]["text"])


class TheCheckout(TestCase):
    def test_the_server_has_what_pip_installs(self):
        """The other tests install elsewhere; this is pip's default folder."""
        with open(os.path.join(TOP, "bin", "gunicorn")) as script:
            interpreter = script.readline().removeprefix("#!").split()
        show = "import sys, sysconfig; print(sysconfig.get_path('purelib') in sys.path, sysconfig.get_path('purelib'))"
        seen = [
            subprocess.run([*words, "-c", show], cwd=TOP, capture_output=True, text=True, check=True).stdout
            for words in (interpreter, [os.path.join(TOP, ".venv", "bin", "python")])
        ]
        self.assertRegex(seen[0], "^True ")
        self.assertEqual(*seen)


class ByAService(TranslatorContract, TestCase):
    """The guide's translator that uses a service."""

    target = "eo"
    source = "en"
    secrets = (KEY,)

    def setUp(self):
        (self.code,) = (code for path, _language, code in STEP.findall(GUIDE) if "class Esperanto" in code)
        self.service = Echo()
        self.addCleanup(self.service.close)

    def make(self, url=None, key=KEY):
        settings = {"url": url or self.service.url, "key": "env:ESPERANTO_KEY"}
        module = {}
        exec(self.code, module)
        config = Configurator()
        config.include("piratechat.translators.directives")
        module["includeme"](config)
        config.commit()
        found = {f"piratechat.translator.eo.{name}": value for name, value in settings.items()}
        options = Options("eo", found, {"ESPERANTO_KEY": key})
        translator = config.registry.getUtility(ITranslatorBackend, "esperanto")(options)
        options.finish()
        return translator

    def make_broken(self):
        return self.make(f"http://127.0.0.1:{free_port()}")

    def test_the_services_answer_is_the_translation(self):
        self.assertEqual(
            self.make().translate(["Good morning"], "eo", "en"), [translation.Translated("[Good morning]", "en")]
        )

    def test_the_source_language_is_english(self):
        self.assertTrue(self.make().supports("en-GB", "eo"))
        self.assertFalse(self.make().supports("de", "eo"))

    def test_an_invalid_answer(self):
        for answer in ("no", {}, [], ["one", "more"], [1], [None]):
            self.service.said = answer
            with self.subTest(answer=answer), self.assertRaises(translation.BadResponse):
                self.make().translate(["Good morning"])

    def test_a_wrong_key(self):
        with self.assertRaises(translation.Misconfigured):
            self.make(key="wrong").translate(["Good morning"])


class Echo(Service):
    """Puts each text in brackets if the key is correct, or gives a configured answer."""

    said = None

    def answer(self, asked):
        if asked.headers["Authorization"] != f"Bearer {KEY}":
            return 401, "no"
        return 200, [f"[{text}]" for text in asked.content] if self.said is None else self.said


class Tables(TestCase):
    """The tables are correct."""

    def rows(self, heading):
        """Return the rows of the table below the line that begins with `heading`, as lists of cells."""
        table = GUIDE.partition(f"\n{heading}")[2].partition("\n\n")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
        self.assertTrue(rows, heading)
        return rows

    def test_the_defaults_of_a_translator(self):
        seen = set()
        for name, default, _meaning in self.rows("| attribute |"):
            attribute = name.strip("`")
            seen.add(attribute)
            shown = default.strip("`").replace(",", "")
            self.assertEqual(repr(getattr(translation.Translator, attribute)).replace("'", '"'), shown or '""')
        known = {name for name, value in vars(translation.Translator).items() if not callable(value)}
        self.assertEqual(seen, {name for name in known if not name.startswith("_")})

    def test_the_outcomes(self):
        for outcome, _meaning in self.rows("| outcome |"):
            name, arguments = re.fullmatch(r"`(\w+)\((.*)\)`", outcome).groups()
            found = getattr(translation, name)
            self.assertEqual(list(found.__dataclass_fields__), re.findall(r"(\w+)(?:=\w+)?(?:, |$)", arguments))

    def test_the_errors_and_their_pauses(self):
        named = {}
        for names, _when, pause in self.rows("| error |"):
            named.update(dict.fromkeys(re.findall(r"`(\w+)`", names), pause))
        self.assertEqual(set(named), {each.__name__ for each in translation.TranslationError.__subclasses__()})
        seconds = {"immediately: a minute": 60, "immediately: an hour": 3600, "immediately: 5 minutes": 300}
        for name, pause in named.items():
            error = getattr(translation, name)
            self.assertEqual(AT_ONCE.get(error), seconds.get(pause), name)
            if pause == "none":
                breaker = Breaker()
                for _ in range(10):
                    breaker.failed(breaker.allow(0.0), error("no"), 0.0)
                self.assertEqual(breaker.state(0.0), "closed", name)
        self.assertIn("after three in a row: 5 seconds", named["Unavailable"])
        self.assertIn("up to 5 minutes", named["Unavailable"])
        self.assertEqual((THRESHOLD, MIN_PAUSE, MAX_PAUSE), (3, 5.0, 300.0))

    def test_the_options(self):
        calls = [call for row in self.rows("| | |") for call in re.findall(r"`(options\..+?)`", row[0])]
        self.assertGreater(len(calls), 8)
        given = {"command": "/bin/true", "key": "env:PARLEY_KEY", "target": "de"}
        settings = {f"piratechat.translator.club.{key}": value for key, value in given.items()}
        options = Options("club", settings, {"PARLEY_KEY": "swordfish"})
        for call in calls:
            with self.subTest(call):
                self.assertIsNotNone(eval(call, {"options": options}))
        options.finish()

    def test_links_of_the_tables_are_valid(self):
        headings = {
            re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
            for line in re.findall("^#+ (.*)$", GUIDE, re.MULTILINE)
        }
        targets = re.findall(r"\]\((?!http)([^)]+)\)", GUIDE)
        self.assertTrue(targets)
        for target in targets:
            path, _, anchor = target.partition("#")
            if path:
                self.assertTrue(os.path.exists(os.path.join(TOP, "docs", path)), target)
            else:
                self.assertIn(anchor, headings)
