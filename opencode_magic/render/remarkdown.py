"""An agent's Markdown, parsed and written again so that no front end makes more of it than text.

What a parser with raw HTML, TeX or images switched on would find in the source is escaped. The copy
is built from tokens, so nothing of the source gets through unread.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from markdown_it.tree import SyntaxTreeNode

from ..text.visible import one_line, visible
from .markdown import chunks, parse, safe_url

_SPECIAL = re.compile(r"([`*_\[\]{}|~!#])")
_TEX = re.compile(r"([$\\]+)")
_LINE_START = re.compile(r"^([ \t]*)([-+=])", re.MULTILINE)
_NUMBERED = re.compile(r"^([ \t]*\d{1,9})([.)])", re.MULTILINE)
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
OPEN_BAR = re.compile(r"(?<!\\)\|")  # in the code of a cell it would end the cell
_UNSAFE_IN_URL = re.compile(r"[\s<>()\[\]\\`*_~$\"'|]")


def harmless(source: str) -> str:
    """Return the same Markdown without raw HTML, images, TeX and unsafe links."""
    return "\n\n".join(filter(None, map(_chunk, chunks(visible(source)))))


def words(text: str) -> str:
    """Return plain words as Markdown text."""
    pieces = _TEX.split(visible(text))
    # A front end finds TeX also where it is escaped or written as an entity; in code it does not.
    return glued(code_span(p) if n % 2 else _escaped(p) for n, p in enumerate(pieces))


def paragraph(text: str) -> str:
    """Return plain words as Markdown lines of their own."""
    return _at_margin(words(text)).replace("\n", "  \n")


def code_span(text: str) -> str:
    """Return text as inline code, on one line."""
    shown = " ".join(visible(text).split("\n"))
    mark = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{mark}{pad}{shown}{pad}{mark}"


def fence(text: str, language: str = "") -> str:
    """Return text as a block of code."""
    shown = visible(text)
    mark = "`" * max(3, _longest_run(shown) + 1)
    known = language if _LANGUAGE.fullmatch(language) else ""
    end = "" if shown.endswith("\n") else "\n"
    return f"{mark}{known}\n{shown}{end}{mark}"


def _chunk(text: str) -> str:
    tokens = parse(text)
    if tokens is None:
        return fence(text)
    return _blocks(SyntaxTreeNode(tokens).children)


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "\n\n".join(filter(None, map(_block, nodes)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph":
            return _at_margin(_inline(node))
        case "heading":
            level = min(6, int(node.tag[1:]) + 2)
            return f"{'#' * level} {_inline(node)}".replace("\n", " ")
        case "fence" | "code_block":
            return fence(node.content, node.info.split(maxsplit=1)[0] if node.info.strip() else "")
        case "blockquote":
            return _prefixed(_blocks(node.children), "> ", "> ")
        case "bullet_list":
            return "\n".join(_prefixed(_blocks(n.children), "- ", "  ") for n in node.children)
        case "ordered_list":
            start = int(node.attrs.get("start", 1))
            return "\n".join(_numbered(start + n, item) for n, item in enumerate(node.children))
        case "table":
            return _table(node)
        case "hr":
            return "---"
        case _:
            return _blocks(node.children) if node.children else words(node.content)


def _numbered(number: int, item: SyntaxTreeNode) -> str:
    mark = f"{number}. "
    return _prefixed(_blocks(item.children), mark, " " * len(mark))


def _prefixed(text: str, first: str, rest: str) -> str:
    head, *tail = text.split("\n")
    return "\n".join([first + head, *((rest + line).rstrip() for line in tail)]).rstrip()


def _table(node: SyntaxTreeNode) -> str:
    rows = [
        [OPEN_BAR.sub(r"\\|", _inline(cell).replace("\n", " ")) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def _inline(node: SyntaxTreeNode) -> str:
    """Return the content of a paragraph, heading or cell."""
    return glued(_span(child) for inline in node.children for child in inline.children)


def _span(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text":
            return words(node.content)
        case "code_inline":
            return code_span(node.content)
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "  \n"
        case "strong":
            return _marked("**", node)
        case "em":
            return _marked("*", node)
        case "s":
            return _marked("~~", node)
        case "link":
            return _link(glued(map(_span, node.children)), str(node.attrs.get("href", "")))
        case "image":
            url = str(node.attrs.get("src", ""))
            label = words(f"image: {node.content}".strip())
            return _link(f"{label} ({words(one_line(url))})", url, shown=True)
        case _:
            return words(node.content)


def _marked(mark: str, node: SyntaxTreeNode) -> str:
    inner = glued(map(_span, node.children))
    return f"{mark}{inner}{mark}" if inner.strip() else inner


def _link(label: str, url: str, *, shown: bool = False) -> str:
    target = safe_url(url)
    if target is None:
        return label if shown else f"{label} ({words(one_line(url))})"
    return f"[{label}]({_UNSAFE_IN_URL.sub(lambda found: f'%{ord(found[0]):02X}', target)})"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", html.escape(text, quote=False))


def _at_margin(text: str) -> str:
    """Return text whose lines begin no list, heading or rule."""
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", text))


def glued(pieces: Iterable[str]) -> str:
    """Join the pieces; code spans that would run into each other are kept apart."""
    whole: list[str] = []
    for piece in pieces:
        if whole and piece.startswith("`") and whole[-1].endswith("`"):
            whole.append(" ")
        if piece:
            whole.append(piece)
    return "".join(whole)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
