"""The attacked server, shared by all tests of attacks."""

from tests.support.chat_servers import ChatLayer, ChatServer
from tests.support.chatting import ChatTest


class AttackedLayer(ChatLayer):
    """piratechat with its shipped configuration and the witness plug-in; an error in its log fails the tests."""

    def start(self, port=None):
        self.server = ChatServer(self.folder, port=port, ini="attacked.ini")


ATTACKED = AttackedLayer("ATTACKED")


class AttackTest(ChatTest):
    """Base class of tests that attack the layer's server."""

    layer = ATTACKED
