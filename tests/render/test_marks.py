"""The words that changed in a line are marked, and nothing where another line stands."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.render.marks import LONG_LINE, Marker, Span, shared

WORDS = st.lists(
    st.sampled_from(["a", "foo", "bar_1", " ", "  ", "\t", "(", ")", ",", "=", "é", "日本"]),
    max_size=14,
).map("".join)


def shown(line: str, marks: tuple[Span, ...]) -> str:
    """The line with its marks in brackets."""
    pieces, at = [], 0
    for start, end in marks:
        pieces.append(f"{line[at:start]}[{line[start:end]}]")
        at = end
    return "".join([*pieces, line[at:]])


def kept(line: str, marks: tuple[Span, ...]) -> str:
    """What is not marked, without blanks."""
    return "".join(re.sub(r"\[[^]]*\]", "", shown(line, marks)).split())


@pytest.mark.parametrize(
    ("gone", "new", "old_shown", "new_shown"),
    [
        ("x = 1", "x = 2", "x = [1]", "x = [2]"),
        ("import os", "import os, sys", "import os", "import os[, sys]"),
        ("if a and b:", "if a or b:", "if a [and] b:", "if a [or] b:"),
        ("foo.bar(a, b)", "baz.qux(a, b)", "[foo.bar](a, b)", "[baz.qux](a, b)"),
        ("    return x", "        return x", "[    ]return x", "[        ]return x"),
        ("tail", "tail  ", "tail", "tail[  ]"),
        ("a\tb", "a b", "a[\t]b", "a[ ]b"),
        ("}", "} else if (x) {", "}", "} else if (x) {"),
        ("print('a')", "log.info('a')", "[print]('a')", "[log.info]('a')"),
        ("the old line", "something else", "the old line", "something else"),
        ("same", "same", "same", "same"),
    ],
)
def test_changed_words_are_marked(gone: str, new: str, old_shown: str, new_shown: str) -> None:
    marks, new_marks = Marker().marks(gone, new)
    assert (shown(gone, marks), shown(new, new_marks)) == (old_shown, new_shown)


@given(WORDS | st.text(), WORDS | st.text())
def test_marks_are_in_order_and_never_more_than_words(gone: str, new: str) -> None:
    for line, marks in zip((gone, new), Marker().marks(gone, new), strict=True):
        ends = [0, *(end for span in marks for end in span), len(line)]
        assert ends == sorted(ends)
        assert all(start < end for start, end in marks)
        assert len(marks) <= len(re.findall(r"\w+|\s+|[^\w\s]", line))


@given(WORDS, WORDS)
def test_what_is_not_marked_is_the_same_in_both(gone: str, new: str) -> None:
    marks, new_marks = Marker().marks(gone, new)
    if marks or new_marks:
        assert kept(gone, marks) == kept(new, new_marks)


def test_of_long_lines_the_stretch_that_differs_is_marked() -> None:
    gone, new = "x" * LONG_LINE + "1" + "y" * 300, "x" * LONG_LINE + "22" + "y" * 300
    assert Marker().marks(gone, new) == (
        ((LONG_LINE, LONG_LINE + 1),),
        ((LONG_LINE, LONG_LINE + 2),),
    )


@given(st.text("ab"), st.text("ab"))
def test_texts_share_their_beginning(one: str, other: str) -> None:
    count = shared(one, other)
    assert one[:count] == other[:count]
    assert count == min(len(one), len(other)) or one[count] != other[count]


def test_lines_are_paired_by_what_they_say() -> None:
    gone = ["def load(path):", "    return read(path)"]
    new = ["import json", "", "def load(path, strict):", "    # no cache", "    return read(path)"]
    assert Marker().pairs(gone, new) == [(0, 2), (1, 4)]
    assert Marker().pairs(["a = 1", "b = 2"], ["a = 3", "b = 4"]) == [(0, 0), (1, 1)]
    assert Marker().pairs([], ["a"]) == []


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, max_size=8))
def test_pairs_keep_the_order(gone: list[str], new: list[str]) -> None:
    pairs = Marker().pairs(gone, new)
    for numbers, lines in zip(zip(*pairs, strict=True), (gone, new), strict=False):
        assert list(numbers) == sorted(set(numbers))
        assert all(0 <= n < len(lines) for n in numbers)


@pytest.mark.parametrize("word", ["a ", "(", "ab,"])
def test_lines_made_to_cost_much_do_not(word: str) -> None:
    """Without bounds this takes minutes."""
    gone = [f"{word * 600}{n}"[-LONG_LINE:] for n in range(1_000)]
    new = [f"x{word * 599}{-n}"[-LONG_LINE:] for n in range(1_000)]
    marker = Marker()
    began = time.monotonic()
    for i, j in marker.pairs(gone, new):
        marker.marks(gone[i], new[j])
    assert time.monotonic() - began < 30
