"""Views of the site: tickets, and the empty page whose layout the chat uses."""

import hashlib
import re
from urllib.parse import urlencode

from collective.piratechat.chat import configured
from collective.piratechat.members import current_member
from collective.piratechat.tickets import ticket
from plone import api
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zExceptions import NotFound

#: The digest that identifies the browser that the chat has redirected here.
STATE = re.compile("[0-9a-f]{32}")
#: Maximum length of the path in the chat to redirect to, in characters.
MAX_NEXT = 2_000


class TicketView(BrowserView):
    """Redirects the browser to the chat, with a ticket that states who is logged in here.

    The chat redirects browsers here with a `state`; browsers without one are redirected to the chat first.
    """

    def __call__(self) -> str:
        chat = configured()
        if chat is None:
            raise NotFound("@@chat-ticket")
        state, following = self._text("state"), self._text("next")[:MAX_NEXT]
        self.request.response.setHeader("Cache-Control", "no-store")
        if not STATE.fullmatch(state):
            return self._go(chat.address("/plone/enter", next=following))
        if api.user.is_anonymous() and self._text("login"):
            site = api.portal.get().absolute_url()
            query = urlencode({"state": state, "next": following})
            return self._go(f"{site}/login?{urlencode({'came_from': f'{site}/@@chat-ticket?{query}'})}")
        signed = ticket(chat.secret, "enter", state=state, **current_member())
        return self._go(chat.address("/plone/enter", ticket=signed, next=following))

    def _text(self, name: str) -> str:
        value = self.request.form.get(name, "")
        return value if isinstance(value, str) else ""

    def _go(self, url: str) -> str:
        self.request.response.redirect(url)
        return ""


class ShellView(BrowserView):
    """An empty page of the site, for a visitor who is not logged in."""

    template = ViewPageTemplateFile("shell.pt")

    def __call__(self) -> str:
        page = self.template()
        tag = f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'
        response = self.request.response
        response.setHeader("Cache-Control", "no-cache")
        response.setHeader("ETag", tag)
        if tag in self.request.get("HTTP_IF_NONE_MATCH", ""):
            response.setStatus(304)
            return ""
        return page
