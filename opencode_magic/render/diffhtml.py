"""Diffs as HTML: a `pre` for each file, in it a line for each line of the diff.

The page relies on this structure, e.g. to show two sides of a diff. Each added, removed and hunk
line is a `span` of class `ocm-add`, `ocm-del` or `ocm-hunk`, all other lines are plain text, and
changed words are `ins` and `del` in the span. The text of the `pre` is only the diff, so that it
can be copied; hence no line numbers.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from ..text.amounts import count_words
from . import diff as diffs
from .blocks import ChangedFiles, Diff
from .folders import Branch, compacted
from .markdown import escape, escape_code
from .sheet import Sheet, SheetLine, left_out, marked, sheets, shown_at_most
from .words import diff_words, files_words, words_of_many

MOST_BYTES = 590_000  # of the HTML of all lines in one block
PIECE_BYTES = 150_000  # of lines that are asked for later
MOST_FILES = 1_000
LONG = 1_000  # lines; from here on the page draws them in a cheaper way
MOST_IN_A_LIST = 3  # more files stand in their folders
REMEMBERED = 8  # files: what was shown while a turn ran is shown again when it is over

# Without CSS of ours the signs tell; JupyterLab and nbconvert colour Pygments' names of a keyword
# green and of a string red, in every theme, and have no rule for those of a diff. A browser
# underlines or strikes out the changed words.
_LINES = {
    "add": '<span class="ocm-add k">{}</span>',
    "del": '<span class="ocm-del s">{}</span>',
    "hunk": '<span class="ocm-hunk">{}</span>',
    "same": "{}",
    "note": "{}",
}
SHOWN_AT_ONCE = 1_000
_MARK_BYTES = len("<ins></ins>")
_WORDS = {"add": "<ins>{}</ins>", "del": "<del>{}</del>"}


@dataclass(frozen=True)
class Rest:
    """The lines of a diff that had no room: those of its `sheet` from `start` on."""

    patch: str
    sheet: int
    start: int
    lines: int

    @property
    def words(self) -> str:
        """What is missing, in words."""
        return f"{count_words(self.lines, 'line')} not shown"


Gap: TypeAlias = Callable[[Rest], str]
"""A function that returns the HTML for the place where lines are missing."""
_Pieces: TypeAlias = tuple[str | Rest, ...]


def diff_html(diff: Diff, gap: Gap) -> str:
    """Return a diff under the name of its file; one of several files names each."""
    title = f'<div class="ocm-file">{_title(diff)}</div>' if diff.file else ""
    return title + _joined(_patch(diff, MOST_BYTES), gap)


def files_html(files: ChangedFiles, gap: Gap) -> str:
    """Return the files, each to be opened; if not all lines have room, some of each file."""
    shown = files.files[:MOST_FILES]
    bodies: dict[int, _Pieces] = {}
    room = MOST_BYTES
    for n in sorted(range(len(shown)), key=lambda n: len(shown[n].patch)):
        bodies[n] = _patch(shown[n], room // (len(shown) - len(bodies)))
        room -= _bytes(bodies[n])
    if len(shown) > MOST_IN_A_LIST:
        whole = {n: _joined(body, gap) for n, body in sorted(bodies.items())}
        each = _folder(compacted([file.file for file in shown]), shown, whole)
    else:
        each = "".join(_file(file, _joined(bodies[n], gap)) for n, file in enumerate(shown))
    more = len(files.files) - len(shown)
    rest = f'<div class="ocm-notice">{more:,} more files are not listed.</div>' if more else ""
    return f'<div class="ocm-files"><div>{files_words(files)}</div>{each}{rest}</div>'


def _file(file: Diff, body: str, name: str | None = None) -> str:
    title = _title(file if name is None else replace(file, file=name))
    if not body:
        return f'<div class="ocm-file">{title}</div>'
    return f'<details class="ocm-file"><summary>{title}</summary>{body}</details>'


def _folder(branch: Branch, files: Sequence[Diff], bodies: Mapping[int, str]) -> str:
    """Return a folder's own folders, which are open, and then its files."""
    pieces = []
    for name, inner in branch.folders:
        changed = words_of_many([files[n] for n in inner.all_files()])
        title = f"<code>{escape_code(name)}/</code> ({escape(changed)})"
        inside = f'<div class="ocm-children">{_folder(inner, files, bodies)}</div>'
        pieces.append(
            f'<details class="ocm-folder" open><summary>{title}</summary>'
            f"<blockquote>{inside}</blockquote></details>"
        )
    pieces += [_file(files[n], bodies[n], name) for name, n in branch.files]
    return "".join(pieces)


def _title(file: Diff) -> str:
    names = " → ".join(
        f"<code>{escape_code(name)}</code>" for name in (file.old, file.file or "(no name)") if name
    )
    words = diff_words(file)
    return f"{names} ({escape(words)})" if words else names


def rest_html(rest: Rest, shown: int) -> tuple[str, int]:
    """Return the next missing lines after `shown` of them, and how many are shown then."""
    lines = _kept_sheets(rest.patch)[rest.sheet].lines[rest.start :]
    start = min(max(shown, 0), len(lines))
    rows, _ = _rows(lines[start : start + SHOWN_AT_ONCE], PIECE_BYTES)
    return _pre(rows), start + len(rows)


_kept_sheets = lru_cache(2)(sheets)  # while somebody reads on


def _joined(pieces: _Pieces, gap: Gap) -> str:
    return "".join(gap(piece) if isinstance(piece, Rest) else piece for piece in pieces)


def _bytes(pieces: _Pieces) -> int:
    return sum(len(piece.encode()) for piece in pieces if isinstance(piece, str))


@lru_cache(REMEMBERED)
def _patch(diff: Diff, room: int) -> _Pieces:
    found = sheets(diff.patch)
    pieces: list[str | Rest] = []
    for n, sheet in enumerate(found):
        body, shown = _sheet(sheet, room // (len(found) - n))
        room -= len(body.encode())
        if len(found) > 1:
            title = _title(diffs.of_file(sheet.file)) if sheet.file else ""
            pieces.append(f'<div class="ocm-file">{title}</div>')
        pieces.append(body)
        if left := len(sheet.lines) - shown:
            pieces.append(Rest(diff.patch, n, shown, left))
    return tuple(pieces)


def _sheet(sheet: Sheet, room: int) -> tuple[str, int]:
    rows, unmarked = _rows(shown_at_most(sheet), room)
    words = [left_out(sheet, len(rows)), *sheet.notes, unmarked]
    above = "".join(f'<div class="ocm-notice">{escape(w)}</div>' for w in words if w)
    return above + _pre(rows), len(rows)


def _pre(rows: Sequence[str]) -> str:
    text = "\n".join(rows)
    kind = "ocm-diff ocm-long" if len(rows) > LONG else "ocm-diff"
    return f'<pre class="highlight {kind}">{text}</pre>' if rows else ""


def _rows(lines: Sequence[SheetLine], room: int) -> tuple[list[str], str]:
    """Return the lines that have room, and in words where marking changed words had to stop."""
    rows: list[str] = []
    for line in lines:
        row = _LINES[line.kind].format(_escape(line.text))
        size = len(row.encode()) + 1
        if size > room:
            return rows, ""
        rows.append(row)
        room -= size
    for n, line in enumerate(marked(lines)):
        room -= _MARK_BYTES * len(line.marks)
        if room < 0:
            return rows, f"Changed words are marked in the first {n:,} lines."
        if line.marks:
            rows[n] = _LINES[line.kind].format(_words(line))
    return rows, ""


def _escape(text: str) -> str:
    """Escape a line, which is visible text already; quotes stay, as in the finished page."""
    return html.escape(text, quote=False)


def _words(line: SheetLine) -> str:
    pieces = []
    at = 0
    for start, end in line.marks:
        changed = _WORDS[line.kind].format(_escape(line.text[start:end]))
        pieces += [_escape(line.text[at:start]), changed]
        at = end
    return "".join([*pieces, _escape(line.text[at:])])
