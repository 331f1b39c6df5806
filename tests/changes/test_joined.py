"""Several changes of a file told as one do what they did one after the other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.changes.hunks import apply, compare
from opencode_magic.changes.joined import combined, joined
from opencode_magic.changes.patch import parse_one, written
from opencode_magic.model.files import FileDiff

TEXTS = st.lists(st.sampled_from("abcde\n"), max_size=40).map("".join)
LONG = st.lists(st.sampled_from("abc"), max_size=60).map(
    lambda lines: "".join(f"{x}\n" for x in lines)
)


@given(TEXTS | LONG, TEXTS | LONG, TEXTS | LONG)
def test_two_patches_do_as_one_what_they_do_in_turn(first: str, between: str, last: str) -> None:
    hunks = combined(compare(first, between), compare(between, last))
    assert apply(first, hunks) == last


@given(LONG, LONG, LONG, LONG)
def test_three_are_joined_as_well(first: str, second: str, third: str, fourth: str) -> None:
    texts = (first, second, third, fourth)
    diffs = [[patch(a, b)] for a, b in pairwise(texts) if a != b]
    whole = joined(diffs)
    after = apply(first, parse_one(whole[0].patch).hunks) if whole else first
    assert after == fourth


def patch(before: str, after: str, status: str = "modified") -> FileDiff:
    hunks = compare(before, after)
    added, removed = sum(h.added for h in hunks), sum(h.removed for h in hunks)
    text = f"--- a/f\n+++ b/f\n{written(hunks)}\n"
    return FileDiff("f", text, additions=added, deletions=removed, status=status)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("added", "modified", "added"),
        ("modified", "deleted", "deleted"),
        ("modified", "modified", "modified"),
    ],
)
def test_a_file_has_the_status_of_both(first: str, second: str, both: str) -> None:
    before, between = ("", "a\n") if first == "added" else ("a\n", "b\n")
    after = "" if second == "deleted" else "c\n"
    (file,) = joined([[patch(before, between, first)], [patch(between, after, second)]])
    assert file.status == both


def test_a_file_that_is_made_and_deleted_again_is_in_no_diff() -> None:
    assert joined([[patch("", "a\n", "added")], [patch("a\n", "", "deleted")]]) == ()


def test_changes_that_take_each_other_back_are_none() -> None:
    assert joined([[patch("a\n", "b\n")], [patch("b\n", "a\n")]]) == ()


def test_other_files_stay_as_they_are() -> None:
    one, two = patch("a\n", "b\n"), FileDiff("g", "x", status="added")
    assert joined([[one], [two]]) == (one, two)


def test_patches_that_contradict_each_other_leave_the_name_alone() -> None:
    (file,) = joined([[patch("a\n", "b\n")], [patch("c\n", "d\n")]])
    assert (file.file, file.patch, file.additions, file.deletions) == ("f", "", 2, 2)
