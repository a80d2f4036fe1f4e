"""Guarantees for applications: order of hooks, contexts and permissions, origins, users, and requests."""

import json

from sockjs_support.cases import ApplicationTest
from sockjs_support.clients import HTTP, HandshakeRejected, session_url
from sockjs_support.layers import APPLICATION
from sockjs_support.waiting import wait_until

ALL_TRANSPORTS = [
    ("POST", "xhr"),
    ("POST", "xhr_streaming"),
    ("POST", "xhr_send"),
    ("GET", "eventsource"),
    ("GET", "htmlfile?c=x"),
    ("GET", "jsonp?c=x"),
    ("POST", "jsonp_send"),
    ("GET", "websocket"),
]


class Hooks(ApplicationTest):
    """Each hook is called once, in the order of a session's life."""

    count = 0

    def setUp(self):
        Hooks.count += 1
        self.name = f"{self.id().rpartition('.')[2]}{self.count}"

    def connect_diary(self, first=""):
        path = f"{session_url('/diary')}/websocket?name={self.name}{first}"
        ws = self.connect(path=path, headers={"X-Test": "yes"})
        self.assertEqual(ws.recv(), "o")
        return ws

    def notes(self):
        return json.loads(self.request("GET", f"/notes?name={self.name}").body)

    def assertNotes(self, *notes):
        wait_until(lambda: len(self.notes()) >= len(notes), f"{notes}")
        self.assertEqual(self.notes(), list(notes))

    def poll(self, url):
        return self.request("POST", f"{url}/xhr?name={self.name}").body

    def send(self, url, text):
        return self.request("POST", f"{url}/xhr_send", body=json.dumps([text]).encode()).status

    def test_the_client_leaves(self):
        ws = self.connect_diary()
        ws.send('["hello"]')
        self.assertNotes("open OPEN", "message hello OPEN")
        ws.close()
        self.assertNotes("open OPEN", "message hello OPEN", "close CLOSED", "closed CLOSED", "remove CLOSED")

    def test_the_connection_is_cut(self):
        self.connect_diary().sock.close()
        self.assertNotes("open OPEN", "close CLOSED", "closed CLOSED", "remove CLOSED")

    def test_the_application_closes(self):
        ws = self.connect_diary()
        ws.send('["close"]')
        self.assertEqual(ws.recv(), 'c[4001,"as you wish"]')
        self.assertEqual(ws.recv().code, 4001)
        self.assertNotes("open OPEN", "close CLOSING", "message close CLOSING", "closed CLOSED", "remove CLOSED")

    def test_the_application_can_expire_a_session(self):
        ws = self.connect_diary()
        ws.send('["expire"]')
        self.assertTrue(ws.at_end())
        self.assertNotes("open OPEN", "message expire CLOSED", "close CLOSED", "closed CLOSED", "remove CLOSED")

    def test_a_client_that_does_not_answer_the_close_is_removed(self):
        ws = self.connect_diary()
        ws.send('["close"]')
        self.assertNotes("open OPEN", "close CLOSING", "message close CLOSING", "closed CLOSED", "remove CLOSED")

    def test_a_polling_client_that_stops_polling_is_removed(self):
        url = session_url("/diary")
        self.assertEqual(self.poll(url), b"o\n")
        self.assertNotes("open OPEN", "close CLOSED", "closed CLOSED", "remove CLOSED")
        self.assertEqual(self.send(url, "x"), 404)

    def test_a_polling_client_receives_the_close_frame(self):
        url = session_url("/diary")
        self.poll(url)
        self.assertEqual(self.send(url, "close"), 204)
        self.assertEqual(self.poll(url), b'c[4001,"as you wish"]\n')
        self.assertNotes("open OPEN", "close CLOSING", "message close CLOSING", "closed CLOSED", "remove CLOSED")

    def test_a_handler_that_fails_does_not_end_the_session(self):
        ws = self.connect_diary()
        ws.send('["fail"]')
        ws.send('["hello"]')
        self.assertNotes("open OPEN", "message hello OPEN")

    def test_a_handler_that_blocks_delays_only_its_own_session(self):
        slow, quick = self.connect_diary(), self.connect_diary()
        slow.send('["block"]')
        slow.send('["who"]')
        quick.send('["who"]')
        self.assertEqual(json.loads(quick.recv()[1:])[0], self.name)
        quick.send('["go on"]')
        self.assertEqual(json.loads(slow.recv()[1:])[0], "went on")

    def test_handlers_of_a_session_run_one_at_a_time(self):
        ws = self.connect_diary()
        ws.send('["wait 0.3"]')
        ws.send('["hello"]')
        ws.close()
        self.assertNotes(
            "open OPEN",
            "message wait 0.3 OPEN",
            "message hello OPEN",
            "close CLOSED",
            "closed CLOSED",
            "remove CLOSED",
        )

    def test_messages_of_the_handshake_are_the_first(self):
        ws = self.connect_diary("&first=hello&first=who")
        ws.send('["again"]')
        self.assertEqual(json.loads(ws.recv()[1:])[0], self.name)
        self.assertNotes("open OPEN", "message hello OPEN", "message who OPEN", "message again OPEN")

    def test_a_message_of_the_handshake_may_close_the_session(self):
        ws = self.connect_diary("&first=close&first=hello")
        self.assertEqual(ws.recv(), 'c[4001,"as you wish"]')
        self.assertEqual(ws.recv().code, 4001)
        self.assertNotes("open OPEN", "close CLOSING", "message close CLOSING", "closed CLOSED", "remove CLOSED")

    def test_a_message_of_the_handshake_may_expire_the_session(self):
        with self.assertRaises(ConnectionResetError):
            self.connect_diary("&first=expire")
        self.assertNotes("open OPEN", "message expire CLOSED", "close CLOSED", "closed CLOSED", "remove CLOSED")

    def test_a_message_of_the_handshake_that_blocks_does_not_delay_the_response(self):
        slow = self.connect_diary("&first=block")
        self.connect_diary().send('["go on"]')
        self.assertEqual(json.loads(slow.recv()[1:]), ["went on"])

    def test_other_transports_have_no_messages_in_the_handshake(self):
        url = session_url("/diary")
        self.assertEqual(self.request("POST", f"{url}/xhr?name={self.name}&first=hello").body, b"o\n")
        self.send(url, "again")
        self.assertNotes("open OPEN", "message again OPEN", "close CLOSED", "closed CLOSED", "remove CLOSED")

    def test_the_request_is_available_later(self):
        ws = self.connect_diary()
        ws.send('["who"]')
        self.assertEqual(json.loads(ws.recv()[1:]), [self.name, "yes", "websocket"])


class Contexts(ApplicationTest):
    """Services with a context: it is known, and its permissions are checked, with every transport."""

    def test_sessions_know_their_context(self):
        ws = self.connect("/rooms/ada/sockjs", headers={"X-User": "Cy"})
        self.assertEqual([ws.recv(), ws.recv()], ["o", 'a["in ada as Cy"]'])
        url = session_url("/rooms/bo/sockjs")
        cy = {"X-User": "Cy"}
        self.assertEqual(self.request("POST", f"{url}/xhr", cy).body, b"o\n")
        self.assertEqual(self.request("POST", f"{url}/xhr", cy).body, b'a["in bo as Cy"]\n')

    def test_a_broadcast_can_select_sessions(self):
        here, too, elsewhere = (
            self.connect(f"/rooms/{room}/sockjs", headers={"X-User": "Cy"}) for room in ("ada", "ada", "bo")
        )
        for ws in (here, too, elsewhere):
            ws.recv(), ws.recv()
        here.send('["for ada"]')
        elsewhere.send('["for bo"]')
        self.assertEqual(too.recv(), 'a["for ada"]')
        self.assertEqual(elsewhere.recv(), 'a["for bo"]')

    def test_sessions_require_permission(self):
        for method, transport in ALL_TRANSPORTS:
            url = f"{session_url('/rooms/ada/sockjs')}/{transport}"
            self.assertEqual(self.status(method, url), 403, transport)
        for path in ("", "/", "/info", "/iframe.html", "/websocket"):
            self.assertEqual(self.status("GET", f"/rooms/ada/sockjs{path}"), 403, path)
        self.assertEqual(self.status("GET", "/rooms/ada/sockjs/info", {"X-User": "Cy"}), 200)

    def test_a_missing_context_is_not_found(self):
        for method, transport in ALL_TRANSPORTS:
            url = f"{session_url('/rooms/nowhere/sockjs')}/{transport}"
            self.assertEqual(self.status(method, url, {"X-User": "Cy"}), 404, transport)

    def test_a_session_belongs_to_its_user(self):
        url = session_url("/rooms/ada/sockjs")
        self.request("POST", f"{url}/xhr", {"X-User": "Cy"})
        answer = self.request("POST", f"{url}/xhr_send", {"X-User": "Di"}, b'["as Cy"]')
        self.assertEqual(answer.status, 404)
        self.assertEqual(self.request("POST", f"{url}/xhr", {"X-User": "Di"}).body, b"o\n")


class Origins(ApplicationTest):
    """Pages of foreign origins get 403 at all session URLs; pages of the same or an allowed origin do not."""

    def assertStatuses(self, base, headers, refused):
        for method, transport in ALL_TRANSPORTS:
            status = self.status(method, f"{session_url(base)}/{transport}", headers)
            self.assertEqual(status == 403, refused, (base, transport, headers, status))

    def ours(self):
        return f"http://127.0.0.1:{APPLICATION.port}"

    def test_foreign_pages_are_rejected(self):
        for base in ("/same", "/listed"):
            for origin in ("http://evil.example", "null", self.ours() + "0", "http://[", "https://friend.example.evil"):
                self.assertStatuses(base, {"Origin": origin}, refused=True)

    def test_scripts_and_frames_of_foreign_pages_are_rejected(self):
        self.assertStatuses("/same", {"Referer": "http://evil.example/page"}, refused=True)
        self.assertStatuses("/same", {"Sec-Fetch-Site": "cross-site"}, refused=True)
        self.assertStatuses("/same", {"Sec-Fetch-Site": "same-site"}, refused=True)

    def test_our_own_pages_may_connect(self):
        for base in ("/same", "/listed"):
            self.assertStatuses(base, {"Origin": self.ours()}, refused=False)
            self.assertStatuses(
                base, {"Referer": self.ours() + "/page", "Sec-Fetch-Site": "same-origin"}, refused=False
            )
            self.assertStatuses(base, {}, refused=False)

    def test_a_proxy_may_have_ended_tls(self):
        self.assertStatuses("/same", {"Origin": self.ours().replace("http:", "https:")}, refused=False)

    def test_a_default_port_need_not_be_written(self):
        """RFC 9110 section 4.2: proxies include it in `Host`, and browsers omit it in `Origin`."""
        for host, origin, status in [
            ("chat.example", "https://chat.example", 200),
            ("chat.example:443", "https://chat.example", 200),
            ("chat.example", "https://chat.example:443", 200),
            ("chat.example:80", "http://chat.example", 200),
            ("CHAT.example:8443", "https://chat.Example:8443", 200),
            ("[::1]:443", "https://[::1]", 200),
            ("chat.example:443", "http://chat.example", 403),
            ("chat.example:80", "https://chat.example", 403),
            ("chat.example:8443", "https://chat.example", 403),
            ("chat.example", "https://chat.example:8443", 403),
            ("chat.example:443:443", "https://chat.example", 403),
            ("", "null", 403),
        ]:
            with self.subTest(host=host, origin=origin), HTTP(APPLICATION.port) as http:
                http.host = host
                answer = http.request("POST", f"{session_url('/same')}/xhr", {"Origin": origin})
                self.assertEqual(answer.status, status)

    def test_listed_origins_may_connect(self):
        friend = {"Origin": "https://friend.example"}
        self.assertStatuses("/listed", friend, refused=False)
        self.assertStatuses("/same", friend, refused=True)
        ws = self.connect("/listed", headers={"Origin": "https://friend.example"})
        self.assertEqual(ws.recv(), "o")
        with self.assertRaises(HandshakeRejected):
            self.connect("/listed", headers={"Origin": "https://foe.example"})

    def test_only_listed_origins_may_frame_the_iframe(self):
        for base, policy in [
            ("/same", "frame-ancestors 'self'"),
            ("/listed", "frame-ancestors 'self' https://friend.example"),
            ("/diary", None),
        ]:
            for path in ("/iframe.html", "/0/0/htmlfile?c=x"):
                with HTTP(APPLICATION.port) as http:
                    answer = http.open("GET", base + path)
                    self.assertEqual(answer["Content-Security-Policy"], policy)


class Addresses(ApplicationTest):
    def test_a_manager_can_define_the_client_address(self):
        url = "/proxied"
        one, other = {"X-Client": "10.0.0.1"}, {"X-Client": "10.0.0.2"}
        for headers in (one, one, other):
            self.assertEqual(self.status("POST", f"{session_url(url)}/xhr", headers), 200)
        answer = self.request("POST", f"{session_url(url)}/xhr", one)
        self.assertEqual(answer.status, 429)
        self.assertIn(b"Too many sessions are open from your address.", answer.body)
