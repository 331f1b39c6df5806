"""What is installed, what is missing, and what fixes it."""

from __future__ import annotations

from ..app.app import App
from ..doctor.examine import Scope, examine
from ..doctor.finding import Finding, State, worst_first
from ..doctor.host import this_host
from ..doctor.page import page
from ..doctor.report import MARKS, summary
from ..render.blocks import Cell, Look, Span
from ..render.table import Column, Table
from ..text.visible import one_line
from . import command

_LOOKS: dict[State, Look] = {"bad": "bad", "warn": "warn", "unknown": "quiet", "ok": "good"}


@command
def doctor(app: App) -> Table[Finding]:
    """Look at what is installed, what is missing and what fixes it, this kernel and page included.

    The server in use is asked; where there is none, one is started in an empty folder and ended.
    `opencode-magic doctor --fix` in a terminal runs the commands.
    """
    client, base_url = None, app.settings.base_url
    if app.link is not None and app.link.alive:
        client = app.link.client
        base_url = "" if app.link.managed else client.base_url
    scope = Scope(base_url=base_url, opencode=app.settings.opencode, client=client)
    findings = examine(this_host(), scope)
    if app.reach is not None:
        seen = page(app.reach())
        if seen[0].state == "ok":  # the page knows more than its folders tell
            findings = [finding for finding in findings if finding.name != "front end"]
        findings = [*seen, *findings]
    columns: list[Column[Finding]] = [
        Column("", _mark, lambda f: f.state),
        Column("what", lambda f: f.name),
        Column("found", _found, lambda f: f.found),
    ]
    if any(_fix(finding) for finding in findings):
        columns.append(Column("fixed by", _fix, lambda f: f.fix.text if f.fix else ""))
    return Table("doctor", tuple(worst_first(findings)), tuple(columns), summary(findings))


def _mark(finding: Finding) -> Cell:
    return (Span(MARKS[finding.state], _LOOKS[finding.state]),)


def _found(finding: Finding) -> Cell:
    found = Span(one_line(finding.found))
    return (found, Span(f" ({one_line(finding.why)})", "quiet")) if finding.why else (found,)


def _fix(finding: Finding) -> Cell:
    if finding.fix is None or finding.state == "ok":
        return ""
    return (Span(finding.fix.text, "code"),) if finding.fix.command else finding.fix.text
