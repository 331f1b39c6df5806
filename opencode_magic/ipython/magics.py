"""`%opencode` and `%%opencode`: a thin shell that parses, delegates and displays."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Float, Unicode

from ..app.options import HELP, Options, parse
from ..app.place import current_folder, find_place
from ..errors import InputError
from ..kernel.offering import KERNEL_MODES
from ..policy.grants import MODES
from .transform import NAME, LineMagic, empty_cell_magic
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from ..answer.schema import Form
    from ..app.app import App
    from ..commands.grammar import Said
    from ..kernel.tools_server import LivingKernel
    from ..live.page.companion import Companions
    from ..live.page.handlers import Handler, Served
    from ..live.reach import Reach
    from ..live.surface import Surface
    from ..model.prompt import Prompt
    from ..turns.turn import Turn
    from .cells import Cells
    from .completion import Names

T = TypeVar("T")

IDLE_S = 0.2  # after `%load_ext`: its cell has ended


@magics_class
class OpencodeMagics(Magics):  # type: ignore[misc]  # IPython has no types
    """A coding agent in the notebook. `%config OpencodeMagics` shows and sets the defaults."""

    base_url = Unicode("", help="Use this server instead of one of our own.").tag(config=True)
    accept_shell = Bool(False, help="With base_url: let the agent have a shell there.").tag(
        config=True
    )
    opencode = Unicode("", help="Path of the opencode program; empty: from PATH.").tag(config=True)
    directory = Unicode("", help="Project directory; empty: the git root.").tag(config=True)
    model = Unicode("", help="Default model, provider/model.").tag(config=True)
    variant = Unicode("", help="Default reasoning effort.").tag(config=True)
    agent = Unicode("", help="Default agent.").tag(config=True)
    permission = Enum(list(MODES), "ask", help="What tools may do: ask, allow or deny.").tag(
        config=True
    )
    review = Bool(False, help="Choose at the end which changes stay in the files.").tag(config=True)
    kernel = Enum(
        list(KERNEL_MODES), "read", help="What the agent's tools may do in this kernel."
    ).tag(config=True)
    quiet = Bool(False, help="Show nothing but questions.").tag(config=True)
    answer_timeout_s = Float(1800, help="Seconds until an unanswered ask is rejected.").tag(
        config=True
    )
    start_timeout_s = Float(90, help="Seconds our own server may take to start.").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._started_in = current_folder()
        self._app: App | None = None
        self.watch = Watch(shell)
        self._matcher: Any = None
        self._names: Names | None = None
        self._shown: list[Turn] = []
        self._companions: Companions | None = None
        self._cells: Cells | None = None
        self._kinds: set[type] = set()
        self._silenced: set[type] = set()
        """Classes of values that the display hook leaves out: they are on the page already."""
        self._paged: set[type] = set()

    @property
    def app(self) -> App:
        """The notebook's agent, made at the first use."""
        if self._app is None:
            from ..app.app import App  # late: httpx, msgspec and widgets cost 200 ms

            place = find_place(self._started_in, self.shell.user_ns, os.environ, self.directory)
            self._app = App(
                self,
                place,
                say=self._say,
                show=self._show,
                surface=self._surface,
                reach=self._reach,
                notebook=self.watch.notebook,
                kernel=self._kernel,
            )
            self._bind_cells()
        # Whether somebody can be asked is said with each request: a front end may come and go.
        can = self._can_input()
        self._app.ask_trust = self._ask_trust if can else None
        self._app.confirm = self._confirm if can else None
        self._app.ask_secret = self._ask_secret if can else None
        self._app.ask_words = self._ask_words if can else None
        return self._app

    def _bind_cells(self) -> None:
        """Let the values of answers work in this notebook."""
        from ..answer.notebook import bind
        from .cells import Cells

        self._cells = Cells(
            self.shell,
            self._say,
            self.watch.cells_run,
            lambda: self._app.open_notebook if self._app is not None else "",
        )
        bind(self._cells)

    @property
    def companions(self) -> Companions:
        """What serves our outputs in the page."""
        if self._companions is None:
            from ..live.page.companion import Companions  # late: widgets

            self._companions = Companions(self.shell)
        return self._companions

    @no_var_expand
    @line_cell_magic(NAME)
    def magic(self, line: str, cell: str | None = None) -> Any:
        from ..commands import commands
        from ..commands.grammar import read

        options, words = parse(line)
        if cell is not None and words.strip():
            raise InputError(
                f"{words.strip()[:40]!r} stands on the %%opencode line: put the prompt below it, "
                "and options (with quoted values) before it"
            )
        said = read(words if cell is None else cell.removesuffix("\n"))
        ours = commands().get(said.name) if said.kind == "command" else None
        asks_help = said.kind == "command" and said.text.strip() == "--help"
        if asks_help:
            return commands()["help"].run(self.app, said.name)
        if ours is not None and ours.is_turn:
            value = ours.run(self.app, said.text)
            if not isinstance(value, type(said)):
                return self._keep(options, value)
            said, ours = value, None
        if ours is None:
            return self._said(said, options)
        if options != replace(Options(), out=options.out):
            raise InputError(f"/{ours.name} takes no options before it but -o; {ours.usage}")
        return self._keep(options, self._run_command(ours, said.text))

    magic.__doc__ = HELP

    def _said(self, said: Said, options: Options) -> Any:
        """A turn, and what is to be done with it."""
        allowed = (options.permission or self.permission) == "allow"
        if said.harmless:
            options = replace(options, permission="deny")
        turn = self._turn(said, options)
        if said.then is not None and getattr(turn, "state", "") == "completed":
            said.then(turn, allowed)
        return turn

    def _run_command(self, command: Any, text: str) -> Any:
        value = command.run(self.app, text)
        if hasattr(value, "handler"):
            self._serve(type(value), self._served)
        elif getattr(value, "whole", False) and getattr(self.shell, "kernel", None) is None:
            self._page(type(value))
        return value

    def _page(self, kind: type) -> None:
        """Let the values of a class be shown by a pager where a terminal has one."""
        from ..live.terminal.choose import show_changes

        formatter = self.shell.display_formatter.ipython_display_formatter
        if kind not in self._paged:
            self._paged.add(kind)
            formatter.for_type(kind, lambda value: show_changes(self.shell, value))

    def _served(self, value: Served) -> dict[str, str]:
        """The static form of a value, with somebody to ask for more of it."""
        return self._hosted(value._repr_mimebundle_(), value.handler)

    def _hosted(self, bundle: dict[str, str], handler: Callable[[], Handler]) -> dict[str, str]:
        companion = self.companions.get()
        if companion is None:
            return bundle
        from ..render.html import hosted

        return {**bundle, "text/html": hosted(bundle["text/html"], companion.register(handler()))}

    def _serve(self, kind: type, bundle: Callable[[Any], dict[str, str]]) -> None:
        """Let the values of a class be displayed by `bundle`, until the extension is unloaded."""
        self._kinds.add(kind)
        self.shell.display_formatter.mimebundle_formatter.for_type(kind, bundle)

    def _turn(self, said: Said, options: Options) -> Any:
        from ..app.turn import ask
        from ..commands import commands
        from ..live.quiet import QuietSurface
        from ..model.prompt import Prompt
        from ..render.describe import document
        from ..turns.checks import check_prompt

        text = f"{said.name} {said.text}".strip() if said.kind == "command" else said.text
        prompt = Prompt(text, said.kind, form=self._form(options))
        check_prompt(prompt.text)
        if options.dry_run:
            return self._keep(options, self._preview(prompt, options))
        surface = self._surface()
        if options.quiet or self.quiet:
            surface = QuietSurface(surface)
        try:
            turn = ask(self.app, prompt, options, surface, list(commands()))
            self.app.last_turn = turn
            self.shell.user_ns["_oc"] = turn
            if prompt.form is None:
                self._keep(options, turn)
            surface.finish(self._bundle(turn), document(turn))
        except KeyboardInterrupt:
            # Once the prompt is out the driver takes interrupts: this one came before.
            surface.finish({})
            self._say("stopped before anything was sent")
            return None
        except BaseException:
            surface.finish({})
            raise
        self._shown.append(turn)
        self._not_twice()
        if prompt.form is not None:
            self._keep_value(options, turn)
        return turn

    def _form(self, options: Options) -> Form | None:
        """The form of the answer, by its name in the notebook."""
        if not options.schema:
            return None
        from ..answer.schema import named_form  # late: msgspec

        return named_form(options.schema, self.shell.user_ns)

    def _keep_value(self, options: Options, turn: Turn) -> None:
        """Keep the value of a turn that has a form; an error where it has none."""
        if turn.state == "completed":
            self._keep(options, turn.value)
        elif turn.state == "failed" and turn.failure is not None:
            from ..api.ask import no_value  # late: as all of the client

            raise no_value(options.schema, turn, turn.failure)
        elif options.out:
            self._say(f"{options.out} was not set: the turn was {turn.state}")

    def _preview(self, prompt: Prompt, options: Options) -> Any:
        from ..app.turn import prepared
        from ..render.preview_prompt import preview

        if prompt.kind != "text":
            raise InputError("--dry-run shows prompts; commands and shell lines go as they stand")
        sent = prepared(self.app, prompt, options)
        return preview(sent.content, sent.model, sent.window)

    def _surface(self) -> Surface:
        from ..live.choose import choose_surface

        return choose_surface(self.shell, self.companions.get())

    def _kernel(self) -> LivingKernel:
        from ..kernel.tools_server import LivingKernel

        return LivingKernel(self.shell, self.watch.notebook, self._insert)

    def _insert(self, source: str) -> str:
        """Put a cell of the agent below; where it is, for the agent."""
        if self._cells is None:
            raise InputError("there is no notebook here to put a cell into")
        return self._cells.insert([source], "agent").for_agent

    def _reach(self) -> Reach:
        from ..live.reach import reach  # late: widgets

        return reach(getattr(self.shell, "kernel", None))

    def _bundle(self, turn: Turn) -> dict[str, str]:
        """The static form of a turn, with somebody to ask for what it leaves out."""
        from ..live.page.rest import of_static
        from ..render import static_form

        form = static_form(turn)
        return self._hosted(form.bundle, lambda: of_static(form)) if form.cuts else form.bundle

    def _keep(self, options: Options, value: T) -> T:
        if options.out:
            self.shell.user_ns[options.out] = value
        return value

    def _not_twice(self) -> None:
        """What this cell's magics gave is on the page: the display hook shall not repeat it."""
        from ..turns.turn import Turn

        self._serve(Turn, self._bundle)
        formatter = self.shell.display_formatter.ipython_display_formatter

        def once(value: Turn) -> None:
            left = [turn for turn in self._shown if turn is not value]
            if len(left) == len(self._shown):
                from IPython.display import display

                formatter.pop(Turn, None)
                display(value)
                formatter.for_type(Turn, once)
            self._shown = left

        self._silenced.add(Turn)
        formatter.for_type(Turn, once)

    def _forget_shown(self, _: object = None) -> None:
        """Before a new cell: a turn that was kept in a variable may be displayed again."""
        self._shown = []
        formatter = self.shell.display_formatter.ipython_display_formatter
        for kind in self._silenced:
            formatter.pop(kind, None)
        self._silenced.clear()

    def _forget_formatters(self) -> None:
        """A value that outlives the extension shows itself."""
        self._forget_shown()
        for kind in self._kinds:
            self.shell.display_formatter.mimebundle_formatter.pop(kind, None)
        for kind in self._paged:
            self.shell.display_formatter.ipython_display_formatter.pop(kind, None)

    def _say(self, text: str) -> None:
        from ..render.notice import Said as Line  # late: only when there is something to say

        from IPython.display import display  # isort: skip

        display(Line(self.app.redact(text) if self._app else text))

    def _can_input(self) -> bool:
        kernel = getattr(self.shell, "kernel", None)
        return kernel is None or bool(getattr(kernel, "_allow_stdin", False))

    def _ask_trust(self, what: str) -> bool:
        shown = "".join(c if c.isprintable() else "?" for c in what)
        answer = input(f"{shown} Trust this folder? It can run code on this machine [y/N] ")
        return answer.strip().lower() in ("y", "yes")

    def _ask_secret(self, question: str) -> str:
        from getpass import getpass

        return getpass(question)

    def _ask_words(self, question: str) -> str:
        return input(question)

    def _show(self, value: object) -> None:
        from IPython.display import display

        display(value)

    def _confirm(self, preview: object, question: str) -> bool:
        from ..live.confirm import confirm  # late: widgets
        from ..live.page.private import shows_text_only

        self._show(preview)
        kernel = getattr(self.shell, "kernel", None)
        if kernel is not None and shows_text_only(kernel):
            kernel = None
        return confirm(
            kernel, question, timeout_s=self.answer_timeout_s, companion=self.companions.get()
        )

    def complete(self, completer: Any) -> None:
        """Offer options, commands and names while a cell of ours is typed."""
        from IPython.core.completer import context_matcher

        @context_matcher()
        def opencode_magic(context: Any) -> dict[str, Any]:
            from .completion import Names, matched  # late: only when somebody completes

            if self._names is None:
                self._names = Names(lambda: self._app, self.watch.notebook)
            return matched(context, self._names)

        self._matcher = opencode_magic
        completer.custom_matchers.append(opencode_magic)

    def warm_up(self) -> None:
        """Have what the first completion needs imported once the kernel is idle.

        On this thread: imports on another one may meet half-done modules of this one's.
        """
        with suppress(RuntimeError):  # a terminal runs no loop now; its first completion imports
            asyncio.get_running_loop().call_later(IDLE_S, _import_completion)

    def complete_no_more(self, completer: Any) -> None:
        """Take that back."""
        completer.custom_matchers.remove(self._matcher)

    def close(self) -> None:
        """End our own server."""
        if self._companions is not None:
            self._companions.close()
        if self._cells is not None:
            from ..answer.notebook import release

            self._cells.close()
            release()
        if self._app is not None:
            self._app.disconnect()


def _import_completion() -> None:
    from ..commands import commands
    from . import completion  # noqa: F401  # for its own sake

    commands()


def load(shell: InteractiveShell) -> None:
    """Put the magics and the input transformer into a shell; a second time changes nothing."""
    if _loaded(shell) is not None:
        return
    magics = OpencodeMagics(shell)
    shell.register_magics(magics)
    manager = shell.input_transformer_manager
    manager.cleanup_transforms.insert(0, empty_cell_magic)
    manager.token_transformers.append(LineMagic)
    shell.events.register("pre_run_cell", magics._forget_shown)
    magics.watch.start()
    magics.complete(shell.Completer)
    magics.warm_up()


def unload(shell: InteractiveShell) -> None:
    """Take out what `load` put in, and end our own server; the user's `Turn`s stay."""
    magics = _loaded(shell)
    if magics is None:
        return
    magics.close()
    magics._forget_formatters()
    manager = shell.input_transformer_manager
    manager.cleanup_transforms.remove(empty_cell_magic)
    manager.token_transformers.remove(LineMagic)
    shell.events.unregister("pre_run_cell", magics._forget_shown)
    magics.watch.stop()
    magics.complete_no_more(shell.Completer)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(NAME, None)
    shell.magics_manager.registry.pop(OpencodeMagics.__name__, None)
    shell.configurables.remove(magics)


def _loaded(shell: InteractiveShell) -> OpencodeMagics | None:
    return cast(
        "OpencodeMagics | None",
        shell.magics_manager.registry.get(OpencodeMagics.__name__),
    )
