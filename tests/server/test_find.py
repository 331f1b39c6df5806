"""Finding a usable opencode."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from opencode_magic.errors import NotInstalledError, UnsupportedError
from opencode_magic.server import find
from opencode_magic.server.find import check_data, find_opencode, installed_path


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH without opencode and a home without our copy."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(find, "installed_path", lambda: tmp_path / "own" / "opencode")
    return folder


def test_the_one_on_the_path_is_found_with_its_version(bare: Path) -> None:
    path = program(bare / "opencode", "echo 1.18.33")
    assert find_opencode() == find.Executable(path, "1.18.33")


def test_a_named_one_wins_over_the_path_and_our_copy_comes_last(bare: Path, tmp_path: Path) -> None:
    own = program(tmp_path / "own" / "opencode", "echo 1.18.31")
    assert find_opencode().path == own
    program(bare / "opencode", "echo 1.18.32")
    assert find_opencode().version == "1.18.32"
    named = program(tmp_path / "named", "echo 1.18.33")
    assert find_opencode(str(named)).version == "1.18.33"


def test_our_copy_lives_in_the_users_data_folder() -> None:
    expected = Path(
        os.environ["XDG_DATA_HOME"], "opencode-magic/opencode/node_modules/.bin/opencode"
    )
    assert installed_path() == expected


def test_notices_around_the_version_are_passed_over(bare: Path) -> None:
    program(
        bare / "opencode", "echo 'migrating 12.0.0.1'\necho 1.18.33\necho; echo 'bye now, friend'"
    )
    assert find_opencode().version == "1.18.33"


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("opencode-ai", "1.18.30", "1.18.30"),
        ("something-else", "1.18.30", "1.18.33"),
        ("opencode-ai", None, "1.18.33"),
        ("opencode-ai", "next", "1.18.33"),
    ],
)
def test_a_package_tells_its_version_and_where_it_does_not_the_program_is_asked(
    bare: Path, tmp_path: Path, name: str, version: object, found: str
) -> None:
    package = tmp_path / "node_modules" / "opencode-ai"
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": name, "version": version}))
    (bare / "opencode").symlink_to(program(package / "bin" / "opencode.exe", "echo 1.18.33"))
    assert find_opencode() == find.Executable(bare / "opencode", found)
    assert find_opencode(run=True).version == "1.18.33"


def test_nothing_there_names_the_one_command_that_installs_it() -> None:
    with pytest.raises(NotInstalledError, match=r"npm install -g opencode-ai@1\.18\.33"):
        find_opencode()


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "echo broken >&2; exit 127"])
def test_a_program_that_is_not_opencode_is_one_clear_line(bare: Path, script: str) -> None:
    program(bare / "opencode", script)
    with pytest.raises(NotInstalledError, match="told no version") as caught:
        find_opencode()
    assert "\n" not in str(caught.value)


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError, match="no program at"):
        find_opencode(str(tmp_path / "nope"))


def test_a_version_that_cannot_be_driven_is_refused_with_its_path(bare: Path) -> None:
    program(bare / "opencode", "echo opencode v2.0.1")
    with pytest.raises(UnsupportedError, match=r"bin/opencode: .*2\.x"):
        find_opencode()


def test_data_that_a_2x_server_has_taken_over_is_left_alone(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    check_data(env)
    note = tmp_path / ".local/state/opencode/service.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"version": "2.0.3", "url": "http://127.0.0.1:49374"}))
    check_data(env)  # no data yet: nothing to spoil
    (tmp_path / ".local/share/opencode").mkdir(parents=True)
    with pytest.raises(UnsupportedError, match="XDG_DATA_HOME"):
        check_data(env)
    check_data({**env, "XDG_DATA_HOME": str(tmp_path / "other")})
    note.write_text('{"version": "1.18.33"}')
    check_data(env)
    note.write_text("damaged")
    check_data(env)
