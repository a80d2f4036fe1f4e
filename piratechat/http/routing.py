"""Where traversal begins, and whose requests are transactions."""

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid_zodbconn import get_connection

from piratechat.model.chat import Chat, chat_of

#: Static files, of the chat and of sockjs-client.
STATIC = "/static/"
#: The service worker: at the top, because it may look after nothing above itself.
WORKER = "/sw.js"
#: Whether the server is well.
HEALTH = "/healthz"
#: What is asked for by those who watch the server, again and again.
WATCHED = (HEALTH, "/metrics")


def chat_root(request: Request) -> Chat:
    """Return the chat, within the request's transaction."""
    return chat_of(get_connection(request))


def live_root(request: Request) -> Chat:
    """Return the chat for a SockJS request.

    Its transaction ends with the view (pyramid_zodbconn aborts it then), and
    not with the response, which may last for hours.  Raises HTTPNotFound if
    there is no such room.
    """
    request.tm.begin()
    chat = chat_root(request)
    if chat.rooms.get(request.matchdict["room"]) is None:
        raise HTTPNotFound("There is no such room.")
    return chat


def no_root(_request: Request) -> None:
    """Static files need no database, and whoever asks for our health is answered without one."""


def is_transaction(request: Request) -> bool:
    """Whether pyramid_tm wraps `request` in a transaction: pages and data, and nothing else."""
    path = request.environ["PATH_INFO"]  # as it came: it may be no UTF-8
    return not (path.startswith(STATIC) or path in (HEALTH, WORKER) or is_sockjs(path))


def is_utf8(path: str) -> bool:
    """Whether `path`, a PATH_INFO as WSGI has it, is UTF-8."""
    try:
        path.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True


def is_sockjs(path: str) -> bool:
    """Whether `path` is below the SockJS base URL of a room."""
    parts = path.split("/", 4)
    return len(parts) > 3 and parts[1] == "rooms" and parts[3] == "sockjs"
