"""A room in frames of two other sites, one of which may embed it."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from unittest import TestCase

import pytest

from sockjs_support.browsers import CHROMIUM_ARGUMENTS
from sockjs_support.nginx import MISSING, PROGRAM, Nginx
from sockjs_support.servers import free_port
from sockjs_support.waiting import TIMEOUT
from tests.support.chat_servers import ChatServer
from tests.support.paths import NODE, TOP

pytestmark = pytest.mark.slow

PLAY = os.path.join(TOP, "tests", "browsers", "in_a_frame.mjs")
PICTURES = os.path.join(TOP, "artifacts", "browsers")
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
#: The chat, and two sites with a page for each address that frames it.
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
    """Return the snippet of docs/embedding.md as it stands, with the address of the request in it."""
    with open(os.path.join(TOP, "docs", "embedding.md")) as guide:
        (found,) = re.findall(r"```html\n(.*?)```", guide.read(), re.DOTALL)
    found, count = re.subn(r'src="[^"]*"', 'src="$args" style="max-width: 100%"', found)
    assert count == 1
    return found.replace("'", "&#39;")


class InAFrame(TestCase):
    def setUp(self):
        if PROGRAM is None or shutil.which("openssl") is None:
            self.skipTest(MISSING_TLS)
        os.makedirs(PICTURES, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.certify()
        self.port = free_port()
        ini = os.path.join(self.folder, "chat.ini")
        with open(ini, "w") as file:
            file.write(INI.format(top=TOP, site=self.origin("site.example")))
        server = ChatServer(self.folder, ini=ini)
        self.addCleanup(server.stop)
        frames = {"snippet": snippet(), "scriptless": snippet().replace("allow-scripts ", "")}
        nginx = Nginx(HTTP.format(folder=self.folder, port=self.port, url=server.url, **frames), self.port)
        self.addCleanup(nginx.stop)

    def origin(self, host):
        return f"https://{host}:{self.port}"

    def certify(self):
        """Make a certificate that the browsers are told to accept."""
        words = f"-subj /CN=chat -out {self.folder}/certificate.pem -keyout {self.folder}/key.pem"
        command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *words.split()]
        subprocess.run(command, capture_output=True, check=True)

    def play(self, browser, program, arguments=(), preferences=None):
        path = shutil.which(program)
        if path is None:
            self.skipTest(f"no {program} on this machine; on Debian: apt-get install {program}")
        launch = {
            "browser": browser,
            "executablePath": path,
            "headless": True,
            "args": list(arguments),
            "acceptInsecureCerts": True,
            "extraPrefsFirefox": preferences or {},
        }
        hosts = {name: self.origin(f"{name}.example") for name in ("chat", "site", "other")}
        words = json.dumps({"launch": launch, **hosts, "pictures": PICTURES})
        process = subprocess.Popen(
            [NODE, PLAY, words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # the browser ends with it
        )
        try:
            output, _ = process.communicate(timeout=8 * TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        self.assertEqual(process.returncode, 0, output)

    def test_in_chromium(self):
        local = "--host-resolver-rules=MAP *.example 127.0.0.1"
        self.play("chrome", "chromium", [*CHROMIUM_ARGUMENTS, local])

    def test_in_firefox(self):
        local = {"network.dns.localDomains": "chat.example,site.example,other.example"}
        self.play("firefox", "firefox-esr", preferences=local)
