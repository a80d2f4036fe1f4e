"""Log lines about translators when the server starts."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from piratechat.translation import TranslationError, Unavailable
from piratechat.translators.registry import TranslatorRegistry
from piratechat.translators.views import offers_several

log = logging.getLogger(__name__)

#: Timeout of a back end's check in seconds.
CHECK_TIMEOUT = 10.0
#: Seconds before asking services again whose languages are unknown, doubled each time, ...
FIRST_PAUSE = 5.0
#: ... up to this maximum; and seconds between requests for known ones.
RETRY_PAUSE, LONGEST_PAUSE = 300.0, 3600.0

REACH = {"none": "stay in this process", "host": "stay with the operator", "third-party": "are sent to a third party"}


def announce(translators: TranslatorRegistry) -> None:
    """Log a line for each translator, after checking those that use a service."""
    gevent.joinall([gevent.spawn(_announce, name, translator) for name, translator in translators.all().items()])


def keep_targets(translators: TranslatorRegistry, keep: Callable[[Mapping[str, Any]], None]) -> None:
    """Ask services repeatedly for their languages: soon if these are unknown, otherwise at long intervals.

    `keep` is called with the translators after each round.  Returns immediately if no translator offers several
    languages.
    """
    several = {name: each for name, each in translators.all().items() if offers_several(each)}
    pause = FIRST_PAUSE
    while several:
        keep(several)
        gevent.sleep(pause)
        gevent.joinall([gevent.spawn(_problem, each) for each in several.values()])
        pause = LONGEST_PAUSE if all(each.targets() for each in several.values()) else min(2 * pause, RETRY_PAUSE)


def _announce(name: str, translator: Any) -> None:
    error = _problem(translator)
    to = f" ({translator.recipient})" if translator.recipient else ""
    what = f"translator {name}: texts {REACH[translator.reach]}{to}"
    if error is None:
        log.info("%s; ready", what)
    else:
        log.warning("%s; NOT READY: %s", what, error)


def _problem(translator: Any) -> TranslationError | None:
    try:
        with gevent.Timeout(CHECK_TIMEOUT, Unavailable("the service does not respond")):
            translator.check(time.monotonic() + CHECK_TIMEOUT)
    except TranslationError as error:
        return error
    except (Exception, gevent.Timeout):
        log.exception("The check of the translator %r failed", translator.name)
        return Unavailable("the check failed; see the log")
    return None
