"""JSON on its way to the server and back, where a bad character or number spoils nothing else.

The server is a JavaScript program: it keeps every number as a double, writes half characters as
escapes that strict readers refuse, and nests as deeply as it was told to. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, TypeVar

from ..errors import InputError
from .characters import sound, sound_json

T = TypeVar("T")

BEYOND = 2**53
"""From here on a whole number may have been another one before it became a double."""
DEEPEST = 100
"""The levels that are kept of a value which is nested too deeply to be read whole."""
MOST_BITS = 130  # of a number that is shown whole
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
_CUT = '"…"'


def is_beyond(value: object) -> bool:
    """Return whether a number from the server may have been another whole number before."""
    if isinstance(value, float):
        return value.is_integer() and abs(value) >= BEYOND
    return isinstance(value, int) and abs(value) >= BEYOND


def encoded(value: Any, what: str = "the request") -> bytes:
    """Return a value as JSON for the server, without halves of characters.

    Raises `InputError`, which begins with `what`, for a number that the server would round and for
    a value that is no JSON.
    """
    for where, number in numbers(value):
        if isinstance(number, float) and not isfinite(number):
            raise InputError(f"{what} cannot be sent: JSON has no {number}{where}; send a string")
        if not is_kept(number):
            raise InputError(
                f"{what} cannot be sent: the server is JavaScript and would round "
                f"{shown(number)}{where}; send it as a string"
            )
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{what} cannot be sent: {error}") from error
    return sound(text).encode()


def parsed(text: str) -> Any:
    """Return the value of JSON text that a user typed.

    Raises `InputError` for a number with more digits than are kept, `ValueError` for no JSON.
    """
    return json.loads(text, parse_float=_kept_float)


def holds(text: str) -> bool:
    """Return whether a float holds the number in a text with all its digits."""
    number = float(text)
    try:
        return isfinite(number) and Decimal(text) == Decimal(repr(number))
    except ArithmeticError:  # an exponent that is too long even for a Decimal
        return False


def _kept_float(text: str) -> float:
    if holds(text):
        return float(text)
    raise InputError(f"the server would not keep {text[:40]} as it is; write it as a string")


def is_kept(number: float) -> bool:
    """Return whether the server gives a number back as it was sent."""
    if isinstance(number, float):
        return isfinite(number)
    if abs(number) < BEYOND:
        return True
    try:
        return int(Decimal(repr(float(number)))) == number
    except OverflowError:
        return False


def decoded(decode: Callable[[str], T], text: str) -> T:
    """Return what `decode` reads of JSON text, which may be unsound or nested too deeply.

    Half characters become U+FFFD, and what is too deep "…". Raises what `decode` raises.
    """
    text = sound_json(text.removeprefix("\ufeff"))
    try:
        return decode(text)
    except RecursionError:
        return decode(_shallow(text))


def _shallow(text: str) -> str:
    """Return JSON text with "…" for each list and object that lies too deep."""
    pieces: list[str] = []
    depth = begin = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                pieces += [text[begin : token.start()], _CUT]
        elif mark in ("]", "}"):
            if depth == DEEPEST + 1:
                begin = token.end()
            depth -= 1
    return "".join((*pieces, text[begin:]))


def numbers(value: Any) -> Iterator[tuple[str, int | float]]:
    """Yield each number of a value after words that say where it is: ` at rows[0].price`."""
    waiting: list[tuple[str, Any]] = [("", value)]
    seen: set[int] = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield (f" at {path.removeprefix('.')}" if path else ""), value
        elif isinstance(value, Mapping | list | tuple) and id(value) not in seen:
            seen.add(id(value))  # the encoder reports one that contains itself
            if isinstance(value, Mapping):
                inner = [(f"{path}.{key}", each) for key, each in value.items()]
            else:
                inner = [(f"{path}[{number}]", each) for number, each in enumerate(value)]
            waiting += reversed(inner)


def shown(number: float) -> str:
    """Return a number for a message; of a very long one only how many digits it has."""
    if isinstance(number, int) and number.bit_length() > MOST_BITS:
        return f"a number of some {int(number.bit_length() * 0.30103) + 1:,} digits"
    return str(number)
