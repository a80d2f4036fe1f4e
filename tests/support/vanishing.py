"""A server and its clients in a network that goes down; test_vanishing runs it in a network namespace.

Prints `connected` when the clients are connected, takes the network down after a line of input, and exits at the
end of its input.
"""

import os
import subprocess
import sys

from sockjs_support.clients import HTTP, session_url
from tests.support.chat_servers import ChatServer
from tests.support.chatting import Browser, Window


def main():
    folder, path = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with ChatServer(folder, options=["-b", f"unix:{path}"], ini="limits.ini") as server:
        room = Browser(server.port).open_room("Ada")
        window = Window(server.port, room)
        window.join()
        stream = HTTP(server.port)
        stream.open("POST", f"{session_url(f'{room}/sockjs')}/xhr_streaming")
        sys.stdout.write("connected\n")
        sys.stdout.flush()
        sys.stdin.readline()
        window.join(), stream.chunk(), stream.chunk()
        subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
        sys.stdin.read()
        os.write(2, server.output().encode())


if __name__ == "__main__":
    main()
