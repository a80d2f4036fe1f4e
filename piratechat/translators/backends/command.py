"""Any Unix filter as a translator: reads a text from standard input and writes the result to standard output."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gevent
from gevent import subprocess

from piratechat.options import Options
from piratechat.texts import Text
from piratechat.translation import BadResponse, Outcome, Translated, TranslationError, Unavailable
from piratechat.translators.backends.base import Backend, version_of
from piratechat.translators.backends.batches import one_by_one, within

#: Timeout for a text in seconds, if there is no deadline.
DEFAULT_TIMEOUT = 30.0
#: Maximum output size in bytes, ...
MAX_OUTPUT_SIZE = 64 * 1024
#: ... and as a multiple of the input size.
MAX_EXPANSION = 10
#: Seconds to wait for a killed process.
KILL_TIMEOUT = 5.0

#: The whole environment of a filter.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


class Command(Backend):
    """Runs a program for each text, without a shell; its stderr is discarded."""

    version = "1"
    max_items = 1  # one text per call, so that each has the full timeout

    def __init__(self, options: Options) -> None:
        target = options.tag("target") if options.has("target") else None
        super().__init__(options, options.name.capitalize(), target)
        self._words = options.words("command")
        if not self._words or not _is_program(self._words[0]):
            raise options.wrong("command", "must begin with the whole path of a program, such as /usr/games/jive")
        program = os.stat(self._words[0])
        self.version = version_of("command", self.version, self._words, program.st_size, program.st_mtime_ns)

    def check(self, deadline: float) -> None:
        if not _is_program(self._words[0]):
            raise Unavailable(Text("translation.not_installed", {"title": self.title}))

    def translate(
        self,
        batch: Sequence[str],
        target: str | None = None,
        source: str | None = None,
        deadline: float | None = None,
    ) -> list[Outcome]:
        until = time.monotonic() + DEFAULT_TIMEOUT if deadline is None else deadline
        return one_by_one(batch, lambda text: Translated(within(text, self._filtered(text, until), self.title)))

    def _filtered(self, text: str, deadline: float) -> str:
        """Return the program's output for `text`, which is passed as lines."""
        said = f"{text.strip()}\n".encode()
        try:
            return self._run(said, MAX_OUTPUT_SIZE + MAX_EXPANSION * len(said), deadline).decode()
        except UnicodeDecodeError:
            raise self._nonsense() from None

    def _run(self, said: bytes, most: int, deadline: float) -> bytes:
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise self._late()
        process = self._start()
        feeding = gevent.spawn(_feed, process.stdin, said)
        limit = gevent.Timeout(seconds)
        try:
            with limit:
                heard = process.stdout.read(most + 1)
                if len(heard) > most:
                    raise self._nonsense()
                status = process.wait()
        except gevent.Timeout as caught:
            if caught is not limit:
                raise
            raise self._late() from None
        finally:
            _end(process, feeding)
        if status != 0:
            raise Unavailable(Text("translation.unavailable", {"title": self.title}))
        return heard

    def _start(self) -> Any:
        try:
            return subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,  # so that its child processes can be killed with it
            )
        except OSError:
            raise Unavailable(Text("translation.cannot_start", {"title": self.title})) from None

    def _late(self) -> TranslationError:
        return Unavailable(Text("translation.timeout", {"title": self.title}))

    def _nonsense(self) -> TranslationError:
        return BadResponse(Text("translation.bad_response", {"title": self.title}))


def _is_program(path: str) -> bool:
    return os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK)


def _feed(stdin: Any, said: bytes) -> None:
    with suppress(OSError):  # it may have stopped reading
        stdin.write(said)
        stdin.flush()
    with suppress(OSError):
        stdin.close()


def _end(process: Any, feeding: Any) -> None:
    """Clean up the process, the greenlet and the pipes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):  # the kernel has not released it
        process.wait(KILL_TIMEOUT)
    feeding.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            pipe.close()


def from_options(options: Options) -> Command:
    """Return the translator that the ini file describes.  Raises ValueError, which says what to do."""
    return Command(options)
