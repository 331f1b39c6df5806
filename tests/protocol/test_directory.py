"""The agent works in the folder that was asked for, or nothing is sent."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from opencode_magic import OpenCode
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import InputError, UnreadableError
from opencode_magic.files.project import folder_of
from opencode_magic.model.sessions import Paths
from opencode_magic.protocol.directory import check_directory, check_served
from opencode_magic.protocol.versions import PINNED
from opencode_magic.server.find import Executable
from opencode_magic.server.start import start
from tests.harness.machine import Machine
from tests.harness.server import PlainServer

MISREAD = {
    "a%2Fb": "a/b",
    "a%20b": "a b",
    "a\\b": "a/b",
    "a%5Cb": "a\\b",
    "a%25b": "a%b",
    "a%41": "aA",
    "%C3%A9": "é",
    "a%00b": "a\0b",
}
"""Names of folders, and which ones an opencode takes them for."""
ODD = [
    "a+b",
    "a#b?c&d=e",
    "100%",
    "a%zz",
    "a%FFb",
    "a%2Fb, 5% off",  # one broken escape, and it leaves all of them alone
    " led by a space",
    "ends in a space ",
    "ends in a dot.",
    "a\nb",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    "cafe\N{COMBINING ACUTE ACCENT}",
    "a'b\"c $HOME",
    "-n",
    "[a]*{b};|",
    "n" * 240,
]
"""Names that it reads as they are."""


def _client(server: PlainServer, directory: Path | str) -> OpenCode:
    return OpenCode(server.url, password=server.password, directory=str(directory))


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.mark.parametrize("name", MISREAD)
def test_a_name_that_is_read_as_another_is_refused_and_nothing_is_sent(name: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(answer)
    oc = OpenCode("http://127.0.0.1:1", directory=f"/w/{name}", transport=transport)
    ways = (
        lambda: oc.paths(),
        lambda: oc.session.create(),
        lambda: oc.ask("hello"),
        lambda: oc.file.content("x.txt"),
        lambda: oc.request("POST", "/session", json={}),
        lambda: next(oc.event.subscribe()),
    )
    for way in ways:
        with pytest.raises(InputError, match="rename the folder") as caught:
            way()
        assert repr(f"/w/{name}") in str(caught.value)
        assert repr(f"/w/{MISREAD[name]}") in str(caught.value)
        assert "\n" not in str(caught.value)
    assert sent == []


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\xfe", b"\xed\xa0\x80"])
def test_a_name_that_is_not_utf_8_cannot_be_told(name: bytes) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        OpenCode("http://127.0.0.1:1", directory="/w/" + os.fsdecode(name)).session.create()


@pytest.mark.parametrize("name", [name for name in MISREAD if "%00" not in name])
def test_no_server_of_our_own_is_started_where_it_would_work_elsewhere(
    shared_machine: Machine, opencode_executable: Path, name: str
) -> None:
    beside = shared_machine.root / "managed" / MISREAD[name]
    beside.mkdir(parents=True, exist_ok=True)
    folder = shared_machine.root / "managed" / name
    folder.mkdir(exist_ok=True)
    with pytest.raises(InputError, match="rename the folder"):
        start(
            folder,
            executable=Executable(opencode_executable, PINNED),
            trusted=True,
            progress=lambda _: None,
            environ=shared_machine.env,
        )


@pytest.mark.parametrize("name", ODD)
def test_a_name_of_any_other_kind_is_worked_in_as_it_is(
    plain_server: PlainServer, shared_machine: Machine, name: str
) -> None:
    folder = shared_machine.folder(f"odd/{name}", {"f.txt": "needle\n"})
    with _client(plain_server, folder) as oc:
        oc.check_directory()
        session = oc.session.create(title="odd")
        assert session.directory == str(folder)
        oc.session.shell(session, "touch made-here", agent="build")
        assert (folder / "made-here").exists()
        assert oc.file.content("f.txt").content.strip() == "needle"
        assert [s.id for s in oc.session.list()] == [session.id]


@pytest.mark.parametrize(("asked", "other"), [("a%2Fb", "a/b"), ("c%20d", "c d"), ("e\\f", "e/f")])
def test_a_real_agent_never_writes_beside_the_folder_that_was_asked_for(
    plain_server: PlainServer, shared_machine: Machine, asked: str, other: str
) -> None:
    (shared_machine.root / "agent" / other).mkdir(parents=True)
    folder = shared_machine.root / "agent" / asked
    folder.mkdir()
    before = _files(shared_machine.root / "agent")
    write = Call("write", {"filePath": "made.txt", "content": "x"})
    with _client(plain_server, folder) as oc, pytest.raises(InputError, match="rename"):
        oc.ask(script([write], [Say("done")]), on_permission=lambda _: "once")
    assert _files(shared_machine.root / "agent") == before


def test_a_session_of_a_misread_folder_gets_no_turn(plain_server: PlainServer) -> None:
    """Others may have begun one; the client itself looks into a good folder."""
    with plain_server.client() as oc:
        session = oc.session.create(title="elsewhere")
        elsewhere = replace(session, directory=f"{session.directory}/a%20b")
        with pytest.raises(InputError, match="rename the folder"):
            oc.ask("hello", session=elsewhere)
        assert oc.session.messages(session) == []


def test_what_the_server_answers_for_is_compared(
    plain_server: PlainServer, shared_machine: Machine, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(plain_server.directory)
    for same in (link, f"{plain_server.directory}/", f"{link}/."):
        with _client(plain_server, same) as oc:
            oc.check_directory()
            oc.session.create(title="same")
    for other in ("~", "here", "./here"):  # the server knows another "here"
        with _client(plain_server, other) as oc:
            with pytest.raises(InputError, match="instead of '"):
                oc.ask("hello", on_permission=lambda _: "once")
            with pytest.raises(InputError, match="it was deleted"):
                oc.session.create(title="other")
    lost = shared_machine.project("ends in a line break\n")
    with _client(plain_server, lost) as oc, pytest.raises(InputError, match="white space"):
        oc.ask("hello")


@pytest.mark.parametrize(
    ("asked", "directory", "worktree"),
    [
        ("/p/a", "/p/a", "/p"),
        ("/p/a/", "/p/a", "/"),
        ("/p/x/../a", "/p/a", "/p/a"),
        ("C:\\p\\a", "c:/p/a", "C:\\p"),
        ("/p/linked", "/p/linked", "/elsewhere/main"),
    ],
)
def test_a_folder_may_be_told_in_several_ways(asked: str, directory: str, worktree: str) -> None:
    check_directory(asked)
    check_served(asked, Paths(directory=directory, worktree=worktree))


@pytest.mark.parametrize(
    ("directory", "worktree"), [("/p", "/p"), ("/p/b", "/p"), ("/p/A", "/p"), ("/q/a", "/q")]
)
def test_another_folder_is_another(directory: str, worktree: str) -> None:
    with pytest.raises(InputError, match="'/p/a'"):
        check_served("/p/a", Paths(directory=directory, worktree=worktree))


def test_a_backslash_in_a_files_name_is_no_slash(plain_server: PlainServer) -> None:
    assert folder_of("back\\slash.txt", "/p") == "back\\slash.txt"
    assert folder_of("src\\a.txt", "C:\\p") == "src/a.txt"
    (plain_server.directory / "back").mkdir()
    (plain_server.directory / "back" / "slash.txt").write_text("another file")
    (plain_server.directory / "back\\slash.txt").write_text("this file")
    with plain_server.client() as oc, pytest.raises(UnreadableError, match="backslash"):
        oc.file.content("back\\slash.txt")
