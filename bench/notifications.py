"""Latency from a queue of RabbitMQ to a browser, at several rates.

    bin/python bench/notifications.py [--seconds 10] [--rates 20 100 300]

One process of the chat on a file, a real RabbitMQ, one reader by WebSocket; each notification is on disk before it is
sent to the browser.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(sys.path[0], "pyramid_sockjs", "tests"))

import amqp

from tests.support.chatting import Browser, Window
from tests.support.paths import TOP
from tests.support.rabbitmq_server import RabbitMQServer

HEAD = ["notifications", "a second", "p50 ms", "p99 ms", "missed"]
SETTINGS = """
piratechat.amqp.url = {url}
piratechat.notifications = bench
piratechat.notification.bench.room = ada
piratechat.notification.bench.text = {{number}} at {{at}}
"""
#: Timeouts in seconds: for the last notifications to arrive, and for the server to start.
LATE, STARTING = 5.0, 60.0


def measure(server, broker, rate, seconds):
    """Publish `rate` notifications per second; return a row of the table."""
    browser = Browser(server)
    window = Window(server, "/rooms/ada", browser)
    window.join(**{"as": "original"})
    count = int(rate * seconds)
    delays = []

    def listen():
        while len(delays) < count:
            event = window.next()
            if event is None:
                return
            if event["type"] == "message":
                delays.append(time.time() - float(event["text"].split(" at ")[1]))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    connection = amqp.Connection(f"127.0.0.1:{broker.port}", userid="guest", password="guest")
    with connection, connection.channel() as channel:
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            body = json.dumps({"number": number, "at": repr(time.time())})
            identity = f"{rate} {number} {begun}"
            channel.basic_publish(
                amqp.Message(body, delivery_mode=2, message_id=identity), routing_key="piratechat.bench"
            )
        took = time.monotonic() - begun
    listener.join(LATE)
    window.close()
    delays.sort()
    p50, p99 = (1000 * delays[int(len(delays) * part)] for part in (0.5, 0.99))
    return [f"{count:,}", f"{count / took:,.0f}", f"{p50:.1f}", f"{p99:.1f}", str(count - len(delays))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rates", type=float, nargs="+", default=[20, 100, 300])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="piratechat-bench-", ignore_cleanup_errors=True) as folder:
        broker = RabbitMQServer(os.path.join(folder, "."))
        ini = os.path.join(folder, "chat.ini")
        with open(os.path.join(TOP, "tests", "config", "chat.ini")) as shipped, open(ini, "w") as file:
            text = shipped.read().replace("config:../../", f"config:{TOP}/")
            file.write(text.replace("[server:main]", SETTINGS.format(url=broker.url) + "\n[server:main]"))
        port = 8087
        server = subprocess.Popen(
            ["bin/gunicorn", "--paste", ini, "--paste-global", f"var={folder}", "-b", f"127.0.0.1:{port}"],
            cwd=TOP,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_well(port)
            Browser(port).open_room("Ada")
            print(" | ".join(HEAD))
            for rate in asked.rates:
                print(" | ".join(measure(port, broker, rate, asked.seconds)), flush=True)
        finally:
            server.terminate()
            server.wait()
            broker.close()


def wait_until_well(port):
    end = time.monotonic() + STARTING
    while True:
        try:
            if Browser(port).get("/healthz").body == b"ok\n":
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise SystemExit("The server did not start.")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
