"""A plug-in with translators that wait for tests, fail once, or send texts to a third party."""

from collections import defaultdict

from gevent.event import Event
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from piratechat.http.routing import no_root
from piratechat.interfaces import IThirdPartyRoom
from piratechat.translation import Translated, Translator, Unavailable


class Loud(Translator):
    """Holds texts that begin with "hold", and fails at the first attempt for texts that begin with "fail"."""

    name = "loud"
    title = "Loud"
    reach = "host"
    recipient = "the tests"

    def __init__(self):
        self.free = defaultdict(Event)
        self.failed = set()

    def translate(self, batch, target=None, source=None, deadline=None):
        for text in batch:
            if text.startswith("hold"):
                self.free[text].wait()
            if text.startswith("fail") and text not in self.failed:
                self.failed.add(text)
                raise Unavailable("The parrot is asleep.")
        return [Translated(text.upper()) for text in batch]


class German(Translator):
    name = "german"
    title = "Deutsch"
    kind = "language"
    target = "de"
    reach = "host"
    recipient = "the tests"

    def translate(self, batch, target=None, source=None, deadline=None):
        return [Translated(f"auf Deutsch: {text}", source) for text in batch]


class Abroad(Loud):
    name = "abroad"
    title = "Abroad"
    reach = "third-party"
    recipient = "Parrots Ltd."


def includeme(config):
    loud = Loud()

    def let_go(_context, request):
        loud.free[request.GET["text"]].set()
        return Response("gone", content_type="text/plain")

    config.add_translator("loud", lambda _room: loud)
    config.add_translator("german", lambda _room: German())
    config.add_translator("abroad", lambda _room: Abroad(), for_=IThirdPartyRoom)
    config.add_route("let-go", "/let-go", factory=no_root)
    config.add_view(let_go, route_name="let-go", permission=NO_PERMISSION_REQUIRED)
