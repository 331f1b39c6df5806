"""Each look, compared with the file it is kept in: `pytest --rewrite-snapshots` writes them anew.

The HTML has a line for each element, so that a change can be read in a diff.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opencode_magic.model.messages import ToolPart
from opencode_magic.model.transcript import Transcript
from opencode_magic.render.html import document_html
from opencode_magic.render.text import document_text
from opencode_magic.render.tools import LOOKS
from tests.harness.recorded import CAPTURES, STREAMS, STREAMS2, played, played_from
from tests.looks import TOOLS, Items, looks
from tests.render.judge import faults

FOLDER = Path(__file__).parents[1] / "data" / "looks"
SHOWN = looks()
BLOCK = re.compile(r"(?<=>)(?=<(?:div|p|details|summary|pre|blockquote|table|tr|[uo]l|li|h\d)\b)")
DEFAULT_LOOK: dict[str, str] = {}
"""Tools of the reference server that look like any unknown tool, each with the reason."""


def forms(shown: Items) -> dict[str, str]:
    """What is kept of a look, by the ending of its file."""
    return {
        ".html": BLOCK.sub("\n", document_html(shown)) + "\n",
        ".txt": document_text(shown),
    }


@pytest.mark.parametrize("name", SHOWN)
def test_a_look_is_as_it_was(name: str, rewrite_snapshots: bool) -> None:
    for ending, text in forms(SHOWN[name]).items():
        file = FOLDER / f"{name}{ending}"
        if rewrite_snapshots:
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(text.encode())
        assert text == file.read_bytes().decode()
    assert faults(document_html(SHOWN[name])) == set()


def test_there_is_a_file_for_each_look_and_no_other() -> None:
    kept = {file.name for file in FOLDER.iterdir()}
    assert kept == {f"{name}{ending}" for name in SHOWN for ending in (".html", ".txt")}


def tools_of(transcript: Transcript) -> set[str]:
    messages = transcript.by_id.values()
    return {part.tool for m in messages for part in m.parts if isinstance(part, ToolPart)}


def test_each_look_of_a_tool_is_among_them() -> None:
    seen = set(TOOLS)
    for path in (*STREAMS, *STREAMS2):
        seen |= tools_of(played(path))
    seen |= tools_of(played_from(next(p for p in CAPTURES if p.stem == "structured_output")))
    assert set(LOOKS) - seen == set()
    assert seen - set(LOOKS) == {"weather_forecast", "nosuchtool"}  # the default
