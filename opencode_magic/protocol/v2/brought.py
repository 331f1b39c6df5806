"""Describes what a project brings for a 2.x server to read and run."""

from __future__ import annotations

from pathlib import Path

from ..v1.brought import describe as described_as_before

SKILL_FOLDERS = (".claude", ".agents")


def describe(path: Path, content: bytes) -> list[str]:
    """Say what a file of a project would have the server read or run."""
    return described_as_before(path, content)
