"""Blocks as plain text, and as Markdown that is harmless wherever it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..text.ansi import seen
from ..text.visible import plain_output, visible
from .blocks import (
    PRINTED,
    Block,
    ChangedFiles,
    Check,
    Checklist,
    Code,
    Diff,
    FileTree,
    Fold,
    Footer,
    Grid,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
)
from .diff import of_file
from .filetree import tree_markdown, tree_text
from .gridforms import grid_markdown, grid_text
from .limits import LIVE, Limit, cut
from .remarkdown import code_span, fence, glued, harmless, paragraph, words
from .sheet import Sheet, left_out, sheets, shown_at_most
from .words import (
    MARKS,
    diff_words,
    files_words,
    footer_words,
    header_words,
    row_words,
    text_and_code,
)

INDENT = "  "
MOST_NESTED = 6
MOST_CHARS = 200_000  # of the lines of one diff
MOST_FILES = 1_000


def document_text(items: Sequence[Item], limit: Limit = LIVE) -> str:
    """Return a whole turn as plain text: no escape sequences, nothing hidden."""
    return _document(items, partial(_text, limit=limit), INDENT)


def document_markdown(items: Sequence[Item], limit: Limit = LIVE) -> str:
    """Return a whole turn as Markdown that any front end may render."""
    return _document(items, partial(_markdown, limit=limit), "> ")


def _document(items: Sequence[Item], render: Callable[[Block], str], prefix: str) -> str:
    depths: dict[str, int] = {}
    shown = []
    for item in items:
        depth = min(depths.get(item.parent, -1) + 1, MOST_NESTED) if item.parent else 0
        depths[item.key] = depth
        text = render(item.block).strip("\n")
        if text:
            shown.append(_indented(text, prefix * depth))
    return "\n\n".join(shown) + "\n"


def _indented(text: str, prefix: str) -> str:
    return "\n".join((prefix + line).rstrip() for line in text.split("\n")) if prefix else text


# -- plain text ------------------------------------------------------------------------------------


def _shown(code: Code, limit: Limit) -> str:
    """Return what is shown of a code, with a line that says what is missing."""
    printed = code.language == PRINTED
    if code.exact and not printed:
        return code.text
    plain = (lambda text: seen(text)[0]) if printed else plain_output  # without its colours
    if code.exact:
        return plain(code.text)
    shown = cut(code.text, limit)
    gap = f"… {shown.words} …\n" if shown.words else ""
    head = shown.head + "\n" if gap and shown.head[-1:] not in ("", "\n") else shown.head
    return plain(head) + gap + plain(shown.tail)


def _text(block: Block, limit: Limit) -> str:
    match block:
        case Markdown():
            return visible(block.source)
        case Plain():
            return visible(block.text)
        case Code():
            return visible(_shown(block, limit))
        case Checklist():
            lines = "\n".join(_check(check, visible) for check in block.lines)
            return f"{visible(block.title)}\n{_indented(lines, INDENT)}" if block.title else lines
        case Diff():
            title = f"{_file(block)}\n" if block.file else ""
            return f"{title}{_indented(_patch(block), INDENT)}".rstrip()
        case Notice():
            level = "" if block.level == "info" else f"{block.level.capitalize()}: "
            quote = visible(block.quote)
            if block.text and quote:
                quote = _indented(quote, INDENT)
            return level + "\n".join(filter(None, (visible(block.text), quote)))
        case Fold():
            return _under(visible(block.summary), block.body, limit)
        case Row():
            target = f" {visible(block.target)}" if block.target else ""
            line = (
                f"{MARKS[block.state]} {visible(block.verb)}{target} ({visible(row_words(block))})"
            )
            return _under(line, block.body, limit)
        case ChangedFiles():
            listed = (INDENT + _file(file) for file in block.files[:MOST_FILES])
            return "\n".join([f"{files_words(block)}:", *listed, *_unlisted(block)])
        case Grid():
            return grid_text(block)
        case FileTree():
            return tree_text(block)
        case Header():
            return " · ".join(map(visible, header_words(block)))
        case Footer():
            return " · ".join(map(visible, footer_words(block)))


def _check(check: Check, form: Callable[[str], str]) -> str:
    word = f" ({form(check.word)})" if check.word else ""
    return f"{form(check.mark)} {form(check.text)}{word}"


def _under(line: str, body: Iterable[Block], limit: Limit) -> str:
    inner = "\n".join(filter(None, (_text(block, limit) for block in body)))
    return f"{line}\n{_indented(inner, INDENT)}" if inner else line


def _file(
    diff: Diff, name: Callable[[str], str] = visible, form: Callable[[str], str] = visible
) -> str:
    names = " → ".join(name(each) for each in (diff.old, diff.file) if each)
    changes = form(diff_words(diff))
    return f"{names} ({changes})" if changes else names


def _unlisted(files: ChangedFiles) -> list[str]:
    more = len(files.files) - MOST_FILES
    return [f"{INDENT}{more:,} more files are not listed."] if more > 0 else []


def _patch(diff: Diff) -> str:
    found = sheets(diff.patch)
    room = MOST_CHARS // max(1, len(found))
    pieces = []
    for sheet in found:
        if len(found) > 1 and sheet.file is not None:
            pieces.append(_file(of_file(sheet.file)))
        pieces += _sheet(sheet, room)
    return "\n".join(pieces)


def _sheet(sheet: Sheet, room: int) -> list[str]:
    lines = []
    for line in shown_at_most(sheet):
        room -= len(line.text) + 1
        if room < 0:
            break
        lines.append(line.text)
    return [*filter(None, (left_out(sheet, len(lines)), *sheet.notes)), *lines]


# -- Markdown --------------------------------------------------------------------------------------


def _markdown(block: Block, limit: Limit) -> str:
    match block:
        case Markdown():
            return harmless(block.source)
        case Plain():
            return paragraph(block.text)
        case Code():
            language = "" if block.language == PRINTED else block.language
            return fence(_shown(block, limit), language)
        case Checklist():
            lines = (f"- {_check(check, words)}" for check in block.lines)
            return "\n\n".join(filter(None, (paragraph(block.title), "\n".join(lines))))
        case Diff():
            title = f"{_file(block, code_span, words)}\n\n" if block.file else ""
            return title + fence(_patch(block), "diff")
        case Notice():
            level = "" if block.level == "info" else f"**{block.level.capitalize()}:** "
            quote = code_span(block.quote) if block.quote else ""
            return level + "  \n".join(filter(None, (_ours(block.text), quote)))
        case Fold():
            return _stacked(f"*{words(block.summary)}*", block.body, limit)
        case Row():
            target = f" {code_span(block.target)}" if block.target else ""
            mark = MARKS[block.state]
            line = f"{mark} **{words(block.verb)}**{target} ({words(row_words(block))})"
            return _stacked(line, block.body, limit)
        case ChangedFiles():
            listed = (f"- {_file(file, code_span, words)}" for file in block.files[:MOST_FILES])
            return "\n".join([f"{words(files_words(block))}:", "", *listed, *_unlisted(block)])
        case Grid():
            return grid_markdown(block)
        case FileTree():
            return tree_markdown(block)
        case Header():
            return f"*{words(' · '.join(header_words(block)))}*"
        case Footer():
            return f"*{words(' · '.join(footer_words(block)))}*"


def _ours(text: str) -> str:
    """Return words of ours, with their quotes as code."""
    pieces = text_and_code(text)
    return glued(code_span(p) if n % 2 else paragraph(p) for n, p in enumerate(pieces) if p)


def _stacked(line: str, body: Iterable[Block], limit: Limit) -> str:
    inner = "\n\n".join(filter(None, (_markdown(block, limit) for block in body)))
    return f"{line}\n\n{_indented(inner, '> ')}" if inner else line
