"""Taking turns back, and bringing them again: first what would change, then the change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import Folder, UntouchableError
from ..errors import BusyError, InputError
from ..history import prompts_of
from ..render.changes import ChangeList
from ..undoing import changed_since
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
    diff = tuple(client.session.diff(session.id, last))
    folder = _folder(app)
    if preview:
        return ChangeList("This would be taken out of your files:", diff, _moved(diff, folder))
    if folder is not None and not force:
        _refuse_changed([left.file for left in changed_since(diff, folder)], "undo")
    _ask_first(app, "undo", "will be taken out of your files", diff, yes=yes or not diff)
    app.session = client.session.revert(session.id, last)
    app.undone[session.id] = {**app.undone.get(session.id, {}), **_digests(diff, folder)}
    if not diff:
        return ChangeList("Undone. No files had changed.", notes=("`/redo` takes this back.",))
    title = "Undone: these changes are no longer in your files."
    return ChangeList(title, diff, ("`/redo` takes this back.",))


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
    diff = tuple(d for id in undone for d in client.session.diff(session.id, id))
    folder = _folder(app)
    if preview:
        return ChangeList("This would come into your files again:", diff)
    known = app.undone.get(session.id, {})
    if folder is not None and not force:
        now = _digests(diff, folder)
        _refuse_changed([f for f, digest in now.items() if known.get(f, digest) != digest], "redo")
    _ask_first(app, "redo", "will come into your files again", diff, yes=yes or not diff)
    app.session = client.session.unrevert(session.id)
    app.undone.pop(session.id, None)
    return ChangeList("Redone: the changes are back in your files.", diff)


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


def _folder(app: App) -> Folder | None:
    """The project's files, where they are on this machine."""
    client = app.connect()
    managed = app.link is not None and app.link.managed is not None
    path = Path(client.directory or "")
    if not client.directory or not (managed or (client.loopback and path.is_dir())):
        return None
    root = Path(client.project.current().worktree)
    return Folder(path, root if path.is_relative_to(root) else None)


def _moved(diff: Iterable[FileDiff], folder: Folder | None) -> tuple[str, ...]:
    left = changed_since(diff, folder) if folder is not None else ()
    return tuple(f"`{each.file}` is not as the turn left it: {each.why}." for each in left)


def _refuse_changed(files: list[str], name: str) -> None:
    if not files:
        return
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    raise InputError(
        f"{', '.join(files[:MOST_NAMED])}{more}: changed since, or not comparable; nothing was "
        f"done. `/{name} --preview` shows it, `/{name} --force` overwrites it"
    )


def _ask_first(app: App, name: str, what: str, diff: tuple[FileDiff, ...], *, yes: bool) -> None:
    preview = ChangeList(f"This {what}:", diff)
    ask_first(app, preview, f"{name.capitalize()} this?", command=f"/{name}", yes=yes)


def _digests(diff: Iterable[FileDiff], folder: Folder | None) -> dict[str, str]:
    """How the files stand now; those that cannot be read are left out."""
    found: dict[str, str] = {}
    for changed in diff if folder is not None else ():
        try:
            data = folder.read(changed.file).data if folder is not None else None
        except UntouchableError:
            continue
        found[changed.file] = "" if data is None else hashlib.sha256(data).hexdigest()
    return found
