"""Hostile text in every place it can enter, and a judge of the HTML that comes out."""

from __future__ import annotations

import re

import html5lib

from opencode_magic.model.asks import (
    PermissionRequest,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
)
from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import (
    CompactionPart,
    Error,
    ErrorData,
    FilePart,
    Message,
    MessageInfo,
    Part,
    ReasoningPart,
    TextPart,
    Times,
    ToolPart,
    ToolState,
    UnknownPart,
)
from opencode_magic.model.sessions import Status
from opencode_magic.model.transcript import Transcript
from opencode_magic.model.turn import Decision
from opencode_magic.render import turn_bundle
from opencode_magic.render.asks import ask
from opencode_magic.render.describe import items
from opencode_magic.render.html import block_html, document_html
from opencode_magic.turns.turn import Turn

SESSION = "ses_1"
TOOLS = (
    *("bash", "read", "write", "edit", "grep", "glob", "todowrite", "task", "question"),
    *("webfetch", "invalid", "list", "websearch"),
)
_PLACES = (
    *("command", "filePath", "content", "oldString", "newString", "pattern", "path", "url"),
    *("description", "prompt"),
)


def tool_part(tool: str, n: int, text: str) -> ToolPart:
    """A call of a tool with the text everywhere."""
    patch = f"--- a\n+++ b\n@@ -1,1 +1,1 @@ {text}\n-{text}\n+{text}\n{text}"
    question = {"question": text, "header": text, "options": [{"label": text}]}
    return ToolPart(
        f"prt_{n:03}",
        "msg_2",
        SESSION,
        tool,
        state=ToolState(
            "error" if n % 3 == 0 else "completed",
            {
                **dict.fromkeys(_PLACES, text),
                "todos": [{"content": text, "status": text}],
                "questions": [question],
                "query": text,
                "tool": text,
                "error": text,
                "subagent_type": text,
                text: {text: [text]},
            },
            title=text,
            output=text,
            error=text if n % 3 == 0 else "",
            metadata={
                "output": text,
                "diff": patch if tool == "edit" else "",
                "display": {"text": text, "path": text},
                "answers": [[text]],
                "exit": 1,
            },
            time=Times(1000, 2000),
        ),
    )


def asks(text: str) -> list[PermissionRequest | QuestionRequest]:
    """Everything a server may ask, with the text everywhere."""
    names = ("bash", "edit", "webfetch", "external_directory", "read", "task", "doom_loop", text)
    metadata = dict.fromkeys(("command", "filepath", "diff", "url", "tool", "input", text), text)
    permissions = [
        PermissionRequest(f"per_{n}", SESSION, name, [text], metadata, [text, f"{text} *"])
        for n, name in enumerate(names)
    ]
    option = QuestionOption(text, text)
    return [*permissions, QuestionRequest("que", SESSION, [QuestionItem(text, text, [option])])]


def hostile_turn(text: str) -> Turn:
    """A turn that says the text wherever a turn can say something."""
    ids = ("msg_2", SESSION)
    parts: tuple[Part, ...] = (
        TextPart("prt_a", *ids, text),
        TextPart("prt_b", *ids, f"Prose {text} and `{text}`\n\n```python\n{text}\n```\n"),
        TextPart("prt_c", *ids, f"- {text}\n\n| a | b |\n|---|---|\n| {text} | [x]({text}) |"),
        ReasoningPart("prt_d", *ids, text, Times(1, 2)),
        CompactionPart("prt_e", *ids),
        FilePart("prt_f", *ids, text, text, text),
        UnknownPart("prt_g", *ids, text, {"x": text}),
        UnknownPart("prt_h", *ids, "retry", {"error": {"data": {"message": text}}}),
        *(tool_part(tool, n, text) for n, tool in enumerate([*TOOLS, text])),
    )
    error = Error(text, ErrorData(text, 400))
    info = MessageInfo("msg_2", SESSION, "assistant", agent=text, provider_id=text, error=error)
    summary = MessageInfo("msg_3", SESSION, "assistant", summary=True,
                          error=Error("APIError", ErrorData(text, 429)))  # fmt: skip
    messages = (
        Message(info, parts),
        Message(summary, (TextPart("prt_z", "msg_3", SESSION, text),)),
    )
    transcript = Transcript(
        SESSION,
        by_id={m.info.id: m for m in messages},
        statuses={SESSION: Status("retry", 1, text, 5)},
        errors=(error, Error("ProviderAuthError", ErrorData(text))),
    )
    return Turn(
        text,
        text,
        transcript,
        "failed",
        diff=(
            FileDiff(text, patch=f"@@ -1 +1 @@\n-{text}\n+{text}", status=text),
            FileDiff(text, before=text, after=f"{text}\n{text}"),
        ),
        decisions=tuple(Decision(a, text, text, text) for a in asks(text)),
        notes=(text,),
        confirmed=False,
        failure=Error("Unconfirmed", ErrorData(text)),
    )


def payload_html(payload: str, kind: str = "") -> str:
    """Every HTML a payload can get into."""
    turn = hostile_turn(payload)
    prompts = [ask(request) for request in asks(payload)]
    live = [item.block for item in items(turn.transcript)]
    live += [block for prompt in prompts for block in prompt.body]
    return "".join(
        [turn_bundle(turn)["text/html"], document_html(items(turn.transcript)),
         *map(block_html, live)]
    )  # fmt: skip


TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "code"),
    *("pre", "span", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td", "div"),
    *("details", "summary", "ins", "del"),
}
ATTRIBUTES = {
    ("a", "href"),
    ("a", "rel"),
    ("ol", "start"),
    ("th", "align"),
    ("td", "align"),
    ("details", "open"),
    ("span", "aria-hidden"),
}
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_TEX = re.compile(r"\$[^$]|[^$]\$|\\[(\[]|\\begin")


def invisible(text: str) -> set[str]:
    """The characters of a text that a reader cannot see or a terminal obeys."""
    return set(_INVISIBLE.findall(text))


def faults(markup: str) -> set[str]:
    """What is wrong with some HTML, as a browser's parser sees it; empty for nothing."""
    tree = html5lib.parseFragment(markup, treebuilder="etree", namespaceHTMLElements=False)
    found: set[str] = set()
    stack = [(element, False) for element in tree]
    while stack:
        element, in_code = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else "comment"
        in_code = in_code or tag in ("code", "pre")
        stack.extend((child, in_code) for child in element)
        if tag not in TAGS:
            found.add(f"tag {tag}")
        for name, value in element.attrib.items():
            found |= _attribute_faults(tag, name, value)
        for text in (element.text, *(child.tail for child in element)):
            if _INVISIBLE.search(text or ""):
                found.add("invisible text")
            if not in_code and _TEX.search(text or ""):
                found.add("TeX")
    return found


def _attribute_faults(tag: str, name: str, value: str) -> set[str]:
    found = set()
    if name != "class" and (tag, name) not in ATTRIBUTES:
        found.add(f"attribute {tag} {name}")
    if name == "href" and not _ADDRESS.match(value):
        found.add(f"address {value[:60]}")
    if _INVISIBLE.search(value):
        found.add("invisible in an attribute")
    return found


_ADDRESS = re.compile(r"https?://[^/?#@\\]+([/?#]|$)|mailto:")
