"""The servers that can run the services, from start to stop."""

import itertools
import json
import os
import signal
import socket
import threading
import time
import unittest
from unittest import mock

from pyramid.config import Configurator
from webob import Request
from websockets.frames import Close, Frame, Opcode

from pyramid_sockjs import get_session_manager
from sockjs_support.cases import ServerTest
from sockjs_support.clients import HTTP, HandshakeRejected, WebSocket, session_url
from sockjs_support.layers import ServerLayer
from sockjs_support.servers import START_TIMEOUT, Server
from sockjs_support.services import Echo
from sockjs_support.waiting import QUICK, TIMEOUT, wait_until

GEVENT = ServerLayer("GEVENT", "gevent.ini", command="pserve")
WAITRESS = ServerLayer("WAITRESS", "waitress.ini", command="pserve")
PIPELINE = ServerLayer("PIPELINE", "pipeline.ini")
#: Options for servers that finish requests when they stop; idle connections would delay the tests.
GUNICORN = {
    "ini": "services.ini",
    "options": ("-k", "pyramid_sockjs.servers.gunicorn_worker.Worker", "--keep-alive", "60"),
}
BY_PSERVE = {"ini": "ours.ini", "command": "pserve"}
OURS = [GUNICORN, BY_PSERVE, {"ini": "gevent.ini", "command": "pserve"}]


class ServersTest(ServerTest):
    """Checks all features of a server."""

    def info(self):
        return json.loads(self.get("/echo/info").body)

    def connect_to(self, server, path=None):
        """Open a WebSocket at a server other than the layer's."""
        ws = WebSocket(server.port, path or f"{session_url('/echo')}/websocket")
        self.addCleanup(ws.sock.close)
        return ws

    def assertEchoesByWebSocket(self):
        ws = self.connect()
        self.assertEqual(ws.recv(), "o")
        ws.send('["x"]')
        self.assertEqual(ws.recv(), 'a["x"]')
        ws.close()
        self.assertEqual(ws.recv(), Close(1000, ""))
        self.assertTrue(ws.at_end())

    def assertEchoesByPolling(self):
        url = session_url("/echo")
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b"o\n")
        self.assertEqual(self.request("POST", f"{url}/xhr_send", body=b'["x"]').status, 204)
        self.assertEqual(self.request("POST", f"{url}/xhr").body, b'a["x"]\n')

    def assertStreams(self, path_end, method, prelude, *frames):
        """Assert that each frame is sent immediately in its own chunk."""
        url = session_url("/echo")
        with HTTP(self.layer.port) as http:
            http.open(method, f"{url}/{path_end}")
            chunks = [http.chunk(), http.chunk()]
            self.assertEqual(self.request("POST", f"{url}/xhr_send", body=b'["x"]').status, 204)
            chunks.append(http.chunk())
        self.assertTrue(chunks[0].startswith(prelude), chunks)
        self.assertEqual(chunks[1:], list(frames))

    def assertAllStream(self):
        self.assertStreams("xhr_streaming", "POST", b"hhh", b"o\n", b'a["x"]\n')
        self.assertStreams("eventsource", "GET", b"\r\n", b"data: o\r\n\r\n", b'data: a["x"]\r\n\r\n')
        self.assertStreams(
            "htmlfile?c=f",
            "GET",
            b"<!doctype html>",
            b'<script>\np("o");\n</script>\r\n',
            b'<script>\np("a[\\"x\\"]");\n</script>\r\n',
        )


class GeventsOwn(ServersTest):
    """egg:pyramid_sockjs#server"""

    layer = GEVENT

    def test_all_transports_work(self):
        self.assertTrue(self.info()["websocket"])
        self.assertEchoesByWebSocket()
        self.assertEchoesByPolling()
        self.assertAllStream()

    def test_messages_sent_before_the_handshake_response_are_received(self):
        with HTTP(GEVENT.port) as http:
            http.sock.sendall(
                f"GET {session_url('/echo')}/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n".encode()
                + Frame(Opcode.TEXT, b'["early"]').serialize(mask=True)
            )
            self.assertEqual(http.head().status, 101)
            self.assertEqual(http.read(3), b"\x81\x01o")
            self.assertEqual(http.read(12), b'\x81\x0aa["early"]')

    def test_http_1_0_streams_end_by_closing(self):
        with HTTP(GEVENT.port, version="1.0") as http:
            answer = http.open("POST", f"{session_url('/close')}/xhr_streaming", {"Connection": "keep-alive"})
            self.assertIsNone(answer["Transfer-Encoding"])
            self.assertTrue(http.read_all().endswith(b'o\nc[3000,"Go away!"]\n'))

    def test_an_incomplete_head_is_not_a_request(self):
        with HTTP(GEVENT.port) as http:
            http.sock.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\nCook")
            http.sock.shutdown(socket.SHUT_WR)
            self.assertEqual(http.head().status, 400)

    def test_a_disconnected_client_is_detected(self):
        url = session_url("/echo")
        with HTTP(GEVENT.port) as http:
            http.open("POST", f"{url}/xhr_streaming")
            http.chunk(), http.chunk()
        end = time.monotonic() + TIMEOUT
        while (body := self.request("POST", f"{url}/xhr").body).startswith(b"c[2010"):
            self.assertLess(time.monotonic(), end)
        self.assertEqual(body, b'c[1002,"Connection interrupted"]\n')


class Waitress(ServersTest):
    """A server that does not hand over its socket: WebSockets are rejected with a reason, and other transports work."""

    layer = WAITRESS

    def test_info_disables_websockets(self):
        self.assertFalse(self.info()["websocket"])

    def test_websockets_are_rejected(self):
        with self.assertRaises(HandshakeRejected) as refused:
            self.connect()
        self.assertEqual(refused.exception.status, 501)
        self.assertIn(b"gunicorn's gevent worker", refused.exception.answer.body)

    def test_polling_works(self):
        self.assertEchoesByPolling()

    def test_streaming_works(self):
        self.assertStreams("xhr_streaming", "POST", b"hhh", b"o\n", b'a["x"]\n')


class Pipeline(ServersTest):
    """Behind Diazo and pyramid_tm."""

    layer = PIPELINE

    def test_pages_are_themed(self):
        body = self.request("GET", "/page").body
        self.assertIn(b"<header>the theme</header>", body)
        self.assertIn(b"<p>the content</p>", body)

    def test_all_transports_work(self):
        self.assertEchoesByWebSocket()
        self.assertEchoesByPolling()
        self.assertAllStream()

    def test_the_iframe_is_not_themed(self):
        answer = self.request("GET", "/echo/iframe.html")
        self.assertTrue(answer.body.startswith(b"<!DOCTYPE html>\n<html>\n<head>\n  <meta http-equiv"))
        again = self.request("GET", "/echo/iframe.html", {"If-None-Match": answer["ETag"]})
        self.assertEqual(again.status, 304)

    def test_no_transaction_stays_open_while_a_receiver_waits(self):
        self.connect().recv()
        for method, end in [("POST", "xhr_streaming"), ("GET", "eventsource"), ("GET", "htmlfile?c=f")]:
            http = self.http()
            http.open(method, f"{session_url('/echo')}/{end}")
            http.chunk(), http.chunk()
        url = session_url("/echo")
        self.request("POST", f"{url}/xhr")
        poll = self.http()
        poll.send("POST", f"{url}/xhr")
        self.assertEqual(self.request("GET", "/transactions").body, b"0")


class Workers(ServersTest):
    """gunicorn's other workers."""

    def test_a_worker_without_greenlets_explains_what_to_do(self):
        with Server("services.ini", options=["-k", "sync"]) as server:
            with HTTP(server.port) as http:
                answer = http.request("POST", f"{session_url('/echo')}/xhr")
            self.assertEqual(answer.status, 503)
            self.assertIn(b"gunicorn with its gevent worker", answer.body)

    def test_pserve_starts_the_same_server(self):
        with Server("pserve.ini", command="pserve") as server:
            self.assertIn("Using worker: gevent", server.output())
            ws = self.connect_to(server)
            self.assertEqual(ws.recv(), "o")
            ws.send('["x"]')
            self.assertEqual(ws.recv(), 'a["x"]')


class Pipelining(ServersTest):
    """HTTP/1.1 allows clients to send requests before they receive responses: RFC 9112, 9.3.2."""

    REQUESTS = 5_000

    def test_thousands_of_pipelined_requests_do_not_delay_others(self):
        for options in OURS:
            with self.subTest(options), Server(**options) as server, HTTP(server.port) as crowd:
                came = []
                threads = [
                    threading.Thread(target=crowd.sock.sendall, args=[self.pipeline()]),
                    threading.Thread(target=self.receive, args=[crowd.sock, came]),
                ]
                for thread in threads:
                    thread.start()
                wait_until(lambda came=came: came)
                for _ in range(3):
                    with HTTP(server.port) as http:
                        self.assertEqual(http.request("GET", "/echo").status, 200)
                before_ours = self.answers(came)
                for thread in threads:
                    thread.join(2 * TIMEOUT)
                self.assertEqual(self.answers(came), self.REQUESTS)
                self.assertLess(before_ours, self.REQUESTS / 2)

    def pipeline(self):
        ask, leave = b"GET /echo HTTP/1.1\r\nHost: x\r\n", b"Connection: close\r\n"
        return (ask + b"\r\n") * (self.REQUESTS - 1) + ask + leave + b"\r\n"

    @staticmethod
    def receive(sock, came):
        while data := sock.recv(65_536):
            came.append(data)

    @staticmethod
    def answers(came):
        return b"".join(tuple(came)).count(b"HTTP/1.1 200 OK")


class Collecting(ServersTest):
    def test_garbage_is_collected_once_the_application_is_loaded(self):
        for options in OURS:
            with self.subTest(options), Server(**options) as server, HTTP(server.port) as http:
                self.assertEqual(http.request("GET", "/collector").body, b"enabled: True")


class Stopping(ServersTest):
    """A graceful stop closes all sessions within a second, without waiting for their clients."""

    def assertTellsAll(self, server, stop):
        sockets = [self.connect_to(server) for _ in range(20)]
        raw = self.connect_to(server, "/echo/websocket")
        stream, poll = HTTP(server.port), HTTP(server.port)
        self.addCleanup(stream.close)
        self.addCleanup(poll.close)
        for ws in sockets:
            self.assertEqual(ws.recv(), "o")
        stream.open("POST", f"{session_url('/echo')}/xhr_streaming")
        stream.chunk(), stream.chunk()
        url = session_url("/echo")
        poll.request("POST", f"{url}/xhr")
        poll.send("POST", f"{url}/xhr")
        time.sleep(0.2)  # for the poll to arrive
        stop()
        for ws in sockets:
            self.assertEqual(ws.recv(), 'c[1001,"The server is going away"]')
            self.assertEqual(ws.recv(), Close(1001, "The server is going away"))
        self.assertEqual(raw.recv(), Close(1001, "The server is going away"))
        self.assertEqual(stream.chunk(), b'c[1001,"The server is going away"]\n')
        poll.head()
        self.assertEqual(poll.chunk(), b'c[1001,"The server is going away"]\n')

    def test_gunicorn(self):
        with Server("services.ini") as server:
            self.assertTellsAll(server, lambda: server.signal(signal.SIGTERM))
            self.assertEqual(server.process.wait(QUICK), 0)

    def test_gunicorn_reloads(self):
        with Server("services.ini") as server:
            self.assertTellsAll(server, lambda: server.signal(signal.SIGHUP))
            wait_until(lambda: self.can_connect(server), "a session in the new worker")

    def can_connect(self, server):
        """Whether a session opens: the old worker may still respond for a moment, and reject it."""
        try:
            return self.connect_to(server).recv() == "o"
        except HandshakeRejected as refused:
            self.assertEqual(refused.status, 503)
            return False

    def test_gevents_own(self):
        with Server("gevent.ini", command="pserve") as server:
            self.assertTellsAll(server, lambda: server.signal(signal.SIGTERM))
            self.assertEqual(server.process.wait(QUICK), 0)

    def test_gunicorn_with_our_worker(self):
        with Server(**GUNICORN) as server:
            self.assertTellsAll(server, lambda: server.signal(signal.SIGTERM))
            self.assertEqual(server.process.wait(QUICK), 0)

    def test_gunicorn_reloads_with_our_worker(self):
        for how in (GUNICORN, BY_PSERVE):
            with self.subTest(how), Server(**how) as server:
                self.assertTellsAll(server, lambda server=server: server.signal(signal.SIGHUP))
                self.assertEqual(self.connect_to(server).recv(), "o", "the first try succeeds")

    def test_requests_still_arriving_are_answered(self):
        for how in OURS:
            with self.subTest(how), Server(**how) as server:
                idle, sending = HTTP(server.port), HTTP(server.port)
                self.addCleanup(idle.close)
                self.addCleanup(sending.close)
                head = f"POST {session_url('/echo')}/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                sending.sock.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
                self.assertEqual(sending.head().status, 100)
                self.assertEqual(idle.request("GET", "/echo").status, 200)
                server.signal(signal.SIGTERM)
                self.assertEqual(idle.read_all(), b"")
                sending.sock.sendall(b'["x"]')
                answer = sending.head()
                self.assertEqual(answer.status, 404)  # there is no such session
                sending.body(answer)
                self.assertEqual(sending.read_all(), b"")
                self.assertEqual(server.process.wait(QUICK), 0)

    def test_idle_connections_are_closed_and_requests_answered(self):
        for how in OURS:
            with self.subTest(how), Server(**how) as server:
                idle, new, half, given_up = (HTTP(server.port) for _ in range(4))
                for http in (idle, new, half, given_up):
                    self.addCleanup(http.close)
                for http in (idle, half):
                    self.assertEqual(http.request("GET", "/echo").status, 200)
                for http in (half, given_up):
                    http.sock.sendall(b"GET /echo HTTP/1.1\r\nHo")
                HTTP(server.port).request("GET", "/echo")  # it is read after the first one
                server.signal(signal.SIGTERM)
                half.sock.sendall(b"st: x\r\n\r\n")
                new.send("GET", "/echo")
                self.assertEqual(idle.read_all(), b"")
                for http in (half, new):
                    answer = http.head()
                    self.assertEqual(answer.status, 200)
                    http.body(answer)
                    self.assertEqual(http.read_all(), b"")
                self.assertNotIn(b" 200 ", given_up.read_all())
                self.assertEqual(server.process.wait(QUICK), 0)
                self.assertNotIn("Traceback", server.output())

    def test_without_sessions(self):
        for ini, command in [("services.ini", "gunicorn"), ("gevent.ini", "pserve")]:
            with Server(ini, command=command) as server:
                server.signal(signal.SIGTERM)
                self.assertEqual(server.process.wait(QUICK), 0)

    def test_info_rejects_clients_during_the_stop(self):
        """Otherwise clients would try one transport after the other."""
        config = Configurator()
        config.include("pyramid_sockjs")
        config.add_sockjs_route("echo", "/echo", session=Echo, cookie_needed=False)
        application = config.make_wsgi_app()
        request = Request.blank("/echo/info", headers={"Origin": "http://other.example"})
        self.assertEqual(request.get_response(application).status_int, 200)
        get_session_manager("echo", config.registry).stop()
        answer = request.get_response(application)
        self.assertEqual(answer.status_int, 503)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "http://other.example")

    def test_sessions_are_closed_gradually_if_there_is_time(self):
        for close_time, expected in ((5, 1.0), (0.5, 0.5), (0, 0.0)):
            with self.subTest(close_time=close_time):
                config = Configurator()
                config.include("pyramid_sockjs")
                config.add_sockjs_route("echo", "/echo", session=Echo, close_time=close_time)
                config.commit()
                manager = get_session_manager("echo", config.registry)
                for number in range(1_000):
                    manager.open(None, number)
                pauses, told = [], []

                def wait(seconds, pauses=pauses, told=told, manager=manager):
                    pauses.append(seconds)
                    told.append(1_000 - len(list(manager.active_sessions())))

                with mock.patch("pyramid_sockjs.manager.gevent.sleep", wait):
                    manager.stop()
                self.assertAlmostEqual(sum(pauses), expected)
                self.assertEqual(told, list(range(50, 1_001, 50)))

    def test_no_session_opens_while_the_server_stops(self):
        with Server("services.ini") as server:
            keeps_the_worker = HTTP(server.port)
            self.addCleanup(keeps_the_worker.close)
            ws = self.connect_to(server)
            self.assertEqual(ws.recv(), "o")
            server.signal(signal.SIGTERM)
            self.assertEqual(ws.recv(), 'c[1001,"The server is going away"]')
            try:
                answer = keeps_the_worker.request("POST", f"{session_url('/echo')}/xhr")
            except (OSError, EOFError):
                return  # the worker had exited
            self.assertEqual(answer.status, 503)


class StartingServer(Server):
    """A server that is still loading its application."""

    def __init__(self, logged, **more):
        """`logged`: the text in the log to wait for."""
        self.logged = logged
        super().__init__("endless.ini", **more)

    def _wait(self, _path):
        wait_until(lambda: self.logged in self.output() or self.process.poll() is not None, self.logged, START_TIMEOUT)


class StoppingEarly(unittest.TestCase):
    """A worker that does not serve yet ends immediately, also before gunicorn lets it handle signals."""

    def test_while_the_worker_starts(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number), StartingServer("Booting worker") as server:
                self.assertStops(server, number)

    def test_while_the_application_is_loaded(self):
        for state, number in itertools.product(("waiting", "computing"), (signal.SIGTERM, signal.SIGINT)):
            with self.subTest(number, state=state), StartingServer("Loading", env={"ENDLESS": state}) as server:
                self.assertStops(server, number)

    def assertStops(self, server, number):
        server.signal(number)
        self.assertEqual(server.process.wait(TIMEOUT), 0)
        self.assertNotIn("Traceback", server.output())


class Draining(ServersTest):
    """A worker sends new clients to other workers before it closes its own sessions."""

    def start(self, seconds):
        ini, common = GUNICORN["ini"], GUNICORN["options"]
        server = Server(ini, options=[*common, "--drain-time", str(seconds), "--graceful-timeout", "120"])
        self.addCleanup(server.stop)
        # SIGTERM before SIGINT, because gunicorn then waits no longer than two seconds for a worker.
        self.addCleanup(server.signal, signal.SIGINT)
        self.addCleanup(server.signal, signal.SIGTERM)
        return server

    def ask(self, server, method, path, body=b""):
        with HTTP(server.port) as http:
            return http.request(method, path, body=body)

    def wait_until_it_drains(self, server):
        wait_until(lambda: self.ask(server, "GET", "/echo/info").status == 503, "a worker that drains")

    def test_new_clients_are_rejected_and_sessions_continue(self):
        server = self.start(100)
        ws, polling = self.connect_to(server), session_url("/echo")
        self.assertEqual(ws.recv(), "o")
        self.assertEqual(self.ask(server, "POST", f"{polling}/xhr").body, b"o\n")
        server.signal(signal.SIGTERM)
        self.wait_until_it_drains(server)
        for method, path in (("GET", "/echo/info"), ("POST", f"{session_url('/echo')}/xhr")):
            answer = self.ask(server, method, path)
            self.assertEqual((answer.status, answer["Retry-After"]), (503, "1"), path)
        with self.assertRaises(HandshakeRejected) as refused:
            self.connect_to(server)
        self.assertEqual(refused.exception.status, 503)
        ws.send('["still"]')
        self.assertEqual(ws.recv(), 'a["still"]')
        self.assertEqual(self.ask(server, "POST", f"{polling}/xhr_send", b'["there"]').status, 204)
        self.assertEqual(self.ask(server, "POST", f"{polling}/xhr").body, b'a["there"]\n')
        os.kill(server.worker, signal.SIGTERM)  # the second one, because the master forwards only the first
        self.assertEqual(ws.recv(), 'c[1001,"The server is going away"]')
        self.assertEqual(ws.recv(), Close(1001, "The server is going away"))
        self.assertEqual(server.process.wait(QUICK), 0)
        with self.assertRaises(ConnectionRefusedError):
            HTTP(server.port)

    def test_draining_ends_after_its_time(self):
        server = self.start(1)
        ws = self.connect_to(server)
        self.assertEqual(ws.recv(), "o")
        begin = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(ws.recv(), 'c[1001,"The server is going away"]')
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.assertEqual(server.process.wait(QUICK), 0)

    def test_ctrl_c_ends_draining_immediately(self):
        server = self.start(100)
        server.signal(signal.SIGTERM)
        self.wait_until_it_drains(server)
        os.kill(server.worker, signal.SIGINT)
        self.assertEqual(server.process.wait(QUICK), 0)

    def test_a_reload_does_not_drain(self):
        server = self.start(100)
        ws = self.connect_to(server)
        self.assertEqual(ws.recv(), "o")
        server.signal(signal.SIGHUP)
        self.assertEqual(ws.recv(), 'c[1001,"The server is going away"]')
        self.assertEqual(self.connect_to(server).recv(), "o")

    def test_draining_must_leave_time_for_the_graceful_stop(self):
        with self.assertRaisesRegex(RuntimeError, "drain_time = 20 must be less than graceful_timeout = 20"):
            Server(GUNICORN["ini"], options=[*GUNICORN["options"], "--drain-time", "20", "--graceful-timeout", "20"])
