"""Shell text as a parser sees it: the commands of a text that is plain enough. Pure.

commands("ls -l | wc && echo 'a b'")     ("ls -l", "wc", "echo 'a b'")
commands("{ ls; } > f")                  None
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MOST_CHARS = 20_000
"""A longer text is not parsed."""

_JOINERS = frozenset({"&&", "||", ";", "|"})
_GROUPS = frozenset({"program", "list", "pipeline"})
# In these every shell sees only letters: no expansion, quote, comment or operator.
_NAME = re.compile(r"[\w./:@%+-]+")
_WORD = re.compile(r"[\w./:@%+=,~*?-]+")
_DOUBLE_QUOTED = re.compile(r'"[^"$`\\!]*"')
_BLANKS = re.compile(r"[ \t]*")
_PRINTABLE = re.compile(r"[\t\n -~]+")
# Builtins that read names or code from their arguments: `printf -v 'a[$(touch f)]' x`.
_READERS = frozenset(
    (
        *(".", "[", "alias", "autoload", "bind", "builtin", "command", "compgen", "complete"),
        *("compopt", "coproc", "declare", "emulate", "enable", "eval", "exec", "export", "fc"),
        *("float", "functions", "getopts", "hash", "integer", "let", "local", "mapfile", "noglob"),
        *("nocorrect", "print", "printf", "private", "read", "readarray", "readonly", "repeat"),
        *("sched", "set", "shopt", "source", "test", "time", "trap", "typeset", "unalias"),
        *("unset", "vared", "wait", "zle", "zmodload", "zparseopts", "zstyle"),
    )
)


@lru_cache(maxsize=256)
def commands(text: str) -> tuple[str, ...] | None:
    """Return the commands of a text, or None where it is not plain.

    Plain are simple words and plain quotes, joined by `&& || ; |`.
    """
    text = text.strip(" \t\n")
    if not text or len(text) > MOST_CHARS:
        return None
    # The grammar reads beyond its tables for some characters (`${` and an emoji), and crashes the
    # process: it gets only plain ASCII, with one letter in place of each other letter.
    stand_in = "".join(c if c.isascii() else "x" if c.isalnum() else "\0" for c in text)
    if not _PRINTABLE.fullmatch(stand_in):
        return None
    source = stand_in.encode()
    root = _parser().parse(source).root_node
    if root.has_error:
        return None
    found: list[Node] = []
    plain = _take(root, source, found) and bool(found)
    return tuple(text[n.start_byte : n.end_byte] for n in found) if plain else None


def _take(node: Node, source: bytes, found: list[Node]) -> bool:
    """Return whether all of a node is plain, and add its commands to those found."""
    if node.type == "command":
        found.append(node)
        return _is_plain(node, source)
    if node.type not in _GROUPS:
        return node.type in _JOINERS
    return _nothing_between(node, source) and all(_take(c, source, found) for c in node.children)


def _is_plain(command: Node, source: bytes) -> bool:
    """Return whether a command is a plain word with plain arguments and reads no code from them."""
    name, *arguments = command.children
    if name.type != "command_name" or not _NAME.fullmatch(_text(name)):
        return False
    if _text(name) in _READERS and re.search(r"[$`\[]", _text(command).removeprefix("[")):
        return False
    return _nothing_between(command, source) and all(map(_is_simple, arguments))


def _is_simple(argument: Node) -> bool:
    match argument.type:
        case "word" | "number":
            return _WORD.fullmatch(_text(argument)) is not None
        case "raw_string":
            return True
        case "string":
            return _DOUBLE_QUOTED.fullmatch(_text(argument)) is not None
        case "concatenation":
            return all(map(_is_simple, argument.children))
        case _:
            return False


def _nothing_between(node: Node, source: bytes) -> bool:
    """Return whether there are only blanks before, between and after the children."""
    ends = [node.start_byte, *(child.end_byte for child in node.children)]
    starts = [*(child.start_byte for child in node.children), node.end_byte]
    gaps = (source[end:start].decode() for end, start in zip(ends, starts, strict=True))
    return all(_BLANKS.fullmatch(gap) for gap in gaps)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


@cache
def _parser() -> Parser:
    # Late: loading the extension must not take the time to load the grammar.
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
