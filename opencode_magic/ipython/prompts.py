"""Carry out what is written behind or below the magics: a command of ours, or a turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ..app.options import Options, parse
from ..errors import InputError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..answer.schema import Form
    from ..app.app import App
    from ..commands.request import Request
    from ..live.surface import Surface
    from ..model.prompt import Prompt
    from ..turns.turn import Turn
    from .displayed import Displayed

T = TypeVar("T")


class Prompts:
    """Carries out what one notebook says to its agent.

    Parameters
    ----------
    displayed:
        displays what comes of it.
    app:
        gives the notebook's agent, which the first prompt makes.
    surface:
        makes the place where a turn is shown.
    """

    def __init__(
        self,
        shell: InteractiveShell,
        app: Callable[[], App],
        surface: Callable[[], Surface],
        displayed: Displayed,
    ) -> None:
        self._shell = shell
        self._app = app
        self._surface = surface
        self._displayed = displayed

    def carry_out(self, line: str, cell: str | None) -> Any:
        """Do what a line or a cell says, and return its value."""
        from ..commands import commands  # late: they import the client and all that belongs to it
        from ..commands.request import Request, read

        options, words = parse(line)
        if cell is not None and words.strip():
            raise InputError(
                f"{words.strip()[:40]!r} stands on the %%opencode line: put the prompt below it, "
                "and options (with quoted values) before it"
            )
        request = read(words if cell is None else cell.removesuffix("\n"))
        if request.kind == "command" and request.text.strip() == "--help":
            return commands()["help"].run(self._app(), request.name)
        ours = commands().get(request.name) if request.kind == "command" else None
        if ours is None:
            return self._answered(request, options)
        if not ours.is_turn and options != replace(Options(), out=options.out):
            raise InputError(f"/{ours.name} takes no options before it but -o; {ours.usage}")
        value = ours.run(self._app(), request.text)
        if isinstance(value, Request):
            return self._answered(value, options)
        return self._keep(options, self._displayed.prepare(value))

    def _answered(self, request: Request, options: Options) -> Any:
        """Carry out a turn and what follows it, and return the turn."""
        allowed = (options.permission or self._app().settings.permission) == "allow"
        if request.harmless:
            options = replace(options, permission="deny")
        turn = self._turn(request, options)
        if request.then is not None and getattr(turn, "state", "") == "completed":
            request.then(turn, allowed)
        return turn

    def _turn(self, request: Request, options: Options) -> Any:
        # Late: httpx, msgspec and the renderers.
        from ..app.turn import ask
        from ..commands import commands
        from ..live.quiet import QuietSurface
        from ..model.prompt import Prompt
        from ..render.describe import document
        from ..turns.checks import check_prompt

        text = f"{request.name} {request.text}".strip() if request.name else request.text
        prompt = Prompt(text, request.kind, form=self._form(options))
        check_prompt(prompt.text)
        if options.dry_run:
            return self._keep(options, self._preview(prompt, options))
        app = self._app()
        surface = self._surface()
        if options.quiet or app.settings.quiet:
            surface = QuietSurface(surface)
        try:
            turn = ask(app, prompt, options, surface, list(commands()))
            app.answered(turn)
            self._shell.user_ns["_oc"] = turn
            if prompt.form is None:
                self._keep(options, turn)
            surface.finish(self._displayed.bundle(turn), document(turn))
        except KeyboardInterrupt:
            # Once the prompt is sent the driver handles interrupts: this one came before.
            surface.finish({})
            app.person.say("stopped before anything was sent")
            return None
        except BaseException:
            surface.finish({})
            raise
        self._displayed.not_twice(turn)
        if prompt.form is not None:
            self._keep_value(options, turn)
        return turn

    def _form(self, options: Options) -> Form | None:
        """Return the form of the answer that is named in the options, None for none."""
        if not options.schema:
            return None
        from ..answer.schema import named_form  # late: msgspec

        return named_form(options.schema, self._shell.user_ns)

    def _preview(self, prompt: Prompt, options: Options) -> Any:
        from ..app.turn import prepared  # late: as for a turn
        from ..render.preview_prompt import preview

        if prompt.kind != "text":
            raise InputError("--dry-run shows prompts; commands and shell lines go as they stand")
        sent = prepared(self._app(), prompt, options)
        return preview(
            sent.content,
            self._app().connect().dialect.bodies(sent.content),
            sent.model,
            sent.window,
        )

    def _keep(self, options: Options, value: T) -> T:
        if options.out:
            self._shell.user_ns[options.out] = value
        return value

    def _keep_value(self, options: Options, turn: Turn) -> None:
        """Keep the value of a turn that has a form; raise FormError where it has none."""
        if turn.state == "completed":
            self._keep(options, turn.value)
        elif turn.state == "failed" and turn.failure is not None:
            from ..api.ask import no_value  # late: as all of the client

            raise no_value(options.schema, turn, turn.failure)
        elif options.out:
            self._app().person.say(f"{options.out} was not set: the turn was {turn.state}")
