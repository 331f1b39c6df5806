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

    Without an address it is that of `OPENCODE_BASE_URL`, with the login that the environment holds;
    where that is not set, a guarded server is started for the folder, and ended by `close`, at the
    end of the `with`, or with the process, even where that is killed.

    Parameters
    ----------
    base_url:
        e.g. `http://127.0.0.1:4096`.
    username, password:
        for HTTP Basic, on a server that runs already.
    directory:
        the project; on a server of its own the current folder by default. What such a folder brings
        along for opencode to run counts where you have trusted it (`/trust`).
    options:
        what else `Client` takes.
    """

    mapped: Mapped | None = None
    """What the last `map` has done, even where it was interrupted."""

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
            username, password = username or login.username, password or login.password or None
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
            self._end_server()
            raise
        if self._server is not None:
            self.version, self.guarded = self._server.version, True

    def close(self) -> None:
        """Give the connections back, and end the server that was started for this client."""
        super().close()
        self._end_server()

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.stop()

    @classmethod
    def beside(cls, client: Client) -> OpenCode:
        """Return an `OpenCode` of the same server, with connections of its own."""
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
        """One turn, followed to its end; what it asks meanwhile is answered by functions.

        Parameters
        ----------
        prompt:
            what is sent, as it is.
        session:
            where to; a new one by default, which asks before it acts if `on_permission` is given.
        on_permission:
            answers `once`, `reject`, or anything else, which rejects with that as the message for
            the agent. Without it everything is rejected.
        on_question:
            the labels chosen for each question, in order; None rejects, as is done without it.
        accept_shell:
            with `on_permission`, on a server that was not started by this package: whether the
            agent gets a shell, where some text runs unasked (`> file`, for one).
        timeout_s:
            after how many seconds the turn is stopped; None is as long as it takes.
        schema:
            the form of the answer: a pydantic model, a dataclass, a TypedDict, a JSON schema as a
            dict, `pandas.DataFrame`, or a `list[...]` of one. Then the value is returned instead of
            the turn, and it is asked for in a copy of the session, which is deleted.

        Raises ModelError where the model failed; its `reply` is the turn as far as it came. Raises
        FormError where no value of the form came; its `raw` is what did.
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
        """Many prompts, each in a session of its own that is deleted; what came, in their order.

        Where one fails its exception stands in its place, and the others go on. An interrupt stops
        what runs; what was done by then is in `mapped`.

        Parameters
        ----------
        prompts:
            what is sent.
        schema:
            the form of each answer, as for `ask`; without it each gives a turn.
        workers:
            how many run at once.
        previous:
            what an earlier call gave, or `mapped`: only what failed there, or was not asked, is
            asked now.
        quiet:
            True shows no progress.
        options:
            what else `ask` takes, but for the session.
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
    """Start a server for a folder; what that brings along counts if it was trusted before."""
    # Late: who gives an address needs none of it.
    from ..server.find import find_opencode
    from ..server.start import start
    from ..server.trust import TrustStore, survey

    executable = find_opencode()
    found = survey(folder)
    return start(
        folder,
        executable=executable,
        trusted=found is None or TrustStore().trusted(found),
        progress=lambda _: None,
    )
