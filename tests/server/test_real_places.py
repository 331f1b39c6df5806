"""A tool's paths are judged, asked about and kept by where they really lead, on a real server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.server.find import Executable
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from tests.harness.machine import PROVIDER, Machine, make_machine

from .following import Made, Reply, follow, never, once

CANARY = "canary"
PATCHING = "gpt-5-scripted"
"""A model that the server gives `apply_patch` instead of `edit` and `write`, by its name."""


@dataclass(frozen=True)
class Ground:
    """A server, its project with links in it, and a folder outside."""

    server: ManagedServer
    project: Path
    outside: Path

    def call(self, tool: str, **arguments: object) -> Call:
        """A call with `{project}` and `{outside}` in its arguments replaced."""
        return Call(tool, {name: self._here(value) for name, value in arguments.items()})

    def _here(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        return value.replace("{project}", str(self.project)).replace("{outside}", str(self.outside))


@pytest.fixture(scope="module")
def ground(
    tmp_path_factory: pytest.TempPathFactory, executable: Executable, model: ScriptedModel
) -> Iterator[Ground]:
    root = tmp_path_factory.mktemp("places") / "machine"
    machine = make_machine(root, opencode=executable.path, model_url=model.url)
    configure(machine)
    project, outside = machine.project(), machine.folder("outside", {})
    lay_out(project, outside)
    with start(
        project,
        executable=executable,
        trusted=True,
        progress=lambda _: None,
        environ=machine.env,
    ) as server:
        yield Ground(server, project, outside)


def configure(machine: Machine) -> None:
    config = json.loads(machine.opencode_config.read_text())
    models = config["provider"][PROVIDER]["models"]
    models[PATCHING] = {**next(iter(models.values())), "name": PATCHING}
    config["permission"] = {"read": {"private/*": "deny"}, "edit": {"vendor/*": "deny"}}
    machine.opencode_config.write_text(json.dumps(config))
    machine.env["OPENCODE_EXPERIMENTAL_LSP_TOOL"] = "1"


def lay_out(project: Path, outside: Path) -> None:
    for folder in (outside / "sub", outside / "dark", project / "lib", project / "sources/inner"):
        folder.mkdir(parents=True)
    (outside / "AGENTS.md").write_text("The rules of elsewhere\n")
    (project / "rules.md").write_text("The rules of this project\n")
    (project / "sources/inner/a.py").touch()
    for file in (outside / "secret.txt", outside / "sub/deep.txt", outside / "dark/x.txt"):
        file.write_text(f"{CANARY} {file.name}\n")
    (outside / ".env").write_text(f"KEY={CANARY}\n")
    (project / ".env").write_text(f"KEY={CANARY}\n")
    (project / "data/.env.local").write_text(f"KEY={CANARY}\n")
    (project / ".env.example").write_text("KEY=an example\n")
    (project / "greet.txt").write_text(f"{CANARY} of everybody\n")
    os.link(project / ".env", project / "hard.txt")
    for name, target in {
        "link": outside,
        "chain": "link",
        "data/inner": "../link/sub",
        "file.txt": outside / "secret.txt",
        "not-yet.txt": "../outside/made.txt",
        "notes.txt": ".env",
        "notes-again.txt": "notes.txt",
        "alias.py": "greet.py",
        "numbers": "data",
        "circle": "circle",
        "private": outside / "dark",
        "vendor": "lib",
        "../other-name": project,
        "AGENTS.md": outside / "AGENTS.md",
        "sources/AGENTS.md": "../.env",
        "sources/inner/AGENTS.md": "../../rules.md",
    }.items():
        (project / name).symlink_to(target)


def made(ground: Ground, *calls: Call, reply: Reply) -> list[Made]:
    """The calls, all made in one step."""
    return follow(ground.server, unlike(calls), [Say("done")], reply=reply)


def unlike(calls: Sequence[Call]) -> list[Call]:
    """The same calls; no read is another's repetition, which the server would ask about, too."""
    return [
        Call(call.tool, {**call.arguments, "limit": 1000 + n}) if call.tool == "read" else call
        for n, call in enumerate(calls)
    ]


LEADS_OUT = {
    "a file below a linked folder": ("read", {"filePath": "{project}/link/secret.txt"}, ""),
    "a relative path": ("read", {"filePath": "link/secret.txt"}, ""),
    "a link to a file": ("read", {"filePath": "{project}/file.txt"}, ""),
    "a link to a link": ("read", {"filePath": "{project}/chain/secret.txt"}, ""),
    "a link in the middle": ("read", {"filePath": "{project}/data/inner/deep.txt"}, "sub"),
    "up again after a link": ("read", {"filePath": "{project}/link/../outside/secret.txt"}, ""),
    "two slashes": ("read", {"filePath": "{project}//link//secret.txt"}, ""),
    "a linked folder": ("read", {"filePath": "{project}/link"}, ""),
    "what is not there": ("read", {"filePath": "{project}/link/nothing.txt"}, ""),
    "grep in a linked folder": ("grep", {"pattern": CANARY, "path": "link"}, ""),
    "grep in a linked file": ("grep", {"pattern": CANARY, "path": "file.txt"}, ""),
    "grep below a linked folder": ("grep", {"pattern": CANARY, "path": "chain/sub"}, "sub"),
    "glob in a linked folder": ("glob", {"pattern": "*", "path": "link"}, ""),
    "glob below a linked folder": ("glob", {"pattern": "*", "path": "{project}/data/inner"}, "sub"),
    "a language server": (
        "lsp",
        {"operation": "hover", "filePath": "link/secret.txt", "line": 1, "character": 1},
        "",
    ),
    "the folder of a command": (
        "bash",
        {"command": "cat secret.txt", "workdir": "link", "description": "d"},
        "",
    ),
}


@pytest.fixture(scope="module")
def leading_out(ground: Ground) -> dict[str, Made]:
    calls = [ground.call(tool, **arguments) for tool, arguments, _ in LEADS_OUT.values()]
    return dict(zip(LEADS_OUT, made(ground, *calls, reply=once), strict=True))


@pytest.mark.parametrize("case", LEADS_OUT)
def test_what_lies_elsewhere_asks_with_its_real_place(
    ground: Ground, leading_out: dict[str, Made], case: str
) -> None:
    folder = ground.outside / LEADS_OUT[case][2]
    call = leading_out[case]
    assert call.asked[0] == ("external_directory", f"{folder}/*")
    assert call.asks[0]["always"] == [f"{folder}/*"]
    assert str(ground.project) not in json.dumps([call.asks, call.given])
    assert str(ground.outside) in json.dumps(call.given)


def test_what_was_refused_does_not_go_out(ground: Ground) -> None:
    calls = [
        ground.call("read", filePath="link/secret.txt"),
        ground.call("grep", pattern=CANARY, path="link"),
        ground.call("glob", pattern="*", path="link"),
        ground.call("read", filePath="notes.txt"),
    ]
    # One after another: the server takes one refusal for one of all that wait.
    steps = [[call] for call in calls]
    for call in follow(ground.server, *steps, [Say("done")], reply=never):
        assert len(call.asks) == 1
        assert CANARY not in call.said
        assert "secret.txt" not in call.said


KEPT = {
    "its own name": ("{project}/.env", ".env"),
    "deeper": ("data/.env.local", "data/.env.local"),
    "a link": ("{project}/notes.txt", ".env"),
    "a link to a link": ("notes-again.txt", ".env"),
    "a hard link": ("hard.txt", ".env"),
    "by a linked folder": ("numbers/.env.local", "data/.env.local"),
    "by another name of the project": ("{project}/../other-name/.env", ".env"),
    "by the server's own process": ("/proc/self/cwd/notes.txt", ".env"),
}


@pytest.mark.parametrize("agent", ["build", "explore"])
def test_what_is_protected_asks_by_whatever_name(ground: Ground, agent: str) -> None:
    calls = [ground.call("read", filePath=path) for path, _ in KEPT.values()]
    steps = script(unlike(calls), [Say("done")])
    if agent == "explore":  # built into the server, it may read everything
        task = Call("task", {"description": "d", "prompt": steps, "subagent_type": agent})
        _, *reads = made(ground, task, reply=once)
    else:
        reads = made(ground, *calls, reply=once)
    assert [read.asked for read in reads] == [[("read", kept)] for _, kept in KEPT.values()]


REFUSED = {
    "grep": ("grep", {"pattern": CANARY, "path": ".env"}),
    "grep by a link": ("grep", {"pattern": CANARY, "path": "notes.txt"}),
    "grep by a hard link": ("grep", {"pattern": CANARY, "path": "hard.txt"}),
    "glob": ("glob", {"pattern": "*", "path": "notes.txt"}),
    "a language server": (
        "lsp",
        {"operation": "documentSymbol", "filePath": "notes.txt", "line": 1, "character": 1},
    ),
}


def test_a_search_that_cannot_ask_for_a_protected_file_is_refused_with_the_way(
    ground: Ground,
) -> None:
    calls = [ground.call(tool, **arguments) for tool, arguments in REFUSED.values()]
    for call in made(ground, *calls, reply=once):
        assert call.part["state"]["status"] == "error"
        assert "only read with the user's consent" in call.said
        assert "use the read tool, which asks" in call.said
        assert CANARY not in call.said


SEARCHES = {
    "everywhere": {},
    "with the hidden ones included": {"include": ".*"},
    "for the file itself": {"include": ".env"},
    "by a file beside it": {"path": "greet.txt"},
    "through a link by a pattern": {"include": "link/**"},
    "through every folder": {"include": "**/{.env*,secret.txt}"},
}


def test_a_search_of_the_project_tells_nothing_of_protected_files(ground: Ground) -> None:
    calls = [ground.call("grep", pattern=CANARY, **more) for more in SEARCHES.values()]
    calls.append(ground.call("grep", pattern="KEY=never"))
    found = made(ground, *calls, reply=once)
    assert [call.asks for call in found] == [[]] * len(found)
    assert not [call.said for call in found if f"KEY={CANARY}" in call.everything]
    by_name = dict(zip(SEARCHES, found, strict=False))
    for name in ("everywhere", "by a file beside it"):
        assert by_name[name].said.startswith("Found 1 matches\n"), name
        assert f"Line 1: {CANARY} of everybody" in by_name[name].said
        assert by_name[name].part["state"]["metadata"]["matches"] == 1
    # Whether something was found in them is not told either: no pattern can guess at a key.
    assert by_name["for the file itself"].said == found[-1].said
    assert "use the read tool for one of them, which asks" in found[-1].said


def test_a_pattern_leads_through_no_link(ground: Ground) -> None:
    patterns = ("link/*", "link/**/*", "{link,chain}/secret.txt", "../outside/*", "data/inner/*")
    for call in made(ground, *(ground.call("glob", pattern=p) for p in patterns), reply=once):
        assert call.said == "No files found"
        assert call.asks == []


def test_instructions_by_a_link_do_not_go_along_unasked(
    ground: Ground, model: ScriptedModel
) -> None:
    made(ground, ground.call("read", filePath="sources/inner/a.py"), reply=never)
    sent = json.dumps([asked.body["messages"] for asked in list(model.requests)[-2:]])
    assert "rules of elsewhere" not in sent
    assert "The rules of this project" in sent
    told = "are a link to {}: use the read tool for it, which asks."
    for place in (ground.outside / "AGENTS.md", ground.project / ".env"):
        assert told.format(place) in sent


def test_what_lies_in_the_project_and_is_not_protected_asks_nothing(ground: Ground) -> None:
    calls = [
        ground.call("read", filePath="{project}/greet.py"),
        ground.call("read", filePath="alias.py"),
        ground.call("read", filePath="numbers/numbers.csv"),
        ground.call("read", filePath=".env.example"),
        ground.call("read", filePath="{project}/../other-name/greet.py"),
        ground.call("grep", pattern="square", path="numbers"),
        ground.call("glob", pattern="*.csv", path="numbers"),
        ground.call("read", filePath="{project}"),
    ]
    for call in made(ground, *calls, reply=never):
        assert call.asks == []
        assert call.part["state"]["status"] == "completed"


def test_a_link_in_a_circle_is_told(ground: Ground) -> None:
    (call,) = made(ground, ground.call("read", filePath="circle/x"), reply=once)
    assert "leads through too many links, or round in a circle" in call.said


def test_a_change_by_a_link_asks_and_is_kept_under_its_real_place(ground: Ground) -> None:
    wrote, edited, created, alias = made(
        ground,
        ground.call("write", filePath="{project}/link/new.txt", content="new\n"),
        ground.call(
            "edit", filePath="file.txt", oldString="secret.txt", newString="secret.txt, changed"
        ),
        ground.call("write", filePath="not-yet.txt", content="made\n"),
        ground.call("write", filePath="alias.py", content="print(1)\n"),
        reply=once,
    )
    for call, name in ((wrote, "new.txt"), (edited, "secret.txt"), (created, "made.txt")):
        place = str(ground.outside / name)
        assert call.asked == [
            ("external_directory", f"{ground.outside}/*"),
            ("edit", f"../outside/{name}"),
        ]
        assert call.asks[1]["metadata"]["filepath"] == place
        assert call.given["filePath"] == place
    assert alias.asked == [("edit", "greet.py")]
    assert (ground.outside / "new.txt").read_text() == "new\n"
    assert (ground.outside / "made.txt").read_text() == "made\n"
    assert (ground.project / "greet.py").read_text() == "print(1)\n"
    assert (ground.project / "alias.py").is_symlink()
    (ground.outside / "secret.txt").write_text(f"{CANARY} secret.txt\n")


def patch(*lines: str) -> Call:
    text = "\n".join(["*** Begin Patch", *lines, "*** End Patch"])
    return Call("apply_patch", {"patchText": text})


def test_a_patch_by_a_link_asks_and_is_kept_under_its_real_place(ground: Ground) -> None:
    (ground.outside / "old.txt").write_text("one\ntwo\n")
    (ground.project / "to-old.txt").symlink_to(ground.outside / "old.txt")
    (ground.project / "to-remove.txt").symlink_to(ground.outside / "old.txt")
    (ground.project / "to-remove-too.txt").hardlink_to(ground.project / ".env")
    calls = [
        patch("*** Add File: link/added.txt", "+*** Add File: is text here"),
        patch("*** Update File: to-old.txt", "@@", "-one", "+1"),
        patch("*** Delete File: to-remove.txt", "*** Delete File: to-remove-too.txt"),
        patch("*** Update File: README.md", "*** Move to: link/moved.md", "@@", "+more"),
        patch("*** Update File: notes.txt", "*** Move to: stolen.txt", "@@", "+more"),
    ]
    found = follow(ground.server, calls, [Say("done")], reply=once, model=PATCHING)
    added, updated, deleted, moved, moved_link = found
    outside = [("external_directory", f"{ground.outside}/*")]
    assert added.asked == [*outside, ("edit", "../outside/added.txt")]
    assert updated.asked == [*outside, ("edit", "../outside/old.txt")]
    assert deleted.asked == [("edit", "to-remove.txt")]  # the link is what goes
    assert moved.asked == [*outside, ("edit", "README.md")]
    assert "a patch cannot move a link" in moved_link.said
    assert (ground.outside / "added.txt").read_text() == "*** Add File: is text here\n"
    assert (ground.outside / "old.txt").read_text() == "1\ntwo\n"
    assert not (ground.project / "to-remove.txt").is_symlink()
    assert not (ground.project / "to-remove-too.txt").exists()
    assert (ground.project / ".env").exists()
    assert not (ground.project / "stolen.txt").exists()
    files = [call.part["state"]["metadata"]["files"][0] for call in (added, updated, moved)]
    assert [file.get("movePath", file["filePath"]) for file in files] == [
        str(ground.outside / name) for name in ("added.txt", "old.txt", "moved.md")
    ]


def test_a_users_deny_holds_by_name_and_by_place(ground: Ground) -> None:
    *denied, below, beside = made(
        ground,
        ground.call("read", filePath="private/x.txt"),
        ground.call("read", filePath="link/dark/x.txt"),
        ground.call("write", filePath="vendor/x.py", content="x"),
        ground.call("write", filePath="lib/x.py", content="x"),
        ground.call("grep", pattern=CANARY, path="private"),
        ground.call("grep", pattern=CANARY, path="link"),
        reply=once,
    )
    for call in denied:
        assert call.part["state"]["status"] == "error", call.said
        assert "edit" not in [permission for permission, _ in call.asked]
    for call in (*denied, below, beside):
        assert f"{CANARY} x.txt" not in call.said
    assert f"{CANARY} deep.txt" in beside.said
    assert not (ground.project / "lib/x.py").exists()
