"""A diff as lines: nothing of a patch is lost, and what cannot be seen is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.changes.hunks import compare, cut
from opencode_magic.changes.patch import NO_NEWLINE, parse_one, written
from opencode_magic.render.sheet import (
    LINE_CHARS,
    MOST_CHANGED,
    SHOWN_LINES,
    Sheet,
    left_out,
    marked,
    sheets,
    shown_at_most,
)
from opencode_magic.text.visible import visible

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

TEXT = st.text(st.characters(codec=None) | st.sampled_from("\n\n\r\t\u2028\u202e "), max_size=80)


def sheet(patch: str) -> Sheet:
    (only,) = sheets(patch)
    return only


def texts(patch: str) -> list[str]:
    return [line.text for line in sheet(patch).lines]


def test_headers_go_and_signs_stay() -> None:
    kinds = [line.kind for line in sheet(PATCH).lines]
    assert kinds == ["hunk", "same", "del", "add", "same", "note"]
    assert sheet(PATCH).changed == 2


def test_each_file_of_a_patch_has_its_sheet() -> None:
    assert [found.file.new for found in sheets(PATCH + PATCH) if found.file] == ["a.py", "a.py"]


def test_what_is_no_patch_is_shown_as_it_is() -> None:
    assert texts("hello\n\nthere\n") == ["hello", "", "there"]
    assert sheets("") == ()


def test_a_broken_hunk_is_shown_with_all_its_lines() -> None:
    broken = "--- a\n+++ a\n@@ -1,9 +1,9 @@\n same\n-gone\r\n+new\n? what"
    assert texts(broken) == broken.replace("\r", "").split("\n")
    kinds = [line.kind for line in sheet(broken).lines]
    assert kinds == ["note", "note", "hunk", "same", "del", "add", "note"]


@given(st.text(alphabet="@-+ 1,\n\r\\ab=", max_size=60) | st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    for found in sheets(text):
        marked(found.lines)


@given(TEXT, TEXT)
def test_the_lines_are_those_of_the_patch(before: str, after: str) -> None:
    hunks = compare(before, after)
    mixed = len({x.text.endswith("\r") for hunk in hunks for x in hunk.lines if x.newline}) > 1
    expected = []
    for hunk in hunks:
        expected.append("@@")
        for line in hunk.lines:
            text = line.text if mixed else line.text.removesuffix("\r")
            sign = {"add": "+", "del": "-", "same": " "}[line.kind]
            expected.append(sign + visible(text.replace("\r", "\\r")))
            if not line.newline:
                expected.append(NO_NEWLINE)
    found = [line for one in sheets(written(hunks)) for line in one.lines]
    assert [line.text[:2] if line.kind == "hunk" else line.text for line in found] == expected
    assert all("\n" not in line.text for line in found)


def test_a_whole_file_in_one_hunk_is_cut_to_what_changed() -> None:
    lines = [f" {n}" for n in range(100)]
    lines[50] = "-50\n+fifty"
    assert texts("@@ -1,100 +1,100 @@\n" + "\n".join(lines)) == [
        *("@@ -48,7 +48,7 @@", " 47", " 48", " 49", "-50", "+fifty", " 51", " 52", " 53"),
    ]


def test_a_line_that_only_ends_differently_says_so() -> None:
    found = sheet("@@ -1,2 +1,2 @@\n-one\r\n+one\n two\n")
    assert [line.text for line in found.lines[1:]] == ["-one\\r", "+one", " two"]
    assert found.notes == ("Only the line endings change (CRLF to LF).",)
    (hunk, old, new, _) = marked(found.lines)
    assert (hunk.marks, old.marks, new.marks) == ((), ((4, 6),), ())


def test_some_lines_that_only_end_differently_are_counted() -> None:
    found = sheet("@@ -1,3 +1,3 @@\n-one\n+one\r\n two\n-three\n+four\n")
    assert found.notes == ("2 of the 4 changed lines differ only in their ending (LF to CRLF).",)


def test_where_all_lines_end_alike_nothing_is_said() -> None:
    found = sheet("@@ -1,2 +1,2 @@\r\n-one\r\n+two\r\n three\r\n")
    assert [line.text for line in found.lines[1:]] == ["-one", "+two", " three"]
    assert found.notes == ()


def test_a_missing_newline_is_marked_where_it_is_missing() -> None:
    patch = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
    assert texts(patch) == ["@@ -1 +1 @@", "-a", NO_NEWLINE, "+a"]


def test_words_are_marked_on_both_sides_of_a_mark_of_no_newline() -> None:
    (_, old, _, new) = marked(
        sheet("@@ -1 +1 @@\n-say a\n\\ No newline at end of file\n+say b\n").lines
    )
    assert (old.marks, new.marks) == (((5, 6),), ((5, 6),))


def test_a_long_line_is_cut_around_what_changed_in_it() -> None:
    before, after = "x" * 50_000 + "1" + "y" * 50_000, "x" * 50_000 + "2" + "y" * 50_000
    found = sheet(f"@@ -1 +1 @@\n-{before}\n+{after}\n")
    (_, old, new) = marked(found.lines)
    assert len(old.text) == len(new.text) == LINE_CHARS + 3
    assert [old.text[s:e] for s, e in old.marks] == ["1"]
    assert [new.text[s:e] for s, e in new.marks] == ["2"]
    assert found.notes == ("2 changed lines of more than 2,000 characters: cut.",)


def test_a_very_long_diff_is_shown_in_part_and_says_so() -> None:
    count = MOST_CHANGED + 1
    found = sheet(f"@@ -0,0 +1,{count} @@\n" + "+x\n" * count)
    assert len(shown_at_most(found)) == SHOWN_LINES
    assert left_out(found, 400) == (
        "5,001 changed lines: the first 400 lines of the diff are shown, 4,602 lines are not."
    )
    assert left_out(found, 0).startswith("5,001 changed lines: none of the diff is shown")
    assert left_out(found, len(found.lines)) == ""


@given(TEXT, TEXT)
def test_what_is_written_can_be_read_again(before: str, after: str) -> None:
    hunks = cut(compare(before, after))
    assert parse_one(written(hunks)).hunks == hunks
