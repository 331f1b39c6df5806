"""What the server asks is asked in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from opencode_magic.live.described import describe
from opencode_magic.model.asks import (
    PermissionCall,
    PermissionRequest,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
)
from opencode_magic.model.messages import Message, MessageFolder, MessageInfo, ToolPart, ToolState
from opencode_magic.model.transcript import Transcript
from opencode_magic.render.asks import OPEN_NOTEBOOK, AskText, ask
from opencode_magic.render.blocks import Code, Diff, Notice, Plain


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
    info = MessageInfo("msg", "ses", "assistant", path=MessageFolder("/p", "/p"))
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
    info = MessageInfo("msg", "ses", "assistant", path=MessageFolder("/p", "/"))
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
    info = MessageInfo("msg", "ses", "assistant", path=MessageFolder("/p/sub", "/p"))
    whole = Transcript("ses", by_id={"msg": Message(info)})
    for patterns, meta, warned in (
        (["sub/n.ipynb"], {"filepath": "/p/sub/n.ipynb"}, True),
        (["sub/n.ipynb", "a.py"], {}, True),
        (["n.ipynb"], {"filepath": "/p/n.ipynb"}, False),
        (["sub/a.py"], {"filepath": "/p/sub/a.py"}, False),
    ):
        request = PermissionRequest("per", "ses", "edit", patterns, meta)
        body = describe(request, whole, "/p/sub/n.ipynb").body
        assert (Notice(OPEN_NOTEBOOK, "warning") in body) is warned, patterns
        assert not describe(request, whole).body
    read = PermissionRequest("per", "ses", "read", ["sub/n.ipynb"])
    assert Notice(OPEN_NOTEBOOK, "warning") not in describe(read, whole, "/p/sub/n.ipynb").body


def test_what_an_edit_does_besides_is_said_before_it_is_allowed() -> None:
    request = PermissionRequest("per", "ses", "edit", ["a.py"], {"filepath": "/p/a.py"})
    (notice,) = ask(request, damage=("2 line ends from CRLF to LF", "its NUL bytes")).body
    assert isinstance(notice, Notice)
    assert notice.level == "warning"
    assert notice.text.endswith("this also changes 2 line ends from CRLF to LF and its NUL bytes")


def test_an_edit_of_the_open_notebook_by_another_name_is_warned_about(tmp_path: Path) -> None:
    notebook, link = tmp_path / "n.ipynb", tmp_path / "link.ipynb"
    notebook.touch()
    link.symlink_to(notebook)
    (tmp_path / "folder").symlink_to(".")
    moved = {"filepath": "a.py", "files": [{"filePath": "a.py", "movePath": str(link)}]}
    for patterns, meta in (
        (["x"], {"filepath": str(link)}),
        (["x"], {"filepath": str(tmp_path / "folder/n.ipynb")}),
        ([f"{tmp_path}/folder/link.ipynb"], {"filepath": "x"}),
        (["a.py"], moved),
    ):
        for opened in (notebook, link, tmp_path / "folder" / "link.ipynb"):
            request = PermissionRequest("per", "ses", "edit", patterns, meta)
            assert Notice(OPEN_NOTEBOOK, "warning") in describe(request, None, str(opened)).body
    other = PermissionRequest("per", "ses", "edit", ["a.py"], {"filepath": "a.py"})
    assert Notice(OPEN_NOTEBOOK, "warning") not in describe(other, None, str(notebook)).body


def test_leaving_the_project_by_a_link_shows_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    patterns = [f"{tmp_path}/link/*"]
    meta = {"command": "cat link/x", "directories": [f"{tmp_path}/link"]}
    request = PermissionRequest("per", "ses", "external_directory", patterns, meta, patterns)
    text = describe(request)
    assert Code(f"{tmp_path}/link/*\n{tmp_path}/real/*", exact=True) in text.body
    assert f"`{tmp_path}/real/*`" in text.always


def test_always_to_read_names_the_file_that_was_asked_for() -> None:
    request = PermissionRequest("per", "ses", "read", [".env"], always=["*"])
    assert describe(request).always == "Always allow `.env` in this notebook"
