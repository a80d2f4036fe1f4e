"""The API for packages with translators is stable, and the guides import nothing else."""

import inspect
import os
import re
from unittest import TestCase

from piratechat import plugin, translation
from tests.support.paths import TOP

#: Imports from the chat, in Python code and in code blocks of the guides.
IMPORT = re.compile(r"^ *(?:from|import) (piratechat\b[\w.]*)", re.MULTILINE)
#: Public names for translators and their tests.
PUBLIC = {"piratechat.plugin", "piratechat.testing"}

#: Parameters of functions.  Adding one with a default is compatible; other changes need an entry in CHANGES.md.
SIGNATURES = {
    "Client": ["title", "error_of"],
    "Client.ask": ["self", "method", "url", "deadline", "headers", "body"],
    "Client.ask_json": ["self", "method", "url", "deadline", "headers", "content"],
    "Client.bad_response": ["self"],
    "Client.parsed": ["self", "answer"],
    "Failed": ["error"],
    "LanguageModel": ["options"],
    "LanguageModel.accepts": ["self", "said", "read"],
    "Options": ["name", "settings", "environ", "prefix"],
    "Options.choice": ["self", "key", "choices", "default"],
    "Options.finish": ["self"],
    "Options.flag": ["self", "key", "default"],
    "Options.has": ["self", "key"],
    "Options.number": ["self", "key", "default", "least", "most"],
    "Options.secret": ["self", "key", "default"],
    "Options.shared": ["self", "name"],
    "Options.tag": ["self", "key", "default"],
    "Options.tags": ["self", "key"],
    "Options.text": ["self", "key", "default"],
    "Options.url": ["self", "key", "default"],
    "Options.whole": ["self", "key", "default", "least", "most"],
    "Options.words": ["self", "key", "default"],
    "Options.wrong": ["self", "key", "problem"],
    "Secret.reveal": ["self"],
    "Skipped": ["reason"],
    "Translated": ["text", "source", "cacheable", "by"],
    "TranslationError": ["message", "retry_after"],
    "Translator.check": ["self", "deadline"],
    "Translator.supports": ["self", "source", "target"],
    "Translator.targets": ["self"],
    "Translator.translate": ["self", "batch", "target", "source", "deadline"],
    "closest": ["tag", "tags"],
    "count_tokens": ["prompt", "answer"],
    "is_same": ["one", "other"],
    "one_by_one": ["texts", "translate"],
    "reach_of": ["options", "url", "key"],
    "tag_of": ["code"],
    "version_of": ["backend", "rules", "settings"],
    "within": ["text", "inner", "title"],
}


class Names(TestCase):
    def test_public_names_are_stable(self):
        errors = {each.__name__ for each in translation.TranslationError.__subclasses__()}
        others = {
            *("Client", "Failed", "Options", "Outcome", "Secret", "Skipped", "Translated", "TranslationError"),
            *("IThirdPartyRoom", "IRoom", "ITranslator", "ITranslatorBackend", "Translator"),
            *("IRelay", "IRelayBackend", "NotConnected"),
            *(
                "LanguageModel",
                "closest",
                "count_tokens",
                "is_same",
                "one_by_one",
                "reach_of",
                "tag_of",
                "version_of",
                "within",
            ),
        }
        self.assertEqual(len(errors), 8)
        self.assertEqual(set(plugin.__all__), errors | others)
        for name in plugin.__all__:
            self.assertTrue(hasattr(plugin, name), name)

    def test_parameters_are_stable(self):
        for name, parameters in SIGNATURES.items():
            with self.subTest(name):
                first, _, attribute = name.partition(".")
                found = getattr(plugin, first)
                found = getattr(found, attribute) if attribute else found
                self.assertEqual(list(inspect.signature(found).parameters), parameters)

    def test_every_public_method_is_listed(self):
        for name in ("Client", "Options", "Secret", "Translator"):
            methods = {
                f"{name}.{method}"
                for method, value in vars(getattr(plugin, name)).items()
                if inspect.isfunction(value) and not method.startswith("_")
            }
            self.assertEqual(methods, {each for each in SIGNATURES if each.startswith(f"{name}.")})


class Guides(TestCase):
    def test_guides_and_examples_import_nothing_else(self):
        paths = [os.path.join(TOP, "README.md")]
        for folder in ("docs", "examples"):
            for path, _folders, files in os.walk(os.path.join(TOP, folder)):
                paths += [os.path.join(path, name) for name in files if name.endswith((".md", ".py"))]
        imports = {}
        for path in paths:
            with open(path, encoding="utf-8") as file:
                imports[os.path.relpath(path, TOP)] = set(IMPORT.findall(file.read()))
        self.assertIn("piratechat.plugin", imports["docs/plugins.md"])
        self.assertIn("piratechat.plugin", imports["examples/parrot/piratechat_parrot.py"])
        for path, found in imports.items():
            with self.subTest(path):
                self.assertLessEqual(found, PUBLIC)
