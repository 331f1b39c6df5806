"""The code of the last answer: into the next cell, or run here."""

from __future__ import annotations

from ..answer.code import CodeBlock
from ..answer.inserted import Inserted
from ..answer.notebook import hands
from ..app.app import App
from ..errors import InputError
from ..render.notice import Said
from ..text.amounts import count_words
from ..text.visible import one_line
from . import command


@command
def insert(app: App, block: int = 0, *, more: bool = False) -> Said:
    """Put the code of the last answer, or its block BLOCK, into the next cell.

    BLOCK counts from 1, -1 is the last. Of several blocks the first comes now, and each that you
    run brings the next one below it; --more brings the next one that waits.
    """
    here = hands("put a cell into")
    if more:
        left = here.more()
        waits = f"; {count_words(left.waiting, 'cell')} left" if left.waiting else ""
        return Said(f"{_next_cell('the next one that waited', left)}{waits}")
    blocks = _blocks(app, "insert")
    chosen = [_chosen(blocks, block)] if block else blocks
    where = here.insert(chosen, "command")
    if len(chosen) == 1:
        return Said(_next_cell("the code", where))
    first = _next_cell(f"block 1 of {len(chosen)}", where)
    return Said(f"{first}; each you run brings the next one")


def _next_cell(what: str, where: Inserted) -> str:
    return f"{what} is in the next cell" if where.comes else f"{what}: {where.words}"


@command
def run(app: App, block: int = 0) -> None:
    """Run the code of the last answer, or its block BLOCK, here: in the notebook's namespace.

    BLOCK counts from 1, -1 is the last; it may be left out where there is one block of Python.
    """
    blocks = _blocks(app, "run")
    if block:
        _chosen(blocks, block).run()
        return
    runnable = [b for b in blocks if b.is_python]
    if not runnable:
        written = ", ".join(dict.fromkeys(b.language or "no named language" for b in blocks))
        raise InputError(f"/run: the code of the last answer is no Python ({written})")
    if len(runnable) > 1:
        listed = "; ".join(f"{n} ({_first(b)})" for n, b in enumerate(blocks, 1) if b.is_python)
        raise InputError(f"/run: the last answer has several blocks, say which: {listed}")
    runnable[0].run()


def _blocks(app: App, name: str) -> list[CodeBlock]:
    if app.last_turn is None:
        raise InputError(f"/{name}: nothing was answered in this kernel yet")
    blocks = app.last_turn.code
    if not blocks:
        raise InputError(f"/{name}: there is no code block in the last answer")
    return blocks


def _chosen(blocks: list[CodeBlock], number: int) -> CodeBlock:
    if not 1 <= abs(number) <= len(blocks):
        has = count_words(len(blocks), "block")
        raise InputError(f"there is no block {number}: the last answer has {has}")
    return blocks[number - (number > 0)]


def _first(block: CodeBlock) -> str:
    """Return the first line of a block, by which it is named."""
    return one_line(next(iter(block.strip().splitlines()), ""), chars=50)
