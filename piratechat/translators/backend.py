"""What back ends have in common: who they are, by the ini file."""

import hashlib
import pkgutil

from piratechat.translation import Translator
from piratechat.translators.languages import is_same
from piratechat.translators.options import Options


def version_of(module: str, *settings: object) -> str:
    """Return the version of a translator: a hash of its module's source, and of `settings` that make a difference."""
    source = pkgutil.get_data(__package__, f"{module}.py") or b""
    return hashlib.sha256(source + repr(settings).encode()).hexdigest()[:12]


class Backend(Translator):
    """A translator that has the words from elsewhere.

    `title`: what it is called unless the ini file says otherwise; `target`: a
    BCP 47 tag, or None for a style; `reach`: how far what is said travels, and
    `recipient`: who sees it, which the ini file may say as well - and has to
    where a third party sees it and there is no `recipient`.
    """

    def __init__(
        self, options: Options, title: str, target: str | None, reach: str = "host", recipient: str | None = None
    ) -> None:
        self.name = options.name
        self.title = options.text("title", title)
        self.target = target
        self.kind = "style" if target is None else "language"
        self.reach = options.choice("reach", ("host", "third-party"), reach)
        self.recipient = options.text("recipient", "the server of this chat" if self.reach == "host" else recipient)

    def supports(self, source: str | None, target: str | None) -> bool:
        return target is None or (self.target is not None and is_same(target, self.target))
