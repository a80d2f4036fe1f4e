"""The interfaces between the parts of the chat; plug-ins implement some of them."""
# mypy: disable-error-code="no-untyped-def, misc"

from zope.interface import Attribute, Interface


class IRoom(Interface):
    """A room: its settings, its owner and its log."""

    __name__ = Attribute("the slug, as in the URL")
    title = Attribute("its display name: text, 1 to 80 characters")
    owner = Attribute("the id of the visitor who owns it")
    translator = Attribute("the name of its default translator, or None for the chat's default")
    read_only = Attribute("whether only the owner may post: bool")
    slow = Attribute("minimum seconds between two messages of one visitor: int, 0 for no limit")
    third_party_translation = Attribute(
        "whether third parties may translate its messages (it then provides IThirdPartyRoom): bool"
    )
    log = Attribute("its messages: a piratechat.model.log.Log")
    moderation_log = Attribute(
        "its moderation log, newest first: a list of at most 100 piratechat.model.moderation_log.LogEntry"
    )


class IThirdPartyRoom(IRoom):
    """A marker for rooms whose owner allows translation by third parties."""


class ITranslator(Interface):
    """Renders messages for a reader: in another language, or in another style.

    A translator is registered as a named adapter of a room; its name appears in URLs (`?as=NAME`). Translators are
    stateless.  They use no database, no request and no randomness, and any greenlet may call them.

    The chat does the rest: it protects code, addresses, mentions, emoji and formatting marks, splits texts that are too
    long, merges requests for the same text, caches results, enforces timeouts, and reports failures.
    """

    name = Attribute("a URL slug: text")
    title = Attribute("the label in the menu of translators: text")
    version = Attribute("part of the cache keys: text; change it when the results for the same text change")
    kind = Attribute('"style" or "language"')
    reach = Attribute(
        'where the texts go: "none" (this process only), "host" (this machine, or one of the operator\'s), or '
        '"third-party".  Translators with "none" are called synchronously, so they must be fast (microseconds), '
        "deterministic, and must not block"
    )
    recipient = Attribute("who receives the texts, as readers are told: text, or None if reach is none")
    source = Attribute("the language to assume for messages whose language is unknown: a BCP 47 tag, or None")
    target = Attribute(
        "the default target language: a BCP 47 tag; None for a style, and for a language translator whose readers "
        "choose one of its targets()"
    )
    masking = Attribute(
        'how it receives texts that contain code, addresses, mentions, emoji or formatting: "split" - only the text '
        'between these; "tags" - XML in which each of them is a tag <x id="0"/>; "slots" - text in which each of them '
        'is a slot \u27e61\u27e7 (tags and slots may be returned in any order); "own" - the whole text, which the '
        "translator protects itself"
    )
    max_items = Attribute("maximum number of texts in a batch: int")
    max_item_length = Attribute("maximum number of characters in one text: int; longer texts are split")
    max_length = Attribute("maximum number of characters in a batch: int")
    mixes_rooms = Attribute(
        "whether a batch may have texts of several rooms: bool; false if a result could reveal in one room what was "
        "written in another, as with a language model"
    )
    context = Attribute("how many of the room's preceding messages it receives as `before`: int; usually 0")
    counts_tokens = Attribute(
        "whether it calls `piratechat.plugin.count_tokens`, so that a token budget can be set: bool"
    )
    timeout = Attribute("seconds that one call may take by default: float")

    def targets():
        """Return the BCP 47 tags of the known target languages, without asking the service; may be empty."""

    def supports(source, target):
        """Return whether it translates from `source` (a BCP 47 tag, or None if unknown) to `target`.

        Must not block.
        """

    def check(deadline):
        """Return if the translator is ready by `deadline` (monotonic seconds); otherwise raise TranslationError."""

    def translate(batch, target=None, source=None, deadline=None):
        """Return one outcome for each text of `batch`, in the same order.

        `batch`: plain texts (XML where `masking` is "tags") within the limits above; `target`, `source`: BCP 47 tags,
        or None for the translator's default and for an unknown language; `deadline`: monotonic seconds, or None.

        If `context` is greater than 0, the argument `before` has the messages that precede the first text of `batch`,
        oldest first.

        An outcome is a `Translated`, `Skipped` or `Failed` of `piratechat.plugin`.  A TranslationError counts for the
        whole batch.  Outcomes are plain text: the chat escapes them when it renders a page.
        """


class ITranslatorBackend(Interface):
    """A factory of translators: a utility, registered under the name that `use =` gives in the ini file."""

    def __call__(options):
        """Return an ITranslator made from `options`, a `piratechat.plugin.Options`.

        Must not connect to anything.  Raises ValueError, with the name of the setting, for an invalid value.
        """


class IRelay(Interface):
    """Carries texts between the processes of a chat, on named channels.

    The chat does not depend on delivery: a relay may lose, delay, duplicate or reorder texts, since each process
    detects gaps by message numbers and reads the rest from the database.  A relay should be fast.  Channels are
    `nodes`, `translations` and `room.SLUG`; the channels of two chats must not mix.

    An optional attribute `dropped` counts the texts that were not sent, by reason (such as `not-connected` and
    `outbox-full`): a mapping of str to int, for metrics.
    """

    reaches_others = Attribute("whether texts reach other processes: bool; if false, nothing is published")
    connected = Attribute("whether it is connected in both directions, as far as it knows: bool")

    def start(receive, missed):
        """Connect, and reconnect until `stop`.  Returns immediately, and raises nothing if a connection fails.

        Called once, in the serving process.

        `receive(channel, text)` is called for each text on a subscribed channel, including those that this process
        published; it does not block.  `missed()` is called after each connection: texts that were published before may
        have been lost.
        """

    def publish(channel, text):
        """Queue `text` for publication, or drop it if the queue is full.  Must not block; raises nothing."""

    def subscribe(channel):
        """Return when every text published on `channel` from now on will arrive.

        Raises `piratechat.plugin.NotConnected` within about two seconds if there is no connection.  The relay then
        subscribes as soon as it connects.
        """

    def unsubscribe(channel):
        """Unsubscribe from `channel`.  Must not block."""

    def stop(timeout):
        """Send all queued texts, and disconnect, within about `timeout` seconds."""


class IRelayBackend(Interface):
    """A factory of relays: a utility, registered under the name that `piratechat.relay =` gives in the ini file."""

    def __call__(options):
        """Return an IRelay made from `options`, a `piratechat.plugin.Options` of `piratechat.relay.NAME.*`.

        Must not connect to anything.  Raises ValueError, with the name of the setting, for an invalid value.
        """


class IServices(Interface):
    """The services of the chat in one process, as the application factory assembled them: a utility."""
