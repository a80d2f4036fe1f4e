"""The Containerfile, and the parser for it; `make test-container` follows it."""

import os
import re
import tempfile
from unittest import TestCase

from tests.support.paths import TOP
from tools.container import copy
from tools.containerfile import Refused, parsed

SMALL = 'FROM debian:bookworm-slim\nRUN true\nENTRYPOINT ["chat"]\n'


class TheImage(TestCase):
    """The properties of the chat's Containerfile."""

    def setUp(self):
        with open(os.path.join(TOP, "Containerfile"), encoding="utf-8") as file:
            self.text = file.read()
        self.image = parsed(self.text)

    def test_the_server_is_process_1_without_privileges(self):
        self.assertEqual(self.image.command, ["piratechat", "serve", "--host", "0.0.0.0", "--port", "8080"])
        self.assertEqual(self.image.ports, [8080])
        self.assertGreater(min(self.image.user), 1000)
        self.assertTrue(any(f"--uid {self.image.user[0]} " in str(line) for _name, line in self.image.steps))

    def test_the_data_is_in_a_volume(self):
        self.assertEqual(self.image.volumes, [self.image.folder])

    def test_there_is_a_health_check(self):
        self.assertIn("'/healthz'", " ".join(self.image.health))
        self.assertIn(f"'127.0.0.1', {self.image.ports[0]}", " ".join(self.image.health))

    def test_all_packages_have_versions_and_no_urls(self):
        for name, line in self.image.steps:
            if name == "RUN" and "pip install" in line:
                self.assertIn("--constraint constraints.txt", line)
        self.assertNotRegex(re.sub(r"http://127|http\.client", "", self.text), r"https?:|index-url|\.(com|org|io)\b")


class Following(TestCase):
    def test_continued_lines(self):
        image = parsed(
            "# a comment\nFROM debian:trixie-slim\nRUN one \\\n    && two\nCOPY *.whl a.txt /there/\n"
            "ENV PATH=/bin LANG=C.UTF-8\nUSER 10001:10002\nWORKDIR /chat\n"
            'HEALTHCHECK --start-period=5s \\\n  CMD ["look"]\nENTRYPOINT ["chat"]\nCMD ["serve"]\n'
        )
        self.assertEqual(image.release, "trixie")
        self.assertEqual(image.steps, [("RUN", "one && two"), ("COPY", ["*.whl", "a.txt", "/there/"])])
        self.assertEqual(image.environment, {"PATH": "/bin", "LANG": "C.UTF-8"})
        self.assertEqual((image.user, image.folder), ((10001, 10002), "/chat"))
        self.assertEqual((image.health, image.command), (["look"], ["chat", "serve"]))

    def test_unknown_instructions_are_rejected(self):
        parsed(SMALL)
        for line in (
            "ADD a /b/",
            "FROM debian:bookworm-slim",
            "ARG name",
            "SHELL ['/bin/bash']",
            "COPY --from=other /a /b/",
            "COPY one two",
            'RUN ["true"]',
            "RUN --mount=type=cache true",
            "RUN <<END",
            "ENV NAME=$OTHER",
            "ENV NAME value",
            "USER piratechat",
            "WORKDIR chat",
            "EXPOSE 80/udp",
            "CMD serve",
            'CMD ["serve", 1]',
            "HEALTHCHECK NONE",
            "ENV A=b\nRUN true",
            "USER 1:1\nCOPY a /b/",
            "run true",
        ):
            with self.subTest(line), self.assertRaises(Refused):
                parsed(SMALL + line)
        for text in ("RUN true\n" + SMALL, "FROM alpine:3", "FROM registry.example/debian:bookworm-slim"):
            with self.subTest(text), self.assertRaises(Refused):
                parsed(text)

    def test_files_are_copied_by_patterns_and_must_exist(self):
        place = self.enterContext(tempfile.TemporaryDirectory())
        context, root = os.path.join(place, "context"), os.path.join(place, "root")
        os.mkdir(context)
        for name in ("one.whl", "two.whl", "three.txt"):
            open(os.path.join(context, name), "w").close()
        copy(context, root, ["*.whl", "/tmp/dist/"])
        self.assertEqual(sorted(os.listdir(os.path.join(root, "tmp", "dist"))), ["one.whl", "two.whl"])
        with self.assertRaises(SystemExit):
            copy(context, root, ["*.zip", "/tmp/dist/"])
