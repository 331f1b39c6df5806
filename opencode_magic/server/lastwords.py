"""Why a program that ended did so, from what it said."""

from __future__ import annotations

import re

_WAYS_OUT = (
    (
        r"E(ACCES|PERM|ROFS|NOTDIR|NOENT|EXIST)\b",
        "; set HOME or XDG_DATA_HOME to a writable folder",
    ),
    (r"ENOSPC\b", "; the disk is full"),
)


def reason(said: str) -> str:
    """The line that says why: an error of the system, another error, else the last."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)  # a dying Bun colours its last words
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    system = [line for line in lines if re.match(r"(\w+: )?E[A-Z]{3,}: ", line)]
    errors = [line for line in lines if re.search(r"error\b", line, re.IGNORECASE)]
    return (system or errors or lines or [""])[-1][:300]


def way_out(why: str) -> str:
    """What to do about an error of the system, as the end of a sentence; "" if we do not know."""
    return next((way for sign, way in _WAYS_OUT if re.search(sign, why)), "")
