"""Animations of messages: their duration, and none for readers who prefer reduced motion."""

from sockjs_support.waiting import wait_until
from tests.support.chatting import Browser, Window
from tests.support.stage import SIZES, THEMES, Seen

#: Records animations started by scripts, and layout shifts.
WATCH = """
    window.moved = []
    window.styled = [] // moved by a style sheet
    window.shifted = 0
    window.displaced = [] // elements in messages that were visible elsewhere in the previous frame: [element, from, to]
    const {animate} = Element.prototype
    Element.prototype.animate = function (frames, options) {
        moved.push({
            seq: this.closest('.message').dataset.seq ?? null, part: this.className || this.parentElement.className,
            text: this.textContent, own: Boolean(this.closest('#outbox')), ...options,
        })
        return animate.call(this, frames, options)
    }
    for (const kind of ['animationstart', 'transitionrun']) {
        addEventListener(kind, ({target}) => {
            if (target.closest?.('#messages')) window.styled.push(`${kind} of ${target.className}`)
        })
    }
    new PerformanceObserver((list) => {
        for (const {value, hadRecentInput, sources} of list.getEntries()) {
            if (hadRecentInput) continue
            shifted += value
            // The list itself grows, and moves none of its messages.
            displaced.push(...sources.filter(({node}) => node?.parentElement?.closest('#messages'))
                .map(({node, previousRect, currentRect}) => [node.outerHTML, previousRect.y, currentRect.y]))
        }
    }).observe({type: 'layout-shift', buffered: true})
"""
#: The numbers of the messages with visible text, from the top.
IN_SIGHT = """
    const {top, bottom} = document.getElementById('log').getBoundingClientRect()
    return [...document.querySelectorAll('#messages > .message')].filter((item) => {
        const box = item.getBoundingClientRect()
        return box.bottom > top && box.top < bottom
    }).map((item) => item.dataset.seq)
"""
#: Delays the next response until `go()` is called.
HOLD_FETCH = """
    const real = window.fetch
    window.fetch = (...request) => new Promise((resolve) => { window.go = resolve }).then(() => {
        window.fetch = real
        return real(...request)
    })
"""
#: The position of the end of message `first`, when it was unchanged for ten frames and older messages are requested.
AT_REST = """
    const [done] = arguments
    let [last, same] = [null, 0]
    const look = () => {
        const end = first.getBoundingClientRect().bottom
        same = end === last ? same + 1 : 0
        last = end
        if (same < 10 || !window.go) requestAnimationFrame(look)
        else done(end)
    }
    look()
"""
#: Scrolls to the link to older messages, which requests them.
SCROLL_UP = """
    document.getElementById('older').scrollIntoView()
    window.first = document.querySelector('#messages > .message')
"""
PRESS = """
    const text = document.querySelector('#m1 > .text')
    const {x, y} = text.getBoundingClientRect()
    const options = {bubbles: true, isPrimary: true, button: 0, clientX: x + 5, clientY: y + 5}
    text.dispatchEvent(new PointerEvent('pointerdown', options))
"""


class MessageAnimations(Seen):
    def setUp(self):
        super().setUp()
        run = self.driver.execute_cdp_cmd
        self.js = self.driver.execute_script
        watching = run("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})["identifier"]
        self.addCleanup(run, "Page.removeScriptToEvaluateOnNewDocument", {"identifier": watching})

    def enter(self, motion="no-preference", theme="pirate"):
        self.camera.light(prefers_reduced_motion=motion)
        self.camera.show(self.stage, "owner", theme)
        self.js("document.getElementById('more').hidePopover()")

    def take(self):
        """Return the animations since the last call."""
        return self.js("return moved.splice(0)")

    def say(self, text):
        """Post as Bo, and wait for the translation."""
        bo = self.stage.people["Bo"]
        last = "const {seq, view} = document.querySelector('#messages > :last-child').dataset; return [seq, view]"
        before = self.js(last)
        self.assertEqual(bo.post(f"{self.stage.room}/messages", text=text, name="Bo").status, 303)
        wait_until(lambda: (now := self.js(last))[0] != before[0] and now[1] == "ready", "the translation")

    def read_as(self, view):
        self.js(f"document.querySelector('#views [data-view={view}]').click()")
        read = """
            const view = new URL(location).searchParams.get('as')
            const said = [...document.querySelectorAll('#messages > .message:not(.removed)')]
            return view === arguments[0] && said.every(({dataset}) => dataset.view && dataset.view !== 'pending')
        """
        wait_until(lambda: self.js(read, view), f"all as {view}")

    def test_only_new_messages_rise(self):
        self.enter()
        self.assertEqual(self.take(), [])
        self.say("The wind is good, my friend.")
        risen = [one for one in self.take() if one["duration"] == 120]
        # One more at most: the animation continues when the message is rendered again with its translation.
        self.assertIn(len(risen), (1, 2))
        self.assertEqual(len({one["seq"] for one in risen}), 1)
        self.assertEqual(risen[0]["delay"], 0)

    def test_older_messages_loaded_by_scrolling_neither_rise_nor_shift(self):
        """Visible messages keep their position when others are inserted above, and the others appear immediately."""
        room = self.a_long_room()
        for theme in THEMES:
            for size in SIZES.items():
                with self.subTest(theme=theme, size=size):
                    self.camera.frame(*size)
                    self.enter(theme=theme)
                    self.driver.get(self.stage.origin + room)
                    self.camera.wait_for_connection()
                    before = self.js("return document.querySelectorAll('.message').length")
                    self.assertEqual(before, 50)
                    self.js(HOLD_FETCH + SCROLL_UP)
                    place = self.at_rest()
                    self.js("window.displaced = []; go()")
                    wait_until(lambda: self.js("return document.getElementById('m1') !== null"), "the first message")
                    self.assertLess(abs(self.at_rest() - place), 2)
                    self.assertEqual([self.take(), self.js("return styled"), self.js("return displaced")], [[], [], []])

    def at_rest(self):
        """Return the position of the end of the first message, once it is stable."""
        return self.driver.execute_async_script(AT_REST)

    def a_long_room(self):
        """Return the path of a room with more messages than a page initially has."""
        ada = Browser(self.layer.port)
        room = ada.open_room("Ada at length")
        window = Window(self.layer.port, room, ada.visit(room))
        self.addCleanup(window.close)
        window.join()
        for number in range(150):
            window.say(f"This is number {number}, my friend")
            window.hear("message")
        return room

    def test_ones_own_message_rises_once(self):
        self.enter()
        self.js(
            "const text = document.getElementById('text'); text.value = 'Ada was here';"
            "text.dispatchEvent(new Event('input', {bubbles: true})); document.querySelector('#saying button').click()"
        )
        # Unsent messages of another test may be below it.
        said = "return document.querySelector('#messages > :last-child').textContent.includes('Ada was here')"
        wait_until(lambda: self.js(said), "the message")
        self.assertEqual([(one["own"], one["duration"]) for one in self.take()], [(True, 120)])

    def test_another_translator_animates_visible_messages_in_order(self):
        self.enter()
        for view in ("original", "pirate"):
            in_sight = self.js(IN_SIGHT)
            self.assertGreater(len(in_sight), 3)
            self.read_as(view)
            first = self.take()[: len(in_sight)]
            with self.subTest(view=view):
                self.assertEqual([one["seq"] for one in first], in_sight)
                self.assertEqual([one["delay"] for one in first], [20 * number for number in range(len(in_sight))])

    def test_showing_the_original_and_the_translation_is_animated(self):
        self.enter()
        self.js(PRESS)
        wait_until(lambda: self.js("return document.querySelector('#m1.held') !== null"), "held")
        [turned] = self.take()
        self.assertEqual((turned["part"], turned["seq"], turned["duration"]), ("original", "1", 150))
        self.js("window.dispatchEvent(new PointerEvent('pointerup'))")
        [back] = self.take()
        self.assertEqual((back["part"], back["duration"]), ("text", 150))
        self.js("document.querySelector('#m1 > .original > summary').click()")
        [opened] = self.take()
        self.assertEqual((opened["part"], opened["duration"]), ("original", 150))

    def everything(self, motion):
        """Trigger all animations of messages; return them, and the layout shift."""
        self.enter(motion)
        self.say("Everybody, come here!")
        self.read_as("original")
        self.read_as("pirate")
        self.js(PRESS)
        wait_until(lambda: self.js("return document.querySelector('#m1.held') !== null"), "held")
        self.js("window.dispatchEvent(new PointerEvent('pointerup'))")
        moving = "return document.getAnimations().some((one) => one.effect.target.closest('.message'))"
        wait_until(lambda: not self.js(moving), "the end of all animations")
        return self.take(), self.js("return shifted")

    def test_reduced_motion_disables_animations_without_layout_shifts(self):
        still, without = self.everything("reduce")
        self.assertEqual(still, [])
        moved, shifted = self.everything("no-preference")
        self.assertGreater(len(moved), 3)
        self.assertLess(shifted - without, 0.01)
