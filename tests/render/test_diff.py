"""Diffs are read tolerantly and cut where they are endless."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.render import diff
from opencode_magic.render.blocks import Diff
from opencode_magic.render.html import block_html

PATCH = """\
Index: a.py
===================================================================
--- a.py
+++ a.py
@@ -1,3 +1,3 @@
 same
--- removed, with dashes
+++ added, with pluses
 same
\\ No newline at end of file
"""


def kinds(patch: str) -> list[str]:
    return [line.kind for line in diff.lines(patch)]


def test_headers_go_and_signs_stay() -> None:
    assert kinds(PATCH) == ["hunk", "same", "del", "add", "same", "note"]
    assert diff.counts(PATCH) == (1, 1)


def test_a_patch_of_two_files_is_read() -> None:
    assert diff.counts(PATCH + PATCH) == (2, 2)


def test_what_is_no_patch_is_shown() -> None:
    assert [line.text for line in diff.lines("hello\n\nthere")] == ["hello", "", "there"]


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    diff.lines(text)
    diff.shown(text)


def apply(patch: str, before: list[str]) -> list[str]:
    after, at = [], 0
    for line in diff.lines(patch):
        if line.kind == "hunk":
            start, _, count = line.text.split()[1].lstrip("-").partition(",")
            first = int(start) - (count != "0")
            after += before[at:first]
            at = first
        elif line.kind == "add":
            after.append(line.text[1:])
        else:
            after += [before[at]] if line.kind == "same" else []
            at += 1
    return after + before[at:]


LINES = st.lists(st.sampled_from("abcd"), max_size=12)


@given(LINES, LINES)
def test_the_diff_of_two_texts_leads_from_one_to_the_other(
    before: list[str], after: list[str]
) -> None:
    block = diff.from_texts("\n".join(before), "\n".join(after), "f")
    assert apply(block.patch, before) == after


def test_texts_too_long_to_compare_line_by_line_still_give_a_diff() -> None:
    before = [str(n) for n in range(50_000)]
    after = [*before[:20_000], "new", *before[20_001:]]
    block = diff.from_texts("\n".join(before), "\n".join(after), "f")
    assert block.patch == "@@ -20001,1 +20001,1 @@\n-20000\n+new"


def test_a_huge_diff_leads_with_a_summary() -> None:
    block = diff.of_patch("@@ -0,0 +1,9000 @@\n" + "+x\n" * 9_000, "big")
    markup = block_html(block)
    assert "9,000 changed lines; the first 400 lines of the diff are shown" in markup
    assert markup.count("ocm-add") == 399


def test_a_diff_can_be_read_without_colours() -> None:
    markup = block_html(Diff("@@ -1 +1 @@\n-<a>\n+<b>", "f<>", 1, 1))
    assert '<span class="ocm-del gd s">-&lt;a&gt;</span>' in markup
    assert '<span class="ocm-add gi k">+&lt;b&gt;</span>' in markup
    assert "<code>f&lt;&gt;</code> (+1 -1)" in markup
