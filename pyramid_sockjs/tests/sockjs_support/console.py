"""The log of a browser's console: errors, warnings and failed requests."""

import re

#: Chromium's messages about a server that is down, or that shuts down (503, or during a response), and about a
#: network that is disconnected.
#: Pages cannot suppress these, so they are the only allowed messages.
NO_ANSWER = re.compile(
    r"net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|INTERNET_DISCONNECTED|INCOMPLETE_CHUNKED_ENCODING)\b"
    r"|status of 503 "
)
#: Chromium's messages about requests that were aborted by leaving the page or by a disconnected network.
GIVEN_UP = re.compile(
    r"WebSocket is closed before the connection is established"
    r"|icon from the Manifest: \S+ \(Download error or resource isn't a valid image\)"
)


class Console:
    """The console of a WebDriver's browser."""

    def __init__(self, driver):
        self.driver = driver
        self.clear()

    def clear(self):
        """Discard the messages and the expected patterns."""
        self._expected = set()
        self.driver.get_log("browser")

    def expect(self, pattern=NO_ANSWER):
        """Allow messages that match the regular expression `pattern`, until `clear` is called."""
        self._expected.add(re.compile(pattern))

    def complaints(self):
        """Return the messages since the last call that were not expected."""
        lines = [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]
        return [line for line in lines if not any(pattern.search(line) for pattern in (GIVEN_UP, *self._expected))]

    def check(self):
        """Raise AssertionError if there are unexpected messages; discard all."""
        found = self.complaints()
        self.clear()
        if found:
            raise AssertionError("The browser reports errors:\n" + "\n".join(found))
