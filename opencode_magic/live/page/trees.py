"""A project's files as a value that displays itself: a static tree, served while the kernel lives.

The page gets numbers for what it was shown and asks by those. No path comes from it, so it can ask
for nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from ...disk.folder import UntouchableError
from ...errors import InputError
from ...files.project import MOST_FOUND, ProjectFiles
from ...render.blocks import Block, Entry, FileTree, Item, Notice
from ...render.diff import changed_file
from ...render.filetree import LETTERS, entry_name, entry_words, joined, tree_text
from ...render.html import block_html, document_html
from ...render.preview import GONE, IS_LINK, READ_BYTES, change, preview
from ...render.text import document_markdown, document_text
from ...text.visible import visible
from .handlers import Handler

LONGEST_QUERY = 200


class ProjectTree:
    """A folder of a project as it was at this value's creation; the page sees it as it is now.

    Parameters
    ----------
    project:
        gives listings and files.
    title:
        the name shown for the folder.
    folder:
        its path in the project.
    note:
        what else to know of it, in words.
    """

    def __init__(
        self, project: ProjectFiles, title: str, folder: str = "", *, note: str = ""
    ) -> None:
        self.block: FileTree = project.tree(title, folder)
        self.note = note
        self._project = project
        self._folder = folder

    def __repr__(self) -> str:
        return "\n".join(filter(None, (tree_text(self.block).rstrip("\n"), self.note)))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        items = [Item("tree", self.block)]
        if self.note:
            items.append(Item("note", Notice(self.note)))
        return {
            "text/html": document_html(items),
            "text/markdown": document_markdown(items),
            "text/plain": document_text(items).rstrip(),
        }

    def handler(self) -> Handler:
        """Return what answers the page that shows it."""
        return _Served(self._project, self._folder)


class _Served:
    """The handler of one output, which knows by number what it has shown."""

    def __init__(self, project: ProjectFiles, folder: str) -> None:
        self._project = project
        self._folder = folder
        self._paths = [folder]
        self._entries: list[Entry] = [Entry("", "folder")]
        self._numbers: dict[str, int] = {folder: 0}
        self._lock = threading.Lock()

    def __call__(self, request: Mapping[str, Any]) -> Any:
        try:
            return self._answer(request)
        except FileNotFoundError:
            raise InputError("It is not there any more. Run the cell again.") from None
        except UntouchableError as error:
            raise InputError(f"Not shown: {error}.") from None

    def _answer(self, request: Mapping[str, Any]) -> Any:
        match request:
            case {"do": "list", "id": int(number), "start": int(start)} if start >= 0:
                return self._list(self._path(number), start)
            case {"do": "find", "text": str(text)}:
                return self._find(text[:LONGEST_QUERY])
            case {"do": "preview", "id": int(number)}:
                path = self._path(number)
                blocks = self._preview(path, self._entries[number])
                return {"html": "".join(map(block_html, blocks)), "path": self._shown(path)}
        raise InputError("That is no request.")

    def _path(self, number: int) -> str:
        if not 0 <= number < len(self._paths):
            raise InputError("This is not in the tree any more. Run the cell again.")
        return self._paths[number]

    def _list(self, folder: str, start: int) -> Any:
        listing = self._project.entries(folder, start)
        rows = [self._row(joined(folder, entry.name), entry) for entry in listing.entries]
        return {"rows": rows, "left": max(0, listing.total - start - len(rows))}

    def _find(self, text: str) -> Any:
        found = self._project.find(text, self._folder)
        shown = found[:MOST_FOUND]
        rows = [self._row(path, self._project.entry(path), self._shown(path)) for path in shown]
        return {"rows": rows, "more": len(found) > len(shown)}

    def _row(self, path: str, entry: Entry, name: str = "") -> list[Any]:
        with self._lock:
            number = self._numbers.setdefault(path, len(self._paths))
            if number == len(self._paths):
                self._paths.append(path)
                self._entries.append(entry)
            else:
                self._entries[number] = entry
        words = entry_words(entry)
        return [number, name or entry_name(entry), entry.kind, words, LETTERS[entry.mark]]

    def _shown(self, path: str) -> str:
        return visible(path[len(self._folder) :].lstrip("/")).replace("\n", "\\n")

    def _preview(self, path: str, entry: Entry) -> tuple[Block, ...]:
        if entry.kind == "link":
            return (Notice(IS_LINK),)
        changed = changed_file(found) if (found := self._project.diff(path)) else None
        try:
            read = self._project.source.beginning(path, READ_BYTES)
        except FileNotFoundError:
            return (*(change(changed) if changed else ()), Notice(GONE))
        shown = self._project.redact(read.data.decode("utf-8", "surrogateescape"))
        data = shown.encode("utf-8", "surrogateescape")
        return preview(path, data, read.size + len(data) - len(read.data), changed)
