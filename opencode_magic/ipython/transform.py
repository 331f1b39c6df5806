"""The input transformer, which keeps IPython from reading plain words as something else.

IPython would take a `?` at the end for a request for help, and refuse a `%%opencode` line without a
body before we see it; `%opencode ...` and `x = %opencode ...` are handled alike.
"""

from __future__ import annotations

import re
import tokenize

from IPython.core.inputtransformer2 import TokenTransformBase

NAME = "opencode"
_EMPTY_CELL = re.compile(r"%%opencode(?![\w?])[ \t]*(?P<line>[^\n]*)\n*\Z")


def empty_cell_magic(lines: list[str]) -> list[str]:
    """Return a `%%opencode` line without a body as the line magic with the same words."""
    match = _EMPTY_CELL.match("".join(lines).strip("\n"))
    if match is None:
        return lines
    return [_call(match["line"].rstrip()) + "\n"]


class LineMagic(TokenTransformBase):  # type: ignore[misc]  # IPython has no types for it
    """Takes `%opencode words` and `x = %opencode words` as written, to the end of the line.

    Parameters
    ----------
    start:
        where the statement begins, line (from 1) and column: IPython orders transformers by it.
    percent:
        where the `%` stands.
    """

    priority = 1  # before IPython's help requests (5) and magics (10)

    def __init__(self, start: tuple[int, int], percent: tuple[int, int]) -> None:
        super().__init__(start)
        self.percent_line = percent[0] - 1
        self.percent = percent[1]

    @classmethod
    def find(cls, tokens_by_line: list[list[tokenize.TokenInfo]]) -> LineMagic | None:
        """Return the transformer for the first such line, or None."""
        for line in tokens_by_line:
            tokens = [t for t in line if t.type not in (tokenize.INDENT, tokenize.DEDENT)]
            place = _after_assignment(tokens)
            if len(tokens) > place + 1 and _is_ours(tokens[place], tokens[place + 1]):
                return cls(tokens[0].start, tokens[place].start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Return the lines with that one replaced by a call."""
        line = lines[self.percent_line]
        before, words = line[: self.percent], line[self.percent + 1 + len(NAME) :]
        if words.strip() in ("?", "??"):  # help on the magic itself, for IPython to give
            call = f"get_ipython().run_line_magic('pinfo', '%{NAME}')"
        else:
            call = _call(words.strip())
        return [*lines[: self.percent_line], f"{before}{call}\n", *lines[self.percent_line + 1 :]]


def _after_assignment(tokens: list[tokenize.TokenInfo]) -> int:
    """Return where the value of an assignment of ours begins, behind a `=` outside brackets.

    0 where the line begins with our name, or is not ours.
    """
    if len(tokens) > 1 and _is_ours(tokens[0], tokens[1]):
        return 0
    depth = 0
    for index, token in enumerate(tokens[:-2]):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
        elif token.string == "=" and not depth and _is_ours(*tokens[index + 1 : index + 3]):
            return index + 1
    return 0


def _is_ours(percent: tokenize.TokenInfo, name: tokenize.TokenInfo) -> bool:
    return percent.string == "%" and name.string == NAME and percent.end == name.start


def _call(words: str) -> str:
    return f"get_ipython().run_line_magic({NAME!r}, {words!r})"
