"""A room in frames of two other sites, one of which may embed it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from unittest import TestCase

import pytest

from sockjs_support.browsers import CHROMIUM_ARGUMENTS
from sockjs_support.nginx import MISSING, PROGRAM, Nginx
from sockjs_support.servers import free_port
from tests.support.browser_plays import play
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser
from tests.support.paths import TOP

pytestmark = pytest.mark.slow

MISSING_TLS = f"{MISSING.removesuffix('nginx-light')}nginx-light openssl"
INI = """\
[pipeline:main]
pipeline = proxies theme chat

[filter:proxies]
use = config:{top}/paster.ini#proxies
trusted = 127.0.0.1

[filter:theme]
use = config:{top}/paster.ini#theme

[app:chat]
use = config:{top}/tests/config/chat.ini#chat
piratechat.frame_ancestors = {site}

[server:main]
use = config:{top}/tests/config/chat.ini
"""
#: The chat, and two sites with a page for each URL that is framed.
HTTP = """\
ssl_certificate {folder}/certificate.pem;
ssl_certificate_key {folder}/key.pem;
server {{
    listen 127.0.0.1:{port} ssl;
    server_name chat.example;
    location / {{
        proxy_pass {url};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_buffering off;
    }}
}}
server {{
    listen 127.0.0.1:{port} ssl;
    server_name site.example other.example;
    location / {{
        default_type text/html;
        return 200 '<!DOCTYPE html><title>A site</title><h1>A site</h1>{snippet}';
    }}
    location /without-scripts/ {{
        default_type text/html;
        return 200 '<!DOCTYPE html><title>A site</title><h1>A site</h1>{scriptless}';
    }}
}}
"""


def snippet():
    """Return the snippet of docs/embedding.md, with the URL of the request in it."""
    with open(os.path.join(TOP, "docs", "embedding.md")) as guide:
        (found,) = re.findall(r"```html\n(.*?)```", guide.read(), re.DOTALL)
    found, count = re.subn(r'src="[^"]*"', 'src="$args" style="max-width: 100%"', found)
    assert count == 1
    return found.replace("'", "&#39;")


class FrameTest(TestCase):
    """A test case with a chat, and two sites with pages that frame URLs of the chat."""

    script = ""

    def setUp(self):
        if PROGRAM is None or shutil.which("openssl") is None:
            self.skipTest(MISSING_TLS)
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.certify()
        self.port = free_port()
        ini = os.path.join(self.folder, "chat.ini")
        with open(ini, "w") as file:
            file.write(INI.format(top=TOP, site=self.origin("site.example")))
        self.server = ChatServer(self.folder, ini=ini)
        self.addCleanup(self.server.stop)
        frames = {"snippet": snippet(), "scriptless": snippet().replace("allow-scripts ", "")}
        nginx = Nginx(HTTP.format(folder=self.folder, port=self.port, url=self.server.url, **frames), self.port)
        self.addCleanup(nginx.stop)

    def origin(self, host):
        return f"https://{host}:{self.port}"

    def certify(self):
        """Create a certificate that the browsers accept."""
        words = f"-subj /CN=chat -out {self.folder}/certificate.pem -keyout {self.folder}/key.pem"
        command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *words.split()]
        subprocess.run(command, capture_output=True, check=True)

    def in_chromium(self, *arguments, **words):
        arguments = [*CHROMIUM_ARGUMENTS, "--host-resolver-rules=MAP *.example 127.0.0.1", *arguments]
        self.play({"browser": "chrome", "executablePath": "chromium", "args": arguments}, words)

    def in_firefox(self, preferences=(), **words):
        local = {"network.dns.localDomains": "chat.example,site.example,other.example", **dict(preferences)}
        self.play({"browser": "firefox", "executablePath": "firefox-esr", "extraPrefsFirefox": local}, words)

    def play(self, launch, words):
        hosts = {name: self.origin(f"{name}.example") for name in ("chat", "site", "other")}
        play(self, self.script, {"acceptInsecureCerts": True, **launch}, **hosts, **words)


class InAFrame(FrameTest):
    script = "in_a_frame"

    def test_in_chromium(self):
        self.in_chromium()

    def test_in_firefox(self):
        self.in_firefox()


class WithoutCookies(FrameTest):
    """A browser that blocks all cookies, so that scripts have no storage."""

    script = "without_cookies"

    def room(self):
        """Create a room with a message; return its URL."""
        ada = Browser(self.server.port)
        room = ada.open_room("Ada")
        self.assertEqual(ada.post(f"{room}/messages", text="Hello, my friend").status, 303)
        return f"{self.origin('chat.example')}{room}"

    def test_in_chromium(self):
        profile = os.path.join(self.folder, "profile")
        os.makedirs(os.path.join(profile, "Default"))
        with open(os.path.join(profile, "Default", "Preferences"), "w") as file:
            json.dump({"profile": {"default_content_setting_values": {"cookies": 2}}}, file)
        self.in_chromium(f"--user-data-dir={profile}", room=self.room())

    def test_in_firefox(self):
        self.in_firefox({"network.cookie.cookieBehavior": 2}, room=self.room())
