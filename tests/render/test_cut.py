"""Long texts: their beginning and end, what is missing in words, and the rest piece by piece."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.render.blocks import Code, Diff, Item, Plain, Row
from opencode_magic.render.diff import of_patch
from opencode_magic.render.html import Long, block_html, cuts, document_html
from opencode_magic.render.limits import LIVE, PIECE_CHARS, Limit, cut, share
from opencode_magic.render.more import piece
from opencode_magic.render.text import document_markdown, document_text

LINES = "".join(f"line {n}\n" for n in range(10_000))
texts = st.text(st.sampled_from("ab \n\r\x85\u2028"), max_size=300)


@given(texts, st.integers(10, 200))
def test_a_cut_text_is_its_head_the_gap_and_its_tail(text: str, chars: int) -> None:
    shown = cut(text, Limit(chars))
    assert shown.head + text[shown.start : shown.stop] + shown.tail == text or not shown.words
    assert len(shown.head) + len(shown.tail) <= max(chars, len(text) if not shown.words else 0)
    assert shown.words or shown.head == text
    if shown.words:
        assert shown.start < shown.stop


def test_whole_lines_stay_and_the_gap_says_how_much_is_missing() -> None:
    shown = cut(LINES, Limit(4_000))
    assert shown.head.startswith("line 0\n")
    assert shown.head.endswith("\n")
    assert shown.tail.startswith("line ")
    assert shown.tail.endswith("line 9999\n")
    assert shown.words == "9,900 lines (98.0 kB) not shown"
    assert cut("x" * 5_000_000, Limit(4_000)).words == "5.0 MB not shown"
    assert cut("short\n", Limit(4_000)).words == ""


def test_each_form_is_cut_and_says_so() -> None:
    items = [Item("a", Row("Run", "seq", "completed", body=(Code(LINES),)))]
    gap = re.compile(r"… 9,\d\d\d lines \([\d.]+ kB\) not shown …")
    for form in (document_html(items), document_text(items), document_markdown(items)):
        assert len(gap.findall(form)) == 1
        assert "line 0\n" in form
        assert "line 9999" in form
        assert "line 5000" not in form


def test_what_would_be_done_is_never_cut() -> None:
    assert "line 5000\n" in block_html(Code(LINES, exact=True))


def test_all_texts_of_a_turn_share_its_room() -> None:
    def limit(*sizes: int) -> int:
        return share([Item(str(n), Code("x" * size)) for n, size in enumerate(sizes)], 1_000).chars

    assert limit() == limit(10, 20) == 1_000
    assert limit(5_000) == 1_000
    assert limit(5_000, 5_000, 100, 100) == 400
    diff = Item("d", Row("Edit", body=(Diff("x" * 9_000),)))
    assert share([diff, Item("p", Plain("y" * 9_000))], 1_000).chars == 1_000


@pytest.mark.parametrize("text", [LINES * 20, "x" * 250_000], ids=["lines", "one line"])
def test_pieces_make_up_what_was_missing(text: str) -> None:
    (code,) = cuts(Row("Run", body=(Code(text),)))
    gap = cut(text, LIVE)
    shown, got, left = 0, "", "something"
    while left:
        one = piece(code, LIVE, shown)
        assert one.shown - shown <= PIECE_CHARS
        got += re.sub(r"</?(?:div|pre|code)[^>]*>", "", one.html.removesuffix("\n</div>"))
        shown, left = one.shown, one.left
    assert got == text[gap.start : gap.stop]


def test_pieces_make_up_the_lines_a_diff_leaves_out() -> None:
    patch = "".join(
        f"--- a/{name}\n+++ b/{name}\n@@ -0,0 +1,{count} @@\n"
        + "".join(f"+{name} <{n}>\n" for n in range(count))
        for name, count in (("one", 5_001), ("two", 2), ("three", 7_000))
    )
    block = Row("Edit", body=(of_patch(patch, "3 files"), Code(LINES)))
    shown_at_first, found = block_html(block), cuts(block)
    assert re.findall(r"ocm-cut-(\d+)", shown_at_first) == ["0", "1", "2"]
    assert "… 4,602 lines not shown …" in shown_at_first
    for rest, name, count in zip(found, ("one", "three"), (5_001, 7_000), strict=False):
        got = re.findall(rf"\+{name} &lt;(\d+)&gt;", shown_at_first)
        shown, left = 0, "something"
        while left:
            one = piece(rest, LIVE, shown)
            assert one.html.count("<pre") == 1
            got += re.findall(rf"\+{name} &lt;(\d+)&gt;", one.html)
            shown, left = one.shown, one.left
        assert got == [str(n) for n in range(count)]
        assert piece(rest, LIVE, 10**9).left == ""


def test_gaps_are_numbered_as_they_are_served() -> None:
    found: list[Long] = []
    rows = [Item(str(n), Row("Run", body=(Code(LINES + str(n)),))) for n in range(3)]
    html = document_html(rows, Limit(1_000), found)
    assert [code.text[-1] for code in found if isinstance(code, Code)] == ["0", "1", "2"]
    assert re.findall(r"ocm-cut-(\d+)", html) == ["0", "1", "2"]
