"""Taking turns back, and bringing them again: first what would change, then the change."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from ..authorship import Authorship
from ..disk import Folder
from ..errors import BusyError, InputError
from ..history import authorship_of, prompts_of
from ..keeping import kept
from ..render.changes import ChangeList
from ..render.paths import inside
from ..review import BINARY, NOT_UTF8, REPLACED
from ..undoing import Left, changed_since, digests
from ..wire import FileDiff, Session
from . import command
from .confirming import ask_first

if TYPE_CHECKING:
    from ..app import App

MOST_NAMED = 3  # files in one line


@command(calls=("session.revert",))
def undo(app: App, *, yes: bool = False, preview: bool = False, force: bool = False) -> ChangeList:
    """Take the last turn back: its files are put back, its messages leave with the next prompt.

    It shows what will change and asks first; --yes does not ask, --preview only shows. A file that
    was changed since the turn is not overwritten without --force.
    """
    session = _idle_session(app)
    client = app.connect()
    last = _last_prompt(app, session)
    authorship = _authorship(app, session, last)
    diff = authorship.of_turn(client.session.diff(session.id, last))
    folder = app.folder()
    changed = _changed(app, session, diff, folder)
    seen = _reviewed(app, session, diff)
    if preview:
        moved = (f"`{each.file}` is not as the turn left it: {each.why}." for each in changed)
        return ChangeList("This would be taken out of your files:", diff, (*seen, *moved))
    if not force:
        _refuse_mangled(changed)
        _refuse_changed([left.file for left in changed], "undo")
    _ask_first(app, "undo", "will be taken out of your files", diff, seen, yes=yes or not diff)
    with _others_kept(authorship, folder, force=force):
        app.session = client.session.revert(session.id, last)
    app.undone[session.id] = {**app.undone.get(session.id, {}), **_digests(diff, folder)}
    if not diff:
        return ChangeList("Undone. No files had changed.", notes=("`/redo` takes this back.",))
    title = "Undone: these changes are no longer in your files."
    return ChangeList(title, diff, (*seen, "`/redo` takes this back."))


@command(calls=("session.unrevert",))
def redo(app: App, *, yes: bool = False, preview: bool = False, force: bool = False) -> ChangeList:
    """Take the /undo of this session back: the changes come into your files again.

    It shows what will change and asks first; --yes does not ask, --preview only shows. A file that
    was changed since the undo is not overwritten without --force.
    """
    session = _idle_session(app)
    client = app.connect()
    if session.revert is None:
        raise InputError("nothing was undone in this session")
    messages = client.session.messages(session.id)
    undone = [m.info.id for m in prompts_of(messages) if m.info.id >= session.revert.message_id]
    authorship = _authorship(app, session, session.revert.message_id)
    changed = (d for id in undone for d in client.session.diff(session.id, id))
    diff = authorship.of_turn(changed)
    folder = app.folder()
    seen = _reviewed(app, session, diff)
    if preview:
        return ChangeList("This would come into your files again:", diff, seen)
    known = app.undone.get(session.id, {})
    if not force:
        now = _digests(diff, folder)
        _refuse_changed([f for f, digest in now.items() if known.get(f, digest) != digest], "redo")
    _ask_first(app, "redo", "will come into your files again", diff, seen, yes=yes or not diff)
    with _others_kept(authorship, folder, force=force):
        app.session = client.session.unrevert(session.id)
    app.undone.pop(session.id, None)
    return ChangeList("Redone: the changes are back in your files.", diff, seen)


def _idle_session(app: App) -> Session:
    session = app.known_session()
    client = app.connect()
    if client.project.current().vcs != "git":
        raise InputError(
            f"{client.directory} is not a git repository, so nothing can be undone; "
            "`git init` makes it one for the turns to come"
        )
    if session.id in client.session.statuses():
        raise BusyError("a turn of this session still runs; wait, or `/abort` it first")
    return session


def _last_prompt(app: App, session: Session) -> str:
    """The user message to roll back to: the last one, or the one before what is undone already."""
    before = session.revert.message_id if session.revert else "~"
    messages = app.connect().session.messages(session.id)
    prompts = [m.info.id for m in prompts_of(messages) if m.info.id < before]
    if not prompts:
        raise InputError("this session has no turn to undo")
    return prompts[-1]


# -- what is not the turn's ---------------------------------------------------------------------


def _authorship(app: App, session: Session, since: str) -> Authorship:
    """Who can have written what changed from that prompt on."""
    client = app.connect()
    messages = [m for m in client.session.messages(session.id) if m.info.id >= since]
    return authorship_of(client, session, messages, app.open_notebook)


def _others_kept(
    authorship: Authorship, folder: Folder | None, *, force: bool
) -> AbstractContextManager[None]:
    """Keep what changed meanwhile and is not the turn's: the server takes it back, too."""
    files = [inside(file, authorship.root) for file in authorship.foreign]
    if folder is not None:
        return kept(files, folder)
    if files and not force:
        raise InputError(
            f"{', '.join(files[:MOST_NAMED])}: changed during the turn, but not by its tools; the "
            "server would take it back, and its files are not on this machine. Nothing was done; "
            "`--force` does it all the same"
        )
    return nullcontext()


# -- what keeps it from being done ----------------------------------------------------------------


def _changed(
    app: App, session: Session, diff: tuple[FileDiff, ...], folder: Folder | None
) -> list[Left]:
    """The files that are neither as the turn left them nor as its review did."""
    if folder is None:
        return []
    known = app.reviewed.get(session.id, {})
    now = digests(known, folder)
    left = changed_since(diff, folder)
    return [each for each in left if each.file not in now or now[each.file] != known[each.file]]


def _reviewed(app: App, session: Session, diff: tuple[FileDiff, ...]) -> tuple[str, ...]:
    """What to know of files a review undid something in: the diff is the turn's, as it was."""
    known = app.reviewed.get(session.id, {})
    files = [changed.file for changed in diff if changed.file in known]
    return tuple(
        f"`{file}`: what a review undid is in this diff, not in the file." for file in files
    )


def _digests(diff: tuple[FileDiff, ...], folder: Folder | None) -> dict[str, str]:
    """How the turn's files stand now."""
    return digests((changed.file for changed in diff), folder) if folder is not None else {}


def _refuse_mangled(changed: list[Left]) -> None:
    """Say the true reason where bytes, and not the user, keep a file from being compared."""
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


def _ask_first(
    app: App,
    name: str,
    what: str,
    diff: tuple[FileDiff, ...],
    notes: tuple[str, ...],
    *,
    yes: bool,
) -> None:
    preview = ChangeList(f"This {what}:", diff, notes)
    ask_first(app, preview, f"{name.capitalize()} this?", command=f"/{name}", yes=yes)
