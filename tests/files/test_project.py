"""A project's files a folder at a time: marks, deleted files, and no way out of the project."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from opencode_magic import OpenCode
from opencode_magic.disk.folder import Folder, UntouchableError
from opencode_magic.errors import InputError
from opencode_magic.files.project import OnDisk, OnServer, ProjectFiles, folder_of, relative
from opencode_magic.live.page.trees import ProjectTree
from opencode_magic.model.files import FileDiff
from tests.conftest import StartServer
from tests.harness.machine import Machine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("outside")
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("x = 1\n")
    (root / "b.log").write_text("noise")
    (root / ".gitignore").write_text("*.log\n")
    (root / "out").symlink_to(tmp_path)
    (root / "peek.txt").symlink_to(tmp_path / "secret.txt")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def project(root: Path, *changes: tuple[str, str]) -> ProjectFiles:
    diffs = [FileDiff(file, status=status) for file, status in changes]
    return ProjectFiles(OnDisk(Folder(root)), diffs, diffs=lambda: diffs)


def seen(project: ProjectFiles, folder: str = "") -> list[tuple[str, str, str, int]]:
    return [(e.name, e.kind, e.mark, e.changed) for e in project.entries(folder).entries]


def test_marks_stand_at_files_and_are_counted_at_folders(root: Path) -> None:
    found = project(root, ("src/a.py", "modified"), ("src/gone/b.py", "deleted"))
    assert seen(found) == [
        ("src", "folder", "", 2),
        (".gitignore", "file", "", 0),
        ("b.log", "file", "ignored", 0),
        ("out", "link", "", 0),
        ("peek.txt", "link", "", 0),
    ]
    assert seen(found, "src") == [("gone", "folder", "", 1), ("a.py", "file", "modified", 0)]
    assert seen(found, "src/gone") == [("b.py", "file", "deleted", 0)]


def test_a_folder_that_is_not_there_is_no_empty_one(root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        project(root).entries("nowhere")
    with pytest.raises(FileNotFoundError):
        project(root).entries("src/a.py")


def test_a_listing_comes_in_pages(root: Path) -> None:
    for n in range(12):
        (root / "src" / f"n{n:02}").write_text("")
    page = project(root).entries("src", 10, 5)
    assert [entry.name for entry in page.entries] == ["n09", "n10", "n11"]
    assert page.total == 13


@pytest.mark.parametrize(
    "path", ["..", "../secret.txt", "src/../../secret.txt", "out", "out/secret.txt", ".git", "/etc"]
)
def test_nothing_outside_of_the_project_is_listed_or_read(root: Path, path: str) -> None:
    found = project(root)
    with pytest.raises(UntouchableError):
        found.entries(path)
    with pytest.raises(UntouchableError):
        found.source.beginning(f"{path}/secret.txt" if path == "out" else path, 10)


def test_a_link_and_a_pipe_are_not_read(root: Path) -> None:
    os.mkfifo(root / "pipe")
    for name in ("peek.txt", "pipe"):
        with pytest.raises(UntouchableError):
            project(root).source.beginning(name, 10)


def test_files_are_found_by_words_in_any_case_without_what_is_ignored(root: Path) -> None:
    found = project(root, ("src/gone/Below.py", "deleted"))
    assert found.find("SRC a.PY") == ["src/a.py"]
    assert found.find("below") == ["src/gone/Below.py"]
    assert found.find("b.log") == []
    assert found.find("a.py", "other") == []
    assert found.find("  ") == []


def test_without_git_all_files_are_found_but_nothing_behind_links(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "needle").write_text("")
    (folder / "out").symlink_to(tmp_path)
    assert project(folder).find("needle") == ["deep/needle"]


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("", ""),
        (".", ""),
        ("src/", "src"),
        ("./src/../src", "src"),
        ("/p/a/src", "src"),
        ("'a b'", "a b"),
    ],
)
def test_a_folder_is_written_in_many_ways(text: str, folder: str) -> None:
    assert folder_of(text, "/p/a") == folder


@pytest.mark.parametrize("text", ["..", "src/../..", "/p/ab", "/etc"])
def test_a_folder_outside_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="outside of the project"):
        folder_of(text, "/p/a")


def test_changes_are_told_from_the_folder_on() -> None:
    changes = [FileDiff("sub/a"), FileDiff("other/b")]
    assert [c.file for c in relative(changes, "/r/sub", "/r")] == ["a"]
    assert [c.file for c in relative(changes, "/r", "/r")] == ["sub/a", "other/b"]
    assert [c.file for c in relative(changes, "/r2/sub", "/r")] == ["sub/a", "other/b"]


def test_a_server_on_another_machine_tells_the_same_but_sizes(
    start_server: StartServer, machine: Machine
) -> None:
    root = machine.project("far", {".gitignore": "*.log\n", "src/a.py": "x = 1\n", "b.txt": "b\n"})
    (root / "b.log").write_text("noise")
    (root / "bytes").write_bytes(b"\0\1\2")
    (root / "empty").write_text("")
    (root / "b.txt").unlink()
    with OpenCode(start_server(root).url, directory=str(root)) as client:
        changes = client.vcs.status()
        near = ProjectFiles(OnDisk(Folder(root)), changes)
        far = ProjectFiles(OnServer(lambda: client), changes)
        for folder in ("", "src"):
            assert seen(far, folder) == seen(near, folder)
        assert [entry.size for entry in far.entries().entries] == [None] * 6
        assert far.find("A.py src") == near.find("A.py src") == ["src/a.py"]
        assert far.source.beginning("src/a.py", 3).data == b"x ="
        assert far.source.beginning("bytes", 9).data == b"\0\1\2"
        assert far.source.beginning("empty", 9).data == b""
        for gone in ("b.txt", "nowhere/x"):
            with pytest.raises(FileNotFoundError):
                far.source.beginning(gone, 9)
        with pytest.raises(FileNotFoundError):
            far.entries("nowhere")


# -- what the page may ask for


def served(root: Path) -> Any:
    return ProjectTree(project(root, ("src/a.py", "modified")), "p/").handler()


def test_the_page_walks_by_numbers_it_was_given(root: Path) -> None:
    handler = served(root)
    rows = {row[1]: row for row in handler({"do": "list", "id": 0, "start": 0})["rows"]}
    assert rows["src/"][2:] == ["folder", "1 changed", ""]
    below = handler({"do": "list", "id": rows["src/"][0], "start": 0})
    assert below["left"] == 0
    ((number, name, kind, words, letter),) = below["rows"]
    assert (name, kind, words, letter) == ("a.py", "file", "modified, 6 bytes", "M")
    shown = handler({"do": "preview", "id": number})
    assert shown["path"] == "src/a.py"
    assert "x = 1" in shown["html"].replace('<span class="o">=</span>', "=").replace(
        '<span class="mi">1</span>', "1"
    )
    found = handler({"do": "find", "text": "a.py"})
    assert found["rows"][0][:2] == [number, "src/a.py"]
    assert found["more"] is False


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"do": "list", "id": 99, "start": 0},
        {"do": "list", "id": -1, "start": 0},
        {"do": "list", "id": 0, "start": -1},
        {"do": "list", "id": "../..", "start": 0},
        {"do": "list", "path": "/etc", "start": 0},
        {"do": "preview", "id": 99},
        {"do": "preview", "path": "/etc/passwd"},
        {"do": "find", "text": 1},
    ],
)
def test_what_the_page_was_not_given_is_refused(root: Path, request_: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        served(root)(request_)


def test_a_link_is_named_and_not_followed(root: Path) -> None:
    handler = served(root)
    rows = {row[1]: row[0] for row in handler({"do": "list", "id": 0, "start": 0})["rows"]}
    assert "not followed" in handler({"do": "preview", "id": rows["peek.txt"]})["html"]
    (root / "b.log").unlink()
    assert "not there any more" in handler({"do": "preview", "id": rows["b.log"]})["html"]
    (root / "b.log").symlink_to(root.parent / "secret.txt")
    with pytest.raises(InputError, match="Not shown: it is, or lies behind, a symbolic link"):
        handler({"do": "preview", "id": rows["b.log"]})
