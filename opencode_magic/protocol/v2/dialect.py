"""OpenCode 2 as a dialect: what a turn needs, in the server's routes and rules."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError, NotFoundError
from ...model.asks import PermissionRequest, QuestionRequest
from ...model.files import FileDiff
from ...model.messages import Message, PatchPart
from ...model.prompt import Piece, Prompt
from ...model.sessions import Session, Status
from ..contract.equipment import Formatters, Lsp, Tools
from ..contract.terminal import Tui
from ..dialect import Dialect, Feed, Mark, PromptIds
from ..directory import same_folder
from . import bodies, events, printed, rollback
from .asks import Forms, Permissions2
from .find import Find2
from .integrations import Keys2, Providers2
from .lifecycle import TIMING, Executions
from .mcp import Mcp2
from .project import Files2, Projects2, VersionControl2
from .reading import Reading2
from .server import Server2
from .sessions import Sessions2
from .settings import Configuration2

if TYPE_CHECKING:
    from ...model.events import Event
    from ...model.transcript import Ask, Transcript
    from ..transport import Connection

EVENTS = "/api/event"
ELSEWHERE_S = 1800.0
"""For how long an open answer that this server does not work on may be another server's: an
unanswered question is refused by then."""
REJECTED = "The user rejected this tool call with the following feedback: {words}"
_TAIL = string.digits + string.ascii_letters


class OpenCode2(Dialect):
    """A server of OpenCode 2, through a connection."""

    name = "2"
    timing = TIMING
    reading = Reading2()
    streams = frozenset({EVENTS})

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.server = Server2(connection)
        self.session = Sessions2(connection)
        self.permission = Permissions2(connection)
        self.question = Forms(connection)
        self.find = Find2(connection)
        self.file = Files2(connection)
        self.project = Projects2(connection)
        self.vcs = VersionControl2(connection)
        self.config = Configuration2(connection)
        self.provider = Providers2(connection)
        self.auth = Keys2(connection)
        self.tool = Tools(connection)
        self.mcp = Mcp2(connection)
        self.lsp = Lsp(connection)
        self.formatter = Formatters(connection)
        self.tui = Tui(connection)

    def running(self) -> Mapping[str, Status]:
        return self.session.statuses()

    def may_run_elsewhere(self, session: Session) -> bool:
        # Servers on the same data do not tell each other what they do, and would take a prompt.
        since_s = time.time() - self.session.worked_on_since(session) / 1000
        return since_s < ELSEWHERE_S

    def newest(self, session: Session) -> Mark:
        return self.session.newest(session)

    def messages(self, session_id: str, after: Mark = "") -> Sequence[Message]:
        return self.session.messages_after(session_id, after)

    def message(self, session_id: str, message_id: str) -> Message:
        return self.session.message(session_id, message_id)

    def prompt_ids(self, session: Session, after: Mark, prompt: Prompt) -> PromptIds:
        return PromptIds(_new_id()) if prompt.kind == "text" else PromptIds()

    def submit(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        now = self._checked(session)
        if prompt.kind == "shell":
            self.session.run_shell(session, prompt.text)
            return None
        if prompt.kind == "compact":
            self.session.compact(session)
            return None
        self._choose(now, prompt)
        if prompt.kind == "command":
            name, _, arguments = prompt.text.partition(" ")
            self.session.run_command(session, name, arguments)
        else:
            self.session.hand_over(session, prompt.content, message_id=ids.message)
        return None

    def add(self, session: Session, prompt: Prompt) -> None:
        self.session.hand_over(session, prompt.content, message_id=_new_id(), delivery="steer")

    def _checked(self, session: Session) -> Session:
        """Return the session as it is now; raise InputError where it works in another folder.

        A session may have been moved since it was looked at; what is sent would act there.
        """
        now = self.session.get(session)
        asked = session.directory or self._connection.directory
        if asked and now.directory and not same_folder(asked, now.directory):
            raise InputError(
                f"session {session.id} was moved to {now.directory!r}; nothing was sent. "
                "Use --new for a session in this folder"
            )
        return now

    def _choose(self, now: Session, prompt: Prompt) -> None:
        """Let the prompt's agent and model answer: a session has them, and not a prompt."""
        if prompt.agent and prompt.agent != (now.agent or ""):
            self.session.use_agent(now, prompt.agent)
        wanted = (prompt.model, prompt.variant or None)
        current = (str(now.model) if now.model else "", now.model.variant if now.model else None)
        if prompt.model and wanted != current:
            self.session.use_model(now, prompt.model, prompt.variant)

    def bodies(self, pieces: Sequence[Piece]) -> tuple[Mapping[str, Any], ...]:
        return (bodies.prompt(pieces),)

    def answers_at_end(self, prompt: Prompt) -> bool:
        return prompt.kind == "shell"

    def life(self, session_id: str, after: Mark, prompt_id: str = "") -> Executions:
        return Executions(session_id, after, prompt_id)

    def stop(self, session_id: str, *, timeout_s: float | None = None) -> None:
        self.session.abort(session_id, timeout_s=timeout_s)

    def printed(self, transcript: Transcript) -> Iterator[Event]:
        return printed.printed(self._connection, transcript)

    def diff(
        self,
        session_id: str,
        patches: Mapping[str, Sequence[PatchPart]],
        *,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        if not any(patches.values()):
            return ()
        # From the first prompt on it covers the words that were added, too.
        return self.session.diff(session_id, next(iter(patches)))

    def take_back(self, session_id: str, first: Mark, last: Mark) -> bool:
        return rollback.take_back(self.session, session_id, first, last)

    def put_back(
        self, session_id: str, prompt_id: str, end: str, files: Collection[str]
    ) -> set[str]:
        return rollback.put_back(self.session, session_id, prompt_id, end, files)

    def pending(self) -> list[PermissionRequest | QuestionRequest] | None:
        return [*self.permission.list(), *self.question.list()]

    def answer(
        self,
        ask: Ask,
        reply: str,
        *,
        message: str = "",
        answers: Sequence[Sequence[str]] = (),
    ) -> None:
        if isinstance(ask, PermissionRequest):
            if reply == "reject" and message:
                self._reject(ask, message)
            else:
                self.permission.decide(ask.session_id, ask.id, reply)
        elif reply == "answer":
            self.question.fill_in(ask.session_id, ask.id, answers)
        else:
            self.question.cancel(ask.session_id, ask.id)

    def _reject(self, ask: PermissionRequest, message: str) -> None:
        """Reject a call with words for the model: the server goes on for them, and loses them.

        So they are told beside it, and first: the step that waits here must not end without them.
        """
        note = self.session.synthetic(ask.session_id, REJECTED.format(words=message))
        try:
            self.permission.decide(ask.session_id, ask.id, "reject", message=message)
        except NotFoundError:
            self.session.drop(ask.session_id, note)
            raise

    def note(self, session_id: str, prompt: Prompt, *, timeout_s: float | None = None) -> None:
        self.session.synthetic(session_id, prompt.text, timeout_s=timeout_s)

    def feed(self, directory: str | None, *, everywhere: bool = False) -> Feed:
        wanted = None if everywhere else directory
        return Feed(
            EVENTS,
            {},
            events.EventReader(
                wanted, self.session.root(wanted) if wanted else "", named=everywhere
            ),
            # Heartbeats are comments, which are not handed on: a silent line is found by itself.
            stale_s=float("inf"),
        )


def _new_id() -> str:
    """Return a new id for a prompt: the server orders messages by time, so any will do."""
    tail = "".join(secrets.choice(_TAIL) for _ in range(14))
    return f"msg_{int(time.time() * 1000) * 4096 & ((1 << 48) - 1):012x}{tail}"
