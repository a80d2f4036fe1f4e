"""The choice of a theme: what the middleware and the chat's pages share."""

from typing import TypedDict

#: The URL path for choosing a theme, and the prefix of themes' files.
PATH = "/theme"
#: The cookie with a reader's choice.
COOKIE = "piratechat-theme"
#: The WSGI environ key of `Choices`, set if there are several themes.
CHOICES = "piratechat.themes"


class Choice(TypedDict):
    """A theme."""

    name: str
    title: str
    current: bool


class Choices(TypedDict):
    """The data that a page needs to offer themes."""

    #: Where to post a form with the fields name and back.
    action: str
    #: The path of this page.
    back: str
    choices: list[Choice]
