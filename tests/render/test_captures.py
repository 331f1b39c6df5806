"""Every recorded stream can be shown at every moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from opencode_magic.model.events import MessageUpdated
from opencode_magic.model.transcript import Transcript, reduce
from opencode_magic.protocol.v1.events import decode
from opencode_magic.render import turn_bundle
from opencode_magic.render.describe import items
from opencode_magic.render.html import document_html
from opencode_magic.turns.turn import Turn
from tests.render.judge import faults

CAPTURES = sorted((Path(__file__).parents[1] / "data/captures").glob("*.sse"))


def transcripts(path: Path) -> list[Transcript]:
    found: list[Transcript] = []
    for line in path.read_bytes().split(b"\n"):
        if not line.startswith(b"data:"):
            continue
        event = decode(line.removeprefix(b"data:").strip())
        if not found and isinstance(event, MessageUpdated):
            found.append(Transcript(event.info.session_id))
        if found:
            found.append(reduce(found[-1], event))
    return found


def test_there_are_recordings() -> None:
    assert CAPTURES


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_recording_is_shown_at_every_moment(path: Path) -> None:
    for transcript in transcripts(path):
        shown = items(transcript)
        assert len({item.key for item in shown}) == len(shown)
        assert faults(document_html(shown)) == set()


def last(name: str) -> str:
    path = next(path for path in CAPTURES if path.stem == name)
    transcript = transcripts(path)[-1]
    return turn_bundle(Turn(transcript.session_id, "", transcript))["text/plain"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plain", "Hello"),
        ("reasoning", "Thought"),
        ("tool_bash", "exit code 3"),
        ("tool_edit", "-  // TODO: refresh the token"),
        ("tool_write", "Write "),
        ("tool_todowrite", "● first (in progress)"),
        ("tool_bad", "Wrong call of nosuchtool (failed)"),
        ("question_reply", "● Red: r (chosen)"),
        ("abort_text", "Stopped."),
        ("abort_tool", "(stopped, 0.9 s)"),
        ("error_401", "opencode auth login"),
        ("error_context", "too long for the model and was summarised"),
        ("permission_reject", "The user rejected permission"),
        ("permission_subagent", "\n  ✓ Read /etc/shells (done"),
        ("structured_output", '"answer": 42'),
        ("summarize", "Summary of the conversation so far"),
    ],
)
def test_a_recording_says_what_happened(name: str, words: str) -> None:
    assert words in last(name)
