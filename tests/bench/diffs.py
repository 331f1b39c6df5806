"""Diffs to measure: so many lines of a program, each changed in a few words."""

from __future__ import annotations


def changed_lines(pairs: int) -> str:
    """A patch of one hunk in which each line of a program changes."""
    lines = []
    for n in range(pairs):
        lines.append(f"-    total = price[{n}] * quantity + discount(customer)")
        lines.append(f"+    total = price[{n}] * quantity - discount(buyer)")
    return f"@@ -1,{pairs} +1,{pairs} @@\n" + "\n".join(lines)
