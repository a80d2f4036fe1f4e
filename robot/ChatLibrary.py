"""What the scenarios need beside the browsers: a server of their own, and browsers' options."""

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
#: What Chromium logs of any address that refuses something, and of a page that does: it shows why.
REFUSED = re.compile(r"status of 4\d\d ")
REFUSING_PAGE = re.compile(r"http://[^/ ]+/(rooms/)?[^/ ]* - Failed to load resource: .* status of 4\d\d ")
#: Writes down, in window.witnessed, what the page sounds, shows and shares.
WITNESS = """
    window.witnessed = []
    const start = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (when) { witnessed.push('a sound'); return start.call(this, when) }
    window.Notification = class extends Notification {
        constructor(title, options) { super(title, options); witnessed.push(`${title}: ${options.body}`) }
        close() { super.close(); witnessed.push('put away') }
    }
    navigator.share = async ({title, url}) => { witnessed.push(`${title}: ${url}`) }
"""


class Browsers:
    """Everybody's browsers, each a Chromium with a profile of its own.

    Starting one takes longer than most scenarios: it goes from scenario to scenario and forgets what was before.
    """

    def __init__(self):
        self._drivers = {}
        self._consoles = {}
        self._origins = set()
        self._scripts = []

    def fresh(self, person, javascript):
        """Return a browser that nobody has used before, as far as pages can tell."""
        key = person, javascript
        if key in self._drivers:
            self._forget(self._drivers[key])
        else:
            self._drivers[key] = self._start(javascript)
            self._consoles[key] = Console(self._drivers[key])
        return self._drivers[key]

    def complaints(self):
        """Return what the browsers complain of, each line with the name of a person, since it was asked before."""
        return [
            f"{person}'s browser: {line}"
            for (person, javascript), console in self._consoles.items()
            for line in console.complaints()
            if not (REFUSING_PAGE if javascript else REFUSED).search(line)
        ]

    def expect(self, *patterns):
        """Have browsers complain of what these match, or of a server that does not answer, until they `rest`."""
        for console in self._consoles.values():
            console.expect(*patterns)

    def rest(self):
        """Show none of the pages any more, and forget complaints."""
        for console in self._consoles.values():
            _leave(console.driver)
            console.clear()

    def knows(self, url):
        """Have browsers forget what they keep for `url`."""
        self._origins.add(url)

    def add_script(self, driver, source):
        """Run a script before those of each page, until somebody else gets the browser."""
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
        # Drawing the sea without a graphics card takes most of the time otherwise.
        options.add_argument("--force-prefers-reduced-motion")
        if not javascript:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        return Chrome(options, Service(shutil.which("chromedriver")))


def _leave(driver):
    """Leave the page of a browser, which may be put away or sleep."""
    driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "active"})
    _take_out(driver)
    driver.get("about:blank")


def _take_out(driver):
    """Show the window of a browser, which may be put away."""
    window = driver.execute_cdp_cmd("Browser.getWindowForTarget", {})["windowId"]
    driver.execute_cdp_cmd("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "normal"}})


BROWSERS = Browsers()


@library(scope="GLOBAL", auto_keywords=False)
class ChatLibrary:
    """The chat that is talked to.

    It is at the variable URL, if one is given; or in the layer CHAT, if that is set up; or else in a server of its own.
    """

    def __init__(self):
        self.ROBOT_LIBRARY_LISTENER = self
        self._url = None
        self._layer = self._shipped = None
        self._network = None

    @keyword
    def the_chat_runs(self):
        """Sees to it that there is a chat to talk to, and browsers to do it with."""
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
    def the_chat_of_many_tongues_runs(self):
        """Starts a chat with translators that ask others: Apertium, a filter, and a parrot with moods."""
        if BuiltIn().get_variable_value("${URL}"):
            raise SkipExecution("The translators of the server at URL are not known.")
        self.the_chat_runs()
        self._shipped, self._layer = self._layer, MULTILINGUAL
        MULTILINGUAL.setUp()
        BROWSERS.knows(self.address_of_the_chat())

    @keyword
    def the_chat_of_many_tongues_ends(self):
        """Ends it again, and goes on with the other one."""
        if self._layer is MULTILINGUAL:
            self._layer = self._shipped
            MULTILINGUAL.tearDown()

    @keyword
    def apertium_is_there(self):
        """Skips the scenario where it is not."""
        if not MULTILINGUAL.has_apertium:
            logger.console(f"\nSKIPPED: {ApertiumLayer.MISSING}", stream="STDERR")
            raise SkipExecution(ApertiumLayer.MISSING)

    @keyword
    def the_parrot_speaks(self):
        """It translates."""
        MULTILINGUAL.parrot.speaks()

    @keyword
    def the_parrot_thinks(self):
        """It keeps everybody waiting."""
        MULTILINGUAL.parrot.thinks()

    @keyword
    def the_parrot_sulks(self):
        """It refuses."""
        MULTILINGUAL.parrot.sulks()

    def close(self):
        """End browsers and a server of our own: Robot Framework calls this after the last suite."""
        layer, self._layer = self._layer, None
        self._close_network()
        if layer is CHAT:
            return  # whoever has set that up goes on with it
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
        """Ends the server as its operator would."""
        server = self._own().server
        BROWSERS.expect()
        output = server.stop()
        assert "Traceback" not in output, output

    @keyword
    def start_the_server(self):
        """Starts the server again, where it was and with the same database; nothing if it runs."""
        if self._layer is not None and self._layer.server.process.poll() is not None:
            self._layer.start(self._layer.server.port)

    @keyword
    def restart_the_server(self):
        """Ends the server and starts it again."""
        self.stop_the_server()
        self.start_the_server()

    # What browsers are told

    @keyword
    def address_of_the_chat(self):
        """The URL of its home page."""
        return (self._url or self._layer.url).rstrip("/")

    @keyword
    def free_name(self, name):
        """A name that has no room yet: `name`, or with a number behind it."""
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
    def no_browser_complained(self):
        """Fails where a console has an error, a warning, or a request that failed; and leaves all pages.

        It may say that there was no answer, where a scenario has ended the server or the network.
        """
        complaints = BROWSERS.complaints()
        BROWSERS.rest()
        assert not complaints, "\n".join(complaints)

    @keyword
    def get_a_browser(self, person, javascript=True):
        """Gives SeleniumLibrary a browser under the name of `person`, and switches to it."""
        self._selenium.register_driver(BROWSERS.fresh(person, javascript), person)

    @property
    def _selenium(self):
        return BuiltIn().get_library_instance("SeleniumLibrary")

    @property
    def _driver(self):
        return self._selenium.driver

    @keyword
    def keep_a_picture(self, name, *prepare):
        """Saves pictures of the page in the window of a computer and on a phone.

        `prepare`, a keyword with its arguments, is run at each of the sizes before.
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
    def have_a_phone(self, width=390, height=844):
        """Makes the window as small as a phone's, to be touched, until somebody else gets the browser."""
        self._size(int(width), int(height))
        self._driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})

    @keyword
    def address_through_a_network(self, address):
        """The `address` of a page, by way of a network of its own, which a phone loses when it sleeps."""
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
        """Stops the page, as a phone does that is put away, and cuts its connections."""
        self._driver.execute_script("window.beforeSleep = true")
        self.look_elsewhere()  # frozen while it is seen, Chromium would draw nothing in this window any more
        self._driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "frozen"})
        BROWSERS.expect()
        BROWSERS.expect("Page entered Back-Forward Cache")  # as Chromium calls it
        self._network.cut()

    @keyword
    def wake_up(self):
        """Lets the page go on."""
        self._driver.execute_cdp_cmd("Page.setWebLifecycleState", {"state": "active"})
        self.look_at_the_chat_again()

    @keyword
    def the_page_is_still_the_same(self):
        """It was not loaded again since it fell asleep."""
        assert self._driver.execute_script("return window.beforeSleep === true"), "the page was loaded again"

    @keyword
    def look_elsewhere(self):
        """Puts the window away: its page is hidden."""
        self._driver.minimize_window()
        self._wait_until("document.hidden")

    @keyword
    def look_at_the_chat_again(self):
        """Takes the window out again."""
        _take_out(self._driver)
        self._wait_until("!document.hidden")

    def _wait_until(self, condition):
        WebDriverWait(self._driver, 10).until(lambda driver: driver.execute_script(f"return {condition}"))

    @keyword
    def notifications_are(self, setting):
        """What the browser answers when a page asks for notifications: granted or denied."""
        self._driver.execute_cdp_cmd(
            "Browser.setPermission",
            {"permission": {"name": "notifications"}, "setting": setting, "origin": self.address_of_the_chat()},
        )

    @keyword
    def watch_what_leaves_the_page(self):
        """Has pages write down what they have the browser sound, show and share: it makes no noise here."""
        BROWSERS.add_script(self._driver, WITNESS)

    @keyword
    def hit_the_key(self, key):
        """Presses a key, whatever has the keyboard."""
        ActionChains(self._driver).send_keys(getattr(Keys, key.upper(), key)).perform()

    @keyword
    def touch(self, locator):
        """Touches the middle of an element with a finger."""
        self._finger("touchStart", locator)
        self._finger("touchEnd")

    @keyword
    def hold_down(self, locator):
        """Puts a finger, or the button of a mouse where there are none, down on an element."""
        if self._driver.execute_script("return matchMedia('(pointer: coarse)').matches"):
            self._finger("touchStart", locator)
        else:
            element = self._selenium.find_element(locator)
            ActionChains(self._driver).click_and_hold(element).perform()

    @keyword
    def let_go(self):
        """Takes it up again."""
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
        """Whether fonts and images are there."""
        return driver.execute_async_script(
            "const done = arguments[0];"
            "document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() =>"
            " done(document.readyState === 'complete' &&"
            " [...document.images].every(image => image.complete || image.loading === 'lazy')))));"
        )
