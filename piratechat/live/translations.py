"""Translations of a live room's messages, and the readers who wait for them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from cachetools import LRUCache

from piratechat.live.event_json import topic_view_event, view_event
from piratechat.live.healing import Healing
from piratechat.model.events import Message
from piratechat.protocol.objects import View
from piratechat.serialization import view_values
from piratechat.translation import Failed, Outcome, Translated
from piratechat.translators.builtin.original import Original
from piratechat.translators.engine.asked import Asked
from piratechat.translators.engine.cache import digest_of
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.outcomes import Pending
from piratechat.translators.engine.waiting_texts import Turn, Urgency
from piratechat.translators.text.protected_spans import mentioning

#: Number of messages in a room for which the last shown translation is remembered.
MAX_SHOWN = 2_000
#: The message number that stands for the topic; no message has it.
TOPIC = 0
#: The number that puts the topic before all messages in the queue.
FIRST = 2**63


class Recipient(Protocol):
    """A reader who waits for a translation."""

    def send(self, message: str) -> None:
        """Receive a message."""


@dataclass(slots=True, eq=False)
class Audience:
    """The readers who wait for the translation of `text`."""

    text: str
    #: Whether all readers with the view wait for it.
    everybody: bool = False
    #: Whether they know that it failed, and need no notification.
    knows_failure: bool = False
    readers: set[Recipient] = field(default_factory=set)

    def join(self, reader: Recipient | None) -> None:
        """Add `reader`; None for everybody."""
        self.knows_failure = False
        if reader is None:
            self.everybody = True
        else:
            self.readers.add(reader)


class Translations:
    """Translates messages of the room `room` (a slug) with `translators`, those of the room by name, through `engine`.

    `deliver` is called with the view, its audience and an event for each translation that was not immediate; `healing`
    receives each outcome.  `messages` returns the existing messages with some numbers.  `shown` is called with the name
    of a translator that uses a service, the message number, its text and its translation, if this differs from before.
    """

    def __init__(
        self,
        room: str,
        translators: Mapping[str, Any],
        engine: Engine,
        deliver: Callable[[str, Audience, str], None],
        healing: Healing,
        messages: Callable[[Iterable[int]], Iterable[Message]],
        shown: Callable[[str, int, str, str], None] | None = None,
    ) -> None:
        self._room = room
        self._messages = messages
        self.translators = translators
        self._engine = engine
        self._deliver = deliver
        self._healing = healing
        self._pending: dict[tuple[str, int], Audience] = {}
        self._shown = shown
        #: By message number, then by view: the digests of the text and of its translation.
        self._last_shown: LRUCache[int, dict[str, tuple[bytes, bytes]]] = LRUCache(MAX_SHOWN)

    @property
    def pending(self) -> int:
        """The number of pending translations."""
        return len(self._pending)

    def awaits(self, view: str, seq: int) -> bool:
        """Return whether somebody waits for the translation of message `seq` through `view`."""
        return (view, seq) in self._pending

    def read(
        self,
        message: Message,
        view: str,
        reader: Recipient | None,
        retry: bool = False,
        urgency: Urgency | None = None,
        anyway: bool = False,
    ) -> View | None:
        """Return the translation of `message`, or None if there is nothing to send.

        If it is not immediate, the event is sent later to `reader`, or to everybody if that is None.  A recent failure
        is repeated only with `retry`.  `anyway`: even if it seems to need no translation.  Without an `urgency`, a
        message for everybody is new, and one for a reader is visible.
        """
        if not message.is_shown or type(self.translators.get(view)) is Original:
            return None  # the fast path: most messages are not changed by their translator
        before = self._before(message.seq, view)  # first, because this may block
        key = (view, message.seq)
        if urgency is None:
            urgency = Urgency.SAID if reader is None else Urgency.IN_SIGHT
        turn = Turn(self._room, message.seq if message.seq != TOPIC else FIRST, urgency)
        audience = self._pending.get(key)
        if audience is not None and audience.text != message.text:
            audience = None
        # If others are waiting already, this makes it more urgent.
        ready = None if audience is not None else partial(self._ready, key, message.text)
        text = mentioning(message.text, message.mentions)
        asked = Asked(text, message.lang or None, retry, turn, anyway, before)
        outcome = self._engine.read(self.translators, view, asked, ready)
        if not isinstance(outcome, Pending):
            if audience is None:
                self._pending.pop(key, None)
            self._healing.note(view, message.seq, outcome)
            self._note(key, message.text, outcome)
            return view_values(view, outcome, message.text)
        if audience is None:
            audience = self._pending[key] = Audience(message.text)
        audience.join(reader)
        return view_values(view, Pending(), message.text)

    def read_topic(self, topic: str, view: str, reader: Recipient | None, retry: bool = False) -> View | None:
        """Return the translation of the room's `topic`, like `read`; an empty one is not translated."""
        return self.read(topic_message(topic), view, reader, retry) if topic else None

    def read_at_once(self, text: str, lang: str, view: str) -> View | None:
        """Return the translation of a text that is not stored, or None if it is not available immediately.

        No service is used, because its result would be stored.
        """
        if type(self.translators.get(view)) is Original:
            return None
        outcome = self._engine.known(self.translators, view, text, lang or None)
        return None if outcome is None else view_values(view, outcome, text)

    def read_again(self, message: Message, view: str) -> None:
        """Translate `message` again after a failure; everybody is notified unless it fails in the same way."""
        before = self._pending.get((view, message.seq))
        values = self.read(message, view, None, retry=True, urgency=Urgency.LATER)
        audience = self._pending.get((view, message.seq))
        if audience is not None:
            audience.knows_failure = audience is not before
        elif values is None or values["state"] != "failed":
            everybody = Audience(message.text, everybody=True)
            self._deliver(view, everybody, _event(message.seq, values or as_said(view)))

    def forget(self, seq: int) -> None:
        """Drop pending translations of message `seq` (or TOPIC), which has changed."""
        self._healing.forget(seq)
        for key in [key for key in self._pending if key[1] == seq]:
            del self._pending[key]
        self._last_shown.pop(seq, None)

    def forget_shown(self) -> None:
        """Forget all shown translations, because it is unknown which messages have changed."""
        self._last_shown.clear()

    def _note(self, key: tuple[str, int], said: str, outcome: Outcome) -> None:
        """Report the translation of a message, unless it is known or needs no service."""
        if self._shown is None or not isinstance(outcome, Translated) or key[1] == TOPIC:
            return
        view, seq = key
        translator = self.translators.get(view)
        if translator is None or translator.reach == "none":
            return
        shown = self._last_shown.setdefault(seq, {})
        digests = digest_of(said), digest_of(outcome.text)
        if shown.get(view) != digests:
            shown[view] = digests
            self._shown(view, seq, said, outcome.text)

    def _before(self, seq: int, view: str) -> Sequence[str]:
        """Return the messages before `seq`, if the translator `view` needs context."""
        translator = self.translators.get(view)
        if translator is None or not translator.context:
            return ()
        return texts_before(seq, translator.context, self._messages)

    def _ready(self, key: tuple[str, int], text: str, outcome: Outcome) -> None:
        audience = self._pending.get(key)
        if audience is None or audience.text != text:
            return  # it was removed or changed meanwhile
        del self._pending[key]
        self._note(key, text, outcome)
        view, seq = key
        self._healing.note(view, seq, outcome)
        if not (audience.knows_failure and isinstance(outcome, Failed)):
            self._deliver(view, audience, _event(seq, view_values(view, outcome, text) or as_said(view)))


def _event(seq: int, values: View) -> str:
    return topic_view_event(values) if seq == TOPIC else view_event(seq, values)


def topic_message(topic: str) -> Message:
    """Return the `topic` of a room as a message, for translation."""
    return Message(TOPIC, 0, "", topic)


def as_said(view: str) -> View:
    """Return the fields of a skipped translation by `view`, for a reader who waits for a result."""
    return {"as": view, "state": "skipped", "reason": ""}


def texts_before(seq: int, count: int, messages: Callable[[Iterable[int]], Iterable[Message]]) -> Sequence[str]:
    """Return the texts of the visible messages among the `count` messages before `seq`, oldest first."""
    return [each.text for each in messages(range(max(1, seq - count), seq)) if each.is_shown]
