"""Tool calls for the scripted model, as each major spells them; and the marks for their tests."""

from __future__ import annotations

from typing import Any

import pytest

from opencode_magic.demo.script import Call

both = pytest.mark.parametrize("major", ["1", "2"], indirect=True)
only_2 = pytest.mark.parametrize("major", ["2"], indirect=True)


class Calls:
    """Calls of the tools of OpenCode 1."""

    def shell(self, command: str) -> Call:
        return Call("bash", {"command": command, "description": "d"})

    def read(self, file: object) -> Call:
        return Call("read", {"filePath": str(file)})

    def write(self, file: object, content: str) -> Call:
        return Call("write", {"filePath": str(file), "content": content})

    def edit(self, file: object, before: str, after: str) -> Call:
        return Call("edit", {"filePath": str(file), "oldString": before, "newString": after})

    def task(self, prompt: str, *, again: str = "") -> Call:
        """Give work to a subagent: a new one, or the one of this session `again`."""
        more = {"task_id": again} if again else {}
        given = {"description": "d", "prompt": prompt, "subagent_type": "general", **more}
        return Call("task", given)

    def question(self, *questions: dict[str, Any]) -> Call:
        return Call("question", {"questions": list(questions)})


class Calls2(Calls):
    """Calls of the tools of OpenCode 2."""

    def shell(self, command: str) -> Call:
        return Call("shell", {"command": command})

    def read(self, file: object) -> Call:
        return Call("read", {"path": str(file)})

    def write(self, file: object, content: str) -> Call:
        return Call("write", {"path": str(file), "content": content})

    def edit(self, file: object, before: str, after: str) -> Call:
        return Call("edit", {"path": str(file), "oldString": before, "newString": after})

    def task(self, prompt: str, *, again: str = "") -> Call:
        more = {"sessionID": again} if again else {}
        given = {"description": "d", "prompt": prompt, "agent": "general", **more}
        return Call("subagent", given)


CALLS: dict[str, Calls] = {"1": Calls(), "2": Calls2()}


def spelt(step: Any, major: str) -> Any:
    """A step of a script, or one of its actions, with its calls as the server of a major has them.

    They are written as for OpenCode 1.
    """
    if isinstance(step, list | tuple):
        return [spelt(action, major) for action in step]
    if major == "1" or not isinstance(step, Call):
        return step
    name, names = _SECOND.get(step.tool, (step.tool, {}))
    given = {names.get(key, key): value for key, value in step.arguments.items()}
    return Call(name, given, step.raw)


_FILE = {"filePath": "path"}
_SECOND: dict[str, tuple[str, dict[str, str]]] = {
    "bash": ("shell", {}),
    "read": ("read", _FILE),
    "write": ("write", _FILE),
    "edit": ("edit", _FILE),
    "task": ("subagent", {"subagent_type": "agent", "task_id": "sessionID"}),
}
