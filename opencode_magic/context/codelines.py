"""Which lines of a prompt are code pasted without a fence, whose `@` mentions nothing.

A line is code where it, alone or with its neighbours, is Python that does something (a call, an
assignment, an f-string, a statement; `see @df` and `plot (see @df)` are prose that happens to
parse), where a shell's or Python's prompt is before it, or where it looks like another language.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from functools import lru_cache

Span = tuple[int, int]
LONGEST_LINE = 2_000
MOST_AROUND = 60  # lines of a block that is looked for
MOST_LOOKS = 5_000  # blocks that are looked at in one prompt
MOST_TRIES = 100  # of which so many are parsed

_SHAPES = re.compile(
    r"""^\s*(?:
      \$\ |\$\w+\s*=|>>>\ |\.\.\.\ |In\ ?\[\d*\]:           # a prompt, or PowerShell's variables
    |(?:sudo\ )?git\ [a-z-]+\b.*@\{(?:-?\d+|u|upstream|push|now|yesterday|[\w.\ -]+\bago)\}
    |(?:echo|puts|printf|print)\ +["']
    |//|/\*|\*/|\*\ +@\w+\ +\{                                # comments, and their tags
    |@[\w-]+\s*(?:\|\||[-+*/])?=(?!=)                         # Ruby's variables
    |(?:@[\w.]+(?:\([^)\n]*\))?\s+)+(?:public|private|protected|static|final|abstract|class|def)\b
    |(?:SELECT|INSERT|UPDATE|DELETE|WHERE|SET|DECLARE|EXEC|EXECUTE|AND|OR|VALUES|FROM|JOIN|HAVING|CALL)\s
    |(?i:select)\b.*\b(?i:from)\b.*=\s*@
    |@[\w{-].*[{;]\s*$                                        # style sheets
    )""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"""(["'])(?:\\.|(?!\1)[^\\\n])*@(?:\\.|(?!\1)[^\\\n])*\1""")
_ENDS_CODE = re.compile(r"[{;]\s*(?://.*)?$")
_F_STRING = re.compile(r"""(?<!\w)(?:[fF][rR]?|[rR][fF]|[bBrRuU])(["'])(?:\\.|(?!\1)[^\\\n])*@""")
_OPENS = re.compile(r"[\[({]|\"{3}|'{3}")
_CLOSES = re.compile(r"[\])}]|\"{3}|'{3}")
_CELLS = re.compile(r"@(In|Out)\[(\d+)\]")
"""Mentions that look like code; a name of the same length is put in their place."""
_CONTINUES = re.compile(r"(?:else|elif|except|finally|case)\b")
_DOES = (ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef,
         ast.AsyncFunctionDef, ast.Return, ast.For, ast.While, ast.If, ast.With, ast.Try,
         ast.Lambda, ast.JoinedStr, ast.Dict, ast.Raise, ast.Assert, ast.Delete, ast.Await,
         ast.Yield, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)  # fmt: skip


@lru_cache(maxsize=4)  # a prompt is asked for its expressions, then for its mentions
def code_lines(text: str) -> tuple[Span, ...]:
    """Return the places of the lines with an `@` that are code, in order."""
    lines = _Lines(text)
    found = (n for n in lines.with_at if lines.is_code(n))
    return tuple((lines.starts[n], lines.starts[n] + len(lines.all[n])) for n in found)


def parsed(source: str, mode: str = "exec") -> ast.AST | None:
    """Return the syntax tree of Python source, without warnings; None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Lines:
    """The lines of a prompt, and how many blocks may still be tried."""

    def __init__(self, text: str) -> None:
        self.all = _CELLS.sub(r"@\1_\2_", text).split("\n")
        self.starts = [0]
        for line in self.all:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.with_at = [n for n, line in enumerate(self.all) if "@" in line]
        self._opening = [n for n, line in enumerate(self.all) if _OPENS.search(line)]
        self._tries = MOST_TRIES
        self._looks = MOST_LOOKS
        self._code_until = -1

    def is_code(self, n: int) -> bool:
        """Return whether the line with this number is code."""
        line = self.all[n]
        if len(line) > LONGEST_LINE:
            return False
        if n < self._code_until or _has_shape(line) or _is_statement(line):
            return True
        self._code_until = self._block(n)
        return n < self._code_until

    def _block(self, n: int) -> int:
        """Return the end of the call, display or string around a line; -1 for none."""
        for first in reversed(self._opening[: bisect_right(self._opening, n)]):
            if n - first > MOST_AROUND:
                break
            for last in range(n, min(n + MOST_AROUND, len(self.all))):
                self._looks -= 1
                if self._looks < 0 or self._tries < 0:
                    return -1
                block = [self.all[first].lstrip(), *self.all[first + 1 : last + 1]]
                if last == first or not _may_be_whole(block):
                    continue
                self._tries -= 1
                if _is_inside(block, n - first + 1):
                    return last + 1
        return -1


def _may_be_whole(block: list[str]) -> bool:
    """Return whether some lines close what they open, as far as counting can tell."""
    if not _CLOSES.search(block[-1]):
        return False
    text = "\n".join(block)
    triple = text.count('"""') + text.count("'''")
    opened, closed = (sum(map(text.count, marks)) for marks in ("([{", ")]}"))
    return triple % 2 == 0 and (triple > 0 or opened == closed)


def _is_inside(block: list[str], line: int) -> bool:
    """Return whether a line is part of a statement of several lines that does something."""
    source = "\n".join(block)
    tree = parsed(source)
    return tree is not None and any(
        each.lineno <= line <= (each.end_lineno or 0) and each.lineno < (each.end_lineno or 0)
        and any(_is_deed(node, source) for node in ast.walk(each))
        for each in ast.walk(tree) if isinstance(each, ast.stmt)
    )  # fmt: skip


def _has_shape(line: str) -> bool:
    """Return whether a line looks like code of any language."""
    if _SHAPES.search(line) or _F_STRING.search(line):
        return True
    return _ENDS_CODE.search(line) is not None and _QUOTED.search(line) is not None


def _is_statement(line: str) -> bool:
    stripped = line.strip()
    if stripped.endswith(":"):
        stripped += " pass"
    if _CONTINUES.match(stripped):
        head = "try: pass\n" if stripped.startswith(("except", "finally")) else "if x: pass\n"
        stripped = head + stripped
    tree = parsed(stripped)
    return tree is not None and any(_is_deed(node, stripped) for node in ast.walk(tree))


def _is_deed(node: ast.AST, source: str) -> bool:
    """Return whether a node is something that nobody writes as prose."""
    if isinstance(node, ast.Call | ast.Subscript):
        # `plot (see @df)` and `columns [a, b] @df` are prose.
        inner = node.func if isinstance(node, ast.Call) else node.value
        line = source.split("\n")[(inner.end_lineno or 1) - 1].encode()
        return line[inner.end_col_offset or 0 :][:1] in (b"(", b"[")
    return isinstance(node, _DOES)
