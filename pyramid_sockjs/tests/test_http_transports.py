"""HTTP transports, frame by frame and chunk by chunk, on real sockets."""

import json

from sockjs_support.cases import ServicesTest
from sockjs_support.clients import HTTP, session_url
from sockjs_support.layers import SERVICES

JAVASCRIPT = "application/javascript; charset=UTF-8"


class TransportTest(ServicesTest):
    """Opens sessions, and uses them by xhr-polling."""

    def session(self, base="/echo"):
        """Return the URL of a session opened by xhr-polling."""
        url = session_url(base)
        self.assertEqual(self.poll(url), "o\n")
        return url

    def poll(self, url):
        answer = self.request("POST", f"{url}/xhr")
        self.assertEqual(answer.status, 200)
        return answer.body.decode()

    def send(self, url, payload, status=204, **headers):
        answer = self.request("POST", f"{url}/xhr_send", headers, payload.encode())
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def stream(self, url, transport="xhr_streaming", method="POST", version="1.1"):
        """Open a streaming transport, which is closed when the test ends."""
        http = self.http(version=version)
        http.answer = http.open(method, f"{url}/{transport}")
        return http


class Polling(TransportTest):
    """Sections "Protocol and framing" and "XhrPolling"."""

    def test_open_send_receive(self):
        url = session_url("/echo")
        answer = self.request("POST", f"{url}/xhr")
        self.assertEqual((answer.status, answer.body), (200, b"o\n"))
        self.assertEqual(answer["Content-Type"], JAVASCRIPT)
        self.assertOpenTo(answer, None)
        self.assertNotCached(answer)
        answer = self.send(url, '["x"]')
        self.assertEqual(answer.body, b"")
        self.assertEqual(answer["Content-Type"], "text/plain; charset=UTF-8")
        self.assertOpenTo(answer, None)
        self.assertNotCached(answer)
        self.assertEqual(self.poll(url), 'a["x"]\n')

    def test_unknown_sessions_are_not_found(self):
        self.send(session_url("/echo"), '["x"]', status=404)

    def test_invalid_payloads_are_rejected_and_the_session_continues(self):
        url = self.session()
        self.assertIn(b"Broken JSON encoding.", self.send(url, '["x', status=500).body)
        self.assertIn(b"Broken JSON encoding.", self.send(url, '{"x": 1}', status=500).body)
        self.assertIn(b"Payload expected.", self.send(url, "", status=500).body)
        self.send(url, "[]")
        self.send(url, '["a"]')
        self.assertEqual(self.poll(url), 'a["a"]\n')

    def test_invalid_utf_8_is_broken_json(self):
        url = self.session()
        answer = self.request("POST", f"{url}/xhr_send", body=b'["\xff"]')
        self.assertEqual((answer.status, answer.body), (500, b"Broken JSON encoding.\n"))

    def test_any_content_type_is_accepted(self):
        url = self.session()
        types = ["text/plain", "T", "application/json", "application/xml", "", "text/xml; charset=utf-8"]
        for type_ in types:
            self.send(url, '["a"]', **{"Content-Type": type_})
        echoes = ",".join(['"a"'] * len(types))
        self.assertEqual(self.poll(url), f"a[{echoes}]\n")

    def test_a_chunked_payload_is_accepted(self):
        url = self.session()
        with HTTP(SERVICES.port) as http:
            head = f"POST {url}/xhr_send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            http.sock.sendall(head.encode() + b'3\r\n["x\r\n2\r\n"]\r\n0\r\n\r\n')
            self.assertEqual(http.head().status, 204)
        self.assertEqual(self.poll(url), 'a["x"]\n')

    def test_closing(self):
        url = self.session("/close")
        for _ in range(3):
            self.assertEqual(self.poll(url), 'c[3000,"Go away!"]\n')
        self.send(url, '["x"]', status=404)

    def test_one_connection_serves_all_requests(self):
        url = session_url("/echo")
        with HTTP(SERVICES.port) as http:
            self.assertEqual(http.request("POST", f"{url}/xhr").body, b"o\n")
            for number in range(50):
                self.assertEqual(http.request("POST", f"{url}/xhr_send", body=f'["{number}"]'.encode()).status, 204)
                self.assertEqual(http.request("POST", f"{url}/xhr").body, f'a["{number}"]\n'.encode())


class SecondReceivers(TransportTest):
    """Section "HandlingClose"."""

    def test_second_receivers_are_rejected_and_the_first_continues(self):
        url = session_url("/echo")
        first = self.stream(url)
        first.chunk()
        self.assertEqual(first.chunk(), b"o\n")
        second = self.stream(url)
        second.chunk()
        self.assertEqual(second.chunk(), b'c[2010,"Another connection still open"]\n')
        self.assertEqual(second.chunk(), b"")
        self.assertEqual(self.poll(url), 'c[2010,"Another connection still open"]\n')
        self.send(url, '["x"]')
        self.assertEqual(first.chunk(), b'a["x"]\n')

    def test_after_a_close_they_get_the_close_frame(self):
        url = session_url("/close")
        for _ in range(2):
            http = self.stream(url)
            chunks = [http.chunk() for _ in range(3)]
            self.assertEqual(chunks[-1] or chunks[-2], b'c[3000,"Go away!"]\n')
            self.assertEqual(http.chunk() if chunks[-1] else b"", b"")

    def test_cutting_a_stream_interrupts_the_session(self):
        url = session_url("/echo")
        first = self.stream(url)
        first.chunk(), first.chunk()
        first.close()
        self.assertInterrupted(url)

    def test_cutting_a_poll_interrupts_the_session(self):
        url = self.session()
        parked = HTTP(SERVICES.port)
        parked.send("POST", f"{url}/xhr")
        self.assertParked(url)
        parked.close()
        self.assertInterrupted(url)

    def assertParked(self, url):
        """Assert that a poll of the session is waiting at the server."""
        for _ in range(100):
            with HTTP(SERVICES.port) as http:
                http.sock.settimeout(0.2)
                try:
                    body = http.request("POST", f"{url}/xhr").body
                except TimeoutError:
                    continue  # ours arrived first; closing it has ended the session
            self.assertEqual(body, b'c[2010,"Another connection still open"]\n')
            return
        self.fail("the poll never arrived")

    def assertInterrupted(self, url):
        """Assert that the server soon detects the closed connection."""
        for _ in range(200):
            body = self.poll(url)
            if body != 'c[2010,"Another connection still open"]\n':
                break
        self.assertEqual(body, 'c[1002,"Connection interrupted"]\n')


class Streaming(TransportTest):
    """Section "XhrStreaming"."""

    def test_each_frame_is_one_chunk(self):
        url = session_url("/echo")
        http = self.stream(url)
        self.assertEqual(http.answer.status, 200)
        self.assertEqual(http.answer["Content-Type"], JAVASCRIPT)
        self.assertOpenTo(http.answer, None)
        self.assertNotCached(http.answer)
        self.assertEqual(http.chunk(), b"h" * 2048 + b"\n")
        self.assertEqual(http.chunk(), b"o\n")
        for _ in range(3):
            self.send(url, '["x"]')
            self.assertEqual(http.chunk(), b'a["x"]\n')

    def test_a_stream_ends_at_the_response_limit(self):
        url = session_url("/echo")
        http = self.stream(url)
        http.chunk(), http.chunk()
        message = '["' + "x" * 128 + '"]'
        for _ in range(31):
            self.send(url, message)
            self.assertEqual(http.chunk().decode(), f"a{message}\n")
        self.assertEqual(http.chunk(), b"")
        self.send(url, '["next"]')
        self.assertEqual(self.poll(url), 'a["next"]\n')

    def test_a_large_message_is_sent_completely(self):
        url = session_url("/amplify")
        http = self.stream(url)
        http.chunk(), http.chunk()
        self.send(url, '["18"]')
        self.assertEqual(http.chunk(), b'a["' + b"x" * 2**18 + b'"]\n')
        self.assertEqual(http.chunk(), b"")

    def test_the_application_can_send_first(self):
        http = self.stream(session_url("/ticker"))
        http.chunk()
        self.assertEqual([http.chunk() for _ in range(3)], [b"o\n", b'a["tick!"]\n', b'a["tick!"]\n'])

    def test_http_1_0_ends_by_closing(self):
        """Section "Http10"."""
        http = self.stream(session_url("/close"), version="1.0")
        self.assertIsNone(http.answer["Transfer-Encoding"])
        self.assertIsNone(http.answer["Content-Length"])
        self.assertEqual(http.read_all(), b"h" * 2048 + b'\no\nc[3000,"Go away!"]\n')

    def test_http_1_0_gets_each_frame_immediately(self):
        url = session_url("/echo")
        http = self.stream(url, version="1.0")
        self.assertEqual(http.read(2051)[-2:], b"o\n")
        self.send(url, '["x"]')
        self.assertEqual(http.read(7), b'a["x"]\n')

    def test_broadcasts_are_framed_for_each_transport(self):
        """All sessions share one frame."""
        urls = {transport: session_url("/broadcast") for transport in ("xhr_streaming", "eventsource", "htmlfile?c=f")}
        streams = {}
        for transport, url in urls.items():
            streams[transport] = self.stream(url, transport, "POST" if transport == "xhr_streaming" else "GET")
            streams[transport].chunk(), streams[transport].chunk()
        self.send(urls["eventsource"], '["<50%>"]')
        self.assertEqual(streams["xhr_streaming"].chunk(), b'a["<50%>"]\n')
        self.assertEqual(streams["eventsource"].chunk(), b'data: a["<50%25>"]\r\n\r\n')
        self.assertEqual(streams["htmlfile?c=f"].chunk(), b'<script>\np("a[\\"\\u003c50%>\\"]");\n</script>\r\n')

    def test_headers_disable_buffering_in_proxies(self):
        for method, transport, header in [
            ("POST", "xhr_streaming", "no"),
            ("GET", "eventsource", "no"),
            ("GET", "htmlfile?c=f", "no"),
            ("POST", "xhr", None),
            ("GET", "jsonp?c=f", None),
        ]:
            with self.subTest(transport):
                answer = self.stream(session_url("/echo"), transport, method).answer
                self.assertEqual(answer["X-Accel-Buffering"], header)


class EventSource(TransportTest):
    """Section "EventSource"."""

    def test_frames_are_events(self):
        url = session_url("/echo")
        http = self.stream(url, "eventsource", "GET")
        self.assertEqual(http.answer.status, 200)
        self.assertEqual(http.answer["Content-Type"], "text/event-stream")
        self.assertNotCached(http.answer)
        self.assertEqual(http.chunk(), b"\r\n")
        self.assertEqual(http.chunk(), b"data: o\r\n\r\n")
        self.send(url, '["x"]')
        self.assertEqual(http.chunk(), b'data: a["x"]\r\n\r\n')
        self.send(url, r'["  \u0000\n\r "]')
        self.assertEqual(http.chunk(), b'data: a["  \\u0000\\n\\r "]\r\n\r\n')

    def test_a_percent_sign_is_an_escape_of_itself(self):
        """sockjs-client calls decodeURI for each event."""
        url = session_url("/echo")
        http = self.stream(url, "eventsource", "GET")
        http.chunk(), http.chunk()
        self.send(url, '["100% sure","%41bc","%25"]')
        self.assertEqual(http.chunk(), b'data: a["100%25 sure","%2541bc","%2525"]\r\n\r\n')

    def test_a_stream_ends_at_the_response_limit(self):
        url = session_url("/echo")
        http = self.stream(url, "eventsource", "GET")
        http.chunk(), http.chunk()
        self.send(url, '["' + "x" * 4096 + '"]')
        self.assertEqual(len(http.chunk()), len('data: a[""]\r\n\r\n') + 4096)
        self.assertEqual(http.chunk(), b"")


class HtmlFile(TransportTest):
    """Section "HtmlFile"."""

    HEAD = """<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.%s;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>"""

    def test_frames_are_scripts(self):
        url = session_url("/echo")
        http = self.stream(url, "htmlfile?c=%63allback", "GET")
        self.assertEqual(http.answer.status, 200)
        self.assertEqual(http.answer["Content-Type"], "text/html; charset=UTF-8")
        self.assertNotCached(http.answer)
        head = http.chunk().decode()
        self.assertEqual(head.strip(), self.HEAD % "callback")
        self.assertGreater(len(head), 1024)
        self.assertEqual(head[-4:], "\r\n\r\n")
        self.assertEqual(http.chunk(), b'<script>\np("o");\n</script>\r\n')
        self.send(url, '["x"]')
        self.assertEqual(http.chunk(), b'<script>\np("a[\\"x\\"]");\n</script>\r\n')

    def test_a_message_cannot_end_the_script(self):
        url = session_url("/echo")
        http = self.stream(url, "htmlfile?c=callback", "GET")
        http.chunk(), http.chunk()
        self.send(url, '["</script><script>alert(1)//<!--"]')
        script = http.chunk().decode()
        self.assertEqual(script.count("<"), 2, script)
        literal = script.removeprefix("<script>\np(").removesuffix(");\n</script>\r\n")
        self.assertEqual(json.loads(literal), 'a["</script><script>alert(1)//<!--"]')

    def test_a_stream_ends_at_the_response_limit(self):
        url = session_url("/echo")
        http = self.stream(url, "htmlfile?c=callback", "GET")
        http.chunk(), http.chunk()
        self.send(url, '["' + "x" * 4096 + '"]')
        self.assertIn(b"x" * 4096, http.chunk())
        self.assertEqual(http.chunk(), b"")

    def test_the_callback_must_be_a_name(self):
        for transport in ("htmlfile", "jsonp"):
            for query, words in [
                ("", b'"callback" parameter required'),
                ("?c=", b'"callback" parameter required'),
                ("?c=alert(1)", b'invalid "callback" parameter'),
                ("?c=%3Cscript%3E", b'invalid "callback" parameter'),
                ("?c=a%0Ab", b'invalid "callback" parameter'),
                ("?c=%C3%A4", b'invalid "callback" parameter'),
                ("?c=%FF", b'invalid "callback" parameter'),
                (f"?c={'a' * 500}", b'invalid "callback" parameter'),
            ]:
                answer = self.get(f"/echo/a/a/{transport}{query}")
                self.assertEqual(answer.status, 500, query)
                self.assertIn(words, answer.body)
                self.assertEqual(answer["Content-Type"], "text/plain; charset=UTF-8")


class JSONP(TransportTest):
    """Section "JsonPolling"."""

    FORM = {"Content-Type": "application/x-www-form-urlencoded"}

    def test_open_send_receive(self):
        url = session_url("/echo")
        answer = self.get(f"{url}/jsonp?c=%63allback")
        self.assertEqual((answer.status, answer.body), (200, b'/**/callback("o");\r\n'))
        self.assertEqual(answer["Content-Type"], JAVASCRIPT)
        self.assertNotCached(answer)
        answer = self.request("POST", f"{url}/jsonp_send", self.FORM, b"d=%5B%22x%22%5D")
        self.assertEqual((answer.status, answer.body), (200, b"ok"))
        self.assertEqual(answer["Content-Type"], "text/plain; charset=UTF-8")
        self.assertNotCached(answer)
        self.assertEqual(self.get(f"{url}/jsonp?c=c.d-e_1").body, b'/**/c.d-e_1("a[\\"x\\"]");\r\n')

    def test_a_form_or_the_bare_payload(self):
        url = session_url("/echo")
        self.get(f"{url}/jsonp?c=x")
        self.assertEqual(self.request("POST", f"{url}/jsonp_send", self.FORM, b"d=%5B%22abc%22%5D").body, b"ok")
        answer = self.request("POST", f"{url}/jsonp_send", {"Content-Type": "text/plain"}, b'["%61bc"]')
        self.assertEqual(answer.body, b"ok")
        self.assertEqual(self.get(f"{url}/jsonp?c=x").body, b'/**/x("a[\\"abc\\",\\"%61bc\\"]");\r\n')

    def test_bad_payloads(self):
        url = session_url("/echo")
        self.get(f"{url}/jsonp?c=x")
        for body, words in [
            (b"d=%5B%22x", b"Broken JSON encoding."),
            (b"d=%FF", b"Broken JSON encoding."),
            (b"", b"Payload expected."),
            (b"d=", b"Payload expected."),
            (b"p=p", b"Payload expected."),
        ]:
            answer = self.request("POST", f"{url}/jsonp_send", self.FORM, body)
            self.assertEqual(answer.status, 500)
            self.assertIn(words, answer.body)
        self.assertEqual(self.request("POST", f"{url}/jsonp_send", self.FORM, b"d=%5B%22b%22%5D").status, 200)
        self.assertEqual(self.get(f"{url}/jsonp?c=x").body, b'/**/x("a[\\"b\\"]");\r\n')
        self.assertEqual(self.request("POST", "/echo/0/none/jsonp_send", self.FORM, b"d=%5B%22b%22%5D").status, 404)

    def test_closing(self):
        url = session_url("/close")
        self.get(f"{url}/jsonp?c=x")
        for _ in range(2):
            self.assertEqual(self.get(f"{url}/jsonp?c=x").body, b'/**/x("c[3000,\\"Go away!\\"]");\r\n')


class Text(TransportTest):
    """Section "JSON Unicode Encoding": any text arrives unchanged."""

    # In descending order, so that surrogates stay alone: a high one before a low one would be one character.
    CODES = [*range(0x20), *range(0x7F, 0xA0), *range(0x2000, 0x2100), *range(0xFFFF, 0xD7F0, -1)]

    def test_required_escapes_are_sent(self):
        killers = [*range(0x200C, 0x2010), *range(0x2028, 0x2030), *range(0x2060, 0x2070), *range(0xFFF0, 0x10000)]
        url = self.session()
        self.send(url, json.dumps(["".join(map(chr, killers))], ensure_ascii=False))
        escaped = "".join(f"\\u{code:04x}" for code in killers)
        self.assertEqual(self.poll(url), f'a["{escaped}"]\n')

    def test_escaped_text_is_returned_unchanged(self):
        text = "".join(map(chr, self.CODES))
        url = self.session()
        self.send(url, json.dumps([text]))
        self.assertEqual(json.loads(self.poll(url)[1:]), [text])

    def test_unescaped_text_is_returned_unchanged(self):
        text = "pyramid_sockjs är cool ☠ 🏴‍☠️ مرحبا \u202e"
        url = self.session()
        self.send(url, json.dumps([text], ensure_ascii=False))
        self.assertEqual(json.loads(self.poll(url)[1:]), [text])
