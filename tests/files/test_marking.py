"""Marks beside files and words beside a wait: late or missing, what they stand beside is there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.commands import commands
from opencode_magic.disk.folder import Folder
from opencode_magic.disk.git import GitError
from opencode_magic.files import marking
from opencode_magic.live.painter import phase_words
from opencode_magic.model.messages import Message, MessageInfo, StepStartPart, TextPart
from opencode_magic.model.transcript import Transcript
from opencode_magic.render.changes import ChangeList
from opencode_magic.turns.frame import Frame

COMMANDS = commands()
MANY = 2_500


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a changed, a deleted, an ignored and an untracked file."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    for name in ("src/a.py", "gone.txt", "same.txt"):
        (folder / name).write_text("one\n")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    (folder / "src/a.py").write_text("two\n")
    (folder / "gone.txt").unlink()
    (folder / "new.txt").write_text("new\n")
    (folder / "b.log").write_text("noise\n")
    return folder


CHANGED = {"src/a.py": "modified", "gone.txt": "deleted", "new.txt": "added"}


@dataclass
class Server:
    """One that never tells what changed in time."""

    directory: Path
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path.startswith("/vcs"):
            raise httpx.ReadTimeout("slow", request=request)
        if path == "/file":
            nodes = [{"name": "same.txt", "path": "same.txt", "type": "file", "ignored": False}]
            return httpx.Response(200, json=nodes)
        here = {"id": "p", "worktree": str(self.directory), "vcs": "git", "time": {"created": 1}}
        return httpx.Response(200, json=here)


@dataclass
class Notebook:
    """As much of the application as the commands use."""

    client: OpenCode
    disk: Folder | None
    link: Any = None
    redact: Callable[[str], str] = str

    def connect(self) -> OpenCode:
        return self.client

    def folder(self, *, whole: bool) -> Folder | None:
        return self.disk if whole else None


def shown(project: Path, words: str, *, near: bool = True) -> tuple[Any, Server]:
    """What a command gives with that server, on this machine or on another."""
    server = Server(project)
    transport = httpx.MockTransport(server)
    client = OpenCode("http://127.0.0.1:1", directory=str(project), transport=transport)
    client.speak("1.18.33")
    name, _, rest = words.partition(" ")
    app = Notebook(client, Folder(project) if near else None, SimpleNamespace(client=client))
    return COMMANDS[name].run(app, rest), server  # type: ignore[arg-type]


def test_git_here_tells_what_changed(project: Path) -> None:
    assert Folder(project).changed(timeout_s=10) == CHANGED
    assert Folder(project / "src").changed(timeout_s=10) == {"a.py": "modified"}
    git(project, "add", "-A")
    assert Folder(project).changed(timeout_s=10) == CHANGED


def test_a_repository_without_a_commit_and_one_within_are_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").touch()
    (tmp_path / "inner").mkdir()
    git(tmp_path / "inner", "init", "-q")
    (tmp_path / "inner" / "f").touch()
    assert Folder(tmp_path).changed(timeout_s=10) == {"a": "added", "inner": "added"}


def test_without_a_repository_nothing_has_changed(tmp_path: Path) -> None:
    assert Folder(tmp_path).changed(timeout_s=10) == {}


def test_a_server_that_is_late_with_marks_fails_neither_tree_nor_changes(project: Path) -> None:
    tree, server = shown(project, "tree")
    text = repr(tree)
    for name in ("same.txt", "new.txt", "gone.txt", "a.py"):
        assert name in text
    assert server.asked == []  # git here knows
    changes, _ = shown(project, "changes")
    assert {f.file for f in changes.items} == set(CHANGED)
    assert "did not answer GET /vcs/status in time" in repr(changes)


def test_so_it_is_on_another_machine_and_what_is_left_out_is_said(project: Path) -> None:
    tree, _ = shown(project, "tree", near=False)
    for form in (repr(tree), *tree._repr_mimebundle_().values()):
        assert "same.txt" in form
        assert "What changed since the last commit is not marked" in form


def test_thousands_of_untracked_files_are_listed_without_asking_for_their_lines(
    project: Path,
) -> None:
    (project / "many").mkdir()
    for number in range(MANY):
        (project / "many" / f"{number}.txt").touch()
    tree, server = shown(project, "tree")
    assert "many" in repr(tree)
    changes, server = shown(project, "changes")
    assert len(changes.items) == MANY + len(CHANGED)
    assert not any(path.startswith("/vcs") for path in server.asked)


def _corrupt(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (project / ".git" / "HEAD").write_text("nonsense\n")
    return "git says: "


def _corrupt_index(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (project / ".git" / "index").write_bytes(b"DIRC nonsense")
    return "git says: "


def _no_git(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return "git cannot be run"


def _hanging_git(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(marking, "WAIT_S", 0.3)
    monkeypatch.setattr("opencode_magic.disk.git.GIT_WAIT_S", 0.3)
    return "git gave no answer in 0.3 s"


@pytest.mark.parametrize("harm", [_corrupt, _corrupt_index, _no_git, _hanging_git])
def test_whatever_git_does_the_files_are_shown_and_it_is_said(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path, Path, pytest.MonkeyPatch], str],
) -> None:
    why = harm(project, tmp_path, monkeypatch)
    with pytest.raises(GitError, match=why):
        Folder(project).changed(timeout_s=0.3 if harm is _hanging_git else 10)
    tree, _ = shown(project, "tree")
    assert "same.txt" in repr(tree)
    assert f"is not marked: {why}" in repr(tree)


def test_a_lock_of_another_git_is_no_hindrance(project: Path) -> None:
    (project / ".git" / "index.lock").touch()
    assert Folder(project).changed(timeout_s=10) == CHANGED


def test_where_the_server_tells_its_diffs_are_shown(project: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/vcs/status":
            found = [{"file": "new.txt", "additions": 1, "deletions": 0, "status": "added"}]
            return httpx.Response(200, json=found)
        if request.url.path == "/vcs/diff":
            return httpx.Response(200, json=[{"file": "new.txt", "patch": "", "status": "added"}])
        return Server(project)(request)

    client = OpenCode("http://127.0.0.1:1", transport=httpx.MockTransport(answer))
    client.directory = str(project)
    client.speak("1.18.33")
    app = Notebook(client, Folder(project))
    assert isinstance(COMMANDS["changes"].run(app, ""), ChangeList)  # type: ignore[arg-type]


def _frame(phase: Any, quiet_s: float, *messages: Message) -> Frame:
    transcript = Transcript("ses_1", by_id={m.info.id: m for m in messages})
    return Frame(phase, transcript, quiet_s=quiet_s)


def _message(id: str, role: str, *parts: Any) -> Message:
    info = MessageInfo(id=id, session_id="ses_1", role=role, provider_id="fake", model_id="demo")
    return Message(info, parts)


def test_a_long_wait_says_what_it_waits_for() -> None:
    asked = _message("msg_1", "user")
    bare = _message("msg_2", "assistant")
    begun = _message("msg_2", "assistant", StepStartPart("prt_1", "ses_1", "msg_2"))
    says = _message("msg_2", "assistant", TextPart("prt_1", "ses_1", "msg_2", "Hello"))
    for frame, words in (
        (_frame("connecting", 3), "event stream"),
        (_frame("sent", 3), "begin with the prompt"),
        (_frame("running", 3, asked), "record the project's files"),
        (_frame("running", 110, asked, bare), "record the project's files"),
        (_frame("running", 3, asked, begun), "waiting for the model fake/demo"),
        (_frame("running", 3, asked, says), "working"),
        (_frame("running", 1, asked, bare), "working"),
        (_frame("asking", 3, asked, bare), "waiting for your answer"),
    ):
        assert words in phase_words(frame)
