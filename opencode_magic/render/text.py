"""Blocks as plain text, and as Markdown that is harmless wherever it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from . import diff as diffs
from .blocks import (
    Block,
    Code,
    Diff,
    Files,
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
)
from .remarkdown import code_span, fence, glued, harmless, paragraph, words
from .visible import visible
from .words import (
    count_words,
    diff_words,
    footer_words,
    header_words,
    row_words,
    text_and_code,
)

INDENT = "  "
MOST_NESTED = 6


def document_text(items: Sequence[Item]) -> str:
    """A whole turn as plain text: no escape sequences, nothing hidden."""
    return _document(items, _text, lambda text, depth: _indented(text, INDENT * depth))


def document_markdown(items: Sequence[Item]) -> str:
    """A whole turn as Markdown that any front end may render."""
    return _document(items, _markdown, lambda text, depth: _indented(text, "> " * depth))


def _document(
    items: Sequence[Item], render: Callable[[Block], str], indent: Callable[[str, int], str]
) -> str:
    depths: dict[str, int] = {}
    shown = []
    for item in items:
        depth = min(depths.get(item.parent, -1) + 1, MOST_NESTED) if item.parent else 0
        depths[item.key] = depth
        text = render(item.block).strip("\n")
        if text:
            shown.append(indent(text, depth))
    return "\n\n".join(shown) + "\n"


def _indented(text: str, prefix: str) -> str:
    return "\n".join((prefix + line).rstrip() for line in text.split("\n")) if prefix else text


# -- plain text ------------------------------------------------------------------------------------


def _text(block: Block) -> str:
    match block:
        case Markdown():
            return visible(block.source)
        case Plain() | Code():
            return visible(block.text)
        case Diff():
            title = f"{_file_text(block)}\n" if block.file else ""
            return f"{title}{_indented(_patch(block), INDENT)}".rstrip()
        case Notice():
            level = "" if block.level == "info" else f"{block.level.capitalize()}: "
            quote = visible(block.quote)
            if block.text and quote:
                quote = _indented(quote, INDENT)
            return level + "\n".join(filter(None, (visible(block.text), quote)))
        case Fold():
            return _under(visible(block.summary), block.body)
        case Row():
            target = f" {visible(block.target)}" if block.target else ""
            return _under(
                f"{visible(block.verb)}{target} ({visible(row_words(block))})", block.body
            )
        case Files():
            heading = f"{count_words(len(block.files), 'file')} changed:"
            return "\n".join([heading, *(INDENT + _file_text(file) for file in block.files)])
        case Header():
            return " · ".join(map(visible, header_words(block)))
        case Footer():
            return " · ".join(map(visible, footer_words(block)))


def _under(line: str, body: Iterable[Block]) -> str:
    inner = "\n".join(filter(None, map(_text, body)))
    return f"{line}\n{_indented(inner, INDENT)}" if inner else line


def _file_text(diff: Diff) -> str:
    changes = diff_words(diff)
    return visible(diff.file) + (f" ({changes})" if changes else "")


def _patch(diff: Diff) -> str:
    lines, left_out = diffs.shown(diff.patch)
    shown = visible("\n".join(line.text for line in lines))
    return f"{left_out}\n{shown}" if left_out else shown


# -- Markdown --------------------------------------------------------------------------------------


def _markdown(block: Block) -> str:
    match block:
        case Markdown():
            return harmless(block.source)
        case Plain():
            return paragraph(block.text)
        case Code():
            return fence(block.text, block.language)
        case Diff():
            title = f"{_file_markdown(block)}\n\n" if block.file else ""
            return title + fence(_patch(block), "diff")
        case Notice():
            level = "" if block.level == "info" else f"**{block.level.capitalize()}:** "
            quote = code_span(block.quote) if block.quote else ""
            return level + "  \n".join(filter(None, (_ours(block.text), quote)))
        case Fold():
            return _stacked(f"*{words(block.summary)}*", block.body)
        case Row():
            target = f" {code_span(block.target)}" if block.target else ""
            line = f"**{words(block.verb)}**{target} ({words(row_words(block))})"
            return _stacked(line, block.body)
        case Files():
            heading = f"{count_words(len(block.files), 'file')} changed:"
            return "\n".join([heading, "", *(f"- {_file_markdown(f)}" for f in block.files)])
        case Header():
            return f"*{words(' · '.join(header_words(block)))}*"
        case Footer():
            return f"*{words(' · '.join(footer_words(block)))}*"


def _ours(text: str) -> str:
    """Words of ours, with code where they quote."""
    pieces = text_and_code(text)
    return glued(code_span(p) if n % 2 else paragraph(p) for n, p in enumerate(pieces) if p)


def _stacked(line: str, body: Iterable[Block]) -> str:
    inner = "\n\n".join(filter(None, map(_markdown, body)))
    return f"{line}\n\n{_indented(inner, '> ')}" if inner else line


def _file_markdown(diff: Diff) -> str:
    changes = diff_words(diff)
    return code_span(diff.file) + (f" ({changes})" if changes else "")
