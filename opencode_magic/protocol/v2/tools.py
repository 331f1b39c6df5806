"""Tool calls of OpenCode 2, told in the words that the model has for calls. Pure.

Arguments, results and metadata get the spellings of `model/tools`, so that nothing outside knows
which server made the call; what has no word there keeps the server's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ...model.messages import Times, ToolPart, ToolState
from ...text.visible import as_text
from .told import objects

Told = Mapping[str, Any]

SUBAGENTS = frozenset({"subagent", "task"})
_SHELLS = frozenset({"shell", "bash"})
_STATUS = {"streaming": "pending"}
_EXITED = re.compile(r"Exited with code -?\d{1,10}")
_READ = re.compile(r"Read file (?P<path>.*), lines (?P<first>\d+)-(?P<last>\d+)")
_REFUSED = re.compile(r"user (declined|dismissed)")  # before it ran
_LISTED = re.compile(r"Read directory (?P<path>.*), entries (?P<first>\d+)-(?P<last>\d+)")
_LINE = re.compile(r"\d+: ?")
_ANSWERED = re.compile(r"<subagent [^>\n]*>\n(.*)\n</subagent>\s*", re.DOTALL)
_BEFORE = re.compile(r"^--- (\S[^\t\n]*)", re.MULTILINE)
_CREATED = "Created file successfully"
_KINDS = {"added": "add", "deleted": "delete", "modified": "update", "renamed": "move"}
_FILE_TOOLS = frozenset({"read", "write", "edit"})


def state(name: str, told: Told, time: object) -> ToolState:
    """Return how far a call is.

    Parameters
    ----------
    name:
        the tool.
    told:
        its state as the server lists it.
    time:
        when it was made, ran and ended.
    """
    status = as_text(told.get("status"))
    given = told.get("input")
    content = told.get("content")
    items = [c for c in content if isinstance(c, Mapping)] if isinstance(content, list) else []
    texts = [as_text(c.get("text")) for c in items if c.get("type") == "text"]
    metadata = told.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    error = told.get("error")
    error = error if isinstance(error, Mapping) else {}
    if error.get("type") == "aborted" and not _REFUSED.search(as_text(error.get("message"))):
        metadata["interrupted"] = True
    output = "\n".join(texts)
    if read := _RESULTS.get(name):
        output, metadata = read(texts, metadata)
    files = [_attachment(c) for c in items if c.get("type") == "file"]
    return ToolState(
        _STATUS.get(status, status),
        arguments(name, given) if isinstance(given, Mapping) else {},
        given if isinstance(given, str) else "",
        output=output,
        error=as_text(error.get("message")),
        metadata=metadata,
        time=_times(time),
        attachments=files or None,
    )


def arguments(name: str, given: Told) -> dict[str, Any]:
    """Return the arguments of a call under our spellings."""
    said = dict(given)
    if name in _FILE_TOOLS and "path" in said:
        said["filePath"] = said.pop("path")
    if name in SUBAGENTS and "agent" in said:
        said["subagent_type"] = said.pop("agent")
    if name == "skill" and "id" in said:
        said["name"] = said.pop("id")
    return said


def changes(metadata: Told) -> dict[str, Any]:
    """Return metadata in which changed files stand as the model reads them."""
    said = dict(metadata)
    files = objects(said.get("files"))
    if not files:
        return said
    said["files"] = [_changed_file(file) for file in files]
    if len(files) == 1:
        said |= {"filepath": as_text(files[0].get("file")), "diff": as_text(files[0].get("patch"))}
    return said


def _changed_file(file: Told) -> dict[str, Any]:
    name, patch = as_text(file.get("file")), as_text(file.get("patch"))
    said = {"relativePath": name, "patch": patch, "type": _KINDS.get(as_text(file.get("status")))}
    before = _BEFORE.search(patch)
    # That a file was moved is told by its patch alone, which begins with the old name.
    if before and said["type"] == "update" and not f"/{before[1]}".endswith(f"/{name}"):
        said |= {"type": "move", "filePath": before[1], "movePath": name}
    return {**said, "type": said["type"] or "update"}


def shell_part(listed: Told, message_id: str, session_id: str, ended: float) -> ToolPart:
    """Return the command that a user had the shell run, as a call of the shell.

    Parameters
    ----------
    listed:
        the message of the command, as the server lists it.
    message_id, session_id:
        where the part belongs.
    ended:
        when the command had ended; 0 while it runs.
    """
    output = listed.get("output")
    text = as_text(output.get("output")) if isinstance(output, Mapping) else ""
    begun = listed.get("time")
    started = begun.get("created", 0) if isinstance(begun, Mapping) else 0
    exit_code = listed.get("exit")
    metadata: dict[str, Any] = {"output": text}
    if ended:
        metadata["exit"] = int(exit_code) if isinstance(exit_code, int | float) else None
    call = as_text(listed.get("shellID"))
    if not ended:
        metadata["shellID"] = call
    state = ToolState(
        "completed" if ended else "running",
        {"command": as_text(listed.get("command"))},
        output=text,
        metadata=metadata,
        time=Times(start=started, end=ended),
    )
    id = f"{message_id}/{call}"
    return ToolPart(id, message_id, session_id, "shell", call, state, sequence="0")


Result = tuple[str, dict[str, Any]]


def _shell(texts: list[str], metadata: dict[str, Any]) -> Result:
    """Read what a command printed; how it ended the server adds as a text of its own."""
    printed = [text for text in texts if not _EXITED.fullmatch(text.strip())]
    output = "\n".join(printed)
    if len(printed) == 1 and output.startswith('{"'):  # a command that printed nothing
        try:
            summed = json.loads(output)
        except ValueError:
            summed = None
        if isinstance(summed, dict) and summed.keys() >= {"output", "exit", "status"}:
            output = as_text(summed["output"])
    if metadata.get("timeout") is True:
        metadata = {**metadata, "exit": None}
    if texts:
        metadata = {**metadata, "output": output}
    return output, metadata


def _read(texts: list[str], metadata: dict[str, Any]) -> Result:
    """Read the head and the numbered lines in which a file is told."""
    output = "\n".join(texts)
    head, _, rest = output.partition("\n")
    if folder := _LISTED.fullmatch(head):
        entries = rest.split("\n")[: int(folder["last"]) - int(folder["first"]) + 1]
        return output, {
            **metadata,
            "display": {"path": folder["path"], "type": "directory", "entries": entries},
        }
    told = _READ.fullmatch(head)
    if not told:
        return output, metadata
    lines = [_LINE.sub("", line, count=1) for line in rest.split("\n")]
    first, last = int(told["first"]), int(told["last"])
    display = {"path": told["path"], "lineStart": first, "lineEnd": last}
    text = "\n".join(lines[: last - first + 1])
    return output, {**metadata, "display": {**display, "type": "file", "text": text}}


def _write(texts: list[str], metadata: dict[str, Any]) -> Result:
    output = "\n".join(texts)
    return output, {**metadata, "exists": not output.startswith(_CREATED)} if output else metadata


def _subagent(texts: list[str], metadata: dict[str, Any]) -> Result:
    """Read a subagent's last words, without what the server tells the model around them."""
    output = "\n".join(texts)
    answer = _ANSWERED.fullmatch(output)
    return answer[1] if answer else output, metadata


def _changed(texts: list[str], metadata: dict[str, Any]) -> Result:
    return "\n".join(texts), changes(metadata)


_RESULTS: dict[str, Callable[[list[str], dict[str, Any]], Result]] = {
    **dict.fromkeys(_SHELLS, _shell),
    "read": _read,
    "write": _write,
    "subagent": _subagent,
    "edit": _changed,
    "patch": _changed,
}


def _attachment(content: Told) -> dict[str, Any]:
    return {
        "type": "file",
        "mime": as_text(content.get("mime")),
        "url": as_text(content.get("uri")),
        "filename": as_text(content.get("name")),
    }


def _times(told: object) -> Times:
    times = told if isinstance(told, Mapping) else {}

    def at(name: str) -> float:
        value = times.get(name)
        return value if isinstance(value, int | float) else 0

    return Times(start=at("ran") or at("created"), end=at("completed"))
