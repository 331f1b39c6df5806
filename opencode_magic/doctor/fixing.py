"""Run the commands that fix what was found, one after the other, each after asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .finding import Finding, Fix, fixable


def fix_all(
    findings: list[Finding],
    *,
    examine: Callable[[], list[Finding]],
    ask: Callable[[Finding, Fix], bool],
    run: Callable[[Sequence[str]], int],
    say: Callable[[str], None],
) -> list[Finding]:
    """Offer each command once, examine again after each that ran, and return the last findings.

    What one command fixes can make the next one possible: npm first, then opencode.

    Parameters
    ----------
    findings:
        what the first look found.
    examine:
        looks again.
    ask:
        returns whether a command may be run.
    run:
        runs a command and returns its exit status.
    say:
        tells the user a line.
    """
    offered: set[tuple[str, ...]] = set()
    while True:
        left = [f for f in fixable(findings) if f.fix and f.fix.command not in offered]
        if not left:
            return findings
        finding = left[0]
        fix = finding.fix
        assert fix is not None
        offered.add(fix.command)
        if not ask(finding, fix):
            continue
        status = run(fix.command)
        if status:
            say(f"{finding.name}: the command ended with status {status}")
        findings = examine()
        after = next((f for f in findings if f.name == finding.name), finding)
        state = "ok" if after.state == "ok" else f"still {after.state}"
        say(f"{finding.name}: {state}, {after.found}")
