"""How a lesson speaks and acts: the pieces its steps are made of."""

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
        return Say(text, size=5, delay_s=self.pace_s)

    def think(self, text: str) -> Think:
        return Think(text, size=5, delay_s=self.pace_s)

    def read(self, name: str) -> Call:
        return Call("read", {"filePath": str(self.project / name)})

    def run(self, command: str, description: str) -> Call:
        return Call("bash", {"command": command, "description": description})
