"""What a picture is, by its bytes, and text that is not UTF-8."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from opencode_magic.render.blocks import Item, Plain
from opencode_magic.render.encodings import decoded
from opencode_magic.render.pictures import MOST_BYTES, Picture, ShownPicture, picture_of

# Each was read by Chromium, which found the sizes below.
FOLDER = Path(__file__).parent.parent / "data" / "pictures"
PICTURES = {file.stem: file.read_bytes() for file in FOLDER.iterdir()}


@pytest.mark.parametrize(
    ("name", "mime", "width", "height"),
    [
        ("png", "image/png", 300, 2),
        ("gif", "image/gif", 1, 1),
        ("jpeg", "image/jpeg", 300, 2),
        ("lossy", "image/webp", 300, 2),
        ("lossless", "image/webp", 300, 2),
        ("extended", "image/webp", 5, 4),
    ],
)
def test_a_picture_is_known_by_its_bytes(name: str, mime: str, width: int, height: int) -> None:
    data = PICTURES[name]
    found = picture_of(data)
    assert found == Picture(data, mime, width, height)
    for end in range(len(data)):  # whatever is cut off, nothing breaks
        cut = picture_of(data[:end])
        assert cut is None or (cut.mime, cut.width, cut.height) == (mime, width, height)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"GIF89a" + bytes(40),  # no pixels
        b"\xff\xd8" + 40 * b"\xff",
        b"RIFF0000WEBPVP9 " + bytes(40),
        b"BM" + bytes(40),
    ],
)
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert picture_of(data) is None


def test_a_picture_is_shown_without_html() -> None:
    picture = Picture(PICTURES["gif"], "image/gif", 1, 1)
    shown = ShownPicture("value", (Item("what", Plain("<b>words</b>")),), picture)
    assert shown._repr_mimebundle_() == {
        "image/gif": base64.b64encode(PICTURES["gif"]).decode(),
        "text/plain": "<b>words</b>",
    }
    assert shown.value == "value"
    assert picture.words == "GIF picture, 1 x 1 pixels, 42 bytes"


def test_what_a_page_could_not_bear_does_not_fit() -> None:
    assert Picture(bytes(MOST_BYTES), "image/png", 5_000, 5_000).fits
    assert not Picture(bytes(MOST_BYTES + 1), "image/png", 1, 1).fits
    assert not Picture(b"", "image/png", 60_000, 60_000).fits


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("café\n".encode("latin-1"), ("café\n", "cp1252")),
        (b"\x81\xe9", ("\x81é", "latin-1")),
        ("ä😀".encode("utf-16"), ("ä😀", "utf-16")),
        ("ä".encode("utf-16-be"), None),  # nothing says so, and there are NULs
        (b"\xff\xfe\x00\xd8", None),  # half a pair
        (b"\x1b[31m\xe9", ("\x1b[31mé", "cp1252")),
        ("é".encode("utf-8-sig"), ("é", "utf-8-sig")),
        (b"\x00\xe9", None),
        (b"\x7fELF", None),
    ],
)
def test_text_that_is_not_utf8_is_read_as_what_it_may_be(
    data: bytes, found: tuple[str, str] | None
) -> None:
    assert decoded(data) == found
