"""Which folders are closed to import while a project is not trusted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opencode_magic.errors import UnguardedError
from opencode_magic.server.closed import closed_places


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "work" / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "sub" / ".opencode").mkdir(parents=True)
    return folder


def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


def test_the_repository_and_every_configuration_folder_in_it_are_closed(
    project: Path, tmp_path: Path
) -> None:
    places = closed_places(project / "sub", environ(tmp_path))
    assert places == [project / "sub" / ".opencode", project / ".opencode", project]


def test_a_repository_around_the_home_leaves_the_users_own_folders_open(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".git").mkdir(parents=True)
    (home / "a").mkdir()
    assert closed_places(home / "a", environ(tmp_path)) == [home / "a" / ".opencode"]


@pytest.mark.parametrize(
    "plugin",
    ["evil-package", "../outside.js", "/elsewhere/evil.js", ["evil", {}], {"package": "e"}],
)
@pytest.mark.parametrize("key", ["plugin", "plugins"])
@pytest.mark.parametrize("place", ["opencode.json", ".opencode/opencode.jsonc"])
def test_a_plugin_from_anywhere_else_is_a_reason_not_to_start(
    project: Path, tmp_path: Path, key: str, plugin: object, place: str
) -> None:
    config = project / place
    config.parent.mkdir(exist_ok=True)
    wanted = "../../outside.js" if plugin == "../outside.js" else plugin
    config.write_text(json.dumps({key: [wanted]}))
    with pytest.raises(UnguardedError, match="not trusted") as caught:
        closed_places(project, environ(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_plugin_inside_is_closed_and_no_reason(project: Path, tmp_path: Path) -> None:
    (project / "opencode.json").write_text(json.dumps({"plugin": ["./scripts/p.js"]}))
    assert project in closed_places(project, environ(tmp_path))


def test_a_link_out_of_the_project_is_a_reason_not_to_start(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.js").write_text("")
    plugins = project / ".opencode" / "plugin"
    plugins.mkdir(parents=True)
    (plugins / "inside.js").symlink_to(project / "a.js")
    closed_places(project, environ(tmp_path))
    (plugins / "x.js").symlink_to(tmp_path / "outside.js")
    with pytest.raises(UnguardedError, match="leads out of the project"):
        closed_places(project, environ(tmp_path))


def test_what_cannot_be_read_might_hold_a_plugin(project: Path, tmp_path: Path) -> None:
    (project / "opencode.json").write_text("{ plugin: [")
    with pytest.raises(UnguardedError):
        closed_places(project, environ(tmp_path))
