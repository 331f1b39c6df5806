"""A notebook of every look: `python -m tests.gallery [FILE]` writes it, a kernel fills it.

Its cells show the looks of `tests.looks` as a cell shows an ended turn, and one as it runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from IPython import get_ipython
from IPython.display import display

from opencode_magic.live.choose import choose_surface
from opencode_magic.live.page.companion import Companions
from opencode_magic.live.surface import Snapshot
from opencode_magic.render.blocks import ChangedFiles, Footer, Header, Markdown
from opencode_magic.render.html import document_html
from opencode_magic.render.text import document_markdown, document_text
from tests.harness.notebook import write_notebook
from tests.looks import Items, looks

REPOSITORY = Path(__file__).parents[1]

GROUPS = {
    "commands": ("bash", "bash_colours", "bash_rejected_with_message", "abort_tool", "steps"),
    "files": ("reads", "writes", "edit_asked", "edit_rejected", "apply_patch"),
    "finding": ("searches", "webfetch", "skill", "mcp", "invalid", "outside"),
    "people": ("question", "question_rejected", "todos", "nested", "permission_always"),
    "endings": ("quota", "unauthorized", "length", "filtered", "compaction", "queued",
                "retry_stopped", "attachments", "reasoning"),
    "others": tuple(name for name in looks() if name.startswith("tool_")),
    "states": ("kinds_states", "kinds_failures"),
    "diffs": ("kinds_diffs",),
    "blocks": ("kinds_blocks",),
    "asks": ("kinds_asks",),
}  # fmt: skip


def show(group: str) -> None:
    """The static outputs of a group, one below the other."""
    shown = looks()
    for name in GROUPS[group]:
        display(bundle(shown[name]), raw=True)


def play(name: str) -> None:
    """A recorded turn as it runs, then as it ends: when the file `go-on` is there."""
    shell = get_ipython()
    surface = choose_surface(shell, Companions(shell).get())
    header, *body = looks()[name]
    assert isinstance(header.block, Header)
    running = tuple(item for item in body if not isinstance(item.block, ChangedFiles | Footer))
    go_on, until = Path("go-on"), time.monotonic() + 60
    while not go_on.exists() and time.monotonic() < until:
        surface.draw(Snapshot(running, header.block, "working", 2.0))
        surface.actions(0.05)
    go_on.unlink()
    surface.finish(bundle(looks()[name]))


def last_words(name: str) -> str:
    """What the agent says last in a recorded turn."""
    return [item.block.source for item in looks()[name] if isinstance(item.block, Markdown)][-1]


def bundle(items: Items) -> dict[str, str]:
    """What an output holds, by mime type."""
    return {
        "text/html": document_html(items),
        "text/markdown": document_markdown(items),
        "text/plain": document_text(items),
    }


def cells() -> Sequence[str]:
    """The notebook's cells; the first makes the rest like a notebook with our magics loaded."""
    start = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from opencode_magic.live.page.companion import Companions\n"
        "from tests import gallery\n"
        "companion = Companions(get_ipython()).get()"
    )
    return [start, *(f"gallery.show({group!r})" for group in GROUPS)]


if __name__ == "__main__":
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "gallery.ipynb").absolute()
    write_notebook(file, cells())
    print(f"{file}: run its cells in JupyterLab")
