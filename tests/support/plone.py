"""A simulated Plone site, which signs tickets with the add-on's own module."""

import importlib.util
import os
import urllib.parse

from tests.support.chatting import Browser
from tests.support.paths import TOP

ADD_ON = os.path.join(TOP, "examples", "collective.piratechat", "src", "collective", "piratechat")
#: The values in tests/config/plone.ini.
SECRET, SITE = "sixteen letters and more", "http://www.example.org"


def _module(name):
    spec = importlib.util.spec_from_file_location(f"add_on_{name}", os.path.join(ADD_ON, f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TICKETS = _module("tickets")


def ticket(purpose, secret=SECRET, **values):
    """Return a ticket signed by Plone."""
    return TICKETS.ticket(secret, purpose, **values)


class MembersBrowser(Browser):
    """The browser of a person who may be logged in to the site."""

    def sent_to_plone(self, following="/", **query):
        """Request the chat's login, and return the query parameters of the redirect to Plone."""
        answer = self.get(f"/plone/enter?{urllib.parse.urlencode({'next': following, **query})}")
        assert answer.status == 303, (answer.status, answer.body)
        url = urllib.parse.urlsplit(answer["Location"])
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{SITE}/@@chat-ticket", url
        return {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}

    def bring(self, signed, following="/"):
        """Present a ticket to the chat, and return the response."""
        return self.get(f"/plone/enter?{urllib.parse.urlencode({'ticket': signed, 'next': following})}")

    def log_in(self, user="ada", name="Ada Lovelace", roles=("Member",), following="/"):
        """Log in as a member, and return the response."""
        asked = self.sent_to_plone(following)
        signed = ticket("enter", state=asked["state"], user=user, name=name, roles=list(roles))
        return self.bring(signed, asked["next"])

    def send(self, what, signed):
        """Send a ticket as Plone's server does, without cookies."""
        body = urllib.parse.urlencode({"ticket": signed}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        with self.connect() as http:
            return http.request("POST", f"/plone/{what}", headers, body)
