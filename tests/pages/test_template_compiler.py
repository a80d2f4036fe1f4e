"""A process that replaces another one compiles templates before its first request."""

import os
import tempfile
from unittest import TestCase, mock

from chameleon import config
from chameleon.template import BaseTemplate
from pyramid.config import global_registries
from webtest import TestApp

import piratechat
from piratechat.views.template_compiler import PAGES
from pyramid_sockjs.lifecycle import announce
from tests.support.paths import TOP

TEMPLATES = os.path.join(TOP, "piratechat", "templates")


class Compiled(TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(mock.patch.object(config, "CACHE_DIRECTORY", None))
        global_registries.empty()
        self.addCleanup(global_registries.empty)
        app = piratechat.main(
            {},
            **{
                "zodbconn.uri": "memory://",
                "piratechat.var": folder,
                "piratechat.operator_secret": "of this test",
                "piratechat.sockjs_client": f"{TOP}/node_modules/sockjs-client/dist/sockjs.min.js",
            },
        )
        self.app = TestApp(app)
        self.cook = self.enterContext(
            mock.patch.object(BaseTemplate, "cook", autospec=True, side_effect=BaseTemplate.cook)
        )

    def see_all(self):
        """Request a page of each kind, as a visitor who can see everything on it."""
        form = self.app.get("/").forms[0]
        form["name"] = "Ada"
        self.app.get(form.submit().location)
        self.app.get("/nowhere", status=404)
        self.app.authorization = ("Basic", ("operator", "of this test"))
        self.app.get("/operator")

    def test_a_replacing_process_compiles_all_templates(self):
        announce(1, replaces=True)
        self.assertTrue(self.cook.called)
        self.cook.reset_mock()
        self.see_all()
        self.cook.assert_not_called()

    def test_a_waiting_process_compiles_on_demand(self):
        announce(1)
        self.cook.assert_not_called()
        self.see_all()
        self.assertTrue(self.cook.called)

    def test_all_page_templates_are_listed(self):
        found = []
        for name in os.listdir(TEMPLATES):
            if name.endswith(".pt"):
                with open(os.path.join(TEMPLATES, name)) as file:
                    if "load: layout.pt" in file.read():
                        found.append(name.removesuffix(".pt"))
        self.assertEqual(sorted(found), sorted(PAGES))
