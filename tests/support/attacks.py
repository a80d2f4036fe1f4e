"""The server that is attacked: one for all of these tests."""

from tests.support.chat_servers import ChatLayer, ChatServer
from tests.support.chatting import ChatTest


class AttackedLayer(ChatLayer):
    """piratechat as it is shipped, with a witness; what it logs as an error is a finding."""

    def start(self, port=None):
        self.server = ChatServer(self.folder, port=port, ini="attacked.ini")


ATTACKED = AttackedLayer("ATTACKED")


class AttackTest(ChatTest):
    """Attacks the server of its layer."""

    layer = ATTACKED
