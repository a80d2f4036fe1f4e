"""Attacks in a real browser: pages with hostile texts, and a hostile site."""

import functools
import http.server
import os
import tempfile
import threading
import urllib.parse
from unittest import TestCase

from selenium.webdriver.common.by import By

from sockjs_support.layers import BROWSER, BrowserLayer, Layer
from sockjs_support.waiting import wait_until
from tests.support.attacks import ATTACKED
from tests.support.chatting import Browser, Window
from tests.support.plugins import hostile

ATTACKED_BY_BROWSER = Layer("ATTACKED_BY_BROWSER", ATTACKED, BROWSER)

#: Each of them would set a variable if it were executed.
NAME = "<svg onload=hacked=1>"
TITLE = "</title><script>window.hacked=2</script>"
TEXTS = (
    "<img src=x onerror='window.hacked=3'>",
    '"><script>window.hacked=4</script>',
    "javascript:window.hacked=5",
    "[click](javascript:window.hacked=6) http://x/'onmouseover='window.hacked=7",
    "{{constructor.constructor('window.hacked=8')()}} ${window.hacked=9} <tal:x content='python:1'/>",
    "</textarea></script><!--<iframe srcdoc='<script>parent.hacked=10</script>'>-->",
    "\u2028window.hacked=11//",
)

HOSTILE_PAGE = """<!DOCTYPE html>
<title>A page of somebody else</title>
<iframe id="room" src="%(room)s"></iframe>
<iframe name="nowhere"></iframe>
<form method="post" action="%(room)s/messages" target="nowhere">
  <input name="text" value="forged by a form"><input name="name" value="Eve"><input name="csrf_token" value="x">
</form>
<script>
  const room = "%(room)s", session = `${room}/sockjs/0/${Math.random().toString().slice(2)}`
  const said = JSON.stringify([JSON.stringify({ type: 'say', text: 'forged' })])
  const socket = (url) => new Promise((done) => {
    const it = new WebSocket(url.replace('http', 'ws'))
    it.onopen = () => done('open')
    it.onerror = () => done('refused')
  })
  const read = (url, options) => fetch(url, { credentials: 'include', ...options }).then(() => 'read', () => 'refused')
  const script = (url) => new Promise((done) => {
    window.called = () => done('called')
    const it = document.createElement('script')
    it.onerror = () => done('refused')
    it.onload = () => done('loaded')
    it.src = url
    document.body.append(it)
  })
  const stream = (url) => new Promise((done) => {
    const it = new EventSource(url, { withCredentials: true })
    it.onopen = () => done('open')
    it.onerror = () => { it.close(); done('refused') }
  })
  window.attack = async () => {
    document.forms[0].submit()
    await fetch(`${session}/xhr_send`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: said })
    await fetch(`${session}/jsonp_send`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: said })
    return {
      websocket: await socket(`${session}/websocket`),
      raw: await socket(`${room}/sockjs/websocket`),
      eventsource: await stream(`${session}/eventsource`),
      xhr: await read(`${session}/xhr`, { method: 'POST' }),
      log: await read(`${room}/messages`),
      page: await read(room),
      jsonp: await script(`${session}/jsonp?c=called`),
    }
  }
</script>
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server for a folder, without a log."""

    def log_message(self, *_arguments):
        pass


class InBrowser(TestCase):
    layer = ATTACKED_BY_BROWSER

    def setUp(self):
        self.driver = BROWSER.driver
        if self.driver is None:
            self.skipTest(BrowserLayer.MISSING)
        self.driver.delete_all_cookies()

    def owner(self):
        """Open a room in the browser; return its URL, and its owner's cookies for another client."""
        self.driver.get(ATTACKED.url)
        field = self.driver.find_element(By.ID, "name")
        field.send_keys(f"{NAME} {os.urandom(3).hex()}")
        field.submit()
        wait_until(lambda: "/rooms/" in self.driver.current_url, "opening a room")
        client = Browser(ATTACKED.port)
        client.cookies = {each["name"]: each["value"] for each in self.driver.get_cookies()}
        return self.driver.current_url, client

    def assertNothingRan(self):
        self.assertIsNone(self.driver.execute_script("return window.hacked ?? null"))

    def test_hostile_text_is_escaped(self):
        BROWSER.console.expect("/rooms/%22.* status of 404")
        url, owner = self.owner()
        self.addCleanup(self.driver.delete_all_cookies)
        room = urllib.parse.urlsplit(url).path
        owner.post(f"{room}/settings", title=TITLE, translator="original", slow="0")
        visitor = Window(ATTACKED.port, room, Browser(ATTACKED.port).visit(room))
        self.addCleanup(visitor.close)
        visitor.join(name=NAME)
        for text in TEXTS[:4]:
            visitor.say(text)
            visitor.hear("message")
        self.driver.get(f"{url}?as=original")
        self.assertNothingRan()
        for text in TEXTS[4:]:
            visitor.say(text)
        shown = "return [...document.querySelectorAll('#messages .text')].map((each) => each.textContent)"
        wait_until(lambda: len(self.driver.execute_script(shown)) == len(TEXTS), "receiving messages")
        self.assertEqual(self.driver.execute_script(shown), list(TEXTS))
        self.assertIn(TITLE, self.driver.title)
        self.assertNothingRan()
        for path in (
            f"{room}/messages",
            f"{room}/messages/1",
            f"/rooms/{urllib.parse.quote(TEXTS[1])}",
            f"/?name={TEXTS[1]}",
        ):
            self.driver.get(ATTACKED.url + path)
            self.assertNothingRan()

    def test_output_of_translators_is_escaped(self):
        url, owner = self.owner()
        room = urllib.parse.urlsplit(url).path
        for text in ("words", "fail"):
            owner.post(f"{room}/messages", text=text)
        self.driver.get(f"{url}?as=hostile")
        page = "return document.body.textContent"
        for shown in (hostile.TITLE, hostile.ANSWER, hostile.REASON):
            wait_until(lambda shown=shown: shown in self.driver.execute_script(page), f"showing {shown}")
        self.assertNothingRan()
        self.driver.get(f"{url}?as=hostile")  # as rendered by the server
        for shown in (hostile.TITLE, hostile.ANSWER):
            self.assertIn(shown, self.driver.execute_script(page))
        self.assertNothingRan()

    def test_a_page_of_another_site(self):
        BROWSER.console.expect(".")  # errors for all rejected requests
        url, owner = self.owner()
        room = urllib.parse.urlsplit(url).path
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "index.html"), "w") as page:
            page.write(HOSTILE_PAGE % {"room": url})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder.name))
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        self.driver.get(f"http://localhost:{server.server_port}/")
        done = self.driver.execute_async_script(
            "const done = arguments[0]; window.attack().then(done, (e) => done(String(e)))"
        )
        self.assertEqual(
            done,
            dict.fromkeys(("websocket", "raw", "eventsource", "xhr", "log", "page", "jsonp"), "refused"),
        )
        self.driver.switch_to.frame("room")
        self.assertFalse(self.driver.execute_script("return location.href").startswith(ATTACKED.url))
        self.driver.switch_to.default_content()
        self.assertEqual(owner.json(f"{room}/messages")["messages"], [])
        self.driver.get(url)  # the owner has the same identity
        self.assertTrue(self.driver.find_elements(By.ID, "owner"))
