"""Blocks as HTML that can be read without CSS, kernel, widget or trust.

Our own templates around escaped text and the HTML of `markdown`, and a last allow-list over the
whole. Classes `ocm-*` are for the live view's CSS and come from templates only.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..text.visible import plain_output
from .blocks import (
    PRINTED,
    Block,
    ChangedFiles,
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
from .diffhtml import Rest, diff_html, files_html, rest_html
from .filetree import tree_html
from .gridforms import GRID_CLASSES, grid_html
from .limits import LIVE, Limit, cut
from .markdown import (
    ATTRIBUTES,
    NO_TEX,
    PYGMENTS_CLASSES,
    SPACED,
    TAGS,
    allowed,
    code_html,
    escape,
    escape_code,
    to_html,
)
from .pieces import ANSI_CLASSES, checklist, lines, printed
from .words import (
    MARKS,
    footer_words,
    header_words,
    row_words,
    text_and_code,
)

MOST_NESTED = 6  # levels of subagents; deeper ones stand on the last level

_FOLDS = {"reasoning", "summary", "prompt", "decisions", "review"}
_OCM = {
    *("ocm-static", "ocm-block", "ocm-md", "ocm-plain", "ocm-diff", "ocm-long", "ocm-file"),
    *("ocm-notice", "ocm-info", "ocm-warning", "ocm-error", "ocm-fold", "ocm-files"),
    *(f"ocm-{kind}" for kind in _FOLDS),
    *("ocm-row", "ocm-pending", "ocm-running", "ocm-completed", "ocm-failed", "ocm-stopped"),
    *("ocm-rejected", "ocm-quote"),
    *("ocm-cut", "ocm-hunk"),
    *("ocm-verb", "ocm-target", "ocm-state", "ocm-body", "ocm-children", "ocm-item"),
    *("ocm-header", "ocm-footer", "ocm-add", "ocm-del"),
    *("ocm-mark", "ocm-checklist", "ocm-check", "ocm-tree", "ocm-folder"),
}
MOST_CUTS = 100  # texts whose rest is offered
_CLASSES = {
    "div": {*_OCM, *NO_TEX.split(), SPACED, *(f"ocm-cut-{n}" for n in range(MOST_CUTS))},
    "span": _OCM | PYGMENTS_CLASSES | ANSI_CLASSES | GRID_CLASSES,
    "table": {"ocm-grid"},
    "pre": _OCM | {"highlight"},
    **dict.fromkeys(("p", "details", "summary", "code"), _OCM),
}


Long: TypeAlias = Code | Rest
"""What was cut: a text, or the lines of a diff."""


@dataclass(frozen=True)
class _Pen:
    """How long a text may be, and what was cut, by the number in its gap's class."""

    limit: Limit
    cuts: list[Long] = field(default_factory=list)

    def gap(self, cut: Long, words: str) -> str:
        """Return the place where something is missing."""
        number = f" ocm-cut-{len(self.cuts)}" if len(self.cuts) < MOST_CUTS else ""
        self.cuts.append(cut)
        return f'<div class="ocm-cut{number}">… {escape(words)} …</div>'

    def rest(self, lines: Rest) -> str:
        """Return the place where lines of a diff are missing."""
        return self.gap(lines, lines.words)


def block_html(block: Block) -> str:
    """Return one block, e.g. for the live view."""
    return _seal(f'<div class="ocm-block {NO_TEX}">{_block(block, _Pen(LIVE))}</div>')


def next_lines(rest: Rest, shown: int) -> tuple[str, int]:
    """Return the next missing lines of a diff as HTML, and how many are shown then."""
    markup, until = rest_html(rest, shown)
    return _seal(f'<div class="ocm-block {NO_TEX}">{markup}</div>'), until


def cuts(block: Block) -> list[Long]:
    """Return the texts that `block_html` cuts, by their numbers."""
    pen = _Pen(LIVE)
    _block(block, pen)
    return pen.cuts


def document_html(
    items: Sequence[Item], limit: Limit = LIVE, cuts: list[Long] | None = None
) -> str:
    """Return a whole turn as one static piece.

    Texts longer than `limit` are cut, and added to `cuts` by their numbers.
    """
    pen = _Pen(limit, [] if cuts is None else cuts)
    keys = {item.key for item in items}
    top: list[Item] = []
    children: dict[str, list[Item]] = {}
    for item in items:
        under = item.parent and item.parent in keys and item.parent != item.key
        (children.setdefault(item.parent, []) if under else top).append(item)
    body = "".join(_item(item, children, 0, pen) for item in top)
    return _seal(f'<div class="ocm-static {NO_TEX}">{body}</div>')


def hosted(markup: str, host: str) -> str:
    """Return finished HTML with the id of the host that serves it while the kernel lives."""
    return f'<div class="ocm-host ocm-id-{html.escape(host)}">{markup}</div>' if host else markup


def _seal(markup: str) -> str:
    """Apply the last allow-list: whatever went wrong before, nothing else gets through."""
    more = {"details": {"open"}, "span": {"aria-hidden"}, "div": {"align"}}
    return allowed(
        markup,
        tags=TAGS | {"details", "summary", "ins", "del"},
        attributes=ATTRIBUTES | more,
        allowed_classes=_CLASSES,
    )


def _item(item: Item, children: dict[str, list[Item]], depth: int, pen: _Pen) -> str:
    below = children.get(item.key, ())
    if depth < MOST_NESTED:
        inner = "".join(_item(child, children, depth + 1, pen) for child in below)
    else:
        inner = "".join(_block(deeper.block, pen) for deeper in _flat(below, children))
    if isinstance(item.block, Row):
        body = _row(item.block, pen, inner)
    else:
        body = _block(item.block, pen) + _children(inner)
    # Markdown has space below it already, and code needs none.
    spaced = "" if isinstance(item.block, Markdown | Code) else f" {SPACED}"
    return f'<div class="ocm-item{spaced}">{body}</div>'


def _flat(items: Iterable[Item], children: dict[str, list[Item]]) -> Iterable[Item]:
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(children.get(item.key, ())[::-1])


def _body(body: Iterable[Block], pen: _Pen) -> str:
    """Return the blocks inside another, where a single line has no space around it."""
    return "".join(_block(block, pen, "div") for block in body)


def _code(block: Code, pen: _Pen) -> str:
    if block.exact:
        return _whole(block.text, block.language, plain=False)
    shown = cut(block.text, pen.limit)
    head = _whole(shown.head, block.language) if shown.head else ""
    if not shown.words:
        return head
    tail = _whole(shown.tail, block.language) if shown.tail else ""
    return head + pen.gap(block, shown.words) + tail


def _whole(text: str, language: str, *, plain: bool = True) -> str:
    if language == PRINTED:
        return printed(text)
    return code_html(plain_output(text) if plain else text, language)


def _block(block: Block, pen: _Pen, line: str = "p") -> str:
    match block:
        case Markdown():
            return f'<div class="ocm-md">{to_html(block.source)}</div>'
        case Plain():
            return f'<{line} class="ocm-plain">{lines(block.text)}</{line}>'
        case Code():
            return _code(block, pen)
        case Checklist():
            return checklist(block)
        case Diff():
            return diff_html(block, pen.rest)
        case Notice():
            strong = f"<strong>{block.level.capitalize()}: </strong>"
            level = "" if block.level == "info" else strong
            quote = f'<code class="ocm-quote">{escape_code(block.quote)}</code>'
            said = "<br>".join(filter(None, (_ours(block.text), quote if block.quote else "")))
            return f'<{line} class="ocm-notice ocm-{block.level}">{level}{said}</{line}>'
        case Fold():
            kind = f" ocm-{block.kind}" if block.kind in _FOLDS else ""
            body = _body(block.body, pen)
            summary = f"<summary>{escape(block.summary)}</summary>"
            return f'<details class="ocm-fold{kind}">{summary}{body}</details>'
        case Row():
            return _row(block, pen)
        case ChangedFiles():
            return files_html(block, pen.rest)
        case Grid():
            return grid_html(block)
        case FileTree():
            return tree_html(block)
        case Header():
            return f'<p class="ocm-header">{_dotted(header_words(block))}</p>'
        case Footer():
            return f'<p class="ocm-footer">{_dotted(footer_words(block))}</p>'


def _row(row: Row, pen: _Pen, inner: str = "") -> str:
    target = f' <code class="ocm-target">{escape_code(row.target)}</code>' if row.target else ""
    line = (
        f'<span class="ocm-mark" aria-hidden="true">{MARKS[row.state]}</span> '
        f'<span class="ocm-verb">{escape(row.verb)}</span>{target}'
        f' <span class="ocm-state">({escape(row_words(row))})</span>'
    )
    kind = f"ocm-row ocm-{row.state}"
    if not row.body and not inner:
        return f'<div class="{kind}">{line}</div>'
    body = f'<div class="ocm-body">{_body(row.body, pen)}</div>{_children(inner)}'
    shown = " open" if row.open or row.state == "failed" else ""
    return f'<details class="{kind}"{shown}><summary>{line}</summary>{body}</details>'


def _children(inner: str) -> str:
    return f'<blockquote><div class="ocm-children">{inner}</div></blockquote>' if inner else ""


def _ours(text: str) -> str:
    """Return words of ours, with their quotes as code."""
    pieces = text_and_code(text)
    return "".join(
        f"<code>{escape_code(p)}</code>" if n % 2 else lines(p) for n, p in enumerate(pieces)
    )


def _dotted(words: Iterable[str]) -> str:
    return " · ".join(map(escape, words))
