"""What `tests.record` records: scenarios, each one behaviour of the server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from opencode_magic.demo.model import MODEL, ScriptedModel
from opencode_magic.demo.script import (
    Call,
    Fail,
    Finish,
    Say,
    Step,
    Think,
    Usage,
    Wait,
    overflow,
    script,
)
from tests.harness.machine import PROVIDER

PATCHING_MODEL = "gpt-5-demo"
"""opencode offers `apply_patch` in place of `edit` and `write` to models of such names."""
PAGE_PORT = 8765
PAGE_URL = f"http://127.0.0.1:{PAGE_PORT}/squares"
PAGE = "<html><body><h1>Squares</h1><p>Of <b>small</b> numbers: 1, 4, 9.</p></body></html>"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

Event = dict[str, Any]
React = Callable[["Stage", Event], None]


def _nothing(*_: object) -> None:
    """Watch only."""


def _no_files(project: Path) -> Sequence[Mapping[str, str]]:
    return ()


@dataclass(frozen=True)
class Scenario:
    """One behaviour: what is asked, what the model plays, and what the person does meanwhile."""

    steps: Callable[[Path], Sequence[Step]]
    prompt: str
    react: React = _nothing
    rules: tuple[Mapping[str, str], ...] = ()
    model: str = MODEL
    config: Mapping[str, Any] = field(default_factory=dict)
    """The user's settings beside the scripted model."""
    prepare: Callable[[Path], None] = _nothing
    """What else lies in the project."""
    files: Callable[[Path], Sequence[Mapping[str, str]]] = _no_files
    """The parts that are sent along."""
    before: Callable[[Stage], None] = _nothing


@dataclass
class Stage:
    """The running scenario, for those who react to its events."""

    http: httpx.Client
    session: str
    model: ScriptedModel
    done: set[str] = field(default_factory=set)

    def once(self, name: str) -> bool:
        """True the first time it is asked for a name."""
        fresh = name not in self.done
        self.done.add(name)
        return fresh

    def send(self, *parts: Mapping[str, str], model: str = MODEL, **options: Any) -> None:
        chosen = {"providerID": PROVIDER, "modelID": model}
        body = {"parts": parts, "model": chosen, **options}
        self.http.post(f"/session/{self.session}/prompt_async", json=body).raise_for_status()

    def reply(self, ask: Event, **answer: str) -> None:
        self._post(f"/permission/{ask['properties']['id']}/reply", **answer)

    def answer(self, ask: Event, *answers: Sequence[str]) -> None:
        """Answer each question, or reject all with no answers."""
        how = "reply" if answers else "reject"
        given = {"answers": answers} if answers else {}
        self._post(f"/question/{ask['properties']['id']}/{how}", **given)

    def abort(self) -> None:
        self._post(f"/session/{self.session}/abort")

    def _post(self, path: str, **body: Any) -> None:
        self.http.post(path, json=body).raise_for_status()


def _answer(**answer: str) -> React:
    def react(stage: Stage, event: Event) -> None:
        if event["type"] == "permission.asked":
            stage.reply(event, **answer)

    return react


def _tell(*answers: Sequence[str]) -> React:
    def react(stage: Stage, event: Event) -> None:
        if event["type"] == "question.asked":
            stage.answer(event, *answers)

    return react


def _tell_all(stage: Stage, event: Event) -> None:
    if event["type"] == "question.asked":
        first = stage.once("one")
        answers = [["Red"]] if first else [["Blue"], ["Friday", "Sunday"], ["my own"]]
        stage.answer(event, *answers)


def _abort_in_text(stage: Stage, event: Event) -> None:
    if event["type"] == "message.part.delta" and stage.once("abort"):
        stage.abort()


def _abort_in_tool(stage: Stage, event: Event) -> None:
    state = event["properties"].get("part", {}).get("state", {})
    begun = "begun" in str(state.get("metadata", {}).get("output", ""))
    if state.get("status") == "running" and begun and stage.once("abort"):
        stage.abort()


def _abort_in_retry(stage: Stage, event: Event) -> None:
    status = event["properties"].get("status", {})
    if status.get("type") == "retry" and stage.once("abort"):
        stage.abort()


def _ask_meanwhile(stage: Stage, event: Event) -> None:
    if event["type"] == "message.part.delta" and stage.once("ask"):
        stage.send({"type": "text", "text": "And the cubes?"})
    elif event["type"] == "message.updated" and "ask" in stage.done:
        stage.model.gate("queued").set()


def _add_context(stage: Stage) -> None:
    stage.send({"type": "text", "text": "The numbers are small."}, noReply=True)


def _draw(project: Path) -> None:
    (project / "pixel.png").write_bytes(PIXEL)


def _leave_elsewhere(project: Path) -> None:
    (project.parent / "elsewhere.txt").write_text("not of this project\n")


def _teach(project: Path) -> None:
    skill = project / ".opencode" / "skill" / "greeting" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    about = "---\nname: greeting\ndescription: How we greet people.\n---\n"
    skill.write_text(f"{about}\n# Greeting\n\nAlways by name, never in capitals.\n")


def _sent_files(project: Path) -> Sequence[Mapping[str, str]]:
    image = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    lines = f"file://{project}/data/numbers.csv?start=2&end=3"
    return (
        {"type": "file", "mime": "image/png", "filename": "pixel.png", "url": image},
        {"type": "file", "mime": "text/plain", "filename": "numbers.csv", "url": lines},
    )


ASK_EDIT = {"permission": "edit", "pattern": "*", "action": "ask"}
ASK_BASH = {"permission": "bash", "pattern": "*", "action": "ask"}

MARKDOWN = """## Squares

A *short* answer with `code`, a list and a block:

1. first
2. second, with "quotes", {braces}, $x^2$ and a snowman: \N{SNOWMAN}

```python
squares = {n: n**2 for n in range(3)}
```

| n | square |
|---|---|
| 3 | 9 |
"""


def _bash(command: str, description: str) -> Call:
    return Call("bash", {"command": command, "description": description})


def _todo(content: str, status: str, priority: str) -> dict[str, str]:
    return {"content": content, "status": status, "priority": priority}


def _edit(project: Path, old: str, new: str) -> Call:
    return Call("edit", {"filePath": str(project / "greet.py"), "oldString": old, "newString": new})


def _task(description: str, words: str, *steps: Any) -> Call:
    told = f"{words} {script(*steps)}"
    given = {"description": description, "subagent_type": "general", "prompt": told}
    return Call("task", given)


def _todos(*states: str) -> Call:
    names = ("read the module", "greet by name", "run it")
    listed = [_todo(n, state, "medium") for n, state in zip(names, states, strict=True)]
    return Call("todowrite", {"todos": listed})


def _question(header: str, question: str, *options: str, multiple: bool = False) -> dict[str, Any]:
    listed = [{"label": option, "description": f"{option} it is"} for option in options]
    return {"header": header, "question": question, "options": listed, "multiple": multiple}


COLOUR = _question("Colour", "Which colour?", "Red", "Blue")
ONE_QUESTION = Call("question", {"questions": [COLOUR]})
THREE_QUESTIONS = Call(
    "question",
    {
        "questions": [
            COLOUR,
            _question("Days", "On which days?", "Monday", "Friday", "Sunday", multiple=True),
            _question("Name", "What shall it be called?", "squares", "powers"),
        ]
    },
)
PATCH = """*** Begin Patch
*** Add File: notes/today.md
+# Today
+Greeted by name.
*** Update File: greet.py
*** Move to: hello.py
@@ def greet(name):
-    return "Hello " + name
+    return f"Hello {name}!"
*** Delete File: data/numbers.csv
*** End Patch
"""
COLOURS = (
    r"printf '\033[32m2 passed\033[0m\n\033[1;31mFAILED\033[0m test_greet\n10%%\r100%%\n'; exit 3"
)
WEATHER = {"type": "local", "command": ["python3", "-m", "tests.harness.mcp_weather"]}

SCENARIOS: Mapping[str, Scenario] = {
    "plain": Scenario(lambda p: [[Say(MARKDOWN, size=12)]], "Show me squares."),
    "line_separators": Scenario(
        # Valid inside JSON and inside a line of SSE, and sent raw: only some decoders know.
        lambda p: [[Say("one\u2028two\u2029three\x85four\r\nfive", size=5)]],
        "Separate lines strangely.",
    ),
    "reasoning": Scenario(
        lambda p: [[Think("The user wants a number. Seven is one."), Say("Seven.")]],
        "Name a number.",
    ),
    "bash": Scenario(
        lambda p: [
            [Say("I look."), _bash("cat data/numbers.csv; ls nowhere", "Show the numbers")],
            [Say("Three rows, and no folder named nowhere.")],
        ],
        "What is in the data?",
    ),
    "edit_asked": Scenario(
        lambda p: [[_edit(p, '"Hello " + name', 'f"Hello {name}!"')], [Say("Changed.")]],
        "Use an f-string.",
        react=_answer(reply="once"),
        rules=(ASK_EDIT,),
    ),
    "edit_rejected": Scenario(
        lambda p: [[_edit(p, "return", "yield")], [Say("Never said.")]],
        "Make it a generator.",
        react=_answer(reply="reject"),
        rules=(ASK_EDIT,),
    ),
    "bash_rejected_with_message": Scenario(
        lambda p: [
            [_bash("rm greet.py", "Delete the module")],
            [Say("I keep the file, as you wish.")],
        ],
        "Delete the module.",
        react=_answer(reply="reject", message="Keep the file."),
        rules=(ASK_BASH,),
    ),
    "subagent": Scenario(
        lambda p: [
            [
                _task(
                    "count rows",
                    "Count the rows.",
                    [_bash("wc -l data/numbers.csv", "Count rows")],
                    Say("Four lines."),
                )
            ],
            [Say("The subagent counted four lines.")],
        ],
        "Let a subagent count the rows.",
    ),
    "abort_text": Scenario(
        lambda p: [[Say("One, two, three"), Wait("abort_text", 20), Say("four")]],
        "Count slowly.",
        react=_abort_in_text,
    ),
    "abort_tool": Scenario(
        lambda p: [[_bash("echo begun; sleep 60", "Sleep")], [Say("Never said.")]],
        "Sleep for a minute.",
        react=_abort_in_tool,
    ),
    "retry": Scenario(
        lambda p: [[Fail(429, "Slow down, please", times=1, retry_after_s=1), Say("Here.")]],
        "Answer when you can.",
    ),
    "unauthorized": Scenario(lambda p: [[Fail(401, "Incorrect API key")]], "Answer me."),
    "steps": Scenario(
        lambda p: [
            [
                Think("First I read."),
                Say("I read the module. "),
                Call("read", {"filePath": str(p / "greet.py")}),
                Call("read", {"filePath": str(p / "README.md")}),
            ],
            [
                Call(
                    "todowrite",
                    {
                        "todos": [
                            _todo("greet politely", "in_progress", "high"),
                            _todo("run it", "pending", "low"),
                        ]
                    },
                )
            ],
            [
                Call(
                    "write",
                    {"filePath": str(p / "main.py"), "content": "import greet\n"},
                )
            ],
            [_bash("cat main.py", "Show the program")],
            [Say("Written and shown.")],
        ],
        "Write a program that greets me.",
    ),
    "bash_colours": Scenario(
        lambda p: [[_bash(COLOURS, "Run the tests")], [Say("One test fails.")]],
        "Run the tests.",
    ),
    "bash_long": Scenario(
        # More than the 2,000 lines the server keeps, in few bytes.
        lambda p: [[_bash("seq 2100 | cut -c1", "Count")], [Say("Counted.")]],
        "Count to 2100.",
    ),
    "reads": Scenario(
        lambda p: [
            [Call("read", {"filePath": str(p / "data/numbers.csv"), "offset": 2, "limit": 2})],
            [Call("read", {"filePath": str(p / "pixel.png")})],
            [Call("read", {"filePath": str(p / "data")})],
            [Call("read", {"filePath": str(p / "nowhere.py")})],
            [Say("Read, but for the last one.")],
        ],
        "Read some of the files.",
        prepare=_draw,
    ),
    "writes": Scenario(
        lambda p: [
            [Call("write", {"filePath": str(p / "notes/today.md"), "content": "# Today\n"})],
            [Call("read", {"filePath": str(p / "README.md")})],
            [Call("write", {"filePath": str(p / "README.md"), "content": "# Another\n"})],
            [_edit(p, "no such words", "others"), _edit(p, "Hello", "Good morning")],
            [Say("Two files are written, and one is changed.")],
        ],
        "Write some files.",
    ),
    "apply_patch": Scenario(
        lambda p: [[Call("apply_patch", {"patchText": PATCH})], [Say("Patched.")]],
        "Change several files.",
        model=PATCHING_MODEL,
    ),
    "apply_patch_asked": Scenario(
        lambda p: [[Call("apply_patch", {"patchText": PATCH})], [Say("Never said.")]],
        "Change several files.",
        react=_answer(reply="once"),
        rules=(ASK_EDIT,),
        model=PATCHING_MODEL,
    ),
    "searches": Scenario(
        lambda p: [
            [
                Call("grep", {"pattern": "return|square"}),
                Call("grep", {"pattern": "nowhere", "include": "*.py"}),
                Call("glob", {"pattern": "**/*.csv"}),
                Call("glob", {"pattern": "*.rs"}),
            ],
            [Say("Found in two files.")],
        ],
        "Where are the squares?",
    ),
    "webfetch": Scenario(
        lambda p: [
            [Call("webfetch", {"url": PAGE_URL, "format": "markdown"})],
            [Call("webfetch", {"url": f"{PAGE_URL}/nowhere", "format": "text"})],
            [Say("The page lists three squares.")],
        ],
        "What does the page say?",
        react=_answer(reply="once"),
        config={"permission": {"webfetch": "ask"}},
    ),
    "todos": Scenario(
        lambda p: [
            [_todos("in_progress", "pending", "pending")],
            [Call("read", {"filePath": str(p / "greet.py")})],
            [_todos("completed", "in_progress", "pending")],
            [_todos("completed", "completed", "cancelled"), Say("Done, without running it.")],
            [Say("That is all.")],
        ],
        "Keep a list.",
    ),
    "nested": Scenario(
        lambda p: [
            [
                _task(
                    "count everything",
                    "Count rows and files.",
                    [
                        _task(
                            "count rows",
                            "Count the rows.",
                            [_bash("wc -l data/numbers.csv", "Count rows")],
                            Say("Four lines."),
                        )
                    ],
                    [_bash("ls data", "List the files")],
                    Say("Four lines in one file."),
                )
            ],
            [Say("Four lines, one file.")],
        ],
        "Let subagents count.",
        react=_answer(reply="once"),
        config={
            "permission": {"bash": "ask"},
            "subagent_depth": 2,
            "agent": {"general": {"permission": {"task": "allow"}}},
        },
    ),
    "question": Scenario(
        lambda p: [
            [ONE_QUESTION],
            [THREE_QUESTIONS],
            [Say("Blue, at the weekend, called my own.")],
        ],
        "Ask me.",
        react=_tell_all,
    ),
    "question_rejected": Scenario(
        lambda p: [[ONE_QUESTION], [Say("Never said.")]], "Ask me.", react=_tell()
    ),
    "skill": Scenario(
        lambda p: [[Call("skill", {"name": "greeting"})], [Say("By name, then.")]],
        "Greet me.",
        prepare=_teach,
    ),
    "invalid": Scenario(
        lambda p: [
            [Call("nosuchtool", {"a": 1})],
            [Call("bash", raw='{"command": ')],
            [Say("Neither worked.")],
        ],
        "Call something odd.",
    ),
    "permission_always": Scenario(
        lambda p: [
            [_bash("wc -l greet.py", "Count lines")],
            [_bash("wc -l README.md", "Count more lines")],
            [Say("Two lines and one.")],
        ],
        "Count lines.",
        react=_answer(reply="always"),
        rules=(ASK_BASH,),
    ),
    "outside": Scenario(
        lambda p: [
            [Call("read", {"filePath": str(p.parent / "elsewhere.txt")})],
            [Say("It is none of ours.")],
        ],
        "Read what lies beside.",
        react=_answer(reply="once"),
        prepare=_leave_elsewhere,
    ),
    "mcp": Scenario(
        lambda p: [
            [Call("weather_forecast", {"city": "Oslo", "days": 2})],
            [Say("Clear, then rain.")],
        ],
        "How is the weather?",
        config={"mcp": {"weather": WEATHER}},
    ),
    "retry_stopped": Scenario(
        lambda p: [[Fail(429, "Slow down, please", retry_after_s=30)]],
        "Answer when you can.",
        react=_abort_in_retry,
    ),
    "quota": Scenario(lambda p: [[Fail(402, "Your credits are used up")]], "Answer me."),
    "length": Scenario(
        lambda p: [[Say("One, two, three, and then"), Finish("length")]], "Count for ever."
    ),
    "filtered": Scenario(
        lambda p: [[Say("I must not"), Finish("content_filter")]], "Say what you must not."
    ),
    "overflow": Scenario(
        lambda p: [[overflow(), Say("Here again.")]], "Answer in a long conversation."
    ),
    "compaction": Scenario(
        lambda p: [
            [_bash("echo long", "Print"), Usage(input=99_000)],
            [Say("Room again.")],
        ],
        "Fill the context.",
    ),
    "attachments": Scenario(
        lambda p: [[Say("A dot, and two rows.")]], "What do you see?", files=_sent_files
    ),
    "queued": Scenario(
        lambda p: [[Say("Squares: 1, 4, 9."), Wait("queued", 20), Say(" That is all.")]],
        "Show me squares.",
        before=_add_context,
        react=_ask_meanwhile,
    ),
}
