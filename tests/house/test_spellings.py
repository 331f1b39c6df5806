"""How servers spell the tools and what their calls hold stands in one table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import opencode_magic
from opencode_magic.model import tools

PACKAGE = Path(opencode_magic.__file__).parent
AT_HOME = ("model/tools.py", "protocol/", "server/", "demo/")
"""The table, the dialects, what runs inside a server, and the model of the demo."""
SPELT = {
    *(name for names in (*tools.TOOLS.values(), *tools.PERMISSIONS.values()) for name in names),
    *("filePath", "oldString", "newString", "patchText", "workdir", "subagent_type", "tool_calls"),
    *("filediff", "filepath", "outputPath", "toolCalls", "lineStart", "parentDir", "movePath"),
}
"""Of these, only what no other thing could be called is looked for."""
TELLING = {word for word in SPELT if re.search(r"[A-Z_]|^(web|multi|code|todo|file)\w", word)}


def spelt_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in TELLING:
            yield str(node.value)


def test_no_spelling_of_a_tool_stands_outside_of_the_table() -> None:
    found = {
        f"{place}: {word}"
        for path in PACKAGE.rglob("*.py")
        if not (place := path.relative_to(PACKAGE).as_posix()).startswith(AT_HOME)
        for word in spelt_in(path.read_text("utf-8"))
    }
    assert found == set()


def test_a_planted_spelling_is_found() -> None:
    assert list(spelt_in('call.text("filePath")\nrule("external_directory")')) == [
        "filePath",
        "external_directory",
    ]
