"""The available translators, in words."""

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request

from piratechat.texts import plural, text
from piratechat.translators.builtin.original import Original
from piratechat.translators.views import offers_several

#: Maximum number of translators to name; the others are counted.
NAMED = 4


def reading_choices(request: Request, translators: Mapping[str, Any]) -> str:
    """Return a sentence that lists the translations available with `translators`."""
    titles = [each.title for name, each in translators.items() if name != Original.name and not offers_several(each)]
    languages = {tag for each in translators.values() if offers_several(each) for tag in each.targets()}
    if languages:
        titles.append(request.localized(plural("reading.languages", len(languages))))
    if not titles:
        return request.localized(text("reading.as_they_are"))
    ways = titles[:NAMED]
    if len(titles) > NAMED:
        ways.append(request.localized(plural("reading.more", len(titles) - NAMED)))
    if Original.name in translators:
        ways.append(request.localized(text("reading.as_written")))
    if len(ways) == 1:
        return request.localized(text("reading.one_way", way=ways[0]))
    return request.localized(text("reading.ways", ways=", ".join(ways[:-1]), last=ways[-1]))
