"""Erasing messages again that a back-up has restored."""

import secrets
import time
from collections.abc import Iterable

from piratechat.model.chat import Chat
from piratechat.model.commands import Erase
from piratechat.model.log import LogDamaged
from piratechat.model.nonces import Nonces
from piratechat.storage.revoked import Erasure, room_digest


def erase_again(chat: Chat, erasures: Iterable[Erasure]) -> dict[str, list[int]]:
    """Erase the messages `erasures` that are in `chat`; return their numbers, by the slugs of their rooms."""
    noted: dict[str, dict[int, set[int]]] = {}
    for erasure in erasures:
        noted.setdefault(erasure.room, {}).setdefault(erasure.seq, set()).add(erasure.at)
    now = time.time_ns() // 1_000_000
    key = secrets.token_bytes(32)  # no reader returns without loading the room again, because the epoch is new
    found: dict[str, list[int]] = {}
    for slug in chat.rooms:
        room = chat.rooms[slug]
        for seq, times in sorted(noted.get(room_digest(slug), {}).items()):
            try:
                entry = room.log.get(seq)
            except LogDamaged:
                continue  # its text cannot be read
            if entry is None or entry[0] not in times or room.is_erased(seq):
                continue
            Erase(slug, "", seq, by="operator").perform(room, now, Nonces(time.monotonic, key))
            found.setdefault(slug, []).append(seq)
    return found
