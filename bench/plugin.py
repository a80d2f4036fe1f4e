"""A plug-in for the benchmarks: cheap translators, one that never answers, and measurements inside the server."""

import json
import time

import gevent
from gevent.event import Event
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from piratechat.http.routing import no_root
from piratechat.translation import Translated, Translator
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.outcomes import PENDING
from piratechat.translators.text.masking import mask

SHORT = "pyramid_sockjs is cool, my friend"
LONG = ("The quick brown fox is my friend, and she does not like the lazy dog. " * 6).rsplit(None, 4)[0]  # 86 words
LONGEST = (LONG + " ") * 10
MARKED = "hello @ada, look at https://example.com/a/page and `code`, it is good :)"
#: The number of runs of each measurement; the fastest one counts, because others were disturbed.
ROUNDS = 9


class Loud(Translator):
    """A style with almost no cost."""

    name = "loud"
    title = "Loud"

    def translate(self, batch, target=None, source=None, deadline=None):
        """Return the texts in capitals."""
        return [Translated(text.upper()) for text in batch]


class Soft(Loud):
    """Another such style."""

    name = "soft"
    title = "Soft"

    def translate(self, batch, target=None, source=None, deadline=None):
        """Return the texts in lowercase."""
        return [Translated(text.lower()) for text in batch]


class Near(Loud):
    """A back end that answers immediately."""

    name = "near"
    title = "Near"
    reach = "host"
    recipient = "the benchmark"


class Dead(Near):
    """A back end that never answers."""

    name = "dead"
    title = "Dead"

    def translate(self, batch, target=None, source=None, deadline=None):
        """Wait forever."""
        Event().wait()


def seconds(work):
    """Return the seconds that `work` takes."""
    begin = time.perf_counter()
    work()
    count = max(1, int(0.02 / max(time.perf_counter() - begin, 1e-6)))
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            work()
        best = min(best, (time.perf_counter() - begin) / count)
        gevent.sleep(0)
    return best


def measured(parts):
    """Yield names of measurements, and their seconds."""
    engine, translators = parts.engine, parts.translators.all()
    pirate = translators["pirate"]
    for name, text in (("short", SHORT), ("long", LONG), ("very long", LONGEST)):
        what = f"a {name} message ({len(text):,} characters)"
        yield f"pirate: {what}", seconds(lambda text=text: pirate.translate([text]))
        yield f"engine and pirate: {what}", seconds(lambda text=text: engine.read(translators, "pirate", Asked(text)))
        yield f"masking: {what}", seconds(lambda text=text: mask(text))
    yield "masking: with a name, a link and code", seconds(lambda: mask(MARKED))
    yield "engine and pirate: with these", seconds(lambda: engine.read(translators, "pirate", Asked(MARKED)))
    while engine.read(translators, "near", Asked(SHORT)) is PENDING:
        gevent.sleep(0.01)
    yield "engine: a back end's, remembered", seconds(lambda: engine.read(translators, "near", Asked(SHORT)))


def includeme(config):
    """Add the translators, and the page with the measurements."""
    for translator in (Loud(), Soft(), Near(), Dead()):
        config.add_translator(translator.name, lambda _room, shared=translator: shared)

    def measure(_context, request):
        body = json.dumps(list(measured(request.services)))
        return Response(body, content_type="application/json", charset="UTF-8")

    config.add_route("measure", "/measure", factory=no_root)
    config.add_view(measure, route_name="measure", permission=NO_PERMISSION_REQUIRED)
