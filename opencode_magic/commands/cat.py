"""Looking into a file of the project."""

from __future__ import annotations

import base64
import re

from ..app.app import App
from ..client import Client
from ..disk.folder import UntouchableError
from ..errors import InputError, NotFoundError, UnreadableError
from ..files.naming import as_shown
from ..files.project import folder_of
from ..model.files import FileContent
from ..render.blocks import Block, Code, Item, Notice
from ..render.encodings import decoded
from ..render.pictures import MOST_BYTES, Picture, ShownPicture, picture_of
from ..render.shown import Shown
from ..render.tools.call import language_of
from ..text.amounts import count_words
from ..text.visible import size_words, visible
from . import command
from .helpers import title_item
from .kinds import ProjectPath

MOST_READ = 10_000_000  # bytes of a file that the server cannot read

_QUOTED = re.compile(r"""(?P<quote>["'])(?P<path>.+)(?P=quote)(?:\s+(?P<lines>\S+))?""")
_BARE = re.compile(r"(?P<path>.+?)(?:\s+(?P<lines>\d[\d-]*))?")
_LINES = re.compile(r"(\d+)(?:-(\d+))?")


@command(calls=("file.content",))
def cat(app: App, path: ProjectPath) -> Shown[FileContent]:
    """Show a file of the project, or some lines, which stand behind PATH: `greet.py 10-20`.

    A path may have spaces; one that ends in a number stands in quotes. A picture (PNG, JPEG, GIF,
    WebP) is shown as one.
    """
    written, lines = _asked(path)
    client = app.connect()
    name = folder_of(written, client.directory or client.own_directory())
    if not name:
        raise InputError(f"{written} is a folder; `/tree` shows what is in it")
    first, last = _range(lines)
    try:
        found = _content(app, client, name)
    except NotFoundError as error:
        if lines and path.startswith(written):
            hint = f"; where {lines} belongs to its name, put quotes around it"
            raise InputError(f"{error.message}{hint}") from error
        raise
    text, note = _text(found)
    if text is None:
        if lines:
            raise InputError(f"{name} has no lines: it is no text")
        return _picture_or_words(found, name)
    noted = (Item("note", Notice(note)),) if note else ()
    title = name
    text = app.redact(text)
    if lines:
        all_lines = text.split("\n")
        if first > len(all_lines):
            raise InputError(f"{name} has {count_words(len(all_lines), 'line')}, not {first}")
        last = min(last, len(all_lines))
        text = "\n".join(all_lines[first - 1 : last])
        title = f"{name}, lines {first}-{last}"
    empty = not text and not lines
    block: Block = Notice("The file is empty.") if empty else Code(text, language_of(name))
    return Shown(found, (title_item(title), *noted, Item("text", block)))


def _asked(path: str) -> tuple[str, str]:
    """Return the path, and the lines that stand behind it."""
    match = _QUOTED.fullmatch(path) or _BARE.fullmatch(path)
    return (match["path"], match["lines"] or "") if match else (path, "")


def _range(lines: str) -> tuple[int, int]:
    """Return the first and the last line of what was asked for."""
    if not lines:
        return 1, 0
    match = _LINES.fullmatch(lines)
    first = int(match[1]) if match else 0
    last = int(match[2] or match[1]) if match else 0
    if not 1 <= first <= last:
        raise InputError(f"{lines!r} are no lines; write a number, or two as 10-20")
    return first, last


def _content(app: App, client: Client, name: str) -> FileContent:
    """Return what the server says is in the file; from the disk where it cannot read it."""
    try:
        return client.file.content(name)
    except UnreadableError as error:
        folder = app.folder(whole=True)
        if folder is None:
            raise
        try:
            read = folder.beginning(as_shown(folder, name), MOST_READ)
        except FileNotFoundError:
            raise InputError(f"there is no file {name!r} in the project") from error
        except UntouchableError as why:
            raise InputError(f"{visible(name)} is not shown: {why}") from error
        if read.size > MOST_READ:
            size = size_words(read.size, "byte")
            raise InputError(f"{name} is not shown: it is not UTF-8 and has {size}") from error
        return FileContent("binary", base64.b64encode(read.data).decode(), "base64")


def _text(found: FileContent) -> tuple[str | None, str]:
    """Return the text of a file, None where it is something else, and a note on its encoding."""
    if found.encoding != "base64":
        return found.content, ""
    read = None if picture_of(found.data) else decoded(found.data)
    if read is None:
        return None, ""
    text, encoding = read
    if encoding == "utf-16":
        return text, "The file is UTF-16, not UTF-8."
    guess = f"The file is not UTF-8; it is shown as Western European (`{encoding}`), a guess."
    return text, guess if encoding != "utf-8-sig" else ""


def _picture_or_words(found: FileContent, name: str) -> Shown[FileContent]:
    picture = picture_of(found.data)
    items = (title_item(name), Item("what", Notice(_words(found, picture))))
    if picture is not None and picture.fits:
        return ShownPicture(found, items, picture)
    return Shown(found, items)


def _words(found: FileContent, picture: Picture | None) -> str:
    if picture is None:
        kind = "" if found.mime_type.startswith("text/") else found.mime_type
        words = f"{size_words(len(found.data), 'byte')} that are no text"
        return f"{words} ({kind})." if kind else f"{words}."
    if picture.fits:
        return f"{picture.words}."
    most = size_words(MOST_BYTES, "byte")
    return f"{picture.words}: a notebook would hold it, so pictures are shown up to {most}."
