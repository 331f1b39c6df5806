"""Looking for what is in the project's files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from ..app.app import App
from ..client import Client
from ..disk.folder import Folder
from ..errors import InputError, OpencodeError
from ..files.marking import COUNTED, WAIT_S, marks
from ..files.naming import compared, true_names
from ..files.project import relative
from ..model.files import FileDiff, FileStatus, Match, Symbol
from ..model.sessions import Project
from ..render.blocks import Cell, Grid, Item, Look, Notice, Span
from ..render.changes import ChangeList
from ..render.shown import Shown
from ..render.table import Column, Table
from ..text.amounts import count_words
from ..text.visible import one_line
from . import command
from .helpers import code_column, title_item

MOST_READ = 20  # files whose lines around the matches are shown
MOST_FILES = 200  # the server lists no more
MOST_CHANGED = 5_000  # lines; a larger diff is listed, not shown
LINE_CHARS = 300


@command(calls=("find.text",))
def find(app: App, pattern: str, *, context: int = 1) -> Shown[tuple[Match, ...]]:
    """Find lines that match a regular expression of ripgrep's, in all files git does not ignore.

    PATTERN is taken as written, quotes and all. The server stops at the first few lines. CONTEXT is
    how many around each are shown.
    """
    client = app.connect()
    client.need("grep")
    found = client.find.readable(pattern)
    around = _texts(found.matches, client) if context > 0 else {}
    notes = tuple(Item(f"note:{n}", Notice(note)) for n, note in enumerate(found.notes))
    title = _counted(found.matches) or ("none that can be shown" if notes else "no line matches")
    listed = _matches(found.matches, app, around, context)
    return Shown(found.matches, (title_item(title), *listed, *notes))


@command(calls=("find.files",))
def files(app: App, query: str = "", *, folders: bool = False, limit: int = 50) -> Table[str]:
    """Find files, or --folders, whose paths are like QUERY; at most LIMIT, 1 to 200."""
    kind: Literal["directory", "file"] = "directory" if folders else "file"
    told = app.connect().find.files(query, limit=limit, type=kind)
    names = _true_names(app, told)
    found = [names.get(path, path) for path in told]
    note = "" if found else "nothing is named like that"
    if len(found) == limit:
        note = f"there may be more; `--limit {MOST_FILES}` lists more"
    return Table("", tuple(found), (code_column("path", str),), note)


@command(calls=("find.symbols",))
def symbols(app: App, query: str) -> Table[Symbol]:
    """Find functions, classes and other names by a language server."""
    client = app.connect()
    client.need("symbols")
    found = tuple(client.find.symbols(query))
    note = ""
    if not found:
        running = "lsp" not in client.capabilities or client.lsp.status()
        note = "no such name" if running else "no language server runs, which would know; see /lsp"
    return Table(
        "symbols",
        found,
        (
            code_column("name", lambda s: s.name),
            Column("file", lambda s: s.location.uri.removeprefix("file://")),
            Column("line", lambda s: f"{s.location.range.start.line + 1}",
                   lambda s: s.location.range.start.line + 1, number=True),
        ),
        note,
    )  # fmt: skip


@command(calls=("vcs.status", "vcs.diff", "file.status"))
def changes(app: App, *, branch: bool = False) -> ChangeList | Table[FileStatus]:
    """Show what differs from the last commit; --branch: from the default branch."""
    client = app.connect()
    directory = client.directory or client.own_directory()
    project = client.project.current()
    if project.vcs != "git":
        raise InputError(f"{directory} is not a git repository; `git init` makes it one")
    if branch:
        diff = client.vcs.diff(mode="branch")
        return _change_list("different from the default branch:", diff, directory, project)
    title = "not committed:"
    known = marks(client, app.folder(whole=True), directory)
    if len(known.changes) > COUNTED:
        return _status_table(title, known.changes, "too many to count their lines")
    try:
        status = relative(client.vcs.status(timeout_s=WAIT_S), directory, project.worktree)
        if sum(f.additions + f.deletions for f in status) > MOST_CHANGED:
            return _status_table(title, status, "too much to show line by line", counted=True)
        found = _change_list(title, client.vcs.diff(timeout_s=WAIT_S), directory, project)
    except OpencodeError as error:
        if known.missing:
            raise
        why = error.message.partition("; ")[0]
        return _status_table(title, known.changes, f"what changed in them is not known: {why}")
    folder = app.folder(whole=True)
    return found if folder is None else _by_true_names(found, folder, known.changes)


def _by_true_names(told: ChangeList, folder: Folder, known: Sequence[FileStatus]) -> ChangeList:
    """Return the changes with those that the server cannot read, as it misspells the names."""
    states = {change.file: change.status for change in known}
    names = true_names(states)
    diff = (
        compared(folder, names[d.file], states[names[d.file]]) if d.file in names else d
        for d in told.diff
    )
    return replace(told, diff=tuple(diff))


def _change_list(
    title: str, diff: Sequence[FileDiff], directory: str, project: Project
) -> ChangeList:
    found = relative(diff, directory, project.worktree)
    return ChangeList(title if found else f"nothing is {title.rstrip(':')}", tuple(found))


def _status_table(
    title: str, status: Sequence[FileStatus], note: str, *, counted: bool = False
) -> Table[FileStatus]:
    columns: list[Column[FileStatus]] = [
        code_column("file", lambda f: f.file),
        Column("state", lambda f: f.status),
    ]
    if counted:
        columns += [
            Column("+", lambda f: f"{f.additions:,}", lambda f: f.additions, number=True),
            Column("-", lambda f: f"{f.deletions:,}", lambda f: f.deletions, number=True),
        ]
    return Table(title, tuple(status), tuple(columns), note)


def _texts(found: Sequence[Match], client: Client) -> dict[str, list[str]]:
    """Return the lines of the files that match; nothing where there are too many to ask for."""
    paths = dict.fromkeys(str(match.path) for match in found)
    texts: dict[str, list[str]] = {}
    for path in paths if len(paths) <= MOST_READ else ():
        with suppress(OpencodeError):  # gone, or no text: its matches are shown alone
            texts[path] = client.file.content(path).content.split("\n")
    return texts


def _rows(
    matches: Sequence[Match], lines: Sequence[str], context: int, app: App
) -> Iterator[tuple[Cell, Cell]]:
    """Yield the matches of a file by number, with quiet lines around them; gaps are marked."""
    by_number = {match.line_number: match for match in matches}
    wanted = set(by_number)
    for number in by_number:
        near = range(number - context, number + context + 1)
        wanted |= {n for n in near if 1 <= n <= len(lines)}
    last = min(wanted) - 1
    for number in sorted(wanted):
        if number > last + 1:
            yield (Span("…", "quiet"),), ""
        last = number
        if number in by_number:
            yield f"{number}", _line(by_number[number], app)
        else:
            text = lines[number - 1]
            text = app.redact(text if len(text) <= LINE_CHARS else text[: LINE_CHARS - 1] + "…")
            yield (Span(f"{number}", "quiet"),), (Span(text, "quiet"),)


def _counted(found: Sequence[Match]) -> str:
    files = len({str(match.path) for match in found})
    return f"{count_words(len(found), 'line')} in {count_words(files, 'file')}" if found else ""


def _true_names(app: App, told: Iterable[str]) -> dict[str, str]:
    """Return the paths of the server as they are on disk, where it misspells some."""
    folder = app.folder(whole=True)
    if folder is None or not any("\ufffd" in path or "/" in path for path in told):
        return {}
    return true_names(folder.files())


def _matches(
    found: Sequence[Match], app: App, around: Mapping[str, Sequence[str]], context: int
) -> Iterator[Item]:
    """Yield the matches under the names of their files."""
    by_file: dict[str, list[Match]] = {}
    for match in found:
        by_file.setdefault(str(match.path), []).append(match)
    names = _true_names(app, by_file)
    for path, matches in by_file.items():
        rows = tuple(_rows(matches, around.get(path, ()), context, app))
        yield Item(f"file:{path}", Grid(("", ""), rows, frozenset({0}), names.get(path, path)))


def _line(match: Match, app: App) -> Cell:
    """Return the line with its hits; ripgrep counts the bytes of UTF-8."""
    data = str(match.lines).encode()
    pieces: list[Span] = []
    at = 0
    for hit in sorted(match.submatches, key=lambda s: s.start):
        if hit.start < at:
            continue
        pieces += [_span(data[at : hit.start], "code"), _span(data[hit.start : hit.end], "hit")]
        at = hit.end
    pieces.append(_span(data[at:].rstrip(b"\r\n"), "code"))
    shown = tuple(Span(app.redact(p.text), p.look) for p in pieces if p.text)
    if sum(len(span.text) for span in shown) > LINE_CHARS:
        return (Span(one_line("".join(s.text for s in shown), chars=LINE_CHARS), "code"),)
    return shown


def _span(data: bytes, look: Look) -> Span:
    return Span(data.decode("utf-8", "replace"), look)
