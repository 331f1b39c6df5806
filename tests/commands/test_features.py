"""What a server need not have is asked before anything is sent, and told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from opencode_magic.client import Client
from opencode_magic.commands import commands
from opencode_magic.errors import UnsupportedError
from opencode_magic.protocol.transport import Connection
from opencode_magic.protocol.v1.versions import FEATURES

WRITTEN = {
    "grep": ("find", "word"),
    "symbols": ("symbols", "word"),
    "todos": ("todo", ""),
    "share": ("share", ""),
    "init": ("init", ""),
    "tui": ("tui", "submit"),
    "lsp": ("lsp", ""),
    "formatters": ("formatters", ""),
    "tools": ("tools", ""),
    "config-write": ("config", "theme dark"),
    "dispose": ("dispose", ""),
    "log": ("log", "word"),
}
"""A command for each feature."""


@dataclass
class Bare:
    """An application connected to a server that nobody can reach."""

    client: Client

    def connect(self) -> Client:
        return self.client

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was used before the feature was asked for")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bare]:
    monkeypatch.setattr(Connection, "capabilities", frozenset())
    with Client("http://127.0.0.1:1") as client:
        yield Bare(client)


def test_there_is_a_command_for_each() -> None:
    assert set(WRITTEN) == set(FEATURES)


@pytest.mark.parametrize(("feature", "written"), WRITTEN.items())
def test_what_the_server_lacks_is_told_before_anything_is_sent(
    feature: str, written: tuple[str, str], bare: Bare
) -> None:
    name, text = written
    with pytest.raises(UnsupportedError) as caught:
        commands()[name].run(bare, text)  # type: ignore[arg-type]
    assert FEATURES[feature] in caught.value.message
    assert "\n" not in caught.value.message


def test_unshare_is_told_too(bare: Bare) -> None:
    with pytest.raises(UnsupportedError, match="public page"):
        commands()["unshare"].run(bare, "")  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["", "1.1.65", "1.18.33"])
def test_servers_of_today_have_them_all(version: str) -> None:
    with Client("http://127.0.0.1:1") as client:
        client.version = version
        assert set(FEATURES) <= client.capabilities
