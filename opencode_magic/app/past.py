"""A turn that is over, as `/undo` and `/redo` need it: what it changed, and what is unrecorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..changes.rewind import Undone
from ..disk.folder import Folder
from ..disk.places import real_place
from ..disk.repository import changed_at, snapshot_trouble
from ..errors import InputError
from ..model.files import FileDiff
from ..model.messages import Message
from ..model.review import Unrecorded
from ..model.sessions import Session
from ..model.transcript import Transcript, patches_by_prompt
from ..traces.authorship import Authorship
from ..traces.edits import Edits
from ..traces.unrecorded import unrecorded
from ..turns.history import by_turn
from ..turns.record import with_subagents
from .app import App
from .undone import undone_of

CLOCKS_S = 0.05
"""How far the clock of a file system may be behind ours: it ticks more slowly."""


@dataclass(frozen=True)
class Past:
    """A turn of the past.

    `first` and `last` are the `order` of its first and last message; `end` is the id of the first
    message after it, "" where there is none.
    """

    prompt_id: str
    first: str
    last: str
    end: str
    shown: tuple[FileDiff, ...] = ()
    """What its tools changed, as the server recorded it."""
    own: tuple[FileDiff, ...] = ()
    """What a review left of that."""
    foreign: tuple[str, ...] = ()
    """Files of the server's diff that neither a tool of the turn nor the notebook's page wrote."""
    missing: tuple[Unrecorded, ...] = ()
    """Completed edits that are in no diff."""
    commands: bool = False
    """Whether commands ran: what they change may be in no record."""
    unseen_commands: bool = False
    """Whether some of them ran while no snapshot was taken."""
    reviewed: tuple[str, ...] = ()
    """What to know of files a review undid something in."""


def past_turn(app: App, session: Session, folder: Folder, prompt_id: str = "") -> Past:
    """Return the turn of a prompt; without one the last that was not undone yet."""
    client = app.connect()
    messages = client.dialect.messages(session.id)
    turns = by_turn(messages)
    before = session.revert.order if session.revert else ""
    number = _number([mine[0] for mine in turns], prompt_id, undone_of(app, session), before)
    mine = turns[number]
    prompt = mine[0]
    end = turns[number + 1][0].info.id if number + 1 < len(turns) else ""
    transcript = with_subagents(client.dialect, Transcript(session.id), mine, running=False)
    said = tuple(client.dialect.diff(session.id, patches_by_prompt(mine)))
    edits = Edits(transcript, str(folder.root), real_place)
    authorship = Authorship(transcript, app.open_notebook)
    began_s = prompt.info.time.created / 1000
    shown = tuple(d for d in said if _is_own(d, authorship, folder, began_s))
    names = {d.file for d in shown}
    others = [d.file for d in said if d.file not in names]
    review = app.reviewed.get(session.id, {}).get(prompt.info.id)
    gone = [d.file for d in shown if review and d.file in review.files]
    return Past(
        prompt.info.id,
        prompt.info.order,
        mine[-1].info.order,
        end,
        shown,
        tuple(d for d in (review.stayed if review else shown) if d.file in names),
        tuple(file for file in others if not authorship.saved_by_page(file)),
        unrecorded(edits, said, folder),
        authorship.commands,
        edits.unseen_commands or (authorship.commands and bool(snapshot_trouble(folder))),
        tuple(f"`{f}`: what a review undid is in this diff, not in the file." for f in gone),
    )


def _number(prompts: Sequence[Message], wanted: str, undone: Undone | None, before: str) -> int:
    """Return the number of the prompt's turn; without a prompt of the last that was not undone.

    Parameters
    ----------
    prompts:
        the first message of each turn.
    wanted:
        the id of the prompt; "" for the last turn.
    undone:
        what was undone from here.
    before:
        the `order` from which on another client has undone messages; "" where none has.
    """
    for number in reversed(range(len(prompts))):
        info = prompts[number].info
        gone = bool(before) and info.order >= before
        if wanted == info.id or not (wanted or gone or (undone and info.order in undone)):
            return number
    raise InputError("this session has no turn to undo")


def _is_own(said: FileDiff, authorship: Authorship, folder: Folder, began_s: float) -> bool:
    """Return whether a tool of the turn wrote a file of its diff.

    A server compares the whole project: where one snapshot failed, the next one also shows what was
    done by hand long before.
    """
    if not authorship.wrote(said.file):
        return False
    changed = changed_at(said.file, folder)
    return authorship.named(said.file) or not changed or changed > began_s - CLOCKS_S
