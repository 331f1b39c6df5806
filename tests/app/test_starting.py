"""What the user is told and asked before a server of our own is started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opencode_magic.app import links
from opencode_magic.app.person import Person
from opencode_magic.app.place import Place
from opencode_magic.app.session_rules import check_template
from opencode_magic.errors import InputError
from opencode_magic.protocol.host import DataNote
from opencode_magic.server.find import Executable, Other
from opencode_magic.server.listening import Listening
from opencode_magic.server.trust import TrustStore

CHANGES = "the data would change"


class Somebody(Person):
    """Answers as told; with no answer nobody is there."""

    def __init__(self, answer: str | None) -> None:
        super().__init__()
        self.answer = answer
        self.heard: list[str] = []

    def is_there(self) -> bool:
        return self.answer is not None

    def say(self, text: str) -> None:
        self.heard.append(text)

    def words(self, question: str) -> str:
        self.heard.append(question)
        assert self.answer is not None
        return self.answer


class Started(Exception):  # noqa: N818  # no error: what the test waits for
    """A server would be started, with these options."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self.options = options


@pytest.fixture
def note(monkeypatch: pytest.MonkeyPatch) -> list[DataNote]:
    """What is to know of the data; nothing is started."""
    found = [DataNote()]

    def start(*_: object, **options: Any) -> None:
        raise Started(options)

    others = (Other(Path("/own/opencode"), version="1.18.33"),)
    program = Executable(Path("/bin/opencode"), "2.0.15", others)
    monkeypatch.setattr(links, "find_opencode", lambda *_, **__: program)
    monkeypatch.setattr(links, "start", start)
    host = SimpleNamespace(check_data=lambda _: found[0])
    monkeypatch.setattr(links, "hosting_of", lambda _: host)
    return found


def started(person: Person, folder: Path, *, accepted: bool = False) -> dict[str, Any]:
    settings = SimpleNamespace(opencode="", start_timeout_s=1, accept_migration=accepted)
    place = Place(folder, "")
    linker = links.Linker(settings, place, person, TrustStore(folder / "trust"), lambda _: None)
    with pytest.raises(Started) as caught:
        linker.started(Listening(), lambda _: None)
    return caught.value.options


@pytest.mark.parametrize(
    ("answer", "accepted", "migrates", "asked"),
    [
        ("y", False, True, True),
        ("", False, False, True),
        (None, False, False, False),
        (None, True, True, False),
        ("n", True, True, False),
    ],
)
def test_data_is_changed_only_where_the_user_says_so(
    note: list[DataNote],
    tmp_path: Path,
    answer: str | None,
    accepted: bool,
    migrates: bool,
    asked: bool,
) -> None:
    note[0] = DataNote(asks=CHANGES)
    person = Somebody(answer)
    assert started(person, tmp_path, accepted=accepted)["migrate"] is migrates
    assert any(CHANGES in heard for heard in person.heard) is asked


def test_what_is_to_know_is_said_once_and_which_program_is_used(
    note: list[DataNote], tmp_path: Path
) -> None:
    note[0] = DataNote(says="the folder stands open")
    person = Somebody(None)
    for _ in range(2):
        started(person, tmp_path)
    assert person.heard.count("the folder stands open") == 1
    (used,) = (heard for heard in person.heard if "is used" in heard)
    assert "/bin/opencode is used, which is 2.0.15; /own/opencode is 1.18.33" in used


@pytest.mark.parametrize(
    ("answer", "words"), [(None, "nobody is there"), ("", "may not run"), ("y", "")]
)
def test_the_shell_text_of_a_command_runs_only_where_the_user_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: str | None, words: str
) -> None:
    texts = {"go": ("touch x\x1b[2K", "id")}
    look_up = "opencode_magic.app.session_rules.shell_in_command"
    monkeypatch.setattr(look_up, lambda _, name: texts.get(name, ()))
    person = Somebody(answer)
    app = SimpleNamespace(person=person)
    client = SimpleNamespace(version="2.0.15")
    check_template(app, client, "other")
    check_template(app, SimpleNamespace(version="1.18.33"), "go")
    assert person.heard == []
    if words:
        with pytest.raises(InputError, match=words):
            check_template(app, client, "go")
    else:
        check_template(app, client, "go")
    assert all("\x1b" not in heard and "; id" in heard for heard in person.heard)
