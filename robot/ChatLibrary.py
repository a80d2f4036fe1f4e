"""Keywords for the scenarios: a chat server, browsers, phones and notifications."""

import os
import re
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from robot.api import SkipExecution, logger
from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TOP, os.path.join(TOP, "pyramid_sockjs", "tests")]

from sockjs_support.browsers import CHROMIUM_ARGUMENTS, is_chromium_there  # noqa: E402
from sockjs_support.console import Console  # noqa: E402
from sockjs_support.layers import BrowserLayer  # noqa: E402
from tests.support.apertium import ApertiumLayer  # noqa: E402
from tests.support.chat_servers import CHAT, ChatLayer  # noqa: E402
from tests.support.multilingual import MULTILINGUAL  # noqa: E402
from tests.support.networks import Network  # noqa: E402

MISSING = BrowserLayer.MISSING
PICTURES = os.path.join(TOP, "artifacts", "screenshots")
SIZES = {1280: 900, 390: 844}
#: Failed requests in Chromium's log: of any URL, and of pages only, whose text explains the failure.  Pages are at the
#: top of the host, or below the path that tests use.
REFUSED = re.compile(r"status of 4\d\d ")
REFUSING_PAGE = re.compile(r"http://[^/ ]+/(chat/)?(rooms/)?[^/ ]* - Failed to load resource: .* status of 4\d\d ")
#: Records in window.witnessed which sounds, notifications and shared links the page produces.
WITNESS = """
    window.witnessed = []
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (when) { witnessed.push('a sound'); return start.call(this, when) }
    window.Notification = class extends Notification {
        constructor(title, options) { super(title, options); witnessed.push(`${title}: ${options.body}`) }
        close() { super.close(); witnessed.push('withdrawn') }
    }
    navigator.share = async ({title, url}) => { witnessed.push(`${title}: ${url}`) }
"""


class Browsers:
    """The browsers of all people, each a Chromium with its own profile.

    Starting one takes longer than most scenarios, so they are reused by later scenarios, after their data has been
    deleted.
    """

    def __init__(self):
        self._drivers = {}
        self._consoles = {}
        self._origins = set()
        self._scripts = []

    def fresh(self, person, javascript):
        """Return a browser without cookies and stored data."""
        key = person, javascript
        if key in self._drivers:
            self._forget(self._drivers[key])
        else:
            self._drivers[key] = self._start(javascript)
            self._consoles[key] = Console(self._drivers[key])
        return self._drivers[key]

    def complaints(self):
        """Return the errors in the browsers' consoles since the last call, each with the name of a person."""
        return [
            f"{person}'s browser: {line}"
            for (person, javascript), console in self._consoles.items()
            for line in console.complaints()
            if not (REFUSING_PAGE if javascript else REFUSED).search(line)
        ]

    def expect(self, *patterns):
        """Allow errors that match `patterns`, and failed connections, until `rest` is called."""
        for console in self._consoles.values():
            console.expect(*patterns)

    def rest(self):
        """Leave all pages, and discard errors."""
        for console in self._consoles.values():
            _leave(console.driver)
            console.clear()

    def knows(self, url):
        """Delete the data stored for `url` when a browser is reused."""
        self._origins.add(url)

    def add_script(self, driver, source):
        """Run a script before those of each page, until the browser is reused."""
        added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        self._scripts.append((driver, added["identifier"]))

    def close(self):
        self._consoles.clear()
        while self._drivers:
            self._drivers.popitem()[1].quit()

    def _forget(self, driver):
        _leave(driver)
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        driver.execute_cdp_cmd("Browser.resetPermissions", {})
        for owner, script in self._scripts:
            if owner is driver:
                driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})
        self._scripts = [(owner, script) for owner, script in self._scripts if owner is not driver]
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        for origin in self._origins:
            driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})

    @staticmethod
    def _start(javascript):
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in CHROMIUM_ARGUMENTS:
            options.add_argument(argument)
        options.add_argument("--window-size=1280,900")
        # Without a graphics card, animating the sea would take most of the time.
        options.add_argument("--force-prefers-reduced-motion")
        if not javascript:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        return Chrome(options, Service(shutil.which("chromedriver")))


def _leave(driver):
    """Leave the page of a browser, which may be minimized or frozen."""
    driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "active"})
    _take_out(driver)
    driver.get("about:blank")


def _take_out(driver):
    """Restore the window of a browser, which may be minimized."""
    window = driver.execute_cdp_cmd("Browser.getWindowForTarget", {})["windowId"]
    driver.execute_cdp_cmd("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})


BROWSERS = Browsers()


@library(scope="GLOBAL", auto_keywords=False)
class ChatLibrary:
    """The chat server.

    It is the one at the variable URL, if that is set; or the layer CHAT, if that is set up; or a new one.
    """

    def __init__(self):
        self.ROBOT_LIBRARY_LISTENER = self
        self._url = None
        self._layer = self._shipped = None
        self._network = None

    @keyword
    def the_chat_runs(self):
        """Ensures that a chat server is running, and that Chromium is installed."""
        if not is_chromium_there():
            logger.console(f"\nSKIPPED: {MISSING}", stream="STDERR")
            raise SkipExecution(MISSING)
        if self._url or self._layer:
            return
        self._url = BuiltIn().get_variable_value("${URL}")
        if self._url:
            pass
        elif hasattr(CHAT, "server"):
            self._layer = CHAT
        else:
            self._layer = ChatLayer("ROBOT")
            self._layer.setUp()
        BROWSERS.knows(self.address_of_the_chat())

    @keyword
    def the_multilingual_chat_runs(self):
        """Starts a chat with translators that use other programs: Apertium, a filter, and the parrot."""
        if BuiltIn().get_variable_value("${URL}"):
            raise SkipExecution("The translators of the server at URL are not known.")
        self.the_chat_runs()
        self._shipped, self._layer = self._layer, MULTILINGUAL
        MULTILINGUAL.setUp()
        BROWSERS.knows(self.address_of_the_chat())

    @keyword
    def the_multilingual_chat_ends(self):
        """Stops it, and uses the previous server again."""
        if self._layer is MULTILINGUAL:
            self._layer = self._shipped
            MULTILINGUAL.tearDown()

    @keyword
    def apertium_is_installed(self):
        """Skips the scenario if Apertium is not installed."""
        if not MULTILINGUAL.has_apertium:
            logger.console(f"\nSKIPPED: {ApertiumLayer.MISSING}", stream="STDERR")
            raise SkipExecution(ApertiumLayer.MISSING)

    @keyword
    def the_parrot_translates(self):
        """Lets the parrot translate."""
        MULTILINGUAL.parrot.speaks()

    @keyword
    def the_parrot_hangs(self):
        """Lets the parrot's requests hang."""
        MULTILINGUAL.parrot.thinks()

    @keyword
    def the_parrot_fails(self):
        """Lets the parrot respond with an error."""
        MULTILINGUAL.parrot.sulks()

    def close(self):
        """Close browsers, and stop our own server; Robot Framework calls this after the last suite."""
        layer, self._layer = self._layer, None
        self._close_network()
        if layer is CHAT:
            return  # the test runner will tear it down
        BROWSERS.close()
        if layer is not None:
            layer.tearDown()

    # The server

    def _own(self):
        if self._layer is None:
            raise SkipExecution(f"The server at {self._url} is not ours to end.")
        return self._layer

    @keyword
    def stop_the_server(self):
        """Stops the server gracefully."""
        server = self._own().server
        BROWSERS.expect()
        output = server.stop()
        assert "Traceback" not in output, output

    @keyword
    def start_the_server(self):
        """Starts the server on the same port with the same database, if it is not running."""
        if self._layer is not None and self._layer.server.process.poll() is not None:
            self._layer.start(self._layer.server.port)

    @keyword
    def restart_the_server(self):
        """Stops the server, and starts it again."""
        self.stop_the_server()
        self.start_the_server()

    # Browsers

    @keyword
    def address_of_the_chat(self):
        """Returns the URL of the home page, without the slash."""
        return (self._url or self._layer.url).rstrip("/")

    @keyword
    def free_name(self, name):
        """Returns a name that has no room yet: `name`, or `name` with a number."""
        tried, number = name, 1
        while self._has_room(tried):
            number += 1
            tried = f"{name} {number}"
        return tried

    def _has_room(self, name):
        slug = urllib.parse.quote(name.lower().replace(" ", "-"))
        try:
            with urllib.request.urlopen(f"{self.address_of_the_chat()}/rooms/{slug}", timeout=10):
                return True
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return False

    @keyword
    def no_browser_has_errors(self):
        """Leaves all pages, and fails if a console has an error, a warning, or a failed request.

        Failed connections are allowed in scenarios that stop the server or the network.
        """
        complaints = BROWSERS.complaints()
        BROWSERS.rest()
        assert not complaints, "\n".join(complaints)

    @keyword
    def get_a_browser(self, person, javascript=True):
        """Registers a browser for `person` in SeleniumLibrary, and switches to it."""
        self._selenium.register_driver(BROWSERS.fresh(person, javascript), person)

    @property
    def _selenium(self):
        return BuiltIn().get_library_instance("SeleniumLibrary")

    @property
    def _driver(self):
        return self._selenium.driver

    @keyword
    def take_screenshots(self, name, *prepare):
        """Saves screenshots of the page in a desktop window and on a phone.

        `prepare`, a keyword with its arguments, is run before each screenshot.
        """
        os.makedirs(PICTURES, exist_ok=True)
        for width in SIZES:
            with self._window(width):
                if prepare:
                    BuiltIn().run_keyword(*prepare)
                WebDriverWait(self._driver, 10).until(self._has_settled)
                self._driver.save_screenshot(os.path.join(PICTURES, f"{name}-{width}.png"))
                beyond = self._driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, f"{name}: at {width} pixels the page is {beyond} too wide"

    @keyword
    def emulate_a_phone(self, width=390, height=844):
        """Makes the viewport as small as a phone's, with a touch screen, until the browser is reused."""
        self._size(int(width), int(height))
        self._driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})

    @keyword
    def address_through_a_network(self, address):
        """Returns the URL `address` through a proxy, whose connections are cut when a phone goes to sleep."""
        port = self._own().port
        self._close_network()
        self._network = Network(port)
        BROWSERS.knows(self._network.url)
        return address.replace(self.address_of_the_chat(), self._network.url)

    def _close_network(self):
        network, self._network = self._network, None
        if network is not None:
            network.close()

    @keyword
    def fall_asleep(self):
        """Freezes the page, and cuts its connections, as a phone does when its screen is turned off."""
        self._driver.execute_script("window.beforeSleep = true")
        self.minimize_the_window()  # if Chromium froze a visible page, it would never draw this window again
        self._driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "frozen"})
        BROWSERS.expect()
        BROWSERS.expect("Page entered Back-Forward Cache")  # Chromium's term
        self._network.cut()

    @keyword
    def wake_up(self):
        """Resumes the page."""
        self._driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "active"})
        self.restore_the_window()

    @keyword
    def the_page_is_still_the_same(self):
        """Fails if the page was reloaded after it was frozen."""
        assert self._driver.execute_script("return window.beforeSleep === true"), "the page was loaded again"

    @keyword
    def minimize_the_window(self):
        """Minimizes the window, which hides the page."""
        self._driver.minimize_window()
        self._wait_until("document.hidden")

    @keyword
    def restore_the_window(self):
        """Restores the window."""
        _take_out(self._driver)
        self._wait_until("!document.hidden")

    def _wait_until(self, condition):
        WebDriverWait(self._driver, 10).until(lambda driver: driver.execute_script(f"return {condition}"))

    @keyword
    def notifications_are(self, setting):
        """Sets the browser's permission for notifications: granted or denied."""
        self._driver.execute_cdp_cmd(
            "Browser.setPermission",
            {"permission": {"name": "notifications"}, "setting": setting, "origin": self.address_of_the_chat()},
        )

    @keyword
    def record_sounds_and_notifications(self):
        """Lets pages record sounds, notifications and shared links, instead of playing and showing them."""
        BROWSERS.add_script(self._driver, WITNESS)

    @keyword
    def hit_the_key(self, key):
        """Presses a key in the focused element."""
        ActionChains(self._driver).send_keys(getattr(Keys, key.upper(), key)).perform()

    @keyword
    def touch(self, locator):
        """Taps the center of an element."""
        self._finger("touchStart", locator)
        self._finger("touchEnd")

    @keyword
    def hold_down(self, locator):
        """Presses an element without releasing it, with a finger on touch screens, or with the mouse."""
        if self._driver.execute_script("return matchMedia('(pointer: coarse)').matches"):
            self._finger("touchStart", locator)
        else:
            element = self._selenium.find_element(locator)
            ActionChains(self._driver).click_and_hold(element).perform()

    @keyword
    def let_go(self):
        """Releases it."""
        if self._driver.execute_script("return matchMedia('(pointer: coarse)').matches"):
            self._finger("touchEnd")
        else:
            ActionChains(self._driver).release().perform()

    def _finger(self, kind, locator=None):
        points = []
        if locator:
            middle = """
                const {x, y, width, height} = arguments[0].getBoundingClientRect()
                return [x + width / 2, y + height / 2]
            """
            x, y = self._driver.execute_script(middle, self._selenium.find_element(locator))
            points = [{"x": x, "y": y}]
        self._driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def _size(self, width, height=None):
        metrics = {"width": width, "height": height or SIZES[width], "deviceScaleFactor": 1, "mobile": width < 500}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    @contextmanager
    def _window(self, width):
        self._size(width)
        try:
            yield
        finally:
            self._driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    @staticmethod
    def _has_settled(driver):
        """Whether fonts and images are loaded."""
        return driver.execute_async_script(
            "const done = arguments[0];"
            "document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() =>"
            " done(document.readyState === 'complete' &&"
            " [...document.images].every(image => image.complete || image.loading === 'lazy')))));"
        )
