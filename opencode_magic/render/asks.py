"""What the server asks, in words: for live prompts, `input()` and the static record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..transcript import Ask, Transcript
from ..wire import PermissionRequest, QuestionItem, QuestionRequest
from . import diff
from .blocks import Block, Plain
from .paths import directory_of, inside
from .tools.call import exact
from .visible import as_text, one_line, shorten

PATTERNS = 20  # of a request, shown


@dataclass(frozen=True)
class AskText:
    """A question to the user: what it is, on what, the details, and what "always" would mean.

    `who` says so where it is not the main agent that asks.
    """

    title: str
    what: str
    body: tuple[Block, ...] = ()
    always: str = ""
    """"" where "always" cannot be chosen."""
    who: str = ""


def ask(request: Ask, transcript: Transcript | None = None) -> AskText:
    """The words for a permission request or a question; the transcript knows who asks, and where.

    Paths inside the project are then relative to it.
    """
    if isinstance(request, QuestionRequest):
        text = _question(request)
    else:
        words = _PERMISSIONS.get(request.permission, _other)
        text = words(request, directory_of(transcript) if transcript else "")
    return replace(text, who=_who(request, transcript)) if transcript else text


def _who(request: Ask, transcript: Transcript) -> str:
    if request.session_id == transcript.session_id:
        return ""
    messages = transcript.messages(request.session_id)
    agent = next((m.info.agent for m in reversed(messages) if m.info.agent), "")
    return f"Asked by the subagent {one_line(agent, chars=60)}" if agent else "Asked by a subagent"


def always_words(request: PermissionRequest) -> str:
    """What choosing "always" would allow from then on."""
    patterns = request.always or request.patterns
    if not patterns:
        return ""
    shown = ", ".join(f"`{one_line(p)}`" for p in patterns[:PATTERNS])
    more = f" and {len(patterns) - PATTERNS} more" if len(patterns) > PATTERNS else ""
    if patterns == ["*"]:
        return f"Always allow every {one_line(request.permission, chars=40)} in this notebook"
    return f"Always allow {shown}{more} in this notebook"


def _said(request: PermissionRequest, *names: str) -> str:
    """The first of these metadata values that is there, as text."""
    return next(filter(None, (as_text(request.metadata.get(name)) for name in names)), "")


def _patterns(request: PermissionRequest) -> str:
    return "\n".join(request.patterns)


def _bash(request: PermissionRequest, directory: str) -> AskText:
    command = _said(request, "command") or _patterns(request)
    return AskText("Run a command?", one_line(command), exact(command, "bash"),
                   always_words(request))  # fmt: skip


def _edit(request: PermissionRequest, directory: str) -> AskText:
    path = _said(request, "filepath", "filePath", "file") or _patterns(request)
    file = one_line(inside(path, directory))
    patch = _said(request, "diff")
    body: tuple[Block, ...] = (diff.of_patch(patch, file),) if patch else ()
    return AskText("Change a file?", file, body, always_words(request))


def _webfetch(request: PermissionRequest, directory: str) -> AskText:
    url = _said(request, "url") or _patterns(request)
    return AskText("Fetch a web page?", one_line(url), exact(url), always_words(request))


def _outside(request: PermissionRequest, directory: str) -> AskText:
    paths = _said(request, "filepath", "filePath", "parentDir") or _patterns(request)
    shown = "\n".join(dict.fromkeys(filter(None, (paths, _patterns(request)))))
    body = (*exact(_said(request, "command"), "bash"), *exact(shown))
    return AskText("Leave the project folder?", one_line(paths), body, always_words(request))


def _read(request: PermissionRequest, directory: str) -> AskText:
    path = inside(_said(request, "filepath", "filePath") or _patterns(request), directory)
    return AskText("Read a file?", one_line(path), exact(path), always_words(request))


def _task(request: PermissionRequest, directory: str) -> AskText:
    what = _said(request, "description") or _patterns(request)
    agent = _said(request, "subagent_type")
    body = (*exact(what), *((Plain(f"Agent: {one_line(agent)}"),) if agent else ()))
    return AskText("Give work to a subagent?", one_line(what), body, always_words(request))


def _loop(request: PermissionRequest, directory: str) -> AskText:
    tool = _said(request, "tool") or _patterns(request)
    body = exact(request.metadata.get("input"), "json")
    return AskText("Go on, though the agent repeats itself?", one_line(tool), body,
                   always_words(request))  # fmt: skip


def _other(request: PermissionRequest, directory: str) -> AskText:
    name = one_line(request.permission, chars=60) or "something"
    body = (*exact(_patterns(request)), *exact(request.metadata or "", "json"))
    return AskText(f"Allow {name}?", one_line(_patterns(request)), body, always_words(request))


_PERMISSIONS: dict[str, Callable[[PermissionRequest, str], AskText]] = {
    "bash": _bash,
    "doom_loop": _loop,
    "edit": _edit,
    "external_directory": _outside,
    "read": _read,
    "task": _task,
    "webfetch": _webfetch,
}


def _question(request: QuestionRequest) -> AskText:
    questions = request.questions[:PATTERNS]
    title = questions[0].header if len(questions) == 1 else ""
    what = one_line(" ".join(q.question for q in questions))
    body = tuple(Plain(_options(q)) for q in questions)
    return AskText(one_line(title) or "The agent asks", what, body)


def _options(question: QuestionItem) -> str:
    """A question with its numbered options, as plain lines."""
    lines = [shorten(question.question)]
    for n, option in enumerate(question.options[:50], start=1):
        about = f": {one_line(option.description)}" if option.description else ""
        lines.append(f"{n}. {one_line(option.label)}{about}")
    if question.multiple:
        lines.append("More than one may be chosen.")
    return "\n".join(lines)
