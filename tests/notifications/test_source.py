"""Settings of queues, and the messages made from notifications."""

import json
import unittest

from piratechat.model.commands import Announce
from piratechat.notifications.delivery import Delivery
from piratechat.notifications.source import Undeliverable, sources_from
from piratechat.notifications.whispers import Whisper

ORDERS = {
    "piratechat.notifications": "orders",
    "piratechat.notification.orders.queue": "shop.orders",
    "piratechat.notification.orders.room": "shop-{shop}",
    "piratechat.notification.orders.name": "The Shop",
    "piratechat.notification.orders.text": "Order {order.number} is {order.state}",
}
ORDER = {"shop": "Nörd!", "order": {"number": 7, "state": "paid"}}


def sources_of(settings):
    """Return the sources defined by settings."""
    return sources_from(settings.get("piratechat.notifications", "").split(), settings, 100)


def source(**changed):
    """Return the only source, with changed settings, or without those that are None."""
    settings = {**ORDERS, **{f"piratechat.notification.orders.{name}": value for name, value in changed.items()}}
    return sources_of({name: value for name, value in settings.items() if value is not None})[0]


class Said(unittest.TestCase):
    def said(self, values, **changed):
        return source(**changed).command(Delivery(1, json.dumps(values).encode(), "id"))

    def test_a_notification_is_posted(self):
        self.assertEqual(
            self.said(ORDER, lang="en-gb", mentions="true"),
            Announce("shop-nörd", "queue:orders", "The Shop", "Order 7 is paid", "id", "en-GB", True),
        )

    def test_whispers_are_marked_by_the_queue_or_the_sender(self):
        whisper = Whisper("shop-nörd", "queue:orders", "The Shop", "Order 7 is paid", "en")
        body = json.dumps(ORDER).encode()
        for mode, header, kind in (
            (None, "", Announce),
            ("kept", "", Announce),
            ("whispered", "", Whisper),
            (None, "whispered", Whisper),
            ("whispered", "kept", Announce),
        ):
            with self.subTest(mode=mode, header=header):
                command = source(mode=mode, lang="en").command(Delivery(1, body, "id", header))
                self.assertIsInstance(command, kind)
                self.assertTrue(kind is Announce or command == whisper)
        with self.assertRaisesRegex(Undeliverable, "its header x-piratechat-mode is neither kept nor whispered"):
            source().command(Delivery(1, body, "id", "shouted"))

    def test_publications_are_not_posted_again(self):
        body = json.dumps(ORDER).encode()
        for mode in ("kept", "whispered"):
            with self.assertRaisesRegex(Undeliverable, "^a program has said it in a room of a chat"):
                source().command(Delivery(1, body, "id", mode, epoch="another", source="news"))
            command = source().command(Delivery(1, body, "id", mode, epoch="another"))
            self.assertEqual(command.origin, "another")

    def test_defaults(self):
        found = source(queue=None, name=None)
        self.assertEqual((found.queue, found.author, found.lang), ("piratechat.orders", "orders", ""))

    def test_errors_have_a_reason(self):
        for body, why in (
            (b"{", "no JSON"),
            (b"\xff", "no JSON in UTF-8"),
            (b"[" * 5_000, "no JSON"),
            (b"x" * 70_000, "it has 70,000 bytes"),
            (b"{}", "it has no shop"),
            (json.dumps({**ORDER, "shop": "!"}).encode(), "shop-"),
            (json.dumps({**ORDER, "order": {"number": "9" * 200, "state": "paid"}}).encode(), "100"),
            (json.dumps({**ORDER, "order": {"number": [], "state": "paid"}}).encode(), "no text and no number"),
        ):
            with self.subTest(body[:40]):
                try:
                    command = source().command(Delivery(1, body, "id"))
                except Undeliverable as error:
                    self.assertIn(why, str(error))
                else:
                    self.assertEqual(command.slug, "shop")

    def test_undisplayable_characters_are_replaced(self):
        self.assertEqual(
            self.said({"shop": "a", "order": {"number": "\x00", "state": "\r\n"}}).text, "Order \ufffd is \n"
        )

    def test_long_names_of_rooms_are_errors(self):
        for name in ("x" * 300, "a" + "\u0300\u0323" * 200):
            with self.assertRaisesRegex(Undeliverable, "its room has a name of"):
                self.said({**ORDER, "shop": name}, room="{shop}")

    def test_a_room_needs_a_name(self):
        with self.assertRaisesRegex(Undeliverable, "the room has no name"):
            self.said({**ORDER, "shop": "!"}, room="{shop}")


class Settings(unittest.TestCase):
    def refuse(self, complaint, settings):
        with self.assertRaisesRegex(ValueError, complaint):
            sources_of(settings)

    def test_by_default_there_are_no_sources(self):
        self.assertEqual(sources_of({}), [])

    def test_errors_name_the_setting(self):
        for name, value, complaint in (
            ("room", None, "piratechat.notification.orders.room is missing"),
            ("text", None, "piratechat.notification.orders.text is missing"),
            ("text", "{", "piratechat.notification.orders.text has a {"),
            ("name", " ", "piratechat.notification.orders.name must be a name"),
            ("lang", "??", "piratechat.notification.orders.lang must be a language tag"),
            ("mentions", "yes", "piratechat.notification.orders.mentions must be one of true, false"),
            ("mode", "shouted", "piratechat.notification.orders.mode must be kept or whispered"),
            ("queue", "x" * 300, "piratechat.notification.orders.queue must be the name of a queue"),
            ("colour", "red", "piratechat.notification.orders.colour is no setting"),
        ):
            with self.subTest(name=name, value=value):
                settings = {**ORDERS, f"piratechat.notification.orders.{name}": value}
                self.refuse(complaint, {key: each for key, each in settings.items() if each is not None})

    def test_a_source_must_be_listed(self):
        self.refuse("there is no such source", {**ORDERS, "piratechat.notification.news.text": "x"})
        self.refuse("lowercase letters", {"piratechat.notifications": "Orders!"})

    def test_queues_and_names_are_unique(self):
        both = {**ORDERS, "piratechat.notifications": "orders news", "piratechat.notification.news.room": "shop"}
        both["piratechat.notification.news.text"] = "x"
        self.assertEqual(len(sources_of(both)), 2)
        self.refuse("news.queue must be another", {**both, "piratechat.notification.news.queue": "shop.orders"})
        self.refuse("news.name must be another", {**both, "piratechat.notification.news.name": "The Shop"})
