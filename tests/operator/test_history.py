"""The history of a room, and undoing changes."""

import pytest

from piratechat.commands.site import Site
from tests.support.chatting import Browser, Window
from tests.support.operating import OperatorTest
from tests.support.postgres import MISSING, PROGRAM, PostgresServer

needs_postgres = pytest.mark.skipif(PROGRAM is None, reason=MISSING)


class HistoryTest(OperatorTest):
    def history(self, *options):
        return self.run_command("history", "ada", "--json", *options).json

    def change(self, **values):
        fields = {"title": "Ada", "slow": "0", **values}
        self.assertEqual(self.browser.post(f"{self.room}/settings", **fields).status, 303)

    def undo(self, change, *options):
        return self.run_command("undo", change["id"], *(options or ["--yes"]))


class History(HistoryTest):
    def test_the_history_shows_the_numbers_of_changes(self):
        self.say("one", "two")
        self.change(title="The ship")
        self.browser.post(f"{self.room}/messages/1/remove")
        self.browser.post(f"{self.room}/messages/1/restore")
        self.assertEqual([change["revs"] for change in self.history()], [[3], [2], [1], [], [], []])
        self.assertRegex(self.done("history", "ada"), r"removals +3 +1 restore")

    def test_the_history_shows_actions_without_texts(self):
        self.say("a secret plan")
        self.change(title="The ship")
        self.browser.post(f"{self.room}/messages/1/remove")
        found = self.history()
        self.assertEqual(
            [change["changed"] for change in found], [["removals"], ["settings"], ["messages"], ["opened"]]
        )
        self.assertEqual([change["note"] for change in found[:3]], ["1 remove", "1 change", "1 say"])
        self.assertEqual({change["by"] for change in found}, {"Ada"})
        self.assertEqual([c["at"] for c in found], sorted((c["at"] for c in found), reverse=True))
        printed = self.done("history", "ada", "--last", "3")
        self.assertEqual(len(printed.splitlines()), 4)
        self.assertIn("The ship", self.done("rooms"))
        self.assertNotIn("secret", printed)

    def test_the_history_shows_participants_without_ids_of_visitors(self):
        self.say("one")
        bo = Browser(self.server.port)
        bo.visit(self.room)
        bo.post(f"{self.room}/messages", text="hm", name="Bo")
        bo.post(f"{self.room}/messages/2/react", emoji="\U0001f44d")
        bo.post(f"{self.room}/messages/2/remove")
        self.browser.open_room("Inn")
        self.browser.post("/rooms/inn/messages", text="one")
        self.assertEqual([change["by"] for change in self.history()], ["Bo", "Bo", "Bo", "Ada", "Ada"])
        self.assertEqual([c["by"] for c in self.run_command("history", "inn", "--json").json], ["Inn", "Inn"])
        with Site(self.ini, {"var": self.folder}).reading() as connection:
            users = [record.user.decode() for record in connection.db().storage.iterator()]
        self.assertEqual(users[-7:], ["ada 1", "ada 1", "ada 2", "ada 2", "ada 2", "inn 1", "inn 1"])
        self.assertEqual(set(users[:-7]), {""})

    def test_each_room_has_its_own_history(self):
        before = self.history()
        self.browser.open_room("Bo")
        self.assertEqual(self.history(), before)


class Undoing(HistoryTest):
    def test_undoing_a_change_keeps_the_log(self):
        self.change(title="Good")
        self.change(title="Vandalised", read_only="on")
        self.say("one")
        if self.store_class is None:
            self.assertRefused(self.undo(self.history()[1]), "The running server uses", "stop it")
        self.end()
        bad = self.history()[1]
        self.assertIn(f"{bad['id']} was undone", self.done("undo", bad["id"], "--yes"))
        undone = self.history()[0]
        self.assertEqual(undone["note"], f"undo {bad['id']}")
        self.start()
        self.assertEqual(self.run_command("rooms", "--json").json[0]["title"], "Good")
        self.assertEqual(self.texts(), ["one"])
        self.say("two")
        self.assertEqual(self.texts(), ["one", "two"])
        self.end()
        self.done("undo", undone["id"], "--yes")
        self.assertEqual(self.run_command("rooms", "--json").json[0]["title"], "Vandalised")

    def test_later_changes_prevent_an_undo(self):
        self.change(title="First")
        self.change(title="Second")
        self.end()
        second, first, _opened = self.history()
        outcome = self.undo(first)
        self.assertRefused(
            outcome, f"{first['id']} was not undone: later transactions changed the same things", second["id"]
        )
        self.assertIn("Undo those first, beginning with the last", outcome.error)
        self.assertEqual(self.run_command("rooms", "--json").json[0]["title"], "Second")
        for change in (second, first):
            self.assertEqual(self.undo(change).status, 0)
        self.assertEqual(self.run_command("rooms", "--json").json[0]["title"], "Ada")

    def test_messages_cannot_be_undone(self):
        self.say("one", "two")
        self.end()
        for said in self.history()[:2]:
            self.assertRefused(self.undo(said), "it has messages", "can remove it")
        opened = self.history()[-1]
        self.assertRefused(self.undo(opened), "later transactions changed the same things")
        self.start()
        self.assertEqual(self.texts(), ["one", "two"])

    def changes(self):
        answer = self.browser.json(f"{self.room}/changes?since=0")
        return answer["rev"], [
            {key: each[key] for key in ("type", "seq", "by", "rev") if key in each} for each in answer["changes"]
        ]

    def test_undoing_a_removal_notifies_readers(self):
        self.say("one", "two")
        for seq in (1, 2):
            self.browser.post(f"{self.room}/messages/{seq}/remove")
        self.end()
        first = self.history()[1]
        self.done("undo", first["id"], "--yes")
        undone = self.history()[0]
        self.assertEqual((undone["note"], undone["revs"]), (f"undo {first['id']}", [3]))
        self.start()
        self.assertEqual(self.texts(), ["one", ""])
        removed = {"type": "removed", "seq": 2, "by": "owner", "rev": 2}
        self.assertEqual(self.changes(), (3, [removed, {"type": "message", "seq": 1, "rev": 3}]))
        entries = self.browser.json(f"{self.room}/log")["moderation_log"]
        self.assertEqual([entry["what"] for entry in entries], ["restored", "removed", "removed"])
        self.end()
        self.done("undo", undone["id"], "--yes")
        self.assertRefused(self.undo(undone), "later transactions changed the same things", self.history()[0]["id"])
        self.done("verify")
        self.start()
        self.assertEqual(self.texts(), ["", ""])
        self.assertEqual(self.changes()[1][-1], {"type": "removed", "seq": 1, "by": "operator", "rev": 4})

    def test_undoing_a_removal_keeps_the_authors_removal(self):
        bo = Browser(self.browser.port).visit(self.room)
        bo.post(f"{self.room}/messages", text="my password", name="Bo")
        bo.post(f"{self.room}/messages/1/remove")
        self.browser.post(f"{self.room}/messages/1/remove")
        self.end()
        self.undo(self.history()[0])
        self.start()
        (message,) = self.browser.json(f"{self.room}/messages")["messages"]
        self.assertEqual((message["removed"], message["by"]), (True, "owner"))

    def test_undoing_a_pin(self):
        self.say("one", "two")
        for seq in (1, 2):
            self.assertEqual(self.browser.post(f"{self.room}/messages/{seq}/pin").status, 303)
        self.end()
        pinned = self.history()[1]
        self.done("undo", pinned["id"], "--yes")
        undone = self.history()[0]
        self.assertEqual(undone["revs"], [3])
        self.start()
        told = self.browser.json(f"{self.room}/messages")
        self.assertEqual((told["pinned"], told["rev"]), ([2], 3))
        entries = self.browser.json(f"{self.room}/log")["moderation_log"]
        self.assertEqual([entry["what"] for entry in entries], ["unpinned", "pinned", "pinned"])
        self.end()
        self.assertRefused(self.undo(pinned), "later transactions changed the same things", undone["id"])
        self.done("undo", undone["id"], "--yes")
        self.done("verify")
        self.start()
        self.assertEqual(self.browser.json(f"{self.room}/messages")["pinned"], [2, 1])

    def logged(self, key="what"):
        return [entry[key] for entry in self.browser.json(f"{self.room}/log")["moderation_log"]]

    def message(self, seq):
        return self.browser.json(f"{self.room}/messages/{seq}")

    def do(self, what, status=303, browser=None, **fields):
        self.assertEqual((browser or self.browser).post(f"{self.room}/messages/{what}", **fields).status, status)

    def bo(self):
        bo = Browser(self.server.port)
        bo.visit(self.room)
        self.assertEqual(bo.post(f"{self.room}/messages", text="from Bo", name="Bo").status, 303)
        return bo

    def test_undoing_a_topic(self):
        self.change(topic="Pirates")
        self.end()
        (changed, _opened) = self.history()
        self.done("undo", changed["id"], "--yes")
        self.start()
        self.assertEqual(self.browser.json(f"{self.room}/messages")["topic"], "")
        self.assertEqual((self.changes()[0], self.logged()), (2, ["topic", "topic"]))

    def test_undoing_an_edit_keeps_its_versions(self):
        bo = self.bo()
        for text in ("first edit", "second edit"):
            self.do("1/edit", browser=bo, text=text)
        self.end()
        second, first = self.history()[:2]
        self.assertRefused(self.undo(first), "later transactions changed the same things", second["id"])
        self.done("undo", second["id"], "--yes")
        undone = self.history()[0]
        self.assertEqual(undone["revs"], [3])
        self.assertRefused(self.undo(second), "later transactions changed the same things", undone["id"])
        self.done("verify")
        self.start()
        self.assertEqual(self.texts(), ["first edit"])
        self.assertEqual(self.changes(), (3, [{"type": "message", "seq": 1, "rev": 3}]))
        self.assertEqual(self.logged("says"), ["Edit of message 1 taken back"])
        history = self.browser.json(f"{self.room}/messages/1/history")["history"]
        self.assertEqual([each["text"] for each in history], ["from Bo", "first edit", "second edit", "first edit"])
        self.end()
        self.done("undo", undone["id"], "--yes")
        self.start()
        self.assertEqual(self.texts(), ["second edit"])

    def test_undoing_the_first_edit(self):
        self.do("1/edit", browser=self.bo(), text="edited")
        self.end()
        self.done("undo", self.history()[0]["id"], "--yes")
        self.start()
        self.assertEqual(self.texts(), ["from Bo"])

    def test_earlier_edits_cannot_be_undone(self):
        bo = self.bo()
        for number in range(20):
            self.do("1/edit", browser=bo, text=f"edit {number}")
        self.end()
        self.assertRefused(self.undo(self.history()[0]), "was not undone", "20")

    def test_undoing_a_reaction(self):
        bo = self.bo()
        for browser in (bo, self.browser):
            self.do("1/react", browser=browser, emoji="\U0001f44d")
        self.do("1/react", browser=bo, emoji="\U0001f44d", on="0")
        self.end()
        taken_back, ada, bos = self.history()[:3]
        self.assertRefused(self.undo(bos), "later transactions changed the same things", taken_back["id"])
        self.done("undo", ada["id"], "--yes")
        self.done("undo", taken_back["id"], "--yes")
        undone = self.history()[0]
        self.done("verify")
        self.start()
        (reaction,) = self.message(1)["reactions"]
        self.assertEqual((reaction["count"], reaction["names"]), (1, ["Bo"]))
        self.assertEqual(self.changes()[0], 5)
        self.assertEqual(self.logged(), ["reaction_added", "reaction_removed"])
        self.assertEqual(self.logged("says"), ["Reaction to message 1 put back", "Reaction to message 1 taken back"])
        self.end()
        self.done("undo", undone["id"], "--yes")
        self.start()
        self.assertNotIn("reactions", self.message(1))

    def test_undoing_an_authors_removal(self):
        bo = self.bo()
        self.do("1/remove", browser=bo)
        self.end()
        removed = self.history()[0]
        self.done("undo", removed["id"], "--yes")
        self.start()
        self.assertEqual((self.texts(), self.changes()[0]), (["from Bo"], 2))
        self.do("1/remove", browser=bo)
        self.do("1/restore", browser=bo)
        self.end()
        self.assertRefused(self.undo(removed), "later transactions changed the same things", self.history()[0]["id"])
        self.done("undo", self.history()[0]["id"], "--yes")
        self.start()
        self.assertEqual(self.texts(), [""])

    def test_erased_texts_cannot_be_restored(self):
        bo = self.bo()
        self.do("1/edit", browser=bo, text="edited")
        self.do("1/react", browser=bo, emoji="\U0001f44d")
        self.do("1/pin")
        self.do("1/remove", browser=bo)
        before = self.history()[:4]
        self.do("1/erase", browser=bo)
        self.end()
        for change in before:
            self.assertRefused(self.undo(change), "was not undone: its subject was erased since")
        self.assertRefused(self.undo(self.history()[0]), "it erased messages, which cannot be restored")

    def test_undoing_a_mute(self):
        bo = Browser(self.server.port)
        bo.visit(self.room)
        self.assertEqual(bo.post(f"{self.room}/messages", text="hm", name="Bo").status, 303)
        self.assertEqual(self.browser.post(f"{self.room}/mute", name="Bo").status, 303)
        self.assertEqual(bo.post(f"{self.room}/messages", text="hm").status, 403)
        self.end()
        muted = self.history()[0]
        self.assertEqual(muted["revs"], [])
        self.done("undo", muted["id"], "--yes")
        self.start()
        self.assertEqual(bo.post(f"{self.room}/messages", text="hm").status, 303)

    def test_names_of_owners_cannot_be_undone(self):
        self.assertEqual(self.browser.post(f"{self.room}/messages", text="it is me", name="Countess").status, 303)
        self.end()
        renamed = self.history()[0]
        self.assertEqual(renamed["revs"], [1])
        self.assertRefused(self.undo(renamed), "it has messages")

    def test_undoing_the_creation_of_an_unused_room(self):
        self.browser.open_room("Bo")
        self.end()
        (opened,) = self.run_command("history", "bo", "--json").json
        self.done("undo", opened["id"], "--yes")
        self.assertEqual([room["room"] for room in self.run_command("rooms", "--json").json], ["ada"])
        self.done("verify")
        self.start()
        self.assertEqual(self.browser.open_room("Bo"), "/rooms/bo")

    def test_old_cookies_do_not_own_a_recreated_room(self):
        bea, eve = Browser(self.server.port), Browser(self.server.port)
        bea.open_room("Inn")
        Window(self.server.port, self.room, bea.visit(self.room)).join(name="Bea")
        self.end()
        claimed = self.history()[0]
        (opened,) = self.run_command("history", "inn", "--json").json
        for change in (claimed, opened):
            self.assertEqual(self.undo(change).status, 0)
        self.start()
        self.assertEqual(eve.open_room("Inn"), "/rooms/inn")
        self.assertEqual(eve.post(f"{self.room}/messages", text="mine now", name="Bea").status, 303)
        for name, status in (("Bea", 409), ("", 400)):
            self.assertEqual(bea.post(f"{self.room}/messages", text="and mine", name=name).status, status)
        self.assertEqual(bea.post("/rooms/inn/settings", title="Mine", slow="0").status, 403)
        self.assertEqual(self.texts(), ["mine now"])

    def test_undoing_asks_for_confirmation(self):
        self.change(title="New")
        self.end()
        change = self.history()[0]
        outcome = self.run_command("undo", change["id"], given="n\n")
        self.assertEqual(outcome.status, 1)
        self.assertEqual(self.history()[0], change)

    def test_unknown_transactions_are_errors(self):
        self.end()
        self.assertRefused(self.run_command("undo", "0" * 16, "--yes"), "there is no such transaction", "history ROOM")

    def test_the_first_transaction_cannot_be_undone(self):
        self.end()
        with Site(self.ini, {"var": self.folder}).reading() as connection:
            first = next(iter(connection.db().storage.iterator())).tid.hex()
        self.assertRefused(self.run_command("undo", first, "--yes"), "it created, upgraded or restored the database")


class Packing(HistoryTest):
    def pack_nothing(self):
        """Pack, with all history too recent to be removed."""
        self.assertRefused(self.run_command("pack", "--yes"), "The running server uses", "stop it")
        self.end()
        self.assertIn("Nothing to reclaim", self.done("pack", "--yes"))

    def packed(self):
        """Return the output of a pack."""
        return f"{self.path}.old"

    def test_packing_removes_history_and_keeps_messages(self):
        self.say(*map(str, range(40)))
        self.change(title="New")
        self.pack_nothing()
        self.assertEqual(len(self.history("--last", "100")), 42)
        self.assertIn(self.packed(), self.done("pack", "--days", "0", "--yes"))
        self.assertLess(len(self.history("--last", "100")), 10)
        self.assertRefused(self.undo(self.history()[0]), "was not undone: it was packed")
        if self.store_class is None:
            self.start()
        self.assertEqual(self.texts(), list(map(str, range(40))))
        self.say("more")

    def test_packing_asks_for_confirmation(self):
        self.end()
        outcome = self.run_command("pack", given="n\n")
        self.assertEqual(outcome.status, 1)
        self.assertIn("can no longer be undone", outcome.output)


@pytest.mark.slow
@needs_postgres
class HistoryOnPostgres(History):
    store_class = PostgresServer


@pytest.mark.slow
@needs_postgres
class UndoingOnPostgres(Undoing):
    store_class = PostgresServer


@pytest.mark.slow
@needs_postgres
class PackingOnPostgres(Packing):
    """The server is running meanwhile."""

    store_class = PostgresServer

    def pack_nothing(self):
        self.assertEqual(self.done("pack", "--yes"), "Packed.\n")

    def packed(self):
        return "Packed."
