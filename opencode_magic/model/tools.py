"""The tools and permissions of servers: their names, and the spellings of their arguments.

Other modules ask by our own words; how a server spells them stands only here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..text.visible import as_text

TOOLS: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "search": ("grep",),
    "find": ("glob",),
    "folder": ("list",),
    "todo": ("todoread", "todowrite"),
    "question": ("question",),
    "skill": ("skill",),
    "lsp": ("lsp",),
    "plan": ("plan_enter",),
    "act": ("plan_exit",),
    "shell": ("bash", "shell"),
    "edit": ("edit",),
    "edits": ("multiedit",),
    "write": ("write",),
    "patch": ("patch", "apply_patch"),
    "task": ("task", "subagent"),
    "batch": ("batch",),
    "execute": ("execute",),
    "fetch": ("webfetch",),
    "web": ("websearch",),
    "examples": ("codesearch",),
    "answer": ("StructuredOutput",),
    "invalid": ("invalid",),
}
"""What a tool is for, and the names of the tools for it."""
PERMISSIONS = {
    "edit": ("edit",),
    "fetch": TOOLS["fetch"],
    "loop": ("doom_loop",),
    "outside": ("external_directory",),
    "read": TOOLS["read"],
    "shell": TOOLS["shell"],
    "task": TOOLS["task"],
    "web": TOOLS["web"],
}
"""What a server may ask about, and the names it uses; for anything else it uses a tool's name."""

SHELL, OUTSIDE, TASK, CODE = "bash", "external_directory", "task", "execute"
"""The permissions that our own rules name: run shell text, leave the project, use subagents, run
code in the server itself."""

_INPUTS = {
    "file": "filePath",
    "before": "oldString",
    "after": "newString",
    "patch": "patchText",
    "folder": "path",
    "run in": "workdir",
    "agent": "subagent_type",
    "calls": "tool_calls",
}
_TOLD: dict[str, tuple[tuple[str, ...], ...]] = {
    "file": (("filepath",), ("filediff", "file"), ("display", "path")),
    "patch": (("diff",), ("filediff", "patch")),
    "exit code": (("exit",),),
    "whole output": (("outputPath",),),
    "calls": (("toolCalls",),),
    "kind": (("display", "type"),),
    "text": (("display", "text"),),
    "first line": (("display", "lineStart"),),
    "last line": (("display", "lineEnd"),),
    "lines": (("display", "totalLines"),),
    "entries": (("display", "entries"),),
    "all entries": (("display", "totalEntries"),),
}
_ASKED = {
    "file": ("filepath", "filePath", "file"),
    "folder": ("parentDir",),
    "patch": ("diff",),
    "agent": ("subagent_type",),
}


def _kinds(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: kind for kind, names in table.items() for name in names}


_TOOL_KINDS, _PERMISSION_KINDS = _kinds(TOOLS), _kinds(PERMISSIONS)


def tool_kind(name: str) -> str:
    """Return what a tool is for; "" for one we do not know."""
    return _TOOL_KINDS.get(name, "")


def permission_kind(name: str) -> str:
    """Return what a permission is about; "" for one we have no word for."""
    return _PERMISSION_KINDS.get(name, "")


def given(arguments: Mapping[str, Any], name: str) -> Any:
    """Return an argument of a call by our word for it; None where there is none."""
    return arguments.get(_INPUTS.get(name, name))


def told(metadata: Mapping[str, Any], name: str) -> Any:
    """Return what a call tells about itself by our word for it; None where it does not."""
    values = list(all_told(metadata, name))
    return next(filter(None, values), values[-1])


def all_told(metadata: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Yield what a call tells under each spelling of our word, None where one is missing."""
    return (dig(metadata, *path) for path in _TOLD.get(name, ((name,),)))


def asked(metadata: Mapping[str, Any], name: str) -> str:
    """Return what a request tells by our word for it, as text; "" where it does not."""
    texts = (as_text(metadata.get(spelt)) for spelt in _ASKED.get(name, (name,)))
    return next(filter(None, texts), "")


@dataclass(frozen=True)
class FileChange:
    """One file of a patch over several; `kind` is `add`, `delete`, `move` or `update`."""

    file: str
    moved_to: str
    patch: str
    kind: str
    relative: str
    """The file relative to the project, where the server sends no absolute path."""


def file_changes(metadata: Mapping[str, Any]) -> list[FileChange]:
    """Return the files of a patch, one by one, as a call or a request tells them."""
    files = metadata.get("files")
    names = ("filePath", "movePath", "patch", "type", "relativePath")
    return [
        FileChange(*(as_text(dig(file, name)) for name in names))
        for file in (files if isinstance(files, list) else ())
    ]


def dig(value: Any, *path: str) -> Any:
    """Return a value inside nested objects; None where the path ends early."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
