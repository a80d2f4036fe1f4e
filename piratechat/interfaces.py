"""What the parts of the chat promise each other."""
# mypy: disable-error-code="no-untyped-def"

from zope.interface import Attribute, Interface


class IChat(Interface):
    """The root of the database, and of traversal."""

    rooms = Attribute("the IRooms")


class IRooms(Interface):
    """All rooms: a mapping from slugs."""


class IRoom(Interface):
    """A room: who may do what in it, and its log."""

    __name__ = Attribute("the slug, as in the URL")
    title = Attribute("what people call it: text, 1 to 80 characters")
    owner = Attribute("the id of the visitor whose room it is")
    translator = Attribute("the name of the default translator, or None for the chat's")
    read_only = Attribute("whether only the owner may speak: bool")
    slow = Attribute("seconds between two messages of one visitor: int, 0 for no limit")
    log = Attribute("the ILog")


class IMessages(Interface):
    """The messages of a room, as resources: a mapping from the digits of `seq`."""


class IMessage(Interface):
    """One message as a resource."""

    seq = Attribute("its number in its room, from 1: int")


class ITranslator(Interface):
    """Turns what was said into what a reader reads.

    A named adapter of a room; the name stands in URLs (`?as=NAME`).  Stateless:
    no database, no request, no random; safe to call from any greenlet.
    """

    name = Attribute("a URL slug: text")
    title = Attribute("what readers choose it by: text")
    version = Attribute("changes whenever the same text would be translated otherwise: text")
    kind = Attribute('"style" or "language"')
    reach = Attribute('how far what is said travels: "none", "host" or "third-party"')
    recipient = Attribute("who sees the text, in words fit for readers, or None where reach is none")

    def translate(batch, target=None, source=None, deadline=None):
        """Return one outcome for each text of `batch`, in their order.

        `batch`: plain texts; `target`, `source`: BCP 47 tags, or None for
        what the translator has by default; `deadline`: monotonic seconds, or
        None.  An outcome is a `Translated`, `Skipped` or `Failed` of
        `piratechat.translation`.  The text in it is plain text too: escaping
        happens where it is shown.
        """


class IRelay(Interface):
    """Carries what has been committed to whoever reads the room, in this process and in others."""

    def publish(slug, events):
        """Tell the readers of the room `slug` of `events`, which are on disk; must not block.

        Events that are messages come in the order of their `seq`.  A relay
        may lose them: readers find a gap in `seq` and fill it from the log.
        """

    def subscribe(subscriber):
        """Have `subscriber(slug, events)` called for what is published."""


class IParts(Interface):
    """The parts of the chat in one process, a utility: what the application factory assembled."""
