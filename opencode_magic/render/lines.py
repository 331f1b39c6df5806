"""Blocks as lines for a terminal: in rich's colours, never with an escape sequence of others.

Colours are the terminal's own eight, so that they fit dark and light ones, and say nothing that the
words do not. All text of others goes through `visible`, at the latest as it leaves.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from markdown_it.token import Token
from pygments.token import Comment, Generic, Keyword, Name, Number, String
from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown as RichMarkdown
from rich.markdown import MarkdownElement, TextElement
from rich.segment import Segment
from rich.text import Text
from rich.theme import Theme

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
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Row,
)
from .limits import LIVE, Limit, cut
from .markdown import coloured, parse
from .sheet import SheetLine, left_out, marked, sheets, shown_at_most
from .text import document_text
from .words import MARKS, diff_words, files_words, row_words

TAB = 4
INDENT = "  "
FOLDED = Limit(1_000)
"""The limit of what a notebook shows folded; a terminal cannot fold, so it shows little."""
DIFF_LINES = 40  # of a call's diff; the files of the turn can be paged

_STATES = {"completed": "green", "failed": "red", "rejected": "yellow", "stopped": "yellow",
           "running": "cyan", "pending": "cyan"}  # fmt: skip
_LEVELS = {"info": "", "warning": "yellow", "error": "red"}
_KINDS = {"add": "green", "del": "red", "same": "", "hunk": "cyan", "note": "dim"}
_CHECKS = {"✓": "green", "●": "cyan"}
_TOKENS = {
    Comment: "dim",
    Keyword: "magenta",
    Name.Class: "bold",
    Name.Decorator: "cyan",
    Name.Function: "bold",
    Number: "cyan",
    String: "green",
    Generic.Deleted: "red",
    Generic.Inserted: "green",
    Generic.Heading: "bold",
}
_THEME = Theme(
    {
        "markdown.block_quote": "dim",
        "markdown.code": "cyan",
        "markdown.code_block": "none",
        "markdown.h1": "bold underline",
        **{f"markdown.h{level}": "bold" for level in range(2, 7)},
        "markdown.hr": "dim",
        "markdown.item.bullet": "none",
        "markdown.item.number": "none",
        "markdown.link": "underline",
        "markdown.link_url": "underline",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
    }
)


def item_lines(item: Item, width: int) -> list[Text]:
    """Return the lines of an item, indented if it belongs to another call."""
    if not item.parent:
        return block_lines(item.block, width)
    return indented(block_lines(item.block, width - len(INDENT)))


def block_lines(block: Block, width: int, limit: Limit = FOLDED) -> list[Text]:
    """Return a block for a terminal of `width` columns; a line of code may be longer."""
    match block:
        case Markdown():
            return markdown_lines(block.source, width)
        case Code():
            return _code(block, limit)
        case Diff():
            title = [_file(block)] if block.file else []
            return [*title, *indented(diff_lines(block, DIFF_LINES))]
        case Checklist():
            title = [Text(visible(block.title), "bold")] if block.title else []
            checks = [_check(check) for check in block.lines]
            return [*title, *(indented(checks) if title else checks)]
        case Notice():
            return list(_notice(block, width))
        case Fold():
            body = [line for inner in block.body for line in block_lines(inner, width - 2, limit)]
            for line in body:
                line.stylize("dim")
            return [Text(visible(block.summary), "dim bold"), *indented(body)]
        case Row():
            return _row(block, width, LIVE if block.open else limit)
        case ChangedFiles():
            title = [Text(visible(f"{files_words(block)}:"), "bold")]
            return [*title, *indented(map(_file, block.files))]
        case _:
            style = "dim" if isinstance(block, Header | Footer) else ""
            plain = document_text([Item("", block)]).strip("\n")
            return [Text(line, style) for line in plain.split("\n")]


def files_lines(files: Sequence[Diff]) -> list[Text]:
    """Return the files with all lines of their diffs."""
    found: list[Text] = []
    for file in files:
        found += [*([Text()] if found else []), _file(file), *indented(diff_lines(file))]
    return found


def diff_lines(diff: Diff, most: int | None = None) -> list[Text]:
    """Return the lines of a diff, or the `most` first and in words what is missing."""
    found: list[Text] = []
    for sheet in sheets(diff.patch):
        shown = shown_at_most(sheet)
        words = [*filter(None, (left_out(sheet, len(shown)), *sheet.notes))]
        found += [*(Text(visible(note), "dim") for note in words), *map(_line, marked(shown))]
    if most is None or len(found) <= most:
        return found
    return [*found[:most], Text(f"… {len(found) - most:,} more lines of the diff …", "dim")]


def indented(lines: Iterable[Text], by: str = INDENT) -> list[Text]:
    """Return the lines, each moved right."""
    return [Text(by).append_text(line) if line.plain else line for line in lines]


def folded(line: Text, width: int) -> list[Text]:
    """Return a line as a terminal wraps it: at the last column, even inside a word."""
    if cell_len(line.plain) <= width:
        return [line]
    pieces = chop_cells(line.plain, max(2, width))
    return list(line.divide(list(accumulate(map(len, pieces[:-1])))))


def wrapped(line: Text, width: int) -> list[Text]:
    """Return a line wrapped between words."""
    return list(line.wrap(_console(max(width, 10)), max(width, 10)))


# -- Markdown --------------------------------------------------------------------------------------


def markdown_lines(source: str, width: int) -> list[Text]:
    """Return Markdown laid out, or its source where it cannot be parsed."""
    shown = visible(source).expandtabs(TAB).strip("\n")
    tokens = parse(shown)
    if tokens is None:
        return [Text(line) for line in shown.split("\n")]
    laid_out = _Markdown("", hyperlinks=False)
    laid_out.parsed = [_without_images(token) for token in tokens]
    return _lines(laid_out, width)


def _without_images(token: Token) -> Token:
    """Replace images by their address in words: nothing is fetched, nothing hidden."""
    for n, child in enumerate(token.children or ()):
        if child.type == "image" and token.children:
            words = f"image {child.content} ({child.attrs.get('src', '')})"
            token.children[n] = Token("text", "", 0, content=words)
    return token


def _lines(renderable: RenderableType, width: int) -> list[Text]:
    console = _console(max(width, 10))
    segments = Segment.filter_control(console.render(renderable))
    found = [_text(line) for line in Segment.split_lines(segments)]
    while found and not found[-1].plain:
        found.pop()
    while found and not found[0].plain:
        del found[0]
    return found


def _text(line: Iterable[Segment]) -> Text:
    # An entity becomes its character only when the Markdown is parsed: hence `visible` once more.
    text = Text.assemble(*((visible(s.text).replace("\n", ""), s.style or "") for s in line))
    text.rstrip()
    return text


@lru_cache(8)
def _console(width: int) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=100,
        theme=_THEME,
        color_system=None,
        force_terminal=True,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )


class _Heading(TextElement):
    """A heading at the left margin; rich centres it."""

    @classmethod
    def create(cls, markdown: RichMarkdown, token: Token) -> _Heading:
        return cls(token.tag)

    def __init__(self, tag: str) -> None:
        self.style_name = f"markdown.{tag}"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _CodeBlock(TextElement):
    """Code, whose long lines the terminal wraps, so that they can be copied whole."""

    style_name = "markdown.code_block"

    @classmethod
    def create(cls, markdown: RichMarkdown, token: Token) -> _CodeBlock:
        return cls((token.info or "").strip().partition(" ")[0])

    def __init__(self, language: str) -> None:
        self._language = language

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        for line in indented(code_lines(str(self.text).rstrip("\n"), self._language)):
            if room == console.width:
                line.no_wrap, line.overflow = True, "ignore"
                yield line
            else:  # inside a list or a quotation, which cut what is too long
                yield from folded(line, room)


class _Rule(MarkdownElement):
    """A horizontal line, short enough for every terminal."""

    new_line = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("─" * min(options.max_width, 20), "dim")


class _Markdown(RichMarkdown):
    elements = {
        **RichMarkdown.elements,
        "heading_open": _Heading,
        "fence": _CodeBlock,
        "code_block": _CodeBlock,
        "hr": _Rule,
    }


# -- the other blocks ------------------------------------------------------------------------------


def code_lines(text: str, language: str = "") -> list[Text]:
    """Return source with its colours."""
    code = Text(overflow="ignore", no_wrap=True)
    for kind, piece in coloured(visible(text).expandtabs(TAB), language):
        while kind not in _TOKENS and kind.parent is not None:
            kind = kind.parent
        code.append(piece, _TOKENS.get(kind, ""))
    return _split(code)


def _split(text: Text) -> list[Text]:
    return list(text.split("\n", allow_blank=True))


def _code(block: Code, limit: Limit) -> list[Text]:
    if block.exact:
        return code_lines(block.text, block.language)
    shown = cut(block.text.rstrip("\n"), limit)
    found = _piece(shown.head, block.language) if shown.head else []
    if shown.words:
        found.append(Text(f"… {shown.words} …", "dim"))
    return found + (_piece(shown.tail, block.language) if shown.tail else [])


def _piece(text: str, language: str) -> list[Text]:
    if language == PRINTED:
        return _printed(text.removesuffix("\n"))
    return code_lines(plain_output(text).removesuffix("\n"), language)


def _printed(text: str) -> list[Text]:
    """Return what a program printed, as it looks in the end, in colours of ours."""
    shown, styles = seen(text)
    pieces = Text(overflow="ignore", no_wrap=True)
    done = 0
    for start, end, style in styles:
        pieces.append(visible(shown[done:start])).append(visible(shown[start:end]), style)
        done = end
    pieces.append(visible(shown[done:]))
    pieces.expand_tabs(8)
    return _split(pieces)


def _line(line: SheetLine) -> Text:
    text = Text(line.text, _KINDS[line.kind], no_wrap=True, overflow="ignore")
    for start, end in line.marks:
        text.stylize("bold underline", start, end)
    text.expand_tabs(TAB)
    return text


def _file(diff: Diff) -> Text:
    names = " → ".join(filter(None, (visible(diff.old), visible(diff.file))))
    changes = visible(diff_words(diff))
    return Text.assemble((names, "bold"), f" ({changes})" if changes else "")


def _check(check: Check) -> Text:
    word = f" ({visible(check.word)})" if check.word else ""
    mark = visible(check.mark)
    return Text.assemble((mark, _CHECKS.get(mark, "")), f" {visible(check.text)}", (word, "dim"))


def _notice(notice: Notice, width: int) -> Iterator[Text]:
    level = "" if notice.level == "info" else f"{notice.level.capitalize()}: "
    if level and not notice.text and "\n" not in notice.quote:
        yield Text.assemble((level, f"bold {_LEVELS[notice.level]}"), visible(notice.quote))
        return
    if level or notice.text:
        words = Text.assemble(
            (level, f"bold {_LEVELS[notice.level]}".strip()), visible(notice.text)
        )
        yield from wrapped(words, width)
    if notice.quote:
        yield from indented(Text(line) for line in visible(notice.quote).split("\n"))


def _row(row: Row, width: int, limit: Limit) -> list[Text]:
    target = f" {visible(row.target)}" if row.target else ""
    line = Text.assemble(
        (MARKS[row.state], _STATES[row.state]),
        (f" {visible(row.verb)}", "bold"),
        target,
        (f" ({visible(row_words(row))})", "dim"),
    )
    body = [line for block in row.body for line in block_lines(block, width - 2, limit)]
    return [line, *indented(body)]
