"""The matrix as tables: what is tested with what, and what a run has shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .rows import ROWS, TITLES, Row
from .turn import STEPS

Seen = Mapping[str, str]
"""What each step of a row said, by its name; steps that were not reached are missing."""


def readme_table() -> str:
    """The table of the README: the kernels and Pythons of each front end, CI's in bold."""
    kernels: dict[str, list[str]] = {}
    pythons: dict[tuple[str, str], list[str]] = {}
    for row in sorted(ROWS, key=_order):
        if row.python:
            pythons.setdefault((_front(row), row.ipykernel), []).append(row.python)
        else:
            kernel = f"**{row.ipykernel}**" if row.in_ci else row.ipykernel
            kernels.setdefault(_front(row), []).append(kernel)
    listed = [
        *((front, found, "that of the tests") for front, found in kernels.items()),
        *((front, [kernel], ", ".join(found)) for (front, kernel), found in pythons.items()),
    ]
    lines = [f"| {front} | {', '.join(kernel)} | {python} |" for front, kernel, python in listed]
    return "\n".join(["| front end | ipykernel | Python |", "|---|---|---|", *lines])


def seen_table(seen: Iterable[tuple[Row, str, Seen]]) -> str:
    """What was seen in each row, with the versions it ran on."""
    head = ["row", "versions", *STEPS]
    lines: list[Sequence[str]] = [head, ["---"] * len(head)]
    for row, versions, steps in seen:
        lines.append([row.name, versions, *(steps.get(name, "-") for name in STEPS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _front(row: Row) -> str:
    return f"{TITLES[row.front]} {row.version}"


def _order(row: Row) -> tuple[str, str, str, float]:
    return row.front, row.version, row.python, float(row.ipykernel)
