"""Patches are read exactly, and any of their hunks can be taken or left."""

from __future__ import annotations

import difflib
import subprocess
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.changes.hunks import HunkError, apply, compare, cut, split_lines, undo
from opencode_magic.changes.patch import FilePatch, Hunk, Line, parse, parse_one

# Few different lines, so that texts are alike; many that some tools take for two lines.
CONTENTS = st.sampled_from(
    ["", "a", "b", "same", "x\r", "\r", "-- a", "++ b", "@@ -1 +1 @@", "\\ No newline", "u\u2028v",
     "f\x0cg\x85", "lone\rcr", "diff --git a/x b/x", "Index: x", "é", "\ufeffbom", " "]
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = draw(st.lists(CONTENTS, max_size=30))
    text = "".join(f"{line}\n" for line in lines)
    return text.removesuffix("\n") if draw(st.booleans()) else text


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Two texts with most lines in common."""
    before = draw(texts())
    lines = split_lines(before)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 2))] = [
            f"{line}\n" for line in draw(st.lists(CONTENTS, max_size=3))
        ]
    after = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return before, after.removesuffix("\n") if draw(st.booleans()) else after


def written(before: str, after: str, *, context: int, jsdiff: bool) -> str:
    """A patch as git or a server's diff library writes it."""
    head = "Index: f\n" + "=" * 67 + "\n--- f\t\n+++ f\t\n" if jsdiff else "--- a/f\n+++ b/f\n"
    old, new = split_lines(before), split_lines(after)
    lines = list(difflib.unified_diff(old, new, n=context, lineterm="\n"))[2:]
    body = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return head + body if body else ""


def subsets(hunks: Sequence[Hunk], chosen: int) -> tuple[list[Hunk], list[Hunk]]:
    kept = [hunk for n, hunk in enumerate(hunks) if chosen >> n & 1]
    return kept, [hunk for hunk in hunks if hunk not in kept]


@given(pairs(), st.sampled_from([0, 1, 3, 100_000]), st.booleans(), st.integers(0, 2**12))
def test_any_subset_gives_the_text_with_exactly_those_hunks(
    pair: tuple[str, str], context: int, jsdiff: bool, chosen: int
) -> None:
    before, after = pair
    file = parse_one(written(before, after, context=context, jsdiff=jsdiff))
    assert not file.broken
    for hunks in (file.hunks, cut(file.hunks, context=min(context, 3))):
        assert apply(before, hunks) == after
        assert apply(before, []) == before
        assert undo(after, hunks) == before
        kept, left = subsets(hunks, chosen)
        assert apply(before, kept) == undo(after, left)


@given(pairs(), st.integers(0, 2**12))
def test_hunks_of_two_texts(pair: tuple[str, str], chosen: int) -> None:
    before, after = pair
    hunks = compare(before, after)
    assert apply(before, hunks) == after
    kept, left = subsets(hunks, chosen)
    assert apply(before, kept) == undo(after, left)
    assert (hunks == ()) == (before == after)


@given(pairs())
def test_cutting_is_what_diff_would_have_written(pair: tuple[str, str]) -> None:
    before, after = pair
    whole = parse_one(written(before, after, context=100_000, jsdiff=True)).hunks
    assert cut(whole) == parse_one(written(before, after, context=3, jsdiff=True)).hunks


@settings(max_examples=40, deadline=None)
@given(st.lists(pairs(), min_size=1, max_size=4), st.sampled_from(["-U0", "-U3", "-U9999"]))
def test_what_git_writes(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, str]], context: str
) -> None:
    """Several files at once; git itself says which have no newline at their end."""
    root = tmp_path_factory.mktemp("git")
    for n, pair in enumerate(files):
        for side, text in zip(("old", "new"), pair, strict=True):
            (root / side).mkdir(exist_ok=True)
            (root / side / f"f {n}").write_bytes(text.encode())
    done = subprocess.run(
        ["git", "-c", "core.quotepath=true", "diff", "--no-index", "--text", "--no-color",
         "--no-ext-diff", "--diff-algorithm=histogram", context, "old", "new"],
        cwd=root, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin", "HOME": str(root)}
    )  # fmt: skip
    read = {file.new: file for file in parse(done.stdout.decode())}
    for n, (before, after) in enumerate(files):
        file = read.pop(f"new/f {n}", FilePatch())
        assert not file.broken
        assert apply(before, file.hunks) == after
        assert undo(after, cut(file.hunks, context=0)) == before
    assert read == {}


def test_headers_of_git() -> None:
    patch = """\
diff --git a/old name.txt b/new.txt
old mode 100644
new mode 100755
similarity index 90%
rename from old name.txt
rename to new.txt
index 1111111..2222222
--- a/old name.txt\t
+++ b/new.txt
@@ -1,2 +1,2 @@ def heading():
 a
-b
+c
diff --git a/pic.png b/pic.png
index 1111111..2222222 100644
Binary files a/pic.png and b/pic.png differ
diff --git a/gone b/gone
deleted file mode 100755
index 1111111..0000000
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git "a/t\\tab \\303\\251.txt" "b/t\\tab \\303\\251.txt"
new file mode 100644
index 0000000..e69de29
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""
    renamed, binary, gone, empty, mode = parse(patch)
    assert (renamed.old, renamed.new, renamed.status) == ("old name.txt", "new.txt", "renamed")
    assert (renamed.old_mode, renamed.new_mode) == ("100644", "100755")
    assert renamed.hunks[0].heading == "def heading():"
    assert (renamed.added, renamed.removed) == (1, 1)
    assert (binary.new, binary.binary, binary.hunks) == ("pic.png", True, ())
    assert (gone.old, gone.new, gone.status, gone.old_mode) == ("gone", "", "deleted", "100755")
    assert (empty.old, empty.new, empty.status) == ("", "t\tab é.txt", "added")
    assert (mode.new, mode.old_mode, mode.new_mode) == ("run.sh", "100644", "100755")
    assert not any(file.broken for file in parse(patch))


def test_headers_of_a_servers_library() -> None:
    """What 1.18.33 sends: names with odd characters are quoted, and their hunks are missing."""
    rule = "=" * 67
    patch = f'Index: "a\\tb.txt"\n{rule}\n--- "a\\tb.txt"\t\n+++ "a\\tb.txt"\t\n'
    assert parse(patch) == (FilePatch("a\tb.txt", "a\tb.txt"),)
    patch = (
        f"Index: sp ace.txt\n{rule}\n--- sp ace.txt\t\n+++ sp ace.txt\t\n@@ -0,0 +1,1 @@\n+a\r\n"
    )
    assert parse(patch)[0].new == "sp ace.txt"
    assert parse(patch)[0].hunks == (Hunk(0, 0, 1, 1, lines=(Line("add", "a\r"),)),)


def test_lines_that_look_like_headers_are_lines() -> None:
    text = "@@ -1,3 +1,3 @@\n--- old\n ++ keep\n @@ hm\n+-- new\n"
    (hunk,) = parse_one("--- f\n+++ f\n" + text).hunks
    assert [line.text for line in hunk.lines] == ["-- old", "++ keep", "@@ hm", "-- new"]


@pytest.mark.parametrize(
    "patch",
    [
        "@@ -1,2 +1,2 @@\n a\n-b\n",  # cut off
        "@@ -1,1 +1,1 @@\n-a\n+b\n+c\n",  # more than promised
        "@@ -1,9 +1,9 @@\n a\ndiff --git a/x b/x\n",
        "@@ something @@\n+a\n",
        "@@@ -1,1 -1,1 +1,1 @@@\n  a\n",
        "@@ -99999999999999999999,1 +1,1 @@\n-a\n+b\n",
        "+a\n-b\n",  # no header at all
    ],
)
def test_what_is_broken_can_be_read_but_not_applied(patch: str) -> None:
    (file, *_) = parse(patch)
    assert file.broken
    assert any(hunk.lines for hunk in file.hunks)
    assert cut(file.hunks) == file.hunks
    for change in (apply, undo):
        with pytest.raises(HunkError):
            change("a\n", file.hunks)


@given(st.text(alphabet='@- +\\123,\n\rabI:dex/"=\ud800\t', max_size=200) | st.text())
def test_nothing_is_too_broken_to_be_read(patch: str) -> None:
    parse(patch)
    for start in ("--- ", "diff --git ", "@@ -1,3 +1,3 @@\n", "Index: ", "GIT binary patch\n"):
        for file in parse(start + patch):
            assert cut(file.hunks) or not any(h.added or h.removed for h in file.hunks)


@pytest.mark.parametrize("text", ["a\nb\nc", "a\nB\nc\n", "b\nc\n", "a\nb\nc\nc\n", ""])
def test_a_text_that_is_another_one_does_not_fit(text: str) -> None:
    hunks = parse_one("@@ -1,3 +1,3 @@\n a\n-x\n+b\n c\n").hunks
    assert undo("a\nb\nc\n", hunks) == "a\nx\nc\n"
    if text != "a\nb\nc\nc\n":  # more below is no business of the hunk
        with pytest.raises(HunkError):
            undo(text, hunks)


def test_a_line_without_its_end_cannot_come_to_stand_inside() -> None:
    hunks = parse_one("@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n").hunks
    assert undo("b\n", hunks) == "a"
    with pytest.raises(HunkError):
        undo("b\nc\n", hunks)


def test_five_thousand_changed_lines_are_read_at_once() -> None:
    """Only a look at every line for every other takes ten seconds; the benchmarks measure."""
    lines = [f"line {n} of a file that is not short" for n in range(20_000)]
    body = "".join(f"-{x}\n+{x}!\n" if n % 8 == 0 else f" {x}\n" for n, x in enumerate(lines))
    patch = f"Index: f\n{'=' * 67}\n--- f\t\n+++ f\t\n@@ -1,20000 +1,20000 @@\n{body}"
    began = time.perf_counter()
    file = parse_one(patch)
    assert time.perf_counter() - began < 10
    assert (file.added, file.removed) == (2_500, 2_500)
    assert len(cut(file.hunks, context=3)) == 2_500
