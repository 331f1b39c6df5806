"""Values of the standard library that describe themselves, and views of containers."""

from __future__ import annotations

import array
import datetime
import decimal
import fractions
import gc
import ipaddress
import pathlib
import re
import types
import uuid
import zoneinfo
from itertools import islice
from typing import Any

from .classes import class_name, isinstance_safe

MOST_INSIDE = 1_000
_TOLD = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone,
         zoneinfo.ZoneInfo, decimal.Decimal, fractions.Fraction, uuid.UUID, complex, range,
         pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath,
         ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network,
         ipaddress.IPv6Network, ipaddress.IPv4Interface, ipaddress.IPv6Interface,
         type(NotImplemented))  # fmt: skip
_VIEWS: tuple[type, ...] = (
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    types.MappingProxyType,
)
_DATES = (datetime.datetime, datetime.time)


def plain_words(value: Any) -> str | None:
    """Return a single value in the words of its class, if that is exactly one of Python's."""
    kind = type(value)
    if kind in _DATES and value.tzinfo is not None and type(value.tzinfo) not in _TOLD:
        value = value.replace(tzinfo=None)  # a time zone of the user's own would be asked
        return f"{value} ({class_name(value)} with a time zone of its own)"
    if kind is complex:
        return complex.__repr__(value)
    if kind in _TOLD:
        return _small(value)
    if kind is re.Pattern and type(value.pattern) in (str, bytes):
        return f"regex {value.pattern!r}"
    if kind is re.Match and type(value.string) in (str, bytes):
        return f"match {value.group()[:200]!r} at {value.start()}-{value.end()}"
    if kind in (types.GenericAlias, types.UnionType) and _is_plain_type(value):
        return repr(value)
    if kind in (types.GeneratorType, types.CoroutineType):
        code: types.CodeType = value.gi_code if kind is types.GeneratorType else value.cr_code
        return f"{class_name(value)} {code.co_name} (not run to look at it)"
    return None


def _small(value: Any) -> str:
    """Return a value's own text, unless it is so big that making the text takes long."""
    if type(value) is fractions.Fraction:
        digits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if digits > 1_000:
            return f"Fraction of {digits:,} bits"
    if type(value) is range and max(abs(n).bit_length() for n in (value.start, value.stop)) > 256:
        return "range of big numbers"
    return repr(value) if type(value) is range else str(value)


def _is_plain_type(value: Any) -> bool:
    """Return whether an annotation has only Python's own classes: it asks others for their name."""
    return all(
        type(inner) in (type, type(...), type(None))
        or (type(inner) in (types.GenericAlias, types.UnionType) and _is_plain_type(inner))
        for inner in value.__args__
    )


def inside_of(value: Any) -> Any:
    """Return what one of Python's views or arrays shows, as a list or a dict; None for all else."""
    kind = type(value)
    if kind is array.array:
        return list(islice(array.array.__iter__(value), MOST_INSIDE))
    if kind not in _VIEWS:
        return None
    # The dict behind it is taken from the interpreter: a mapping of the user's is not asked.
    behind: Any = next(iter(gc.get_referents(value)), None)
    if not isinstance_safe(behind, dict):
        return None
    if kind is type({}.keys()):
        return list(islice(dict.keys(behind), MOST_INSIDE))
    return behind  # of values, too: they are not shown without their names
