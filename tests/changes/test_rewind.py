"""Changes taken out of files and brought back: exactly, or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.changes import review
from opencode_magic.changes.desk import Left, digest
from opencode_magic.changes.rewind import NO_SNAPSHOT, UNREADABLE, Return, Rewind, RewoundFile
from opencode_magic.disk.folder import LINK, Folder, SeenFile
from opencode_magic.model.files import FileDiff
from tests.changes.test_desk import CHANGED, LINES, diff_of, put
from tests.changes.test_patch import pairs


def nothing(files: Collection[str]) -> Collection[str]:
    """A server without any snapshot."""
    del files
    return ()


@settings(max_examples=60, deadline=None)
@given(pairs(), st.sampled_from(["whole", "context", "texts"]), st.booleans())
def test_there_and_back_is_exact_with_and_without_memory(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[str, str], form: str, restarted: bool
) -> None:
    before, after = pair
    root = tmp_path_factory.mktemp("rewind")
    path = put(root, after)
    if form == "texts":
        said = FileDiff("f.txt", before=before, after=after, status="modified")
    else:
        said = diff_of(before, after, context=100_000 if form == "whole" else 3)
    if before == after or "\ufffd" in before + after or "\n" not in before or "\n" not in after:
        return
    rewind = Rewind([said], Folder(root))
    assert rewind.unfit == ()
    done = rewind.carry_out(nothing, force=False)
    assert (path.read_bytes().decode(), done.left) == (before, ())
    back = Return(None if restarted else done.kept, [said], Folder(root))
    assert (back.changed, back.lost, back.carry_out()) == ((), (), ())
    assert path.read_bytes().decode() == after


def test_several_turns_are_brought_back_in_order(tmp_path: Path) -> None:
    path = put(tmp_path, "one\n")
    said = [
        diff_of("one\n", "two\n"),
        diff_of("two\n", None),
        diff_of(None, "three\n"),
        diff_of(None, "new\n", "made.txt"),
    ]
    back = Return(None, said, Folder(tmp_path))
    assert (back.lost, back.carry_out()) == ((), ())
    assert (path.read_text(), (tmp_path / "made.txt").read_text()) == ("three\n", "new\n")


def test_what_was_changed_since_the_undo_is_found_before_anything_is_written(
    tmp_path: Path,
) -> None:
    put(tmp_path, "by hand\n", "kept.txt")
    put(tmp_path, "by hand\n", "hunks.txt")
    put(tmp_path, LINES)
    (tmp_path / "link").symlink_to("f.txt")
    kept = {
        "kept.txt": RewoundFile(SeenFile(b"v2\n"), digest(b"v1\n")),
        "link": RewoundFile(SeenFile(b"v2\n"), UNREADABLE),
    }
    back = Return(kept, [diff_of(LINES, CHANGED)], Folder(tmp_path))
    assert [each.file for each in back.changed] == ["kept.txt"]
    assert back.lost == (Left("link", LINK),)
    said = [diff_of("v1\n", "v2\n", "hunks.txt"), diff_of(LINES, CHANGED)]
    back = Return(None, said, Folder(tmp_path))
    assert back.lost == (Left("hunks.txt", "it is not as the undo left it"),)
    assert (tmp_path / "f.txt").read_text() == LINES


@pytest.mark.parametrize("before", ["to/a/place", "v1"])
def test_what_may_have_been_a_link_is_put_back_by_the_server(tmp_path: Path, before: str) -> None:
    path = put(tmp_path, CHANGED)
    path.chmod(0o600)

    def link(files: Collection[str]) -> Collection[str]:
        path.unlink()
        path.symlink_to(before)
        return files

    done = Rewind([diff_of(before, CHANGED)], Folder(tmp_path)).carry_out(link, force=False)
    assert (str(path.readlink()), done.left) == (before, ())
    path.unlink()
    put(tmp_path, CHANGED)
    done = Rewind([diff_of(before, CHANGED)], Folder(tmp_path)).carry_out(nothing, force=False)
    assert done.left == (Left("f.txt", NO_SNAPSHOT),)
    assert path.read_text() == CHANGED


def test_the_mode_of_a_file_that_was_put_back_is_not_opened_to_all(tmp_path: Path) -> None:
    path = put(tmp_path, "secret 2\n")
    path.chmod(0o600)

    def open_to_all(files: Collection[str]) -> Collection[str]:
        path.unlink()
        put(tmp_path, "secret").chmod(0o644)
        return files

    Rewind([diff_of("secret", "secret 2\n")], Folder(tmp_path)).carry_out(open_to_all, force=False)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("secret", 0o600)


def test_a_file_that_cannot_be_kept_is_left_alone_even_where_somebody_insists(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, CHANGED)
    os.link(path, tmp_path / "other")
    rewind = Rewind([diff_of(LINES, CHANGED)], Folder(tmp_path))
    assert len(rewind.unfit) == 1
    asked: list[str] = []
    done = rewind.carry_out(lambda files: asked.extend(files) or files, force=True)
    assert (asked, [each.file for each in done.left], dict(done.kept)) == ([], ["f.txt"], {})
    assert path.read_text() == CHANGED


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (diff_of("a\n", "b\n"), ""),
        (diff_of(None, "b\n"), ""),
        (diff_of("a\n", None), ""),
        (FileDiff("f.txt", "", status="added"), review.BINARY),
        (FileDiff("f.txt", "", status="modified"), review.BINARY),
        (diff_of("a\n", "caf\ufffd\n"), review.NOT_UTF8),
        (diff_of("caf\ufffd\n", "a\n"), ""),
    ],
)
def test_a_change_turned_round(said: FileDiff, why: str) -> None:
    found = review.change(said)
    back = review.inverse(found)
    assert back.why == why
    if not why and not found.why:
        assert review.inverse(back) == found
