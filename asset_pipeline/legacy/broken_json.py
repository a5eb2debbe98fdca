"""Reads JSON as the old tool left it: whole, cut off in the middle, or with something in between that is no JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

_CLOSERS = {"{": "}", "[": "]"}
# Half of a character, which no UTF-8 can hold.
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_OBJECT = re.compile(r"\{\s*\"")
# The old logs had a hundred entries; whatever has more is not looked through for more.
MAX_OBJECTS = 10_000
# Python refuses to read or write an int of more than 4,300 of them.
MAX_DIGITS = 1000
MAX_DEPTH = 100


@dataclass(frozen=True)
class JsonText:
    """What a JSON file says.

    Args:
        value: What could be read, with numbers as Decimal; None if nothing could.
        problem: What is wrong with it; empty if nothing is.
        more: Further objects, from behind the place where it is broken, with their lines.
    """

    value: Any
    problem: str = ""
    more: tuple[tuple[int, dict[str, Any]], ...] = ()


def read_json(text: str) -> JsonText:
    """Return what JSON says; of what is broken, everything that is complete."""
    text = _HALF.sub(r"\\ufffd", text)
    try:
        return JsonText(_shallow(_DECODER.decode(text)))
    except json.JSONDecodeError as error:
        problem = f"no valid JSON from line {error.lineno} on: {error.msg}"
        value = _complete(text, error.pos)
        more = tuple(_objects(text, error.pos)) if value is not None else ()
        return JsonText(value, problem, more)
    except RecursionError:
        return JsonText(None, "nested too deeply")


def _number(text: str) -> int | Decimal | None:
    """Return a number; as Decimal where it has a point or a thousand digits, and None where none can hold it."""
    try:
        return int(text) if text.removeprefix("-").isdigit() and len(text) <= MAX_DIGITS else Decimal(text)
    except InvalidOperation:
        return None


_DECODER = json.JSONDecoder(parse_float=_number, parse_int=_number, parse_constant=lambda _name: None)


def _shallow(value: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return a value that whatever goes through it by steps of its own can go through; no file needs a deeper one."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return value
    raise RecursionError


def _complete(text: str, end: int) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return the beginning of a JSON text as a value: whatever was open is closed behind its last whole part."""
    for shorter in (text[:end], text[: text.rfind(",", 0, end) + 1]):
        repaired = _closed(shorter)
        try:
            return _shallow(_DECODER.decode(repaired))
        except (json.JSONDecodeError, RecursionError):
            continue
    return None


def _closed(text: str) -> str:
    """Return a text up to its last whole value, with what is open there closed."""
    stack: list[str] = []
    safe, closers = 0, ""
    in_string = is_escaped = False
    for index, char in enumerate(text):
        if in_string:
            in_string = is_escaped or char != '"'
            is_escaped = char == "\\" and not is_escaped
            continue
        if char == '"':
            in_string = True
        elif char in "{[":
            stack.append(_CLOSERS[char])
        elif char in "}]" and stack:
            stack.pop()
        if char in "{[}]":
            safe = index + 1
        elif char == ",":
            safe = index
        else:
            continue
        closers = "".join(reversed(stack))
    return text[:safe] + closers


def _objects(text: str, start: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the whole objects behind a place, with their lines."""
    position, found, counted, line = start, 0, 0, 1
    while found < MAX_OBJECTS and (match := _OBJECT.search(text, position)):
        try:
            value, position = _DECODER.raw_decode(text, match.start())
            _shallow(value)
        except (json.JSONDecodeError, RecursionError):
            position = match.start() + 1
            continue
        found += 1
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, value
