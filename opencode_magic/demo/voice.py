"""The pieces of which the steps of a lesson are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .script import Call, Say, Think


@dataclass(frozen=True)
class Voice:
    """The voice of the scripted model; `pace_s` is the pause between two pieces of text."""

    project: Path
    pace_s: float = 0.02

    def say(self, text: str) -> Say:
        """Return an answer, streamed at this pace."""
        return Say(text, size=5, delay_s=self.pace_s)

    def think(self, text: str) -> Think:
        """Return a thought, streamed at this pace."""
        return Think(text, size=5, delay_s=self.pace_s)

    def read(self, name: str) -> Call:
        """Return a call that reads a file of the project."""
        return Call("read", {"filePath": str(self.project / name)})

    def run(self, command: str, description: str) -> Call:
        """Return a call that runs a shell command."""
        return Call("bash", {"command": command, "description": description})
