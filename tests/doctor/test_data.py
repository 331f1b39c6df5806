"""What is said of the folder with the data of servers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from opencode_magic.doctor.data import data, refusal
from opencode_magic.doctor.finding import fixable
from opencode_magic.doctor.host import Host
from opencode_magic.protocol.versions import PINNED, PINS
from tests.doctor.hosts import Told

SECOND = PINS[2].version


def host_with(home: Path) -> Host:
    return replace(Told().host(), environ={"HOME": str(home)})


def test_a_folder_that_is_open_to_others_is_closed_by_a_command(tmp_path: Path) -> None:
    folder = tmp_path / ".local/share/opencode"
    folder.mkdir(parents=True, mode=0o755)
    found = data(host_with(tmp_path), SECOND)
    assert found.state == "warn"
    assert "may read keys" in found.why
    assert fixable([found])
    assert found.fix
    assert found.fix.command == ("chmod", "go=", str(folder))
    folder.chmod(0o700)
    assert data(host_with(tmp_path), SECOND).state == "ok"


def test_for_opencode_1_it_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / ".local/share/opencode").mkdir(parents=True)
    assert data(host_with(tmp_path), PINNED).state == "ok"
    note = tmp_path / ".local/state/opencode/service.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"version": "2.0.15"}')
    found = data(host_with(tmp_path), PINNED)
    assert found.state == "ok"
    assert "works with the data" in found.found


def test_no_server_is_started_that_would_change_the_data(tmp_path: Path) -> None:
    host = host_with(tmp_path)
    assert refusal(host, SECOND) == ""
    folder = tmp_path / ".local/share/opencode"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "opencode.db")) as database:
        database.execute("create table session (id text)")
    assert "changes opencode.db in place" in refusal(host, SECOND)
    assert refusal(host, PINNED) == ""
