"""The magics in a real IPython shell, as far as no server is needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from opencode_magic.app.options import OPTIONS
from opencode_magic.errors import InputError
from opencode_magic.ipython.loading import load, unload
from opencode_magic.ipython.magics import OpencodeMagics


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    load(shell)
    yield shell
    unload(shell)


@pytest.fixture
def heard(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """What the magic was called with, in place of a turn."""
    calls: list[tuple[str, str | None]] = []

    def listen(line: str, cell: str | None = None) -> str:
        calls.append((line, cell))
        return f"turn {len(calls)}"

    for kind in ("line", "cell"):
        monkeypatch.setitem(shell.magics_manager.magics[kind], "opencode", listen)
    return calls


@pytest.mark.parametrize(
    "words",
    [
        "what is df.head()?",
        "why does this fail??",
        "use {x} and $HOME and %s and 100 %",
        "don't use quotes \"like this",
        "a ! b",
        "x = %opencode y",
        "semicolon; here",
    ],
)
def test_a_line_reaches_the_magic_as_written(
    shell: InteractiveShell, heard: list[Any], words: str
) -> None:
    shell.user_ns["x"] = 1
    shell.run_cell(f"%opencode {words}")
    assert heard == [(words, None)]


def test_a_line_in_an_assignment_gives_its_value(shell: InteractiveShell, heard: list[Any]) -> None:
    shell.run_cell("a = 1\nt = %opencode is this fine?\nb = 2")
    assert heard == [("is this fine?", None)]
    assert (shell.user_ns["t"], shell.user_ns["b"]) == ("turn 1", 2)


@pytest.mark.parametrize(
    "target", ["d['k'] =", "o.a =", "a, b =", "x = y =", "x: str =", "x = \\\n   ", "f(1)[0] ="]
)
def test_every_target_keeps_the_words(
    shell: InteractiveShell, heard: list[Any], target: str
) -> None:
    assert shell.transform_cell(f"{target} %opencode why?").endswith(
        "get_ipython().run_line_magic('opencode', 'why?')\n"
    )


def test_an_indented_line_works(shell: InteractiveShell, heard: list[Any]) -> None:
    shell.run_cell("for i in range(2):\n    %opencode go on?\n")
    assert heard == [("go on?", None)] * 2


def test_a_cell_magic_without_a_body_is_the_line_form(
    shell: InteractiveShell, heard: list[Any]
) -> None:
    shell.run_cell("%%opencode explain this?")
    shell.run_cell("%%opencode\n")
    assert heard == [("explain this?", None), ("", None)]


def test_a_body_arrives_byte_for_byte(shell: InteractiveShell, heard: list[Any]) -> None:
    body = '  {"a": $x}\n\n%s \\ "quoted"? \n# !ls\n\t?\n'
    shell.run_cell("%%opencode -m a/b\n" + body)
    line, cell = heard[0]
    assert (line, cell.removesuffix("\n")) == ("-m a/b", body.removesuffix("\n"))


def test_a_text_in_a_string_is_left_alone(shell: InteractiveShell, heard: list[Any]) -> None:
    shell.run_cell('s = """\n%opencode hello?\n"""')
    assert heard == []
    assert shell.user_ns["s"] == "\n%opencode hello?\n"


def test_help_on_the_magic_stays_help(shell: InteractiveShell, heard: list[Any]) -> None:
    for request in ("%opencode?", "%%opencode?", "?%opencode"):
        assert shell.run_cell(request).success
    assert heard == []


def test_the_help_of_the_magic_is_generated_from_the_options(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%opencode?")
    printed = capsys.readouterr().out
    assert all(option.usage in printed for option in OPTIONS)
    assert "/help" in printed
    assert "\\/ or \\!" in printed


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("%opencode", "no prompt"),
        ("%%opencode\n   \n", "no prompt"),
        ("%opencode --modle x y", "no option --modle"),
        ("%%opencode fix it\nthis", "put the prompt below it"),
        ("%opencode /use", "needs session"),
        ("%opencode /new --titel x", "has no option --titel"),
        ("%opencode --quiet=no x", "takes no value"),
        ("%opencode -m --agent x", "--model needs a value"),
        ("%opencode -a plan /help", "takes no options before it"),
        ("%opencode -o get_ipython hello", "IPython's own name"),
        ("%%opencode -o class\nhello", "a word of Python's own"),
        ("%opencode --out=print /help", "one of Python's own functions"),
        ("x = %opencode -o None /help", "a word of Python's own"),
        ("%opencode /show", "no session yet"),
        ("%opencode /undo", "no session yet"),
        ("%opencode /abort", "no session yet"),
    ],
)
def test_a_mistake_is_one_line_without_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    shell.showtraceback = lambda *_, **__: print(shell.InteractiveTB)  # type: ignore[method-assign]
    result = shell.run_cell(source)
    error = result.error_in_exec
    assert isinstance(error, InputError), error
    assert said in str(error)
    assert len(error._render_traceback_()) == 1


def test_help_lists_every_command(shell: InteractiveShell) -> None:
    listing = shell.run_line_magic("opencode", "/help")
    wanted = [
        "help",
        "new",
        "sessions",
        "use",
        "show",
        "abort",
        "undo",
        "redo",
        "connect",
        "stop",
        "health",
        "trust",
        "permissions",
    ]
    assert all(f"/{name}" in repr(listing) for name in wanted)
    assert "--permission" in repr(listing)


def test_defaults_are_traits(shell: InteractiveShell) -> None:
    shell.run_line_magic("config", "OpencodeMagics.permission = 'deny'")
    magics = shell.magics_manager.registry["OpencodeMagics"]
    assert isinstance(magics, OpencodeMagics)
    assert magics.permission == "deny"


def test_unloading_leaves_nothing_behind() -> None:
    shell = InteractiveShell()
    manager = shell.input_transformer_manager

    def state() -> tuple[Any, ...]:
        return (
            list(manager.cleanup_transforms),
            list(manager.token_transformers),
            set(shell.magics_manager.magics["line"]),
            set(shell.magics_manager.magics["cell"]),
            set(shell.magics_manager.registry),
            len(shell.configurables),
            {k: len(v) for k, v in shell.events.callbacks.items()},
            dict(shell.display_formatter.mimebundle_formatter.deferred_printers),
        )

    before = state()
    load(shell)
    load(shell)
    assert state() != before
    unload(shell)
    unload(shell)
    assert state() == before


HEAVY = ("httpx", "ipywidgets", "anywidget", "msgspec", "markdown_it", "rich", "nh3")


def test_loading_imports_nothing_heavy() -> None:
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as S; s = S(); "
        f"before = set(sys.modules); s.run_line_magic('load_ext', 'opencode_magic'); "
        f"print([m for m in {HEAVY!r} if m in set(sys.modules) - before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_pure_rooms_import_no_edge() -> None:
    code = (
        "import sys, pkgutil, importlib; "
        "from opencode_magic import answer, changes, model, policy, render, text; "
        "[importlib.import_module(m.name) for r in (answer, changes, model, policy, render, text) "
        "for m in pkgutil.walk_packages(r.__path__, r.__name__ + '.')]; "
        "print([m for m in ('httpx','IPython','ipywidgets','anywidget') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
