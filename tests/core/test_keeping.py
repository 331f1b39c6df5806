"""Files are as they were after something has passed over them, or it does not begin."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from opencode_magic.disk import Folder
from opencode_magic.errors import InputError, OpencodeError
from opencode_magic.keeping import kept

FILE = "nb/a.ipynb"
DATA = b"\xef\xbb\xbfmine\r\n\xe9\0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes(DATA)
    path.chmod(0o640)
    os.utime(path, ns=(1_000_000_000, 2_000_000_000))
    return path


def overwritten(path: Path) -> None:
    path.write_bytes(b"older")


def replaced(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"older")
    path.chmod(0o755)


def written_again(path: Path) -> None:
    path.unlink()
    path.write_bytes(DATA)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def untouched(path: Path) -> None:
    assert path.exists()


@pytest.mark.parametrize(
    "happens", [overwritten, replaced, written_again, untouched, Path.unlink], ids=str
)
def test_a_file_is_as_it_was(path: Path, tmp_path: Path, happens: Callable[[Path], None]) -> None:
    with kept([FILE], Folder(tmp_path)):
        happens(path)
    assert path.read_bytes() == DATA
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime_ns) == (0o640, 2_000_000_000)
    assert [p.name for p in path.parent.iterdir()] == ["a.ipynb"]


def test_a_file_that_was_not_there_is_gone_again(path: Path, tmp_path: Path) -> None:
    path.unlink()
    with kept([FILE], Folder(tmp_path)):
        overwritten(path)
    assert not path.exists()


def test_it_is_kept_also_where_what_is_done_fails(path: Path, tmp_path: Path) -> None:
    def fails() -> None:
        overwritten(path)
        raise OpencodeError("the server has ended")

    with pytest.raises(OpencodeError, match="has ended"), kept([FILE], Folder(tmp_path)):
        fails()
    assert path.read_bytes() == DATA


def test_what_cannot_be_kept_is_not_begun(path: Path, tmp_path: Path) -> None:
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    refused = pytest.raises(InputError, match=r"symbolic link.*nothing was done")
    with refused, kept([FILE], Folder(tmp_path)):
        pytest.fail("begun")


def test_what_could_not_be_put_back_is_named(path: Path, tmp_path: Path) -> None:
    named = pytest.raises(OpencodeError, match=rf"could not be kept: {FILE}")
    with named, kept([FILE], Folder(tmp_path)):
        a_folder(path)
