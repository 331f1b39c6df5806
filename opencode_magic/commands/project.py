"""The project: where it is, its state in git, its configuration."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from ..app.app import App
from ..errors import InputError
from ..files.marking import marks
from ..model.sessions import Project
from ..render.blocks import Code, Item, Notice
from ..render.listing import Listing
from ..render.shown import Shown
from ..render.table import Column, Table
from ..text.amounts import ago_words
from ..text.jsontext import encoded, parsed
from ..text.redact import masked
from . import command
from .confirming import ask_first
from .helpers import code_column, title_item

MS = 1000
WHAT_IT_DOES = (
    "Changing the configuration ends every running turn of the project, writes a `config.json` "
    "into it that nothing reads, and is forgotten when the server ends. A lasting change belongs "
    "into `opencode.json`."
)


@command(calls=("project.current",))
def project(app: App) -> Listing:
    """Show the project, and the notebook, this session works for."""
    client = app.connect()
    found = client.project.current()
    rows = (
        ("folder", client.directory or ""),
        ("root", found.worktree),
        ("version control", found.vcs or "none: diffs and undo need git"),
        ("id", found.id),
        ("notebook", app.place.notebook),
    )
    return Listing("project", rows)


@command(calls=("project.list",))
def projects(app: App) -> Table[Project]:
    """List the projects the server has seen."""
    client = app.connect()
    current = client.project.current().id
    found = sorted(client.project.list(), key=lambda p: -(p.time.updated or p.time.created))
    now_s = time.time()
    return Table(
        "projects",
        tuple(found),
        (
            Column("", lambda p: "*" if p.id == current else "", lambda p: p.id == current),
            code_column("root", lambda p: p.worktree),
            Column("version control", lambda p: p.vcs or "none"),
            Column("used", lambda p: ago_words((p.time.updated or p.time.created) / MS, now_s),
                   lambda p: (p.time.updated or p.time.created) / MS),
        ),
        "* is this one",
    )  # fmt: skip


@command(calls=("paths",))
def path(app: App) -> Listing:
    """Show the folders the server uses."""
    found = app.connect().paths()
    rows = (
        ("works in", found.directory),
        ("root of the project", found.worktree),
        ("configuration", found.config),
        ("state", found.state),
        ("home", found.home),
    )
    return Listing("folders of the server", tuple(row for row in rows if row[1]))


@command(calls=("vcs.get", "vcs.status"))
def vcs(app: App) -> Listing:
    """Show the branch, and how much is not committed."""
    client = app.connect()
    found = client.vcs.get()
    if found.branch is None:
        return Listing("no version control", (), note="diffs and undo need git: `git init`")
    known = marks(client, app.folder(whole=True), client.directory or client.own_directory())
    counts = Counter(file.status for file in known.changes)
    changed = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    if known.missing:
        changed = f"not known: {known.missing}"
    rows = (
        ("branch", found.branch),
        ("default branch", found.default_branch or ""),
        ("not committed", changed or "nothing"),
    )
    return Listing("version control", rows, note="`/changes` shows it" if counts else "")


@command(calls=("config.get", "config.update"))
def config(app: App, key: str = "", value: str = "", *, yes: bool = False) -> Shown[Any]:
    """Show the configuration, or what stands at KEY (`provider.name`); keys are masked.

    With a VALUE (JSON, or plain words) it is changed there, which ends every running turn: it asks
    first, or is told --yes.
    """
    client = app.connect()
    if value:
        client.need("config-write")
        changes = _nested(key.split("."), _read(value))
        preview = Listing(f"{key} will be {value}", (), note=WHAT_IT_DOES)
        ask_first(app, preview, "Change it?", command=f"/config {key} {value}", yes=yes)
        settings = client.config.update(changes)
        note = WHAT_IT_DOES
    else:
        settings, note = client.config.all(), ""
    shown = masked(dict(settings))
    last = ""
    for last in key.split(".") if key else ():
        if not isinstance(shown, dict) or last not in shown:
            there = ", ".join(shown) if isinstance(shown, dict) else "nothing below it"
            raise InputError(f"the configuration has no {key!r}; at {last!r} there is {there}")
        shown = masked(shown[last], name=last)
    text = app.redact(json.dumps(shown, indent=2, ensure_ascii=False))
    items = [
        title_item(f"configuration: {key}" if key else "configuration"),
        Item("text", Code(text, "json")),
        *([Item("note", Notice(note))] if note else []),
    ]
    return Shown(shown, tuple(items))


def _read(value: str) -> Any:
    try:
        found = parsed(value)
    except (ValueError, RecursionError):
        return value
    encoded(found, "the value")
    return found


def _nested(keys: list[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value
