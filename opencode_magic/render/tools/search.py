"""Searches in files and for files."""

from __future__ import annotations

from ..words import count_words
from .call import Call, Look, code


def grep(call: Call) -> Look:
    found = call.number("matches")
    return _look(
        "Search for", call, "" if found is None else count_words(found, "match", "matches")
    )


def glob(call: Call) -> Look:
    found = call.number("count")
    return _look("Find files", call, "" if found is None else count_words(found, "file"))


def _look(verb: str, call: Call, detail: str) -> Look:
    where = call.path("path")
    pattern = call.text("pattern") or call.title
    narrower = where not in ("", ".")
    return Look(verb, f"{pattern} in {where}" if narrower else pattern, detail, code(call.output))
