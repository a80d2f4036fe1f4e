"""The data of the logged-in member for the chat."""

import logging

import transaction
from collective.piratechat.chat import Chat, ChatUnavailable, configured
from plone import api

log = logging.getLogger(__name__)

#: Limits of a ticket's values in the chat.
MAX_NAME, MAX_ROLES, MAX_ROLE = 200, 30, 60


def current_member() -> dict[str, object]:
    """Return the id, full name and roles of the logged-in member; all are empty if nobody is logged in."""
    if api.user.is_anonymous():
        return {"user": "", "name": "", "roles": []}
    user = api.user.get_current()
    name = user.getProperty("fullname") or user.getUserName()
    roles = [role for role in api.user.get_roles(user=user) if len(role) <= MAX_ROLE]
    return {"user": user.getId(), "name": name[:MAX_NAME], "roles": roles[:MAX_ROLES]}


def logged_out(event) -> None:
    """Have the chat end the sessions of a member who has logged out, after the transaction is committed."""
    chat = configured()
    if chat is not None:
        transaction.get().addAfterCommitHook(_leave, args=(chat, event.principal.getId()))


def _leave(committed: bool, chat: Chat, user: str) -> None:
    if not committed:
        return
    try:
        chat.leave(user)
    except ChatUnavailable as error:
        log.warning("the chat could not be told that %r has logged out: %s", user, error)
