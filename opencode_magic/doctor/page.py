"""What this kernel and its page answered. Pure."""

from __future__ import annotations

from ..live.page.surface import NO_WIDGETS
from ..live.reach import Reach
from .finding import Finding, Fix


def page(reach: Reach) -> list[Finding]:
    """Tell whether clicks arrive while a cell runs, and whether the page shows widgets."""
    if not reach.kernel:
        return [Finding("page", "ok", "a terminal: text, and questions by a letter")]
    if not reach.person:
        why = "what asks is rejected with a message; `--permission` decides before"
        return [Finding("page", "unknown", "none: a runner executes this notebook", why)]
    if reach.unfit:
        why = "questions come as text prompts, and Kernel > Interrupt stops a turn"
        fix = Fix(words="%pip install -U ipykernel, then restart the kernel")
        return [Finding("clicks", "warn", reach.unfit, why, fix)]
    clicks = Finding("clicks", "ok", "arrive while a cell runs")
    if reach.answered_s is None:
        words, _, way_out = NO_WIDGETS.partition(" To get it, ")
        fix = Fix(words=way_out)
        return [Finding("page", "warn", "it shows no widgets", words, fix), clicks]
    found = f"shows widgets, answered in {reach.answered_s:.2f} s"
    details = {"seconds": round(reach.answered_s, 3)}
    return [Finding("page", "ok", found, details=details), clicks]
