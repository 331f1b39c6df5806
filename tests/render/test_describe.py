"""A transcript becomes keyed blocks that say what a reader wants to know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.model.asks import PermissionCall, PermissionRequest
from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import (
    Cache,
    CompactionPart,
    Error,
    ErrorData,
    Failure,
    Message,
    MessageFolder,
    MessageInfo,
    Part,
    ReasoningPart,
    StepStartPart,
    TextPart,
    Times,
    Tokens,
    ToolPart,
    ToolState,
    UnknownPart,
)
from opencode_magic.model.sessions import Status
from opencode_magic.model.transcript import Transcript
from opencode_magic.model.turn import Decision
from opencode_magic.render import turn_bundle
from opencode_magic.render.blocks import (
    Block,
    ChangedFiles,
    Check,
    Checklist,
    Code,
    Diff,
    Fold,
    Footer,
    Grid,
    Header,
    Item,
    Markdown,
    Notice,
    Row,
)
from opencode_magic.render.describe import document, items
from opencode_magic.render.failures import failure, retry
from opencode_magic.render.html import block_html
from opencode_magic.render.tools import LOOKS
from opencode_magic.render.words import diff_words
from opencode_magic.turns.turn import Turn
from tests.harness.wire import told

IDS = ("msg_2", "ses_1")


def tool(name: str, status: str = "completed", id: str = "prt_1", **state: Any) -> ToolPart:
    return ToolPart(id, *IDS, name, state=ToolState(status, **state))


def transcript(*parts: Part, error: Failure | None = None, **more: Any) -> Transcript:
    user = Message(
        MessageInfo("msg_1", "ses_1", "user"), (TextPart("prt_0", "msg_1", "ses_1", "please"),)
    )
    answer = Message(MessageInfo(*IDS, "assistant", error=error), parts)
    return Transcript("ses_1", by_id={"msg_1": user, "msg_2": answer}, **more)


def only(*parts: Part) -> Block:
    (item,) = items(transcript(*parts))
    return item.block


def row(name: str, status: str = "completed", **state: Any) -> Row:
    block = only(tool(name, status, **state))
    assert isinstance(block, Row)
    return block


def test_text_is_open_until_it_ends() -> None:
    assert only(TextPart("p", *IDS, "hi", time=Times(1))) == Markdown("hi", open=True)
    assert only(TextPart("p", *IDS, "hi", time=Times(1, 2))) == Markdown("hi")


def test_what_is_not_for_the_reader_is_left_out() -> None:
    parts = (
        TextPart("a", *IDS, "for the model", synthetic=True),
        TextPart("b", *IDS, " \n"),
        StepStartPart("c", *IDS),
        UnknownPart("d", *IDS, "snapshot", quiet=True),
        ReasoningPart("e", *IDS, ""),
    )
    assert items(transcript(*parts)) == ()


def test_keys_are_part_ids_and_the_order_is_of_arrival() -> None:
    shown = items(transcript(TextPart("prt_1", *IDS, "a"), tool("read", id="prt_2")))
    assert [item.key for item in shown] == ["prt_1", "prt_2"]


def test_reasoning_is_folded_with_its_time() -> None:
    assert only(ReasoningPart("p", *IDS, "hm", Times(1000, 4000))) == Fold(
        "Thought for 3.0 s", (Markdown("hm"),), "reasoning"
    )
    assert only(ReasoningPart("p", *IDS, "hm", Times(1000))) == Fold(
        "Thinking", (Markdown("hm", open=True),), "reasoning"
    )


def test_an_unknown_part_is_a_calm_line() -> None:
    block = only(UnknownPart("p", *IDS, "hologram", {"x": 1}))
    assert isinstance(block, Notice)
    assert block.level == "info"
    assert "hologram" in block.quote


def test_a_command_shows_itself_its_output_and_its_exit_code() -> None:
    block = row(
        "bash",
        input={"command": "ls"},
        output="a\n<note for the model>",
        metadata={"output": "\x1b[31ma\x1b[0m\n", "exit": 2},
        time=Times(1000, 2500),
    )
    assert block == Row(
        "Run",
        "ls",
        "completed",
        "exit code 2",
        1.5,
        (Code("\x1b[31ma\x1b[m\n", "ansi"),),
    )


def test_a_command_that_was_ended_has_stopped() -> None:
    assert row("bash", input={"command": "x"}, metadata={"exit": None}).state == "stopped"


def test_an_escape_sequence_in_a_command_is_not_hidden() -> None:
    block = row("bash", input={"command": "a\x1b[8mb"})
    assert '<code class="ocm-target">a\\u001b[8mb</code>' in block_html(block)
    (command,) = row("bash", input={"command": "a\x1b[8m\nb"}).body
    assert command == Code("$ a\x1b[8m\nb", "console", exact=True)
    assert "\\u001b[8m" in re.sub("<[^>]+>", "", block_html(command))


def test_each_tool_says_what_it_does_to_what() -> None:
    def said(name: str, **state: Any) -> tuple[str, str, str]:
        block = row(name, **state)
        return block.verb, block.target, block.detail

    display = {"display": {"lineStart": 1, "lineEnd": 5, "totalLines": 9, "text": "x"}}
    assert said("read", input={"filePath": "a.py"}, metadata=display) == (
        "Read", "a.py", "lines 1-5 of 9",
    )  # fmt: skip
    assert said("write", input={"filePath": "a.py", "content": "x"}) == ("Write", "a.py", "+1")
    assert said("edit", input={"filePath": "a.py"}) == ("Edit", "a.py", "")
    assert said("grep", input={"pattern": "x", "path": "src"}, metadata={"matches": 1}) == (
        "Search for", "x in src", "1 match",
    )  # fmt: skip
    nothing = "No files found\n\n(Files that are only read with consent are never searched.)"
    assert row("grep", input={"pattern": "x"}, metadata={"matches": 0}, output=nothing).body == ()
    assert said("glob", input={"pattern": "*.py"}, metadata={"count": 2}) == (
        "Find files", "*.py", "2 files",
    )  # fmt: skip
    assert said("webfetch", input={"url": "https://a.test"}) == ("Fetch", "https://a.test", "")
    assert said("mcp_thing", title="Did it") == ("mcp_thing", "Did it", "")
    assert said("invalid", input={"tool": "nosuch", "error": "no"}) == (
        "Wrong call of",
        "nosuch",
        "",
    )


def test_a_written_file_is_a_diff_against_nothing() -> None:
    block = row("write", input={"filePath": "a", "content": "x\ny\n"}, metadata={"exists": False})
    assert block.detail == "new file, +2"
    assert block.body == (Diff("@@ -0,0 +1,2 @@\n+x\n+y", "", 2, 0, "added"),)


def test_an_edit_shows_the_diff_of_the_server_else_of_its_arguments() -> None:
    patch = "@@ -1 +1 @@\n-a\n+b"
    assert row("edit", metadata={"diff": patch}).body == (Diff(patch, "", 1, 1),)
    assert row("edit", metadata={"filediff": {"file": "f", "patch": patch}}).body == (
        Diff(patch, "", 1, 1),
    )
    (made,) = row("edit", input={"filePath": "f", "oldString": "a", "newString": "b"}).body
    assert isinstance(made, Diff)
    assert "-a\n+b" in made.patch


def todos(*states: str) -> dict[str, Any]:
    return {"todos": [{"content": f"task {n}", "status": s} for n, s in enumerate(states)]}


def test_a_turn_has_one_task_list_at_the_place_of_the_first_call() -> None:
    calls = (
        tool("todowrite", input=todos("pending", "strange"), id="prt_1"),
        tool("bash", input={"command": "ls"}, id="prt_2"),
        tool("todowrite", metadata=todos("completed", "cancelled", "in_progress"), id="prt_3"),
        tool("todowrite", "error", input=todos(), error="no", id="prt_4"),
        tool("todoread", id="prt_5"),
        tool("todowrite", "pending", id="prt_6"),
    )
    plan, command, failed = items(transcript(*calls))
    assert (plan.key, command.key, failed.key) == ("prt_1", "prt_2", "prt_4")
    assert plan.block == Checklist(
        (
            Check("✓", "task 0", "done"),
            Check("⊘", "task 1", "cancelled"),
            Check("●", "task 2", "in progress"),
        ),
        "Plan (1 of 3 checked off)",
    )
    assert isinstance(failed.block, Row)
    assert failed.block.state == "failed"
    first, *_ = items(transcript(*calls[:2]))
    assert first.key == "prt_1"
    assert isinstance(first.block, Checklist)
    assert first.block.lines[1] == Check("○", "task 1", "to do")


def test_a_list_that_does_not_exist_yet_is_a_call_that_waits() -> None:
    assert row("todowrite", "pending").state == "pending"


def test_a_failed_call_says_why() -> None:
    block = row("read", "error", error="no such file")
    assert block.state == "failed"
    assert block.body == (Notice("", "error", quote="no such file"),)
    assert row("read", "error", error="x", metadata={"interrupted": True}).state == "stopped"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(
    (
        *("command", "filePath", "content", "oldString", "newString", "pattern", "path", "url"),
        *("todos", "questions", "output", "exit", "diff", "filediff", "display", "text"),
        *("lineStart", "matches", "count", "answers", "exists", "sessionId"),
    )
)


@given(
    st.sampled_from([*LOOKS, "other"]),
    st.dictionaries(NAMES, JSON),
    st.dictionaries(NAMES, JSON),
    st.sampled_from(["pending", "running", "completed", "error", "exploded"]),
)
def test_any_field_may_have_any_type(
    name: str, given_: Mapping[str, Any], metadata: Mapping[str, Any], status: str
) -> None:
    state = {"input": dict(given_), "metadata": dict(metadata), "output": "x"}
    turn = Turn("ses_1", "", transcript(tool(name, status, **state)))
    assert turn_bundle(turn)["text/html"]


def child(session: str, *parts: Part) -> Message:
    return Message(MessageInfo(f"msg_{session}", session, "assistant"), parts)


def delegating(id: str, message: str, session: str, to: str) -> ToolPart:
    return ToolPart(id, message, session, "task", child=to)


ASKED = PermissionRequest(
    "per", "ses_1", "bash", ["ls"], {"command": "ls"}, tool=PermissionCall("msg_2", "call")
)


def decided(decision: Decision, status: str = "completed") -> tuple[Item, ...]:
    call = ToolPart("p", *IDS, "bash", "call", ToolState(status, {"command": "ls"}))
    return document(Turn("ses_1", "", transcript(call), decisions=(decision,)))[1:-1]


@pytest.mark.parametrize(
    ("decision", "status", "state", "answer"),
    [
        (Decision(ASKED, "once"), "completed", "completed", "allowed once"),
        (Decision(ASKED, "always"), "completed", "completed", "always allowed"),
        (Decision(ASKED, "reject"), "error", "rejected", ""),
        (Decision(ASKED, "reject", message="not now"), "error", "rejected", "“not now”"),
        (Decision(ASKED, "reject", "--permission deny", "no"), "error", "rejected",
         "--permission deny"),
    ],
)  # fmt: skip
def test_a_row_tells_what_was_decided_on_it(
    decision: Decision, status: str, state: str, answer: str
) -> None:
    (item,) = decided(decision, status)
    assert isinstance(item.block, Row)
    assert (item.block.state, item.block.answer) == (state, answer)


def test_what_a_policy_allows_is_told_once() -> None:
    row, rest = decided(Decision(ASKED, "once", "--permission allow"))
    assert isinstance(row.block, Row)
    assert row.block.answer == ""
    assert rest.block == Fold(
        "1 question answered (--permission allow)",
        (Code("Run a command? ls (allowed: --permission allow)"),),
        "decisions",
    )


def test_paths_inside_the_project_are_relative_to_it() -> None:
    info = MessageInfo(*IDS, "assistant", path=MessageFolder("/home/me/p", "/home/me/p"))

    def shown(path: str) -> str:
        call = ToolPart("p", *IDS, "read", state=ToolState(input={"filePath": path}))
        (item,) = items(Transcript("ses_1", by_id={"msg_2": Message(info, (call,))}))
        assert isinstance(item.block, Row)
        return item.block.target

    assert shown("/home/me/p/src/a.py") == "src/a.py"
    for path in ("/etc/passwd", "/home/me/p2/a", "/home/me/p/../x", "/home/me/p//etc/x", "a.py"):
        assert shown(path) == path


def test_a_subagents_items_stand_under_its_row_to_any_depth() -> None:
    shown = items(
        Transcript(
            "ses_1",
            parents={"ses_2": "ses_1", "ses_3": "ses_2"},
            by_id={
                m.info.id: m
                for m in (
                    child("ses_1", delegating("a", "msg_ses_1", "ses_1", "ses_2")),
                    child("ses_2", delegating("b", "msg_ses_2", "ses_2", "ses_3")),
                    child("ses_3", TextPart("c", "msg_ses_3", "ses_3", "deep")),
                )
            },
        )
    )
    assert [(item.key, item.parent) for item in shown] == [("a", ""), ("b", "a"), ("c", "b")]


def test_sessions_that_start_each_other_end() -> None:
    shown = items(
        Transcript(
            "ses_1",
            parents={"ses_2": "ses_1"},
            by_id={
                m.info.id: m
                for m in (
                    child("ses_1", delegating("a", "msg_ses_1", "ses_1", "ses_2")),
                    child("ses_2", delegating("b", "msg_ses_2", "ses_2", "ses_1")),
                    child("ses_2", delegating("b", "msg_ses_2", "ses_2", "ses_2")),
                )
            },
        )
    )
    assert [item.key for item in shown] == ["a", "b"]


def test_thousands_of_nested_sessions_are_shown() -> None:
    names = [f"ses_{n}" for n in range(3_000)]
    messages = {
        f"msg_{name}": child(name, delegating(f"p{name}", f"msg_{name}", name, f"ses_{n + 1}"))
        for n, name in enumerate(names)
    }
    deep = Transcript("ses_0", parents=dict(zip(names[1:], names, strict=False)), by_id=messages)
    bundle = turn_bundle(Turn("ses_0", "", deep))
    assert bundle["text/html"].count("ocm-row") == 3_000
    assert bundle["text/plain"].count("Delegate") == 3_000


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("APIError", 401, "opencode auth login"),
        ("APIError", 404, "--model"),
        ("APIError", 429, "Wait a little"),
        ("APIError", 503, "Try again"),
        ("APIError", 400, "refused the request"),
        ("ProviderAuthError", 0, "opencode auth login"),
        ("ContextOverflowError", 0, "--new"),
        ("MessageOutputLengthError", 0, "Ask it to go on"),
        ("ContentFilterError", 0, "in other words"),
        ("StructuredOutputError", 0, "Try again"),
        ("MessageAbortedError", 0, "Stopped."),
        ("NoSuchError", 0, "failed on the server"),
    ],
)
def test_failures_say_what_to_do(name: str, status: int, words: str) -> None:
    said = failure(told(name, "because `it`", status))
    assert words in said.text
    assert ("because `it`" in said.quote) != (name == "MessageAbortedError")


def test_a_failure_told_by_session_and_message_is_shown_once() -> None:
    error = told("APIError", "no", 401)
    shown = items(transcript(error=error, errors=(error, Error("UnknownError"))))
    assert [item.key for item in shown] == ["msg_2:error", "error:1"]


def test_an_overflow_that_was_overcome_is_no_error() -> None:
    errors = (told("ContextOverflowError"),)
    shown = items(transcript(CompactionPart("c", *IDS, overflow=True), errors=errors))
    assert [type(item.block) for item in shown] == [Notice]
    assert "too long" in text_of(shown[0])


def text_of(item: Item) -> str:
    assert isinstance(item.block, Notice)
    return item.block.text


def test_a_retry_says_when_the_next_comes() -> None:
    status = Status("retry", 2, "503", 5_000)
    (item,) = items(transcript(statuses={"ses_1": status}))
    assert item == Item(
        "retry:2",
        Notice("The provider failed; attempt 3 follows by itself", "warning", 5_000, "503"),
    )


def test_an_answer_in_a_form_is_shown_as_json_and_is_a_value() -> None:
    answer = {"rows": [1, 2]}
    block = only(tool("StructuredOutput", input=answer))
    assert isinstance(block, Row)
    assert block.open
    assert block.body == (Code('{\n  "rows": [\n    1,\n    2\n  ]\n}', "json"),)
    infos = [
        MessageInfo("msg_2", "ses_1", "assistant", structured=answer),
        MessageInfo("msg_3", "ses_1", "assistant"),
    ]
    whole = Transcript("ses_1", by_id={info.id: Message(info) for info in infos})
    assert Turn("ses_1", "please", whole).structured == answer
    assert ended().structured is None


@pytest.mark.parametrize(
    "answer",
    [
        {"value": [{"file": "a.py", "n": 1}, {"file": None, "n": 2.5}]},
        {"columns": ["file", "n"], "rows": [["a.py", 1], [None, 2.5]]},
    ],
)
def test_an_answer_of_plain_rows_is_a_table(answer: dict[str, object]) -> None:
    block = only(tool("StructuredOutput", input=answer))
    assert isinstance(block, Row)
    assert block.body == (Grid(("file", "n"), (("a.py", "1"), ("null", "2.5")), frozenset({1})),)


def test_an_answer_of_odd_rows_is_json() -> None:
    odd: list[Any] = [
        [{"a": 1}, {"b": 1}],
        [{"a": [1]}],
        [{"a": 1}] * 51,
        [{}],
        [],
    ]
    for rows in odd:
        block = only(tool("StructuredOutput", input={"value": rows}))
        assert isinstance(block, Row)
        assert all(isinstance(inner, Code) for inner in block.body)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Rate limit reached", "limits how often"),
        ("insufficient_quota: check your plan", "Waiting will hardly help: stop the turn"),
        ("overloaded", "The provider failed"),
    ],
)
def test_a_retry_says_whether_waiting_will_help(message: str, said: str) -> None:
    shown = retry(Status("retry", 1, message, 5_000))
    assert said in shown.text
    assert shown.text.endswith("attempt 2 follows by itself")
    assert shown.quote == message


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (0, "cannot connect", "Check the connection"),
        (400, "Your credit balance is too low", "plan and billing"),
        (400, "content management policy", "other words"),
        (400, "bad field", "refused the request"),
        (402, "no", "plan and billing"),
        (403, "not yours", "auth login"),
        (404, "what?", "--model"),
        (429, "slow down", "Wait a little"),
        (429, "You exceeded your current quota", "plan and billing"),
        (500, "billing is down", "Try again"),
    ],
)
def test_an_error_of_the_provider_says_what_to_do(status: int, message: str, said: str) -> None:
    shown = failure(told("APIError", message, status))
    assert said in shown.text
    assert message in shown.quote


@pytest.mark.parametrize(
    ("used", "window", "footer", "warns"),
    [
        (9_000, 100_000, "9% of the context used", False),
        (500, 100_000, "", False),
        (9_000, 0, "", False),
        (80_000, 100_000, "80% of the context used", True),
    ],
)
def test_the_footer_says_how_full_the_context_is(
    used: int, window: int, footer: str, warns: bool
) -> None:
    infos = [
        MessageInfo("msg_2", "ses_1", "assistant", tokens=Tokens(50_000)),
        MessageInfo("msg_3", "ses_1", "assistant", tokens=Tokens(1, 2, 3, Cache(used - 10, 4))),
        MessageInfo("msg_4", "ses_1", "assistant"),  # failed: it used none
    ]
    whole = Transcript("ses_1", by_id={info.id: Message(info) for info in infos})
    turn = Turn("ses_1", "please", whole, window=window)
    assert turn.context == used
    for form in turn._repr_mimebundle_().values():
        assert footer in form
        assert ("of the context" in form) is bool(footer)
        assert ("begins a new session" in form) is warns


@pytest.mark.parametrize(
    ("finish", "said"), [("length", "longest output"), ("content-filter", "filter"), ("stop", "")]
)
def test_an_answer_that_ended_too_early_says_why_and_what_to_do(finish: str, said: str) -> None:
    info = MessageInfo(*IDS, "assistant", finish=finish)
    message = Message(info, (TextPart("p", *IDS, "hi"),))
    notices = [i.block for i in items(Transcript("ses_1", by_id={"msg_2": message}))][1:]
    assert [said in n.text and n.level == "warning" for n in notices if isinstance(n, Notice)] == (
        [True] if said else []
    )


def ended(**more: Any) -> Turn:
    usage = MessageInfo(
        *IDS, "assistant", agent="build", provider_id="fake", model_id="demo", cost=0.5,
        tokens=Tokens(10, 20, 3),
    )  # fmt: skip
    parts = (TextPart("p", *IDS, "hi"), tool("bash", "running", id="q"))
    whole = Transcript("ses_1", by_id={"msg_2": Message(usage, parts)})
    return Turn("ses_1", "please", whole, seconds=2.0, **more)


def test_a_document_goes_from_who_answered_to_what_it_took() -> None:
    request = PermissionRequest("per", "ses_1", "bash", ["ls"], {"command": "ls"}, ["ls *"])
    turn = ended(
        title="Weather",
        notes=("No git here.",),
        diff=(FileDiff("a", "@@ -1 +1 @@\n-x\n+y", additions=1, deletions=1),),
        decisions=(Decision(request, "once"), Decision(request, "reject", "policy", "no")),
    )
    assert document(turn) == (
        Item("header", Header("fake/demo", "build", "Weather")),
        Item("note:0", Notice("No git here.")),
        Item("p", Markdown("hi")),
        Item("q", Row("Run", "", "stopped")),
        Item(
            "decisions",
            Fold(
                "2 questions answered",
                (Code("Run a command? ls (allowed once)\nRun a command? ls (rejected: policy)"),),
                "decisions",
            ),
        ),
        Item("files", ChangedFiles((Diff("@@ -1 +1 @@\n-x\n+y", "a", 1, 1),))),
        Item("footer", Footer("Done", 10, 23, 0.5, 2.0)),
    )


def test_a_turn_says_why_it_failed_and_that_it_is_not_confirmed() -> None:
    shown = document(
        ended(
            state="cut off",
            confirmed=False,
            failure=Error("Unconfirmed", ErrorData("gone"), "cut-off"),
        )
    )
    assert shown[-2] == Item("failure", Notice("gone", "error"))
    assert shown[-1].block == Footer("Cut off (not confirmed by the server)", 10, 23, 0.5, 2.0)


def test_files_of_old_servers_get_their_diff_from_both_texts() -> None:
    shown = document(ended(diff=(FileDiff("a", before="x\n", after="y\n"),)))
    (files,) = [item.block for item in shown if isinstance(item.block, ChangedFiles)]
    assert files.files[0].patch.endswith("-x\n+y")


def test_a_file_without_a_patch_is_binary_and_perhaps_empty_on_old_servers() -> None:
    found = (FileDiff("a.png", status="modified"), FileDiff("b.png"))
    (files,) = [
        item.block for item in document(ended(diff=found)) if isinstance(item.block, ChangedFiles)
    ]
    assert [diff_words(file) for file in files.files] == ["binary", "binary or empty"]


def test_equal_transcripts_give_equal_items() -> None:
    first = transcript(tool("bash", input={"command": "ls"}))
    again = msgspec.structs.replace(first.by_id["msg_2"])
    assert items(first) == items(Transcript("ses_1", by_id={"msg_2": again}))


def test_a_short_thought_has_no_time() -> None:
    assert only(ReasoningPart("p", *IDS, "hm", Times(1000, 1900))) == Fold(
        "Thought", (Markdown("hm"),), "reasoning"
    )


def test_a_stopped_turn_says_so_once() -> None:
    error = told("MessageAbortedError")
    whole = transcript(TextPart("p", *IDS, "hi"), error=error)
    shown = document(Turn("ses_1", "", whole, "stopped", failure=error))
    assert [type(item.block) for item in shown] == [Header, Markdown, Footer]


def test_a_call_that_waits_for_an_answer_does_not_run() -> None:
    call = ToolPart("p", *IDS, "bash", "call", ToolState("running", {"command": "ls"}))
    for asks, state in (({}, "running"), ({"per": ASKED}, "pending")):
        (item,) = items(transcript(call, asks=asks))
        assert isinstance(item.block, Row)
        assert item.block.state == state
