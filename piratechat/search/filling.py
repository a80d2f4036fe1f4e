"""Fills the index from the log, and removes messages that were removed or changed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from piratechat.model.changes import ChangesMissing
from piratechat.model.chat import Chat
from piratechat.model.events import Message
from piratechat.model.room import Room
from piratechat.search.folding import folded
from piratechat.search.index import Index, Part
from piratechat.search.shown import Shown, view_key
from piratechat.translators.engine.cache import digest_of

#: Messages of a part to add in one transaction.
BATCH = 2_000
#: Maximum number of indexed in-process views of a room, in addition to the originals.
MAX_VIEWS = 4

#: Returns the translators of a room by name.
Translators = Callable[[Room], Mapping[str, Any]]
#: Returns the translation of a text in a language by one of these translators, or None if unknown.
Read = Callable[[Mapping[str, Any], str, str, str | None], str | None]


class Filling:
    """Updates `index` in steps of limited size."""

    def __init__(self, index: Index, translators: Translators, read: Read) -> None:
        self._index = index
        self._translators = translators
        self._read = read
        self._parts: dict[str, dict[str, Part]] | None = None

    def forget(self) -> None:
        """Read the index again, because its file was replaced."""
        self._parts = None

    def go_on(self, chat: Chat) -> bool:
        """Add at most a batch to each part, and remove what has been removed; return whether there is more to do."""
        if self._parts is None:
            self._index.begin(chat.epoch)
            self._parts = {}
            for part in self._index.parts():
                self._parts.setdefault(part.room, {})[part.view] = part
        if self._index.wanted():
            self._add_wanted(chat, self._parts)
        more = False
        for slug in chat.rooms:
            more = self._fill_room(chat.rooms[slug], self._parts.setdefault(slug, {})) or more
        more = (self._index.has_shown() and self._add_shown(chat, self._parts)) or more
        self._drop(slug for slug in list(self._parts) if chat.rooms.get(slug) is None)
        return more

    def _fill_room(self, room: Room, parts: dict[str, Part]) -> bool:
        last, rev = room.log.last, room.rev
        if last and "" not in parts:
            with self._index.writing():
                parts[""] = self._index.add_part(room.__name__, "")
        more = False
        for part in list(parts.values()):
            if (part.through, part.rev) != (last, rev):
                try:
                    more = self._fill(room, part) or more
                except BaseException:
                    self._parts = None  # the index no longer matches the cached state
                    raise
        return more

    def _fill(self, room: Room, part: Part) -> bool:
        """Update `part`; return whether there is more to add."""
        translator = self._translator(room, part.view) if part.view else None
        with self._index.writing():
            if part.view and translator is None:
                self._index.drop_part(part)
                assert self._parts is not None
                del self._parts[part.room][part.view]
                return False
            reading = self._reading(room, part.view)
            self._take_out(room, part, reading)
            if translator is not None and _has_to_be_asked(translator):
                part.through = room.log.last  # translations by services are added when they are shown
            else:
                messages = room.messages(part.through, BATCH)
                self._index.insert(part, list(_rows(messages, reading)))
                part.through += len(messages)
            part.rev = room.rev
            self._index.keep_part(part)
        room._p_jar.cacheGC()
        return part.through < room.log.last

    def _take_out(self, room: Room, part: Part, reading: Callable[[Message], str | None]) -> None:
        """Update changed messages in the index."""
        changed = _changed(room, part)
        if changed is None:
            self._index.clear(part)
            return
        self._index.delete(part, changed)
        found = (room.message(seq) for seq in changed)
        self._index.insert(part, list(_rows((message for message in found if message is not None), reading)))

    def _translator(self, room: Room, view: str) -> Any:
        """Return the translator for the view of a part, or None if the view no longer exists."""
        return next((each for name, each in self._translators(room).items() if view_key(name, each) == view), None)

    def _reading(self, room: Room, view: str) -> Callable[[Message], str | None]:
        """Return a function that translates messages through a part's view, without using a service."""
        if not view:
            return lambda message: message.text
        translators = self._translators(room)
        name = next(name for name, each in translators.items() if view_key(name, each) == view)
        if _has_to_be_asked(translators[name]):
            return lambda _message: None
        return lambda message: self._read(translators, name, message.text, message.lang or None)

    def _add_shown(self, chat: Chat, parts: dict[str, dict[str, Part]]) -> bool:
        """Add translations that were shown to readers; return whether there are more."""
        shown = self._index.shown(BATCH)
        settled = {row: each for row, each in shown if not _is_ahead(each, chat)}
        with self._index.writing():
            for each in settled.values():
                self._add_one(chat, parts, each)
            self._index.forget_shown(list(settled))
        return len(shown) == BATCH and bool(settled)

    def _add_one(self, chat: Chat, parts: dict[str, dict[str, Part]], shown: Shown) -> None:
        """Add a translation to its part, unless the message has changed meanwhile."""
        room = chat.rooms.get(shown.room)
        message = None if room is None else room.message(shown.seq)
        if room is None or message is None or not message.is_shown or digest_of(message.text) != shown.digest:
            return
        if self._translator(room, shown.view) is None:
            return
        found = parts.setdefault(shown.room, {})
        part = found.get(shown.view)
        if part is None:
            part = found[shown.view] = self._index.add_part(shown.room, shown.view)
            part.through, part.rev = room.log.last, room.rev
            self._index.keep_part(part)
        self._index.delete(part, [shown.seq])
        self._index.insert(part, list(_rows([message], lambda _message: shown.text)))
        self._index.keep_translation(part, shown)

    def _add_wanted(self, chat: Chat, parts: dict[str, dict[str, Part]]) -> None:
        wanted = self._index.wanted()
        with self._index.writing():
            self._index.forget_wanted()
            for slug, name in wanted:
                room = chat.rooms.get(slug)
                if room is None:
                    continue
                found, translator = parts.setdefault(slug, {}), self._translators(room).get(name)
                if translator is None or _has_to_be_asked(translator) or self._made_here(room, found) >= MAX_VIEWS:
                    continue
                key = view_key(name, translator)
                if key not in found:
                    found[key] = self._index.add_part(slug, key)

    def _made_here(self, room: Room, parts: Iterable[str]) -> int:
        """Return how many of the views are translated in-process."""
        found = (self._translator(room, view) for view in parts if view)
        return sum(translator is not None and not _has_to_be_asked(translator) for translator in found)

    def _drop(self, slugs: Iterable[str]) -> None:
        """Remove rooms that no longer exist."""
        assert self._parts is not None
        for slug in slugs:
            with self._index.writing():
                for part in self._parts.pop(slug).values():
                    self._index.drop_part(part)


def _has_to_be_asked(translator: Any) -> bool:
    return bool(translator.reach != "none")


def _is_ahead(shown: Shown, chat: Chat) -> bool:
    """Whether readers had received more of the room than can be read here yet."""
    room = chat.rooms.get(shown.room)
    return room is not None and (shown.rev > room.rev or shown.seq > room.log.last)


def _changed(room: Room, part: Part) -> list[int] | None:
    """Return the messages of `part` that have changed since, or None if that is unknown."""
    if part.through > room.log.last or part.rev > room.rev:
        return None  # another room with the same name
    try:
        seqs = {seq for change in room.changes.forward(part.rev, room.rev - part.rev) for seq in change.seqs}
    except ChangesMissing:
        return None
    return sorted(seq for seq in seqs if seq <= part.through)


def _rows(messages: Iterable[Message], reading: Callable[[Message], str | None]) -> Iterable[tuple[int, str, str]]:
    for message in messages:
        text = None if message.removed or not message.text else reading(message)
        words = folded(text) if text else ""
        if words:
            yield message.seq, words, folded(message.author)
