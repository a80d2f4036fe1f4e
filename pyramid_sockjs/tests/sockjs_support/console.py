"""The complaints in the console of a browser: errors, warnings and failed requests."""

import re

#: What Chromium logs of a server that is down, of one that goes down (503) or does so while it answers, and of a
#: network that is off.
#: Pages cannot keep that from the console: it is the one thing that may be in it.
NO_ANSWER = re.compile(
    r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|INTERNET_DISCONNECTED|INCOMPLETE_CHUNKED_ENCODING)\b"
    r"|status of 503 "
)
#: What Chromium logs of an attempt that a page has given up, for it is left, or the network has not let it through.
GIVEN_UP = re.compile(r"WebSocket is closed before the connection is established")


class Console:
    """The console of the browser of a WebDriver."""

    def __init__(self, driver):
        self.driver = driver
        self.clear()

    def clear(self):
        """Forget what is in it, and what was expected."""
        self._expected = set()
        self.driver.get_log("browser")

    def expect(self, pattern=NO_ANSWER):
        """Have what the regular expression matches be no complaint, until it is cleared."""
        self._expected.add(re.compile(pattern))

    def complaints(self):
        """Return what came since it was asked before, without what was expected."""
        lines = [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]
        return [line for line in lines if not any(pattern.search(line) for pattern in (GIVEN_UP, *self._expected))]

    def check(self):
        """Raise AssertionError where there are complaints, and forget them."""
        found = self.complaints()
        self.clear()
        if found:
            raise AssertionError("The browser complains:\n" + "\n".join(found))
