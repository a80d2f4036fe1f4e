"""The pages of the chat in this process, and visitors without JavaScript."""

import json
import shutil
import tempfile
import unittest
import urllib.parse

from lxml import html
from paste.deploy import loadapp, loadfilter
from zope.testbrowser.wsgi import Browser

from piratechat.interfaces import IServices
from piratechat.model.commands import Say
from sockjs_support.layers import Layer
from tests.support.paths import CONFIG

HOST = "http://localhost"
HOSTILE = '"><img src=x onerror=alert(1)></script>'


class PagesLayer(Layer):
    """The WSGI pipeline of tests/config/chat.ini in this process, with its own database."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="piratechat-")
        where = {"relative_to": CONFIG, "global_conf": {"var": self.folder}}
        #: The application without the theme.
        self.chat = loadapp("config:chat.ini#chat", **where)
        self.registry = self.chat.registry
        self.services = self.registry.getUtility(IServices)
        self.application = loadfilter("config:chat.ini#theme", **where)(self.chat)

    def tearDown(self):
        self.services.committer.close()
        self.services.database.close()
        shutil.rmtree(self.folder)


PAGES = PagesLayer("PAGES")


class Visitor(Browser):
    """A visitor's browser with its own cookies."""

    def __init__(self):
        super().__init__(wsgi_app=PAGES.application)
        self.raiseHttpErrors = False

    def visit(self, path):
        self.open(urllib.parse.urljoin(HOST, path))
        return self

    @property
    def path(self):
        return self.url.removeprefix(HOST)

    @property
    def status(self):
        return int(self.headers["Status"].split()[0])

    @property
    def page(self):
        return html.fromstring(self.contents.encode(), parser=html.HTMLParser(encoding="utf-8"))

    @property
    def json(self):
        return json.loads(self.contents)

    def texts(self, css):
        """Return the texts of the matching elements, with normalized white space."""
        return [" ".join(element.text_content().split()) for element in self.page.cssselect(css)]

    def the(self, css):
        """Return the only matching element."""
        (element,) = self.page.cssselect(css)
        return element

    @property
    def heading(self):
        return self.texts("main h1")[0]

    @property
    def messages(self):
        return self.texts("#messages .message > .text")

    @property
    def token(self):
        return self.page.cssselect("input[name=csrf_token]")[0].get("value")

    def send(self, path, **fields):
        """Send a form without its page."""
        if not self.contents or not self.page.cssselect("input[name=csrf_token]"):
            self.visit("/")
        self.post(HOST + path, urllib.parse.urlencode({"csrf_token": self.token, **fields}))
        return self

    def press(self, label, form):
        self.getForm(id=form).getControl(label).click()
        return self

    def open_room(self, name):
        self.visit("/").getControl("Your name").value = name
        return self.press("Open my room", "open")

    def say(self, text, name=None):
        form = self.getForm(id="say")
        if name is not None:
            form.getControl("Your name").value = name
        form.getControl("Message").value = text
        form.getControl("Send").click()
        return self


class PagesTest(unittest.TestCase):
    layer = PAGES

    def room(self, name=None):
        """Create a room; return its owner's browser and its path."""
        owner = Visitor().open_room(name or self._name())
        self.assertEqual(owner.status, 200)
        return owner, owner.path

    def _name(self):
        about, what = self.id().split(".")[-2:]
        return f"{about.removesuffix('Test')} {what.removeprefix('test_').replace('_', ' ')}"[:40].strip()

    def fill(self, room, count):
        """Post `count` messages as the owner of `room`."""
        slug = room.rpartition("/")[2]
        with PAGES.services.database.reading() as chat:
            owner = chat.rooms[slug].owner
        for number in range(count):
            PAGES.services.committer.submit(Say(slug, owner, f"number {number + 1}"), lambda _done: None)
        PAGES.services.committer.perform(Say(slug, owner, "the end"))

    def assertShows(self, browser, status, *texts):
        self.assertEqual(browser.status, status, browser.contents)
        said = " ".join(browser.page.text_content().split())
        for text in texts:
            self.assertIn(text, said)
