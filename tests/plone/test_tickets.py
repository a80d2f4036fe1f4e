"""Tickets from Plone's add-on, and their verification by the chat."""

import base64
import hashlib
import hmac
import json
import time
import unittest

from piratechat.plone.tickets import (
    CLOCK_SKEW,
    LIFETIME,
    MAX_LENGTH,
    PREFIX,
    TicketExpired,
    TicketInvalid,
    read_ticket,
    state_of,
)
from tests.support.plone import SECRET, ticket


def signed(values, secret=SECRET, prefix=PREFIX):
    """Return a signed ticket with any `values`."""
    payload = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=")
    return f"{payload.decode()}.{hmac.new(secret.encode(), prefix + payload, hashlib.sha256).hexdigest()}"


class Tickets(unittest.TestCase):
    def setUp(self):
        self.now = time.time()
        self.good = {
            "purpose": "enter", "user": "ada", "name": "Ada", "roles": ["Member"], "state": state_of("browser"),
            "once": "0" * 32, "expires": int(self.now) + 60,
        }  # fmt: skip

    def read(self, given, purpose="enter", secret=SECRET):
        return read_ticket(given, secret, purpose, self.now)

    def test_the_chat_accepts_tickets_of_the_add_on(self):
        name = "Zoë Ωmega 张 🏴"
        found = self.read(ticket("enter", user="zoë", name=name, roles=["Member", "Editor"], state="a" * 32))
        self.assertEqual((found.user, found.name, found.state), ("zoë", name, "a" * 32))
        self.assertEqual(found.roles, {"Member", "Editor"})
        self.assertTrue(self.now < found.expires <= self.now + LIFETIME + 1)
        self.assertNotEqual(self.read(ticket("enter")).once, self.read(ticket("enter")).once)

    def test_forged_tickets_are_rejected(self):
        given = ticket("enter", user="ada", name="Ada")
        payload, _, mark = given.partition(".")
        forged = base64.urlsafe_b64encode(json.dumps({**self.good, "user": "admin"}).encode()).rstrip(b"=").decode()
        for wrong in (
            f"{forged}.{mark}", f"{payload}.{'0' * 64}", f"{payload}.", payload, f".{mark}", "", ".", f"{given}0",
            f"{payload}.{mark.upper()}", f"{payload}=.{mark}", f" {given}", f"{given}\n", f"{payload}.{mark}.{mark}",
            signed(self.good, "another secret of sixteen"), signed(self.good, prefix=b""), "é" * 80,
        ):  # fmt: skip
            with self.subTest(wrong[-80:]), self.assertRaises(TicketInvalid):
                self.read(wrong)

    def test_each_ticket_has_one_purpose(self):
        given = ticket("leave", user="ada")
        self.assertEqual(self.read(given, "leave").user, "ada")
        for purpose in ("enter", "room"):
            with self.assertRaises(TicketInvalid):
                self.read(given, purpose)

    def test_a_ticket_is_valid_for_a_minute(self):
        for expires, good in (
            (self.now + 60, True), (self.now - CLOCK_SKEW + 2, True), (self.now - CLOCK_SKEW - 2, False),
            (self.now + LIFETIME + CLOCK_SKEW + 2, False), (self.now + 10**8, False), (0, False),
        ):  # fmt: skip
            given = signed({**self.good, "expires": int(expires)})
            with self.subTest(expires - self.now):
                if good:
                    self.assertEqual(self.read(given).user, "ada")
                else:
                    with self.assertRaises(TicketExpired):
                        self.read(given)

    def test_invalid_signed_values_are_rejected(self):
        self.assertEqual(self.read(signed(self.good)).user, "ada")
        for changes in (
            {"user": "x" * 151}, {"user": "a\nb"}, {"user": 7}, {"user": None}, {"name": "x" * 201}, {"name": ["x"]},
            {"roles": "Manager"}, {"roles": ["x"] * 31}, {"roles": ["x" * 61]}, {"roles": [1]}, {"roles": {"x": 1}},
            {"state": "x"}, {"state": "A" * 32}, {"once": ""}, {"once": "0" * 31}, {"once": 0}, {"title": "x" * 201},
            {"expires": str(self.good["expires"])}, {"expires": float(self.good["expires"])}, {"expires": True},
            {"expires": 2**70}, {"expires": None}, {"purpose": ["enter"]}, {"purpose": None},
        ):  # fmt: skip
            with self.subTest(changes), self.assertRaises(TicketInvalid):
                self.read(signed({**self.good, **changes}))
        for values in ([], "ada", None, 7):
            with self.subTest(values), self.assertRaises(TicketInvalid):
                self.read(signed(values))

    def test_the_length_is_checked_first(self):
        with self.assertRaises(TicketInvalid):
            self.read(signed({**self.good, "more": "x" * MAX_LENGTH}))
        deep = base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=")
        mark = hmac.new(SECRET.encode(), PREFIX + deep, hashlib.sha256).hexdigest()
        with self.assertRaises(TicketInvalid):
            self.read(f"{deep.decode()}.{mark}")
