"""The command line: `opencode-magic demo`, `doctor`, `install`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .demo import NOTEBOOKS
from .doctor import command as doctor
from .errors import NotInstalledError, OpencodeError
from .protocol.versions import PINNED, PINS

PAGE = "demo.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    arguments:
        the command line without the program; by default that of this process.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except OpencodeError as error:
        print(*error._render_traceback_(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="opencode-magic", description="A coding agent in the notebook."
    )
    parser.add_argument("--version", action="version", version=f"opencode-magic {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    doctor.add_to(commands)
    _add_install(commands)
    return parser


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo",
        help="the whole thing on this machine: no key, no account",
        description="A real OpenCode server, a scripted model, and JupyterLab on a notebook, in a "
        "scratch folder. Installs OpenCode if there is none (350 MB).",
    )
    demo.set_defaults(run=_demo)
    demo.add_argument(
        "notebook",
        nargs="?",
        choices=NOTEBOOKS,
        default=NOTEBOOKS[0],
        help=f"{NOTEBOOKS[0]} (default): a first tour; {NOTEBOOKS[1]}: a small analysis, for which "
        "pip install 'opencode-magic[data]'",
    )
    demo.add_argument(
        "--run",
        dest="executes",
        action="store_true",
        help=f"execute the notebook without a browser and write {PAGE}",
    )
    demo.add_argument("--no-browser", action="store_true", help="only print the address")
    demo.add_argument("--port", type=int, default=0, help="JupyterLab's port (default: a free one)")


def _add_install(commands: Any) -> None:
    install = commands.add_parser(
        "install",
        help=f"a copy of OpenCode {PINNED} for notebooks",
        description="Installs OpenCode by npm into your data folder, where notebooks find it when "
        "no other opencode is on the PATH. Needs no root.",
    )
    install.set_defaults(run=_install)
    pins = ", ".join(f"{n} is {pin.version} ({pin.size_mb} MB)" for n, pin in PINS.items())
    install.add_argument(
        "--major", type=int, choices=list(PINS), default=1, help=f"{pins}; default: 1"
    )


def _install(options: argparse.Namespace) -> int:
    from .server.install import install_opencode  # late: imports a package that may be missing

    copy = install_opencode(_say, options.major)
    _say(f"OpenCode {PINS[options.major].version}: {copy}")
    return 0


def _demo(options: argparse.Namespace) -> int:
    _require_extra("demo", "nbclient" if options.executes else "jupyterlab")
    if options.notebook == "data_project":
        _require_extra("data", "pandas", "matplotlib", "mcp")
    from .demo.stage import clear, get_opencode, set_up  # late: the extra may be missing

    opencode = get_opencode(_say)
    _say(f"OpenCode {opencode.version}: {opencode.path}")
    pace_s = 0 if options.executes else 0.02
    with set_up(opencode.path, options.notebook, pace_s=pace_s) as stage:
        _say(f"Project: {stage.project}")
        if not options.executes:
            from .demo.lab import show  # late: needs JupyterLab, an extra

            show(stage, port=options.port, browser=not options.no_browser, say=_say)
            _say(f"The project and your notebook stay in {stage.project}")
            return 0
        from .demo.run import run  # late: needs nbclient, an extra

        try:
            failed = run(stage, Path(PAGE), _say)
        finally:
            clear(stage)
    _say(f"\nWrote {Path(PAGE).resolve()}")
    for failure in failed:
        print(f"failed: {failure}", file=sys.stderr)
    return 1 if failed else 0


def _require_extra(extra: str, *modules: str) -> None:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise NotInstalledError(
            f"the demo needs {', '.join(missing)}, which {verb} not installed: "
            f"pip install 'opencode-magic[{extra}]'"
        )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
