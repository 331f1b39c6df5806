"""A folder as a tree in its static forms, each within a number of bytes.

The folder's own entries come first, then those of its folders, level by level, while there is room;
the rest is counted. A folder whose entries are not shown is a line like a file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..text.amounts import count_words
from ..text.visible import size_words, visible
from .blocks import Entries, Entry, FileTree, Mark
from .markdown import escape, escape_code
from .remarkdown import code_span, words

HTML_BYTES = 6_500
TEXT_BYTES = 1_200  # of the Markdown, and of the text
MOST_ENTRIES = 500

LETTERS: Mapping[Mark, str] = {
    "": "",
    "added": "A",
    "modified": "M",
    "deleted": "D",
    "ignored": "I",
}
"""The letters of git's own listings, and I."""


@dataclass(frozen=True)
class _Form:
    """How much of a tree is shown: how many entries of each folder, by path."""

    tree: FileTree
    shown: Mapping[str, int]

    def lines(self, path: str) -> Iterator[tuple[Entry, str, bool]]:
        """Yield the shown entries of a folder: each with its path, and whether it is opened."""
        for entry in self.tree.folders.get(path, Entries()).entries[: self.shown.get(path, 0)]:
            inner = joined(path, entry.name)
            yield entry, inner, entry.kind == "folder" and inner in self.shown

    def rest(self, path: str) -> str:
        """Say what is not shown of a folder; "" for nothing."""
        listing = self.tree.folders.get(path, Entries())
        return rest_words(listing.total - self.shown.get(path, 0))


def joined(path: str, name: str) -> str:
    """Return the path of the entry `name` of the folder at `path`."""
    return f"{path}/{name}" if path else name


def entry_name(entry: Entry) -> str:
    """Return the name to show for an entry; folders end in a slash."""
    return visible(entry.name).replace("\n", "\\n") + "/" * (entry.kind == "folder")


def entry_words(entry: Entry) -> str:
    """Return what is known of an entry: `modified, 1.2 kB`, `3 changed`."""
    changed = f"{entry.changed:,} changed" if entry.changed else ""
    size = "" if entry.size is None else size_words(entry.size, "byte")
    link = "link" if entry.kind == "link" else ""
    return ", ".join(filter(None, (entry.mark, changed, link, size)))


def rest_words(left: int) -> str:
    """Return `300 more are not shown`; "" for none."""
    return f"{left:,} more {'is' if left == 1 else 'are'} not shown" if left > 0 else ""


def tree_html(tree: FileTree) -> str:
    """Return nested lists; folders that have room for their entries can be opened."""
    form = _fit(tree, HTML_BYTES, lambda entry, _: len(_html_line(entry).encode()) + 10)
    title = f"<code>{escape_code(tree.title)}</code> ({escape(_count(tree))})"
    return f'<div class="ocm-tree"><div class="ocm-file">{title}</div>{_html(form, "")}</div>'


def tree_markdown(tree: FileTree) -> str:
    """Return nested lists."""
    form = _fit(tree, TEXT_BYTES, lambda e, depth: len(_markdown_line(e).encode()) + 2 * depth + 3)
    return "\n".join([f"{code_span(tree.title)} ({words(_count(tree))})", "", *_markdown(form, "")])


def tree_text(tree: FileTree) -> str:
    """Return a drawing with lines."""
    form = _fit(tree, TEXT_BYTES, lambda e, depth: len(_text_line(e).encode()) + 4 * depth + 9)
    return "\n".join([f"{visible(tree.title)} ({_count(tree)})", *_text(form, "", "")])


def _fit(tree: FileTree, room: int, price: Callable[[Entry, int], int]) -> _Form:
    shown: dict[str, int] = {}
    left = MOST_ENTRIES
    waiting = deque([("", 0)])
    while waiting:
        path, depth = waiting.popleft()
        listing = tree.folders.get(path)
        if listing is None:
            continue
        count = 0
        for entry in listing.entries[:left]:
            room -= price(entry, depth)
            if room < 0:
                break
            count += 1
            if entry.kind == "folder":
                waiting.append((joined(path, entry.name), depth + 1))
        left -= count
        if count or not path or not listing.total:
            shown[path] = count
    return _Form(tree, shown)


def _count(tree: FileTree) -> str:
    return count_words(tree.folders.get("", Entries()).total, "entry", "entries")


def _html(form: _Form, path: str) -> str:
    lines = []
    for entry, inner, opened in form.lines(path):
        line = _html_line(entry)
        if opened:
            line = f"<details><summary>{line}</summary>{_html(form, inner) or '(empty)'}</details>"
        lines.append(f"<li>{line}</li>")
    if rest := form.rest(path):
        lines.append(f"<li>… {escape(rest)}</li>")
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _html_line(entry: Entry) -> str:
    name = f"<code>{escape_code(entry_name(entry))}</code>"
    letter = f"<strong>{LETTERS[entry.mark]}</strong> " if entry.mark else ""
    said = entry_words(entry)
    return f"{letter}{name} ({escape(said)})" if said else letter + name


def _markdown(form: _Form, path: str, indent: str = "") -> Iterator[str]:
    for entry, inner, opened in form.lines(path):
        yield f"{indent}- {_markdown_line(entry)}"
        if opened:
            yield from _markdown(form, inner, indent + "  ")
    if rest := form.rest(path):
        yield f"{indent}- … {rest}"


def _markdown_line(entry: Entry) -> str:
    return _line(entry, code_span, words)


def _text(form: _Form, path: str, indent: str) -> Iterator[str]:
    rest = form.rest(path)
    lines = list(form.lines(path))
    for n, (entry, inner, opened) in enumerate(lines):
        last = n == len(lines) - 1 and not rest
        yield f"{indent}{'└── ' if last else '├── '}{_text_line(entry)}"
        if opened:
            yield from _text(form, inner, indent + ("    " if last else "│   "))
    if rest:
        yield f"{indent}└── … {rest}"


def _text_line(entry: Entry) -> str:
    return _line(entry, str, str)


def _line(entry: Entry, code: Callable[[str], str], form: Callable[[str], str]) -> str:
    said = entry_words(entry)
    letter = f"{LETTERS[entry.mark]} " if entry.mark else ""
    return letter + code(entry_name(entry)) + (f" ({form(said)})" if said else "")
