"""The past of a session, from the server's record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from msgspec import structs

from ..changes.joined import joined
from ..client import Client
from ..errors import InputError, OpencodeError
from ..model.messages import TOOL_CALLS, Message, UserSummary
from ..model.outcome import LEFT_OPEN, Ending
from ..model.sessions import KEY, Session
from ..model.transcript import Transcript, from_messages
from ..traces.authorship import Authorship
from .record import with_subagents
from .turn import Turn

UNDONE = "undone"
"""In our entry of a session's metadata: what was undone and not forgotten yet."""
GOES_ON = ("", TOOL_CALLS)
"""The reasons for which a step ends that is not the last of its turn."""


def prompts_of(messages: Iterable[Message]) -> list[Message]:
    """Return the user messages of a person, not those the server adds around a compaction."""
    return list(filter(_is_prompt, messages))


def _is_prompt(message: Message) -> bool:
    begun = message.info.role == "user" and message.origin in ("person", "shell")
    return begun and not message.added  # such a word belongs to the turn that ran


def by_turn(messages: Iterable[Message]) -> list[list[Message]]:
    """Return the messages of each turn, oldest first: the prompt that began it, and what followed.

    `messages` are those of a session, oldest first.
    """
    turns: list[list[Message]] = []
    for message in messages:
        if _is_prompt(message):
            turns.append([])
        if turns:
            turns[-1].append(message)
    return turns


def said_in(prompt: Message) -> str:
    """Return the words of a prompt."""
    return "\n".join(prompt.texts)


def running_prompt(messages: Sequence[Message]) -> Message | None:
    """Return the prompt that began what runs now: the first, where more were queued meanwhile."""
    found = None
    for message in reversed(messages):
        info = message.info
        if (
            info.role == "assistant"
            and found
            and (info.error or (info.finish or "") not in GOES_ON)
        ):
            break
        if _is_prompt(message):
            found = message
    return found


def window_of(client: Client, model: str) -> int:
    """Return how many tokens the context of `provider/model` holds; 0 where that is not told."""
    provider, _, name = model.partition("/")
    try:
        usable = client.config.providers().providers
    except OpencodeError:
        return 0  # a turn is kept without it
    windows = (p.models[name].window for p in usable if p.id == provider and name in p.models)
    return next(windows, 0)


def turn_index(number: str | int, count: int) -> int:
    """Return the negative index of one of `count` turns, of which 1 is the first, -1 the last."""
    try:
        wanted = int(number)
    except ValueError:
        wanted = 0
    if not 1 <= abs(wanted) <= count:
        raise InputError(f"no turn {number!r}; this session has {count}")
    return wanted - 1 - count if wanted > 0 else wanted


def end_of_turn(messages: Sequence[Message], number: str, undone: str = "") -> str:
    """Return the message before which a copy of a session that keeps a turn must end.

    It is "" where nothing comes after the turn.

    Parameters
    ----------
    messages:
        those of the session, oldest first.
    number:
        which turn, "" for the last.
    undone:
        the place where what was undone begins, "" where nothing was: it does not count.
    """
    starts = [m for m in prompts_of(messages) if not undone or m.info.order < undone]
    after = turn_index(number or "-1", len(starts)) + 1
    if after:
        return starts[after].info.id
    return next((m.info.id for m in messages if undone and m.info.order >= undone), "")


def undone_in(session: Session) -> tuple[str, str] | None:
    """Return where what was undone in a session begins and ends, as its metadata has it."""
    ours = (session.metadata or {}).get(KEY)
    found = ours.get(UNDONE) if isinstance(ours, dict) else None
    match found:
        case [str(first), str(last)]:
            return first, last
    return None


def copy_session(client: Client, parent: Session, turn: str = "") -> Session:
    """Return a copy of a session up to a turn, or of all of it but what was undone."""
    messages = client.dialect.messages(parent.id)
    found = undone_in(parent)
    undone = found[0] if found else parent.revert.order if parent.revert else ""
    end = end_of_turn(messages, turn, undone)
    return client.session.fork(parent.id, message_id=end)


def aside(client: Client, parent: Session | None, turn: str = "", title: str = "") -> Session:
    """Return a session that knows what was said in `parent`, up to `turn`; delete it after use.

    It has the title of the parent, and `title` where there is none.
    """
    if parent is None:
        return client.session.create(title=title)
    if not client.dialect.newest(parent):
        return client.session.create(title=parent.title)
    return structs.replace(copy_session(client, parent, turn), title=parent.title)


def past_turns(client: Client, session: Session) -> list[Turn]:
    """Return the turns of a session, oldest first, from the server's record."""
    messages = client.dialect.messages(session.id)
    turns = [_past_turn(session, mine) for mine in by_turn(messages)]
    if turns and turns[-1].failure is LEFT_OPEN and session.id in client.dialect.running():
        turns[-1] = replace(turns[-1], state="running", failure=None)
    return turns


def authorship_of(
    client: Client, session: Session, messages: Sequence[Message], notebook: str
) -> Authorship:
    """Return who can have written what changed while these messages of a session came.

    `notebook` is the file of the open notebook, which its page writes.
    """
    transcript = with_subagents(client.dialect, Transcript(session.id), messages, running=False)
    return Authorship(transcript, notebook)


def with_room(turn: Turn) -> Turn:
    """Return the turn of a compaction with a note on how much room it made."""
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
    """Return what the user had the shell run: only the tool's input has it."""
    return next((str(call.state.input.get("command", "")) for call in transcript.tools), "")


def _past_turn(session: Session, messages: Sequence[Message]) -> Turn:
    start = messages[0]
    transcript = from_messages(session.id, {session.id: messages})
    shell = start.origin == "shell"
    # What nothing answers was stopped before it ran: the record does not tell.
    ending = Ending(transcript, shell=shell, stopping=not transcript.answers)
    said = [m.info.summary.diffs for m in messages if isinstance(m.info.summary, UserSummary)]
    last = max((m.info.time.completed for m in transcript.answers), default=0)
    return Turn(
        session=session.id,
        prompt=_command(transcript) if shell else said_in(start),
        transcript=transcript,
        state=ending.state,
        diff=Authorship(transcript).of_turn(joined(said)),
        failure=ending.failure,
        seconds=max(0.0, (last - start.info.time.created) / 1000),
        title=session.title,
    )
