"""The command line: `opencode-magic demo`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from .errors import NotInstalledError, OpencodeError

PAGE = "demo.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _demo(options)
    except OpencodeError as error:
        print(*error._render_traceback_(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="opencode-magic", description="A coding agent in the notebook. See `demo`."
    )
    parser.add_argument(
        "--version", action="version", version=f"opencode-magic {version('opencode-magic')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="the whole thing on this machine: no key, no account",
        description="A real OpenCode server, a scripted model, and JupyterLab on the quickstart "
        "notebook, in a scratch folder. Installs OpenCode if there is none (350 MB).",
    )
    demo.add_argument(
        "--run",
        action="store_true",
        help=f"execute the notebook without a browser and write {PAGE}",
    )
    demo.add_argument("--no-browser", action="store_true", help="only print the address")
    demo.add_argument("--port", type=int, default=0, help="JupyterLab's port (default: a free one)")
    return parser


def _demo(options: argparse.Namespace) -> int:
    _require_extra("nbclient" if options.run else "jupyterlab")
    from .demo.stage import clear, get_opencode, set_up  # late: the extra may be missing

    opencode = get_opencode(_say)
    _say(f"OpenCode {opencode.version}: {opencode.path}")
    with set_up(opencode.path, pace_s=0 if options.run else 0.02) as stage:
        _say(f"Project: {stage.project}")
        if not options.run:
            from .demo.lab import show

            show(stage, port=options.port, browser=not options.no_browser, say=_say)
            _say(f"The project and your notebook stay in {stage.project}")
            return 0
        from .demo.run import run

        try:
            failed = run(stage, Path(PAGE), _say)
        finally:
            clear(stage)
    return _report(failed)


def _report(failed: Sequence[str]) -> int:
    _say(f"\nWrote {Path(PAGE).resolve()}")
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failed else 0


def _require_extra(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise NotInstalledError(
            f"the demo needs {module}, which is not installed: pip install 'opencode-magic[demo]'"
        )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
