"""Checks that messages match their descriptions in `piratechat.protocol`."""

import types
from collections.abc import Sequence
from typing import Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from piratechat.protocol import events, messages


def by_type(module):
    """Return the message types in a module of the protocol by their `type`."""
    found = {}
    for each in vars(module).values():
        if is_typeddict(each) and each.__module__ == module.__name__:
            (kind,) = get_args(get_type_hints(each).get("type")) or (None,)
            found[kind] = each
    found.pop(None, None)  # parts of other messages
    return found


EVENTS = by_type(events)
MESSAGES = by_type(messages)


def faults(value, expected, where=""):
    """Return the errors in `value`, which was parsed from JSON, compared with the type `expected`."""
    if is_typeddict(expected):
        return _faults_of_object(value, expected, where)
    origin, arguments = get_origin(expected) or expected, get_args(expected)
    if origin is NotRequired:
        return faults(value, arguments[0], where)
    if origin in (Sequence, tuple):
        return _faults_of_list(value, arguments, where, fixed=origin is tuple)
    return [] if _is(value, origin, arguments) else [f"{where} is {value!r}"]


def _is(value, origin, arguments):
    if origin in (Union, types.UnionType):
        return any(not faults(value, each) for each in arguments)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in arguments)
    return type(value) is origin or (origin is float and type(value) is int)


def _faults_of_list(value, kinds, where, *, fixed):
    if not isinstance(value, list) or (fixed and len(value) != len(kinds)):
        return [f"{where} is {value!r}"]
    pairs = zip(value, kinds if fixed else kinds * len(value), strict=True)
    return [fault for each, kind in pairs for fault in faults(each, kind, f"{where}[]")]


def _faults_of_object(value, expected, where):
    if not isinstance(value, dict):
        return [f"{where} is {value!r}"]
    hints = get_type_hints(expected)
    found = [f"{where}.{name} is missing" for name in expected.__required_keys__ - value.keys()]
    found += [f"{where}.{name} is not described" for name in value.keys() - hints.keys()]
    described = value.keys() & hints.keys()
    return found + [fault for name in described for fault in faults(value[name], hints[name], f"{where}.{name}")]


def check_event(event):
    """Raise AssertionError if `event` does not match its description."""
    found = faults(event, EVENTS[event["type"]], event["type"])
    assert not found, (found, event)
