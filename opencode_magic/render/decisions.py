"""How requests were answered, in words: in the row of the call that asked, or apart."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.asks import PermissionRequest
from ..model.messages import ToolPart
from ..model.tools import asked
from ..model.transcript import Transcript
from ..model.turn import ELSEWHERE, Decision, TurnRecord
from ..text.amounts import count_words
from ..text.visible import one_line
from .asks import ask
from .blocks import Code, Fold, Item

_REPLIES = {
    "once": "allowed once",
    "always": "always allowed",
    "reject": "rejected",
    "answer": "answered",
}
_BY_USER = "user"

CallId = tuple[str, str]
"""Message and call, by their ids."""


def by_call(decisions: Iterable[Decision]) -> dict[CallId, list[Decision]]:
    """Return what was decided on each call, in order."""
    found: dict[CallId, list[Decision]] = {}
    for decision in decisions:
        if (call := decision.ask.tool) is not None and call.call_id:
            found.setdefault((call.message_id, call.call_id), []).append(decision)
    return found


def foreseen(decisions: Iterable[Decision]) -> str:
    """Return the patch that was shown with a request, "" where there was none."""
    requests = (d.ask for d in decisions if isinstance(d.ask, PermissionRequest))
    return next(filter(None, (asked(one.metadata, "patch") for one in requests)), "")


def in_row(decision: Decision) -> bool:
    """Return True for what a row shows: all refusals, and whatever a person decided."""
    return decision.reply == "reject" or decision.by in (_BY_USER, ELSEWHERE)


def decision_words(decision: Decision) -> str:
    """Say in a few words how something was answered: `rejected: “not that file”`."""
    if decision.by == ELSEWHERE and decision.reply == "answer":
        return ELSEWHERE
    reply = _REPLIES.get(decision.reply) or one_line(decision.reply, chars=40)
    why = why_words(decision)
    if decision.by not in (_BY_USER, ELSEWHERE):
        reply = reply.removesuffix(" once")
    return f"{reply}: {why}" if why else reply


def why_words(decision: Decision) -> str:
    """Return the user's words, or whose decision it was: a policy's message is for the agent."""
    if decision.by != _BY_USER:
        return one_line(decision.by)
    return f"“{one_line(decision.message)}”" if decision.message else ""


def untold(turn: TurnRecord) -> list[Item]:
    """Return what no row shows: decisions of the policy, and those on unknown calls."""
    calls = {
        (part.message_id, part.call_id)
        for message in turn.transcript.by_id.values()
        for part in message.parts
        if isinstance(part, ToolPart) and part.kind != "todo"  # a list has no row
    }
    told = [d for call, ds in by_call(turn.decisions).items() if call in calls for d in ds]
    left = [d for d in turn.decisions if not (d in told and in_row(d))]
    if not left:
        return []
    summary = f"{count_words(len(left), 'question')} answered"
    who = {d.by for d in left}
    if len(who) == 1 and (by := who.pop()) != _BY_USER:
        summary += f" ({one_line(by)})"
    lines = "\n".join(_decided(decision, turn.transcript) for decision in left)
    return [Item("decisions", Fold(summary, (Code(lines),), "decisions"))]


def _decided(decision: Decision, transcript: Transcript) -> str:
    text = ask(decision.ask, transcript)
    return " ".join(filter(None, (text.title, text.what, f"({decision_words(decision)})")))
