"""`python -m tests.matrix [ROW...]`: play the turns of these rows, or of all; print a table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError

from opencode_magic.demo.model import ScriptedModel
from tests.harness.notebook import start_chromium
from tests.harness.tools import require_browser, require_opencode

from .environments import NotHereError, environment
from .rows import ROWS, Row
from .stage import staged
from .table import Seen, seen_table
from .turn import STEPS

LONGEST_REASON = 200


def main(arguments: list[str]) -> int:
    """Play the rows; 0 where each that could be built has passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("row", nargs="*", help=f"of {', '.join(names)}")
    chosen = parser.parse_args(arguments).row or names
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"no row {unknown[0]}; there are {', '.join(names)}")
    shown: list[tuple[Row, str, Seen]] = []
    with ScriptedModel() as model, sync_playwright() as playwright:
        browser = start_chromium(playwright, require_browser())
        try:
            for row in (row for row in ROWS if row.name in chosen):
                print(f"{row.name} ...", file=sys.stderr, flush=True)
                shown.append((row, *_play(row, browser, model)))
        finally:
            browser.close()
    print(seen_table(shown))
    return int(any(said.startswith("NO") for *_, seen in shown for said in seen.values()))


def _play(row: Row, browser: Browser, model: ScriptedModel) -> tuple[str, Seen]:
    """The versions of a row and what its steps said, up to the first that failed."""
    seen: dict[str, str] = {}
    try:
        built = environment(row)
    except NotHereError as error:
        return _line(f"not here: {error}"), seen
    versions = ", ".join(f"{name} {version}" for name, version in built.versions().items())
    name = next(iter(STEPS))  # a front end that does not start fails the first
    with tempfile.TemporaryDirectory(prefix="matrix-") as root:
        try:
            opencode = require_opencode()
            with staged(row, built, Path(root), browser, model, opencode=opencode) as scene:
                for name, step in STEPS.items():
                    seen[name] = step(scene)
        except (AssertionError, BrowserError) as error:
            seen[name] = _line(f"NO, {error or 'not so'}")
    return versions, seen


def _line(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:LONGEST_REASON]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
