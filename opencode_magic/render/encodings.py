"""Guess what text that is not UTF-8 says."""

from __future__ import annotations

import codecs
import re

_NO_TEXT = re.compile(b"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decoded(data: bytes) -> tuple[str, str] | None:
    """Return the text and Python's name of its encoding; None for data that is not text.

    UTF-16 says what it is; anything else is read as Western European, which is a guess.
    """
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf_16 and _NO_TEXT.search(data):
        return None
    for name in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return None
