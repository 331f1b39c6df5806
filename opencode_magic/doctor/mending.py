"""Runs the commands that mend, one after the other, each after asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .finding import Finding, Mend, mendable

Examine = Callable[[], list[Finding]]


def mend_all(
    findings: list[Finding],
    *,
    examine: Examine,
    ask: Callable[[Finding, Mend], bool],
    run: Callable[[Sequence[str]], int],
    say: Callable[[str], None],
) -> list[Finding]:
    """Offer each command once, and look again after each that ran; how it is in the end.

    What one command mends can make the next one possible: npm first, then opencode.
    """
    offered: set[tuple[str, ...]] = set()
    while True:
        left = [f for f in mendable(findings) if f.mend and f.mend.command not in offered]
        if not left:
            return findings
        finding = left[0]
        mend = finding.mend
        assert mend is not None
        offered.add(mend.command)
        if not ask(finding, mend):
            continue
        status = run(mend.command)
        if status:
            say(f"{finding.name}: the command ended with status {status}")
        findings = examine()
        after = next((f for f in findings if f.name == finding.name), finding)
        state = "ok" if after.state == "ok" else f"still {after.state}"
        say(f"{finding.name}: {state}, {after.found}")
