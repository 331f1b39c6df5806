"""What a turn leaves on disk, and what it leaves alone: on a real server."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from opencode_magic.app import turn as turns
from opencode_magic.app.app import App
from opencode_magic.app.options import Options
from opencode_magic.app.place import Place
from opencode_magic.commands import commands
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Step, Wait, script
from opencode_magic.errors import InputError
from opencode_magic.live.page.static import StaticSurface
from opencode_magic.live.surface import Answer, Snapshot, Surface
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.transcript import Ask
from opencode_magic.render import turn_bundle
from opencode_magic.render.diff import MANGLED
from opencode_magic.server.trust import TrustStore
from opencode_magic.turns.history import past_turns
from opencode_magic.turns.turn import Turn
from tests.cell.cells import bash
from tests.harness.machine import Machine
from tests.harness.server import PlainServer
from tests.served.test_interrupts import Configured

PROMPT = "Please work"
NOTEBOOK = "nb/analysis.ipynb"
CHECKPOINT = "nb/.ipynb_checkpoints/analysis-checkpoint.ipynb"
RELOAD = "reload it from disk"
GREET = "greet.py"
SAVING = [Say("."), Wait("saving")]
"""The model waits here until others have saved."""

_numbers = count()


def page(outputs: int, cell: str = f"%%opencode\n{PROMPT}") -> str:
    """The notebook as the page saves it."""
    cells = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "n": outputs}]
    return json.dumps({"cells": cells, "nbformat": 4}, indent=1) + "\n"


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def state(folder: Path) -> dict[str, bytes]:
    """All files of a project with their bytes."""
    files = (f for f in folder.rglob("*") if f.is_file() and ".git" not in f.parts)
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


@dataclass(frozen=True)
class Work:
    """A notebook's app in its project, and the model that works there."""

    app: App
    model: ScriptedModel

    @property
    def folder(self) -> Path:
        return self.app.place.directory

    def ask(
        self,
        *steps: Step,
        saves: Callable[[], None] | None = None,
        review: str = "",
        surface: Surface | None = None,
    ) -> Turn:
        """A turn in which others save while the model waits; all is allowed without `surface`."""
        name = f"saving-{next(_numbers)}"
        gated = [[Wait(name) if a == SAVING[1] else a for a in step] for step in steps]

        def save() -> None:
            if self.model.arrived(name).wait(60) and saves is not None:
                saves()
            self.model.gate(name).set()

        saving = Thread(target=save)
        if any(SAVING[1] in step for step in steps):
            saving.start()
        prompt = Prompt(f"{PROMPT}\n{script(*gated, Say('done'))}")
        options = Options(review=bool(review), permission="ask" if surface else "allow")
        shown = surface or StaticSurface(read=lambda _: review)
        turn = turns.ask(self.app, prompt, options, shown, [])
        if saving.ident is not None:
            saving.join()
        return turn

    def run(self, command: str, text: str = "") -> str:
        return repr(commands()[command].run(self.app, text))


_numbers = itertools.count(1)  # the folder is made again where other tests ran between


@pytest.fixture(scope="module")
def project(shared_machine: Machine) -> Path:
    """A repository that does not ignore notebooks."""
    folder = shared_machine.project(f"authorship-{next(_numbers)}")
    make = "import pathlib; pathlib.Path('nb', 'analysis' + '.ipynb').write_text('{}')"
    put(folder, {NOTEBOOK: page(0), "mine.txt": "v1\n", "make.py": make})
    for command in ("add -A", "commit -q -m more"):
        shared_machine.run("git", *command.split(), cwd=folder)
    return folder


@pytest.fixture(scope="module")
def server(
    opencode_executable: Path, shared_machine: Machine, project: Path
) -> Iterator[PlainServer]:
    """One server for all tests of this file."""
    server = PlainServer(opencode_executable, shared_machine, project)
    yield server
    server.stop()


@pytest.fixture
def work(
    server: PlainServer,
    project: Path,
    shared_machine: Machine,
    model: ScriptedModel,
    tmp_path: Path,
) -> Iterator[Work]:
    """A new session in the project as it was committed."""
    for command in ("checkout -q .", "clean -qfdx"):
        shared_machine.run("git", *command.split(), cwd=project)
    app = App(
        Configured(server.url),
        Place(project, NOTEBOOK),
        trust=TrustStore(tmp_path / "trust.json"),
        environ={},
    )
    yield Work(app, model)
    app.disconnect()


def edit(old: str, new: str, file: str = GREET) -> Call:
    return Call("edit", {"filePath": file, "oldString": old, "newString": new})


def read(file: str = GREET) -> Call:
    return Call("read", {"filePath": file})


def test_what_the_page_saves_meanwhile_is_not_the_turns(work: Work) -> None:
    folder = work.folder
    saved = {NOTEBOOK: page(1), CHECKPOINT: page(0), "other.ipynb": page(5), "mine.txt": "v2\n"}
    turn = work.ask(
        [read()],
        [*SAVING, edit("Hello", "Bye")],
        [bash("ls > /dev/null; true")],
        saves=lambda: put(folder, saved),
    )
    assert turn.files == [GREET]
    assert not any(RELOAD in note for note in turn.notes)
    assert "ipynb" not in turn_bundle(turn)["text/plain"]
    [past] = past_turns(work.app.connect(), work.app.sessions.known())
    assert past.files == [GREET]
    assert "changed 1 file" in work.run("diff")

    stamp = (folder / NOTEBOOK).stat().st_mtime_ns
    assert "ipynb" not in work.run("undo", "--preview")
    work.run("undo", "--yes")
    assert "Hello" in (folder / GREET).read_text()
    assert {name: (folder / name).read_text() for name in saved} == saved
    assert (folder / NOTEBOOK).stat().st_mtime_ns == stamp  # or the page would ask about it
    later = {NOTEBOOK: page(2), CHECKPOINT: page(1)}
    put(folder, later)
    work.run("redo", "--yes")
    assert "Bye" in (folder / GREET).read_text()
    assert {name: (folder / name).read_text() for name in saved} == {**saved, **later}


def test_a_turn_that_only_reads_changed_nothing(work: Work) -> None:
    saves = {"mine.txt": "v2\n", GREET: ""}
    turn = work.ask(
        [read(), Call("grep", {"pattern": "x"})],
        [*SAVING, read("README.md")],
        saves=lambda: put(work.folder, saves),
        review="all",
    )
    assert turn.diff == ()
    assert turn.review is None
    before = state(work.folder)
    work.run("undo", "--yes --force")
    assert state(work.folder) == before


def test_a_review_does_not_offer_what_is_not_the_turns(work: Work) -> None:
    saved = {NOTEBOOK: page(1), CHECKPOINT: page(0)}
    turn = work.ask(
        [read()],
        [*SAVING, edit("Hello", "Bye")],
        saves=lambda: put(work.folder, saved),
        review="all",
    )
    assert turn.review is not None
    assert [file.file for file in turn.review.files] == [GREET]
    assert {name: (work.folder / name).read_text() for name in saved} == saved


@pytest.mark.parametrize(
    ("steps", "ignored"),
    [
        (([read(NOTEBOOK)], [edit('"n": 0', '"n": 9', NOTEBOOK)]), True),
        (([read(NOTEBOOK)], [edit('"n": 0', '"n": 9', NOTEBOOK)]), False),
        (([bash("sed -i 's/0/9/' nb/analysis.ipynb")],), True),
        (([bash("python3 make.py")],), True),  # names nothing, but no page saves this
    ],
    ids=["edit", "edit in git", "sed", "unnamed"],
)
def test_a_tool_that_changes_the_open_notebook_is_noticed(
    work: Work, steps: tuple[Step, ...], ignored: bool
) -> None:
    if ignored:
        put(work.folder, {".gitignore": "*.ipynb\n.ipynb_checkpoints/\n"})
    turn = work.ask(*steps)
    assert sum(RELOAD in note for note in turn.notes) == 1


def test_files_that_are_not_the_turns_keep_their_bytes(
    work: Work, rng: random.Random, rounds: int
) -> None:
    keep_their_bytes(work, rng, max(1, rounds // 10))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_files_that_are_not_the_turns_keep_their_bytes_at_length(
    work: Work, rng: random.Random, rounds: int
) -> None:
    keep_their_bytes(work, rng, rounds)


def keep_their_bytes(work: Work, rng: random.Random, rounds: int) -> None:
    """Random turns, with random saves by others during them and between them."""
    folder = work.folder
    theirs = [NOTEBOOK, CHECKPOINT, "other.ipynb", "mine.txt", "sub/new.txt", "nb/.~x.ipynb"]

    def save() -> None:
        for name in rng.sample(theirs, rng.randint(1, 4)):
            if rng.random() < 0.2:
                (folder / name).unlink(missing_ok=True)
            else:
                put(folder, {name: f"{name} {rng.random()}\r\n"})

    def unchanged(others: dict[str, bytes], mine: set[str]) -> None:
        now = state(folder)
        assert {name: data for name, data in now.items() if name not in mine} == others

    for number in range(rounds):
        made = f"made-{number}.py"
        first = (folder / GREET).read_text().splitlines()[0]
        choices: list[Step] = [
            [edit(first, f"def greet{number}(name):")],
            [Call("write", {"filePath": made, "content": "x = 1\n"})],
            [bash("ls -la | wc -l")],
            [*SAVING, read("README.md")],
        ]
        turn = work.ask([read()], *rng.sample(choices, 3), saves=save)
        mine = {GREET, made}
        assert set(turn.files) <= mine
        if rng.random() < 0.5:
            save()
        others = {name: data for name, data in state(folder).items() if name not in mine}
        work.run("undo", "--yes")
        unchanged(others, mine)
        if rng.random() < 0.5:
            with suppress(InputError):  # nothing was undone
                work.run("redo", "--yes")
            unchanged(others, mine)


# -- bytes ----------------------------------------------------------------------------------------


class Allowing(StaticSurface):
    """Allows what is asked, and keeps what was shown."""

    def __init__(self) -> None:
        super().__init__(read=lambda _: "")
        self.asked: list[str] = []
        self._picture_: Snapshot | None = None

    def draw(self, picture: Snapshot) -> None:
        self._picture_ = picture

    def ask(self, request: Ask) -> Answer:
        assert self._picture_ is not None
        text = self._picture_.describe(request)
        self.asked.append(" ".join(getattr(block, "text", "") for block in text.body))
        return Answer(request.id, "once")


LATIN = "x = 1\ns = 'éè'\n".encode("latin-1")
SHIFT_JIS = "x = 1\r\n# 日本\r\n".encode("shift-jis")
UTF16 = "x = 1\n".encode("utf-16")
CRLF = b"x = 1\r\ny = 2\r\n"
WRITTEN = Call("write", {"filePath": "old.py", "content": "x = 2\ny = 2\n"})


@pytest.mark.parametrize(
    ("before", "does", "words", "mangled", "asks"),
    [
        (LATIN, edit("x = 1", "x = 2", "old.py"), "U+FFFD (in line 2)", True, True),
        (SHIFT_JIS, edit("x = 1", "x = 2", "old.py"), "U+FFFD (in line 2)", True, False),
        (UTF16, WRITTEN, "its encoding into UTF-8", False, True),
        (CRLF, WRITTEN, "2 line ends from CRLF to LF", False, False),
    ],
    ids=["latin-1", "shift-jis", "utf-16", "crlf"],
)
def test_bytes_that_a_change_loses_are_said_before_and_after(
    work: Work, before: bytes, does: Call, words: str, mangled: bool, asks: bool
) -> None:
    file = work.folder / "old.py"
    file.write_bytes(before)
    surface = Allowing() if asks else None
    turn = work.ask([read("old.py")], [does], surface=surface)
    assert surface is None or words in surface.asked[0]
    assert [words in note for note in turn.notes] == [True]
    assert file.read_bytes() != before
    if mangled:
        assert MANGLED in turn_bundle(turn)["text/plain"].partition("done\n")[2]
        with pytest.raises(InputError, match=r"not UTF-8.* puts the exact bytes back"):
            work.run("undo", "--yes")
    work.run("undo", "--yes --force")
    assert file.read_bytes() == before


def test_bytes_that_a_change_keeps_are_not_worried_about(work: Work) -> None:
    file = work.folder / "old.py"
    before = "\ufeffx = 1\r\ns = 'é'\0\n".encode()
    file.write_bytes(before)
    surface = Allowing()
    turn = work.ask([read("old.py")], [edit("x = 1", "x = 2", "old.py")], surface=surface)
    assert file.read_bytes() == before.replace(b"1", b"2")
    assert "this also changes" not in surface.asked[0]
    assert turn.notes == ()
