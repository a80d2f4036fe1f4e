"""A real Plone site with a chat, in Chromium: "make test-plone" builds Plone, and runs this.

pytest does not collect this file by its name.  `make plone` starts everything, once with the chat on its own port,
and once below the site.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from urllib.parse import quote

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By

from sockjs_support.browsers import start_browser
from sockjs_support.waiting import wait_until
from tests.support.paths import TOP

#: Timeouts in seconds: for creating the site and starting everything, and for the first page of Plone.
STARTING, PLONE = 400, 90
PICTURES = os.path.join(TOP, "artifacts", "plone")
SIZES = {1280: 900, 390: 844}


def setUpModule():
    os.makedirs(PICTURES, exist_ok=True)
    MadePlone.var = tempfile.mkdtemp(prefix="plone-")


def tearDownModule():
    shutil.rmtree(MadePlone.var)


def four_ports():
    """Return the first of four free ports."""
    while True:
        first = random.randrange(20_000, 60_000)
        try:
            for port in range(first, first + 4):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


class MadePlone:
    """The result of `make plone`; the first run creates the site."""

    var = ""

    def __init__(self, below):
        self.port = four_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self.chat_url = self.url + below if below else f"http://127.0.0.1:{self.port + 1}"
        command = [os.path.join(TOP, "bin", "python"), os.path.join(TOP, "tools", "plone.py"), "--below", below]
        with open(os.path.join(self.var, "output"), "wb") as self._log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), "--var", self.var], stdout=self._log, stderr=subprocess.STDOUT
            )
        try:
            wait_until(lambda: "Ctrl+C" in self.output() or self._process.poll() is not None, "the site", STARTING)
            assert self._process.poll() is None, self.output()
        except BaseException:
            self.stop()
            raise
        with open(os.path.join(self.var, "plone", "members.json"), encoding="utf-8") as file:
            self.passwords = {user: password for user, (_name, password, _roles) in json.load(file).items()}

    def output(self):
        with open(os.path.join(self.var, "output"), encoding="utf-8") as file:
            return file.read()

    def log(self, name):
        with open(os.path.join(self.var, "plone", "log", name), encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def is_anything_left(self):
        """Whether one of the ports is still open."""
        for port in range(self.port, self.port + 4):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return True
        return False


class Person:
    """A person with a browser."""

    def __init__(self, made):
        self.made = made
        self.driver = start_browser()
        self.driver.set_page_load_timeout(PLONE)
        self.resize(1280)

    def resize(self, width):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": SIZES[width], "deviceScaleFactor": 1, "mobile": width < 500},
        )

    def log_in(self, user):
        self.driver.get(f"{self.made.url}/login")
        self.one("[name='__ac_name']").send_keys(user)
        self.one("[name='__ac_password']").send_keys(self.made.passwords[user])
        self.press("#buttons-login")
        self.wait_for("body:not(.userrole-anonymous)")

    def press(self, selector):
        # Plone's toolbar may cover a button.
        self.driver.execute_script("arguments[0].click()", self.one(selector))

    def one(self, selector):
        """Wait for an element, and return it."""
        return self.wait_for(selector)

    def wait_for(self, selector):
        found = []

        def look():
            try:
                found.append(self.driver.find_element(By.CSS_SELECTOR, selector))
            except (NoSuchElementException, StaleElementReferenceException, WebDriverException):
                return False
            return True

        wait_until(look, f"{selector} in {self.driver.current_url}", PLONE)
        return found[-1]

    def enter(self, room):
        """Go to the room's own page, like links of the site."""
        self.driver.get(f"{self.made.chat_url}/plone/enter?next={quote(f'/rooms/{room}')}")
        self.wait_for("#connection[data-state='connected']")

    def see_room_in_page(self, page):
        """Go to the page of the site, and into its frame."""
        self.driver.switch_to.default_content()
        self.driver.get(page)
        frame = self.one("iframe.piratechat")
        self.driver.execute_script("arguments[0].scrollIntoView()", frame)
        self.driver.switch_to.frame(frame)
        self.wait_for("#connection[data-state='connected']")

    def say(self, text):
        self.one("#text").send_keys(f"{text}\n")

    def hears(self, author, text):
        """Wait for a message."""
        said = """return [...document.querySelectorAll('#messages .message')].map((one) => one.textContent)"""
        wait_until(
            lambda: any(author in one and text in one for one in self.driver.execute_script(said)),
            f"{text!r} of {author}",
            PLONE,
        )

    def pictures(self, name):
        for width in SIZES:
            self.resize(width)
            self.driver.save_screenshot(os.path.join(PICTURES, f"{name}-{width}.png"))
        self.resize(1280)

    def complaints(self):
        """Return the errors in the browser's console about pages of the chat, since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]


class OnItsOwnPort(unittest.TestCase):
    below, name, title = "", "own-port", "Trip to the island"

    @classmethod
    def setUpClass(cls):
        cls.made = MadePlone(cls.below)
        cls.addClassCleanup(cls.made.stop)

    def person(self, user=None):
        person = Person(self.made)
        self.addCleanup(person.driver.quit)
        if user:
            person.log_in(user)
        return person

    def test_an_editor_adds_a_room_and_members_use_it(self):
        erin = self.person("erin")
        page = self.add_room(erin, self.title)
        erin.see_room_in_page(page)
        erin.say("Hello, this is the page of our trip")
        erin.hears("Erin Editor", "trip")
        mia = self.person("mia")
        mia.see_room_in_page(page)
        mia.hears("Erin Editor", "trip")
        mia.say("I come with you")
        erin.hears("Mia Member", "with")
        erin.driver.switch_to.default_content()
        room = self.room_of(mia)
        mia.driver.execute_script("scrollTo({ top: 0, behavior: 'instant' })")
        mia.pictures(f"page-{self.name}")
        self.see_the_look(mia, room)
        self.keep_a_stranger_from_the_name(room)
        self.log_out(mia, room)

    def add_room(self, erin, title):
        erin.driver.get(f"{self.made.url}/++add++ChatRoom")
        erin.one("#form-widgets-IDublinCore-title").send_keys(title)
        erin.press("#form-buttons-save")
        erin.wait_for("iframe.piratechat")
        page = erin.driver.current_url
        erin.driver.get(erin.one("#workflow-transition-publish").get_attribute("href"))
        erin.wait_for("iframe.piratechat")
        return page

    def room_of(self, person):
        room = person.driver.execute_script("return document.querySelector('main').dataset.room")
        person.driver.switch_to.default_content()
        return room

    def see_the_look(self, mia, room):
        wait_until(lambda: "has changed, and was updated" in self.made.log("chat.log"), "the site's page", PLONE)
        mia.complaints()
        mia.enter(room)
        self.assertTrue(mia.driver.current_url.startswith(f"{self.made.chat_url}/rooms/"))
        loaded = (
            "const logo = document.querySelector('#portal-logo img'); return logo.complete && logo.naturalWidth > 0"
        )
        wait_until(lambda: mia.driver.execute_script(loaded), "the logo")
        blue = "return getComputedStyle(document.querySelector('#mainnavigation nav')).backgroundColor"
        self.assertEqual(mia.driver.execute_script(blue), "rgb(0, 123, 177)")
        self.assertTrue(mia.driver.execute_script("return document.fonts.check('16px Roboto')"))
        sheets = "return [...document.querySelectorAll('link[rel=stylesheet]')].map(({ href }) => href)"
        copied = [sheet for sheet in mia.driver.execute_script(sheets) if "/of-site-" in sheet]
        self.assertTrue(copied)
        self.assertEqual([sheet for sheet in copied if not sheet.startswith(f"{self.made.chat_url}/theme/")], [])
        mia.say("This is how it looks")
        mia.hears("Mia Member", "looks")
        mia.pictures(f"room-{self.name}")
        mia.driver.get(f"{self.made.chat_url}/")
        self.assertIn("Plone Foundation", mia.one("#portal-footer-wrapper").text)
        mia.pictures(f"home-{self.name}")
        self.assertEqual(mia.complaints(), [])

    def keep_a_stranger_from_the_name(self, room):
        eve = self.person()
        eve.enter(room)
        eve.one("#text").send_keys("It is me")
        eve.one("#name").send_keys("Mia Member")
        eve.press("#saying button")
        wait_until(lambda: "already taken" in eve.one("body").text, "a refusal")
        self.assertTrue(eve.one("#name").is_displayed())
        self.assertNotIn("It is me", eve.one("#messages").text)

    def log_out(self, mia, room):
        mia.enter(room)
        mia.driver.switch_to.new_window("tab")
        mia.driver.get(f"{self.made.url}/logout")
        mia.wait_for("body.userrole-anonymous")
        mia.driver.close()
        mia.driver.switch_to.window(mia.driver.window_handles[0])
        mia.one("#name")  # the window has become a stranger's
        mia.enter(room)
        mia.one("#name")


class BelowTheSite(OnItsOwnPort):
    below, name, title = "/chat", "below", "Trip to the mainland"

    def test_cookies_of_the_chat_are_for_its_path(self):
        mia = self.person("mia")
        mia.driver.get(f"{self.made.chat_url}/plone/enter")
        mia.wait_for("#open")
        cookies = {one["name"]: one["path"] for one in mia.driver.get_cookies()}
        self.assertEqual(cookies["piratechat-member"], "/chat")
        self.assertEqual(cookies["__ac"], "/")
        mia.driver.get(self.made.url)
        self.assertFalse([one for one in mia.driver.get_cookies() if one["name"].startswith("piratechat")])


class Ending(unittest.TestCase):
    def test_no_files_and_no_processes_remain(self):
        made = MadePlone("")
        made.stop()
        self.assertFalse(made.is_anything_left())
