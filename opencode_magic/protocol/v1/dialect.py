"""OpenCode 1 as a dialect: what a turn needs, in the server's routes and rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ...changes.joined import joined
from ...errors import ModelError, ServerError, TurnError
from ...model.asks import PermissionRequest, QuestionRequest
from ...model.files import FileDiff
from ...model.messages import Message, PatchPart
from ...model.prompt import Piece, Prompt, TextPiece
from ...model.sessions import Session, Status
from ..dialect import Dialect, Feed, Mark, PromptIds
from ..likes import Json
from . import events, snapshots
from .asks import Permissions1, Questions1
from .bodies import piece_body
from .equipment import Formatters1, Lsp1, Mcp1, Tools1
from .ids import ids_after, later_part_ids
from .lifecycle import TIMING, BusyAndIdle
from .project import Files1, Find1, Projects1, VersionControl1
from .reading import Reading1
from .server import Server1
from .sessions import Sessions1
from .settings import Configuration1, Keys1, ProviderRoutes1
from .terminal import Tui1

if TYPE_CHECKING:
    from ...model.transcript import Ask
    from ..likes import PromptOptions
    from ..transport import Connection

EVENTS, ALL_EVENTS = "/event", "/global/event"
FIRST_PAGE = 20  # messages read behind a place; doubled until the place is among them


class OpenCode1(Dialect):
    """A server of OpenCode 1, through a connection."""

    name = "1"
    timing = TIMING
    reading = Reading1()
    streams = frozenset({EVENTS, ALL_EVENTS})

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.server = Server1(connection)
        self.session = Sessions1(connection)
        self.permission = Permissions1(connection)
        self.question = Questions1(connection)
        self.find = Find1(connection)
        self.file = Files1(connection)
        self.project = Projects1(connection)
        self.vcs = VersionControl1(connection)
        self.config = Configuration1(connection)
        self.provider = ProviderRoutes1(connection)
        self.auth = Keys1(connection)
        self.tool = Tools1(connection)
        self.mcp = Mcp1(connection)
        self.lsp = Lsp1(connection)
        self.formatter = Formatters1(connection)
        self.tui = Tui1(connection)

    @property
    def answer_tool(self) -> str:
        # Older servers drop the `format` of a prompt without a word.
        return "StructuredOutput" if "answer-form" in self._connection.capabilities else ""

    def running(self) -> Mapping[str, Status]:
        return self.session.statuses()

    def newest(self, session: Session) -> Mark:
        try:
            messages = self.session.messages(session, limit=1)
        except ServerError as error:
            raise TurnError(
                f"the messages of {session.id} cannot be read ({error.message}); start another "
                "session with --new"
            ) from error
        return max((m.info.order for m in messages), default="")

    def messages(self, session_id: str, after: Mark = "") -> Sequence[Message]:
        if not after:
            return self.session.messages(session_id)
        limit = FIRST_PAGE
        while True:
            found = self.session.messages(session_id, limit=limit)
            if len(found) < limit or any(m.info.order <= after for m in found):
                return [m for m in found if m.info.order > after]
            limit *= 2

    def message(self, session_id: str, message_id: str) -> Message:
        return self.session.message(session_id, message_id)

    def prompt_ids(self, session: Session, after: Mark, prompt: Prompt) -> PromptIds:
        if prompt.kind != "text":
            return PromptIds()
        return PromptIds(*ids_after(after, session.time.created))

    def submit(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        match prompt.kind:
            case "shell":
                self.session.shell(session, prompt.text, agent=prompt.agent)
            case "compact":
                self.session.summarize(session, model=prompt.model)
            case "command":
                name, _, arguments = prompt.text.partition(" ")
                self.session.command(
                    session, name, arguments, model=prompt.model, agent=prompt.agent
                )
            case _:
                return self._submit_text(session, prompt, ids)
        return None

    def _submit_text(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        bodies = self.bodies(prompt.content)
        part_ids = later_part_ids(ids.part, len(bodies))
        parts = [{**b, "id": id} if id else b for b, id in zip(bodies, part_ids, strict=True)]
        options: PromptOptions = {
            "model": prompt.model,
            "agent": prompt.agent,
            "variant": prompt.variant,
            "message_id": ids.message,
        }
        if prompt.form is None:
            self.session.prompt_async(session, parts, **options)
            return None
        options["schema"] = prompt.form.schema
        try:
            return self.session.prompt(session, parts, **options)
        except ModelError as error:
            if not isinstance(error.reply, Message):
                raise
            return error.reply

    def add(self, session: Session, prompt: Prompt) -> None:
        # The loop of a turn reads the session before each step, and goes on with what is new.
        self.session.prompt_async(
            session,
            self.bodies(prompt.content),
            model=prompt.model,
            agent=prompt.agent,
            variant=prompt.variant,
        )

    def bodies(self, pieces: Sequence[Piece]) -> tuple[Json, ...]:
        return tuple(map(piece_body, pieces))

    def answers_at_end(self, prompt: Prompt) -> bool:
        return prompt.kind != "text" or prompt.form is not None

    def has_listing(self, prompt: Prompt) -> bool:
        # Servers up to 1.18.33 answer 400 for ever once a message used a `format`.
        return prompt.form is None

    def life(self, session_id: str, after: Mark, prompt_id: str = "") -> BusyAndIdle:
        return BusyAndIdle(session_id, after, prompt_id)

    def stop(self, session_id: str, *, timeout_s: float | None = None) -> None:
        self.session.abort(session_id, check=False, timeout_s=timeout_s)

    def diff(
        self,
        session_id: str,
        patches: Mapping[str, Sequence[PatchPart]],
        *,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        if len(patches) == 1:
            (prompt_id, changed), *_ = patches.items()
            return self.session.diff(session_id, prompt_id, patches=changed, fits=fits)
        # A diff is told for each prompt by itself.
        return joined(
            self.session.diff(session_id, prompt_id, patches=changed)
            for prompt_id, changed in patches.items()
            if changed
        )

    def take_back(self, session_id: str, first: Mark, last: Mark) -> bool:
        return snapshots.take_back(self.session, session_id, first, last)

    def put_back(
        self, session_id: str, prompt_id: str, end: str, files: Collection[str]
    ) -> set[str]:
        return snapshots.put_back(self.session, session_id, prompt_id, end, files)

    def pending(self) -> list[PermissionRequest | QuestionRequest] | None:
        try:
            return [*self.permission.list(), *self.question.list()]
        except ServerError:  # 1.18.33 answers 400 while a webfetch without timeout asks
            return None

    def answer(
        self,
        ask: Ask,
        reply: str,
        *,
        message: str = "",
        answers: Sequence[Sequence[str]] = (),
    ) -> None:
        if isinstance(ask, PermissionRequest):
            self.permission.reply(ask.id, reply, message=message if reply == "reject" else "")
        elif reply == "answer":
            self.question.reply(ask.id, answers)
        else:
            self.question.reject(ask.id)

    def note(self, session_id: str, prompt: Prompt, *, timeout_s: float | None = None) -> None:
        self.session.prompt(
            session_id,
            TextPiece(prompt.text, synthetic=True),
            model=prompt.model,
            agent=prompt.agent,
            variant=prompt.variant,
            no_reply=True,
            timeout_s=timeout_s,
        )

    def feed(self, directory: str | None, *, everywhere: bool = False) -> Feed:
        decode = events.decode_global if everywhere else events.decode
        return Feed(
            ALL_EVENTS if everywhere else EVENTS,
            {"directory": directory} if directory else {},
            events.Reader(decode),
            matters=lambda data: events.DISPOSED in data,
        )
