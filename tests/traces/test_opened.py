"""The notebook that is open: what a turn did to its file, and what its page saved."""

from __future__ import annotations

import json

import pytest

from opencode_magic.model.messages import ToolPart
from opencode_magic.traces.authorship import Authorship
from opencode_magic.traces.opened import warning

from .test_authorship import CODE, NOTEBOOK, bash, call, edit, turn

PROMPT = "Sum it up.\nIn one line."


def page(*cells: str, indent: int | None = 1) -> bytes:
    """A notebook as a page saves it: with the cell that runs."""
    listed = [{"cell_type": "code", "source": c.splitlines(keepends=True)} for c in cells]
    return (json.dumps({"cells": listed}, indent=indent, sort_keys=True) + "\n").encode()


ASKED = f"%%opencode\n{PROMPT}"
BEFORE = page("x = 1", ASKED)
SAVED = page("x = 2", ASKED)
GONE = page("x = 1")


def said(after: bytes | None, *calls: ToolPart, before: bytes | None = BEFORE) -> str:
    authorship = Authorship(turn((list(calls), [])), NOTEBOOK, real=str)
    return warning("nb/analysis.ipynb", before, after, authorship, PROMPT)


@pytest.mark.parametrize(
    "does",
    [
        edit(NOTEBOOK),
        bash("nbstripout nb/analysis.ipynb"),
        call(CODE, input={"code": "nbformat.write(nb, 'analysis.ipynb')"}),
    ],
)
def test_a_tool_that_names_it_has_changed_it(does: ToolPart) -> None:
    assert "reload it from disk" in said(SAVED, does)
    assert said(BEFORE, does) == ""  # it is as it was


@pytest.mark.parametrize("after", [GONE, b"{}", b"", b"not json", page("x = 2", ASKED, indent=2)])
def test_what_no_page_saves_is_a_commands_though_it_names_nothing(after: bytes) -> None:
    assert "reload it from disk" in said(after, bash("git stash"))
    assert "reload it from disk" in said(after, call(CODE, input={"code": "rewrite()"}))
    assert said(after, edit("/project/b.py")) == ""
    assert said(after, bash("cat nb/analysis.ipynb")) == ""


@pytest.mark.parametrize("does", [bash("make"), call(CODE, input={"code": "f()"}), call("read")])
def test_what_the_page_saves_is_not_blamed_on_a_tool(does: ToolPart) -> None:
    assert said(SAVED, does) == ""
    assert said(SAVED, does, before=GONE) == ""
    assert said(SAVED, does, before=None) == ""
    assert said(page(ASKED, indent=2), does, before=page(ASKED, "y", indent=2)) == ""


def test_a_notebook_that_is_gone_is_told_where_a_tool_can_have_done_it() -> None:
    assert "its file is gone" in said(None, bash("rm -r nb"))
    assert said(None, call("read")) == ""
