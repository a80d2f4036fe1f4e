"""The sample pages, generated from the chat's templates, and by scripts from its elements."""

import os
import shutil
import subprocess
import sys
import tempfile
from unittest import TestCase

from lxml import html

from sockjs_support.layers import BROWSER
from tests.support.paths import TOP
from tests.support.shape import lines
from tests.support.stage import FOLDER, SAMPLES, THEMES, Seen, StageLayer

#: XPaths of states that a style sheet can distinguish, all of which samples show.
STATES = {
    "index.html": (
        "//li[@class='day']",
        "//li[@id='new']",
        *(f"//li[contains(@class, '{kind}')]" for kind in ("own", "by-owner", "again", "removed")),
        *(f"//li[@data-view='{state}']" for state in ("ready", "pending", "failed", "skipped")),
        "//*[@id='messages']//details[@class='original']",
        "//*[@id='messages']//div[@class='block']//code",
        *(f"//*[@class='text']//{tag}" for tag in ("em", "strong", "s", "blockquote", "ul/li", "ol/li", "ul/li/ul/li")),
        "//*[@class='text large']",
        "//*[@id='messages']//a[starts-with(@href, 'https://')]",
        "//*[contains(@class, 'in-rtl')]",
        "//li[@data-lang='ja']",
        "//div[@class='text'][contains(., '🏴‍☠️')]",
        *(f"//*[@id='outbox']/li[contains(@class, '{state}')]" for state in ("pending", "failed")),
        *(f"//*[@id='{name}'][not(@hidden)]" for name in ("title-error", "find", "below", "undo", "typing")),
        *(f"//*[@id='{name}'][not(@hidden)]" for name in ("purpose", "hints")),
        "//li/*[@class='actions']/button[@aria-haspopup]",
        *(f"//form[@class='{form}']" for form in ("remove", "restore", "mute", "unmute")),
        "//input[@id='third_party_translation']",
        "//*[@id='moderation-log']//li",
        "//*[@id='topic'][not(@hidden)]//a",
        "//*[@id='pins'][not(@hidden)]//li[2]//q",
        "//*[@class='reply']//q",
        "//li[contains(@class, 'for-you')]//*[@class='mention you']",
        *(f"//*[@class='head']/*[@class='{mark}']" for mark in ("edited", "pin")),
        *(f"//*[@class='reactions']/button[@aria-pressed='{pressed}']" for pressed in ("true", "false")),
        "//*[@class='reactions']/button[@data-count='3']",
        "//li[contains(@class, 'removed')][@data-by='author'][not(@data-erased)]",
        "//li[contains(@class, 'removed')][@data-erased]",
    ),
    "visitor.html": (
        "//li[@aria-current]",
        "//div[@class='text'][@lang='de']",
        "//li[@aria-current]//small[@class='edited']",
        "//*[@id='pins'][not(@hidden)]//q",
        *(f"//*[@id='{name}'][not(@hidden)]" for name in ("older", "newer", "notice", "reason")),
        *(f"//*[@id='{name}'][not(@hidden)]" for name in ("say-error", "naming", "left")),
        "//*[@id='connection'][@data-state='reconnecting']",
    ),
    "home.html": (
        "//*[@id='open-error']",
        "//*[@id='taken']",
        *(f"//*[@id='{name}'][not(@hidden)]" for name in ("left-room", "my-rooms")),
        "//*[@id='my-rooms']//*[@class='unread']",
        "//*[@id='my-rooms']//p[@role='alert']",
    ),
    "problem.html": ("//*[@id='open']", "//*[@id='links']"),
    "search.html": ("//*[@id='search']", "//*[@id='results']//mark", "//*[@id='older-results']"),
    "pinned.html": ("//*[@id='pinned']/li[2]//ol/li", "//*[@id='pinned']//details[@class='original']"),
    "history.html": ("//*[@id='versions']/li[2]//small", "//*[@id='back']/a"),
}  # fmt: skip

#: Lets the scripts render everything, and returns the HTML.
MADE = """
    const done = arguments[0]
    const from = (name) => import(new URL(`${name}.js`, document.querySelector('link[rel=modulepreload]').href))
    const [names, hidden] = [new Set(['Nora']), {has: () => false}]
    const page = {you: 'Nora', names, ownerNames: names, url: '/rooms/nora', token: '', hidden}
    const list = document.createElement('ol')
    const parts = ['composer/unsent', 'log/undo', 'ui/presence', 'log/log', 'rooms/room_list', 'log/toolbar',
        'log/actions', 'composer/purpose', 'ui/hints']
    Promise.all(parts.map(from))
        .then(([{Unsent}, {Undo}, {Presence}, {Log}, {RoomList}, {Toolbar}, {actionsFor}, {Purpose}, {Hints}]) => {
            const made = {}
            new Unsent(list, {page}).show([
                {nonce: '1', state: 'pending', text: 'On its way.'},
                {nonce: '2', state: 'failed', text: 'Is anybody there?', reason: 'You are too fast.'}])
            made.outbox = list.innerHTML
            new Undo(list).offer(17, {text: 'Removed.'})
            made.undo = list.innerHTML
            const presence = new Presence(document.createElement('ol'), list)
            presence.startedTyping('Bo')
            made.typing = list.innerHTML
            presence.set(['Bo', 'Kofi', 'Nora', 'Zoë', 'ليلى', '京子'])
            made.present = presence.list.innerHTML
            const log = new Log(document.getElementById('messages').cloneNode(true), page)
            log.mark(0)
            made.new = log.line.innerHTML
            log.whisper({at: '2026-11-21T10:00:00.000Z', author: 'Tide', text: 'High water in an hour.'})
            made.whisper = log.list.lastElementChild.innerHTML
            const powers = {owner: true, own: false, speaks: true, editTime: 0, now: 0}
            const toolbar = new Toolbar(log, {actions: (message) => actionsFor(message, powers), act() {}})
            toolbar.show(log.last)
            made.toolbar = toolbar.bar.innerHTML
            new Purpose({field: {value: ''}, onChanged() {}}).reply({seq: 23, author: 'Bo',
                text: '@Nora, can I bring my dog on the ship?'})
            made.purpose = document.getElementById('purpose').innerHTML
            const hints = new Hints()
            hints.show('back', 'This is the message that was answered.', {label: 'Back to the answer', act() {}})
            made.hints = hints.place.innerHTML
            const rooms = document.createElement('section')
            rooms.append(document.createElement('ul'))
            const titles = ['A trip to the island', 'ليلى', 'The old harbour']
            new RoomList(rooms).show(titles.map((title, at) =>
                ({room: title, url: 'visitor.html', title, unread: at ? 0 : 3})))
            rooms.querySelector('li:last-child button').click()
            made['my-rooms'] = rooms.innerHTML
            return made
        })
        .then(done, (error) => done(String(error)))
"""


def sample(theme, file):
    return html.parse(os.path.join(FOLDER, theme, file), parser=html.HTMLParser(encoding="utf-8"))


def make(folder):
    """Generate the samples of the themes in `folder`."""
    subprocess.run(
        [sys.executable, os.path.join(TOP, "tools", "samples.py"), folder],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        timeout=120,
    )


class SamplesTest(TestCase):
    maxDiff = None

    def test_samples_are_current(self):
        folder = tempfile.mkdtemp(prefix="piratechat-")
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        # ... and a custom theme has samples as well, before it is enabled.
        shutil.copytree(os.path.join(FOLDER, "plain"), os.path.join(folder, "mine"))
        make(folder)
        for theme in THEMES:
            for file in (*SAMPLES, "qr.svg", "bones.css"):
                with self.subTest(theme=theme, file=file):
                    made, kept = (self.read(where, theme, file) for where in (folder, FOLDER))
                    self.assertEqual(made, kept, "run `make samples`, and review the changes")
        mine = html.fromstring(self.read(folder, "mine", "index.html"))
        self.assertEqual(mine.xpath("//*[@id='theme-chooser']//button[@aria-pressed='true']/@value"), ["mine"])

    def test_samples_show_every_state(self):
        for file, states in STATES.items():
            page = sample("plain", file)
            for state in states:
                with self.subTest(file=file, state=state):
                    self.assertTrue(page.xpath(state))

    def read(self, *path):
        with open(os.path.join(*path), encoding="utf-8") as file:
            return file.read()


class ScriptedTest(Seen):
    """Scripts as modules, as in development mode."""

    layer = StageLayer("EDITED", BROWSER, ini="edited.ini")

    def test_samples_have_the_elements_of_the_scripts(self):
        self.camera.show(self.stage, "owner", "plain")
        made = self.driver.execute_async_script(MADE)
        room, home = sample("plain", "index.html"), sample("plain", "home.html")
        self.assertIsInstance(made, dict, made)
        for name, content in made.items():
            with self.subTest(name):
                where = {"toolbar": "@role", "whisper": "@class"}.get(name, "@id")
                (place,) = (home if name == "my-rooms" else room).xpath(f"//*[{where}='{name}']")
                for title in place.findall("h2"):
                    place.remove(title)  # of the template
                wanted = html.fragment_fromstring(content, create_parent=place.tag)
                self.assertEqual(lines(place)[1:], lines(wanted)[1:])
