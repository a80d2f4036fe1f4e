"""Decoder for small QR codes (ISO/IEC 18004) without errors."""

import re

from lxml import etree

#: Masks by their numbers: the dark modules of a mask are inverted (section 7.8.2).
MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, _x: y % 2 == 0,
    lambda _y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)


def read(svg, quiet_zone=4):
    """Return the text in a code of version 1 to 3 with one block of error correction."""
    dark = _dark(etree.fromstring(svg), quiet_zone)
    size = max(x for _y, x in dark) + 1
    # Format information next to the first finder: fifteen bits, XORed with 101010000010010; three are the mask.
    mask = MASKS[int("".join(str(int((8, x) in dark)) for x in (2, 3, 4)), 2) ^ 0b101]
    bits = "".join(str(int(((y, x) in dark) != mask(y, x))) for y, x in _path(size))
    assert bits[:4] == "0100", "bytes"
    length = int(bits[4:12], 2)
    return bytes(int(bits[at : at + 8], 2) for at in range(12, 12 + 8 * length, 8)).decode()


def _dark(svg, quiet_zone):
    """Return (row, column) of the dark modules, from the lines of the last path."""
    (drawing,) = [path.get("d") for path in svg.findall("{*}path") if path.get("stroke")]
    dark, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", drawing):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            dark |= {(int(y) - quiet_zone, int(x) - quiet_zone + step) for step in range(int(values[0]))}
            x += values[0]
    return dark


def _path(size):
    """Yield the modules with data in their order: two columns at a time, up and down (section 7.7.3)."""
    up = True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for y in reversed(range(size)) if up else range(size):
            yield from ((y, x) for x in (right, right - 1) if not _is_pattern(y, x, size))
        up = not up


def _is_pattern(y, x, size):
    finder = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    alignment = size > 21 and abs(y - size + 7) <= 2 and abs(x - size + 7) <= 2
    return finder or alignment or 6 in (x, y)
