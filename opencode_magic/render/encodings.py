"""Text that is not UTF-8: what it probably says."""

from __future__ import annotations

import codecs
import re

_NO_TEXT = re.compile(b"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def decoded(data: bytes) -> tuple[str, str] | None:
    """The text, and Python's name of the encoding it was read with; None where it is no text.

    UTF-16 says what it is; anything else is read as Western European, which is a guess.
    """
    encoding = _MARKS.get(data[:2], "")
    if not encoding and _NO_TEXT.search(data):
        return None
    for name in (encoding,) if encoding else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return None
