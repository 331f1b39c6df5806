"""What tests of turns and of commands on them stand on: a project, and an app that is asked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from opencode_magic.app import turn as turns
from opencode_magic.app.app import App
from opencode_magic.app.options import Options
from opencode_magic.commands import commands
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import OpencodeError
from opencode_magic.live.page.static import StaticSurface
from opencode_magic.model.prompt import Prompt, PromptKind
from opencode_magic.render import turn_bundle
from opencode_magic.turns.turn import Turn
from tests.harness.calls import spelt
from tests.harness.machine import Machine

FILES = {
    "a.py": "a v1\n",
    "b.py": "b v1\n",
    "crlf.txt": "one\r\ntwo\r\n",
    "data/numbers.csv": "n\n1\n",
    ".gitignore": "*.log\n",
}


ASKING = Options(permission="ask")


@dataclass
class Bench:
    """A project with an app of its own on the module's server."""

    machine: Machine
    root: Path
    app: App
    major: str
    model: ScriptedModel
    number: Iterator[int] = field(default_factory=itertools.count)

    def git(self, *words: str, cwd: Path | None = None) -> None:
        self.machine.run("git", *words, cwd=cwd or self.root)

    def turn(self, *steps: object, review: str = "") -> Turn:
        """A turn that may do all, whose last word is `done`."""
        options = Options(permission="allow", review=bool(review))
        prompt = f"work {next(self.number)} {self.script(*steps, Say('done'))}"
        return self.ask(prompt, review, options=options)

    def ask(
        self,
        text: str,
        *typed: str,
        kind: PromptKind = "text",
        options: Options = ASKING,
    ) -> Turn:
        """A turn with a prompt, and what is typed whenever it asks."""
        answers = itertools.chain(typed, itertools.repeat(""))
        surface = StaticSurface(read=lambda _: next(answers))
        return turns.ask(self.app, Prompt(text, kind), options, surface, [])

    def requests(self) -> str:
        """What the model was last asked, in one text."""
        return json.dumps(self.model.requests[-1].body["messages"])

    def script(self, *steps: object) -> str:
        return script(*(spelt(step, self.major) for step in steps))

    def write(self, file: str, text: str) -> Turn:
        return self.turn(write(self.root / file, text))

    def say(self, command: str, *words: str) -> str:
        """What a command answers, in one text; a refusal too."""
        try:
            said = commands()[command].run(self.app, " ".join(words))
        except OpencodeError as error:
            return str(error)
        return turn_bundle(said)["text/plain"] if isinstance(said, Turn) else repr(said)

    def text(self, file: str) -> str:
        return (self.root / file).read_bytes().decode()


def write(file: Path, text: str) -> Call:
    return Call("write", {"filePath": str(file), "content": text})


def read(file: Path) -> list[Call]:
    return [Call("read", {"filePath": str(file)})]
