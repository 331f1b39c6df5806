"""`%opencode` and `%%opencode`, their defaults, and the notebook's agent behind them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Float, Unicode

from ..app.options import HELP
from ..app.place import current_folder, find_place
from ..errors import InputError
from ..kernel.offering import KERNEL_MODES
from ..policy.grants import MODES
from .displayed import Displayed
from .person import NotebookPerson
from .prompts import Prompts
from .transform import NAME
from .watch import Watch

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..app.app import App
    from ..kernel.tools_server import LivingKernel
    from ..live.reach import Reach
    from ..live.surface import Surface
    from .cells import Cells


@magics_class
class OpencodeMagics(Magics):  # type: ignore[misc]  # IPython has no types
    """A coding agent in the notebook. `%config OpencodeMagics` shows and sets the defaults."""

    base_url = Unicode("", help="Use this server instead of one of our own.").tag(config=True)
    accept_shell = Bool(False, help="With base_url: let the agent have a shell there.").tag(
        config=True
    )
    accept_migration = Bool(
        False, help="A first opencode 2 may change the data of opencode 1, for good."
    ).tag(config=True)
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
        self.made_app: App | None = None
        """The notebook's agent, None before its first use."""
        self._cells: Cells | None = None
        self.watch = Watch(shell)
        self.displayed = Displayed(shell)
        self.matcher: Any = None
        """What completes our lines in this shell."""
        self._prompts = Prompts(shell, lambda: self.app, self._surface, self.displayed)

    @no_var_expand
    @line_cell_magic(NAME)
    def magic(self, line: str, cell: str | None = None) -> Any:
        """Carry out a line or a cell; the user sees `HELP` in place of this."""
        return self._prompts.carry_out(line, cell)

    magic.__doc__ = HELP

    @property
    def app(self) -> App:
        """The notebook's agent, made at the first use."""
        if self.made_app is None:
            # Late: httpx, msgspec and widgets cost 200 ms.
            from ..answer.notebook import bind
            from ..app.app import App
            from .cells import Cells

            person = NotebookPerson(
                self.shell,
                self.displayed.companions,
                lambda text: self.app.redact(text),
                lambda: self.answer_timeout_s,
            )
            self.made_app = app = App(
                self,
                find_place(self._started_in, self.shell.user_ns, os.environ, self.directory),
                person,
                surface=self._surface,
                reach=self._reach,
                notebook=self.watch.notebook,
                kernel=self._kernel,
            )
            self._cells = Cells(
                self.shell, person.say, self.watch.cells_run, lambda: app.open_notebook
            )
            bind(self._cells)
        return self.made_app

    def close(self) -> None:
        """End our own server; what is displayed goes on by itself."""
        self.displayed.close()
        if self._cells is not None:
            from ..answer.notebook import release  # late: as `bind`

            self._cells.close()
            release()
        if self.made_app is not None:
            self.made_app.disconnect()

    def _surface(self) -> Surface:
        from ..live.choose import choose_surface  # late: widgets

        return choose_surface(self.shell, self.displayed.companions().get())

    def _reach(self) -> Reach:
        from ..live.reach import reach  # late: widgets

        return reach(getattr(self.shell, "kernel", None))

    def _kernel(self) -> LivingKernel:
        from ..kernel.tools_server import LivingKernel  # late: only where the kernel is offered

        return LivingKernel(self.shell, self.watch.notebook, self._insert)

    def _insert(self, source: str) -> str:
        """Put a cell of the agent below; return words on where it is, for the agent."""
        if self._cells is None:
            raise InputError("there is no notebook here to put a cell into")
        return self._cells.insert([source], "agent").for_agent
