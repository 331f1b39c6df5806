"""What a change does to bytes that its diff does not show."""

from __future__ import annotations

import codecs
import random

import pytest

from opencode_magic.changes.damage import foreseen, lost
from opencode_magic.changes.hunks import HunkError
from opencode_magic.changes.review import NO_TEXT, NOT_UTF8, REPLACED, change, revised
from opencode_magic.model.files import FileDiff
from opencode_magic.render.diff import MANGLED, changed_file
from tests.changes.test_patch import written

LATIN = "x = 1\ns = 'éè'\n".encode("latin-1")
EDITED = "x = 2\ns = '\ufffd\ufffd'\n".encode()
BOM = codecs.BOM_UTF8


def patch(before: str, after: str) -> str:
    return written(before, after, context=100, jsdiff=True)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (LATIN, EDITED, "bytes that are not UTF-8 into U+FFFD (in line 2)"),
        (b"\x93smart\x94\nx\n", "\ufffdsmart\ufffd\ny\n".encode(), "(in line 1)"),
        (
            "a\n日本\n日本\n".encode("shift-jis"),
            "b\n\ufffd{\n\ufffd{\n".encode(),
            "(in lines 2, 3)",
        ),
        (b"\xe9\n" * 9, "\ufffd\n".encode() * 9, "(in lines 1, 2, 3, 4, 5, ...)"),
        (LATIN, b"x = 2\n", "its encoding into UTF-8"),
        ("a\n".encode("utf-16"), b"b\n", "its encoding into UTF-8"),
        ("é\n".encode("utf-16"), "é\n".encode(), "its encoding into UTF-8"),
        (BOM + b"a\n", b"b\n", "its byte order mark, which is dropped"),
        (b"a\r\nb\r\n", b"a\nc\n", "2 line ends from CRLF to LF"),
        (b"a\r\nb\r\n", b"c\nb\r\n", "1 line end from CRLF to LF"),
        (b"a\nb\r\n", b"a\nb\n", "1 line end from CRLF to LF"),
        (b"a\nb\n", b"a\r\nb\r\n", "2 line ends from LF to CRLF"),
        (b"a\rb\r", b"a\nb\n", "2 line ends from CR to LF"),
        (b"a\0b\n", b"ab\n", "its NUL bytes, which are dropped"),
    ],
)
def test_what_is_lost_is_said(before: bytes, after: bytes, words: str) -> None:
    (said,) = lost(before, after)
    assert words in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LATIN, LATIN.replace(b"1", b"2")),
        (LATIN, b""),
        (b"", LATIN),
        (BOM + b"a\r\n", BOM + b"b\r\nc\r\n"),
        (b"a\r\nb\r\nc\r\n", b"a\r\n"),
        (b"a\r\nb\n", b"a\r\nb\nc\n"),
        ("é\ufffd\n".encode(), "è\ufffd\ufffd\n".encode()),
        (b"a\0\n", b"b\0\n"),
    ],
)
def test_what_a_change_means_to_do_is_no_loss(before: bytes, after: bytes) -> None:
    assert lost(before, after) == ()


def test_several_losses_are_all_said() -> None:
    assert len(lost(BOM + b"a\0\r\n\xe9\r\n", b"a\n\xef\xbf\xbd\n")) == 3
    assert len(lost(BOM + b"a\0\r\n", b"a\n")) == 3


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (LATIN, "U+FFFD (in line 2)"),
        (LATIN.replace(b"\n", b"\r\n"), "U+FFFD (in line 2)"),
        ("x = 1\ns = '“'\n".encode("cp1252"), "U+FFFD (in line 2)"),
        ("x = 1\n日本\n".encode("shift-jis"), "U+FFFD (in line 2)"),
        ("x = 1\n".encode("utf-16"), "U+FFFD"),
    ],
)
def test_an_edit_of_a_file_that_is_not_utf8_is_foreseen(before: bytes, words: str) -> None:
    text = before.decode("utf-8", "replace").replace("\r\n", "\n")  # as the edit tool compares
    (said,) = foreseen(before, patch(text, text.replace("x = 1", "x = 2")))
    assert words in said


@pytest.mark.parametrize("before", [b"x = 1\r\ny\r\n", BOM + b"x = 1\ny\n", b"x = 1\ny\0\n"])
def test_an_edit_that_keeps_all_bytes_is_not_warned_of(before: bytes) -> None:
    text = before.removeprefix(BOM).decode().replace("\r\n", "\n")
    assert foreseen(before, patch(text, text.replace("x = 1", "x = 2"))) == ()


def test_a_patch_that_brings_other_line_ends_is_foreseen() -> None:
    before = "x = 1\r\ny\r\n"
    found = foreseen(before.encode(), patch(before, "x = 2\ny\r\n"))
    assert found == ("1 line end from CRLF to LF",)


def test_a_file_that_is_written_whole_is_foreseen() -> None:
    assert foreseen(b"a\r\nb\r\n", content="a\nc\n") == ("2 line ends from CRLF to LF",)
    assert foreseen(LATIN, content="x = 2\n") == ("its encoding into UTF-8",)
    assert foreseen(b"a\0\n", content="a\n") == ("its NUL bytes, which are dropped",)
    assert foreseen(BOM + b"a\n", content="b\n") == ()  # servers keep the mark
    assert foreseen("é\n".encode(), content="è\n") == ()
    assert foreseen(b"", content="a\r\nb\n") == ()


def test_text_in_utf8_is_never_said_to_lose_anything(rng: random.Random, rounds: int) -> None:
    alphabet = "aé日\u2028\ufffd\ufeff😀 \t"
    for _ in range(rounds * 20):
        lines = ["".join(rng.choices(alphabet, k=rng.randint(0, 6))) for _ in range(5)]
        end = rng.choice(["\n", "\r\n"])
        before = "".join(f"{line}{end}" for line in lines)
        at = rng.randrange(5)
        after = "".join(f"{line}{end}" for line in [*lines[:at], "new", *lines[at + 1 :]])
        if not (at == 0 and before.startswith("\ufeff")):
            assert lost(before.encode(), after.encode()) == ()
            assert foreseen(before.encode(), patch(before, after)) == ()


# -- what a server's own diff gives away ----------------------------------------------------------


def said(before: bytes, after: bytes, *counts: int, status: str = "modified") -> FileDiff:
    """A server's diff: its text is decoded, its counts are of bytes."""
    old, new = (data.decode("utf-8", "replace") for data in (before, after))
    return FileDiff("f", patch(old, new), additions=counts[0], deletions=counts[1], status=status)


def test_an_edit_that_replaced_bytes_is_told_by_its_counts() -> None:
    diff = said(LATIN, EDITED, 2, 2)
    assert change(diff).why == REPLACED
    assert changed_file(diff).note == MANGLED
    assert change(said(LATIN, EDITED, 1, 1)).why == ""  # line 2 was as it is
    assert changed_file(said(LATIN, EDITED, 1, 1)).note == ""
    assert change(said(b"a\n", b"b\n", 2, 2)).why == NO_TEXT


def test_texts_that_may_stand_for_other_bytes_are_not_put_back() -> None:
    old, new = LATIN.decode("utf-8", "replace"), EDITED.decode()
    assert change(FileDiff("f", before=old, after=new, status="modified")).why == REPLACED


def test_a_new_file_that_is_not_utf8_is_compared_by_no_text() -> None:
    """Its text would be the same for other bytes, e.g. those that the user has put there since."""
    diff = said(b"", LATIN, 2, 0, status="added")
    assert change(diff).opaque
    assert revised(change(diff), LATIN, ()) == LATIN


def test_a_file_that_is_not_utf8_any_more_is_left_alone() -> None:
    with pytest.raises(HunkError, match=NOT_UTF8):
        revised(change(said(b"a\nb\n", b"a\nc\n", 1, 1)), b"a\n\xe9\n", (0,))
