"""sockjs-client in Chromium: each transport of a current browser, from the same origin and from another one.

Directly, and behind an nginx without any settings for SockJS.
"""

import json
import re
import unittest

from sockjs_support.layers import BROWSER, BROWSER_AND_SERVICES, SERVICES, Layer
from sockjs_support.nginx import MISSING, PLAIN, PROGRAM, Nginx
from sockjs_support.servers import free_port
from sockjs_support.services import sockjs_client

EVERYWHERE = [
    "websocket",
    "xhr-streaming",
    "xhr-polling",
    "jsonp-polling",
    "iframe-eventsource",
    "iframe-htmlfile",
    "iframe-xhr-polling",
]
TRANSPORTS = {
    "same origin": ("127.0.0.1", [*EVERYWHERE, "eventsource", "htmlfile"]),
    "cross origin": ("localhost", EVERYWHERE),
}

# Sends messages together, and returns the received ones.  They are JSON, because WebDriver cannot pass lone surrogates.
CONVERSATION = """
const [url, transport, messages, expected, done] = arguments;
const sock = new SockJS(url, null, {transports: transport});
const heard = [];
let used;
sock.onopen = () => {
    used = sock.transport;
    JSON.parse(messages).forEach(message => sock.send(message));
};
sock.onmessage = event => {
    heard.push(event.data);
    if (heard.length === expected) sock.close(1000, "enough");
};
sock.onclose = event =>
    done({transport: used, heard: JSON.stringify(heard), code: event.code, reason: event.reason});
"""

# The same over a raw WebSocket.
PLAIN_CONVERSATION = """
const [url, messages, expected, done] = arguments;
const socket = new WebSocket(url);
const heard = [];
socket.onopen = () => JSON.parse(messages).forEach(message => socket.send(message));
socket.onmessage = event => {
    heard.push(event.data);
    if (heard.length === expected) done(JSON.stringify(heard));
};
socket.onclose = event => done(`closed with ${event.code}`);
"""

# Opens one session after another, like a page that reconnects.
RECONNECTION = """
const [url, transport, done] = arguments;
const log = [];
const connect = left => {
    const sock = new SockJS(url, null, {transports: transport});
    sock.onopen = () => log.push("open");
    sock.onclose = event => {
        log.push(event.code);
        left ? connect(left - 1) : done(log);
    };
};
connect(2);
"""

#: Texts that are special in one of the layers between the two sides.
HURTFUL = [
    "",
    "pyramid_sockjs is cool",
    "100% sure of it",
    "%41bc %25 %2525 %0A %E2%98%A0 %e2 %u2620 %",
    "quotes \" and ' and ` and \\ and \\u0041 and \\\\",
    "</script><script>alert(1)</script><!-- --> ]]> &amp; &#65; <",
    "data: x\n\nid: 1\r\nevent: open\r\r: x",
    "".join(map(chr, range(0x20))),
    "".join(map(chr, range(0x7F, 0xA1))),
    "line\nbreak\r\ttab\x00\x08\x0c",
    "\u200c\u200d\u200e\u200f\u2028\u2029\u202e\u2060\ufeff\ufff0\ufffd\ufffe\uffff",
    "\ufeffa byte order mark in front",
    "ünïcödé ☠ 🏴\u200d☠️ مرحبا עברית \U00010000\U0001f600\U0010fffd",
    "combining a\u0301\u0327 and \u1e69 \u0344 \u2126",
    "a\ud800b\udfffc \udc00\ud800",
    "  spaces around  ",
    "a=b&c=d+e;f#g?h/i",
    'a["x"]',
    "x" * 6000,
    ('%41bc "☠" \\ 🏴 \u2028 \n' * 3000)[: 64 * 1024],
]


class DefaultNginx(Layer):
    """The services behind nginx with a minimal `proxy_pass`; the port is None if nginx is not installed."""

    def setUp(self):
        self.nginx = None
        if PROGRAM:
            port = free_port()
            self.nginx = Nginx(PLAIN.format(port=port, url=f"http://127.0.0.1:{SERVICES.port}"), port)

    def tearDown(self):
        if self.nginx is not None:
            self.nginx.stop()


DEFAULT_NGINX = DefaultNginx("DEFAULT_NGINX", BROWSER_AND_SERVICES)
DEFAULT_NGINX.__module__ = __name__


class BrowserTest(unittest.TestCase):
    impossible = ()

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        if sockjs_client() is None:
            self.skipTest("no sockjs-client here: npm install sockjs-client")
        # Fallbacks in frames set a cookie, as the protocol requires; and the test page has no icon.
        BROWSER.console.expect(r"document\.domain mutation is ignored|/favicon\.ico .* 404")

    def open_page(self, port):
        self.port = port
        self.driver.get(f"http://127.0.0.1:{port}/pages/client.html")

    def check_everywhere(self, check, script, path, *arguments):
        """Run `script` with each transport, from both origins, and call `check` with its result."""
        for origin, (host, transports) in TRANSPORTS.items():
            for transport in transports:
                if transport not in self.impossible:
                    with self.subTest(origin=origin, transport=transport):
                        url = f"http://{host}:{self.port}{path}"
                        check(transport, self.driver.execute_async_script(script, url, transport, *arguments))

    def check_echo(self, messages):
        """Check that each transport returns all of `messages` unchanged and in order."""

        def check(transport, told):
            heard = json.loads(told["heard"])
            # One by one, because a difference of texts of 64 KB would take minutes to print.
            for number, (said, message) in enumerate(zip(messages, heard, strict=False)):
                self.assertTrue(said == message, f"{number}: {said[:80]!r} became {message[:80]!r}")
            self.assertEqual((told["transport"], len(heard)), (transport, len(messages)))
            self.assertEqual((told["code"], told["reason"]), (1000, "enough"))

        self.check_everywhere(check, CONVERSATION, "/echo", json.dumps(messages), len(messages))


class Client(BrowserTest):
    layer = BROWSER_AND_SERVICES

    def setUp(self):
        super().setUp()
        self.open_page(SERVICES.port)

    def test_special_texts_are_returned_unchanged(self):
        self.check_echo(HURTFUL)

    def test_a_raw_websocket_transmits_any_utf_8(self):
        url = f"ws://127.0.0.1:{SERVICES.port}/echo/websocket"
        heard = self.driver.execute_async_script(PLAIN_CONVERSATION, url, json.dumps(HURTFUL), len(HURTFUL))
        self.assertEqual(json.loads(heard), [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in HURTFUL])

    def test_a_thousand_messages_in_order(self):
        self.check_echo([f"message {number}" for number in range(1000)])

    def test_the_server_closes_with_its_code(self):
        def check(_transport, told):
            self.assertEqual((told["code"], told["reason"]), (3000, "Go away!"))

        self.check_everywhere(check, CONVERSATION, "/close", "[]", 1)

    def test_reconnecting(self):
        def check(_transport, log):
            self.assertEqual(log, ["open", 3000] * 3)

        self.check_everywhere(check, RECONNECTION, "/close")

    def test_without_websocket_the_client_falls_back(self):
        url = f"http://127.0.0.1:{SERVICES.port}/disabled_websocket_echo"
        told = self.driver.execute_async_script(CONVERSATION, url, None, '["x"]', 1)
        self.assertEqual((told["heard"], told["transport"]), ('["x"]', "xhr-streaming"))


@unittest.skipUnless(PROGRAM, MISSING)
class BehindDefaultNginx(BrowserTest):
    """nginx buffers responses, uses HTTP/1.0 to the server, and does not forward `Upgrade`."""

    layer = DEFAULT_NGINX
    impossible = ("websocket",)

    def setUp(self):
        super().setUp()
        BROWSER.console.expect("WebSocket connection .* failed: Error during WebSocket handshake")
        self.open_page(DEFAULT_NGINX.nginx.port)

    def test_special_texts_are_returned_unchanged(self):
        self.check_echo(HURTFUL)

    def test_the_first_fallback_works(self):
        """Otherwise clients would spend seconds trying one transport after the other."""
        url = f"http://127.0.0.1:{self.port}/echo"
        told = self.driver.execute_async_script(CONVERSATION, url, None, '["x"]', 1)
        self.assertEqual((told["heard"], told["transport"]), ('["x"]', "xhr-streaming"))
