"""What back ends have in common: who they are, by the ini file."""

import hashlib

from piratechat.options import Options
from piratechat.translation import Translator
from piratechat.translators.backends.reach import OWN_SERVER, reach_of
from piratechat.translators.engine.languages import is_same


def version_of(backend: str, rules: str, *settings: object) -> str:
    """Return the version of a translator: a hash of 12 hexadecimal digits.

    `backend` is the name of its back end and `rules` the version of the back
    end's own rules, "1" for a start; `settings` are those that make a
    difference to translations.  Stored translations, which may have cost
    money, are found by this hash, so it does not depend on any source text.
    """
    return hashlib.sha256(repr((backend, rules, *settings)).encode()).hexdigest()[:12]


class Backend(Translator):
    """A translator that has the words from elsewhere.

    `title`: what it is called unless the ini file says otherwise; `target`: a
    BCP 47 tag, or None for a style; `url`: the address of its service, from
    which its reach follows, or None for a program of this machine.

    `version` of a subclass is the version of its rules: raise it when the same
    text would be translated differently with the same settings.  That of an
    instance is `version_of` the rules and the settings.
    """

    def __init__(self, options: Options, title: str, target: str | None, url: str | None = None) -> None:
        self.name = options.name
        self.title = options.text("title", title)
        self.target = target
        self.kind = "style" if target is None else "language"
        self.reach, self.recipient = self._reach_of(options, url)

    def _reach_of(self, options: Options, url: str | None) -> tuple[str, str]:
        """Return how far texts travel, and who sees them.  Raises ValueError."""
        if url is not None:
            return reach_of(options, url)
        reach = options.choice("reach", ("host", "third-party"), "host")
        return reach, options.text("recipient", OWN_SERVER if reach == "host" else None)

    def supports(self, source: str | None, target: str | None) -> bool:
        return target is None or (self.target is not None and is_same(target, self.target))
