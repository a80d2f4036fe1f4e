"""The theme that a reader chooses: what the middleware and the pages of the chat agree on."""

from typing import TypedDict

#: Where the files of a theme are served, below its name; and, without anything below, where one is chosen.
PATH = "/theme"
#: The cookie that remembers a reader's choice.
COOKIE = "piratechat-theme"
#: The key of the WSGI environment under which the middleware puts `Choices`, if there are several themes.
CHOICES = "piratechat.themes"


class Choice(TypedDict):
    """A theme."""

    name: str
    title: str
    current: bool


class Choices(TypedDict):
    """What a page needs to offer the themes."""

    #: Where a form is posted, with the fields name and back.
    action: str
    #: The path of this page.
    back: str
    choices: list[Choice]
