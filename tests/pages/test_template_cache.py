"""The cache of compiled templates works in all conditions."""

import os
import sys
import tempfile
from unittest import TestCase, mock

from chameleon import PageTemplate, config
from chameleon.template import BaseTemplate

from piratechat.views.template_cache import TemplateCache, keep_compiled_templates


class TemplateCacheTest(TestCase):
    def setUp(self):
        self.folder = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "templates")
        self.compile = self.enterContext(
            mock.patch.object(BaseTemplate, "_compile", autospec=True, side_effect=BaseTemplate._compile)
        )

    def forget(self):
        """Remove compiled modules from this process, to simulate another one."""
        for name in os.listdir(self.folder) if os.path.isdir(self.folder) else ():
            sys.modules.pop(os.path.splitext(name)[0], None)

    def rendered(self):
        self.forget()
        with mock.patch.object(BaseTemplate, "loader", TemplateCache(self.folder)):
            text = PageTemplate("<p>Ahoy, ${name}!</p>")(name="Ada")
        self.forget()
        return text

    def files(self):
        return [os.path.join(self.folder, name) for name in os.listdir(self.folder) if name.endswith(".py")]

    def test_the_next_process_compiles_nothing(self):
        self.assertFalse(TemplateCache(self.folder).is_warm)
        with mock.patch("os.listdir", side_effect=PermissionError):
            self.assertFalse(TemplateCache(self.folder).is_warm, "a folder that another user owns")
        self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")
        self.assertEqual(self.compile.call_count, 1)
        self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")
        self.assertEqual(self.compile.call_count, 1)
        self.assertTrue(TemplateCache(self.folder).is_warm)

    def test_the_first_page_does_not_wait_for_the_metadata_of_all_packages(self):
        self.enterContext(mock.patch.object(BaseTemplate, "loader"))
        self.enterContext(mock.patch("chameleon.template.get_pkg_digest"))
        self.enterContext(mock.patch.object(config, "CACHE_DIRECTORY", None))
        keep_compiled_templates(self.folder)
        with mock.patch("importlib.metadata.packages_distributions", side_effect=AssertionError("slow")):
            self.assertEqual(PageTemplate("<p>${name}</p>")(name="Ada"), "<p>Ada</p>")
        self.assertEqual(len(self.files()), 1)
        self.forget()

    def test_several_chats_can_share_a_folder(self):
        self.enterContext(mock.patch.object(BaseTemplate, "loader"))
        self.enterContext(mock.patch("chameleon.template.get_pkg_digest"))
        self.enterContext(mock.patch.object(config, "CACHE_DIRECTORY", self.folder))
        for var in ("one", "other"):
            with self.subTest(var=var):
                keep_compiled_templates(os.path.join(os.path.dirname(self.folder), var, "templates"))
                self.assertEqual(PageTemplate("<p>${name}</p>")(name="Ada"), "<p>Ada</p>")
                self.assertEqual(os.listdir(os.path.dirname(self.folder)), ["templates"])
                self.assertEqual(self.compile.call_count, 1)
                self.forget()

    def test_the_folder_is_private(self):
        self.rendered()
        self.assertEqual(os.stat(self.folder).st_mode & 0o077, 0)

    def test_damaged_files_are_compiled_again(self):
        for count, damage in enumerate((b"", b"def initialize(", b"\x00\xff", b"1/0"), 2):
            with self.subTest(damage=damage):
                self.rendered()
                (path,) = self.files()
                with open(path, "wb") as file:
                    file.write(damage)
                with self.assertLogs("piratechat.views.template_cache") if damage else mock.MagicMock():
                    self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")
                self.assertEqual(self.compile.call_count, count)

    def test_incomplete_files_are_compiled_again(self):
        self.rendered()
        (path,) = self.files()
        with open(path, "rb") as file:
            lines = file.readlines()
        for end in range(len(lines) - 1):
            with self.subTest(lines=end):
                with open(path, "wb") as file:
                    file.writelines(lines[:end])
                self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")

    def test_files_writable_by_others_are_not_executed(self):
        self.rendered()
        (path,) = self.files()
        with open(path, "a") as file:
            file.write("raise SystemExit('somebody else has written this')\n")
        for mode in (0o770, 0o707):
            os.chmod(self.folder, mode)
            with self.subTest(mode=oct(mode)), self.assertLogs("piratechat.views.template_cache") as log:
                self.assertFalse(TemplateCache(self.folder).is_warm)
                self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")
            self.assertIn("other users can write to it", log.output[0])
        os.chmod(self.folder, 0o700)
        with mock.patch("os.geteuid", return_value=os.geteuid() + 1), self.assertLogs("piratechat.views"):
            self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")

    def test_without_a_folder_templates_stay_in_memory(self):
        with open(self.folder, "w"):  # a file instead of the folder
            pass
        with self.assertLogs("piratechat.views.template_cache"):
            self.assertEqual(self.rendered(), "<p>Ahoy, Ada!</p>")
        self.assertFalse(TemplateCache(self.folder).is_warm)
