"""Why a text search failed, on a real server, which says the same of every failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.errors import InputError, ServerError, UnreadableError
from opencode_magic.protocol.v1.searching import MOST_LINES, find_text
from tests.harness.machine import Machine, make_machine
from tests.harness.server import PlainServer

FILES = {
    "good.txt": b"caf\xc3\xa9 Zebra\nHowdy (you)\n",
    "latin.txt": b"caf\xe9 Zebra\n\xe9 alone\n",
    "long.txt": b"Whale " + 100_000 * b"x" + b"\nWhale\n",
    "many.txt": 11 * b"many\n",
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path) -> Machine:
    return make_machine(tmp_path_factory.mktemp("searching") / "m", opencode=opencode_executable)


@pytest.fixture(scope="module")
def oc(opencode_executable: Path, machine: Machine) -> Iterator[OpenCode]:
    """A server whose ripgrep can be taken away."""
    project = machine.project()
    for name, data in FILES.items():
        (project / name).write_bytes(data)
    _hide_ripgrep(machine)
    (machine.root / "bin" / "rg").symlink_to(_ripgrep())
    server = PlainServer(opencode_executable, machine, project)
    with OpenCode(server.url, directory=str(project)) as oc:
        yield oc
    server.stop()


def _ripgrep() -> str:
    return next(f"{p}/rg" for p in os.environ["PATH"].split(":") if os.access(f"{p}/rg", os.X_OK))


def _hide_ripgrep(machine: Machine) -> None:
    """Let the PATH be one folder with all its programs but ripgrep."""
    folder = machine.root / "bin"
    folder.mkdir()
    for path in machine.env["PATH"].split(":"):
        for program in Path(path).iterdir() if Path(path).is_dir() else ():
            if program.name != "rg" and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    machine.env["PATH"] = str(folder)


@pytest.mark.parametrize(
    "pattern", ["(", "a)(b", "a)|(b", "(?<=l)o", r"(a)\1", "[z-a]", r"\q", "*", "a{2,1}"]
)
def test_a_pattern_that_ripgrep_does_not_take_is_told(oc: OpenCode, pattern: str) -> None:
    with pytest.raises(InputError, match="is no regular expression that ripgrep reads") as caught:
        oc.find.text(pattern)
    assert repr(pattern) in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"(?i)howdy \(\w+\)$", "Howdy (you)"),
        (r"\p{Lu}owdy", "Howdy (you)"),  # no pattern for Python
        (r"[[:upper:]]owdy", "Howdy (you)"),
        (r"(?P<a>H)owdy|[)]{9}", "Howdy (you)"),
    ],
)
def test_ripgrep_is_the_judge_of_a_pattern(oc: OpenCode, pattern: str, line: str) -> None:
    found = find_text(oc.find.text, pattern)
    assert [str(match.lines) for match in found.matches] == [f"{line}\n"]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("pattern", "lines", "note"),
    [
        ("Zebra", ["café Zebra\n"], "matching lines that are not UTF-8:"),
        ("alone$", [], "matching lines that are not UTF-8:"),
        ("^Whale", ["Whale\n"], "not UTF-8 or very long"),
        ("Zebra|Whale", ["Whale\n", "café Zebra\n"], "not UTF-8 or very long"),
    ],
)
def test_what_can_be_reported_is_and_the_rest_is_named(
    oc: OpenCode, pattern: str, lines: list[str], note: str
) -> None:
    with pytest.raises(UnreadableError):
        oc.find.text(pattern)
    found = find_text(oc.find.text, pattern)
    assert sorted(str(match.lines) for match in found.matches) == lines
    assert note in found.notes[0]


def test_it_says_where_the_server_stopped(oc: OpenCode) -> None:
    found = find_text(oc.find.text, "many")
    assert len(found.matches) == MOST_LINES
    assert found.notes == ("The server stops at 10 lines: a narrower pattern shows others.",)


def test_a_missing_ripgrep_is_told_and_once_there_is_used(oc: OpenCode, machine: Machine) -> None:
    ripgrep = machine.root / "bin" / "rg"
    ripgrep.unlink()
    try:
        for pattern in ("Hello", "("):
            with pytest.raises(ServerError, match="it needs ripgrep"):
                find_text(oc.find.text, pattern)
    finally:
        ripgrep.symlink_to(_ripgrep())
    assert len(find_text(oc.find.text, "Hello").matches) == 1


def test_nothing_is_not_searched_for(oc: OpenCode) -> None:
    with pytest.raises(InputError, match="nothing to search for"):
        oc.find.text("")
