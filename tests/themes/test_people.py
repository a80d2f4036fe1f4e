"""The layout of people in the head of a room, and of rooms in the list of rooms."""

import json

from tests.support.stage import THEMES, Seen

#: Simulates many visitors in the head, with the colors and initials of authors in the log.
PEOPLE = """
    const [many] = arguments
    const pile = document.getElementById('people-pile')
    for (const coin of pile.querySelectorAll('.coin')) coin.remove()
    const said = [...document.querySelectorAll('#messages .message:not(.own, .again)')]
    for (const {dataset} of said.slice(0, Math.min(many, 3))) {
        const coin = pile.appendChild(document.createElement('span'))
        coin.className = 'coin'
        coin.dataset.hue = dataset.hue
        coin.dataset.initial = dataset.initial
    }
    document.getElementById('people-count').textContent = String(many)
    return said.length
"""
#: The position and width of each part of the head.
PLACES = """
    const found = [...document.querySelectorAll('#bar > *, #people-count')].filter((one) => one.checkVisibility())
    return found.map((one) => [one.id, one.getBoundingClientRect().left, one.getBoundingClientRect().width])
"""
#: For each visible person, the colors of the coin in the head, of the coin in the log, and of the name there.
COLOURS = """
    const said = [...document.querySelectorAll('#messages .message:not(.own, .again)')]
    return [...document.querySelectorAll('.coin')].filter((one) => one.checkVisibility()).map((coin, at) => [
        getComputedStyle(coin).backgroundColor, getComputedStyle(said[at], '::before').backgroundColor,
        getComputedStyle(said[at].querySelector('.author')).color])
"""
#: The heights of one-line rows in the activity log.
ROWS = """
    return [...document.querySelectorAll('#moderation-log li')].filter((row) => {
        const words = document.createRange()
        words.selectNodeContents(row.querySelector('a, span'))
        return words.getClientRects().length === 1
    }).map((row) => [row.querySelector('a') !== null, row.getBoundingClientRect().height])
"""
#: The positions of titles in the list of rooms.
BEGINNINGS = """
    return [...document.querySelectorAll('#rooms li bdi')].map((title) => {
        const words = document.createRange()
        words.selectNodeContents(title)
        return Math.round(words.getBoundingClientRect().left)
    })
"""
#: Records whether the list of rooms has its space before any other script runs.
RESERVED = """
    document.addEventListener('DOMContentLoaded', () => {
        window.reserved = document.documentElement.dataset.rooms !== undefined
    }, {capture: true, once: true})
"""
ROOMS = [["bo", "Bo"], ["salam", "السلام عليكم"], ["shalom", "שלום"]]


class PeopleTest(Seen):
    def test_joins_and_leaves_move_nothing(self):
        for theme in THEMES:
            for width, height, coins in ((1280, 900, 3), (390, 844, 1)):
                self.camera.frame(width, height)
                self.camera.show(self.stage, "room", theme)
                with self.subTest(theme=theme, width=width):
                    self.assertGreaterEqual(self.driver.execute_script(PEOPLE, 0), 3)
                    places = self.driver.execute_script(PLACES)
                    for many in (1, 2, 3, 99):
                        self.driver.execute_script(PEOPLE, many)
                        self.assertEqual(self.driver.execute_script(PLACES), places)
                    self.assertEqual(len(self.driver.execute_script(COLOURS)), coins)

    def test_people_have_their_colors_of_the_log(self):
        for theme in THEMES:
            for scheme in ("light", "dark"):
                self.camera.light(scheme)
                self.camera.show(self.stage, "room", theme)
                self.driver.execute_script(PEOPLE, 3)
                with self.subTest(theme=theme, scheme=scheme):
                    for coin, picture, name in self.driver.execute_script(COLOURS):
                        self.assertIn(coin, (picture, name))

    def test_the_head_shows_the_people_present(self):
        self.camera.show(self.stage, "room", "plain")
        (coin,) = self.driver.find_elements("css selector", "#people-pile .coin")
        author = self.driver.find_element("css selector", "#messages .message[data-author=Bo]")
        for name in ("data-hue", "data-initial"):
            self.assertEqual(coin.get_attribute(name), author.get_attribute(name))

    def test_rows_of_the_activity_log_have_the_same_height(self):
        for theme in THEMES:
            self.camera.show(self.stage, "owner", theme)
            self.driver.execute_script("document.getElementById('moderation-log').open = true")
            rows = self.driver.execute_script(ROWS)
            with self.subTest(theme=theme):
                self.assertEqual({leads for leads, _height in rows}, {True, False})
                self.assertEqual(len({round(height) for _leads, height in rows}), 1, rows)


class RoomsTest(Seen):
    def setUp(self):
        super().setUp()
        run = self.driver.execute_cdp_cmd
        watching = run("Page.addScriptToEvaluateOnNewDocument", {"source": RESERVED})["identifier"]
        self.addCleanup(run, "Page.removeScriptToEvaluateOnNewDocument", {"identifier": watching})
        self.addCleanup(self.driver.execute_script, "localStorage.clear()")

    def keep(self, **more):
        """Store rooms in the browser, and reload the page."""
        rooms = [[room, json.dumps({"title": title, "last": 0})] for room, title in ROOMS]
        kept = {"rooms": json.dumps(rooms), **more}
        for name, text in kept.items():
            self.driver.execute_script("localStorage.setItem(`piratechat:${arguments[0]}`, arguments[1])", name, text)
        self.driver.refresh()
        self.camera.wait_for_connection()

    def test_titles_of_rooms_are_aligned(self):
        for theme in THEMES:
            self.camera.show(self.stage, "room", theme)
            self.keep()
            with self.subTest(theme=theme):
                self.assertTrue(self.driver.execute_script("return reserved"))
                beginnings = self.driver.execute_script(BEGINNINGS)
                self.assertEqual(len(beginnings), 4)
                self.assertEqual(len(set(beginnings)), 1, beginnings)

    def test_no_space_is_reserved_for_the_rooms_of_another_visitor(self):
        self.camera.show(self.stage, "room", "plain")
        self.keep(visitor="somebody else")
        self.assertFalse(self.driver.execute_script("return reserved"))
        self.assertFalse(self.driver.find_element("css selector", "#rooms .top").is_displayed())
