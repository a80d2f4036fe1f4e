"""Parser for a Containerfile with the instructions that tools/container.py supports; it rejects all others."""

import json
import re
from dataclasses import dataclass, field

#: Instructions with a command: a shell's line for RUN, and a JSON list for the others.
COMMANDS = ("HEALTHCHECK", "ENTRYPOINT", "CMD")
#: A name, and a value without quotes and variables.
VARIABLE = re.compile(r"([A-Z_]+)=([^\s\"'$\\]+)")
IMAGE = re.compile(r"debian:([a-z]+)-slim")
USER = re.compile(r"(\d+):(\d+)")


class Refused(ValueError):
    """The Containerfile has an unsupported instruction."""


@dataclass
class Image:
    """The properties of the image."""

    release: str = ""
    #: RUN and COPY in their order: the name, and its line or list of words.
    steps: list[tuple[str, str | list[str]]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    user: tuple[int, int] | None = None
    folder: str = "/"
    volumes: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def parsed(text: str) -> Image:
    """Return the image described by the Containerfile `text`.  Raises Refused."""
    image = Image()
    words: dict[str, list[str]] = {}
    for name, rest in instructions(text):
        if (name == "FROM") == bool(image.release):
            raise Refused(f"exactly one FROM, and as the first instruction: {name} {rest}")
        if name in COMMANDS:
            words[name] = command_of(name, rest)
        else:
            follow(image, name, rest)
    image.health = words.get("HEALTHCHECK", [])
    image.command = words.get("ENTRYPOINT", []) + words.get("CMD", [])
    return image


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions with their arguments, each on one line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = []
    for line in filter(None, (line.strip() for line in joined.splitlines())):
        name, _, rest = line.partition(" ")
        found.append((name, rest.strip()))
    return found


def follow(image: Image, name: str, rest: str) -> None:
    """Store the arguments of an instruction without a command in `image`.  Raises Refused."""
    if name == "FROM" and (known := IMAGE.fullmatch(rest)):
        image.release = known[1]
    elif name == "RUN" and rest[:1] not in ("[", "-", "<"):
        image.steps.append((name, rest))
    elif name == "COPY" and not rest.startswith(("[", "-")) and rest.endswith("/") and len(rest.split()) > 1:
        image.steps.append((name, rest.split()))
    elif name == "ENV" and all(VARIABLE.fullmatch(word) for word in rest.split()):
        image.environment.update(word.split("=", 1) for word in rest.split())
    elif name == "USER" and (ids := USER.fullmatch(rest)):
        image.user = int(ids[1]), int(ids[2])
    elif name == "WORKDIR" and rest.startswith("/"):
        image.folder = rest
    elif name == "VOLUME" and rest.startswith("["):
        image.volumes += json.loads(rest)
    elif name == "EXPOSE" and rest.isdecimal():
        image.ports.append(int(rest))
    else:
        raise Refused(f"unknown instruction: {name} {rest}")
    if name in ("RUN", "COPY") and (image.environment or image.user or image.folder != "/"):
        raise Refused(f"ENV, USER and WORKDIR must come after all steps: {name} {rest}")


def command_of(name: str, rest: str) -> list[str]:
    """Return the words of a command, which is a JSON list.  Raises Refused."""
    if name == "HEALTHCHECK":
        rest = re.sub(r"^(--[a-z-]+=\w+\s+)*CMD\s+", "", rest)
    try:
        words = json.loads(rest)
    except ValueError:
        words = None
    if not (isinstance(words, list) and words and all(isinstance(word, str) for word in words)):
        raise Refused(f"{name} needs a list of words in JSON: {rest}")
    return words
