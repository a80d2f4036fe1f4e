"""Rate limits for visitors and addresses.

Anyone can get new cookies, so every limit for a visitor has a larger one for the address.
"""

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from piratechat.errors import CommandRejected
from piratechat.settings import Allowance, Settings
from piratechat.texts import plural
from pyramid_sockjs.servers.client_networks import network
from pyramid_sockjs.token_buckets import ClientBuckets, TokenBuckets

#: Typing notifications of one visitor: rate per second and burst; ...
TYPING = (0.5, 2)
#: ... and requests for translations.
READING = (2, 20)
#: Searches of one visitor: rate per second and burst.
SEARCHING = (0.5, 10)

#: Removals, restorations, erasures, pins and changes of the room by one visitor: rate per second and burst.
CHANGING = (5, 50)

#: Reactions of one visitor: rate per second and burst, ...
REACTING = (2, 30)
#: ... and of all visitors in one room, because all of its readers are notified each time.
REACTING_IN_ROOM = (20, 100)

#: Notifications that are not stored, in one room: rate per second and burst.
WHISPERING = (20, 100)

#: Pages for an address that has exceeded a limit: rate per second and burst.
RETURNED_FORMS = (0.2, 10)


class AddressLimit(ClientBuckets):
    """A rate limit for each address."""

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
    """A rate limit for each address that all processes share: `tell(address, tokens)` notifies the others of usage."""

    def __init__(
        self, rate: float, burst: float, tell: Callable[[str, int], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(rate, burst, clock=clock)
        self._tell = tell

    def spend(self, address: str, tokens: float = 1.0) -> None:
        super().spend(address, tokens)
        self._tell(address, math.ceil(tokens))

    def hear(self, address: str, tokens: int) -> None:
        """Take the `tokens` that an address has used in another process."""
        super().spend(address, tokens)


class Limits:
    """All rate limits.  Methods raise CommandRejected, with the seconds to wait.

    Limits on rare and expensive operations are shared by all processes: `tell(limit, address, tokens)` notifies the
    others. The readers of a room usually use one process, so their commands in it are counted there only.
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
        #: Rooms created.
        self.rooms = shared("rooms", settings.rooms_per_address)
        #: Attempts to take a name.
        self.names = shared("names", settings.names_per_address)
        #: SockJS sessions opened.
        self.sessions = addresses(settings.sessions_per_address)
        #: Commands over SockJS.
        self.commands = addresses(settings.commands_per_address)
        #: Pages, forms and JSON; rooms joined, and changes of translator.
        self.requests = addresses(settings.requests_per_address)
        #: Full exports.
        self.exports = shared("exports", settings.exports_per_address)
        #: Error pages that return the submitted text.
        self.returned_forms = AddressLimit(*RETURNED_FORMS, clock=clock)
        #: Failed logins of the operator.
        self.failures = shared("failures", settings.failures_per_address)

    def hear(self, limit: str, address: str, tokens: int) -> None:
        """Count usage by an address in another process; ignored for limits that are not shared."""
        shared = {"rooms": self.rooms, "names": self.names, "exports": self.exports, "failures": self.failures}
        if limit in shared:
            shared[limit].hear(address, tokens)

    def say(self, visitor: str, address: str, length: int) -> None:
        """Check the limits for a message of `length` characters."""
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
        """Check the limit for removing, restoring, erasing or pinning a message, or changing the room."""
        raise_if_limited(self._changing.wait(visitor))
        self._changing.spend(visitor)

    def react(self, visitor: str, address: str, slug: str) -> None:
        """Check the limits for a reaction in the room `slug`."""
        raise_if_limited(
            max(self._reacting.wait(visitor), self._reacting_in.wait(slug), self._reactions_of.wait(address))
        )
        self._reacting.spend(visitor)
        self._reacting_in.spend(slug)
        self._reactions_of.spend(address)

    def read(self, visitor: str, address: str) -> None:
        """Check the limits for a request for translations."""
        raise_if_limited(max(self._reading.wait(visitor), self.requests.wait(address)))
        self._reading.spend(visitor)
        self.requests.spend(address)

    def search(self, visitor: str | None, address: str) -> None:
        """Check the limits for a search; `visitor` is None without a cookie, because these all count as one."""
        own = self._searching.wait(visitor) if visitor is not None else 0.0
        raise_if_limited(max(own, self._searches_of.wait(address)))
        if visitor is not None:
            self._searching.spend(visitor)
        self._searches_of.spend(address)

    def may_type(self, visitor: str, address: str) -> bool:
        """Return whether others are notified that the visitor is typing."""
        if self._typing.wait(visitor) or self._typing_of.wait(address):
            return False
        self._typing.spend(visitor)
        self._typing_of.spend(address)
        return True

    def may_whisper(self, slug: str) -> bool:
        """Return whether a notification that is not stored may be sent to the readers of the room `slug`."""
        if self._whispering_in.wait(slug):
            return False
        self._whispering_in.spend(slug)
        return True


def network_of(environ: Mapping[str, Any]) -> str:
    """Return the key under which the use of a request's client is limited: its address, or its own network."""
    return network(environ.get("REMOTE_ADDR", ""))


def raise_if_limited(wait: float) -> None:
    """Raise CommandRejected if `wait`, in seconds, is greater than 0."""
    if wait:
        raise CommandRejected("rate-limited", plural("error.too_fast", math.ceil(wait)), wait)
