"""How the messages of a live room read through its translators, and who waits for what is still being translated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from cachetools import LRUCache

from piratechat.live.event_json import topic_view_event, view_event
from piratechat.model.events import Message
from piratechat.serialization import view_values
from piratechat.translation import Outcome, Translated
from piratechat.translators.engine.engine import Engine
from piratechat.translators.engine.outcomes import Pending
from piratechat.translators.text.protected_spans import mentioning

#: Messages of a room of which it is known how they were shown last.
MAX_SHOWN = 2_000
#: The number under which the topic is read, like a message; no message has it.
TOPIC = 0


class Recipient(Protocol):
    """Someone who waits for a translation."""

    def send(self, message: str) -> None:
        """Hear a message."""


@dataclass(slots=True, eq=False)
class Audience:
    """Those who wait for the translation of `text`."""

    text: str
    #: Whether all do who read that way.
    everybody: bool = False
    readers: set[Recipient] = field(default_factory=set)

    def join(self, reader: Recipient | None) -> None:
        """Let `reader` wait, too; None for everybody."""
        if reader is None:
            self.everybody = True
        else:
            self.readers.add(reader)


class Translations:
    """Reads messages through `translators`, those of the room by name, which `engine` calls.

    `deliver` is called with the view, its audience and an event for each
    translation that has taken its time.  `shown` is called with the name of a
    translator that has to be asked, the number of a message, its text and how
    it is shown, where that is another way than before.
    """

    def __init__(
        self,
        translators: Mapping[str, Any],
        engine: Engine,
        deliver: Callable[[str, Audience, str], None],
        shown: Callable[[str, int, str, str], None] | None = None,
    ) -> None:
        self.translators = translators
        self._engine = engine
        self._deliver = deliver
        self._pending: dict[tuple[str, int], Audience] = {}
        self._shown = shown
        self._last_shown: LRUCache[int, dict[str, tuple[str, str]]] = LRUCache(MAX_SHOWN)

    @property
    def pending(self) -> int:
        """How many translations are awaited."""
        return len(self._pending)

    def read(
        self, message: Message, view: str, reader: Recipient | None, retry: bool = False
    ) -> Mapping[str, Any] | None:
        """Return how `message` reads, None if there is nothing to say about it.

        If that takes time, `reader` is sent the event later, or everybody
        without one.  What failed lately is tried again only if `retry`.
        """
        if not message.is_shown:
            return None
        key = (view, message.seq)
        audience = self._pending.get(key)
        if audience is None or audience.text != message.text:
            audience = Audience(message.text)
            ready, lang = partial(self._ready, key, audience), message.lang or None
            text = mentioning(message.text, message.mentions)
            outcome = self._engine.read(self.translators, view, text, lang, ready, retry)
            if not isinstance(outcome, Pending):
                self._pending.pop(key, None)
                self._note(key, message.text, outcome)
                return view_values(view, outcome, message.text)
            self._pending[key] = audience
        audience.join(reader)
        return view_values(view, Pending(), message.text)

    def read_topic(
        self, topic: str, view: str, reader: Recipient | None, retry: bool = False
    ) -> Mapping[str, Any] | None:
        """Return how the `topic` of the room reads, as `read` does; an empty one is not translated."""
        return self.read(Message(TOPIC, 0, "", topic), view, reader, retry) if topic else None

    def forget(self, seq: int) -> None:
        """Let nobody hear how message `seq` read before it was changed; TOPIC: the topic."""
        for key in [key for key in self._pending if key[1] == seq]:
            del self._pending[key]
        self._last_shown.pop(seq, None)

    def forget_shown(self) -> None:
        """Nobody knows which of the messages were changed meanwhile."""
        self._last_shown.clear()

    def _note(self, key: tuple[str, int], said: str, outcome: Outcome) -> None:
        """Tell of how a message is shown, unless that is known or made without asking anybody."""
        if self._shown is None or not isinstance(outcome, Translated) or key[1] == TOPIC:
            return
        view, seq = key
        translator = self.translators.get(view)
        if translator is None or translator.reach == "none":
            return
        shown = self._last_shown.setdefault(seq, {})
        if shown.get(view) != (said, outcome.text):
            shown[view] = said, outcome.text
            self._shown(view, seq, said, outcome.text)

    def _ready(self, key: tuple[str, int], audience: Audience, outcome: Outcome) -> None:
        if self._pending.get(key) is not audience:
            return  # it was removed or changed meanwhile
        del self._pending[key]
        self._note(key, audience.text, outcome)
        view, seq = key
        values = view_values(view, outcome, audience.text) or as_said(view)
        self._deliver(view, audience, topic_view_event(values) if seq == TOPIC else view_event(seq, values))


def as_said(view: str) -> Mapping[str, Any]:
    """Return the values of a message in which `view` changes nothing, for one who waits to hear so."""
    return {"as": view, "state": "skipped", "reason": ""}
