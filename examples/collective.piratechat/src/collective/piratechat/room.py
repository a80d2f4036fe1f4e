"""The content type Chat room: a room of the chat in a page of the site."""

from urllib.parse import quote

from collective.piratechat.chat import ChatUnavailable, configured
from collective.piratechat.members import current_member
from plone import api
from plone.dexterity.content import Item
from Products.Five.browser import BrowserView
from zope.interface import Interface, implementer


class IChatRoom(Interface):
    """A page that shows a room of the chat."""


@implementer(IChatRoom)
class ChatRoom(Item):
    """A page that shows a room of the chat."""

    #: The room's address in the chat; empty until the chat has opened it.
    room = ""


def open_room(page, _event) -> None:
    """Create the room when its page is added, or if that failed, when the page is saved again."""
    if page.room:
        return
    chat = configured()
    if chat is None:
        api.portal.show_message("There is no chat: PIRATECHAT_URL is not set.", type="warning")
        return
    try:
        page.room = chat.opened(page.title, current_member())
    except ChatUnavailable as error:
        api.portal.show_message(f"The room was not opened. Save the page to try again. {error}", type="warning")


class RoomView(BrowserView):
    """The room in a frame, and a link to it for browsers without frames."""

    def frame_url(self) -> str:
        """Return the URL for the frame, which leads through the login at Plone."""
        return self._address(f"/rooms/{quote(self.context.room)}?frame=yes")

    def link_url(self) -> str:
        """Return the URL of the room's own page."""
        return self._address(f"/rooms/{quote(self.context.room)}")

    def is_open(self) -> bool:
        """Whether the room has been created."""
        return bool(self.context.room) and configured() is not None

    def _address(self, following: str) -> str:
        chat = configured()
        return "" if chat is None else chat.address("/plone/enter", next=following)
