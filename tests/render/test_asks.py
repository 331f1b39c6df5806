"""What the server asks is asked in words."""

from __future__ import annotations

from typing import Any

from opencode_magic.render.asks import OPEN_NOTEBOOK, AskText, ask
from opencode_magic.render.blocks import Code, Diff, Notice, Plain
from opencode_magic.transcript import Transcript
from opencode_magic.wire import (
    Message,
    MessageInfo,
    PermissionCall,
    PermissionRequest,
    Place,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
    ToolPart,
    ToolState,
)


def permission(name: str, *patterns: str, always: tuple[str, ...] = (), **meta: Any) -> AskText:
    return ask(PermissionRequest("per", "ses", name, list(patterns), meta, list(always)))


def test_a_command_is_shown_whole() -> None:
    command = "echo one\n" * 300
    text = permission("bash", "echo one", always=("echo *",), command=command)
    assert text.title == "Run a command?"
    assert text.body == (Code(command, "bash", exact=True),)
    assert text.always.startswith("Always allow exactly `echo one echo one")
    assert permission("bash", "echo one", always=("echo *",), command="echo one").always == (
        "Always allow `echo *` in this notebook"
    )


def test_a_command_in_another_folder_says_which() -> None:
    state = ToolState("running", {"command": "make", "workdir": "/p/lib"})
    part = ToolPart("prt", "msg", "ses", "bash", "call", state)
    info = MessageInfo("msg", "ses", "assistant", path=Place("/p", "/p"))
    whole = Transcript("ses", by_id={"msg": Message(info, (part,))})
    request = PermissionRequest("per", "ses", "bash", ["make"], {"command": "make"},
                                tool=PermissionCall("msg", "call"))  # fmt: skip
    assert ask(request, whole).body[-1] == Plain("In the folder lib")


def test_an_edit_names_the_file_and_shows_the_diff() -> None:
    patch = "@@ -1 +1 @@\n-a\n+b"
    text = permission("edit", "a.py", always=("*",), filepath="/p/a.py", diff=patch)
    assert (text.title, text.what) == ("Change a file?", "/p/a.py")
    assert text.body == (Diff(patch, "/p/a.py", 1, 1),)
    assert text.always == "Always allow every edit in this notebook"


def test_a_file_of_the_project_is_named_as_there() -> None:
    info = MessageInfo("msg", "ses", "assistant", path=Place("/p", "/"))
    whole = Transcript("ses", by_id={"msg": Message(info)})
    for path, shown in (("/p/b/a.py", "b/a.py"), ("/q/a.py", "/q/a.py"), ("/p/../a", "/p/../a")):
        request = PermissionRequest("per", "ses", "edit", ["a.py"], {"filepath": path})
        assert ask(request, whole).what == shown


def test_a_subagent_is_named() -> None:
    info = MessageInfo("msg", "ses_2", "assistant", agent="explore")
    whole = Transcript("ses_1", parents={"ses_2": "ses_1"}, by_id={"msg": Message(info)})
    for session, who in (("ses_1", ""), ("ses_2", "Asked by the subagent explore"),
                         ("ses_3", "Asked by a subagent")):  # fmt: skip
        assert ask(PermissionRequest("per", session, "bash", ["ls"]), whole).who == who


def test_a_page_is_named_by_its_address() -> None:
    text = permission("webfetch", "https://a.test/x", url="https://a.test/x")
    assert (text.title, text.what) == ("Fetch a web page?", "https://a.test/x")


def test_leaving_the_project_shows_where_to() -> None:
    text = permission("external_directory", "/etc/*", filepath="/etc/passwd")
    assert text.title == "Leave the project folder?"
    assert text.body == (Code("/etc/passwd\n/etc/*", exact=True),)


def test_an_unknown_permission_shows_all_it_says() -> None:
    text = permission("launch", "rocket", target="moon")
    assert text.title == "Allow launch?"
    given = '{\n  "target": "moon"\n}'
    assert text.body == (Code("rocket", exact=True), Code(given, "json", exact=True))


def test_nothing_to_repeat_means_no_always() -> None:
    assert permission("bash").always == ""


def test_metadata_of_another_type_is_shown_as_text() -> None:
    assert permission("bash", "x", command=["rm", "-rf"]).what == '[ "rm", "-rf" ]'


def test_a_question_lists_its_options() -> None:
    options = [QuestionOption("Red", "warm"), QuestionOption("Blue")]
    item = QuestionItem("Which?", "Colour", options, multiple=True)
    request = QuestionRequest("que", "ses", [item])
    text = ask(request)
    assert (text.title, text.what) == ("Colour", "Which?")
    assert text.body == (Plain("Which?\n1. Red: warm\n2. Blue\nMore than one may be chosen."),)


def test_an_edit_of_the_open_notebook_is_warned_about() -> None:
    info = MessageInfo("msg", "ses", "assistant", path=Place("/p/sub", "/p"))
    whole = Transcript("ses", by_id={"msg": Message(info)})
    for patterns, meta, warned in (
        (["sub/n.ipynb"], {"filepath": "/p/sub/n.ipynb"}, True),
        (["sub/n.ipynb", "a.py"], {}, True),
        (["n.ipynb"], {"filepath": "/p/n.ipynb"}, False),
        (["sub/a.py"], {"filepath": "/p/sub/a.py"}, False),
    ):
        request = PermissionRequest("per", "ses", "edit", patterns, meta)
        body = ask(request, whole, "/p/sub/n.ipynb").body
        assert (Notice(OPEN_NOTEBOOK, "warning") in body) is warned, patterns
        assert not ask(request, whole).body
    read = PermissionRequest("per", "ses", "read", ["sub/n.ipynb"])
    assert Notice(OPEN_NOTEBOOK, "warning") not in ask(read, whole, "/p/sub/n.ipynb").body
