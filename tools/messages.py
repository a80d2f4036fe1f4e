"""The catalogues of texts: .venv/bin/python tools/messages.py compile|extract [FOLDER].

`compile` makes the .mo files from the .po files below FOLDER (piratechat/locale), and the modules with texts for
scripts. `extract` writes piratechat.pot with the ids of all texts in the sources, and updates each .po file: it adds
new ids without a text, and marks unused ids as obsolete.
"""

import ast
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from glob import glob
from types import SimpleNamespace

import polib
from babel.messages.extract import extract_javascript
from lingua.extractors import Message
from lingua.extractors.xml import ChameleonExtractor, TranslateContext

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = os.path.join(TOP, "piratechat")
LOCALE = os.path.join(PACKAGE, "locale")
DOMAIN = "piratechat"
#: The texts of the scripts, as a module.
SCRIPT = os.path.join(PACKAGE, "static", "scripts", "lib", "catalogue.js")
#: The texts of scripts for on-device translation, which only some readers load.
DEVICE_SCRIPT = os.path.join(PACKAGE, "static", "scripts", "device", "catalogue.js")

#: Functions whose argument is an id; `plural` is for texts that depend on a number.
KEYWORDS = {"t": None, "textParts": None, "plural": (1, 1)}
#: Such a call in a template's expression.
CALL = re.compile(r"\b(text|plural)\('([^']+)'")
#: Python functions whose first argument is an id.
PYTHON_CALLS = ("Text", "plural", "plural_id", "text", "text_id")
OPTIONS = SimpleNamespace(domain=DOMAIN, keywords=[], comment_tag=None)


def main(task: str, folder: str = LOCALE) -> None:
    """Run the task."""
    {"compile": compile_all, "extract": extract}[task](folder)


def compile_all(folder: str) -> None:
    """Compile the .po files below `folder`."""
    for path in catalogues(folder):
        catalogue = polib.pofile(path)
        catalogue.save_as_mofile(f"{os.path.splitext(path)[0]}.mo")
        if path == os.path.join(LOCALE, "en", "LC_MESSAGES", f"{DOMAIN}.po"):
            write_scripts(catalogue)


def write_scripts(catalogue: polib.POFile) -> None:
    """Write the modules with the texts of scripts; those that only some readers load are separate."""
    used = {(msgid, path) for msgid, _is_plural, path in found() if path.endswith(".js")}
    for script, is_of_device in ((SCRIPT, False), (DEVICE_SCRIPT, True)):
        ids = {msgid for msgid, path in used if _is_of_device(path) == is_of_device}
        _write_script(script, {entry.msgid: _forms(entry) for entry in catalogue if entry.msgid in ids})


def _is_of_device(path: str) -> bool:
    return os.path.dirname(os.path.join(TOP, path)) == os.path.dirname(DEVICE_SCRIPT)


def _write_script(script: str, texts: dict[str, str | dict[str, str]]) -> None:
    with open(script, "w") as file:
        file.write('// Made by "make build" of the gettext catalogues.\n\n')
        file.write("export const language = 'en'\n\n")
        file.write("/** @type {Record<string, string | Record<string, string>>} */\n")
        file.write(f"export const texts = {json.dumps(texts, ensure_ascii=False, indent=2)}\n")


def _forms(entry: polib.POEntry) -> str | dict[str, str]:
    """Return a text, or its forms by Unicode's plural categories; English has two."""
    if not entry.msgid_plural:
        return entry.msgstr
    return {"one": entry.msgstr_plural[0], "other": entry.msgstr_plural[1]}


def extract(folder: str) -> None:
    """Write the .pot file in `folder`, and update the .po files below it."""
    template = template_of(found())
    template.save(os.path.join(folder, f"{DOMAIN}.pot"))
    for path in catalogues(folder):
        catalogue = polib.pofile(path, wrapwidth=110)
        catalogue.merge(template)
        catalogue.sort(key=lambda entry: (entry.obsolete, entry.msgid))
        catalogue.save()


def catalogues(folder: str) -> list[str]:
    """Return the paths of the .po files below `folder`."""
    return sorted(glob(os.path.join(folder, "*", "LC_MESSAGES", "*.po")))


def template_of(messages: Iterable[tuple[str, bool, str]]) -> polib.POFile:
    """Return a catalogue with the ids that were found, in order."""
    template = polib.POFile(wrapwidth=110)
    template.metadata = {
        "Project-Id-Version": DOMAIN,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    entries: dict[str, polib.POEntry] = {}
    for msgid, is_plural, path in messages:
        entry = entries.setdefault(msgid, polib.POEntry(msgid=msgid))
        if is_plural:
            entry.msgid_plural, entry.msgstr_plural = msgid, {0: "", 1: ""}
        if (path, "") not in entry.occurrences:
            entry.occurrences.append((path, ""))
    template.extend(entries[msgid] for msgid in sorted(entries))
    return template


def found() -> Iterator[tuple[str, bool, str]]:
    """Yield id, whether it has plural forms, and path of all texts in the sources."""
    for path in sorted(glob(os.path.join(PACKAGE, "**", "*.*"), recursive=True)):
        name = os.path.relpath(path, TOP)
        if path.endswith(".py"):
            yield from ((msgid, is_plural, name) for msgid, is_plural in of_module(path))
        elif path.endswith(".pt"):
            yield from ((msgid, is_plural, name) for msgid, is_plural in of_template(path))
        elif path.endswith(".js") and f"{os.sep}scripts{os.sep}" in path:
            yield from ((msgid, is_plural, name) for msgid, is_plural in of_script(path))


def of_module(path: str) -> Iterator[tuple[str, bool]]:
    """Yield id, and whether it has plural forms, of the texts in a Python module.

    Function calls are found, but not method calls.
    """
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in PYTHON_CALLS
            and node.args
        ):
            msgid = node.args[0]
            if isinstance(msgid, ast.Constant) and isinstance(msgid.value, str):
                yield msgid.value, node.func.id.startswith("plural")


def of_template(path: str) -> Iterator[tuple[str, bool]]:
    """Yield id, and whether it has plural forms, of the texts in a template."""
    yield from ((each.msgid, False) for each in Templates()(path, OPTIONS))
    with open(path) as file:
        yield from ((msgid, function == "plural") for function, msgid in CALL.findall(file.read()))


def of_script(path: str) -> Iterator[tuple[str, bool]]:
    """Yield id, and whether it has plural forms, of the texts in a script."""
    with open(path, "rb") as file:
        for _line, function, ids, _comments in extract_javascript(file, KEYWORDS, [], {"template_string": True}):
            msgid = ids if isinstance(ids, str) else ids[0]
            if isinstance(msgid, str) and "." in msgid:
                yield msgid, function == "plural"


class Templates(ChameleonExtractor):
    """lingua's extractor, extended to elements that have an id and no text of their own, which it omits."""

    def visit_element(self, start, end, children):
        for attribute, value in start["ns_attrs"].items():
            if attribute[1] == "translate" and value:
                self.messages.append(Message(None, value, None, [], "", "", (self.filename, self.linenumber)))
        super().visit_element(start, end, children)


TranslateContext.ignore = lambda _context: True  # Templates finds them

if __name__ == "__main__":
    main(*sys.argv[1:])
