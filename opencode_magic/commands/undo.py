"""Taking turns back, and bringing them again: first what would change, then the change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..app.app import App
from ..app.past import Past, past_turn
from ..app.undone import remember, undone_of
from ..changes.desk import Left
from ..changes.review import BINARY, NOT_UTF8, REPLACED
from ..changes.rewind import Return, Rewind, Rewound, RewoundFile, Undone
from ..disk.folder import Folder
from ..errors import BusyError, InputError, ServerError
from ..model.review import Unrecorded
from ..model.sessions import Session
from ..render.changes import ChangeList
from ..turns.history import prompts_of
from . import command
from .confirming import ask_first

MOST_NAMED = 3  # files in one line
ELSEWHERE = (
    "the files of the project are not on this machine: it cannot be seen what would be written "
    "over, so nothing was done; undo it in a client on that machine"
)
COMMANDS = "What its commands did while no step was compared is not known here, and stays."


@command(calls=("session.diff", "session.fork", "session.revert", "session.delete_message"))
def undo(app: App, *, yes: bool = False, preview: bool = False, force: bool = False) -> ChangeList:
    """Take the last turn back: its files are put back, its messages leave with the next prompt.

    It shows what will change and asks first; --yes does not ask, --preview only shows. Files that
    no tool of the turn wrote stay as they are, and what cannot be taken back is named. A file that
    was changed since the turn is not overwritten without --force.
    """
    session, folder = _idle_session(app), _folder(app)
    app.connect().need("undo")
    undone = undone_of(app, session)
    turn = past_turn(app, session, folder)
    if undone is not None and turn.first > undone.last:
        raise InputError(
            "this session went on in another client after an /undo here; `/redo` first, or send a "
            "prompt, which forgets what was undone"
        )
    rewind = Rewind(turn.own, folder)
    notes = (*turn.reviewed, *_words(turn))
    if preview:
        moved = (f"`{e.file}` is not as the turn left it: {e.why}." for e in rewind.unfit)
        return ChangeList("This would be taken out of your files:", turn.shown, (*notes, *moved))
    if not force:
        _refuse(turn, rewind.unfit)
    what = ChangeList("This will be taken out of your files:", turn.shown, notes)
    ask_first(app, what, "Undo this?", command="/undo", yes=yes or not turn.shown)
    done = _rewound(app, folder, session, turn, rewind, force=force)
    kept = None if undone and undone.kept is None else {**done.kept, **_since(undone, done)}
    last = undone.last if undone else turn.last
    app.sessions.take(remember(app, session, Undone(turn.first, last, kept)))
    notes = (*notes, *_left(done.left), "`/redo` takes this back.")
    left = {each.file for each in done.left}
    shown = tuple(changed for changed in turn.shown if changed.file not in left)
    if not shown:
        return ChangeList(_without_files(turn, done.left), notes=notes)
    return ChangeList("Undone: these changes are no longer in your files.", shown, notes)


@command(calls=("session.diff",))
def redo(app: App, *, yes: bool = False, preview: bool = False, force: bool = False) -> ChangeList:
    """Take the /undo of this session back: the changes come into your files again.

    It shows what will change and asks first; --yes does not ask, --preview only shows. Only files
    that were undone are written; one that was changed since is not overwritten without --force.
    """
    session, folder = _idle_session(app), _folder(app)
    undone = undone_of(app, session)
    if undone is None:
        if session.revert is not None:
            raise InputError(
                "this was undone in another client, and its way back writes over all files of the "
                "project; redo it there"
            )
        raise InputError("nothing was undone in this session")
    turns = [past_turn(app, session, folder, id) for id in _undone_prompts(app, session, undone)]
    shown = tuple(changed for turn in turns for changed in turn.shown)
    own = [changed for turn in turns for changed in turn.own]
    back = Return(undone.kept, own, folder)
    notes = tuple(note for turn in turns for note in turn.reviewed)
    if preview:
        moved = (f"`{e.file}` stays as it is: {e.why}." for e in (*back.changed, *back.lost))
        return ChangeList("This would come into your files again:", shown, (*notes, *moved))
    if back.lost:
        lost = _named(back.lost)
        raise InputError(f"what was undone cannot be brought back: {lost}. Nothing was done")
    if not force:
        _refuse_changed([each.file for each in back.changed], "redo")
    what = ChangeList("This will come into your files again:", shown, notes)
    ask_first(app, what, "Redo this?", command="/redo", yes=yes or not shown)
    left = back.carry_out()
    app.sessions.take(remember(app, session, None))
    title = "Redone: the changes are back in your files."
    return ChangeList(title, shown, (*notes, *_left(left)))


def _idle_session(app: App) -> Session:
    session = app.sessions.known()
    client = app.connect()
    if client.project.current().vcs != "git":
        raise InputError(
            f"{client.directory} is not a git repository, so nothing can be undone; "
            "`git init` makes it one for the turns to come"
        )
    if session.id in client.dialect.running():
        raise BusyError("a turn of this session still runs; wait, or `/abort` it first")
    return session


def _folder(app: App) -> Folder:
    folder = app.folder()
    if folder is None:
        raise InputError(ELSEWHERE)
    return folder


def _undone_prompts(app: App, session: Session, undone: Undone) -> list[str]:
    messages = app.connect().dialect.messages(session.id)
    return [m.info.id for m in prompts_of(messages) if m.info.order in undone]


def _rewound(
    app: App, folder: Folder, session: Session, turn: Past, rewind: Rewind, *, force: bool
) -> Rewound:
    def by_snapshot(files: Iterable[str]) -> set[str]:
        places = {str(folder.root / file): file for file in files}
        try:
            found = app.connect().dialect.put_back(session.id, turn.prompt_id, turn.end, places)
        except ServerError:
            return set()  # an older server, for one; the files that need it are named
        return {places[place] for place in found}

    cut_short = [each.file for each in turn.missing if each.cut_short and force]
    return rewind.carry_out(by_snapshot, cut_short, force=force)


def _since(undone: Undone | None, done: Rewound) -> dict[str, RewoundFile]:
    """Return what earlier undos kept, as it is now: a redo leads to before all of them."""
    if undone is None or undone.kept is None:
        return {}
    return {
        file: replace(one, left=done.kept[file].left) if file in done.kept else one
        for file, one in undone.kept.items()
    }


def _without_files(turn: Past, left: Sequence[Left]) -> str:
    if left or turn.missing or turn.foreign or turn.unseen_commands:
        return "Undone, but no file was changed."
    if turn.commands:
        return "Undone. No change of a file was recorded."
    return "Undone. No files had changed."


def _words(turn: Past) -> tuple[str, ...]:
    """Tell what of a turn is not taken back."""
    stays = [f"`{each.file}` is not taken back: {each.why}." for each in turn.missing]
    stays += [f"`{file}` stays: no tool of the turn wrote it." for file in turn.foreign]
    return (*stays, COMMANDS) if turn.unseen_commands else tuple(stays)


def _left(left: Sequence[Left]) -> tuple[str, ...]:
    return tuple(f"`{each.file}` was left alone: {each.why}." for each in left)


def _refuse(turn: Past, unfit: Sequence[Left]) -> None:
    """Raise InputError where the turn cannot be taken back as a whole, as far as records tell."""
    missing = [e for e in turn.missing if e.sure and not (e.outside and turn.own)]
    if missing:
        raise InputError(
            f"the turn cannot be taken back: {_named(missing)}. Nothing was done. "
            "`/undo --preview` shows what could be, `/undo --force` does that and takes its "
            "messages back"
        )
    _refuse_mangled(unfit)
    _refuse_changed([each.file for each in unfit], "undo")


def _named(left: Sequence[Left | Unrecorded]) -> str:
    """Return the first files with the reason why they are left."""
    named = "; ".join(f"{each.file}: {each.why}" for each in left[:MOST_NAMED])
    return named + (f"; and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")


def _refuse_mangled(changed: Sequence[Left]) -> None:
    """Raise InputError where bytes, and not the user, keep a file from being compared."""
    mangled = [left for left in changed if left.why in (REPLACED, NOT_UTF8, BINARY)]
    if mangled:
        names = ", ".join(left.file for left in mangled[:MOST_NAMED])
        raise InputError(
            f"{names}: {mangled[0].why}; nothing was done. `/undo --force` puts the exact bytes "
            "back that were there before the turn"
        )


def _refuse_changed(files: list[str], name: str) -> None:
    if not files:
        return
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    raise InputError(
        f"{', '.join(files[:MOST_NAMED])}{more}: changed since, or not comparable; nothing was "
        f"done. `/{name} --preview` shows it, `/{name} --force` overwrites it"
    )
