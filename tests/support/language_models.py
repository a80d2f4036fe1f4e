"""A local service with a language model, which implements the API /v1/chat/completions, correctly or not."""

import json

from tests.support.translation_services import KEY, Service, in_spanish

MODEL = "parrot-7b"


def error(status, message, **details):
    """Return an error response in OpenAI's format."""
    return status, {"error": {"message": message, "type": "invalid_request_error", "code": None, **details}}


class LanguageModel(Service):
    """Translates by `in_spanish`, or by `says`, which is called with the texts by their numbers.

    `says` returns the answer of the model: text for the message, or the members of the message.  Parameters that are
    `unsupported` are rejected, and so are models other than `model`.
    """

    def __init__(self, key=KEY, model=MODEL):
        super().__init__()
        self.key = key
        self.model = model
        self.owner = "parrots"
        self.digest = "sha256:1"
        self.unsupported = ()
        self.says = None
        self.finish = "stop"
        self.usage = True
        self.context_size = 4_000

    def answer(self, asked):
        if self.key and asked.headers["Authorization"] != f"Bearer {self.key}":
            return error(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key")
        if asked.path == "/v1/models":
            return 200, {"object": "list", "data": [{"id": self.model, "object": "model", "owned_by": self.owner}]}
        if asked.path == "/api/tags" and self.owner == "library":
            return 200, {"models": [{"name": self.model, "digest": self.digest}]}
        if asked.path != "/v1/chat/completions" or asked.method != "POST":
            return error(404, "Not found")
        return self.complete(asked.content)

    def complete(self, content):
        if content.get("model", self.model) != self.model:
            return error(404, f"The model `{content['model']}` does not exist", code="model_not_found")
        for name in self.unsupported:
            if name in content:
                return error(400, f"Unsupported parameter: '{name}' is not supported.", param=name)
        assert content["stream"] is False, "streaming is not supported"
        system, user = content["messages"]
        assert (system["role"], user["role"]) == ("system", "user")
        if len(user["content"]) > self.context_size:
            return error(400, "This model's maximum context length is less.", code="context_length_exceeded")
        said = self.said(json.loads(user["content"])["texts"], content)
        message = said if isinstance(said, dict) else {"content": said}
        completion = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": self.model,
            "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": self.finish}],
        }
        if self.usage:
            completion["usage"] = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        return 200, completion

    def said(self, texts, content):
        if self.says is not None:
            return self.says(texts)
        if "response_format" in content:
            schema = content["response_format"]["json_schema"]["schema"]
            assert schema["required"] == list(texts), "the schema is that of these texts"
        return json.dumps({number: in_spanish(text) for number, text in texts.items()}, ensure_ascii=False)

    @property
    def prompts(self):
        """The texts of each prompt."""
        return [list(self.data(asked)["texts"].values()) for asked in self.asked if asked.method == "POST"]

    @staticmethod
    def data(asked):
        """Return the data in a prompt."""
        return json.loads(asked.content["messages"][1]["content"])


def answering(text):
    """Return a `says` that gives `text` as the translation of each text, in valid JSON."""
    return lambda texts: json.dumps(dict.fromkeys(texts, text))


REFUSALS = (
    "I'm sorry, but I can't assist with that request.",
    "I cannot translate this text, as it contains harmful content.",
    "As an AI language model, I do not have personal opinions.",
    "Als KI-Sprachmodell kann ich das leider nicht.",
    "Lo siento, pero como modelo de lenguaje no puedo hacerlo.",
    "作为一个人工智能，我不能这样做。",  # noqa: RUF001 - a comma of Chinese
)
CHATTER = (
    "Here is the translation: Holao",
    "Sure! Here's your translated text: Holao",
    "Translation: Holao",
    "Holao (Note: this is informal.)",
    "Holao\n\nNote: I kept the tone.",
    "<think>It is a greeting.</think>Holao",
    "```\nHolao\n```",
)


def in_json(texts):
    return json.dumps({number: in_spanish(text) for number, text in texts.items()})


#: Correct answers in different wrappings.
RIGHT = {
    "plain": in_json,
    "in a fence": lambda texts: f"```json\n{in_json(texts)}\n```",
    "after thinking aloud": lambda texts: f'<think>\nThey say {{"1": "hi"}}.\n</think>\n\n{in_json(texts)}',
    "after thoughts that the prompt began": lambda texts: f"It is a greeting.\n</think>\n{in_json(texts)}",
    "with reasoning beside it": lambda texts: {
        "reasoning_content": "Hmm.",
        "reasoning": "?",
        "content": in_json(texts),
    },
    "in parts": lambda texts: {"content": [{"type": "text", "text": in_json(texts)}, {"type": "x"}]},
    "in the shape of the question": lambda texts: f'{{"texts": {in_json(texts)}}}',
}
#: Answers that are not a translation of any text.
WRONG = {
    "nothing": lambda texts: "",
    "no content": lambda texts: {"content": None},
    "content that is none": lambda texts: {"content": 7},
    "prose": lambda texts: "Holao, amigoo!",
    "only thoughts": lambda texts: f"<think>{in_json(texts)}",
    "half of it": lambda texts: in_json(texts)[:-4],
    "a list": lambda texts: json.dumps(list(texts.values())),
    "too few": lambda texts: "{}",
    "too many": lambda texts: json.dumps({**json.loads(in_json(texts)), "99": "and more"}),
    "other numbers": lambda texts: json.dumps({f"{number}0": text for number, text in texts.items()}),
    "no strings": lambda texts: json.dumps({number: ["Holao"] for number in texts}),
    "null": lambda texts: json.dumps(dict.fromkeys(texts)),
    "empty ones": answering(" "),
    "far too much": answering("Holao " * 200),
    "a new link": answering("Holao, see https://parrots.example"),
    "a new mention": answering("Holao @everyone"),
    "a refusal by its field": lambda texts: {"content": None, "refusal": "No."},
    "a refusal as prose": lambda texts: REFUSALS[0],
    **{f"refusal: {words}": answering(words) for words in REFUSALS},
    **{f"chatter: {words}": answering(words) for words in CHATTER},
}
