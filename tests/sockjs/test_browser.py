"""sockjs-client in Chromium: each transport that a browser of today can use, from the same origin and another."""

import unittest

from tests.layers import BROWSER, BROWSER_AND_SERVICES, SERVICES

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

# Sends messages, each when its function is called, and tells what came back.
CONVERSATION = """
const [url, transport, messages, expected, done] = arguments;
const sock = new SockJS(url, null, {transports: transport});
const heard = [];
let used;
sock.onopen = () => {
    used = sock.transport;
    messages.forEach(message => sock.send(message));
};
sock.onmessage = event => {
    heard.push(event.data);
    if (heard.length === expected) sock.close(1000, "enough");
};
sock.onclose = event => done({transport: used, heard, code: event.code, reason: event.reason});
"""

# Opens one session after another, as a page does that reconnects.
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

DIFFICULT = [
    "",
    "pyramid_sockjs is cool",
    'quotes " and \\ and </script><script>alert(1)</script>',
    "line\nbreak\r\ttab\x00\x08\x0c",
    "ünïcödé ☠ 🏴‍☠️ مرحبا עברית",
    "\u200c\u200d\u2028\u2029\u202e\u2060\ufeff\ufff0\uffff",
    "combining a\u0301\u0327 and \u1e69 \u0344 \u2126",
    "x" * 6000,
]


class Client(unittest.TestCase):
    layer = BROWSER_AND_SERVICES

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.driver.get(f"http://127.0.0.1:{SERVICES.port}/pages/client.html")

    def check_everywhere(self, check, script, path, *arguments):
        """Run `script` with each transport, from the same origin and from another, and check what it tells."""
        for origin, (host, transports) in TRANSPORTS.items():
            for transport in transports:
                with self.subTest(origin=origin, transport=transport):
                    url = f"http://{host}:{SERVICES.port}{path}"
                    check(transport, self.driver.execute_async_script(script, url, transport, *arguments))

    def test_difficult_text_there_and_back(self):
        def check(transport, told):
            self.assertEqual(told["heard"], DIFFICULT)
            self.assertEqual(told["transport"], transport)
            self.assertEqual((told["code"], told["reason"]), (1000, "enough"))

        self.check_everywhere(check, CONVERSATION, "/echo", DIFFICULT, len(DIFFICULT))

    def test_lone_surrogates(self):
        """Selenium itself cannot carry them, so the page makes and compares them."""
        script = """
        const [url, transport, done] = arguments;
        const text = "a\\ud800b\\udfffc";
        const sock = new SockJS(url, null, {transports: transport});
        sock.onopen = () => sock.send(text);
        sock.onmessage = event => { done(event.data === text); sock.close(); };
        sock.onclose = event => done("closed " + event.code);
        """
        self.check_everywhere(lambda _transport, same: self.assertIs(same, True), script, "/echo")

    def test_a_thousand_messages_in_order(self):
        messages = [f"message {number}" for number in range(1000)]

        def check(_transport, told):
            self.assertEqual(told["heard"], messages)

        self.check_everywhere(check, CONVERSATION, "/echo", messages, len(messages))

    def test_the_server_closes_with_its_code(self):
        def check(_transport, told):
            self.assertEqual((told["code"], told["reason"]), (3000, "Go away!"))

        self.check_everywhere(check, CONVERSATION, "/close", [], 1)

    def test_reconnecting(self):
        def check(_transport, log):
            self.assertEqual(log, ["open", 3000] * 3)

        self.check_everywhere(check, RECONNECTION, "/close")

    def test_without_websocket_the_client_falls_back(self):
        url = f"http://127.0.0.1:{SERVICES.port}/disabled_websocket_echo"
        script = CONVERSATION.replace(", {transports: transport}", "")
        told = self.driver.execute_async_script(script, url, None, ["x"], 1)
        self.assertEqual((told["heard"], told["transport"]), (["x"], "xhr-streaming"))
