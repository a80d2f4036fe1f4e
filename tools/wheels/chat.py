"""Open a room of a chat that is made of nothing but its wheel, write into it, and read it."""

from gevent import monkey

monkey.patch_all()

import io  # noqa: E402 -- gevent patches the standard library first
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
from urllib.parse import urlencode  # noqa: E402
from wsgiref.util import setup_testing_defaults  # noqa: E402

import piratechat  # noqa: E402

assert piratechat.__file__.startswith(sys.prefix), "this is not the installed package"
open("sockjs.min.js", "w").close()
app = piratechat.main(
    {},
    **{
        "zodbconn.uri": f"file://{os.getcwd()}/var/chat.fs",
        "piratechat.var": f"{os.getcwd()}/var",
        "piratechat.translators": "pirate original",
        "piratechat.sockjs_client": "sockjs.min.js",
    },
)
cookies = {}


def request(path, form=None):
    """Return status, headers and body of the answer."""
    query = path.partition("?")[2]
    body = urlencode(form or {}).encode()
    environ = {"PATH_INFO": path.partition("?")[0], "QUERY_STRING": query, "wsgi.input": io.BytesIO(body)}
    if form is not None:
        environ.update(
            REQUEST_METHOD="POST",
            CONTENT_TYPE="application/x-www-form-urlencoded",
            CONTENT_LENGTH=str(len(body)),
            HTTP_ORIGIN="http://127.0.0.1",
        )
    environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    environ["REMOTE_ADDR"] = "127.0.0.1"
    setup_testing_defaults(environ)
    started = []
    answer = app(environ, lambda status, headers, exc_info=None: started.append((status, headers)))
    text = b"".join(answer).decode()
    status, headers = started[0]
    for name, value in headers:
        if name.lower() == "set-cookie":
            key, _, kept = value.partition(";")[0].partition("=")
            cookies[key] = kept
    return status, dict(headers), text


def token(page):
    """Return the form token of `page`."""
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


status, _headers, page = request("/")
assert status.startswith("200"), status
status, headers, page = request("/", {"name": "Ada", "csrf_token": token(page)})
assert (status[:3], headers.get("Location", "")[-10:]) == ("303", "/rooms/ada"), (status, headers)
_status, _headers, page = request("/rooms/ada")
status, _headers, _page = request("/rooms/ada/messages", {"text": "Hello, my friend", "csrf_token": token(page)})
assert status.startswith("303"), status
_status, _headers, data = request("/rooms/ada/messages?after=0&as=original")
assert [message["text"] for message in json.loads(data)["messages"]] == ["Hello, my friend"], data
scripts = re.findall(r"/static/v-[0-9a-f]+/scripts/\w+\.js", page)
assert [path.rpartition("/")[2] for path in scripts] == ["start.js", "room.js"], scripts
for path in (*scripts, "/sw.js"):
    status, headers, script = request(path)
    assert (status[:3], headers["Content-Type"][:15]) == ("200", "text/javascript"), (path, status)
    assert len(script) > 1000, (path, script)
os._exit(0)  # greenlets of the chat go on otherwise
