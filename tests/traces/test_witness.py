"""The files of an edit are looked at before it is allowed, and once more when the turn is over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from opencode_magic.model.asks import PermissionRequest
from opencode_magic.model.messages import Message, MessageFolder, MessageInfo
from opencode_magic.model.transcript import Transcript, from_messages
from opencode_magic.traces.witness import Witness

LATIN = "x = 1\ns = 'é'\n".encode("latin-1")
MANGLED = b"x = 1\ns = '\xef\xbf\xbd'\n"
LOSS = "bytes that are not UTF-8 into U+FFFD (in line 2)"


def asked(folder: Path, *files: str, name: str = "edit", **meta: Any) -> tuple[Any, Transcript]:
    """A request for these files, and the transcript in which it waits."""
    request = PermissionRequest("per", "ses", name, list(files), meta)
    info = MessageInfo("m", "ses", "assistant", path=MessageFolder(str(folder), str(folder)))
    shown = from_messages("ses", {"ses": [Message(info, ())]})
    return request, Transcript("ses", by_id=shown.by_id, asks={"per": request})


def test_each_file_of_a_patch_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(LATIN)
    (tmp_path / "b.py").write_bytes(b"x\r\ny\r\n")
    (tmp_path / "c.py").write_bytes(b"x\n")
    patch = "--- b.py\n+++ b.py\n@@ -1,2 +1,2 @@\n-x\r\n+z\n y\r\n"
    files = [{"filePath": str(tmp_path / "b.py"), "patch": patch}]
    request, shown = asked(tmp_path, "a.py", "b.py", "c.py", "new.py", files=files)
    witness = Witness(here=True, folder=str(tmp_path))
    witness.see(shown)
    assert witness.foreseen(request, shown) == (LOSS, "1 line end from CRLF to LF")
    (tmp_path / "a.py").write_bytes(MANGLED)
    (tmp_path / "b.py").write_bytes(b"z\ny\r\n")
    (tmp_path / "new.py").write_bytes(b"x\r\n")
    assert witness.losses(lambda path: path.endswith("a.py")) == (
        f"`a.py`: the diff does not show all, this changed {LOSS}",
    )
    assert len(witness.losses(lambda _: True)) == 2


def test_a_second_edit_is_judged_by_what_the_first_one_left(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(LATIN)
    first, shown = asked(tmp_path, "a.py")
    witness = Witness(here=True, folder=str(tmp_path))
    witness.see(shown)
    assert witness.foreseen(first, shown) == (LOSS,)
    (tmp_path / "a.py").write_bytes(MANGLED)
    second = PermissionRequest("per2", "ses", "edit", ["a.py"])
    later = Transcript("ses", by_id=shown.by_id, asks={"per2": second})
    witness.see(later)
    assert witness.foreseen(second, later) == ()
    assert len(witness.losses(lambda _: True)) == 1  # of the turn as a whole


def test_what_is_no_file_or_not_here_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.py").write_bytes(LATIN)
    request, shown = asked(tmp_path, "a.py", "pipe", "nul\0", str(tmp_path))
    for witness in (
        Witness(here=False, folder=str(tmp_path)),
        Witness(here=True, folder=str(tmp_path / "elsewhere")),
        Witness(here=True, folder=""),
    ):
        witness.see(shown)
        assert witness.foreseen(request, shown) == ()
        assert witness.losses(lambda _: True) == ()
    witness = Witness(here=True, folder=str(tmp_path))
    witness.see(shown)
    assert witness.foreseen(request, shown) == (LOSS,)


def test_only_edits_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(LATIN)
    request, shown = asked(tmp_path, "a.py", name="read", filepath="a.py")
    witness = Witness(here=True, folder=str(tmp_path))
    witness.see(shown)
    assert witness.foreseen(request, shown) == ()
