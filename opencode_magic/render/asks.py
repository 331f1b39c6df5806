"""What the server asks, in words: for live prompts, `input()` and the static form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..model.asks import PermissionRequest, QuestionItem, QuestionRequest
from ..model.tools import file_changes, given
from ..model.transcript import Ask, Transcript, asked_input, asking_agent
from ..policy.grants import grants_for
from ..text.amounts import listed
from ..text.visible import as_text, one_line, shorten
from . import diff
from .blocks import Block, Notice, Plain
from .paths import directory_of, inside, places_of
from .tools.call import exact
from .tools.kernel import tool_of

PATTERNS = 20  # of a request, shown


@dataclass(frozen=True)
class AskText:
    """A question to the user: what it is, on what, the details, and what "always" would mean.

    `who` names a subagent that asks.
    """

    title: str
    what: str
    body: tuple[Block, ...] = ()
    always: str = ""
    """Empty if "always" cannot be chosen."""
    who: str = ""


OPEN_NOTEBOOK = (
    "This is the notebook you have open: the page and the file would part, and one of the two be "
    "lost. Insert as cells instead: reject it with the message that you want the code, then "
    "`%opencode /insert`"
)
MORE = "The diff does not show all of it: this also changes {words}"


def ask(
    request: Ask,
    transcript: Transcript | None = None,
    *,
    opened: bool = False,
    damage: Sequence[str] = (),
) -> AskText:
    """Return the words for a permission request or a question.

    Parameters
    ----------
    request:
        what the server asks; links in its paths were followed where that is wanted.
    transcript:
        knows who asks, and where: paths inside the project are then relative to it.
    opened:
        whether it changes the notebook that is open here.
    damage:
        what allowing it would do to bytes that no diff shows, in words.
    """
    if isinstance(request, QuestionRequest):
        text = _question(request)
    else:
        text = _permission(request, transcript)
        if opened:
            text = replace(text, body=(Notice(OPEN_NOTEBOOK, "warning"), *text.body))
        if damage:
            notice = Notice(MORE.format(words=listed(damage)), "warning")
            text = replace(text, body=(notice, *text.body))
    return replace(text, who=_who(request, transcript)) if transcript else text


def _permission(request: PermissionRequest, transcript: Transcript | None) -> AskText:
    if tool := tool_of(request.permission):
        return _kernel(tool, (asked_input(request, transcript) if transcript else None) or {})
    title, what, body = _words(request, directory_of(transcript) if transcript else "")
    if place := _workdir(request, transcript):
        body = (*body, Plain(f"In the folder {place}"))
    return AskText(title, one_line(what), body, always_words(request))


def _workdir(request: PermissionRequest, transcript: Transcript | None) -> str:
    """Return the folder the agent chose for a command, which only the call tells; "" for none."""
    if request.kind != "shell" or transcript is None:
        return ""
    folder = as_text(given(asked_input(request, transcript) or {}, "run in"))
    return one_line(inside(folder, directory_of(transcript)))


def _who(request: Ask, transcript: Transcript) -> str:
    if request.session_id == transcript.session_id:
        return ""
    agent = asking_agent(request, transcript)
    return f"Asked by the subagent {one_line(agent, chars=60)}" if agent else "Asked by a subagent"


def always_words(request: PermissionRequest) -> str:
    """Say what choosing "always" would allow from then on; "" if it cannot be chosen."""
    grants = grants_for(request)
    if not grants:
        return ""
    patterns = [grant.pattern for grant in grants]
    what = ", ".join(f"`{one_line(p)}`" for p in patterns[:PATTERNS])
    if len(patterns) > PATTERNS:
        what += f" and {len(patterns) - PATTERNS} more"
    elif len(grants) == 1 and grants[0].exact:
        what = f"exactly {what}"
    elif patterns == ["*"]:
        what = f"every {one_line(request.permission, chars=40)}"
    return f"Always allow {what} in this notebook"


def _words(request: PermissionRequest, directory: str) -> tuple[str, str, tuple[Block, ...]]:
    """Return the title of a request, what it is about, and the details."""
    patterns = "\n".join(request.patterns)
    match request.kind:
        case "edit":
            file = one_line(inside(request.told("file") or patterns, directory))
            patch = request.told("patch")
            return "Change a file?", file, (diff.of_patch(patch, file),) if patch else ()
        case "fetch":
            url = request.told("url") or patterns
            return "Fetch a web page?", url, exact(url)
        case "loop":
            body = exact(request.metadata.get("input"), "json")
            title = "Go on, though the agent repeats itself?"
            return title, request.told("tool") or patterns, body
        case "outside":
            paths = request.told("file") or request.told("folder") or patterns
            shown = "\n".join(dict.fromkeys(filter(None, (paths, patterns))))
            body = (*exact(request.told("command"), "bash"), *exact(shown))
            return "Leave the project folder?", paths, body
        case "read":
            path = inside(request.told("file") or patterns, directory)
            return "Read a file?", path, exact(path)
        case "shell":
            command = request.told("command") or patterns
            return "Run a command?", command, exact(command, "bash")
        case "task":
            work = request.told("description") or patterns
            agent = request.told("agent")
            body = (*exact(work), *((Plain(f"Agent: {one_line(agent)}"),) if agent else ()))
            return "Give work to a subagent?", work, body
        case _:
            name = one_line(request.permission, chars=60) or "something"
            body = (*exact(patterns), *exact(request.metadata or "", "json"))
            return f"Allow {name}?", patterns, body


def edited_files(request: PermissionRequest, transcript: Transcript | None) -> set[str]:
    """Return the whole path of every file a change may concern; patterns start at the root."""
    folder, root = places_of(transcript) if transcript else ("", "")
    path = request.told("file")
    moved = [change.moved_to for change in file_changes(request.metadata)]
    named = [Path(folder, name) for name in (path, *moved) if name]
    named += [Path(root, pattern) for pattern in request.patterns]
    return {os.path.normpath(name) for name in named}


def _kernel(tool: str, said: Mapping[str, Any]) -> AskText:
    """Say what the notebook's own kernel is asked for; `said` is the input of the call."""
    source = as_text(said.get("code"))
    match tool:
        case "run_code":
            title, always = "Run code in this kernel?", "run any code in this kernel"
        case "insert_cell":
            title, always = "Insert a cell below?", "insert cells"
        case _:
            title, always = "Look into this kernel?", "look into this kernel"
    what = one_line(source) or one_line(as_text(said.get("name")))
    return AskText(title, what, exact(source, "python"), f"Always let the agent {always}")


def _question(request: QuestionRequest) -> AskText:
    questions = request.questions[:PATTERNS]
    title = questions[0].header if len(questions) == 1 else ""
    what = one_line(" ".join(q.question for q in questions))
    body = tuple(Plain(_options(q)) for q in questions)
    return AskText(one_line(title) or "The agent asks", what, body)


def _options(question: QuestionItem) -> str:
    """Return a question with its numbered options, as plain lines."""
    lines = [shorten(question.question)]
    for n, option in enumerate(question.options[:50], start=1):
        about = f": {one_line(option.description)}" if option.description else ""
        lines.append(f"{n}. {one_line(option.label)}{about}")
    if question.multiple:
        lines.append("More than one may be chosen.")
    return "\n".join(lines)
