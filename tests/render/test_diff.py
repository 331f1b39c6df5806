"""A diff's block says what happened to its file, from patches of any writer and from texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.changes.hunks import apply
from opencode_magic.changes.patch import parse_one
from opencode_magic.render import diff
from opencode_magic.render.blocks import Diff
from opencode_magic.render.words import diff_words

LINES = st.lists(st.sampled_from(["a", "b", "c\r", "", "d\u2028"]), max_size=12).map("\n".join)


def git(*lines: str) -> str:
    return "\n".join(["diff --git a/run.sh b/run.sh", *lines, ""])


def said(patch: str, status: str = "") -> tuple[str, str]:
    block = diff.of_patch(patch, "run.sh", status=status)
    return block.old, diff_words(block)


def test_lines_are_counted_in_all_files() -> None:
    one = "--- a\n+++ a\n@@ -1,2 +1 @@\n-x\n-y\n+z\n"
    both = diff.of_patch(one + one, "two files")
    assert (both.additions, both.deletions, both.patch) == (2, 4, one + one)


def test_the_context_of_a_whole_file_is_left_out() -> None:
    same = "".join(f" {n}\n" for n in range(1, 50))
    block = diff.of_patch(f"Index: f\n--- f\n+++ f\n@@ -1,50 +1,49 @@\n{same}-x\n", "f")
    assert block == Diff("@@ -47,4 +47,3 @@\n 47\n 48\n 49\n-x", "f", 0, 1)


def test_what_is_no_patch_is_kept() -> None:
    assert diff.of_patch("hello", "f").patch == "hello"


def test_what_happened_besides_the_lines_is_said() -> None:
    change = ("--- a/run.sh", "+++ b/run.sh", "@@ -1 +1 @@", "-a", "+b")
    assert said(git("index 1..2 100644", *change)) == ("", "+1 -1")
    assert said(git("old mode 100644", "new mode 100755")) == ("", "now executable")
    assert said(git("old mode 100755", "new mode 100644", *change)) == (
        *("", "no longer executable, +1 -1"),
    )
    assert said(git("old mode 120000", "new mode 100644")) == ("", "mode 120000 to 100644")
    assert said(git("old mode <b>", "new mode 100644")) == ("", "")
    assert said(git("new file mode 100755", "index 0..1")) == ("", "new, empty, executable")
    assert said(git("new file mode 120000", "--- /dev/null", *change[1:])) == (
        *("", "new, a symbolic link, +1 -1"),
    )
    assert said(git("deleted file mode 100644", "index 1..0")) == ("", "deleted, empty")
    assert said(git("Binary files a/run.sh and b/run.sh differ")) == ("", "binary")
    assert said(git("new file mode 100644", "Binary files /dev/null and b/run.sh differ")) == (
        *("", "new, binary"),
    )


def test_a_renamed_or_copied_file_has_both_names() -> None:
    renamed = git("similarity index 90%", "rename from old.sh", "rename to run.sh")
    assert said(renamed) == ("old.sh", "renamed")
    assert said(renamed, status="modified") == ("old.sh", "renamed")
    change = ("--- a/old.sh", "+++ b/run.sh", "@@ -0,0 +1 @@", "+x")
    copied = git("copy from old.sh", "copy to run.sh", *change)
    assert said(copied) == ("old.sh", "copied, +1")


@given(LINES, LINES)
def test_the_diff_of_two_texts_leads_from_one_to_the_other(before: str, after: str) -> None:
    block = diff.from_texts(before, after, "f")
    assert apply(before, parse_one(block.patch).hunks) == after


def test_two_texts_tell_whether_a_file_is_new() -> None:
    assert diff.from_texts("", "a\n", "f") == Diff("@@ -0,0 +1 @@\n+a", "f", 1, 0, "added")
    assert diff.from_texts("a\n", "", "f") == Diff("@@ -1 +0,0 @@\n-a", "f", 0, 1, "deleted")
    assert diff.from_texts("a", "a\n", "f").patch == (
        "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a"
    )


def test_a_piece_of_a_file_has_no_end() -> None:
    assert diff.from_texts("a", "b", "f", whole=False).patch == "@@ -1 +1 @@\n-a\n+b"


def test_texts_too_long_to_compare_line_by_line_still_give_a_diff() -> None:
    before = [str(n) for n in range(50_000)]
    after = [*before[:20_000], "new", *before[20_001:]]
    block = diff.from_texts("\n".join(before), "\n".join(after), "f")
    assert "\n-20000\n+new\n" in block.patch
    assert len(block.patch.split("\n")) == 9


def test_what_is_too_long_to_be_read_says_so() -> None:
    block = diff.of_patch("@@ -0,0 +1 @@\n+" + "x" * diff.MOST_CHARS, "f", status="added")
    assert (block.patch, diff_words(block)) == ("", "new, 10,000,015 characters, not shown")
    block = diff.from_texts("x" * diff.COMPARED_CHARS, "y" * diff.COMPARED_CHARS + "y", "f")
    assert (block.patch, diff_words(block)) == ("", "too long to be compared")
