"""Files whose names a server cannot be told: they are shown as they are, and nothing is hidden."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.commands import commands
from opencode_magic.disk.folder import Folder
from opencode_magic.errors import InputError
from opencode_magic.files.naming import as_shown, nameless, told, true_names, unrecorded

COMMANDS = commands()
LATIN = os.fsdecode(b"caf\xe9.txt")
IN_A_FOLDER = os.fsdecode(b"d\xff/in.txt")
NAMES = {
    "not UTF-8": LATIN,
    "in a folder that is not": IN_A_FOLDER,
    "an encoded surrogate": os.fsdecode(b"half\xed\xa0\xbd.txt"),
    "a backslash": "back\\slash.txt",
    "a line break": "line\nbreak.txt",
    "an escape sequence": "esc\x1b[31m.txt",
    "quotes and accents": "é \"q'.txt",
}


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with files of all these names, untracked."""
    git(tmp_path, "init", "-q")
    for name in NAMES.values():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"line one of {name!a}\nline two\n")
    return tmp_path


class Notebook:
    """As much of the application as the commands use, with a server that tells names its way."""

    def __init__(self, project: Path) -> None:
        self.project = project
        transport = httpx.MockTransport(self.answer)
        self.client = OpenCode("http://127.0.0.1:1", directory=str(project), transport=transport)
        self.client.speak("1.18.33")
        self.link = SimpleNamespace(client=self.client)
        self.redact = str

    def connect(self) -> OpenCode:
        return self.client

    def folder(self, *, whole: bool) -> Folder:
        assert whole
        return Folder(self.project)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Of a file that cannot be read a server tells an empty one."""
        changed = Folder(self.project).changed(timeout_s=10)
        names = [(told(path), status) for path, status in changed.items()]
        path = request.url.path
        if path == "/find/file":
            return httpx.Response(200, json=[name for name, _ in names])
        if path == "/file/content":
            asked = request.url.params["path"]
            file = self.project / asked
            return httpx.Response(200, json={"type": "text", "content": file.read_text()})
        if path.startswith("/vcs"):
            found = [{"file": name, "status": status, "patch": ""} for name, status in names]
            return httpx.Response(200, json=found)
        here = {"id": "p", "worktree": str(self.project), "vcs": "git", "time": {"created": 1}}
        return httpx.Response(200, json=here)

    def run(self, words: str) -> Any:
        name, _, rest = words.partition(" ")
        return COMMANDS[name].run(self, rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_cat_shows_it_whatever_its_name(project: Path, name: str) -> None:
    shown = Notebook(project).run(f"cat {name}")
    for form in (repr(shown), *shown._repr_mimebundle_().values()):
        assert "line two" in form
        form.encode()  # else no front end could be sent it


@pytest.mark.parametrize("name", [LATIN, IN_A_FOLDER, "esc\x1b[31m.txt"])
def test_cat_takes_a_name_as_it_is_shown(project: Path, name: str) -> None:
    shown = name.encode("ascii", "backslashreplace").decode().replace("\x1b", "\\u001b")
    assert as_shown(Folder(project), shown) == name
    assert "line two" in repr(Notebook(project).run(f"cat {shown}"))


def test_one_that_is_not_there_is_a_line_of_words(project: Path) -> None:
    with pytest.raises(InputError, match="there is no file") as caught:
        Notebook(project).run("cat " + os.fsdecode(b"gone\xe9.txt"))
    str(caught.value).encode()
    assert "udce9" in str(caught.value)


def test_a_link_with_such_a_name_and_target_is_not_followed(project: Path) -> None:
    link = os.fsdecode(b"li\xfdnk")
    (project / link).symlink_to(os.fsdecode(b"nowhere\xfe"))
    with pytest.raises(InputError, match="symbolic link"):
        Notebook(project).run(f"cat {link}")
    assert "udcfd" in repr(Notebook(project).run("changes"))


def test_changes_show_what_is_in_it_and_a_rename_as_two_names(project: Path) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "start")
    (project / LATIN).rename(project / os.fsdecode(b"re\xe8.txt"))
    (project / IN_A_FOLDER).write_text("line one\nline three\n")
    changes = Notebook(project).run("changes")
    assert {(ascii(c.file), c.status) for c in changes} == {
        ("'caf\\udce9.txt'", "deleted"),
        ("'re\\udce8.txt'", "added"),
        ("'d\\udcff/in.txt'", "modified"),
    }
    text = repr(changes)
    assert "empty" not in text
    assert "\ufffd" not in text
    assert "three" in changes._repr_mimebundle_()["text/html"]


def test_files_names_them_as_they_are(project: Path) -> None:
    assert set(Notebook(project).run("files txt").items) == set(NAMES.values())


def test_a_name_that_fits_two_files_stays_as_it_was_told() -> None:
    one, two = os.fsdecode(b"a\xe8"), os.fsdecode(b"a\xe9")
    assert true_names([one, two, LATIN, "b\\c", "b/c", "plain"]) == {told(LATIN): LATIN}


def test_a_turn_says_which_of_them_came_and_went_and_what_is_not_recorded(project: Path) -> None:
    folder = Folder(project)
    before = nameless(folder)
    assert before is not None
    assert {LATIN, IN_A_FOLDER} <= set(before.states)
    assert "not UTF-8" in unrecorded(before, before)
    (project / LATIN).rename(project / os.fsdecode(b"re\xe8.txt"))
    (project / IN_A_FOLDER).write_text("longer than it was before, by much\n" * 3)
    note = unrecorded(before, nameless(folder))
    for words in ("new: `re\\udce8.txt`", "gone: `caf\\udce9.txt`", "changed: `d\\udcff/in.txt`"):
        assert words in note
    assert "/undo" in note
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "start")
    known = nameless(folder)
    assert known
    assert known.states
    assert unrecorded(known, known) == ""
    assert unrecorded(known, None) == ""  # git was late: nothing is claimed


def test_names_that_are_utf_8_are_no_matter(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "\N{GRINNING FACE}", "plain"):
        (tmp_path / name).touch()
    found = nameless(Folder(tmp_path))
    assert found is not None
    assert found.states == {}


def test_without_git_nothing_is_claimed(tmp_path: Path) -> None:
    assert nameless(Folder(tmp_path)) is None
