"""Mutations of valid bytes."""

import re

#: Difficult input for parsers.
WORDS = (
    b"\0", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b"%00", b"%0d%0a", b"%ff", b"%", b"%c0%ae", b"..",
    b"../", b"//", b"\\", b"?", b"#", b"&", b";", b"=", b",", b":", b'"', b"'", b"<script>", b"${1}", b"&amp;",
    b"&#0;", b"<!DOCTYPE x>", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xae",
    b"\xcc\x81" * 50, b"\\ud800", b"\\u0000", b"[", b"]", b"{", b"}", b"[" * 2000, b'{"a":' * 2000, b"null",
    b"true", b"NaN", b"1e999", b"-1", b"[]", b"{}", b"1.5", b"9" * 30, b"9" * 5000, b"-0", b"0x10",
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"\x81\x80\0\0\0\0",
    b"\x88\x80\0\0\0\0", b"\x89\xfe\xff\xff", b"\x01\x80\0\0\0\0", b"\x80\x80\0\0\0\0", b"\x81\xff\xff\xff\xff",
    b"__proto__", b"__class__", b"system.Everyone", b"original", b"read_only", b"A" * 300, b"a" * 9000,
)  # fmt: skip

NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"2",
    b"200",
    b"201",
    b"65536",
    b"2147483648",
    b"4611686018427387904",
    b"1e400",
    b"",
    b"00",
)

#: Maximum size of a mutant in bytes.
LARGEST = 100_000


class Mutator:
    """Changes valid samples slightly, several times."""

    def __init__(self, random, samples):
        self._random = random
        self._samples = [bytes(sample) for sample in samples]
        self._ways = [
            self._flip, self._flip, self._put, self._put, self._drop, self._repeat, self._move,
            self._cut, self._splice, self._number, self._number, self._noise,
        ]  # fmt: skip

    def mutant(self):
        """Return a mutant of one of the samples."""
        return self.mutated(self._random.choice(self._samples))

    def mutated(self, data):
        """Return a mutant of `data`."""
        for _ in range(self._random.choice((1, 1, 1, 2, 2, 3, 5, 8))):
            data = self._random.choice(self._ways)(data)[:LARGEST]
        return data

    def _place(self, data):
        return self._random.randint(0, len(data))

    def _slice(self, data):
        start = self._place(data)
        return start, min(len(data), start + self._random.choice((1, 2, 4, 16, 100)))

    def _flip(self, data):
        if not data:
            return data
        place = self._random.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << self._random.randrange(8)]) + data[place + 1 :]

    def _put(self, data):
        place = self._place(data)
        return data[:place] + self._random.choice(WORDS) + data[place:]

    def _drop(self, data):
        start, end = self._slice(data)
        return data[:start] + data[end:]

    def _repeat(self, data):
        start, end = self._slice(data)
        return data[:end] + data[start:end] * self._random.choice((1, 1, 2, 10, 300)) + data[end:]

    def _move(self, data):
        start, end = self._slice(data)
        rest = data[:start] + data[end:]
        place = self._place(rest)
        return rest[:place] + data[start:end] + rest[place:]

    def _cut(self, data):
        return data[: self._place(data)]

    def _splice(self, data):
        other = self._random.choice(self._samples)
        return data[: self._place(data)] + other[self._place(other) :]

    def _number(self, data):
        found = list(re.finditer(rb"\d+", data))
        if not found:
            return self._put(data)
        start, end = self._random.choice(found).span()
        return data[:start] + self._random.choice(NUMBERS) + data[end:]

    def _noise(self, data):
        place = self._place(data)
        return data[:place] + self._random.randbytes(self._random.choice((1, 2, 4, 8, 40))) + data[place:]
