"""Responses at the URLs of a service, over real sockets: greeting, iframe, info, and others."""

import json

from sockjs_support.cases import ServicesTest
from sockjs_support.clients import HTTP, session_url
from sockjs_support.layers import SERVICES


class Greeting(ServicesTest):
    def test_the_greeting_is_sent_with_and_without_a_slash(self):
        for path in ("/echo", "/echo/"):
            answer = self.get(path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer["Content-Type"], "text/plain; charset=UTF-8")
            self.assertEqual(answer.body, b"Welcome to SockJS!\n")
            self.assertIsNone(answer["Set-Cookie"])

    def test_everything_else_is_not_found(self):
        for path in ("/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/"):
            self.assertEqual(self.get("/echo" + path).status, 404, path)


class Iframe(ServicesTest):
    DOCUMENT = """<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="/sockjs.min.js"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"""

    def test_any_version_gives_the_same_document(self):
        for name in ("iframe.html", "iframe-a.html", "iframe-.html", "iframe-0.1.2abc-dirty.2144.html?t=1234"):
            answer = self.get(f"/echo/{name}")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer["Content-Type"], "text/html; charset=UTF-8")
            self.assertEqual(answer.body.decode().strip(), self.DOCUMENT)
            self.assertCachedForAYear(answer)
            self.assertTrue(answer["ETag"])
            self.assertIsNone(answer["Set-Cookie"])

    def test_a_known_etag_is_not_modified(self):
        etag = self.get("/echo/iframe.html")["ETag"]
        self.assertEqual(self.get("/echo/iframe-b.html")["ETag"], etag)
        answer = self.request("GET", "/echo/iframe.html", {"If-None-Match": etag})
        self.assertEqual(answer.status, 304)
        self.assertIsNone(answer["Content-Type"])
        self.assertEqual(answer.body, b"")
        self.assertEqual(self.request("GET", "/echo/iframe.html", {"If-None-Match": '"another"'}).status, 200)

    def test_similar_names_are_not_found(self):
        for name in ("iframe", "iframe.htm", "IFRAME.HTML", "IFRAME", "iframe.HTML", "iframe.xml", "iframe-/.html"):
            self.assertEqual(self.get(f"/echo/{name}").status, 404, name)


class Info(ServicesTest):
    def test_info_describes_the_service(self):
        answer = self.get("/echo/info")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer["Content-Type"], "application/json; charset=UTF-8")
        self.assertIsNone(answer["Set-Cookie"])
        self.assertNotCached(answer)
        self.assertOpenTo(answer, None)
        info = json.loads(answer.body)
        entropy = info.pop("entropy")
        self.assertIs(type(entropy), int)
        self.assertTrue(0 <= entropy < 2**32)
        self.assertEqual(info, {"websocket": True, "cookie_needed": False, "origins": ["*:*"]})

    def test_entropy_is_fresh(self):
        seen = {json.loads(self.get("/echo/info").body)["entropy"] for _ in range(5)}
        self.assertEqual(len(seen), 5)

    def test_other_origins_may_read_the_info(self):
        for origin in ("http://example.com", "null"):
            self.assertOpenTo(self.get("/echo/info", Origin=origin), origin)
        self.assertPreflight("/echo/info", "OPTIONS, GET")

    def test_info_shows_disabled_websockets_and_required_cookies(self):
        self.assertFalse(json.loads(self.get("/disabled_websocket_echo/info").body)["websocket"])
        answer = self.get("/cookie_needed_echo/info")
        self.assertTrue(json.loads(answer.body)["cookie_needed"])
        self.assertIsNone(answer["Set-Cookie"])


class SessionURLs(ServicesTest):
    def test_any_text_without_a_dot_is_a_session_id(self):
        for path in ("/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20", "/%C3%A4/%E2%98%A0"):
            answer = self.request("POST", f"/echo{path}/xhr")
            self.assertEqual((answer.status, answer.body), (200, b"o\n"), path)

    def test_empty_parts_dots_and_other_lengths_are_not_found(self):
        for path in ("//", "/a./a", "/a/a.", "/./.", "/", "///", "/a/b/c", "/a%2Eb/c"):
            for method in ("GET", "POST"):
                self.assertEqual(self.request(method, f"/echo{path}/xhr").status, 404, path)

    def test_unknown_transports_are_not_found(self):
        self.assertEqual(self.get("/echo/000/a/telegraph").status, 404)
        self.assertEqual(self.request("POST", "/disabled_websocket_echo/000/a/websocket").status, 404)

    def test_the_server_part_is_ignored(self):
        session = session_url("")
        self.request("POST", f"/echo{session}/xhr")
        elsewhere = session.replace("/000/", "/999/")
        self.assertEqual(self.request("POST", f"/echo{elsewhere}/xhr_send", body=b'["a"]').status, 204)
        self.assertEqual(self.request("POST", f"/echo{session}/xhr").body, b'a["a"]\n')

    def test_other_methods_are_not_allowed(self):
        for transport, method, allowed in [
            ("xhr", "GET", "OPTIONS, POST"),
            ("xhr_streaming", "GET", "OPTIONS, POST"),
            ("xhr_send", "PUT", "OPTIONS, POST"),
            ("eventsource", "POST", "GET"),
            ("htmlfile", "DELETE", "GET"),
            ("jsonp", "POST", "GET"),
            ("jsonp_send", "GET", "POST"),
            ("websocket", "POST", "GET"),
        ]:
            answer = self.request(method, f"/echo/000/a/{transport}")
            self.assertEqual(answer.status, 405, transport)
            self.assertEqual(answer["Allow"], allowed)
            self.assertIsNone(answer["Content-Type"])
            self.assertEqual(answer.body, b"")


class Cookies(ServicesTest):
    def test_sessions_get_a_dummy_or_keep_their_own(self):
        for cookie, expected in [
            (None, "dummy"),
            ("JSESSIONID=abcdef", "abcdef"),
            ('JSESSIONID="a; b\\012c"', "dummy"),
            (f"JSESSIONID={'x' * 500}", "dummy"),
        ]:
            headers = {"Cookie": cookie} if cookie else {}
            answer = self.request("POST", f"{session_url('/cookie_needed_echo')}/xhr", headers)
            self.assertEqual(answer["Set-Cookie"], f"JSESSIONID={expected}; path=/")

    def test_every_session_url_sets_the_cookie(self):
        base = "/cookie_needed_echo"
        for method, transport in [
            ("POST", "xhr_streaming"),
            ("GET", "eventsource"),
            ("GET", "htmlfile?c=x"),
            ("GET", "jsonp?c=x"),
            ("POST", "xhr_send"),
            ("POST", "jsonp_send"),
            ("GET", "websocket"),
        ]:
            with HTTP(SERVICES.port) as http:
                answer = http.open(method, f"{session_url(base)}/{transport}")
            self.assertEqual(answer["Set-Cookie"], "JSESSIONID=dummy; path=/", transport)

    def test_a_service_without_cookies_sets_none(self):
        answer = self.request("POST", f"{session_url('/echo')}/xhr", {"Cookie": "JSESSIONID=abcdef"})
        self.assertIsNone(answer["Set-Cookie"])


class CORS(ServicesTest):
    def test_preflights(self):
        for transport in ("xhr", "xhr_streaming", "xhr_send"):
            self.assertPreflight(f"/echo/abc/abc/{transport}", "OPTIONS, POST")

    def test_requested_headers_are_allowed(self):
        for requested, allowed in [("a, b, c", "a, b, c"), ("", None), (None, None)]:
            headers = {} if requested is None else {"Access-Control-Request-Headers": requested}
            answer = self.request("POST", f"{session_url('/echo')}/xhr", headers)
            self.assertEqual(answer["Access-Control-Allow-Headers"], allowed)
            self.assertOpenTo(answer, None)

    def test_errors_have_cors_headers(self):
        answer = self.request("POST", f"{session_url('/echo')}/xhr_send", {"Origin": "http://example.com"}, b'["x"]')
        self.assertEqual(answer.status, 404)
        self.assertOpenTo(answer, "http://example.com")


class Keeping(ServicesTest):
    """Sections "Http10" and "Http11"."""

    def test_http_1_1_keeps_the_connection(self):
        with HTTP(SERVICES.port) as http:
            for _ in range(2):
                answer = http.request("GET", "/echo")
                self.assertEqual(answer.body, b"Welcome to SockJS!\n")
                self.assertIn((answer["Connection"] or "").lower(), ("", "keep-alive"))

    def test_http_1_0_gets_a_length_or_an_end(self):
        with HTTP(SERVICES.port, version="1.0") as http:
            answer = http.request("GET", "/echo", {"Connection": "Keep-Alive"})
            self.assertIsNone(answer["Transfer-Encoding"])
            self.assertEqual(answer.body, b"Welcome to SockJS!\n")
