"""What the README says is true: its commands exist and its cells run."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from opencode_magic.app.options import OPTIONS
from opencode_magic.commands import commands
from opencode_magic.doctor.command import add_to
from tests.cell.running import run, shown
from tests.harness.machine import MODEL_ID, Machine
from tests.matrix.table import readme_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {"a", "b"}


def cells() -> list[str]:
    """The README's notebook cells, in order."""
    return [body.rstrip("\n") for language, body in CODE.findall(README) if language != "sh"]


def flags_of_the_doctor() -> set[str]:
    commands = argparse.ArgumentParser().add_subparsers()
    add_to(commands)
    return set(commands.choices["doctor"]._option_string_actions)


def test_every_command_it_names_exists() -> None:
    named = re.findall(r"`(?:%opencode )?/([a-z]+)[ `]", README)
    assert len(named) > 8
    assert {name for name in named if name not in ELSEWHERE} <= set(commands())


def test_every_option_it_names_exists() -> None:
    known = {flag for option in OPTIONS for flag in option.flags} | {
        "--subagents",
        "--shell",
        "--help",
    }
    known |= flags_of_the_doctor()
    named = set(re.findall(r"`(--?[a-z][\w-]*)", README))
    named |= {w for cell in cells() for w in re.findall(r"(?<=\s)--?[a-z][\w-]*", cell)}
    assert named
    assert named <= known


def test_its_two_commands_are_what_the_package_offers() -> None:
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"demo", "test"} <= set(project["optional-dependencies"])
    assert "opencode-magic" in project["scripts"]
    for command in ("pip install '.[demo]' && opencode-magic demo",
                    "pip install -e '.[test]' && pytest"):  # fmt: skip
        assert command in README
    assert "not affiliated with OpenCode" in README
    assert "ot affiliated with OpenCode" in project["description"]


def test_its_table_of_kernels_is_what_is_tested() -> None:
    assert readme_table() in README


def test_its_picture_is_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 1
    assert (ROOT / pictures[0]).stat().st_size < 400_000


def test_its_cells_run(machine: Machine, project: Path) -> None:
    written = [re.sub(r"(?<=-m )\S+", MODEL_ID, cell) for cell in cells()]
    assert len(written) >= 4
    done = run([*written, "[answer.state, plan.state, plan.agent]"], project, machine)
    for cell in done.cells:
        assert "Error" not in [o.get("ename", "") for o in cell.outputs], shown(cell)
        assert not [o for o in cell.outputs if o["output_type"] == "error"], shown(cell)
    assert "['completed', 'completed', 'plan']" in shown(done.cells[-1])


def test_the_changelog_has_an_unreleased_section() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("notebook", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    kept = json.loads(notebook.read_text("utf-8"))
    assert all(not cell.get("outputs") for cell in kept["cells"])
