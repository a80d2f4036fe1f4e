"""Generate the sample pages of the themes: bin/python tools/samples.py [FOLDER].

The chat renders them, in each theme of FOLDER, from a conversation that shows every feature of a page.  This script
does what otherwise a server or the page's scripts do: links lead to other samples, and script-generated parts are
filled in. `make samples` runs it after a change of templates or of a theme.html.
"""

import configparser
import math
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import transaction
from gevent import sleep
from gevent.event import Event
from lxml import html
from lxml.builder import E
from webtest import TestApp

from piratechat import main
from piratechat.interfaces import IServices, IThirdPartyRoom
from piratechat.model.bidi import isolated
from piratechat.model.chat import chat_of
from piratechat.model.commands import Change, Claim, Command, Edit, Erase, Mute, Pin, React, Remove, Say
from piratechat.model.nonces import Nonces
from piratechat.themes.choices import COOKIE
from piratechat.themes.middleware import theme
from piratechat.translation import Translated, Translator, Unavailable
from piratechat.translators.builtin.pirate import Pirate
from piratechat.translators.engine.asked import Asked
from piratechat.views.authors import hue, initial
from piratechat.views.examples import SENTENCES
from piratechat.views.room_page import COINS

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NOTE = " Made by `make samples`.  Edit theme.html and the style sheets instead. "

#: The chat's layout style sheet, which is copied next to the samples.
BONES = "bones.css"

#: Seconds that translating may take, since the machine may be busy.
PATIENCE = 60

OWNER, ROOM = "Nora", "/rooms/nora"
START = datetime(2026, 11, 20, 17, 40, 0, 123000, UTC)

FAILING = "Größe, 東京, 🏴‍☠️🦜: can you all read this?"
WAITING = "I am bringing a cake."

#: The messages: minutes after the start, author, language, text, and the German translation.
TALK = (
    (0, "Nora", "en", "Hello, everybody, and welcome to my room!", None),
    (1, "Nora", "en", "We sail to the island on Saturday. Who is coming?",
     "Am Samstag segeln wir zur Insel. Wer kommt mit?"),
    (2, "Bo", "en", "I am, with two friends. When do we leave?", "Ich, mit zwei Freunden. Wann geht es los?"),
    (3, "Nora", "en", "At seven in the morning, from the old harbour.", "Um sieben Uhr früh, vom alten Hafen."),
    (15, "京子", "ja", "おはようございます。船は何人乗れますか。", "Guten Morgen. Wie viele passen auf das Schiff?"),
    (16, "Bo", "en", "Good question: twelve?", "Gute Frage: zwölf?"),
    (17, "Nora", "en", "Twelve, and a dog.", "Zwölf, und ein Hund."),
    (40, "ليلى", "ar", "مرحبا بالجميع! هل أستطيع أن آتي أيضا؟", "Hallo zusammen! Kann ich auch mitkommen?"),
    (41, "Nora", "en",
     "Yes, of course! See https://example.org/islands/tortuga?page=2&sort=name#map for the way.",
     "Ja, natürlich! Der Weg steht auf https://example.org/islands/tortuga?page=2&sort=name#map."),
    (900, "Bo", "en", "Good morning. Is everything ready?", "Guten Morgen. Ist alles bereit?"),
    (902, "Nora", "en", "Yes.", "Ja."),
    (903, "Nora", "en",
     ("The boat is ready, and the money for the harbour is paid. We can leave early tomorrow, when everybody has slept "
     "and the weather is good. Please read this first:\n\n  1. bring warm clothes\n  2. bring food for a day\n"
     "  3. look at https://example.org/weather before you leave"),
     ("Das Boot ist fertig, und der Hafen ist bezahlt. Morgen früh geht es los, wenn alle ausgeschlafen haben und das "
     "Wetter gut ist. Bitte lest das vorher:\n\n  1. Bringt warme Kleidung mit\n  2. Bringt Essen für einen Tag mit\n"
     "  3. Seht auf https://example.org/weather nach, bevor ihr geht")),
    (930, "Zoë", "en",
     ("To follow us on your own map, run `sail --track` like this:\n```\ncd ~/islands\n"
     "sail --track tortuga --every 5m   # it ends with Ctrl+C\n```\nIt needs no network."),
     ("Um uns auf eurer Karte zu folgen, startet `sail --track` so:\n```\ncd ~/islands\n"
     "sail --track tortuga --every 5m   # it ends with Ctrl+C\n```\nDas braucht kein Netz.")),
    (931, "ليلى", "en", "Thank you, Zoë!\nالخريطة على https://example.org/map ممتازة.",  # noqa: RUF001
     "Danke, Zoë!\nDie Karte auf https://example.org/map ist großartig."),
    (932, "Bo", "en", "> Thank you, Zoë!\nVery nice to meet you, **ليلى** 👋",
     "> Danke, Zoë!\nSchön, dich kennenzulernen, **ليلى** 👋"),
    (933, "Bo", "en",
     "Thequickbrownfoxjumpsoverthelazydogagainandagainandagainuntilthelineistoolongforeveryphoneintheworld", None),
    (940, "Zoë", "en", "This was a mistake, forget it.", None),
    (941, "Bo", "en", "My key is somewhere on the ship.", None),
    (941, "Bo", "en", "The door opens with swordfish.", None),
    (941, "Zoë", "en", FAILING, None),
    (942, "Zoë", "en", WAITING, None),
    (955, "京子", "ja", "⛵", None),
    (956, "Bo", "en", "@Nora, can I bring my dog on the ship?", None),
    (957, "Bo", "en", "He is *very* quiet, and needs:\n- water\n- ~~a bed~~\n  - of straw", None),
)  # fmt: skip
MISTAKE, DELETED, ERASED, LINKED, NEW = 17, 18, 19, 10, 23

#: Replies and the messages that they refer to, and originals of edited messages.
ANSWERS = {11: 10, NEW: 12}
MISTYPED = {LINKED: "Good morning. Is evrything ready?"}

#: The reactions.
REACTIONS = (
    (9, "ليلى", "❤️"),
    (12, "Bo", "👍"),
    (12, OWNER, "👍"),
    (12, "京子", "👍"),
    (12, "ليلى", "🦜"),
    (13, OWNER, "⚓"),
)

#: Commands on the room and its messages: minutes after the start, and a factory that gets the owner's id.
DEEDS: tuple[tuple[int, Callable[[str], Command]], ...] = (
    (-2, lambda owner: Change("nora", owner, {"title": "A trip to the island"})),
    (-1, lambda owner: Change("nora", owner, {"third_party_translation": True})),
    (
        -1,
        lambda owner: Change(
            "nora", owner, {"topic": "Saturday at seven, from the old harbour: https://example.org/map"}
        ),
    ),
    (901, lambda _owner: Edit("nora", "Bo", LINKED, TALK[LINKED - 1][3], math.inf)),
    (942, lambda _owner: Remove("nora", "Bo", DELETED)),
    (942, lambda _owner: Erase("nora", "Bo", ERASED)),
    (945, lambda owner: Remove("nora", owner, MISTAKE)),
    (946, lambda owner: Mute("nora", owner, "Zoë")),
    (947, lambda owner: Pin("nora", owner, 9)),
    (948, lambda owner: Pin("nora", owner, 12)),
)

SETTINGS = {
    "zodbconn.uri": "memory://",
    "piratechat.page_length": "16",
    "piratechat.sockjs_client": os.path.join(TOP, "node_modules", "sockjs-client", "dist", "sockjs.min.js"),
    "piratechat.translators": "sailor original german french",
    "piratechat.translator.sailor.timeout": "300",  # pending translations stay pending until all pages are made
    "piratechat.secret": "of the samples",
    "piratechat.operator_secret": "of the samples",
    "pyramid.includes": __name__,
}


class Slow(Translator):
    """Behaves like a translator over the network: it fails for one text, and never returns for another."""

    reach = "host"
    masking = "own"
    max_items = 1

    def translate(self, batch: Any, target: Any = None, source: Any = None, deadline: Any = None) -> Any:
        if FAILING in batch:
            raise Unavailable(f"{self.title} does not answer at the moment.")
        if WAITING in batch:
            Event().wait()
        return [Translated(self.translated(text)) for text in batch]

    def translated(self, text: str) -> str:
        """Return the translation of `text`."""
        return text


class Sailor(Slow):
    """The pirate, behind a simulated network."""

    name, title = "sailor", "Pirate"

    def translated(self, text: str) -> str:
        (outcome,) = Pirate().translate([text])
        return outcome.text if isinstance(outcome, Translated) else text


class German(Slow):
    """Has a fixed translation of the conversation."""

    name, title, kind, target = "german", "Deutsch", "language", "de"
    known = {said: german for _later, _who, _lang, said, german in TALK if german}

    def translated(self, text: str) -> str:
        return self.known.get(text, text)


class French(Slow):
    """Would send messages to a third party."""

    name, title, kind, target = "french", "Français", "language", "fr"
    reach, recipient = "third-party", "DeepL, a company in Germany"


def includeme(config: Any) -> None:
    """Register the translators."""
    sailor, german, french = Sailor(), German(), French()
    config.add_translator("sailor", lambda _room: sailor)
    config.add_translator("german", lambda _room: german)
    config.add_translator("french", lambda _room: french, for_=IThirdPartyRoom)


# The pages as the chat renders them


class Stage:
    """The chat with the themes of `folder`, and a room with the conversation; its data is in `var`."""

    def __init__(self, folder: str, var: str) -> None:
        self._chat = main({}, **SETTINGS, **{"piratechat.var": var})
        self._folder = folder
        self._owner = self._browser(self._chat)
        _filled(self._owner.get("/"), "open", name=OWNER).submit(status=303)
        services = self._chat.registry.getUtility(IServices)
        self._talk(services.database)
        _know_examples(services)

    @property
    def qr_code(self) -> bytes:
        """The QR code of the room's link, as SVG."""
        return self._owner.get(f"{ROOM}/qr.svg").body

    def pages(self, name: str) -> dict[str, html.HtmlElement]:
        """Return the pages in the theme `name`, by file name."""
        themed = theme(self._chat, {}, themes=" ".join(_offered(name)), folder=self._folder)
        owner, visitor = self._browser(themed, name), self._browser(themed, name)
        for cookie in self._owner.cookiejar:
            owner.cookiejar.set_cookie(cookie)
        opened = _filled(visitor.get("/"), "open", name=OWNER).submit(status=409)
        return {
            "index.html": self._room_of_owner(owner),
            "visitor.html": self._room_of_visitor(visitor),
            "home.html": _parsed(opened),
            "problem.html": _parsed(visitor.get("/rooms/blackbeard", status=404)),
            "search.html": _parsed(visitor.get(f"{ROOM}/search?q=is&as=original&limit=3")),
            "pinned.html": self._translated(visitor, f"{ROOM}/pinned?as=german"),
            "history.html": _parsed(owner.get(f"{ROOM}/messages/{LINKED}/history")),
        }

    def _room_of_owner(self, browser: TestApp) -> html.HtmlElement:
        """Return the end of the log, with rejected settings."""
        page = self._translated(browser, f"{ROOM}?as=sailor", WAITING)
        refused = _filled(browser.get(f"{ROOM}?as=sailor"), "settings", title="A trip to the island, " * 4).submit(
            status=413
        )
        return _with(page, "owner", _parsed(refused))

    def _room_of_visitor(self, browser: TestApp) -> html.HtmlElement:
        """Return the middle of the log in German, and a message under a name that is taken."""
        path = f"{ROOM}/messages/{LINKED}?as=german"
        page = self._translated(browser, path)
        said = _filled(browser.get(path), "say", name=OWNER, text="Is there room for one more?").submit(status=409)
        return _with(page, "say", _parsed(said))

    def _translated(self, browser: TestApp, path: str, *pending: str) -> html.HtmlElement:
        """Return the page when all messages except `pending` are translated.  Raises TimeoutError after PATIENCE."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            page = _parsed(browser.get(path))
            left = page.xpath("//li[@data-view='pending']/*[contains(@class, 'text')]")
            if [each.text_content().strip() for each in left] == [*pending]:
                return page
            sleep(0.05)
        raise TimeoutError(f"{path}: translating it takes too long")

    def _browser(self, application: Any, theme: str = "") -> TestApp:
        browser = TestApp(application, extra_environ={"HTTP_HOST": "chat.example", "wsgi.url_scheme": "https"})
        if theme:
            browser.set_cookie(COOKIE, theme)
        return browser

    def _talk(self, database: Any) -> None:
        manager = transaction.TransactionManager(explicit=True)
        connection = database.open(manager)
        manager.begin()
        room = chat_of(connection).rooms["nora"]
        for minutes, command in sorted(_commands(room.owner), key=lambda timed: timed[0]):
            at = START + timedelta(minutes=minutes)
            command.perform(room, round(at.timestamp() * 1000), Nonces(lambda: 0.0))
        manager.commit()
        connection.close()


def _know_examples(services: Any) -> None:
    """Wait for the translated examples of the home page.  Raises TimeoutError after PATIENCE."""
    translators = services.translators.all()
    for sentence in SENTENCES:
        done = Event()
        services.engine.read(translators, "sailor", Asked(sentence, "en"), lambda _outcome, done=done: done.set())
        if not done.wait(PATIENCE):
            raise TimeoutError(f"{sentence}: translating it takes too long")


def _commands(owner: str) -> Iterator[tuple[int, Command]]:
    for seq, (minutes, who, lang, text, _german) in enumerate(TALK, 1):
        said = MISTYPED.get(seq, text)
        yield minutes, Say("nora", _visitor(who, owner), said, name=who, lang=lang, reply_to=ANSWERS.get(seq))
    for seq, who, emoji in REACTIONS:
        yield 944, React("nora", _visitor(who, owner), seq, emoji)
    yield 950, Claim("nora", "Kofi", "Kofi")
    for minutes, make in DEEDS:
        yield minutes, make(owner)


def _visitor(name: str, owner: str) -> str:
    return owner if name == OWNER else name


def _offered(name: str) -> list[str]:
    """Return the themes to offer in samples of the theme `name`: the shipped ones, and itself."""
    shipped = configparser.ConfigParser(interpolation=None)
    shipped.read(os.path.join(TOP, "paster.ini"))
    return list(dict.fromkeys([*shipped["filter:theme"]["themes"].split(), name]))


def _filled(answer: Any, form: str, **fields: str) -> Any:
    found = answer.forms[form]
    for name, value in fields.items():
        found[name] = value
    return found


def _parsed(answer: Any) -> html.HtmlElement:
    return html.document_fromstring(answer.body, parser=html.HTMLParser(encoding="utf-8"))


def _with(page: html.HtmlElement, place: str, other: html.HtmlElement) -> html.HtmlElement:
    """Return `page` with the element `place` of `other`."""
    old = page.get_element_by_id(place)
    old.getparent().replace(old, other.get_element_by_id(place))
    return page


# Parts that scripts generate


def scripted_index(page: html.HtmlElement) -> None:
    """Make the owner's page look live."""
    _live(page)
    page.get_element_by_id("connection").set("data-state", "connected")
    _typing(page, "Bo", " is typing…")
    _tell(page, "below", "2 new messages")
    _tell(page, "saved", "Saved")
    _show(page, "find")
    page.get_element_by_id("owner").attrib.pop("open")
    undo = E.button("Undo", {"type": "button", "aria-label": f"Undo: restore message {MISTAKE}"})
    _fill(page, "undo", "Removed. ", undo)
    page.get_element_by_id(f"m{NEW}").addprevious(E.li("New", id="new"))
    page.get_element_by_id("messages").set("class", "with-toolbar")
    page.get_element_by_id(f"m{NEW}").append(_toolbar())
    page.get_element_by_id("messages").append(_whisper())
    line = E.span(E.b("Reply to ", E.bdi("Bo")), " ", E.q(TALK[NEW - 1][3], dir="auto"))
    _fill(page, "purpose", line, E.button("\N{MULTIPLICATION SIGN}", {"type": "button", "aria-label": "Cancel"}))
    _show(page, "purpose")
    back = E.p(E.span("This is the message that was answered."), E.button("Back to the answer", type="button"))
    back.set("id", "hint-back")
    page.get_element_by_id("notice").addnext(E.section(back, id="hints", role="status"))
    again, drop = (E.button(text, {"type": "button", "class": kind}) for kind, text in BUTTONS)
    pending = _unsent("1", "pending", "On its way.", "Not sent yet")
    _fill(page, "outbox", pending, _unsent("2", "failed again", "Is anybody there?", "You are too fast.", again, drop))


def scripted_visitor(page: html.HtmlElement) -> None:
    """Make the visitor's page show all kinds of problems."""
    _live(page)
    _tell(page, "connection", "Reconnecting…")
    page.get_element_by_id("connection").set("data-state", "reconnecting")
    _typing(page, "Nora", ", ", "Bo", " and ", "Zoë", " are typing…")
    _tell(page, "left", "1,003 too many")
    page.get_element_by_id("left").set("class", "over")
    page.get_element_by_id("text").set("aria-invalid", "true")
    _tell(page, "reason", "This room is read-only: only its owner can post.")
    _tell(page, "notice", "The owner changed what this room can be read as: reload to see it.")


#: The buttons of a message: kind, label and icon.
ACTIONS = (
    ({"data-action": "reply"}, "Reply", "M10 5l-6 6 6 6M4 11h10c4 0 6 2 6 7"),
    (
        {"data-action": "react"},
        "React",
        "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M8.5 14.5c2 2.5 5 2.5 7 0M9 9.5v.01M15 9.5v.01",
    ),
    ({"class": "more", "aria-haspopup": "dialog"}, "More", "M5 12v.01M12 12v.01M19 12v.01"),
)


def _toolbar() -> html.HtmlElement:
    """Return the toolbar of a message, as made by toolbar.js."""
    buttons = [
        E.button(
            E.svg(E.path(d=drawing), {"class": "icon", "viewBox": "0 0 24 24", "aria-hidden": "true"}),
            {"type": "button", "title": name, "aria-label": name, **kind},
        )
        for kind, name, drawing in ACTIONS
    ]
    return E.div(*buttons, {"class": "actions", "role": "toolbar", "aria-label": "Message actions"})


#: The time of a notification that is not stored: after the last message, by the reader's clock.
WHISPERED = "2026-11-21T10:00:00.000Z"


def _whisper() -> html.HtmlElement:
    """Return a notification that is not stored, as made by message.js."""
    hint = {"title": "This is not kept: it is gone when the page is loaded again."}
    parts = [
        E.b({"class": "author"}, E.bdi("Tide")),
        E.time("10:00", {"datetime": WHISPERED, "title": "21 November 2026"}),
        E.small("not kept", hint),
    ]
    for part in parts[:-1]:
        part.tail = " "
    text = E.div("High water in an hour.", {"class": "text", "dir": "auto"})
    return E.li({"class": "whisper", **_coin("Tide")}, E.p(*parts), text)


#: The buttons below an unsent message.
BUTTONS = (("again", "Try again"), ("drop", "Discard"))


def _live(page: html.HtmlElement) -> None:
    for name in ("beside", "copy", "notify", "leave", "show-keys"):
        _show(page, name)
    names = ["Bo", "Kofi", "Nora", "Zoë", "ليلى", "京子"]
    _fill(page, "present", *(E.li(E.bdi(name)) for name in names))
    _tell(page, "people-count", str(len(names)))
    pile = page.get_element_by_id("people-pile")
    pile.extend(E.span({"class": "coin", **_coin(name)}) for name in names[:COINS])


def _coin(name: str) -> dict[str, str]:
    return {"data-hue": str(hue(name)), "data-initial": initial(name)}


def _unsent(nonce: str, kinds: str, text: str, note: str, *buttons: html.HtmlElement) -> html.HtmlElement:
    return E.li(
        {"class": f"message own {kinds}", "data-nonce": nonce, **_coin(OWNER)},
        E.p({"class": "head"}, E.b({"class": "author"}, E.bdi(OWNER))),
        E.div(text, {"class": "text", "dir": "auto"}),
        E.p(note, {"class": "note brief" if "pending" in kinds else "note"}),
        *buttons,
    )


def _show(page: html.HtmlElement, name: str) -> None:
    page.get_element_by_id(name).attrib.pop("hidden", None)


def _tell(page: html.HtmlElement, name: str, text: str) -> None:
    _show(page, name)
    page.get_element_by_id(name).text = text


def _typing(page: html.HtmlElement, *words: str) -> None:
    """Show who is typing: names alternating with other words; each name is isolated, as in presence.js."""
    _show(page, "typing")
    place = page.get_element_by_id("typing")
    place.text = None
    for name, after in zip(words[::2], words[1::2], strict=True):
        bdi = place.makeelement("bdi")
        bdi.text, bdi.tail = name, after
        place.append(bdi)


def _fill(page: html.HtmlElement, name: str, *content: Any) -> None:
    place = page.get_element_by_id(name)
    place[:] = [one for one in content if not isinstance(one, str)]
    place.text = "".join(one for one in content if isinstance(one, str)) or None


def scripted_home(page: html.HtmlElement) -> None:
    """Show rooms on the home page, including one that was left, and one that is about to be forgotten."""
    for one in page.xpath("//*[@id='examples']/button"):
        one.attrib.pop("hidden")
    _show(page, "left-room")
    left, back = E.bdi("Treasure island"), E.a("Go back to it", {"href": "#"})
    left.tail, back.tail = ". Its messages and drafts were deleted from this device. ", None
    _fill(page, "left-room", "You left ", left, back)
    place = page.get_element_by_id("my-rooms")
    place.attrib.pop("hidden")
    place.find("ul").extend([_room("A trip to the island", "3 new"), _room("ليلى"), _asked("The old harbour")])


def _room(title: str, unread: str | None = None) -> html.HtmlElement:
    link = E.a({"href": ROOM}, E.bdi(title))
    if unread is not None:
        link[0].tail = " "
        link.append(E.small(unread, {"class": "unread"}))
    label = f"Forget {isolated(title)}"
    return E.li(link, E.button("Forget", {"type": "button", "class": "forget", "aria-label": label}))


def _asked(title: str) -> html.HtmlElement:
    question = f"Delete the messages and drafts of {isolated(title)} from this device? The room itself stays."
    return E.li(
        E.p(question, role="alert"), E.button("Forget", {"type": "button"}), E.button("Keep", {"type": "button"})
    )


SCRIPTED = {"index.html": scripted_index, "visitor.html": scripted_visitor, "home.html": scripted_home}


# Parts that need a server


def detached(page: html.HtmlElement, theme: str, file: str) -> html.HtmlElement:
    """Return `page` in a form that works from disk: without scripts, and with links to files in the folder."""
    for useless in page.xpath(
        "//script | //link[@rel='manifest' or @rel='apple-touch-icon' or @rel='modulepreload']"
        " | //input[@name='csrf_token' or @name='once' or @name='back']"
        " | //meta[@http-equiv or @property or starts-with(@name, 'twitter:') or @name='description']"
    ):
        useless.drop_tree()
    for element in page.iter("a", "link", "img"):
        element.attrib.pop("loading", None)  # files next to the page need no lazy loading
        for name in {"href", "src"} & set(element.attrib):
            element.set(name, _local(element.get(name), theme, file))
    for form in page.xpath("//form[@method='post']"):
        form.set("method", "get")
        form.set("action", file if form.getparent().get("id") == "theme-chooser" else "index.html")
    for form in page.xpath("//form[@class='pick']"):
        form.set("action", "index.html")
    for form in page.xpath("//form[@role='search']"):
        form.set("action", file)
    for attribute in page.xpath("//main/@*[starts-with(name(), 'data-')]"):
        del attribute.getparent().attrib[attribute.attrname]  # for scripts
    for element in page.iter():
        for name in ("xmlns", "xml:lang"):
            element.attrib.pop(name, None)  # added by Diazo, which writes XHTML
    return page


#: The samples with messages, for links.
LOGS = ("index.html", "visitor.html")


def _local(url: str, theme: str, file: str) -> str:
    own = re.fullmatch(rf"/theme/{theme}/(?:v-[0-9a-f]+/)?(.+)", url)
    message = re.search(r"/messages/(\d+)$", url)
    if own:
        return own[1]
    if url.endswith(f"/{BONES}"):
        return BONES
    if message:
        return f"{'' if file in LOGS else 'index.html'}#m{message[1]}"
    if url.endswith("/history"):
        return "history.html"
    if url.startswith("/"):
        path = url.partition("?")[0] if f"{ROOM}/search" in url else url
        known = {
            "/": "home.html",
            ROOM: "visitor.html",
            f"{ROOM}/qr.svg": "qr.svg",
            f"{ROOM}/search": "search.html",
            f"{ROOM}/pinned": "pinned.html",
        }
        return known.get(path, "#")
    return url


#: Elements whose white space is significant.
AS_TYPED = {"textarea", "pre", "code"}


def written(page: html.HtmlElement) -> str:
    """Return `page` as text, with an element that begins a line indented below its parent."""
    page.insert(0, html.HtmlComment(NOTE))
    _indent(page, 0)
    return "<!DOCTYPE html>\n" + html.tostring(page, encoding="unicode", method="html") + "\n"


def _is_typed(element: html.HtmlElement) -> bool:
    """Whether `element` contains the text of a message."""
    above = element.getparent()
    return "text" in element.classes or (element.tag == "div" and above is not None and "original" in above.classes)


def _indent(element: html.HtmlElement, depth: int) -> None:
    if element.tag in AS_TYPED or _is_typed(element) or not len(element):
        return
    broken = element.tag in ("html", "head", "body") or any("\n" in (one.tail or "") for one in element)
    line = "\n" + "  " * depth
    if broken and not (element.text or "").strip():
        element.text = line + "  "
    for child in element:
        _indent(child, depth + 1)
        if (broken or "\n" in (child.tail or "")) and not (child.tail or "").strip():
            child.tail = line if child.getnext() is None else line + "  "


def write(folder: str) -> None:
    """Write the sample pages of all themes in `folder`."""
    names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name, "theme.html")))
    with tempfile.TemporaryDirectory(prefix="piratechat-") as var:
        stage = Stage(folder, var)
        for name in names:
            for file, page in stage.pages(name).items():
                if file in SCRIPTED:
                    SCRIPTED[file](page)
                with open(os.path.join(folder, name, file), "w", encoding="utf-8") as sample:
                    sample.write(written(detached(page, name, file)))
            with open(os.path.join(folder, name, "qr.svg"), "wb") as picture:
                picture.write(stage.qr_code)
            shutil.copyfile(os.path.join(TOP, "piratechat", "static", "css", BONES), os.path.join(folder, name, BONES))


if __name__ == "__main__":
    write(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(TOP, "theme")))
