"""A test layer with the translators of tests/config/multilingual.ini, and the services that they use."""

from tests.support.apertium import APERTIUM, ApertiumLayer
from tests.support.chat_servers import ChatLayer, ChatServer
from tests.support.parrot import Parrot

#: Nothing listens here: Apertium's translators are unavailable.
NOWHERE = "http://127.0.0.1:9"


class MultilingualLayer(ChatLayer):
    """A chat with Apertium, if it is installed, and a parrot."""

    def setUp(self):
        self.parrot = Parrot()
        self._apertium = None if hasattr(APERTIUM, "url") and APERTIUM.url else ApertiumLayer("ITS APERTIUM")
        if self._apertium is not None:
            self._apertium.setUp()
        super().setUp()

    def start(self, port=None):
        apertium = self._apertium or APERTIUM
        names = {"apertium": apertium.url or NOWHERE, "parrot": self.parrot.url}
        options = [word for name, url in names.items() for word in ("--paste-global", f"{name}={url}")]
        self.server = ChatServer(self.folder, options, port, "multilingual.ini")

    @property
    def has_apertium(self):
        return (self._apertium or APERTIUM).url is not None

    def tearDown(self):
        try:
            super().tearDown()
        finally:
            self.parrot.close()
            if self._apertium is not None:
                self._apertium.tearDown()


MULTILINGUAL = MultilingualLayer("MULTILINGUAL")
MULTILINGUAL.__module__ = __name__
