"""A turn for its reader: its transcript as keyed blocks, in order of arrival, not yet HTML.

Keys are the server's part ids, so that a block keeps its place while it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..model.messages import (
    CompactionPart,
    Failure,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    RetryPart,
    TextPart,
    ToolPart,
    UnknownPart,
)
from ..model.transcript import Transcript
from ..model.turn import ELSEWHERE, Decision, TurnRecord
from ..text.amounts import seconds_words
from ..text.visible import as_text, one_line, plain_output
from . import diff
from .asks import AskText, ask
from .attached import attached
from .blocks import (
    Block,
    ChangedFiles,
    Diff,
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
    State,
)
from .decisions import CallId, by_call, decision_words, foreseen, in_row, untold, why_words
from .failures import STOPPED, cut_short, failure, retry
from .keys import item_key
from .paths import directory_of
from .plans import Plan, plan_of
from .reviews import record
from .tools import look
from .tools.call import ToolCall
from .user_message import first_prompt, made_room, sent, words_of
from .words import diff_words

__all__ = ["AskText", "ask", "document", "failure", "items"]

_STATES: dict[str, State] = {"pending": "pending", "completed": "completed", "error": "failed"}
_TURN_STATES = {
    "running": "Running",
    "completed": "Done",
    "stopped": "Stopped",
    "failed": "Failed",
    "cut off": "Cut off",
}


def items(
    transcript: Transcript, user_id: str = "", decisions: Iterable[Decision] = ()
) -> tuple[Item, ...]:
    """Return the blocks of a session, or of the turn that the message `user_id` began.

    The `decisions` on a tool call stand in its row.
    """
    began = transcript.by_id.get(user_id)
    shown = transcript.since(began.info.order) if began else transcript
    scene = _Scene(
        shown,
        directory_of(transcript),
        by_call(decisions),
        {(a.tool.message_id, a.tool.call_id) for a in transcript.asks.values() if a.tool},
        first_prompt(shown.messages()),
    )
    found = list(_session_items(scene, transcript.session_id, "", {transcript.session_id}))
    said = {_same(m.info.error) for m in shown.messages() if m.info.error}
    made_room = any(m.made_room for m in shown.messages())
    for n, error in enumerate(shown.errors):
        overcome = made_room and error.kind == "overflow"
        if _same(error) not in said and not overcome:
            found.append(Item(f"error:{n}", failure(error)))
            said.add(_same(error))
    if shown.status.type == "retry":
        # A key for each attempt: a terminal prints what has a new one.
        found.append(Item(f"retry:{shown.status.attempt}", retry(shown.status)))
    return tuple(found)


def document(turn: TurnRecord) -> tuple[Item, ...]:
    """Return all blocks of a turn, from the line that says who answers to what it took."""
    body = items(turn.transcript, decisions=turn.decisions)
    if turn.state != "running":
        body = tuple(_ended(item) for item in body)
    failed: tuple[Item, ...] = ()
    if turn.failure and not any(item.block == failure(turn.failure) for item in body):
        failed = (Item("failure", failure(turn.failure)),)
    if turn.state == "stopped":  # the footer says so
        body = tuple(item for item in body if item.block != STOPPED)
    names = (turn.model, turn.agent, turn.title or turn.session)
    files = tuple(map(diff.changed_file, turn.diff))
    return (
        Item("header", Header(*map(one_line, names))),
        *(Item(f"note:{n}", Notice(note)) for n, note in enumerate(turn.notes)),
        *body,
        *failed,
        *untold(turn),
        *((Item("files", ChangedFiles(files)),) if files else ()),
        *(record(turn.review) if turn.review else _unrecorded(turn)),
        *_nearly_full(turn),
        Item("footer", _footer(turn)),
    )


def _unrecorded(turn: TurnRecord) -> tuple[Item, ...]:
    """Return the edits that are not among the changes, since nobody would look elsewhere."""
    return tuple(
        Item(f"unrecorded:{n}", Notice(f"`{each.file}` was edited too, unrecorded: {each.why}."))
        for n, each in enumerate(turn.unrecorded)
    )


@dataclass(frozen=True)
class _Scene:
    """A transcript with what else a row needs."""

    transcript: Transcript
    directory: str
    decisions: Mapping[CallId, Sequence[Decision]]
    waiting: Collection[CallId]
    """The calls that wait for an answer."""
    first_prompt: str = ""

    def is_repeated(self, message: Message) -> bool:
        """Return True for a prompt that the server repeats by itself, after it has made room."""
        first = self.transcript.by_id.get(self.first_prompt)
        return first is not None and words_of(first) == words_of(message)


_Level = tuple[Iterator[Message], Iterator[tuple[Item, str]], str, Plan]
"""The rest of a session's messages and items, the key they stand under, its task list."""


def _session_items(scene: _Scene, session_id: str, parent: str, seen: set[str]) -> Iterator[Item]:
    """Yield the items of a session and, under each `task` row, of the subagent it started."""
    transcript = scene.transcript
    # A stack of its own: a hostile server can nest sessions deeper than Python can call.
    nothing: Iterator[tuple[Item, str]] = iter(())

    def opened(session: str, under: str) -> _Level:
        messages = transcript.messages(session)
        return iter(messages), nothing, under, plan_of(messages)

    stack = [opened(session_id, parent)]
    while stack:
        messages, parts, under, plan = stack[-1]
        found = next(parts, None)
        if found is not None:
            item, child = found
            yield replace(item, parent=under)
            if child and child in transcript and child not in seen:
                seen.add(child)
                stack.append(opened(child, item.key))
            continue
        message = next(messages, None)
        if message is None:
            stack.pop()
        else:
            stack[-1] = (messages, _message_items(message, scene, plan), under, plan)


def _message_items(message: Message, scene: _Scene, plan: Plan) -> Iterator[tuple[Item, str]]:
    """Yield the items of a message, each with the session of the subagent it started, or ""."""
    if message.info.role != "assistant":
        # What a subagent was told stands in the row that started it.
        if message.info.session_id == scene.transcript.session_id:
            queued = message.info.id != scene.first_prompt and not scene.is_repeated(message)
            yield from ((Item(*each), "") for each in sent(message, queued=queued))
        return
    for n, part in enumerate(message.parts):
        if part.id in plan.later:
            continue
        listed = plan.list if part.id == plan.place else None
        block = listed or _block(part, message, scene)
        if block is not None:
            child = part.child if isinstance(part, ToolPart) else ""
            yield Item(item_key(message, n), block), child
    if message.info.error:
        yield Item(f"{message.info.id}:error", failure(message.info.error)), ""
    elif ended := cut_short(message.info.finish or ""):
        yield Item(f"{message.info.id}:finish", ended), ""


def _block(part: Part, message: Message, scene: _Scene) -> Block | None:
    match part:
        case TextPart() if not part.shown or _is_blank(part.text):
            return None
        case TextPart() if message.info.is_summary:
            return Fold("Summary of the conversation so far", (_markdown(part),), "summary")
        case TextPart():
            return _markdown(part)
        case ReasoningPart():
            return _reasoning(part)
        case ToolPart():
            call = (part.message_id, part.call_id)
            nested = bool(part.child) and part.child in scene.transcript
            decided = scene.decisions.get(call, ())
            folder = message.info.path.cwd or scene.directory
            row = _row(ToolCall(part, folder, nested, foreseen(decided)), decided)
            waits = row.state == "running" and call in scene.waiting
            return replace(row, state="pending") if waits else row
        case CompactionPart():
            return made_room(part)
        case FilePart():
            return Plain(attached(part))
        case RetryPart():
            said = one_line(as_text(part.said))
            return Notice("The provider failed; it was asked again.", quote=said)
        case UnknownPart() if not part.quiet:
            kind = one_line(part.type, chars=60) or "unnamed"
            words = "There is a part here that this version cannot show."
            return Notice(words, quote=f"type: {kind}")
        case _:
            return None


def _is_blank(text: str) -> bool:
    return not text or text.isspace()  # `strip` would copy a long text at every tick


def _markdown(part: TextPart | ReasoningPart) -> Markdown:
    return Markdown(part.text, open=not part.time.end)


def _reasoning(part: ReasoningPart) -> Fold | None:
    if _is_blank(part.text):
        return None
    summary = "Thinking"
    if part.time.end:
        seconds = (part.time.end - part.time.start) / 1000
        summary = f"Thought for {seconds_words(seconds)}" if seconds >= 1 else "Thought"
    return Fold(summary, (_markdown(part),), "reasoning")


def _row(call: ToolCall, decisions: Sequence[Decision]) -> Row:
    state = call.part.state
    looks = look(call)
    shown: State = _STATES.get(state.status, "running")
    if state.interrupted:
        shown = "stopped"
    elif looks.state and shown == "completed":
        shown = looks.state
    said = [d for d in decisions if in_row(d) and (d.reply != "answer" or d.by == ELSEWHERE)]
    answer = ", ".join(dict.fromkeys(decision_words(d) for d in said))
    if shown == "failed" and said and said[-1].reply == "reject":
        shown, answer = "rejected", why_words(said[-1])
    target = one_line(looks.target)
    details = [looks.detail]
    body: list[Block] = []
    for block in looks.body:
        if isinstance(block, Diff) and one_line(block.file) == target and not block.old:
            # The row names the file already, so the counts go there too.
            details.append(diff_words(replace(block, status="")))
            block = replace(block, file="")
        body.append(block)
    if state.error:
        words = one_line(plain_output(state.error[:20_000]), chars=2_000)
        body.append(Notice("", "info" if shown == "rejected" else "error", quote=words))
    return Row(
        one_line(looks.verb) or "Tool",
        target,
        shown,
        one_line(", ".join(filter(None, details))),
        max((state.time.end - state.time.start) / 1000, 0) if state.time.end else 0,
        tuple(body),
        answer,
        looks.open,
    )


def _same(error: Failure) -> tuple[str, str]:
    """Return what makes two reports one failure: a session and its message both report it."""
    return error.name, error.data.message


def _ended(item: Item) -> Item:
    """Return the item as it stays after the turn, when nothing runs and nothing is open."""
    match item.block:
        case Row(state="running" | "pending") as row:
            return replace(item, block=replace(row, state="stopped"))
        case Markdown(open=True) as text:
            return replace(item, block=replace(text, open=False))
        case Notice(until_ms=until) as notice if until:
            words = notice.text.replace("follows by itself", "was still to come.")
            return replace(item, block=replace(notice, text=words, until_ms=0))
        case Fold(kind="reasoning", summary="Thinking") as fold:
            return replace(item, block=replace(fold, summary="Thought"))
        case _:
            return item


def _footer(turn: TurnRecord) -> Footer:
    tokens = turn.tokens
    state = _TURN_STATES[turn.state]
    return Footer(
        state if turn.confirmed else f"{state} (not confirmed by the server)",
        tokens.input + tokens.cache.read + tokens.cache.write,
        tokens.output + tokens.reasoning,
        turn.cost,
        turn.seconds,
        turn.context_used,
    )


def _nearly_full(turn: TurnRecord) -> list[Item]:
    """Return a warning if little more fits into the model's context."""
    used = turn.context_used
    if used < 0.8 or turn.state == "running":
        return []
    words = (
        f"The conversation fills {used:.0%} of the model's context. OpenCode will soon summarise "
        "it to make room, and details are lost then; `--new` begins a new session."
    )
    return [Item("context", Notice(words, "warning"))]
