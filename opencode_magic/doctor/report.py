"""Findings as lines for a terminal: problems first, aligned, calm. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..text.amounts import count_words
from .finding import Finding, Fix, State, fixable, worst_first

STACKED_BELOW = 64  # columns; there what was found stands below its name
WIDEST = 100
STYLES: dict[State, str] = {"bad": "bold red", "warn": "yellow", "unknown": "cyan", "ok": "green"}
MARKS: dict[State, str] = {"bad": "BAD", "warn": "warn", "unknown": "?", "ok": "ok"}
_MARK_WIDTH = max(map(len, MARKS.values())) + 2


@dataclass(frozen=True)
class ReportLine:
    """A line of the report, in pieces with their styles. A `whole` one must not be wrapped."""

    pieces: tuple[tuple[str, str], ...] = ()
    whole: bool = False

    @property
    def text(self) -> str:
        """The line without its colours."""
        return "".join(text for text, _ in self.pieces)


def report(findings: Sequence[Finding], width: int) -> list[ReportLine]:
    """Return the whole report for a terminal of `width` columns, with a summary at the end."""
    width = min(width, WIDEST)
    ordered = worst_first(findings)
    name_width = max((len(f.name) for f in findings), default=0) + 2
    lines: list[ReportLine] = []
    for finding in ordered:
        lines += _finding(finding, width, name_width)
        if finding.state in ("bad", "warn"):
            lines.append(ReportLine())
    if lines and lines[-1].pieces:
        lines.append(ReportLine())
    return [*lines, *(ReportLine(((part, "bold"),)) for part in _wrapped(summary(findings), width))]


def summary(findings: Sequence[Finding]) -> str:
    """Return the number of findings of each state, in a line."""
    counts = {state: sum(f.state == state for f in findings) for state in MARKS}
    words = [
        f"{counts['bad']} to fix" if counts["bad"] else "",
        count_words(counts["warn"], "warning") if counts["warn"] else "",
        f"{counts['unknown']} not known" if counts["unknown"] else "",
        f"{counts['ok']} ok",
    ]
    told = ", ".join(filter(None, words))
    if not counts["bad"] and not counts["warn"]:
        return f"Nothing to fix: {told}."
    if runnable := len(fixable(findings)):
        runs = count_words(runnable, "command")
        return f"{told}. `opencode-magic doctor --fix` runs {runs}, asking."
    return f"{told}."


def fix_lines(fix: Fix, indent: int, width: int) -> list[ReportLine]:
    """Return the lines for what fixes a finding: a command in one piece to be copied, or words."""
    space = " " * indent
    if not fix.command:
        return [ReportLine(((space + part, ""),)) for part in _wrapped(fix.words, width - indent)]
    command = ReportLine(((f"{space}$ ", "dim"), (visible(fix.text), "bold")), whole=True)
    if not fix.by_hand:
        return [command]
    return [command, ReportLine(((f"{space}by hand: {visible(fix.by_hand)}", "dim"),))]


def _finding(finding: Finding, width: int, name_width: int) -> list[ReportLine]:
    mark = (MARKS[finding.state].ljust(_MARK_WIDTH), STYLES[finding.state])
    name = visible(finding.name)
    stacked = width < STACKED_BELOW
    indent = _MARK_WIDTH if stacked else _MARK_WIDTH + name_width
    found = _wrapped(finding.found, width - indent)
    why = _wrapped(finding.why, width - indent)
    head: tuple[tuple[str, str], ...] = (mark, (name, "bold"))
    if not stacked:
        first = (" " * (name_width - len(name)) + found[0], "") if found else ("", "")
        head, found = (*head, first), found[1:]
    space = " " * indent
    lines = [ReportLine(head)]
    lines += [ReportLine(((space + part, ""),)) for part in found]
    lines += [ReportLine(((space + part, "dim"),)) for part in why]
    if finding.fix is not None and finding.state != "ok":
        lines += fix_lines(finding.fix, indent, width)
    return lines


def visible(text: str) -> str:
    """Return text with what a terminal would obey or hide written out: paths are data.

    Stricter than `text.visible`: no joiners of any script are let through here.
    """
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        " ".join(visible(text.replace("\n", " ")).split()), max(width, 16), break_on_hyphens=False
    )


def plain(lines: Iterable[ReportLine]) -> str:
    """Return the lines as text without colours."""
    return "\n".join(line.text.rstrip() for line in lines)
