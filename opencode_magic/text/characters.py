"""Text that can be encoded: halves of a character are joined where they fit, else replaced.

A Python string and a JSON text may hold half of a character of two 16-bit units (a lone surrogate):
of a cut emoji, or of a file name that is no UTF-8. No encoder and no strict reader takes it. Pure.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
_HALF = re.compile(r"[\ud800-\udfff]")
_LAST_HALF = re.compile(r"[\ud800-\udbff]\Z")
_FIRST_HALF = re.compile(r"[\udc00-\udfff]")
_ESCAPES = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # both halves: a character
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",  # any other: an escaped backslash must not begin one
    re.DOTALL,
)


def sound(text: str) -> str:
    """Return `text` with each lone half of a character replaced by U+FFFD, and pairs joined."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def halves(text: str) -> int:
    """Return how many lone halves `sound` replaces in a text."""
    return sound(text).count(REPLACEMENT) - text.count(REPLACEMENT)


def sound_json(text: str) -> str:
    r"""Return JSON text with each escape of a lone half (`\ud83d`) replaced by that of U+FFFD.

    JavaScript writes unsound strings like this, and strict readers refuse the whole text.
    """
    if "\\ud" not in text and "\\uD" not in text:  # as in nearly all that is read
        return text
    return _ESCAPES.sub(lambda found: r"\ufffd" if found["half"] else found[0], text)


class Joiner:
    """Joins characters that the end of a piece of text tore in two.

    The first half is held back until the next piece in the same place brings the other.
    """

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    @property
    def idle(self) -> bool:
        """True where nothing is held back anywhere."""
        return not self._held

    def __call__(self, place: str, piece: str) -> str:
        """Return a piece as it can be shown, after what was held back of the one before it."""
        held = self._held.pop(place, "")
        if held and piece and not _FIRST_HALF.match(piece):
            held = REPLACEMENT
        if piece and (last := _LAST_HALF.search(piece)):
            self._held[place] = last[0]
            piece = piece[: last.start()]
        elif held and not piece:
            self._held[place], held = held, ""
        return sound(held + piece)

    def forget(self, place: str) -> None:
        """Drop what is held back in a place: its text has come whole."""
        self._held.pop(place, None)
