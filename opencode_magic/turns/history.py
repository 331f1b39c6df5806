"""What a session has been through, from the server's record: ids ascend, and so does time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from msgspec import structs

from ..client import Client
from ..errors import InputError, OpencodeError, ServerError, TurnError
from ..model.messages import TOOL_CALLS, Message, UserSummary
from ..model.outcome import LEFT_OPEN, Ending
from ..model.sessions import KEY, Session
from ..model.transcript import Transcript, from_messages
from ..traces.authorship import Authorship
from .settle import with_subagents
from .turn import Turn

UNDONE = "undone"
"""In our entry of a session's metadata: what was undone and not forgotten yet."""
GOES_ON = ("", TOOL_CALLS)
"""How the steps of a turn end that are not its last."""


def newest_id(client: Client, session_id: str) -> str:
    """The id of the session's newest message: ids ascend, so a turn's messages have later ones."""
    try:
        return max((m.info.id for m in client.session.messages(session_id, limit=1)), default="")
    except ServerError as error:
        raise TurnError(
            f"the messages of {session_id} cannot be read ({error.message}); start another "
            "session with --new"
        ) from error


def prompts_of(messages: Iterable[Message]) -> list[Message]:
    """The user messages that a person sent: not what the server adds around a compaction."""
    return [m for m in messages if m.info.role == "user" and m.origin in ("person", "shell")]


def next_prompt(messages: Iterable[Message], prompt: Message) -> Message | None:
    """Return the prompt that began the turn after this prompt's, None where there is none."""
    return next((m for m in prompts_of(messages) if m.info.order > prompt.info.order), None)


def turn_from(messages: Sequence[Message], prompt: Message) -> list[Message]:
    """Return the messages of the turn that a prompt began, oldest first."""
    begun = [m for m in messages if m.info.order >= prompt.info.order]
    end = next_prompt(begun, prompt)
    return begun if end is None else [m for m in begun if m.info.order < end.info.order]


def said_in(prompt: Message) -> str:
    """The words of a prompt."""
    return "\n".join(prompt.texts)


def running_prompt(messages: Sequence[Message]) -> Message | None:
    """The prompt that began what runs now; the first, where more were queued meanwhile."""
    found = None
    for message in reversed(messages):
        info = message.info
        if info.role == "assistant" and found and (info.error or info.finish not in GOES_ON):
            break
        if message in prompts_of([message]):
            found = message
    return found


def window_of(client: Client, model: str) -> int:
    """How many tokens the context of `provider/model` holds; 0 where the server does not say."""
    provider, _, name = model.partition("/")
    try:
        usable = client.config.providers().providers
    except OpencodeError:
        return 0  # a turn is kept without it
    windows = (p.models[name].window for p in usable if p.id == provider and name in p.models)
    return next(windows, 0)


def turn_index(number: str | int, count: int) -> int:
    """Which of `count` turns is meant: 1 is the first, -1 the last; a negative index."""
    try:
        wanted = int(number)
    except ValueError:
        wanted = 0
    if not 1 <= abs(wanted) <= count:
        raise InputError(f"no turn {number!r}; this session has {count}")
    return wanted - 1 - count if wanted > 0 else wanted


def end_of_turn(messages: Iterable[Message], number: str, undone: str = "") -> str:
    """The message before which a session ends after that turn; "" where it ends by itself.

    No number is the last turn. What was undone, from that message on, does not count.
    """
    starts = [m.info.id for m in prompts_of(messages) if not undone or m.info.id < undone]
    after = turn_index(number or "-1", len(starts)) + 1
    return starts[after] if after else undone


def undone_in(session: Session) -> tuple[str, str] | None:
    """The first and the last message of what was undone in a session, as its metadata has it."""
    ours = (session.metadata or {}).get(KEY)
    found = ours.get(UNDONE) if isinstance(ours, dict) else None
    match found:
        case [str(first), str(last)]:
            return first, last
    return None


def copy_session(client: Client, parent: Session, turn: str = "") -> Session:
    """A copy of a session up to a turn, or all of it but what was undone."""
    found = undone_in(parent)
    undone = found[0] if found else parent.revert.message_id if parent.revert else ""
    end = end_of_turn(client.session.messages(parent.id), turn, undone)
    return client.session.fork(parent.id, message_id=end)


def aside(client: Client, parent: Session | None, turn: str = "", title: str = "") -> Session:
    """A session that knows what was said in another, under its title; to be deleted after use."""
    if parent is None:
        return client.session.create(title=title)
    if not newest_id(client, parent.id):
        return client.session.create(title=parent.title)
    return structs.replace(copy_session(client, parent, turn), title=parent.title)


def past_turns(client: Client, session: Session) -> list[Turn]:
    """The turns of a session, oldest first, from the server's record."""
    messages = list(client.session.messages(session.id))
    turns = [_past_turn(session, p, turn_from(messages, p)) for p in prompts_of(messages)]
    if turns and turns[-1].failure is LEFT_OPEN and session.id in client.session.statuses():
        turns[-1] = replace(turns[-1], state="running", failure=None)
    return turns


def authorship_of(
    client: Client, session: Session, messages: Sequence[Message], notebook: str
) -> Authorship:
    """Who can have written what changed while these messages of a session came."""
    transcript = with_subagents(client, Transcript(session.id), messages, running=False)
    return Authorship(transcript, notebook)


def with_room(turn: Turn) -> Turn:
    """The turn of a compaction, with a note on how much room it made."""
    summary = next((m.info for m in turn.answers if m.info.is_summary and m.info.finish), None)
    if summary is None:
        return turn
    used = summary.tokens
    before = used.input + used.cache.read + used.cache.write
    note = (
        f"{before:,} tokens were read and summed up in {used.output:,}: those are sent from now on."
    )
    return replace(turn, notes=(*turn.notes, note))


def _command(transcript: Transcript) -> str:
    """What the user had the shell run: only the tool's input has it."""
    return next((str(call.state.input.get("command", "")) for call in transcript.tools), "")


def _past_turn(session: Session, start: Message, messages: list[Message]) -> Turn:
    transcript = from_messages(session.id, {session.id: messages})
    shell = start.origin == "shell"
    # What nothing answers was stopped before it ran: the record does not tell.
    ending = Ending(transcript, shell=shell, stopping=not transcript.answers)
    summary = start.info.summary
    last = max((m.info.time.completed for m in transcript.answers), default=0)
    return Turn(
        session=session.id,
        prompt=_command(transcript) if shell else said_in(start),
        transcript=transcript,
        state=ending.state,
        diff=Authorship(transcript).of_turn(
            summary.diffs if isinstance(summary, UserSummary) else ()
        ),
        failure=ending.failure,
        seconds=max(0.0, (last - start.info.time.created) / 1000),
        title=session.title,
    )
