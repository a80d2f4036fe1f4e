"""The nginx configuration of docs/operating.md in a real nginx, with TLS and without."""

import os
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest
from functools import partial

from lxml import html

from sockjs_support.clients import HTTP, HandshakeRejected, WebSocket, session_url
from sockjs_support.nginx import MISSING, PROGRAM, Nginx
from sockjs_support.servers import free_port
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.guide import changed, documented
from tests.support.proxied_ini import write_proxied_ini
from tests.support.qrcode import read

HOST = "chat.example"
MISSING_TLS = "no nginx or no openssl on this machine; on Debian: apt-get install nginx-light openssl"


class NginxBrowser(Browser):
    """A visitor who connects through nginx, and sends the header Origin as browsers do."""

    def __init__(self, port, wrap, origin):
        super().__init__(port, headers={"Origin": origin})
        self.wrap = wrap

    def connect(self):
        http = HTTP(self.port)
        http.host = f"{HOST}:{self.port}"
        http.sock = self.wrap(http.sock)
        return http


class Proxied(unittest.TestCase):
    """Shared by both kinds, which define `SCHEME`, and `wrap`, which returns a socket with TLS or without."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.port = free_port()
        self.origin = f"{self.SCHEME}://{HOST}:{self.port}"
        server = ChatServer(self.folder, ini=self.ini())
        self.addCleanup(server.stop)
        nginx = Nginx(changed(self.lines(), ("http://127.0.0.1:8080", server.url)), self.port)
        self.addCleanup(nginx.stop)
        self.browser = NginxBrowser(self.port, self.wrap, self.origin)

    def ini(self):
        """Return the path of an ini file with the documented settings."""
        lines = documented("Behind a proxy", "ini")
        return write_proxied_ini(self.folder, lines, "paster.ini", prefix="/chat")

    def open_socket(self, room, **headers):
        path = f"{session_url(f'{room}/sockjs')}/websocket"
        headers = {"Host": f"{HOST}:{self.port}", "Cookie": self.browser.cookie, **headers}
        ws = WebSocket(self.port, path, headers=headers, wrap=self.wrap)
        self.addCleanup(ws.sock.close)
        return ws

    def check_page_and_links(self):
        room = self.browser.open_room("Ada")
        page = html.fromstring(self.browser.get(room).body)
        link = page.get_element_by_id("link").get("value")
        self.assertEqual(link, f"{self.origin}{room}")
        code = self.browser.get(f"{room}/qr.svg")
        self.assertEqual(read(code.body), link)
        self.assertIn("private", code["Cache-Control"], "the link depends on what a proxy says")
        self.assertEqual(self.browser.post(f"{room}/messages", text="Hello").status, 303)
        self.assertEqual(self.browser.json(f"{room}/messages")["messages"][-1]["text"], "Hello")

    def check_prefix_of_a_visitor(self):
        room = self.browser.open_room("Bea")
        self.browser.headers["X-Forwarded-Prefix"] = "/chat"
        link = html.fromstring(self.browser.get(room).body).get_element_by_id("link").get("value")
        self.assertEqual(link, f"{self.origin}{room}")
        del self.browser.headers["X-Forwarded-Prefix"]

    def check_sockjs(self):
        room = self.browser.open_room("Ada")
        ws = self.open_socket(room, Origin=self.origin)
        self.assertEqual(ws.recv(), "o")
        ws.send(r'["{\"type\": \"join\"}"]')
        self.assertIn("welcome", ws.recv())
        for origin in (f"{self.SCHEME}://{HOST}", self.origin + "1", "https://evil.example"):
            with self.subTest(origin), self.assertRaises(HandshakeRejected) as caught:
                self.open_socket(room, Origin=origin)
            self.assertEqual(caught.exception.status, 403)

    def check_stream(self):
        """The first frame is not buffered until the second, a heartbeat, which comes after the test's timeout."""
        room = self.browser.open_room("Ada")
        headers = {"Origin": self.origin, "Cookie": self.browser.cookie}
        with self.browser.connect() as http:
            self.assertEqual(http.open("POST", f"{session_url(f'{room}/sockjs')}/xhr_streaming", headers).status, 200)
            heard = b""
            while len(heard) < 2051:
                heard += http.chunk()  # nginx may merge chunks
            self.assertEqual(heard, b"h" * 2048 + b"\no\n")


def line(start):
    """Return the line of the documented nginx block that begins with `start`."""
    (found,) = re.findall(rf"^ *{start}.*\n", documented("Behind a proxy", "nginx"), re.MULTILINE)
    return found


@unittest.skipUnless(PROGRAM, MISSING)
class WithoutTLS(Proxied):
    SCHEME = "http"

    @staticmethod
    def wrap(sock):
        return sock

    def lines(self):
        return changed(
            documented("Behind a proxy", "nginx"),
            (line("listen"), f"listen 127.0.0.1:{self.port};\n"),
            (line("ssl_certificate "), ""),
            (line("ssl_certificate_key"), ""),
        )

    def test_the_documented_lines(self):
        self.check_page_and_links()
        self.check_prefix_of_a_visitor()
        self.check_sockjs()
        self.check_stream()


@unittest.skipUnless(PROGRAM and shutil.which("openssl"), MISSING_TLS)
class WithTLS(Proxied):
    SCHEME = "https"

    def lines(self):
        certificate, key = (os.path.join(self.folder, name) for name in ("certificate.pem", "key.pem"))
        words = f"-subj /CN={HOST} -addext subjectAltName=DNS:{HOST} -out {certificate} -keyout {key}"
        command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *words.split()]
        subprocess.run(command, capture_output=True, check=True)
        context = ssl.create_default_context(cafile=certificate)
        self.wrap = partial(context.wrap_socket, server_hostname=HOST)
        return changed(
            documented("Behind a proxy", "nginx"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            (f"/etc/ssl/{HOST}.crt", certificate),
            (f"/etc/ssl/{HOST}.key", key),
        )

    def test_the_documented_lines(self):
        self.check_page_and_links()
        self.check_prefix_of_a_visitor()
        self.check_sockjs()
        self.check_stream()
        answer = self.browser.get("/")
        self.assertIn("max-age", answer["Strict-Transport-Security"])
        self.assertIn(f"wss://{HOST}:{self.port}", answer["Content-Security-Policy"])
