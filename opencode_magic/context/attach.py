"""A prompt with what it mentions: its text, and the pieces that follow it.

A file is sent as the file part that OpenCode's own client sends, and the server reads the file. It
would read a credential, too, so a file with one is sent as text instead, without it.
"""

from __future__ import annotations

import ast
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..disk.folder import Folder, UntouchableError
from ..errors import InputError
from ..model.prompt import AgentPiece, FilePiece, Mentioned, Piece, TextPiece
from ..text.visible import size_words
from .classes import isinstance_safe
from .credentials import Censor, left_out_words
from .delimited import ENDINGS, without_secrets, without_tables_secrets
from .describing import describe
from .description import Description, cut
from .failure import failure
from .looking import Look
from .mentions import Expression, Mention, expressions, lines_of, mentions
from .notebook import Notebook
from .pictures import DrawnPicture, draw, is_picture, needs, shows_secrets, words

VALUE_BYTES = 4_000
CELL_BYTES = 16_000
CELLS_BYTES = 24_000
FILE_BYTES = 50_000  # what the server reads of a file at most
LOOKED_AT = 4_000_000  # bytes of a file that are searched for credentials
BIG_FILE_LINES = 200
MOST_IN_PLACE = 100_000  # characters of an expression's value
MOST_MENTIONS = 50

_IN_PLACE: Any = int | float | bytes | dict | list | tuple | set | frozenset


@dataclass(frozen=True)
class Mentionable:
    """What mentions may name, and what the model takes.

    Parameters
    ----------
    notebook:
        the kernel's names, cells and values.
    folder:
        the project's folder; None where its files are not on this machine.
    agents:
        the agents that can be asked for.
    images:
        whether the model takes images.
    model:
        its name, for the message that it takes none.
    allow_secrets:
        names or kinds of credentials that may be sent.
    """

    notebook: Notebook = field(default_factory=Notebook)
    folder: Folder | None = None
    agents: Sequence[str] = ()
    images: bool = True
    model: str = "the model"
    allow_secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attached:
    """A prompt as it is sent: its text, the note beside it, and the pieces that follow it."""

    text: str
    note: str = ""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class _Filled:
    """A text with its expressions' values in place, and how far each place has moved."""

    text: str
    moves: tuple[tuple[int, int], ...] = ()
    left_out: tuple[str, ...] = ()

    def moved(self, at: int) -> int:
        """Return where a place of the prompt is in this text."""
        return at + sum(by for place, by in self.moves if place <= at)


def attach(text: str, reach: Mentionable) -> Attached:
    """Return the prompt with everything that it mentions.

    Parameters
    ----------
    text:
        the prompt as the user wrote it.
    reach:
        what it may mention, and what the model takes.

    Raises `InputError` where an expression fails, or something that is mentioned does not exist.
    """
    if "@" not in text:
        return Attached(text)
    inside = list(expressions(text))
    filled = _fill(text, inside, reach)
    left_out = left_out_words(filled.left_out)
    note = f"@{{…}}: {left_out}" if left_out else ""
    pieces: list[Piece] = []
    seen: set[str] = set()
    for mention in mentions(text):
        if any(e.start <= mention.start < e.end for e in inside):
            continue
        place = replace(mention, start=filled.moved(mention.start), end=filled.moved(mention.end))
        if (found := _resolved(place, reach)) is None:
            continue
        key, made = found
        if key not in seen:
            seen.add(key)
            pieces.extend(made)
        if len(seen) > MOST_MENTIONS:
            raise InputError(f"more than {MOST_MENTIONS} mentions in one prompt; nothing was sent")
    return Attached(filled.text, note, tuple(pieces))


# -- expressions -------------------------------------------------------------------------------


def _fill(text: str, inside: Sequence[Expression], reach: Mentionable) -> _Filled:
    if not inside:
        return _Filled(text)
    pieces, moves, at = [], [], 0
    censor = Censor.allowing(reach.allow_secrets)
    for expression in inside:
        value = _value_of(expression, reach, censor)
        pieces += [text[at : expression.start], value]
        at = expression.end
        moves.append((at, len(value) - (expression.end - expression.start)))
    return _Filled("".join((*pieces, text[at:])), tuple(moves), tuple(censor.found))


def _value_of(expression: Expression, reach: Mentionable, censor: Censor) -> str:
    source = " ".join(expression.source.split())[:60]
    try:
        value = reach.notebook.evaluate(expression.source)
    except Exception as error:
        told = failure(error, censor=Censor()).label
        raise InputError(f"@{{{source}}}: {told}; nothing was sent") from None
    found = in_place(value, _name_in(expression.source), censor)
    if len(found) > MOST_IN_PLACE:
        raise InputError(
            f"@{{{source}}} has {len(found):,} characters; up to {MOST_IN_PLACE:,} go into a "
            "prompt. Nothing was sent"
        )
    return found


def in_place(value: Any, name: str, censor: Censor) -> str:
    """Return the text that a value has within a sentence."""
    if isinstance_safe(value, str):
        if name and censor.hides(name):
            return censor.left_out(name)
        text = str.__getitem__(value, slice(0, 2 * MOST_IN_PLACE))
        return censor(without_tables_secrets(text, censor))
    if value is None or isinstance_safe(value, _IN_PLACE):
        return Look(censor, string_chars=2_000, most_items=200).brief(value, name, depth=6)
    found = describe(value, VALUE_BYTES, name=name, allow_secrets=censor.allowed)
    censor.found.extend(found.left_out)
    return found.text


def _name_in(source: str) -> str:
    """Return the name of an expression's value: that of `x`, `o.x` and `d["x"]` is x."""
    try:
        node = ast.parse(source.strip(), mode="eval").body
    except SyntaxError:
        return ""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(args=[ast.Constant(value=str() as name), *_]):
            return name  # `os.getenv("NAME")`
    return ""


# -- mentions ----------------------------------------------------------------------------------

Found = tuple[str, list[Piece]]


def _resolved(mention: Mention, reach: Mentionable) -> Found | None:
    """Return what a mention names, as a key and pieces; None where it names nothing."""
    notebook = reach.notebook
    if mention.name and not mention.quoted and notebook.has(mention.name):
        name = mention.name
        return f"variable {name}", [_of_value(name, notebook.names[name], reach)]
    if reach.folder is not None and (found := _file(mention, reach, reach.folder)):
        return found
    if mention.name in reach.agents:
        end = mention.start + 1 + len(mention.name)
        place = Mentioned(f"@{mention.name}", mention.start, end)
        return f"agent {mention.name}", [AgentPiece(mention.name, place)]
    if mention.special:
        return _special(mention, reach)
    return None


def _special(mention: Mention, reach: Mentionable) -> Found:
    notebook, number = reach.notebook, mention.number
    match mention.special:
        case "error":
            return "error", [_error(reach)]
        case "fig":
            figure = notebook.figure()
            if figure is None:
                raise InputError("@fig: no figure was drawn in this kernel yet; nothing was sent")
            return "fig", [_of_value("fig", figure, reach)]
        case "cells":
            return "cells", [_cells(reach)]
        case "In":
            source = notebook.sources[number] if 0 < number < len(notebook.sources) else ""
            if not source:
                last = len(notebook.sources) - 1
                raise InputError(f"no @In[{number}]: the cells run so far go up to In[{last}]")
            return f"In {number}", [_cell(number, source, reach)]
        case _:
            if number not in notebook.values:
                known = ", ".join(map(str, list(notebook.values)[-8:])) or "none"
                raise InputError(f"no @Out[{number}]: cells with a value are {known}")
            return f"Out {number}", [_of_value(f"Out[{number}]", notebook.values[number], reach)]


def _of_value(name: str, value: Any, reach: Mentionable) -> Piece:
    if is_picture(value):
        return _picture(name, value, reach)
    plain = name.split("[", 1)[0] if name.startswith("Out[") else name
    found = describe(value, VALUE_BYTES, name=plain, allow_secrets=reach.allow_secrets)
    return _text(name, f"`{name}` in the user's notebook:\n{found.text}", found)


def _picture(name: str, value: Any, reach: Mentionable) -> Piece:
    picture = draw(value) if reach.images else None
    censor = Censor.allowing(reach.allow_secrets)
    if not reach.images:
        why = f"{reach.model} takes no images"
    elif picture is None:
        why = needs(value) or "cannot be drawn here"
    elif shows_secrets(value, censor):
        why = "not sent as a picture: a secret is written in it"
    else:
        return _image(name, picture)
    label, about = words(value, censor)
    about = censor(about)  # what is in both the picture and the words is counted once
    left_out = tuple(dict.fromkeys(censor.found))
    found = Description(about, f"{label}, in words: {why}", left_out)
    return _text(name, f"`{name}` in the user's notebook (a picture, {why}):\n{found.text}", found)


def _image(name: str, picture: DrawnPicture) -> Piece:
    filename = f"{name.replace('[', '').replace(']', '')}.{picture.ending}"
    return FilePiece(picture.mime, filename, picture.url)


def _error(reach: Mentionable) -> Piece:
    failed = reach.notebook.failed()
    if failed is None:
        raise InputError("@error: no cell has failed in this kernel yet; nothing was sent")
    found = failure(
        failed.error,
        source=failed.source,
        cell=failed.cell or None,
        censor=Censor.allowing(reach.allow_secrets),
    )
    return _text("error", f"The last error in the user's notebook:\n{found.text}", found)


def _cell(number: int, source: str, reach: Mentionable) -> Piece:
    censor = Censor.allowing(reach.allow_secrets)
    text = cut(censor(source), CELL_BYTES)
    count = source.count("\n") + 1
    label = f"cell of {count} line{'s' * (count != 1)}"
    found = Description(text, label, tuple(censor.found))
    return _text(f"In[{number}]", f"Cell In[{number}] of the user's notebook:\n{text}", found)


def _cells(reach: Mentionable) -> Piece:
    """Return the cells that were run; only the newest ones, where there is no room for all."""
    censor = Censor.allowing(reach.allow_secrets)
    room, kept = CELLS_BYTES, []
    numbered = [(n, s) for n, s in enumerate(reach.notebook.sources) if n and s.strip()]
    for number, source in reversed(numbered):
        text = f"In[{number}]:\n{cut(censor(source), CELL_BYTES)}\n"
        room -= len(text.encode("utf-8", "replace"))
        if room < 0:
            break
        kept.append(text)
    more = len(numbered) - len(kept)
    head = f"({more} earlier cells are left out)\n" if more else ""
    count = len(kept)
    found = Description(
        head + "".join(reversed(kept)), f"{count} cell{'s' * (count != 1)}", tuple(censor.found)
    )
    return _text("cells", f"The cells the user has run, in order:\n{found.text}", found)


def _text(name: str, text: str, found: Description) -> Piece:
    """Return a piece for the model, with the line that a reader sees of it."""
    size = size_words(len(text.encode("utf-8", "replace")), "byte")
    pieces = [found.label, size, left_out_words(found.left_out)]
    line = f"{name}: {', '.join(piece for piece in pieces if piece)}"
    return TextPiece(text, synthetic=True, note=line)


# -- files -------------------------------------------------------------------------------------


def _file(mention: Mention, reach: Mentionable, folder: Folder) -> Found | None:
    for word in mention.paths:
        if (read := lines_of(word)) is None:
            continue
        path, first, last = read
        path = path.removeprefix("./").rstrip("/")
        if (
            not path
            or path.startswith(("/", "~"))
            or len(path) > 500
            or not _is_there(folder, path)
        ):
            continue
        value = f'@"{word}"' if mention.quoted else f"@{word}"
        place = Mentioned(value, mention.start, mention.start + len(value))
        try:
            return f"file {word}", list(_parts_of_file(path, first, last, place, reach, folder))
        except UntouchableError as error:
            raise InputError(f"@{path} is not attached: {error}. Nothing was sent") from None
    return None


def _is_there(folder: Folder, path: str) -> bool:
    try:
        return (folder.path / path).exists() or (folder.path / path).is_symlink()
    except (OSError, ValueError):
        return False


def _parts_of_file(
    path: str, first: int, last: int, place: Mentioned, reach: Mentionable, folder: Folder
) -> Iterator[Piece]:
    url = (folder.path / path).as_uri()
    if (folder.path / path).is_dir():
        if first:
            raise InputError(f"@{path} is a folder and has no lines; nothing was sent")
        folder.names(path)  # raises UntouchableError where a link leads out
        yield FilePiece("application/x-directory", path, url, path, place)
        return
    begun = folder.beginning(path, LOOKED_AT)
    mime = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if b"\0" in begun.data[:8_000] or (mime.startswith("image/") and "svg" not in mime):
        yield _binary(path, mime, begun.size, url, place, reach)
        return
    censor = Censor.allowing(reach.allow_secrets)
    text = begun.data.decode("utf-8", "replace")
    if path.lower().endswith(ENDINGS):
        text = without_secrets(text, censor)
    lines = text.splitlines(keepends=True)
    whole = begun.size <= len(begun.data)
    if first > len(lines) or (last > len(lines) and not whole):
        if not whole:
            raise InputError(
                f"@{path} has {begun.size / 1e6:.1f} MB; lines up to {len(lines):,} can be attached"
            )
        count = f"{len(lines)} line{'s' * (len(lines) != 1)}"
        raise InputError(f"@{path} has {count}: there is no line {first}; nothing was sent")
    if not first and not whole:
        first, last = 1, BIG_FILE_LINES
    last = min(last, len(lines))
    chosen = "".join(lines[first - 1 : last] if first else lines)
    clean = censor(chosen)
    if censor.found:
        about = f"lines {first}-{last}" if first else f"{len(lines)} lines"
        found = Description(cut(clean, FILE_BYTES), about, tuple(censor.found))
        yield _text(path, f"File {path} ({about}), without its secrets:\n{found.text}", found)
        return
    range_ = f"?start={first}&end={last}" if first else ""
    yield FilePiece("text/plain", path, url + range_, path, place)


def _binary(
    path: str, mime: str, size: int, url: str, place: Mentioned, reach: Mentionable
) -> Piece:
    if mime.startswith("image/") and reach.images:
        return FilePiece(mime, path, url, path, place)
    why = f"{reach.model} takes no images" if mime.startswith("image/") else "it is no text"
    label = f"{mime}, {size:,} bytes, not attached: {why}"
    return _text(path, f"File {path}: {label}", Description("", label))
