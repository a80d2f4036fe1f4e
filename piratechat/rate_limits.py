"""How much one visitor and one address may do.

Cookies are free, so whatever is bounded for a visitor is bounded for the
address as well, there for as many people as may share one.
"""

import math
import time
from collections.abc import Callable
from functools import partial

from piratechat.errors import CommandRejected
from piratechat.settings import Allowance, Settings
from piratechat.texts import plural
from pyramid_sockjs.token_buckets import ClientBuckets, TokenBuckets

#: Times a second and at once that one visitor may be seen typing, ...
TYPING = (0.5, 2)
#: ... and ask how messages read.
READING = (2, 20)
#: Times a second and at once that one visitor may search.
SEARCHING = (0.5, 10)

#: Times a second and at once that one visitor may remove, restore, erase and pin messages, and change the room.
CHANGING = (5, 50)

#: Times a second and at once that one visitor may react to messages, ...
REACTING = (2, 30)
#: ... and all may in one room: each time all of its readers are told.
REACTING_IN_ROOM = (20, 100)

#: Times a second and at once that the readers of a room are told what is not kept.
WHISPERING = (20, 100)

#: Times a second and at once that one address gets a page where it asks for too many.
RETURNED_FORMS = (0.2, 10)


class AddressLimit(ClientBuckets):
    """What each address may do."""

    def take(self, address: str, tokens: float = 1.0) -> None:
        """Take tokens.  Raises CommandRejected if there are too few."""
        raise_if_limited(self.wait(address, tokens))
        self.spend(address, tokens)

    def may(self, address: str, tokens: float = 1.0) -> bool:
        """Take tokens; return whether there were enough."""
        if self.wait(address, tokens):
            return False
        self.spend(address, tokens)
        return True


class SharedLimit(AddressLimit):
    """What each address may do at all processes together: `tell(address, tokens)` tells the others what was taken."""

    def __init__(
        self, rate: float, burst: float, tell: Callable[[str, int], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(rate, burst, clock=clock)
        self._tell = tell

    def spend(self, address: str, tokens: float = 1.0) -> None:
        super().spend(address, tokens)
        self._tell(address, math.ceil(tokens))

    def hear(self, address: str, tokens: int) -> None:
        """Tokens were taken at another process."""
        super().spend(address, tokens)


class Limits:
    """The limits of all that can be done.  Methods raise CommandRejected, with the seconds to wait.

    What is rare and dear is limited at all processes together: `tell(limit, address, tokens)` tells the others.  The
    readers of a room come to one process, so that what they do there needs no telling.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str, str, int], None] = lambda _limit, _address, _tokens: None,
    ) -> None:
        def visitors(rate: float, burst: float) -> TokenBuckets:
            return TokenBuckets(rate, burst, clock=clock)

        def addresses(allowance: Allowance) -> AddressLimit:
            return AddressLimit(allowance.rate, allowance.count, clock=clock)

        def shared(name: str, allowance: Allowance) -> SharedLimit:
            return SharedLimit(allowance.rate, allowance.count, partial(tell, name), clock)

        self._messages = visitors(settings.message_rate, settings.message_burst)
        self._typing = visitors(*TYPING)
        self._reading = visitors(*READING)
        self._changing = visitors(*CHANGING)
        self._searching = visitors(*SEARCHING)
        self._searches_of = addresses(settings.searches_per_address)
        self._reacting = visitors(*REACTING)
        self._reacting_in = visitors(*REACTING_IN_ROOM)
        self._whispering_in = visitors(*WHISPERING)
        self._reactions_of = addresses(settings.reactions_per_address)
        self._messages_of = addresses(settings.messages_per_address)
        self._characters_of = addresses(settings.characters_per_address)
        self._typing_of = addresses(settings.typing_per_address)
        #: Rooms opened.
        self.rooms = shared("rooms", settings.rooms_per_address)
        #: Names tried.
        self.names = shared("names", settings.names_per_address)
        #: SockJS sessions opened.
        self.sessions = addresses(settings.sessions_per_address)
        #: Whatever is sent over SockJS.
        self.commands = addresses(settings.commands_per_address)
        #: Pages, forms and JSON; rooms joined, and messages read anew.
        self.requests = addresses(settings.requests_per_address)
        #: Whole logs.
        self.exports = shared("exports", settings.exports_per_address)
        #: Forms that come back with what was typed, where no other page would.
        self.returned_forms = AddressLimit(*RETURNED_FORMS, clock=clock)
        #: Wrong secrets.
        self.failures = shared("failures", settings.failures_per_address)

    def hear(self, limit: str, address: str, tokens: int) -> None:
        """Count what an address has done at another process; what is not limited together is nothing to this one."""
        shared = {"rooms": self.rooms, "names": self.names, "exports": self.exports, "failures": self.failures}
        if limit in shared:
            shared[limit].hear(address, tokens)

    def say(self, visitor: str, address: str, length: int) -> None:
        """Let a message of `length` characters pass."""
        raise_if_limited(
            max(
                self._messages.wait(visitor),
                self._messages_of.wait(address),
                self._characters_of.wait(address, length),
            )
        )
        self._messages.spend(visitor)
        self._messages_of.spend(address)
        self._characters_of.spend(address, length)

    def change(self, visitor: str) -> None:
        """Let one remove, restore, erase or pin a message, or change the room: everybody there is told."""
        raise_if_limited(self._changing.wait(visitor))
        self._changing.spend(visitor)

    def react(self, visitor: str, address: str, slug: str) -> None:
        """Let a reaction to a message in the room `slug` pass."""
        raise_if_limited(
            max(self._reacting.wait(visitor), self._reacting_in.wait(slug), self._reactions_of.wait(address))
        )
        self._reacting.spend(visitor)
        self._reacting_in.spend(slug)
        self._reactions_of.spend(address)

    def read(self, visitor: str, address: str) -> None:
        """Let one ask how messages read."""
        raise_if_limited(max(self._reading.wait(visitor), self.requests.wait(address)))
        self._reading.spend(visitor)
        self.requests.spend(address)

    def search(self, visitor: str | None, address: str) -> None:
        """Let one search; those without a cookie, who are all one visitor to us, are None."""
        own = self._searching.wait(visitor) if visitor is not None else 0.0
        raise_if_limited(max(own, self._searches_of.wait(address)))
        if visitor is not None:
            self._searching.spend(visitor)
        self._searches_of.spend(address)

    def may_type(self, visitor: str, address: str) -> bool:
        """Return whether others are told that the visitor types."""
        if self._typing.wait(visitor) or self._typing_of.wait(address):
            return False
        self._typing.spend(visitor)
        self._typing_of.spend(address)
        return True

    def may_whisper(self, slug: str) -> bool:
        """Return whether the readers of the room `slug` are told what a program says there, and is not kept."""
        if self._whispering_in.wait(slug):
            return False
        self._whispering_in.spend(slug)
        return True


def raise_if_limited(wait: float) -> None:
    """Raise CommandRejected if `wait`, in seconds, is not over."""
    if wait:
        raise CommandRejected("rate-limited", plural("error.too_fast", math.ceil(wait)), wait)
