"""The chat below a path, with the lines of docs/deploying.md in an ini file and in a real nginx."""

from sockjs_support.nginx import Nginx
from sockjs_support.servers import free_port
from tests.support.guide import changed, documented
from tests.support.proxied_ini import write_proxied_ini

PREFIX = "/chat"
#: Another site on the same host: the chat has only the path.
SITE = """
server {{
    listen 127.0.0.1:{port};
    location / {{ return 418; }}
    location = /chat {{ return 301 /chat/; }}
{chat}
}}
"""


def ini_below(folder):
    """Write an ini file with the documented settings into `folder`, and return its path."""
    return write_proxied_ini(folder, documented("Below a path", "ini", "deploying"))


def nginx_below(server, *changes, section="Below a path", guide="deploying"):
    """Return an nginx in front of `server`, with the block from a guide after `changes`: pairs of (old, new)."""
    port = free_port()
    block = documented(section, "nginx", guide).partition("location / {")[0]
    return Nginx(SITE.format(port=port, chat=changed(block, ("http://127.0.0.1:8080", server.url), *changes)), port)
