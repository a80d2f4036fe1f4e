"""What the operator is told of the translators when the server starts."""

import logging
import time
from typing import Any

import gevent

from piratechat.translation import TranslationError, Unavailable
from piratechat.translators.registry import TranslatorRegistry

log = logging.getLogger(__name__)

#: Seconds that a back end has to answer.
CHECK_TIMEOUT = 10.0

REACH = {"none": "stays in this process", "host": "stays with the operator", "third-party": "goes to a third party"}


def announce(translators: TranslatorRegistry) -> None:
    """Write one line to the log for each translator; those that can be out of reach are asked."""
    gevent.joinall([gevent.spawn(_announce, name, translator) for name, translator in translators.all().items()])


def _announce(name: str, translator: Any) -> None:
    error = _problem(translator)
    to = f" ({translator.recipient})" if translator.recipient else ""
    what = f"translator {name}: what is said {REACH[translator.reach]}{to}"
    if error is None:
        log.info("%s; ready", what)
    else:
        log.warning("%s; NOT READY: %s", what, error)


def _problem(translator: Any) -> TranslationError | None:
    try:
        with gevent.Timeout(CHECK_TIMEOUT, Unavailable("there is no answer")):
            translator.check(time.monotonic() + CHECK_TIMEOUT)
    except TranslationError as error:
        return error
    except (Exception, gevent.Timeout):
        log.exception("The translator %r broke", translator.name)
        return Unavailable("it broke when it was asked")
    return None
