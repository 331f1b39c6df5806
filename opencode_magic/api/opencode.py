"""OpenCode: one server as an object that also asks, for programs and notebooks without magics."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, overload

from ..client import BASE_URL, USERNAME, Client, login_of
from ..errors import InputError
from ..model.asks import PermissionRequest, QuestionRequest
from ..protocol.likes import ModelLike, SessionLike
from .ask import ask
from .map import Mapped, map_prompts

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..server.managed import ManagedServer
    from ..turns.turn import Turn

T = TypeVar("T")
Answers = Sequence[Sequence[str]]


class AskOptions(TypedDict, total=False):
    """What `OpenCode.ask` takes besides prompt and schema."""

    session: SessionLike
    model: ModelLike
    agent: str
    variant: str
    on_permission: Callable[[PermissionRequest], str] | None
    on_question: Callable[[QuestionRequest], Answers | None] | None
    accept_shell: bool
    timeout_s: float | None


class OpenCode(Client):
    """One server, seen from one project directory: small, synchronous, typed.

    >>> with OpenCode() as oc:
    ...     print(oc.ask("what does parse() do?").text)

    Without an address the server of `OPENCODE_BASE_URL` is used, with the login of the environment.
    Where that is not set, a guarded server is started for the folder. It ends with `close`, at the
    end of the `with` block, or with the process, even if that is killed.

    Parameters
    ----------
    base_url:
        the address of a server that runs already, e.g. `http://127.0.0.1:4096`.
    username, password:
        the login for HTTP Basic, on a server that runs already.
    directory:
        the project; for a server that is started the current folder by default. The folder's own
        configuration, which opencode would run, is used only where you have trusted it (`/trust`).
    options:
        what else `Client` takes.
    """

    mapped: Mapped | None = None
    """The results of the last `map`, even where it was interrupted."""

    def __init__(
        self,
        base_url: str = "",
        *,
        username: str = "",
        password: str | None = None,
        directory: str | None = None,
        **options: Any,
    ) -> None:
        self._server: ManagedServer | None = None
        if not base_url and (base_url := os.environ.get(BASE_URL, "")):
            login = login_of(os.environ)
            username = username or login.username
            if not password:
                password, options["spare"] = login.password or None, login.spare
        if not base_url:
            if username or password:
                raise InputError("a login goes with the address of a server; give that, too")
            self._server = _started(Path(directory or "."))
            base_url, directory = self._server.url, str(self._server.directory)
            username, password = self._server.username, self._server.password
        try:
            super().__init__(
                base_url,
                username=username or USERNAME,
                password=password,
                directory=directory,
                **options,
            )
        except BaseException:  # an interrupt, too: the server must not stay
            if self._server is not None:
                self._server.stop()
            raise
        if self._server is not None:
            self.speak(self._server.version)
            self.guarded = True

    def close(self) -> None:
        """Close the connections, and end the server that was started for this client."""
        super().close()
        if self._server is not None:
            self._server.stop()

    @classmethod
    def beside(cls, client: Client) -> OpenCode:
        """Return an `OpenCode` of the same server as `client`, with connections of its own."""
        return client._another(cls)

    @overload
    def ask(self, prompt: str, *, schema: None = None, **options: Unpack[AskOptions]) -> Turn: ...
    @overload
    def ask(self, prompt: str, *, schema: type[T], **options: Unpack[AskOptions]) -> T: ...
    @overload
    def ask(self, prompt: str, *, schema: Any, **options: Unpack[AskOptions]) -> Any: ...
    def ask(
        self,
        prompt: str,
        *,
        session: SessionLike = "",
        model: ModelLike = "",
        agent: str = "",
        variant: str = "",
        on_permission: Callable[[PermissionRequest], str] | None = None,
        on_question: Callable[[QuestionRequest], Answers | None] | None = None,
        accept_shell: bool = False,
        timeout_s: float | None = None,
        schema: Any = None,
    ) -> Any:
        """Send a prompt, follow the turn to its end, and return it; functions answer what it asks.

        Parameters
        ----------
        prompt:
            the text, which is sent as it is.
        session:
            the session, or its id; by default a new one, which asks before it acts where
            `on_permission` is given.
        model:
            the model that answers, as `provider/model`; by default the session's, the agent's or
            the configured one.
        agent:
            the agent that answers, by its name; by default the server's default agent.
        variant:
            the model's reasoning effort, e.g. `high`; by default the model's own.
        on_permission:
            returns `once`, `reject`, or any other text, which rejects and is the message for the
            agent. Without it everything is rejected.
        on_question:
            returns the labels chosen for each question, in order, or None to reject. Without it
            every question is rejected.
        accept_shell:
            with `on_permission`, on a server that was not started by this package: whether the
            agent gets a shell, where some text (e.g. `> file`) runs unasked.
        timeout_s:
            seconds after which the turn is stopped; None waits as long as it takes.
        schema:
            the form of the answer: a pydantic model, a dataclass, a TypedDict, a JSON schema as a
            dict, `pandas.DataFrame`, or a `list[...]` of one. The value is then returned in place
            of the turn. It is asked for in a copy of the session, which is deleted.

        Raises
        ------
        ModelError
            the model failed; `reply` is the turn as far as it came.
        FormError
            there was no value of the form; `raw` is what came in its place.
        """
        return ask(
            self,
            prompt,
            session=session,
            model=str(model),
            agent=agent,
            variant=variant,
            on_permission=on_permission,
            on_question=on_question,
            accept_shell=accept_shell,
            timeout_s=timeout_s,
            schema=schema,
        )

    def map(
        self,
        prompts: Sequence[str],
        *,
        schema: Any = None,
        workers: int = 4,
        previous: Mapped | None = None,
        quiet: bool = False,
        **options: Any,
    ) -> Mapped:
        """Ask many prompts, each in a session that is then deleted; return the results in order.

        Where one fails its exception is its result, and the others go on. An interrupt stops what
        runs; what was done by then is in `mapped`.

        Parameters
        ----------
        prompts:
            the texts that are sent.
        schema:
            the form of each answer, as for `ask`; without it each result is a turn.
        workers:
            how many prompts run at once, 1 to 32.
        previous:
            the results of an earlier call, or `mapped`: only what failed or was not asked there is
            asked now.
        quiet:
            True shows no progress.
        options:
            what else `ask` takes, without `session`.
        """
        from ..live.page.progress import shown  # late: needs widgets

        if "session" in options:
            raise InputError("map asks each prompt in a session of its own: it takes no session")

        def keep(mapped: Mapped) -> None:
            self.mapped = mapped

        with nullcontext() if quiet else shown() as progress:
            return map_prompts(
                self,
                prompts,
                workers=workers,
                previous=previous,
                progress=progress,
                keep=keep,
                schema=schema,
                **options,
            )


def _started(folder: Path) -> ManagedServer:
    """Start a server for a folder; its own configuration is used if it was trusted before."""
    # Late: whoever gives an address needs none of it.
    from ..server.find import find_opencode
    from ..server.start import start
    from ..server.trust import TrustStore, survey

    executable = find_opencode()
    found = survey(folder, executable.version)
    return start(
        folder,
        executable=executable,
        trusted=found is None or TrustStore().trusted(found),
        progress=lambda _: None,
    )
