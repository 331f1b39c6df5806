"""The messages of a session, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError, ModelError, ServerError
from ...model.agents import Agent, Providers
from ...model.messages import Message
from ..likes import (
    Content,
    MessageLike,
    ModelLike,
    PromptOptions,
    SessionLike,
)
from ..resource import Resource, operation, spelled_out
from .bodies import (
    at,
    filled,
    message_id,
    model_of_prompt,
    prompt_body,
    quoted,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

PAGE = 100  # messages
CURSOR = "x-next-cursor"


class Messages(Resource):
    """The messages of sessions. A session is given by its id or as it was returned."""

    @operation("GET /session/{sessionID}/message")
    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        """Return the newest `limit` messages of `session` (all by default), oldest first.

        Servers up to 1.18.33 answer 400 for ever once a message used a `format`: read such a
        session message by message.
        """
        params = {"limit": limit}
        return self._call("GET", at(session, "/message"), list[Message], params=params)

    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        """Return the messages of `session` with the fields we do not read; see `messages`."""
        return self._call("GET", at(session, "/message"), list[dict[str, Any]])

    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
        """Yield the messages of `session` in pages of `size`: newest page first, each oldest first.

        They are read on demand, but at once where the server marks no pages (1.1).
        """
        if "message-cursor" not in self.connection.capabilities:
            left = list(self.messages(session))
            while left:
                yield left[-size:]
                del left[-size:]
            return
        before: str | None = None
        while True:
            params = {"limit": size, "before": before}
            response = self.connection.respond("GET", at(session, "/message"), params=params)
            page = self.connection.read(response, list[Message])
            if page:
                yield page
            before = response.headers.get(CURSOR)
            if not before or not page:
                return

    @operation("GET /session/{sessionID}/message/{messageID}")
    def message(self, session: SessionLike, message: MessageLike) -> Message:
        """Return one `message` of `session` with its parts."""
        path = at(session, f"/message/{quoted(message_id(message))}")
        return self._call("GET", path, Message)

    @operation("DELETE /session/{sessionID}/message/{messageID}")
    def delete_message(self, session: SessionLike, message: MessageLike) -> None:
        """Delete `message` from `session`; files stay as they are.

        It raises NotFoundError where there is none, UnsupportedError where the server is too old.
        """
        self.connection.need("message-delete")
        self.message(session, message)  # the server says `true` to anything
        self._call("DELETE", at(session, f"/message/{quoted(message_id(message))}"), object)

    @spelled_out(PromptOptions)
    @operation("POST /session/{sessionID}/message")
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
        body = prompt_body(content, options)
        try:
            reply = self._wait_for(
                "POST", at(session, "/message"), Message, json=body, timeout_s=timeout_s
            )
        except ServerError as error:
            self._explain(error, options.get("model", ""), options.get("agent", ""))
            raise
        if (failure := reply.info.error) is not None:
            raise ModelError(f"{failure.name}: {failure.data.message}".rstrip(": "), reply=reply)
        return reply

    @spelled_out(PromptOptions)
    @operation("POST /session/{sessionID}/prompt_async")
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
        body = prompt_body(content, options)
        self._call("POST", at(session, "/prompt_async"), type(None), json=body)

    @operation("POST /session/{sessionID}/command")
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
        # This route alone takes the model as one word.
        options = {"model": str(model), "agent": agent, "variant": variant}
        body = {**filled(options), "command": name, "arguments": arguments}
        return self._wait_for("POST", at(session, "/command"), Message, json=body)

    @operation("POST /session/{sessionID}/shell")
    def shell(
        self, session: SessionLike, command: str, *, agent: str = "", model: ModelLike = ""
    ) -> Message:
        """Run a shell `command` of the user's in `session`; return its message when it has ended.

        `agent` and `model` are those of the prompt that the server makes of it. The server does
        not tell the exit code. It raises BusyError while a turn runs.
        """
        body = {"agent": agent or "build", "command": command, "model": model_of_prompt(model)}
        return self._wait_for("POST", at(session, "/shell"), Message, json=filled(body))

    @operation("POST /session/{sessionID}/permissions/{permissionID}")
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
        path = at(session, f"/permissions/{quoted(request_id)}")
        self._call("POST", path, object, json={"response": response})

    def _explain(self, error: ServerError, model: ModelLike, agent: str) -> None:
        """Raise InputError for an unknown agent or model, to which the server says "unexpected"."""
        if error.name != "UnknownError":
            return
        if agent and agent not in {a.name for a in self._call("GET", "/agent", list[Agent])}:
            raise InputError(f"the server has no agent {agent!r}; `/agents` lists them") from error
        if model:
            usable = self._call("GET", "/config/providers", Providers).providers
            if str(model) not in {f"{p.id}/{name}" for p in usable for name in p.models}:
                raise InputError(
                    f"the server has no model {str(model)!r}; `/models` lists them"
                ) from error
