"""What came before and after is told by the order of messages, whatever their ids look like."""

from __future__ import annotations

import msgspec

from opencode_magic.changes.rewind import Undone
from opencode_magic.model.messages import Message, MessageInfo, TextPart
from opencode_magic.model.transcript import from_messages
from opencode_magic.turns.history import by_turn, prompts_of, running_prompt


def said(id: str, role: str, sequence: str) -> Message:
    return Message(MessageInfo(id, "s", role, sequence=sequence), (TextPart("p", id, "s", id),))


ASKED, TOLD, AGAIN, AFTER = SESSION = (
    said("z", "user", "1"),
    said("m", "assistant", "2"),
    said("b", "user", "3"),
    said("a", "assistant", "4"),
)


def test_a_turn_is_told_by_order_where_ids_descend() -> None:
    assert prompts_of(SESSION) == [ASKED, AGAIN]
    assert by_turn(SESSION) == [[ASKED, TOLD], [AGAIN, AFTER]]


def test_an_answer_that_is_being_written_does_not_end_the_turn_before_a_queued_prompt() -> None:
    queued = said("q", "user", "3")
    assert running_prompt([ASKED, TOLD, queued]) is ASKED
    ended = Message(msgspec.structs.replace(TOLD.info, finish="stop"), TOLD.parts)
    assert running_prompt([ASKED, ended, queued]) is queued


def test_a_transcript_is_in_order_where_ids_descend() -> None:
    transcript = from_messages("s", {"s": reversed(SESSION)})
    assert transcript.messages() == SESSION
    assert transcript.since("3").messages() == (AGAIN, AFTER)
    assert transcript.after("3").messages() == (AFTER,)


def test_what_was_undone_is_a_stretch_of_the_order() -> None:
    undone = Undone(AGAIN.info.order, AFTER.info.order)
    assert [m for m in SESSION if m.info.order in undone] == [AGAIN, AFTER]
