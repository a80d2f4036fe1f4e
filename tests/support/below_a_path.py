"""The chat below a path, as docs/deploying.md sets it up: the documented lines in an ini file and in a real nginx."""

import configparser
import os

from sockjs_support.nginx import Nginx
from sockjs_support.servers import free_port
from tests.support.guide import changed, documented
from tests.support.paths import TOP

PREFIX = "/chat"
INI = """\
[pipeline:main]
pipeline = proxies theme chat

[filter:proxies]
use = config:{top}/paster.ini#proxies

[filter:theme]
use = config:{top}/tests/config/chat.ini#theme

[app:chat]
use = config:{top}/tests/config/chat.ini#chat

[server:main]
use = config:{top}/tests/config/chat.ini
"""
#: The site of whose host the chat has a part: nothing outside of the path is the chat's.
SITE = """
server {{
    listen 127.0.0.1:{port};
    location / {{ return 418; }}
    location = /chat {{ return 301 /chat/; }}
{chat}
}}
"""


def ini_below(folder):
    """Write an ini file with the documented settings into `folder`; return its path."""
    ini = configparser.RawConfigParser()
    ini.read_string(INI.format(top=TOP))
    ini.read_string(documented("Below a path", "ini", "deploying"))
    path = os.path.join(folder, "chat.ini")
    with open(path, "w") as file:
        ini.write(file)
    return path


def nginx_below(server, *changes, section="Below a path", guide="deploying"):
    """Return an nginx with the block for the chat in a guide, after `changes`, in front of `server`."""
    port = free_port()
    block = documented(section, "nginx", guide).partition("location / {")[0]
    return Nginx(SITE.format(port=port, chat=changed(block, ("http://127.0.0.1:8080", server.url), *changes)), port)
