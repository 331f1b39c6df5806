"""Pictures, recognised by their bytes, and a value that shows one.

A picture is shown as an output of its own type, which a notebook puts into an `<img>`: no HTML is
made of it. SVG is left out, since it can hold programs.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ..text.visible import size_words
from .shown import Shown

T = TypeVar("T")

MOST_BYTES = 1_000_000  # of a picture; in a notebook it takes a third more
MOST_PIXELS = 50_000_000  # 200 MB in a browser


@dataclass(frozen=True)
class Picture:
    """A picture with its type and its size in pixels, as its file says."""

    data: bytes
    mime: str
    width: int
    height: int

    @property
    def words(self) -> str:
        """A description, e.g. `PNG picture, 640 x 480 pixels, 12.3 kB`."""
        name = self.mime.removeprefix("image/").upper()
        size = size_words(len(self.data), "byte")
        return f"{name} picture, {self.width:,} x {self.height:,} pixels, {size}"

    @property
    def fits(self) -> bool:
        """True if a notebook can hold it and a page can show it."""
        return len(self.data) <= MOST_BYTES and self.width * self.height <= MOST_PIXELS


@dataclass(frozen=True, repr=False)
class ShownPicture(Shown[T]):
    """A `value` shown as a picture, or as its blocks where only text can be shown."""

    picture: Picture = Picture(b"", "image/png", 0, 0)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # Front ends would rather show HTML or Markdown, so there is none.
        data = base64.b64encode(self.picture.data).decode()
        return {self.picture.mime: data, "text/plain": repr(self)}


def picture_of(data: bytes) -> Picture | None:
    """Return the picture in `data`, whatever its file is called; None if it is not one."""
    for mime, size in _SIZES.items():
        try:
            found = size(data)
        except (struct.error, IndexError):  # it ends too early
            continue
        if found and min(found) > 0:
            return Picture(data, mime, *found)
    return None


Size = tuple[int, int]


def _png(data: bytes) -> Size | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> Size | None:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> Size | None:
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while data[at] == 0xFF:
        kind = data[at + 1]
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if kind == 0xFF:  # filling
            at += 1
        elif kind in _ALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> Size | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", data, 24)
            return (high_w << 16 | low_w) + 1, (high_h << 16 | low_h) + 1
        case _:
            return None


_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_SIZES: Mapping[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
