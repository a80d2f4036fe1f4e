"""What the parts of the chat promise each other."""
# mypy: disable-error-code="no-untyped-def, misc"

from zope.interface import Attribute, Interface


class IRoom(Interface):
    """A room: who may do what in it, and its log."""

    __name__ = Attribute("the slug, as in the URL")
    title = Attribute("what people call it: text, 1 to 80 characters")
    owner = Attribute("the id of the visitor whose room it is")
    translator = Attribute("the name of the default translator, or None for the chat's")
    read_only = Attribute("whether only the owner may speak: bool")
    slow = Attribute("seconds between two messages of one visitor: int, 0 for no limit")
    third_party_translation = Attribute(
        "whether it may be translated by third parties, so that it provides IThirdPartyRoom: bool"
    )
    log = Attribute("everything that was said in it: a piratechat.model.log.Log")
    moderation_log = Attribute(
        "what the owner did, the newest first: a list of piratechat.model.moderation_log.LogEntry, a hundred at most"
    )


class IThirdPartyRoom(IRoom):
    """A room whose owner lets readers have it translated by third parties: a marker."""


class ITranslator(Interface):
    """Turns what was said into what a reader reads.

    A named adapter of a room; the name stands in URLs (`?as=NAME`).  Stateless:
    no database, no request, no random; safe to call from any greenlet.

    The chat does what no translator has to: it keeps code, addresses, mentions,
    emoji and marks of formatting from being touched, cuts what is too long, asks for the same text
    once, remembers, waits no longer than is allowed, and shows what failed.
    """

    name = Attribute("a URL slug: text")
    title = Attribute("what readers choose it by: text")
    version = Attribute("changes whenever the same text would be translated otherwise: text; part of cache keys")
    kind = Attribute('"style" or "language"')
    reach = Attribute(
        'how far what is said travels: "none" (this process), "host" (this machine, or the operator\'s own) or '
        '"third-party".  "none" is called in line with everything else, so it must be quick (microseconds, no waiting) '
        "and deterministic"
    )
    recipient = Attribute("who sees the text, in words fit for readers, or None where reach is none")
    source = Attribute(
        "the language that is taken for granted where nobody knows what something was said in: a BCP 47 tag, or None"
    )
    target = Attribute(
        "what it translates into unless asked otherwise: a BCP 47 tag; None for a style, and for a language translator "
        "of which readers choose one of its targets()"
    )
    masking = Attribute(
        'what it is given of a text with code, addresses, mentions, emoji or formatting in it: "split" - only what is '
        'between those; "tags" - XML in which each of them is a tag <x id="0"/>, and "slots" - text in which each of '
        'them is a slot \u27e61\u27e7, to be given back in any order; "own" - the whole, and it lets them be'
    )
    max_items = Attribute("texts in a batch, at most: int")
    max_item_length = Attribute("characters of one text, at most: int; longer ones come in pieces")
    max_length = Attribute("characters of a batch, at most: int")
    mixes_rooms = Attribute(
        "whether texts of several rooms may be in one batch: bool; false for what could tell in one room "
        "what was said in another, such as a language model"
    )
    context = Attribute(
        "how many messages that were said before a text, in its room, to be given with it as `before`: int; usually 0"
    )
    counts_tokens = Attribute("whether it calls `piratechat.plugin.count_tokens`, so that tokens have a budget: bool")
    timeout = Attribute("seconds that one call may take unless the ini file says otherwise: float")

    def targets():
        """Return the BCP 47 tags that it can translate into, as far as it knows without asking; may be empty."""

    def supports(source, target):
        """Return whether it translates from `source` (BCP 47, None for unknown) to `target`, without waiting."""

    def check(deadline):
        """Return if it is ready to translate, until `deadline` (monotonic seconds).  Raises TranslationError if not."""

    def translate(batch, target=None, source=None, deadline=None):
        """Return one outcome for each text of `batch`, in their order.

        Where `context` is more than 0 it is also given `before`: the texts that
        were said before the first of `batch`, the oldest first.

        `batch`: plain texts (XML where `masking` is "tags"), within the limits;
        `target`, `source`: BCP 47 tags, or None for what the translator has by
        default, and for not known; `deadline`: monotonic seconds by which to
        be done, or None.  An outcome is a `Translated`, `Skipped` or `Failed`
        of `piratechat.plugin`; a TranslationError that is raised counts
        for the whole batch.  The text in it is plain text too: escaping
        happens where it is shown.
        """


class ITranslatorBackend(Interface):
    """Makes translators from what the ini file says: a named utility; the name is what `use =` calls it."""

    def __call__(options):
        """Return an ITranslator made from `options`, a `piratechat.plugin.Options`.

        Nothing is asked yet, and nothing sent.  Raises ValueError, with the
        name of the setting, for one that makes no sense.
        """


class IRelay(Interface):
    """Carries texts between the processes of a chat, by channels.

    It is trusted with nothing: texts may be lost, late, doubled and in another order, for what
    readers have missed is found by its numbers and read from the database.  What it should be is
    quick.  Channels are `nodes`, `translations` and `room.SLUG`; those of two chats must not mix.

    It may count in an attribute `dropped` which texts were not sent, by reason (`not-connected`, `outbox-full` and
    others): a mapping of str to int, for metrics.
    """

    reaches_others = Attribute("whether texts reach other processes: bool; where not, none are published")
    connected = Attribute("whether texts get through now, in both directions, as far as it knows: bool")

    def start(receive, missed):
        """Connect, and connect again, until `stop`; returns at once, and raises nothing for a connection that fails.

        Called once, in the process that serves.

        `receive(channel, text)` is called for each text of a channel that is subscribed to, those
        included that were published here; it does not wait.  `missed()` is called whenever a
        connection was made: what was published before that may not have arrived.
        """

    def publish(channel, text):
        """Have `text` published; must not block, and raises nothing.  Texts are queued, within bounds, or dropped."""

    def subscribe(channel):
        """Return when all that is published on `channel` from now on arrives.

        Raises `piratechat.plugin.NotConnected` within about two seconds if that cannot be; the channel is subscribed
        to then as soon as there is a connection.
        """

    def unsubscribe(channel):
        """Hear no more of `channel`; must not block."""

    def stop(timeout):
        """Send what is queued, and disconnect, within about `timeout` seconds."""


class IRelayBackend(Interface):
    """Makes the relay from what the ini file says: a named utility; the name is what `piratechat.relay =` calls it."""

    def __call__(options):
        """Return an IRelay made from `options`, a `piratechat.plugin.Options` of `piratechat.relay.NAME.*`.

        Nothing is connected yet.  Raises ValueError, with the name of the setting, for one that makes no sense.
        """


class IServices(Interface):
    """The parts of the chat in one process, a utility: what the application factory assembled."""
