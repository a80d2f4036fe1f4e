"""Language models through POST /v1/chat/completions: llama.cpp, Ollama, vLLM, hosted services.

https://platform.openai.com/docs/api-reference/chat
"""

import contextlib
import json
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from piratechat.bounded_json import parse_json
from piratechat.model.text import clean
from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import (
    BadRequest,
    Failed,
    Misconfigured,
    Outcome,
    QuotaExceeded,
    TooLong,
    Translated,
    TranslationError,
    Unavailable,
)
from piratechat.translators.backends.base import Backend, target_of, version_of
from piratechat.translators.backends.batches import ALREADY, NOTHING_TO_SAY, halving, within
from piratechat.translators.backends.http_client import Client
from piratechat.translators.backends.model_answers import Unusable, check, results, usage_of
from piratechat.translators.backends.model_prompt import (
    PROMPT_VERSION,
    answer_format,
    data,
    instructions,
    tokens_for,
)
from piratechat.translators.engine.detection import Languages, found_detector
from piratechat.translators.engine.languages import is_same
from piratechat.translators.language_names import NAMES
from piratechat.translators.usage import count_tokens

log = logging.getLogger(__name__)

#: Parameters that some models do not support and that can be omitted.
OPTIONAL = ("response_format", "chat_template_kwargs", "reasoning_effort", "temperature", "seed", "max_tokens")
#: Services' error codes for a prompt that is too long, and for exhausted credit.
TOO_LONG = ("context_length_exceeded", "exceed_context_size", "string_above_max_length", "maximum context length")
#: llama.cpp's errors for a model's answer that it cannot parse, for example because it was truncated.
NO_ANSWER = ("does not match the expected", "failed to parse")
NO_MONEY = ("insufficient_quota", "billing", "insufficient_balance", "credit")
#: The languages for `targets = *`, because models do not list theirs.
MODEL_TARGETS = tuple(NAMES)
#: Seconds before asking a service again that is loading its model.
LOADING_TIME = 5.0


class _Task(NamedTuple):
    """A translation task: target (None for a style), source, preceding messages, and deadline."""

    target: str | None
    source: str | None
    before: Sequence[str]
    deadline: float | None


class _Unsupported(BadRequest):
    """The service does not support a parameter."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class LanguageModel(Backend):
    """Translates texts into a language, or rewrites them in a style, with a language model.

    The ini file has `target` or `style`; a subclass with its own `style` needs neither.

    Texts are sent as JSON; a prompt has several only if they are from the same room.  An answer is validated text by
    text; if one for several texts is unusable, each half is requested again, down to single texts.
    """

    #: How to rewrite, in words that continue "rewrite chat messages".
    style = ""
    version = "1"
    masking = "slots"
    mixes_rooms = False
    counts_tokens = True
    timeout = 60.0

    def __init__(self, options: Options) -> None:
        self._url = options.url("url", "http://127.0.0.1:8080/v1")
        own = bool(self.style)
        speaks = (options.has("target") or options.has("targets")) and not own
        target, targets = target_of(options) if speaks else (None, None)
        super().__init__(options, options.name.capitalize(), target, self._url, targets)
        self.style = self.style if own else " ".join(options.text("style", "").split())
        if bool(self.style) == speaks:
            raise options.wrong("style", "must say how to speak, such as: like a Shakespearean actor; or set `target`")
        self.source = options.tag("source") if options.has("source") else None
        self._key = options.secret("key", "")
        if not (self._key.reveal().isascii() and self._key.reveal().isprintable()):
            raise options.wrong("key", "must be plain ASCII, to stand in a header")
        self._parameters = _parameters(options)
        self._max_tokens = options.whole("max_tokens", 0, 0, 1_000_000)
        self.max_items = options.whole("max_items", 8, 1, 100)
        self.context = options.whole("context", 0, 0, 20)
        self.max_item_length = options.whole("max_item_length", 2_000, most=100_000)
        self.max_length = max(4_000, self.max_item_length)
        self._client = Client(self.title, self._error_of)
        self._unsupported: set[str] = set() if options.flag("schema", True) else {"response_format"}
        settings = (self.target, self.style, self.source, json.dumps(self._parameters, sort_keys=True))
        self._version = version_of("openai", self.version, PROMPT_VERSION, self._url, *settings)
        self.version = self._version

    def known_targets(self) -> Sequence[str]:
        return MODEL_TARGETS

    def supports(self, source: str | None, target: str | None) -> bool:
        return target is None or self.kind == "language"

    def check(self, deadline: float) -> None:
        """Look up the model in the service's list; if it is not in a list, request a short answer from it."""
        listed = self._listed(deadline)
        model = self._parameters.get("model")
        if model is None or model not in listed:
            with contextlib.suppress(Unusable, TooLong):  # any answer is sufficient
                self._translated(["Hello"], _Task(self.target, None, (), deadline))
        elif listed[model] == "library":  # that of Ollama
            self.version = version_of("openai", self._version, self._digest(model, deadline))

    def _listed(self, deadline: float) -> dict[str, Any]:
        """Return the models that the service lists, with their owners; empty if it has no list."""
        try:
            answer = self._get(f"{self._url}/models", deadline)
        except (BadRequest, Misconfigured):  # a request to the model gives more information
            return {}
        found = answer.get("data") if isinstance(answer, dict) else None
        entries = found if isinstance(found, list) else []
        return {str(each.get("id")): each.get("owned_by") for each in entries if isinstance(each, dict)}

    def _digest(self, model: str, deadline: float) -> str:
        """Return Ollama's digest of `model`, because a name may refer to another model later; "" if there is none."""
        answer = self._get(f"{self._url.removesuffix('/v1')}/api/tags", deadline)
        found = answer.get("models") if isinstance(answer, dict) else None
        entries = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return next((str(each.get("digest")) for each in entries if each.get("name") == model), "")

    def _get(self, url: str, deadline: float) -> Any:
        return self._client.ask_json("GET", url, deadline, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
        before: Sequence[str] = (),
    ) -> list[Outcome]:
        task = _Task(target or self.target, source or self.source, before, deadline)
        if task.source and task.target and is_same(task.source, task.target):
            return [ALREADY] * len(batch)
        outcomes = halving(
            [number for number, text in enumerate(batch) if text.strip()],
            lambda group: self._translated([batch[number] for number in group], task),
            self._most_at_once,
        )
        return [outcomes.get(number, NOTHING_TO_SAY) for number in range(len(batch))]

    def _most_at_once(self) -> int:
        """Return the maximum number of texts in a prompt: only a schema ensures an answer for each."""
        return 1 if "response_format" in self._unsupported else self.max_items

    def _translated(self, texts: Sequence[str], task: _Task) -> list[Outcome]:
        """Return the outcomes of `texts`, translated with one prompt.  Raises TranslationError."""
        try:
            read = self._ask([text.strip() for text in texts], task)
        except _Unsupported as error:
            log.info("The translator %s omits %s, which its service does not support", self.name, error.parameter)
            self._unsupported.add(error.parameter)
            if len(texts) > self._most_at_once():
                raise
            return self._translated(texts, task)
        return [self._outcome(*pair, task) for pair in zip(texts, read, strict=True)]

    def accepts(self, said: str, read: str) -> bool:
        """Return whether `read` is acceptable for `said`, beyond the general checks; for subclasses."""
        return True

    def _outcome(self, said: str, read: str, task: _Task) -> Outcome:
        read = clean(read)
        try:
            check(said, read, task.target, task.source, self._guess, self.title)
            if not self.accepts(said, read):
                raise Unusable(Text("translation.unusable", {"title": self.title}))
            return Translated(within(said, read, self.title))
        except TranslationError as error:
            return Failed(error)

    def _ask(self, texts: Sequence[str], task: _Task) -> list[str]:
        """Return the model's results for `texts`.  Raises TranslationError."""
        system = instructions(task.target, self.style, task.source, bool(task.before))
        user = data(texts, task.before)
        content: dict[str, Any] = {
            **self._parameters,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "stream": False,
        }
        most = self._max_tokens or tokens_for(texts)
        content.setdefault("max_tokens", most)
        content["response_format"] = answer_format(len(texts))
        for name in self._unsupported & content.keys():
            del content[name]
        if "max_tokens" in self._unsupported:
            content["max_completion_tokens"] = most
        answer = None
        try:
            answer = self._client.ask_json(
                "POST", f"{self._url}/chat/completions", task.deadline, headers=self._headers(), content=content
            )
            return results(answer, len(texts), self.title)
        except Unusable:  # the answer was generated, and costs money
            answer = answer or {}
            raise
        finally:
            if answer is not None:
                count_tokens(*usage_of(answer, (system, user)))

    def _guess(self, text: str) -> str | None:
        return Languages(found_detector()).of(text, None)

    def _error_of(self, status: int, content: Any) -> TranslationError | None:
        """Classify an error response: the body is more informative than the status."""
        words = _words(content)
        if status == 402 or (status == 429 and any(each in words for each in NO_MONEY)):
            return QuotaExceeded(Text("translation.quota", {"title": self.title}))
        if any(each in words for each in TOO_LONG):
            return TooLong(Text("translation.too_long", {"title": self.title}))
        if status == 500 and any(each in words for each in NO_ANSWER):
            return Unusable(Text("translation.unusable", {"title": self.title}))
        if status in (404, 405):
            return Misconfigured(Text("translation.no_model", {"title": self.title}))
        if status == 503:
            return Unavailable(Text("translation.unavailable", {"title": self.title}), LOADING_TIME)
        if status in (400, 422):
            if "content_filter" in words or "content management policy" in words:
                return Unusable(Text("translation.refused", {"title": self.title}))
            rejected = Text("translation.rejected", {"title": self.title})
            for name in OPTIONAL:
                if name in words and name not in self._unsupported:
                    return _Unsupported(rejected, name)
        return None


def _words(content: Any) -> str:
    """Return the message in the body of an error in lower case, in any of the services' formats."""
    details = content.get("error", content) if isinstance(content, dict) else None
    if not isinstance(details, dict):
        details = {"message": details}
    return " ".join(
        [str(details.get(key) or "")[:1_000] for key in ("code", "type", "param", "message", "detail")]
    ).lower()


def _parameters(options: Options) -> dict[str, Any]:
    """Return the parameters of each request: the model, and those from the ini file."""
    known: dict[str, Any] = {
        "model": options.text("model", ""),
        "temperature": options.number("temperature", 0.0, most=2.0),
        "seed": 0,
    }
    try:
        more = parse_json(options.text("parameters", "{}"))
    except ValueError as error:
        raise options.wrong("parameters", f"must be JSON: {error}") from None
    if not isinstance(more, dict) or more.keys() & {"messages", "stream", "n", "response_format", "tools"}:
        raise options.wrong(
            "parameters", 'must be a JSON object of what else the model is to be told, such as {"top_p": 0.9}'
        )
    return {key: value for key, value in (known | more).items() if value is not None and value != ""}


def from_options(options: Options) -> LanguageModel:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return LanguageModel(options)
