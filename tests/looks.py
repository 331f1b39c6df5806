"""Every look there is, as items: of the recorded turns, and made up where nothing can be recorded.

Each has a name; the snapshots and the gallery show them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opencode_magic.model.asks import (
    PermissionRequest,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
)
from opencode_magic.model.messages import (
    Message,
    MessageFolder,
    MessageInfo,
    Times,
    ToolPart,
    ToolState,
)
from opencode_magic.model.transcript import Transcript
from opencode_magic.render import diff
from opencode_magic.render.asks import ask
from opencode_magic.render.blocks import (
    Block,
    ChangedFiles,
    Check,
    Checklist,
    Code,
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
    State,
)
from opencode_magic.render.describe import document, failure, items
from opencode_magic.render.words import STATES
from tests.harness.recorded import CAPTURES, STREAMS, STREAMS2, played_from, recorded_turn
from tests.harness.wire import told

Items = tuple[Item, ...]

PROJECT = "/project"
LOOKED_AT_2 = {
    *("tool_bad", "tool_edit", "tool_execute", "tool_patch", "tool_read", "tool_read_image"),
    *("tool_search", "tool_shell", "tool_shell_background", "tool_skill", "tool_webfetch"),
    *("tool_subagent_background", "tool_websearch", "tool_write", "shell", "compact"),
    *("permission_edit", "permission_external", "permission_reject", "permission_subagent"),
    *("permission_reject_message", "form_reply", "form_cancel", "abort_tool", "error_401"),
    *("error_429_retry", "error_context", "error_cut", "file_image_dataurl", "steer_in_tools"),
    *("reasoning", "finish_length", "attachments", "patch_files", "steer", "subagents", "writes"),
}


def recorded() -> dict[str, Items]:
    """The turns of tests/data/streams."""
    return {path.stem: document(recorded_turn(path)) for path in STREAMS}


def recorded_2() -> dict[str, Items]:
    """Turns of tests/data/captures2 and streams2: those in which something looks as nowhere else.

    Each begins with 2, as the program that they were recorded with.
    """
    return {f"2_{p.stem}": document(recorded_turn(p)) for p in STREAMS2 if p.stem in LOOKED_AT_2}


def captured(name: str) -> Items:
    """A turn whose messages no server lists any more; see opencode-api on `format`."""
    path = next(path for path in CAPTURES if path.stem == name)
    return items(played_from(path))


# -- tools the reference server does not offer, or not without the network ------------------------

SEARCHED = """\
Title: pandas.DataFrame.groupby
URL: https://pandas.test/groupby
Text: Group a frame by a column.

Title: Group by: split-apply-combine
URL: https://pandas.test/guide/groupby
Text: The user guide.
"""
OLD_PATCH = """--- a/greet.py
+++ b/greet.py
@@ -1,2 +1,2 @@
 def greet(name):
-    return "Hello " + name
+    return f"Hello {name}!"
"""
PLACE = {
    "uri": f"file://{PROJECT}/greet.py",
    "range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 9}},
}
CALLS = [
    {"tool": "weather_forecast", "input": {"city": "Oslo"}, "status": "completed"},
    {"tool": "weather_alarm", "input": {"city": "Oslo"}, "status": "error"},
]

TOOLS: Mapping[str, dict[str, Any]] = {
    "batch": {
        "input": {
            "tool_calls": [
                {"tool": "read", "parameters": {"filePath": "greet.py"}},
                {"tool": "glob", "parameters": {"pattern": "*.py"}},
            ]
        }
    },
    "codesearch": {"input": {"query": "groupby agg"}, "output": "df.groupby('a').agg('sum')"},
    "execute": {
        "input": {"code": "const days = await weather.forecast({city: 'Oslo'})"},
        "metadata": {"toolCalls": CALLS, "error": True},
        "output": "The second call failed.",
    },
    "list": {"input": {"path": f"{PROJECT}/data"}, "output": "data/\n  numbers.csv"},
    "lsp": {
        "input": {"operation": "goToDefinition", "filePath": f"{PROJECT}/main.py", "line": 3,
                  "character": 8},
        "metadata": {"result": [{**PLACE, "name": "greet"}]},
    },
    "multiedit": {
        "input": {"filePath": f"{PROJECT}/greet.py"},
        "metadata": {"diff": OLD_PATCH},
    },
    "patch": {"title": "1 file", "metadata": {"diff": OLD_PATCH}},
    "plan_enter": {"title": "Switching to plan agent", "output": "The user agreed."},
    "plan_exit": {"title": "Switching to build agent", "output": "The user agreed."},
    "todoread": {"metadata": {"todos": [{"content": "greet by name", "status": "pending"}]}},
    "websearch": {"input": {"query": "pandas groupby"}, "output": SEARCHED},
}  # fmt: skip


def tool(name: str, **state: Any) -> Items:
    """A call of a tool, alone in its turn."""
    call = ToolState("completed", time=Times(1_000, 1_400), **state)
    part = ToolPart("prt_1", "msg_1", "ses_1", name, "call_1", call)
    info = MessageInfo("msg_1", "ses_1", "assistant", path=MessageFolder(PROJECT, PROJECT))
    return items(Transcript("ses_1", by_id={"msg_1": Message(info, (part,))}))


# -- kinds of blocks ------------------------------------------------------------------------------


def keyed(*blocks: Block) -> Items:
    return tuple(Item(f"b{number}", block) for number, block in enumerate(blocks))


def states() -> Items:
    """A row in each state, and with answers of the user."""
    body = (Code("collected 3 items"),)

    def row(state: State, answer: str = "") -> Row:
        seconds = 0 if state in ("pending", "running") else 1.3
        return Row("Run", "pytest -q", state, "", seconds, body, answer)

    return keyed(
        *map(row, STATES),
        row("completed", "allowed once"),
        row("completed", "always allowed"),
        row("rejected", "“not the slow tests”"),
        Row("Read", "a/very/long/path/" * 8 + "module.py", "completed", "lines 1-20 of 400", 0.2),
    )


GREET = 'def greet(name):\n    return "Hello " + name\n\n\ndef part(name):\n    return "Bye"\n'
BETTER = (
    'def greet(name: str):\n    return f"Hello {name}!"\n\n\ndef part(name):\n    return "Bye"\n'
)


def diffs() -> Items:
    """A diff of every kind."""
    git = {
        "hello.py": "diff --git a/greet.py b/hello.py\nsimilarity index 90%\n"
        "rename from greet.py\nrename to hello.py\n--- a/greet.py\n+++ b/hello.py\n"
        "@@ -1 +1 @@\n-def greet(name):\n+def hello(name):\n",
        "plot.png": "diff --git a/plot.png b/plot.png\nnew file mode 100644\n"
        "Binary files /dev/null and b/plot.png differ\n",
        "run.sh": "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
        "dos.txt": "@@ -1,2 +1,2 @@\n one\r\n-two\r\n+two\n",
        "end.txt": "@@ -1 +1 @@\n-last\n\\ No newline at end of file\n+last\n",
        "two.patch": "--- a/one\n+++ b/one\n@@ -1 +1 @@\n-1\n+one\n"
        "--- a/two\n+++ b/two\n@@ -1 +1 @@\n-2\n+two\n",
    }
    made = [diff.of_patch(patch, file) for file, patch in git.items()]
    changed = diff.from_texts(GREET, BETTER, "greet.py")
    gone = diff.from_texts("old\n", "", "old.txt")
    long = diff.from_texts("a = 1\n", "a = " + " + ".join(map(str, range(80))) + "\n", "long.py")
    return keyed(changed, *made, gone, long, ChangedFiles((changed, gone, *made[:3])))


def failures() -> Items:
    """A notice for each kind of failure."""
    names = ("ProviderAuthError", "ContextOverflowError", "ContentFilterError",
             "MessageOutputLengthError", "StructuredOutputError", "SomethingNewError",
             "MessageAbortedError")  # fmt: skip
    named = [failure(told(name, "its own words")) for name in names]
    api = [
        failure(told("APIError", "its own words", status)) for status in (401, 402, 404, 429, 500)
    ]
    retry = Notice(
        "The provider failed; attempt 2 follows by itself", "warning", 5_000, "Slow down"
    )
    return keyed(*named, *api, retry)


def blocks() -> Items:
    """The other kinds of blocks."""
    text = "## Squares\n\nSome *words*, `code` and a [link](https://example.org).\n\n"
    table = "| n | square |\n|---|---|\n| 2 | 4 |\n\n> quoted\n\n1. one\n2. two\n"
    long = "".join(f"line {number}\n" for number in range(3_000))
    return keyed(
        Header("demo/model-1", "build", "Squares"),
        Plain("Attached: plot.png (image/png, 4.1 kB)"),
        Fold("Thought for 3.0 s", (Markdown("The user wants **squares**."),), "reasoning"),
        Markdown(text + "```python\nsquare = lambda n: n**2  # a comment\n```\n\n" + table),
        Checklist((Check("✓", "read", "done"), Check("○", "write", "to do")), "Plan"),
        Code("x = 1\n", "py"),
        Code(long),
        Notice("Nothing was sent. Choose a model with `--model`."),
        Footer("Done", 1_234, 567, 0.0123, 65),
    )


def asks() -> Items:
    """What is asked, as it stands in the static form."""
    given = {
        "bash": {"command": "rm -r build\necho done\x1b[8m"},
        "doom_loop": {"tool": "read", "input": {"filePath": "greet.py"}},
        "edit": {"filepath": "greet.py", "diff": OLD_PATCH},
        "external_directory": {"filepath": "/elsewhere/a.txt", "parentDir": "/elsewhere"},
        "read": {"filepath": ".env"},
        "task": {"description": "count rows", "subagent_type": "general"},
        "webfetch": {"url": "https://example.org/\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"},
        "weather_forecast": {},
    }
    requests = [
        PermissionRequest("per_1", "ses_1", name, ["*"], meta, ["*"])
        for name, meta in given.items()
    ]
    options = [QuestionOption("Red", "like a rose"), QuestionOption("Blue")]
    question = QuestionRequest("que_1", "ses_1", [QuestionItem("Which?", "Colour", options, True)])
    found: list[Block] = []
    for request in (*requests, question):
        text = ask(request)
        always = (Plain(text.always),) if text.always else ()
        found.append(Row(text.title, text.what, "pending", body=(*text.body, *always)))
    return keyed(*found)


def looks() -> dict[str, Items]:
    """All of them, by name."""
    return {
        **recorded(),
        **recorded_2(),
        **{f"tool_{name}": tool(name, **state) for name, state in TOOLS.items()},
        "tool_StructuredOutput": captured("structured_output"),
        "kinds_states": states(),
        "kinds_diffs": diffs(),
        "kinds_failures": failures(),
        "kinds_blocks": blocks(),
        "kinds_asks": asks(),
    }
