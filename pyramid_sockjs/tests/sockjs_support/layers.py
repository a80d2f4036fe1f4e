"""Layers for zope.pytestlayer: servers with the services, and a browser."""

from sockjs_support.browsers import is_chromium_there, start_browser
from sockjs_support.console import Console
from sockjs_support.servers import Server


class Layer:
    """A fixture shared by tests: set up before the first one, and torn down after the last."""

    def __init__(self, name, *bases):
        self.__name__ = name
        self.__module__ = __name__
        self.__bases__ = bases


class ServerLayer(Layer):
    """A server with the application of an ini file."""

    def __init__(self, name, *arguments, **options):
        super().__init__(name)
        self.arguments = arguments
        self.options = options

    def setUp(self):
        self.server = Server(*self.arguments, **self.options)

    def tearDown(self):
        output = self.server.stop()
        # Errors in the log fail the tests, except errors raised "on purpose".
        assert output.count("Traceback") == output.count("Error: on purpose"), output

    @property
    def port(self):
        return self.server.port


class BrowserLayer(Layer):
    """Headless Chromium.  If it is not installed, `driver` is None, and tests skip themselves.

    After each test its console must be empty, except for messages that the test expects by `console.expect`.
    """

    MISSING = "no chromium and chromedriver on this machine; on Debian: apt-get install chromium chromium-driver"

    def setUp(self):
        self.driver = start_browser() if is_chromium_there() else None
        self.console = Console(self.driver) if self.driver is not None else None

    def testSetUp(self):
        if self.console is not None:
            self.console.clear()

    def testTearDown(self):
        if self.console is not None:
            self.console.check()
            # A page that is left open would log errors when its server ends.
            self.driver.get("about:blank")

    def tearDown(self):
        if self.driver is not None:
            self.driver.quit()


SERVICES = ServerLayer("SERVICES", "services.ini")
IMPATIENT = ServerLayer("IMPATIENT", "impatient.ini")
APPLICATION = ServerLayer("APPLICATION", "application.ini", ready="/stats")
BROWSER = BrowserLayer("BROWSER")
BROWSER_AND_SERVICES = Layer("BROWSER_AND_SERVICES", SERVICES, BROWSER)
