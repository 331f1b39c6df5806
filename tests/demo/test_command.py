"""`opencode-magic` as a person runs it."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser

from opencode_magic.__main__ import _require_extra
from opencode_magic.errors import NotInstalledError
from tests.harness.machine import Machine, make_machine
from tests.harness.processes import Child, alive, descendants, wait_until_dead

COMMAND = [sys.executable, "-m", "opencode_magic"]


@pytest.fixture
def own_machine(tmp_path: Path, opencode_executable: Path) -> Machine:
    """A machine without a model, with a place of its own for scratch folders."""
    machine = make_machine(tmp_path / "machine", opencode=opencode_executable)
    machine.env["TMPDIR"] = str(tmp_path / "tmp")
    (tmp_path / "tmp").mkdir()
    return machine


@pytest.fixture
def demo(own_machine: Machine) -> Iterator[Child]:
    """`opencode-magic demo` as far as its address."""
    child = Child(
        [*COMMAND, "demo", "--no-browser"],
        cwd=own_machine.home,
        env=own_machine.env,
        log=own_machine.root / "demo.log",
    )
    yield child
    child.stop()


def call(machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=machine.home,
        env=machine.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def scratch(machine: Machine) -> list[Path]:
    return list(Path(machine.env["TMPDIR"]).glob("opencode-magic-demo-*"))


def address(output: str) -> str | None:
    found = re.search(r"JupyterLab: (\S+)", output)
    return found.group(1) if found else None


def test_it_tells_its_version(own_machine: Machine) -> None:
    assert re.fullmatch(r"opencode-magic \d+\.\d+\.\d+\n", call(own_machine, "--version").stdout)


def test_a_wrong_command_is_answered_with_the_right_ones(own_machine: Machine) -> None:
    done = call(own_machine, "dmeo")
    assert done.returncode == 2
    assert "demo" in done.stderr
    assert "Traceback" not in done.stderr
    done = call(own_machine, "demo", "quikstart")
    assert done.returncode == 2
    assert "data_project" in done.stderr


def test_a_missing_extra_is_one_line() -> None:
    with pytest.raises(NotInstalledError) as caught:
        _require_extra("data", "json", "no_such_module", "nor_this")
    assert caught.value.message == (
        "the demo needs no_such_module, nor_this, which are not installed: "
        "pip install 'opencode-magic[data]'"
    )


def test_a_missing_tool_is_one_line(own_machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    own_machine.env["PATH"] = str(tmp_path / "empty")
    done = call(own_machine, "demo", "--run")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("opencode: ")
    assert "npm" in line


def test_the_run_tells_what_happened_and_leaves_a_page(own_machine: Machine) -> None:
    done = call(own_machine, "demo", "--run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    # What was asked, what was done, what was refused.
    assert "> Explain what stats.py does." in done.stdout
    assert "read_temperatures" in done.stdout
    assert "%%opencode --permission allow" in done.stdout
    assert "-    return sum(present) / len(values)" in done.stdout
    assert "+    return sum(present) / len(present)" in done.stdout
    assert "scratch.tmp stays where it is" in done.stdout.replace("`", "")
    page = (own_machine.home / "demo.html").read_text("utf-8")
    assert "all tests pass" in page
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", html.unescape(page))
    assert scratch(own_machine) == []


def test_the_lab_opens_on_the_notebook_and_ctrl_c_ends_everything(
    demo: Child, own_machine: Machine, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(demo.wait_for(address))
    page.get_by_role("heading", name="A coding agent in the notebook").wait_for(timeout=60_000)
    # JupyterLab loses a cell that is run before its kernel is there.
    page.locator("#jp-main-statusbar").get_by_text("Idle").wait_for(timeout=60_000)
    page.get_by_text("%load_ext opencode_magic").click()
    page.keyboard.press("Shift+Enter")
    page.get_by_text("Explain what stats.py does.").first.click()
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-OutputArea").get_by_text("a third too small").locator(
        "visible=true"
    ).first.wait_for(timeout=90_000)
    page.close()

    family = [psutil.Process(demo.pid), *descendants(demo.pid)]
    assert len(family) > 3  # the command, JupyterLab, a kernel, a server
    os.kill(demo.pid, signal.SIGINT)
    wait_until_dead(family, timeout_s=40)
    assert alive(family) == []
    (folder,) = scratch(own_machine)
    assert not (folder / "home").exists()
    assert (folder / "weather" / "quickstart.ipynb").exists()
