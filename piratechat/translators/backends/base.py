"""What back ends have in common: who they are, by the ini file."""

import hashlib
from collections.abc import Sequence

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import Translator, UnsupportedLanguage
from piratechat.translators.backends.reach import OWN_SERVER, reach_of
from piratechat.translators.engine.languages import closest, is_same


def version_of(backend: str, rules: str, *settings: object) -> str:
    """Return the version of a translator: a hash of 12 hexadecimal digits.

    `backend` is the name of its back end and `rules` the version of the back
    end's own rules, "1" for a start; `settings` are those that make a
    difference to translations.  Stored translations, which may have cost
    money, are found by this hash, so it does not depend on any source text.
    """
    return hashlib.sha256(repr((backend, rules, *settings)).encode()).hexdigest()[:12]


def target_of(options: Options) -> tuple[str | None, list[str] | None]:
    """Return the one language to translate into, or None and those that readers choose from: none are all there are.

    The first is what the ini file calls `target`, the second `targets`.  Raises ValueError.
    """
    if not options.has("targets"):
        return options.tag("target"), None
    if options.has("target"):
        raise options.wrong("targets", "cannot be there with target, which is for one language")
    return None, options.tags("targets")


class Backend(Translator):
    """A translator that has the words from elsewhere.

    `title`: what it is called unless the ini file says otherwise; `target`: a
    BCP 47 tag, or None for a style, and where there are `targets`: those that
    readers choose from, none for all that its service has.  `url`: the address of its service, from
    which its reach follows, or None for a program of this machine.

    `version` of a subclass is the version of its rules: raise it when the same
    text would be translated differently with the same settings.  That of an
    instance is `version_of` the rules and the settings.
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
        """Return how far texts travel, and who sees them.  Raises ValueError."""
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
        """Return the tags into which the service is known to translate; none as long as it has not been asked."""
        return ()

    def recall_targets(self, tags: Sequence[str]) -> None:
        """Take `tags`, which the service told an earlier process, for its targets until it is asked."""
        self._recalled = tags

    def supports(self, source: str | None, target: str | None) -> bool:
        if target is None or self._offered is not None:
            return target is None or closest(target, self.targets()) is not None
        return self.target is not None and is_same(target, self.target)

    def into(self, target: str | None) -> str:
        """Return the tag to translate into when `target` is asked for.  Raises UnsupportedLanguage if that is none."""
        found = target or self.target
        if found is None:
            raise UnsupportedLanguage(Text("translation.target_needed", {"title": self.title}))
        return found

    def check_targets(self) -> None:
        """Raises UnsupportedLanguage if the service is known not to have a language that the ini file names."""
        known = self.known_targets()
        for tag in (self.target,) if self._offered is None else self._offered:
            if tag is not None and closest(tag, known) is None:
                values = {"title": self.title, "target": tag}
                raise UnsupportedLanguage(Text("translation.unsupported_target", values))
