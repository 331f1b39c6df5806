"""What came before and after is told by the order of messages, whatever their ids look like."""

from __future__ import annotations

from opencode_magic.changes.rewind import Undone
from opencode_magic.model.messages import Message, MessageInfo, TextPart
from opencode_magic.model.transcript import from_messages
from opencode_magic.turns.history import by_turn, prompts_of


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


def test_a_transcript_is_in_order_where_ids_descend() -> None:
    transcript = from_messages("s", {"s": reversed(SESSION)})
    assert transcript.messages() == SESSION
    assert transcript.since("3").messages() == (AGAIN, AFTER)
    assert transcript.after("3").messages() == (AFTER,)


def test_what_was_undone_is_a_stretch_of_the_order() -> None:
    undone = Undone(AGAIN.info.order, AFTER.info.order)
    assert [m for m in SESSION if m.info.order in undone] == [AGAIN, AFTER]
