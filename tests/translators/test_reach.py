"""The reach of texts (none, host, third-party), from the URL of a service or from the ini file, for each back end."""

import unittest

from piratechat.translators.backends import apertium, deepl, http, libretranslate
from piratechat.translators.backends.reach import is_near
from tests.support.translators import made

NEAR = (
    "http://127.0.0.1:5000",
    "http://127.8.9.10",
    "http://localhost:5000/",
    "http://LOCALHOST./",
    "http://[::1]:5000",
    "http://[::ffff:10.0.0.1]",
    "http://10.1.2.3",
    "http://172.31.0.1",
    "http://192.168.1.1",
    "http://169.254.1.1",
    "http://[fd00::1]",
    "http://[fe80::1%25eth0]",
    "http://libretranslate:5000",
    "http://gpu_1.local",
    "http://translate.home.arpa",
    "http://translate.internal",
)
FAR = (
    "https://libretranslate.com",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://8.8.8.8",
    "http://172.32.0.1",
    "http://100.64.0.1",  # shared with other customers of a provider
    "http://0.0.0.0",
    "http://[2001:db8::1]",
    "http://[::ffff:8.8.8.8]",
    "http://134744072",  # 8.8.8.8 as one number
    "http://0x8080808",
    "http://010.8.8.8",
    "http://127.0.0.1@libretranslate.com",
)
RECIPIENT = "Parrots Ltd."
#: The settings of each back end that uses a service, without those for its reach.
SERVICES = (
    (apertium, "", {"target": "es"}),
    (libretranslate, "", {"target": "de"}),
    (http, "/say?text={text}", {}),
)


class Addresses(unittest.TestCase):
    def test_local_addresses(self):
        for url in NEAR:
            with self.subTest(url):
                self.assertTrue(is_near(url))

    def test_addresses_of_third_parties(self):
        for url in FAR:
            with self.subTest(url):
                self.assertFalse(is_near(url))


class BackEnds(unittest.TestCase):
    def test_local_services_have_reach_host(self):
        for module, path, settings in SERVICES:
            with self.subTest(module.__name__):
                found = made(module, url=f"http://127.0.0.1:5000{path}", **settings)
                self.assertEqual((found.reach, found.recipient), ("host", "the server of this chat"))

    def test_local_services_may_forward_texts(self):
        for module, path, settings in SERVICES:
            near = {"url": f"http://127.0.0.1:5000{path}", "reach": "third-party", **settings}
            with self.subTest(module.__name__):
                found = made(module, recipient=RECIPIENT, **near)
                self.assertEqual((found.reach, found.recipient), ("third-party", RECIPIENT))
                with self.assertRaisesRegex(ValueError, r"it\.recipient is missing"):
                    made(module, **near)

    def test_other_services_need_reach_and_recipient(self):
        for module, path, settings in SERVICES:
            far = {"url": f"https://translate.example{path}", **settings}
            with self.subTest(module.__name__):
                with self.assertRaisesRegex(ValueError, r"it\.reach is missing.*third-party.*recipient"):
                    made(module, **far)
                with self.assertRaisesRegex(ValueError, r"it\.reach is missing"):
                    made(module, recipient=RECIPIENT, **far)
                for reach in ("host", "third-party"):
                    with self.assertRaisesRegex(ValueError, r"it\.recipient is missing"):
                        made(module, reach=reach, **far)
                    found = made(module, reach=reach, recipient=RECIPIENT, **far)
                    self.assertEqual((found.reach, found.recipient), (reach, RECIPIENT))

    def test_urls_are_not_shown(self):
        with self.assertRaises(ValueError) as caught:
            made(libretranslate, url="https://ada:secret@translate.example", target="de")
        self.assertNotIn("translate.example", str(caught.exception))

    def test_the_recipient_of_deepl(self):
        settings = {"target": "de", "key": "4711"}
        for url in ("https://api.deepl.com", "https://api-free.deepl.com", "http://127.0.0.1:8000"):
            with self.subTest(url):
                found = made(deepl, url=url, **settings)
                self.assertEqual((found.reach, found.recipient), ("third-party", "DeepL, a company in Germany"))
        with self.assertRaisesRegex(ValueError, r"it\.reach is missing"):
            made(deepl, url="https://proxy.example", **settings)
