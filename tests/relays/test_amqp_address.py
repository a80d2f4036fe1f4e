"""The URL of an AMQP server in the ini file."""

import sys
import tempfile
import unittest
from unittest import mock

from piratechat.amqp_address import NAME, Address, address_from, line_class
from piratechat.options import ROOT, Options


def address(url, **environ):
    return address_from(Options(NAME, {} if url is None else {f"{ROOT}amqp.url": url}, environ, prefix=ROOT))


class Addresses(unittest.TestCase):
    def assertMeans(self, url, *expected, password="guest", **environ):
        found = address(url, **environ)
        self.assertEqual((found.host, found.port, found.user, found.virtual_host, found.tls), expected)
        self.assertEqual(found.password.reveal(), password)

    def assertRefused(self, words, url):
        with self.assertRaisesRegex(ValueError, f"^piratechat.amqp.url {words}") as caught:
            address(url)
        self.assertNotIn("s3cr3t", str(caught.exception))

    def test_valid_urls(self):
        self.assertMeans(None, "127.0.0.1", 5672, "guest", "/", False)
        self.assertMeans("amqp://rabbit", "rabbit", 5672, "guest", "/", False)
        self.assertMeans("amqps://rabbit/", "rabbit", 5671, "guest", "/", True)
        self.assertMeans("amqp://me:a%2Fb%40c@[::1]:1/a%2Fb", "::1", 1, "me", "a/b", False, password="a/b@c")
        self.assertMeans("amqp://me@rabbit/%2F", "rabbit", 5672, "me", "/", False)
        self.assertMeans(
            "env:RABBIT", "rabbit", 5672, "me", "chat", False, RABBIT="amqp://me:x@rabbit/chat", password="x"
        )

    def test_invalid_urls(self):
        for url in (
            "",
            "127.0.0.1:5672",
            "redis://:s3cr3t@127.0.0.1/0",
            "amqp://me:s3cr3t@127.0.0.1:port/",
            "amqp://me:s3cr3t@127.0.0.1:0/",
            "amqp://me:s3cr3t@127.0.0.1:66000/",
            "amqp://me:s3cr3t@/chat",
            "amqp://me:s3cr3t@127.0.0.1/chat/room",
            "amqp://me:s3cr3t@127.0.0.1/chat#room",
            "amqp://me:s3cr3t@[127.0.0.1/chat",
            "amqps://me:s3cr3t@127.0.0.1/?cacertfile",
        ):
            with self.subTest(url=url):
                self.assertRefused("must be an address such as amqp://USER:PASSWORD@127.0.0.1:5672/", url)

    def test_certificates(self):
        with tempfile.NamedTemporaryFile() as file:
            found = address(f"amqps://rabbit?cacertfile={file.name}&certfile={file.name}&keyfile={file.name}")
            self.assertEqual(found.files, dict.fromkeys(("cacertfile", "certfile", "keyfile"), file.name))
            self.assertRefused("has certificates, which need amqps", f"amqp://:s3cr3t@rabbit?cacertfile={file.name}")
            self.assertRefused("has a keyfile, which needs its certfile", f"amqps://:s3cr3t@rabbit?keyfile={file.name}")
        self.assertRefused("names a file that cannot be read: cacertfile=/none", "amqps://x:s3cr3t@h?cacertfile=/none")
        self.assertRefused("may have cacertfile, certfile, keyfile behind", "amqps://x:s3cr3t@h?verify=verify_none")

    def test_the_password_is_not_shown(self):
        self.assertNotIn("s3cr3t", repr(address("amqp://me:s3cr3t@rabbit")))
        self.assertIsInstance(address("amqp://me:s3cr3t@rabbit"), Address)


class WithoutThePackage(unittest.TestCase):
    def test_the_setting_and_what_to_install_are_named(self):
        for module, name in (("notifications", "QueueLine"), ("publishing", "PublishingLine")):
            own = [each for each in sys.modules if each.startswith("piratechat.amqp_")]
            with self.subTest(module=module), mock.patch.dict(sys.modules):
                for each in (f"piratechat.{module}.line", *own):
                    sys.modules.pop(each, None)
                sys.modules["amqp"] = None  # simulates a missing package
                with self.assertRaisesRegex(ValueError, r"piratechat\.x needs .* pip install piratechat\[amqp\]"):
                    line_class(f"piratechat.{module}.line", name, "piratechat.x")

    def test_other_missing_modules_are_reported_unchanged(self):
        with self.assertRaisesRegex(ModuleNotFoundError, "nowhere"):
            line_class("piratechat.nowhere", "Line", "piratechat.x")
