"""Parsing JSON from clients never comes close to the interpreter's recursion limit."""

import gc
import json
import sys
import unittest

from hypothesis import given
from hypothesis import strategies as st

from pyramid_sockjs.protocol.frames import BrokenJSON, parse_messages
from pyramid_sockjs.protocol.json_nesting import MAX_DEPTH, is_too_deep

NESTED = st.recursive(
    st.text(st.sampled_from('[]{}"\\a')), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
)


def nested(depth: int, value: object = "[") -> object:
    for level in range(depth):
        value = [value, "]"] if level % 2 else {"}": value}
    return value


class Depth(unittest.TestCase):
    def test_the_depth_of_arrays_and_objects(self):
        self.assertFalse(is_too_deep(json.dumps(nested(MAX_DEPTH))))
        self.assertTrue(is_too_deep(json.dumps(nested(MAX_DEPTH + 1))))

    def test_the_depth_of_broken_json(self):
        for text in ("[" * 100_000, '{"a":' * 100_000, "]" * 500 + "[" * 601):
            self.assertTrue(is_too_deep(text), text[:20])

    def test_width_is_not_depth(self):
        self.assertFalse(is_too_deep("[" + "[]," * 10_000 + "{}]"))

    def test_brackets_in_strings_do_not_count(self):
        for text in ("[" * 500, '"[' * 500, "\\" * 499 + "[" * 500, '\\"[{' * 500):
            self.assertFalse(is_too_deep(json.dumps([text])), text[:20])

    def test_an_open_string_has_no_end(self):
        self.assertFalse(is_too_deep('["' + "[" * 500))

    @given(NESTED, st.integers(0, 2 * MAX_DEPTH))
    def test_the_depth_matches_a_parsers(self, value, depth):
        value = nested(depth, value)
        self.assertEqual(is_too_deep(json.dumps(value)), depth_of(value) > MAX_DEPTH)


def depth_of(value: object) -> int:
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


class Finalizer:
    """Garbage with a finalizer that calls several functions."""

    def __init__(self) -> None:
        self.cycle = self

    def __del__(self) -> None:
        nested_calls(50)


def nested_calls(depth: int) -> None:
    if depth:
        nested_calls(depth - 1)


class Finalizers(unittest.TestCase):
    def test_finalizers_can_run_while_a_parser_works(self):
        failures = []
        hook, sys.unraisablehook = sys.unraisablehook, failures.append
        self.addCleanup(setattr, sys, "unraisablehook", hook)
        self.addCleanup(gc.set_threshold, *gc.get_threshold())
        gc.freeze()  # so that the collector does not scan the objects of all earlier tests
        self.addCleanup(gc.unfreeze)
        for allocations in range(600, 1100, 5):  # the collector runs after about this number of levels
            gc.collect()
            gc.set_threshold(0)
            garbage = [Finalizer() for _ in range(50)]
            del garbage
            gc.set_threshold(allocations)
            with self.assertRaises(BrokenJSON):
                parse_messages(b"[" * 10_000, 100, 100_000)
        self.assertEqual([failure.exc_value for failure in failures], [])
