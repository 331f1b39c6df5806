"""HTML for what tools show: coloured output and checklists; `html` cleans it with the rest."""

from __future__ import annotations

from ..text.ansi import COLOURS, seen
from .blocks import Checklist
from .markdown import escape, escape_code

# The front ends style their own classes for coloured output only in `.jp-RenderedText pre`, and too
# faintly on light or dark ground. So each has one of Pygments' classes beside it, coloured by the
# theme; there is none for yellow.
_INK = dict(zip(COLOURS, ("", "s", "k", "", "p", "o", "p", ""), strict=True))
ANSI_CLASSES = {f"ansi-{colour}-fg" for colour in COLOURS if colour}


def lines(text: str) -> str:
    """Return words of others as lines."""
    return escape(text).replace("\n", "<br>")


def printed(text: str) -> str:
    """Return what a program printed, as it looks in the end."""
    shown, styles = seen(text)
    found = []
    done = 0
    for start, end, style in styles:
        found.append(escape_code(shown[done:start]))
        found.append(_inked(escape_code(shown[start:end]), style))
        done = end
    inner = "".join((*found, escape_code(shown[done:])))
    return f'<pre class="highlight"><code>{inner}</code></pre>\n'


def _inked(markup: str, style: str) -> str:
    bold, colour = style.startswith("bold"), style.removeprefix("bold").strip()
    if bold:
        markup = f"<strong>{markup}</strong>"
    classes = f"ansi-{colour}-fg {_INK[colour]}".rstrip() if colour else ""
    return f'<span class="{classes}">{markup}</span>' if classes else markup


def checklist(checklist: Checklist) -> str:
    """Return lines with marks."""
    title = f'<div class="ocm-plain">{lines(checklist.title)}</div>' if checklist.title else ""
    each = "".join(
        f'<div class="ocm-check"><span class="ocm-mark" aria-hidden="true">{escape(check.mark)}'
        f"</span> {escape(check.text)}"
        + (f' <span class="ocm-state">({escape(check.word)})</span>' if check.word else "")
        + "</div>"
        for check in checklist.lines
    )
    return f'<div class="ocm-checklist">{title}{each}</div>'
