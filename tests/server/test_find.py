"""Finding a usable opencode."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest

from opencode_magic.errors import NotInstalledError, UnsupportedError
from opencode_magic.protocol.hosting import FIRST
from opencode_magic.protocol.versions import PINS
from opencode_magic.server import asking, find
from opencode_magic.server.candidates import installed_path, own_copies
from opencode_magic.server.find import find_opencode


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
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(find, "own_copies", lambda: [tmp_path / "own" / "opencode"])
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
    with pytest.raises(UnsupportedError, match=r"bin/opencode: .*2\.x.* install -g @opencode/cli@"):
        find_opencode()


@pytest.mark.parametrize("first", ["1.18.33", "2.0.15"])
def test_the_first_on_the_path_is_used_of_either_major_and_the_other_is_named(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    other = "2.0.15" if first == "1.18.33" else "1.18.33"
    program(bare / "opencode", f"echo opencode v{first}")
    behind = second(tmp_path, monkeypatch, other)
    find_opencode(all_of_them=True)  # what a program said is remembered
    found = find_opencode()
    assert (found.path, found.version) == (bare / "opencode", first)
    assert found.beside == f"{behind} is {other}"
    assert found.passed_over == ""


def test_to_ask_a_program_leaves_no_data_folder_open_to_others(
    executable2: find.Executable, tmp_path: Path
) -> None:
    find_opencode(str(executable2.path), run=True)
    folder = tmp_path / "data" / "opencode"
    assert list(folder.iterdir())  # it makes itself at home
    assert folder.stat().st_mode & 0o077 == 0


def test_of_two_own_copies_the_one_that_was_asked_for_last_is_used() -> None:
    for major in PINS:
        installed_path(major).parent.mkdir(parents=True)
    for last, first in ((1, 2), (2, 1)):
        os.utime(installed_path(first).parents[2], (1, 1))
        os.utime(installed_path(last).parents[2], (2, 2))
        assert own_copies() == [installed_path(last), installed_path(first)]


UNUSABLE = {
    "prints nothing": "exit 0",
    "prints odd words": "echo hello",
    "fails": "echo broken >&2; exit 127",
    "is of a major to come": "echo 3.0.0",
    "leaves messages out": "echo 1.15.0",
    "is too old": "echo 0.9.1",
    "floods": "yes 1.18.33.1",
    "wants an answer": 'read answer; test -n "$answer" && echo 1.18.33',
    "ends by a signal": "kill -9 $$",
}
"""Programs by what is wrong with them: what comes behind them is used."""


def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str = "1.18.30") -> Path:
    """A good one behind the first folder of the PATH."""
    good = program(tmp_path / "behind" / "opencode", f"echo {version}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{good.parent}:/usr/bin:/bin")
    return good


@pytest.mark.parametrize("script", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_one_hides_neither_a_good_one_behind_it_nor_our_copy(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    bad = program(bare / "opencode", script)
    own = program(tmp_path / "own" / "opencode", "echo 1.18.31")
    found = find_opencode()
    assert found.path == own
    assert found.passed_over.startswith(str(bad))
    good = second(tmp_path, monkeypatch)
    found = find_opencode(all_of_them=True)
    assert found.path == good
    assert [(o.path, o.version, o.earlier) for o in found.others] == [
        (bad, "", True),
        (own, "1.18.31", False),
    ]


def test_what_cannot_even_be_run_is_passed_over(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = second(tmp_path, monkeypatch)
    first = bare / "opencode"
    makers = {
        "a folder": first.mkdir,
        "leads nowhere": lambda: first.symlink_to(tmp_path / "nowhere"),
        "may not be executed": first.touch,
        "cannot be run": lambda: program(first, "").write_text("#!/no/such/interpreter\n"),
        "Exec format": lambda: program(first, "").write_bytes(b"\x7fELF broken"),
    }
    for why, make in makers.items():
        make()
        found = find_opencode()
        assert found.path == good
        (other,) = found.others
        assert other.path == first
        assert why in other.why
        first.rmdir() if first.is_dir() else first.unlink()


def test_a_broken_program_in_a_good_package_is_passed_over(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "node_modules" / "opencode-ai"
    broken = program(package / "bin" / "opencode.exe", "echo 'postinstall did not run' >&2; exit 1")
    (package / "package.json").write_text('{"name": "opencode-ai", "version": "1.18.33"}')
    (bare / "opencode").symlink_to(broken)
    good = second(tmp_path, monkeypatch)
    assert find_opencode().path == good


def alive(pids: Path) -> list[int]:
    """Which of the processes in a file still run."""
    return [pid for pid in map(int, pids.read_text().split()) if psutil.pid_exists(pid)]


HANGS = "trap '' TERM HUP INT; sleep 600 & wait; echo 1.18.33"


def test_one_that_hangs_is_told_given_up_and_not_waited_for_again(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "TELL_AFTER_S", 0.2)
    monkeypatch.setattr(asking, "GIVE_UP_AFTER_S", 1.5)
    hanging = program(bare / "opencode", f"echo $$ >> {tmp_path}/pids\n{HANGS}")
    good = second(tmp_path, monkeypatch)
    told: list[str] = []
    found = find_opencode(progress=told.append)
    assert found.path == good
    assert "no answer" in found.passed_over
    assert told[0].startswith(f"waiting for {hanging} --version (")
    told.clear()
    assert find_opencode(progress=told.append).path == good
    assert told == []
    assert (tmp_path / "pids").read_text()
    assert not alive(tmp_path / "pids")


def test_one_that_hangs_alone_is_asked_again_each_time(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "GIVE_UP_AFTER_S", 0.5)
    hanging = program(bare / "opencode", HANGS)
    for _ in range(2):
        with pytest.raises(NotInstalledError, match="gave no answer in"):
            find_opencode()
    hanging.unlink()
    program(bare / "opencode", "echo 1.18.33")
    assert find_opencode().version == "1.18.33"


def test_the_limits_are_those_that_were_promised() -> None:
    assert (asking.TELL_AFTER_S, asking.GIVE_UP_AFTER_S) == (2.0, 15.0)


def test_an_interrupt_ends_what_was_asked(bare: Path, tmp_path: Path) -> None:
    program(bare / "opencode", f"echo $$ > {tmp_path}/pid\n{HANGS}")

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_opencode(progress=interrupt)
    assert not alive(tmp_path / "pid")


def test_an_answer_is_kept_by_path_size_and_time(bare: Path, tmp_path: Path) -> None:
    log = tmp_path / "asked"
    script = f"echo asked >> {log}; echo 1.18."
    path = program(bare / "opencode", f"{script}30")
    for _ in range(3):
        assert find_opencode().version == "1.18.30"
    assert log.read_text().count("asked") == 1
    assert find_opencode(run=True).version == "1.18.30"
    program(path, f"{script}31")  # the same size, another time
    os.utime(path, ns=(1, 1))
    assert find_opencode().version == "1.18.31"
    program(path, f"{script}32 ")
    os.utime(path, ns=(1, 1))  # the same time, another size
    assert find_opencode().version == "1.18.32"
    kept = tmp_path / "cache" / "opencode-magic" / "programs.json"
    for damage in ("damaged", "[]", f'{{"{path}": 3}}'):
        kept.write_text(damage)
        assert find_opencode().version == "1.18.32"


def test_a_kept_version_that_is_refused_is_asked_for_again(bare: Path, tmp_path: Path) -> None:
    """A shim stays the same file while what is behind it is replaced."""
    behind = program(tmp_path / "real", "echo 1.15.0")
    program(bare / "opencode", f"exec {behind} --version")
    with pytest.raises(UnsupportedError):
        find_opencode()
    program(behind, "echo 1.18.33")
    assert find_opencode().version == "1.18.33"


def test_where_nothing_can_be_kept_nothing_is_lost(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    program(bare / "opencode", "echo 1.18.33")
    assert find_opencode().version == find_opencode().version == "1.18.33"


def test_where_none_can_be_used_all_are_named_in_one_line(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = program(bare / "opencode", "echo hello")
    worse = second(tmp_path, monkeypatch, "3.0.0")
    with pytest.raises(NotInstalledError, match="none of 2 programs can be used") as caught:
        find_opencode()
    for said in (str(bad), "'hello'", str(worse), "2.x", "npm install -g"):
        assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_program_in_two_folders_is_asked_once(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = second(tmp_path, monkeypatch)
    (bare / "opencode").symlink_to(good)
    found = find_opencode(all_of_them=True)
    assert (found.path, found.others) == (bare / "opencode", ())


def test_a_2x_server_in_the_same_data_is_told_and_stops_no_1x_server(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}

    def told(**more: str) -> str:
        note = FIRST.check_data({**env, **more})
        assert not note.asks
        return note.says

    assert told() == ""
    note = tmp_path / ".local/state/opencode/service.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"version": "2.0.3", "url": "http://127.0.0.1:49374"}))
    assert told() == ""  # no data yet: nothing that two could share
    (tmp_path / ".local/share/opencode").mkdir(parents=True)
    assert told().startswith("opencode 2.0.3 works with the data in")
    assert told(XDG_DATA_HOME=str(tmp_path / "other")) == ""
    note.write_text('{"version": "1.18.33"}')
    assert told() == ""
    note.write_text("damaged")
    assert told() == ""
