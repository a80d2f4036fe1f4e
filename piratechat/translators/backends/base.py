"""The base class of back ends."""

import hashlib
from collections.abc import Sequence

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import Translator, UnsupportedLanguage
from piratechat.translators.backends.reach import OWN_SERVER, reach_of
from piratechat.translators.engine.languages import closest, is_same


def version_of(backend: str, rules: str, *settings: object) -> str:
    """Return the version of a translator: a hash of 12 hexadecimal digits.

    `backend` is the name of its back end, `rules` the version of the back end's own rules (initially "1"), and
    `settings` are those that affect translations.  This hash is part of the keys of cached translations, which may have
    cost money, so it does not depend on any source code.
    """
    return hashlib.sha256(repr((backend, rules, *settings)).encode()).hexdigest()[:12]


def target_of(options: Options) -> tuple[str | None, list[str] | None]:
    """Return the single target language, or None and the languages to choose from, where an empty list means all.

    These are the settings `target` and `targets` of the ini file.  Raises ValueError.
    """
    if not options.has("targets"):
        return options.tag("target"), None
    if options.has("target"):
        raise options.wrong("targets", "cannot be there with target, which is for one language")
    return None, options.tags("targets")


class Backend(Translator):
    """A translator that uses a service or a program.

    `title`: its default label in the menu; `target`: a BCP 47 tag, or None for a style or if there are `targets`, the
    languages to choose from, where an empty list means all languages of the service.  `url`: the URL of the service,
    which determines the reach, or None for a program on this machine.

    `version` of a subclass is the version of its rules: increase it when the results for the same text and settings
    change. That of an instance is `version_of` the rules and the settings.
    """

    def __init__(
        self,
        options: Options,
        title: str,
        target: str | None,
        url: str | None = None,
        targets: Sequence[str] | None = None,
    ) -> None:
        self.name = options.name
        self.title = options.text("title", title)
        self.target = target
        self.kind = "style" if target is None and targets is None else "language"
        self._offered = targets
        self._recalled: Sequence[str] = ()
        self.reach, self.recipient = self._reach_of(options, url)

    def _reach_of(self, options: Options, url: str | None) -> tuple[str, str]:
        """Return where texts go, and who receives them.  Raises ValueError."""
        if url is not None:
            return reach_of(options, url)
        reach = options.choice("reach", ("host", "third-party"), "host")
        return reach, options.text("recipient", OWN_SERVER if reach == "host" else None)

    def targets(self) -> Sequence[str]:
        if self._offered is None:
            return super().targets()
        known = self.known_targets() or self._recalled
        return [tag for tag in self._offered if not known or closest(tag, known)] if self._offered else known

    def known_targets(self) -> Sequence[str]:
        """Return the service's known target languages as tags; empty until it has been asked."""
        return ()

    def recall_targets(self, tags: Sequence[str]) -> None:
        """Use `tags`, the service's answer to an earlier process, as targets until the service is asked."""
        self._recalled = tags

    def supports(self, source: str | None, target: str | None) -> bool:
        if target is None or self._offered is not None:
            return target is None or closest(target, self.targets()) is not None
        return self.target is not None and is_same(target, self.target)

    def into(self, target: str | None) -> str:
        """Return the target language for the requested `target`.  Raises UnsupportedLanguage if there is none."""
        found = target or self.target
        if found is None:
            raise UnsupportedLanguage(Text("translation.target_needed", {"title": self.title}))
        return found

    def check_targets(self) -> None:
        """Raise UnsupportedLanguage if the service is known to lack a language that the ini file names."""
        known = self.known_targets()
        for tag in (self.target,) if self._offered is None else self._offered:
            if tag is not None and closest(tag, known) is None:
                values = {"title": self.title, "target": tag}
                raise UnsupportedLanguage(Text("translation.unsupported_target", values))
