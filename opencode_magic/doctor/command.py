"""`opencode-magic doctor`: its options, and what it prints."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TextIO

from .examine import Scope, examine
from .finding import Finding, Fix, as_json, exit_status, fixable
from .fixing import fix_all
from .host import DISTRIBUTION, Host, installed, this_host
from .report import ReportLine, fix_lines, plain, report

DESCRIPTION = """\
Tells what is installed here, what is missing, and the one command that fixes it. It starts a server
in an empty temporary folder and ends it; nothing is changed without --fix.

Exit status: 0 where all is well or works with a loss, 1 where something must be fixed."""

EPILOG = """\
--json prints one object: schema (1), version, ok, and findings, each with name, state (bad, warn,
unknown, ok), found, why, details, and fix: null, or an object with command (a list of words, empty
where no command does it), text, runs (whether --fix runs it), by_hand (why not), asks (whether it
needs a terminal)."""


def add_to(commands: Any) -> None:
    """Add `doctor` to the commands of a parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="what is installed, what is missing, and what fixes it",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--fix", action="store_true", help="run the commands that fix it, each after asking"
    )
    parser.add_argument("--yes", action="store_true", help="with --fix: run them without asking")
    parser.add_argument("--json", action="store_true", help="print one object for programs")
    parser.add_argument("--no-server", action="store_true", help="start no server for the look")
    parser.set_defaults(run=partial(doctor, parser))


def doctor(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Examine, print, and with `--fix` run the commands; return the exit status."""
    if options.yes and not options.fix:
        parser.error("--yes goes with --fix")
    if options.json and options.fix and not options.yes:
        parser.error("--fix asks, which does not go with --json; add --yes")
    host, scope = this_host(), Scope(server=not options.no_server)
    page = _Page(sys.stderr if options.json else sys.stdout)
    findings = _looked(host, scope)
    if options.fix:
        if not options.json:
            page.show(findings)
        findings = _fixed(host, scope, findings, page, yes=options.yes)
    elif not options.json:
        page.show(findings)
    if options.json:
        print(json.dumps(as_json(findings, installed(DISTRIBUTION) or ""), indent=2))
    return exit_status(findings)


class _Page:
    """Where the report is printed: in colours where they are seen, or plain where rich is missing.

    Parameters
    ----------
    stream:
        what is written to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console: Any = None
        # What a stream cannot write is written out, instead of ending in a traceback.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
        with contextlib.suppress(ImportError):  # late: it may be what is missing
            from rich.console import Console

            self._console = Console(file=stream, highlight=False, markup=False, emoji=False)

    @property
    def width(self) -> int:
        """The width in columns."""
        return self._console.width if self._console else shutil.get_terminal_size().columns

    def show(self, findings: Sequence[Finding]) -> None:
        """Print the whole report."""
        self.lines(report(findings, self.width))

    def say(self, text: str) -> None:
        """Print one line."""
        self.lines([ReportLine(((text, ""),))])

    def lines(self, lines: Sequence[ReportLine]) -> None:
        """Print some lines of a report."""
        if self._console is None:
            print(plain(lines), file=self._stream, flush=True)
            return
        from rich.text import Text  # late: plain lines need no rich

        for line in lines:
            # Already wrapped: a command must stay in one piece to be copied.
            self._console.print(Text.assemble(*line.pieces), soft_wrap=True)


def _looked(host: Host, scope: Scope) -> list[Finding]:
    with _progress() as looking_at:
        return examine(host, scope, looking_at=looking_at)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show on a line what is being looked at; only on a terminal, which can clear it again."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return

    def show(what: str) -> None:
        print(f"\r\x1b[Klooking at {what} ...", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _fixed(
    host: Host, scope: Scope, findings: list[Finding], page: _Page, *, yes: bool
) -> list[Finding]:
    if not fixable(findings):
        page.say("There is no command to run.")
        return findings
    terminal = sys.stdin.isatty()
    if not yes and not terminal:
        page.say("Nothing was run: there is no terminal to ask in. --yes runs them unasked.")
        return findings

    def ask(finding: Finding, fix: Fix) -> bool:
        page.say("")
        page.say(f"{finding.name}: {finding.found}")
        page.lines(fix_lines(fix, 2, page.width))
        if fix.asks and not terminal:
            page.say("  not run: it needs a terminal")
            return False
        return yes or _agreed()

    fixed = fix_all(findings, examine=lambda: _looked(host, scope), ask=ask, run=_run, say=page.say)
    page.say("")
    page.show(fixed)
    return fixed


def _agreed() -> bool:
    try:
        return input("  Run it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False


def _run(command: Sequence[str]) -> int:
    """Run a command where the user sees it; standard output stays free for what we print."""
    try:
        return subprocess.run(list(command), stdout=sys.stderr, check=False).returncode
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
