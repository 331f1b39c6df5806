"""Changes of a turn are undone on disk exactly, or left alone with a reason."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.changes import review
from opencode_magic.changes.desk import Left, ReviewDesk, as_told
from opencode_magic.changes.hunks import apply, compare
from opencode_magic.changes.patch import parse_one
from opencode_magic.changes.review import (
    Change,
    Changes,
    ReviewVerdict,
    change,
    changes,
    every,
    parted,
)
from opencode_magic.changes.rewind import Rewind
from opencode_magic.disk import folder as disk
from opencode_magic.disk.folder import Folder
from opencode_magic.model.files import FileDiff
from opencode_magic.model.review import Review
from opencode_magic.text.redact import MARK
from tests.changes.test_patch import pairs, written

LINES = "".join(f"line {n}\n" for n in range(40))
CHANGED = LINES.replace("line 5\n", "LINE 5\n").replace("line 30\n", "line 30\nnew\n")
ALL = 100_000


def diff_of(
    before: str | None, after: str | None, file: str = "f.txt", *, context: int = ALL
) -> FileDiff:
    """What a server says of a file; None is "no file"."""
    status = "added" if before is None else "deleted" if after is None else "modified"
    patch = written(before or "", after or "", context=context, jsdiff=True)
    hunks = compare(before or "", after or "")
    return FileDiff(
        file,
        patch or f"Index: {file}\n",
        additions=sum(h.added for h in hunks),
        deletions=sum(h.removed for h in hunks),
        status=status,
    )


def put(root: Path, text: str | bytes | None, file: str = "f.txt") -> Path:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def desk(root: Path, *diffs: FileDiff) -> ReviewDesk:
    return ReviewDesk(changes("review", diffs), Folder(root))


def undo(found: ReviewDesk, *pieces: tuple[int, int]) -> Review:
    return found.carry_out(ReviewVerdict("review", frozenset(pieces)))


def test_rejected_hunks_are_undone_and_the_others_stay(tmp_path: Path) -> None:
    path = put(tmp_path, CHANGED)
    path.chmod(0o751)
    found = desk(tmp_path, diff_of(LINES, CHANGED))
    assert len(found.changes.files[0].pieces) == 2
    done = undo(found, (0, 1))
    assert path.read_text() == LINES.replace("line 5\n", "LINE 5\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert done.files[0].undone == (1,)
    assert done.undone
    assert [p.name for p in tmp_path.iterdir()] == ["f.txt"]


def test_added_files_are_deleted_and_deleted_ones_restored(tmp_path: Path) -> None:
    new, empty = put(tmp_path, "a\r\nb", "sub/new"), put(tmp_path, "", "empty")
    found = desk(
        tmp_path,
        diff_of(None, "a\r\nb", "sub/new"),
        diff_of("x\n\u2028y", None, "gone/deep.txt"),
        diff_of(None, "", "empty"),
        diff_of("", None, "was-empty"),
    )
    done = undo(found, *every(found.changes))
    assert not new.exists()
    assert not empty.exists()
    assert (tmp_path / "gone/deep.txt").read_bytes() == "x\n\u2028y".encode()
    assert (tmp_path / "was-empty").read_bytes() == b""
    assert [file.undone for file in done.files] == [(0,)] * 4


def test_nothing_is_written_where_all_is_kept(tmp_path: Path) -> None:
    path = put(tmp_path, CHANGED)
    before = path.stat()
    found = desk(tmp_path, diff_of(LINES, CHANGED))
    assert not undo(found).undone
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


@given(pairs(), st.integers(0, 2**12), st.sampled_from(["whole", "context", "texts"]))
def test_any_subset_leaves_exactly_the_kept_hunks(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[str, str], chosen: int, form: str
) -> None:
    before, after = pair
    root = tmp_path_factory.mktemp("subset")
    path = put(root, after)
    if form == "texts":
        said = FileDiff("f.txt", before=before, after=after, status="modified")
    else:
        said = diff_of(before, after, context=ALL if form == "whole" else 3)
    found = desk(root, said)
    file = found.changes.files[0]
    if before == after or "\ufffd" in before:
        return
    assert file.why == ""
    undone = [p for p in range(len(file.pieces)) if chosen >> p & 1]
    done = undo(found, *((0, p) for p in undone))
    kept = [h for p, piece in enumerate(file.pieces) if p not in undone for h in piece]
    left = path.read_bytes().decode()
    assert left == apply(before, kept)
    assert done.files[0].undone == tuple(undone)
    # What the turn tells of it afterwards is what is in the file, and what was taken out of it.
    stayed, gone = parted([said], found.changes, done)
    assert left == apply(before, [h for d in stayed for h in change(d).hunks])
    assert (len(stayed), len(gone)) == (bool(kept), bool(undone))
    for part in (*stayed, *gone):
        assert change(part).why == ""
        counts = parse_one(part.patch)
        if part.patch:
            assert (counts.added, counts.removed) == (part.additions, part.deletions)
    assert sum(len(change(d).hunks) for d in (*stayed, *gone)) == len(file.hunks)


def test_a_mark_at_the_front_stays(tmp_path: Path) -> None:
    path = put(tmp_path, "\ufeffnew\nb\n")
    undo(desk(tmp_path, diff_of("old\nb\n", "new\nb\n")), (0, 0))
    assert path.read_text("utf-8") == "\ufeffold\nb\n"


# -- what is refused -------------------------------------------------------------------------------


def edited(text: str) -> Callable[[Path], object]:
    return lambda root: put(root, text)


def linked(root: Path) -> None:
    path = root / "f.txt"
    path.rename(root / "elsewhere")
    path.symlink_to("elsewhere")


def moved_behind_a_link(root: Path) -> None:
    (root / "real").mkdir()
    put(root, CHANGED, "real/f.txt")
    (root / "d").symlink_to("real")


def removed(root: Path) -> None:
    (root / "f.txt").unlink()


def hard_linked(root: Path) -> None:
    os.link(root / "f.txt", root / "other")


def a_folder(root: Path) -> None:
    removed(root)
    (root / "f.txt").mkdir()


def a_pipe(root: Path) -> None:
    removed(root)
    os.mkfifo(root / "f.txt")


def a_socket(root: Path) -> None:
    removed(root)
    here = Path.cwd()
    os.chdir(root)  # the name of a socket must be short
    try:
        socket.socket(socket.AF_UNIX).bind("f.txt")
    finally:
        os.chdir(here)


MISFITS: list[tuple[Callable[[Path], None], str]] = [
    (edited(CHANGED + "mine\n"), review.CHANGED),
    (edited(CHANGED.replace("LINE 5", "mine")), review.CHANGED),
    (edited(LINES), review.CHANGED),
    (edited(CHANGED.replace("\n", "\r\n")), review.CHANGED),
    (linked, disk.LINK),
    (removed, review.GONE),
    (hard_linked, disk.SHARED),
    (a_folder, disk.NO_FILE),
    (a_pipe, disk.NO_FILE),
    (a_socket, "the system says"),
]


@pytest.mark.parametrize(("happens", "why"), MISFITS)
def test_a_file_that_is_not_as_the_turn_left_it_cannot_be_chosen(
    tmp_path: Path, happens: Callable[[Path], None], why: str
) -> None:
    put(tmp_path, CHANGED)
    happens(tmp_path)
    before = sorted((p.name, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in tmp_path.iterdir())
    found = desk(tmp_path, diff_of(LINES, CHANGED))
    assert why in found.changes.files[0].why
    assert every(found.changes) == frozenset()
    done = undo(found, (0, 0), (0, 1))
    assert (done.files[0].undone, done.undone) == ((), False)
    after = sorted((p.name, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in tmp_path.iterdir())
    assert after == before


@pytest.mark.parametrize(("happens", "why"), MISFITS)
def test_a_file_that_changes_during_the_review_is_left_alone(
    tmp_path: Path, happens: Callable[[Path], None], why: str
) -> None:
    put(tmp_path, CHANGED)
    found = desk(tmp_path, diff_of(LINES, CHANGED))
    happens(tmp_path)
    data = (tmp_path / "f.txt").read_bytes() if (tmp_path / "f.txt").is_file() else b""
    done = undo(found, (0, 0))
    assert done.files[0].left == (0,)
    assert done.files[0].why
    if data:
        assert (tmp_path / "f.txt").read_bytes() == data


def test_a_change_just_before_the_file_is_replaced_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, CHANGED)
    found = desk(tmp_path, diff_of(LINES, CHANGED))
    sync = os.fsync

    def meanwhile(opened: int) -> None:
        sync(opened)
        put(tmp_path, "mine\n")

    monkeypatch.setattr(os, "fsync", meanwhile)
    assert undo(found, (0, 0)).files[0].why == disk.MEANWHILE
    assert path.read_text() == "mine\n"
    assert [p.name for p in tmp_path.iterdir()] == ["f.txt"]


def test_a_file_that_came_back_is_not_replaced_by_the_deleted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = diff_of("old\n", None)
    found = desk(tmp_path, said)
    path = put(tmp_path, "mine\n")
    assert undo(found, (0, 0)).files[0].left == (0,)
    assert path.read_text() == "mine\n"
    assert desk(tmp_path, said).changes.files[0].why == review.BACK
    path.unlink()
    found, still = desk(tmp_path, said), disk._still

    def meanwhile(*known: object) -> None:
        still(*known)  # type: ignore[arg-type]
        put(tmp_path, "mine\n")

    monkeypatch.setattr(disk, "_still", meanwhile)
    assert undo(found, (0, 0)).files[0].why == disk.MEANWHILE
    assert path.read_text() == "mine\n"
    assert [p.name for p in tmp_path.iterdir()] == ["f.txt"]


@pytest.mark.parametrize(
    "file",
    ["../f.txt", "/f.txt", "", ".", "a/../../f.txt", "a//b", "a/./b", ".git/config",
     "sub/.GIT/hooks/x", "nul\0byte"],
)  # fmt: skip
def test_nothing_outside_the_folder_is_touched(tmp_path: Path, file: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for said in (diff_of("old\n", None, file), diff_of(None, "new\n", file)):
        found = desk(root, said)
        assert found.changes.files[0].why
        assert not undo(found, (0, 0)).undone
    assert list(tmp_path.iterdir()) == [root]
    assert list(root.iterdir()) == []


def test_nothing_goes_through_a_link_to_a_folder(tmp_path: Path) -> None:
    put(tmp_path, CHANGED)
    moved_behind_a_link(tmp_path)
    found = desk(
        tmp_path,
        diff_of(LINES, CHANGED, "d/f.txt"),
        diff_of("old\n", None, "d/gone.txt"),
        diff_of("old\n", None, "f.txt/below"),
    )
    assert [file.why for file in found.changes.files[:2]] == [disk.LINK] * 2
    assert (
        found.changes.files[2].why == ""
    )  # a file stands where a folder was: there is no such file
    assert undo(found, (2, 0)).files[2].why
    assert (tmp_path / "f.txt").read_text() == CHANGED


def test_a_folder_within_a_repository_is_the_limit(tmp_path: Path) -> None:
    put(tmp_path, "new\n", "top.txt")
    inner = put(tmp_path, "new\n", "sub/in.txt")
    folder = Folder(tmp_path / "sub", tmp_path)
    asked = changes(
        "r", [diff_of("old\n", "new\n", "sub/in.txt"), diff_of("old\n", "new\n", "top.txt")]
    )
    found = ReviewDesk(asked, folder)
    assert [file.why for file in found.changes.files] == ["", disk.OUTSIDE]
    undo(found, (0, 0), (1, 0))
    assert inner.read_text() == "old\n"
    assert (tmp_path / "top.txt").read_text() == "new\n"


@pytest.mark.parametrize(
    ("said", "data", "why"),
    [
        (FileDiff("f.txt", "", status="modified"), b"\0\1", review.BINARY),
        (FileDiff("f.txt", "", status="deleted"), None, review.BINARY),
        (FileDiff("f.txt", "Index: f.txt\n", status="modified"), b"x", review.ONLY_MODE),
        (diff_of("caf\ufffd\n", "cafe\n"), b"cafe\n", review.NOT_UTF8),
        (diff_of("caf\ufffd\nb\n", "caf\ufffd\nB\n"), b"caf\xe9\nB\n", review.NOT_UTF8),
        (diff_of("caf\ufffd\n", None), None, review.NOT_UTF8),
        (diff_of(f"p = {MARK}\n", "p = 1\n"), b"p = 1\n", "password"),
        (FileDiff("f.txt", "@@ -1,2 +1,2 @@\n a\n-b\n"), b"a\nc\n", review.UNREADABLE),
        (FileDiff("f.txt", "@@ -1 +1 @@\n-a\n+b", "", "", 1, 1), b"b", review.UNREADABLE),
        (FileDiff("f.txt", diff_of("a\n", "b\n").patch, "", "", 2, 2), b"b\n", review.NO_TEXT),
        (FileDiff("f.txt", 'Index: "f"\n', "", "", 1, 1, "modified"), b"b\n", review.NO_TEXT),
        (FileDiff("f.txt", "@@ -1 +1 @@\n-a\n+b\n", status="renamed"), b"b\n", review.RENAMED),
        (FileDiff("f.txt", "diff --git a/x b/f\nrename from x\n"), b"b\n", review.RENAMED),
        (FileDiff("f.txt", "diff --git a/f b/f\nBinary files a/f ...\n"), b"b\n", review.BINARY),
        (FileDiff("f.txt", before="", after="b\n"), b"b\n", "does not say"),
    ],
)  # fmt: skip
def test_what_the_server_could_not_send_is_not_undone(
    tmp_path: Path, said: FileDiff, data: bytes | None, why: str
) -> None:
    path = put(tmp_path, data)
    found = desk(tmp_path, said)
    assert why in found.changes.files[0].why
    assert found.changes.files[0].pieces == ()
    assert not undo(found, (0, 0)).undone
    assert (path.read_bytes() if path.exists() else None) == data


@pytest.mark.parametrize("data", [bytes(range(256)), b"caf\xe9\n"])
def test_a_new_file_that_is_no_text_can_be_deleted(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path, data)
    patch = "" if 0 in data else diff_of(None, "caf\ufffd\n").patch
    said = FileDiff("f.txt", patch, additions=patch.count("\n+c"), status="added")
    found = desk(tmp_path, said)
    assert undo(found, (0, 0)).files[0].undone == (0,)
    assert not path.exists()
    path.write_bytes(data)
    found = desk(tmp_path, said)
    path.write_bytes(data + b"mine")
    assert undo(found, (0, 0)).files[0].left == (0,)
    assert path.exists()


def test_a_file_with_too_many_hunks_is_one_piece(tmp_path: Path) -> None:
    before = "".join(f"{n}\n" for n in range(9 * review.MOST_PIECES))
    after = "".join(f"{n}!\n" if n % 8 == 0 else f"{n}\n" for n in range(9 * review.MOST_PIECES))
    path = put(tmp_path, after)
    found = desk(tmp_path, diff_of(before, after))
    assert len(found.changes.files[0].pieces) == 1
    undo(found, (0, 0))
    assert path.read_text() == before


# -- modes -----------------------------------------------------------------------------------------


def test_a_deleted_file_comes_back_with_the_mode_git_knows(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    names = ["run [1].sh", "staged.sh", "plain.txt", "link"]
    for name in names[:3]:
        put(tmp_path, f"{name}\n", name)
    (tmp_path / "link").symlink_to("plain.txt")
    for name in names[:2]:
        (tmp_path / name).chmod(0o755)
    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x")
    git("rm", "-q", "--", "staged.sh")
    for name in ("run [1].sh", "plain.txt", "link"):
        (tmp_path / name).unlink()
    said = [diff_of("plain.txt" if n == "link" else f"{n}\n", None, n) for n in names]
    found = desk(tmp_path, *said, diff_of("to/somewhere", None, "other-link"))
    done = undo(found, *every(found.changes))
    modes = [(tmp_path / name).stat().st_mode & 0o111 for name in names[:3]]
    assert [bool(mode) for mode in modes] == [True, True, False]
    assert done.files[3].why == disk.LINK
    assert "symbolic link" in done.files[4].why
    assert not (tmp_path / "link").exists()
    assert not (tmp_path / "other-link").exists()


# -- comparing -------------------------------------------------------------------------------------


def test_what_has_changed_since_the_turn(tmp_path: Path) -> None:
    names = ["same", "edited", "deleted", "back", "binary"]
    for name in names[:2]:
        put(tmp_path, CHANGED, name)
    put(tmp_path, CHANGED + "mine\n", "edited")
    put(tmp_path, "mine\n", "back")
    put(tmp_path, b"\0", "binary")
    said = [diff_of(LINES, CHANGED, n) for n in names[:3]]
    said += [diff_of("old\n", None, "back"), FileDiff("binary", "", status="added")]
    assert Rewind(said, Folder(tmp_path)).unfit == (
        Left("edited", review.CHANGED),
        Left("deleted", review.GONE),
        Left("back", review.BACK),
        Left("binary", "its text is not known here"),
    )
    assert [as_told([each], Folder(tmp_path)) for each in said] == [True, *[False] * 3, True]


def test_pieces_of_a_diff_that_nothing_can_be_done_with() -> None:
    asked = Changes("x", (Change("a", why="no"), change(diff_of(LINES, CHANGED))))
    assert every(asked) == {(1, 0), (1, 1)}
