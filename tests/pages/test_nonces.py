"""Visitors receive the nonces of their own messages only; pages use them to detect stored messages."""

import time
from unittest import mock

from webob import Request

from piratechat.views.room_page import NONCES_TOLD
from tests.support.pages import PAGES, PagesTest, Visitor


class NoncesTest(PagesTest):
    def setUp(self):
        self.owner, self.path = self.room()
        self.bo = Visitor().visit(self.path)
        self.bo.send(f"{self.path}/messages", text="this is Bo", name="Bo", nonce="bo-1")
        self.owner.send(f"{self.path}/messages", text="this is mine", nonce="owner-1")
        self.bo.send(f"{self.path}/messages", text="without any")

    def told(self, browser):
        """Return the nonces on the room's page, which are equal to those in its JSON."""
        listed = browser.visit(f"{self.path}/messages?limit=200").json["messages"]
        shown = browser.visit(self.path).page.cssselect("#messages .message")
        found = {int(one.get("data-seq")): one.get("data-nonce") for one in shown if one.get("data-nonce")}
        self.assertEqual({each["seq"]: each["nonce"] for each in listed if "nonce" in each}, found)
        return found

    def test_visitors_get_their_own_nonces(self):
        self.assertEqual(self.told(self.bo), {1: "bo-1"})
        self.assertEqual(self.told(self.owner), {2: "owner-1"}, "owners do not receive nonces of others")

    def test_other_visitors_get_no_nonces(self):
        cy = Visitor().visit(self.path)
        self.assertEqual(self.told(cy), {})
        cy.send(f"{self.path}/messages", text="this is Cy", name="Cy", nonce="bo-1")
        self.assertEqual(self.told(cy), {4: "bo-1"}, "visitors may use the same nonce")
        for path in ("", "/messages", "/messages/1", "/export.json", "/export.txt"):
            answer = Request.blank(self.path + path).get_response(PAGES.application)
            self.assertNotIn("owner-1", answer.text, path)

    def test_a_single_message_has_its_nonce(self):
        self.bo.addHeader("Accept", "application/json")
        self.assertEqual(self.bo.visit(f"{self.path}/messages/1").json["nonce"], "bo-1")
        self.assertNotIn("nonce", self.bo.visit(f"{self.path}/messages/2").json)

    def test_under_a_new_name_and_after_a_removal(self):
        self.bo.send(f"{self.path}/messages", text="this is me", name="Bosun", nonce="bo-2")
        self.owner.send(f"{self.path}/messages/1/remove")
        self.assertEqual(self.told(self.bo), {1: "bo-1", 4: "bo-2"})

    def test_nonces_expire_after_an_hour(self):
        later = time.time_ns() + (NONCES_TOLD - 5_000) * 1_000_000
        with mock.patch("piratechat.views.room_page.time") as clock:
            clock.time_ns.return_value = later
            self.assertEqual(self.told(self.bo), {1: "bo-1"})
            clock.time_ns.return_value = later + 10_000 * 1_000_000
            self.assertEqual(self.told(self.bo), {})

    def test_a_nonce_is_escaped(self):
        self.bo.send(f"{self.path}/messages", text="x", nonce='"><img src=x>')
        self.assertEqual(self.told(self.bo), {1: "bo-1", 4: '"><img src=x>'})
        self.assertEqual(self.bo.page.cssselect("#messages img"), [])
