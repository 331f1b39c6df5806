"""Where the demo plays, and what it tells."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from opencode_magic.demo import NOTEBOOKS
from opencode_magic.demo import stage as stages
from opencode_magic.demo.page import to_html
from opencode_magic.demo.project import lay_out
from opencode_magic.demo.run import answer_beforehand, failures, output_text
from opencode_magic.errors import NotInstalledError
from opencode_magic.protocol.versions import PINNED
from opencode_magic.server.find import Executable


def code_cell(source: str, tags: Sequence[str] = (), outputs: Sequence[object] = ()) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=list(outputs))


def test_the_project_is_a_repository_with_a_test_that_fails(tmp_path: Path) -> None:
    project = lay_out(tmp_path / "weather")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
    tests = subprocess.run(
        [sys.executable, "-B", "-m", "unittest"], cwd=project, capture_output=True, text=True
    )
    assert "FAILED (failures=1)" in tests.stderr


def test_a_missing_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalledError, match="install git"):
        lay_out(tmp_path / "weather")


def test_what_the_demo_starts_gets_neither_the_users_keys_nor_the_users_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "OPENCODE_CONFIG", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "intra.example")
    env = stages.environment(tmp_path / "home", Path("/opt/oc/opencode"))
    assert "mine" not in env.values()
    assert env["HOME"] == str(tmp_path / "home")
    assert env["PATH"].startswith("/opt/oc")
    assert env["NO_PROXY"] == "intra.example,127.0.0.1,localhost"


def test_the_stage_is_taken_down_but_for_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with stages.set_up(Path("/opt/oc/opencode")) as stage:
        assert stage.notebook.name == "quickstart.ipynb"
        assert all((stage.project / f"{name}.ipynb").is_file() for name in NOTEBOOKS)
        assert (Path(stage.env["XDG_CONFIG_HOME"]) / "opencode" / "opencode.json").is_file()
    assert [path.name for path in stage.root.iterdir()] == ["weather"]
    stages.clear(stage)
    assert not stage.root.exists()


def test_only_tagged_cells_are_allowed_beforehand_and_it_shows() -> None:
    plain, tagged = code_cell("%%opencode\nDo."), code_cell("%%opencode\nDo.", ["allow-in-run"])
    for cell in (plain, tagged):
        answer_beforehand(cell)
    assert plain.source == "%%opencode\nDo."
    assert tagged.source == "%%opencode --permission allow\nDo."
    line = code_cell("%opencode /fix", ["allow-in-run"])
    answer_beforehand(line)
    assert line.source == "%opencode --permission allow /fix"


def test_what_an_output_says_cannot_steer_a_terminal() -> None:
    output = nbformat.v4.new_output("stream", text="a\x1b[31mb\x1b]0;title\x07c\u202ed\n")
    assert output_text(output) == "ab]0;titlecd\n"


def test_an_error_in_a_cell_is_a_failure() -> None:
    error = nbformat.v4.new_output("error", ename="E", evalue="why", traceback=["E: why"])
    assert failures(code_cell("x", outputs=[error])) == ["E: why"]
    assert failures(code_cell("x")) == []
    assert failures(code_cell("x", ["raises-exception"], outputs=[error])) == []


def test_the_page_runs_nothing() -> None:
    notebook = nbformat.v4.new_notebook(cells=[code_cell("print(1)")])
    page = to_html(notebook, title="<b>")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "<title>&lt;b&gt;</title>" in page


def test_an_opencode_2_is_left_alone_and_a_copy_of_our_own_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second, own = Executable(Path("/bin/opencode"), "2.0.15"), Executable(Path("/own"), PINNED)
    monkeypatch.setattr(stages, "find_opencode", lambda *named, **_: own if named else second)
    monkeypatch.setattr(stages, "install_opencode", lambda _: Path("/own"))
    said: list[str] = []
    assert stages.get_opencode(said.append) == own
    assert "/bin/opencode is 2.0.15" in said[0]
