"""A room with all kinds of messages, and a browser for its screenshots."""

import base64
import json
import os
import urllib.parse
from unittest import TestCase

from sockjs_support.layers import BROWSER
from sockjs_support.waiting import wait_until
from tests.support.chat_servers import ChatLayer
from tests.support.chatting import Browser
from tests.support.paths import TOP

FOLDER = os.path.join(TOP, "theme")
THEMES = sorted(os.listdir(FOLDER))
#: The sample pages of each theme.
SAMPLES = ("index.html", "visitor.html", "home.html", "problem.html", "search.html", "pinned.html", "history.html")
SIZES = {1280: 900, 390: 844}
SCHEMES = ("light", "dark")
#: Themes that are always dark.
NIGHT_ONLY = {"terminal"}
#: Bootstrap's variables in a dark page of Plone 6, as far as the theme plone uses them; and none of them.
DARK_SITES = (
    {},
    {
        "body-color": "#dee2e6",
        "body-bg": "#212529",
        "secondary-text-emphasis": "#a7acb1",
        "border-color": "#495057",
        "link-hover-color": "#84c1d9",
        "danger-text-emphasis": "#ea868f",
        "gray-500": "#adb5bd",
        "gray-600": "#6c757d",
    },
)
#: Pseudo-classes of elements under the pointer, and of elements with the keyboard focus.
STATES = (["hover"], ["focus-visible", "focus-within", "focus"])

TALK = (
    ("Ada", "Hello, my friends! This is my room: where are you sailing today?"),
    ("Bo", "Hi! The boat is ready, and my crew is having breakfast."),
    ("Bo", "We leave in an hour."),
    ("Ada", "Yes, I am bringing the map. Do you know the island?"),
    ("Grace Hopper", "See https://example.org/islands/tortuga?page=2&sort=name for what they say of it."),
    ("Ada", ("Run `git pull && make serve` on the old laptop before you leave:\n```\ncd ~/piratechat\n"
            "make serve HOST=0.0.0.0 PORT=8080   # and wait until it says that it listens\n```\nand tell me.")),
    ("Bo", "First line of a longer message.\n\nSecond paragraph: nothing here is lost, not even the lines."),
    ("ليلى", "مرحبا بالعالم، 東京, Größe 🏴‍☠️🦜"),
    ("Bo", "Thequickbrownfoxjumpsoverthelazydogagainandagainandagainuntilthelineistoolongforeveryphoneintheworld"),
    ("Zoë", "This was a mistake"),
    ("Grace Hopper", "OK"),
    ("Ada", "Good night, everybody. It was my pleasure to have you here, and the next room is on me!"),
    ("Bo", "Thank you, and good night"),
)  # fmt: skip
MISTAKE = 10
#: Messages of the lively room, which also has edits, reactions and pins: author, text, and which message it answers.
LIVELY = (
    (
        "Ada",
        "Good morning, my friends! We sail at seven, from the old harbour; who brings the map of the island?",
        None,
    ),
    ("Bo", "I do, and the compsas as well.", None),
    ("Bo", "OK", 1),
    ("Ada", "@Bo, my friend, you are a treasure: the other map was wet, and nobody could read it.", 2),
    ("Grace Hopper", "Hide me, and nobody misses me.", None),
    ("Bo", "My password is swordfish.", None),
)
MISTYPED, CORRECTED = 2, "I do, and the compass as well."
TOPIC = "Saturday at seven, from the old harbour: bring warm clothes, and see https://example.org/map for the way."
#: A room that does not exist.
NOWHERE = "/rooms/blackbeard"

#: Sets an item of sessionStorage; returns whether it was missing before, or was there if it has to be empty.
KEEP = """
    const [key, text] = arguments
    const other = Boolean(sessionStorage.getItem(key)) !== Boolean(text)
    if (other) sessionStorage.setItem(key, text)
    return other
"""

#: Applies CSS rules for the states in `arguments[0]` to all elements, and undoes this for other states.  The
#: specificity of the selectors stays the same.  CSS.forcePseudoState is much slower: it needs a call for each element.
FORCE = """
    const forced = arguments[0]
    function force(rules) {
        for (const rule of rules) {
            for (const state of rule.selectorText ? ['hover', 'focus-visible', 'focus-within', 'focus'] : []) {
                const [real, always] = [`:${state}`, `:not(.never-${state})`]
                let selector = rule.selectorText.replaceAll(always, real)
                if (forced.includes(state)) selector = selector.replaceAll(new RegExp(`${real}(?![-\\w])`, 'g'), always)
                if (selector !== rule.selectorText) rule.selectorText = selector
            }
            if (rule.cssRules) force(rule.cssRules)
        }
    }
    for (const { cssRules } of document.styleSheets) force(cssRules)
"""


def schemes_of(theme):
    """Return the color schemes to test `theme` in: each that looks different."""
    return SCHEMES[1:] if theme in NIGHT_ONLY else SCHEMES


class Stage:
    """Ada's room on the server at `port`, with the messages of `TALK`."""

    def __init__(self, port):
        self.origin = f"http://127.0.0.1:{port}"
        self.people = {"Ada": Browser(port)}
        self.room = self.people["Ada"].open_room("Ada")
        for name, text in TALK:
            browser = self.people.setdefault(name, Browser(port))
            answer = browser.visit(self.room).post(f"{self.room}/messages", text=text, name=name)
            assert answer.status == 303, answer.body
        settings = {"title": "Ada", "translator": "pirate", "slow": "5"}
        for path, fields in (
            (f"messages/{MISTAKE}/remove", {}),
            ("mute", {"name": "Zoë"}),
            ("settings", settings),
            ("settings", {**settings, "slow": "0"}),
        ):
            assert self.people["Ada"].post(f"{self.room}/{path}", **fields).status == 303
        self.lively = self._open_lively_room()
        self.pages = {
            "home": ("Bo", "/"),
            "room": ("Bo", f"{self.room}?as=pirate"),
            "owner": ("Ada", f"{self.room}?as=pirate"),
            "stranger": (None, f"{self.room}/messages/7?as=original"),
            "problem": (None, NOWHERE),
            "offline": (None, "/offline"),
            "lively": ("Bo", f"{self.lively}?as=pirate"),
            "search": ("Bo", f"{self.room}/search?q=the&as=pirate"),
            "pinned": ("Bo", f"{self.lively}/pinned?as=pirate"),
            "history": ("Bo", f"{self.lively}/messages/{MISTYPED}/history"),
        }

    def _open_lively_room(self):
        room = self.people["Zoë"].open_room("Zoë")
        for name, text, reply_to in LIVELY:
            answer = {} if reply_to is None else {"reply_to": reply_to}
            self.people[name].visit(room)
            self._post(name, f"{room}/messages", {"text": text, "name": name, **answer})
        self._post("Bo", f"{room}/messages/{MISTYPED}/edit", {"text": CORRECTED})
        for name, seq, emoji in (
            ("Ada", 1, "🦜"),
            ("Bo", 1, "🦜"),
            ("Grace Hopper", 1, "👍"),
            ("Ada", 3, "❤️"),
            ("Bo", 4, "⚓"),
        ):
            self._post(name, f"{room}/messages/{seq}/react", {"emoji": emoji})
        for seq in (1, 4):
            self._post("Zoë", f"{room}/messages/{seq}/pin", {})
        settings = {"title": "The crew", "topic": TOPIC, "translator": "pirate", "slow": "0"}
        self._post("Zoë", f"{room}/settings", settings)
        return room

    def _post(self, name, path, fields):
        answer = self.people[name].post(path, **fields)
        assert answer.status == 303, (path, answer.body)

    @property
    def outbox(self):
        """The item of sessionStorage with unsent messages."""
        return f"piratechat:outbox:{self.room.rpartition('/')[2]}"

    @property
    def unsent(self):
        """The unsent messages that a browser stores after an error."""
        failed = {
            "nonce": "f1",
            "text": "Is anybody there?",
            "last": 0,
            "state": "failed",
            "reason": "You are muted.",
        }
        return json.dumps([failed])


class Camera:
    """A headless browser of any size that shows the pages of a stage."""

    def __init__(self, driver):
        self.driver = driver

    def frame(self, width, height, scale=1):
        """Set the size of the viewport in CSS pixels; `scale` is the zoom factor."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500},
        )

    def light(self, scheme="light", **media):
        """Emulate the color scheme, and other media features by their names with _ instead of -."""
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features |= {name.replace("_", "-"): value for name, value in media.items()}
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": name, "value": value} for name, value in features.items()]},
        )

    def show(self, stage, page, theme):
        """Load `page` of `stage` in `theme`, as the visitor to whom the page belongs."""
        if page == "problem":
            BROWSER.console.expect(f"{NOWHERE} .* 404")
        person, path = stage.pages[page]
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        cookies = {**(stage.people[person].cookies if person else {}), "piratechat-theme": theme}
        for name, value in cookies.items():
            self.driver.execute_cdp_cmd("Network.setCookie", {"name": name, "value": value, "url": stage.origin})
        unsent = stage.unsent if page == "room" else ""
        # Pages read the item when they load.
        if self.driver.current_url.startswith(f"{stage.origin}/"):
            self.driver.execute_script(KEEP, stage.outbox, unsent)
        self.driver.get(urllib.parse.urljoin(stage.origin, path))
        if page in ("room", "owner", "stranger", "lively"):
            self._enter(stage, page, unsent)

    def _enter(self, stage, page, unsent):
        # The item could not be set in a page of another origin.
        if self.driver.execute_script(KEEP, stage.outbox, unsent):
            self.driver.refresh()
        self.wait_for_connection()
        if page == "owner":
            self.driver.execute_script(
                "document.getElementById('more').showPopover(); document.getElementById('owner').open = true"
            )

    def wait_for_connection(self):
        """Wait until the room is connected."""
        connected = "return document.getElementById('connection').dataset.state === 'connected'"
        wait_until(lambda: self.driver.execute_script(connected), "connected")

    def darken(self, variables):
        """Show the page as in a Plone site that is dark, whose style sheets define these variables of Bootstrap."""
        self.driver.execute_script(
            "const root = document.documentElement; root.removeAttribute('style'); root.dataset.bsTheme = 'dark';"
            "for (const [name, value] of Object.entries(arguments[0])) root.style.setProperty(`--bs-${name}`, value)",
            variables,
        )

    def have_states(self, states):
        """Force pseudo-classes, one of `STATES` or none, on all elements until the next page load."""
        self.driver.execute_script(FORCE, states)

    def sample(self, theme, file="index.html"):
        """Load a sample page of `theme` from disk."""
        self.driver.get(f"file://{FOLDER}/{theme}/{file}")

    def picture(self, path):
        # Fonts and images may still be loading.
        self.driver.execute_async_script("document.fonts.ready.then(() => requestAnimationFrame(arguments[0]))")
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    @property
    def overflow(self):
        """Return the pixels by which the page is wider than the viewport."""
        return self.driver.execute_script(
            "const {scrollWidth, clientWidth} = document.documentElement; return scrollWidth - clientWidth"
        )


class StageLayer(ChatLayer):
    """A chat server with the stage's rooms, and a browser."""

    def setUp(self):
        super().setUp()
        self.stage = Stage(self.port)
        self.driver = BROWSER.driver

    def tearDown(self):
        super().tearDown()
        if self.driver is not None:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


STAGE = StageLayer("STAGE", BROWSER)


class Seen(TestCase):
    """A test case that shows themes in a browser."""

    layer = STAGE

    def setUp(self):
        if self.layer.driver is None:
            self.skipTest(BROWSER.MISSING)
        self.stage, self.driver, self.camera = self.layer.stage, self.layer.driver, Camera(self.layer.driver)
        self.camera.frame(1280, 900)
        self.camera.light()
