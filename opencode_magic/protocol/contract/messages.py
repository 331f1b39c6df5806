"""The messages of a session, and what is sent to it.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ...model.inbox import InboxItem
from ...model.messages import Message
from ..likes import (
    Content,
    MessageLike,
    ModelLike,
    PromptOptions,
    SessionLike,
)
from ..resource import Resource, spelled_out

if TYPE_CHECKING:
    from typing_extensions import Unpack


PAGE = 100  # messages


class Messages(Resource):
    """The messages of sessions. A session is given by its id or as it was returned."""

    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        """Return the newest `limit` messages of `session` (all by default), oldest first.

        Servers up to 1.18.33 answer 400 for ever once a message used a `format`: read such a
        session message by message.
        """
        self._refuse("messages.messages")

    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        """Return the messages of `session` with the fields we do not read; see `messages`."""
        self._refuse("messages.record")

    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
        """Yield the messages of `session` in pages of `size`: newest page first, each oldest first.

        They are read on demand, but at once where the server marks no pages (1.1).
        """
        self._refuse("messages.pages")

    def message(self, session: SessionLike, message: MessageLike) -> Message:
        """Return one `message` of `session` with its parts."""
        self._refuse("messages.message")

    def delete_message(self, session: SessionLike, message: MessageLike) -> None:
        """Delete `message` from `session`; files stay as they are.

        It raises NotFoundError where there is none, UnsupportedError where the server is too old.
        """
        self._refuse("message-delete")

    @spelled_out(PromptOptions)
    def prompt(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        *,
        timeout_s: float | None = None,
        **options: Unpack[PromptOptions],
    ) -> Message:
        """Send a prompt and wait for the answer: the last message of the turn.

        Nobody can answer what the turn asks meanwhile; `OpenCode.ask` can.

        Parameters
        ----------
        session:
            where it goes.
        content:
            text, a file's path, a part as a mapping, or several of these.
        timeout_s:
            how long to wait, in seconds; None is as long as it takes.
        model, agent, variant:
            who answers; `variant` is the model's reasoning effort, e.g. `high`.
        system:
            is added to the built-in instructions for this prompt.
        tools:
            by name, whether they may be used; the server makes lasting rules of it.
        schema, attempts:
            the JSON schema of a structured answer, and how often the model may try to fit it, 2
            by default. Use a session of its own: its messages cannot be listed afterwards.
        no_reply:
            True only stores the prompt, which is returned.
        message_id:
            a new id for the prompt (`msg_...`).

        Raises
        ------
        ModelError
            the model failed, to which the server says 200.
        InputError
            there is no such agent or model, to which the server says 500.
        """
        self._refuse("messages.prompt")

    @spelled_out(PromptOptions)
    def prompt_async(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        **options: Unpack[PromptOptions],
    ) -> None:
        """Hand a prompt over; what comes of it is seen on the event stream only.

        See `prompt` for `session`, `content` and the options: `model`, `agent`, `variant`,
        `system`, `tools`, `schema`, `attempts`, `no_reply` and `message_id`.
        """
        self._refuse("messages.prompt_async")

    def command(
        self,
        session: SessionLike,
        name: str,
        arguments: str = "",
        *,
        model: ModelLike = "",
        agent: str = "",
        variant: str = "",
    ) -> Message:
        """Run one of the server's slash commands in `session`; return its answer when it is done.

        Parameters
        ----------
        session:
            where it runs.
        name, arguments:
            the command without its slash, and what is written behind it.
        model, agent, variant:
            who answers, where the command itself does not say.
        """
        self._refuse("messages.command")

    def shell(
        self, session: SessionLike, command: str, *, agent: str = "", model: ModelLike = ""
    ) -> Message:
        """Run a shell `command` of the user's in `session`; return its message when it has ended.

        `agent` and `model` are those of the prompt that the server makes of it. The server does
        not tell the exit code. It raises BusyError while a turn runs.
        """
        self._refuse("messages.shell")

    def answer_permission(self, session: SessionLike, request_id: str, response: str) -> None:
        """Answer a permission the older way.

        Parameters
        ----------
        session:
            the one that asks, which may be a subagent's.
        request_id:
            what it asks.
        response:
            `once`, `always` (for the whole project until the server ends) or `reject`.
        """
        self._refuse("messages.answer_permission")

    # -- what waits, and what is asked beside the conversation -------------------------------------

    def inbox(self, session: SessionLike) -> Sequence[InboxItem]:
        """Return what waits in `session` to be read by the agent, oldest first."""
        self._refuse("inbox")

    def drop(self, session: SessionLike, item_id: str) -> None:
        """Drop `item_id`, which waits in `session`; NotFoundError is raised where it does not."""
        self._refuse("inbox")

    def deliver(
        self, session: SessionLike, item_id: str, delivery: Literal["steer", "queue"]
    ) -> None:
        """Say when the agent reads what waits; raise NotFoundError where it waits no more.

        Parameters
        ----------
        session, item_id:
            where it waits, and what.
        delivery:
            `steer` is after the present step, and at once where nothing runs; `queue` is after
            the turn.
        """
        self._refuse("inbox")

    def generate(self, session: SessionLike, prompt: str, *, timeout_s: float | None = None) -> str:
        """Return the model's answer to `prompt`, which is asked on the side of `session`.

        The model sees the conversation but has no tools, and nothing of it is stored. `timeout_s`
        is how long to wait.
        """
        self._refuse("generate")

    def set_environment(self, session: SessionLike, variables: Mapping[str, str]) -> None:
        """Give the shells of `session` these `variables`, and no others of the server's own.

        Without a PATH among them they find no programs. The server tells them to nobody, and
        forgets them when it ends.
        """
        self._refuse("environment")
