"""What is asked of a session of OpenCode 2 and waited for.

The server takes all of this at once and tells what comes of it by events alone; here it is waited
until the session is idle, and the answer is read from its messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import InputError, ModelError
from ...model.messages import Message
from ...model.sessions import Session
from ...model.tools import dig
from ..given import quoted, session_id
from ..likes import Content, ModelLike, PromptOptions, SessionLike
from ..resource import operation, spelled_out, uses
from .bodies import SESSIONS, X, at
from .bodies import model as chosen
from .inbox import Inbox2
from .session import session_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

WAIT = "/api/experimental/session/{sessionID}/wait"
CHOICES = ("POST /api/session/{sessionID}/agent", "POST /api/session/{sessionID}/model")
COMMANDS, PROMPTS = "/api/session/{sessionID}/command", "/api/session/{sessionID}/prompt"
_TICK_S = 0.1
_LACKING = {"system": "prompt-system", "tools": "prompt-tools", "schema": "answer-form"}
"""The options of a prompt that a session of these servers has no place for."""


class Prompting2(Inbox2):
    """Sessions as those who ask something see them; see `Messages2`."""

    @spelled_out(PromptOptions)
    @uses(*CHOICES, f"POST {PROMPTS}", f"POST {WAIT}")
    def prompt(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        *,
        timeout_s: float | None = None,
        **options: Unpack[PromptOptions],
    ) -> Message:
        id = self._hand_over(session, content, options)
        if options.get("no_reply"):
            return self._stored(session, id)
        self._settle(session, id, timeout_s)
        return self._answer(session, lambda m: m.info.id == id)

    @spelled_out(PromptOptions)
    @uses(*CHOICES, f"POST {PROMPTS}")
    def prompt_async(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        **options: Unpack[PromptOptions],
    ) -> None:
        self._hand_over(session, content, options)

    def _hand_over(
        self, session: SessionLike, content: Content | Sequence[Content], options: PromptOptions
    ) -> str:
        for name, feature in _LACKING.items():
            if options.get(name):
                self._refuse(feature)
        model, agent = options.get("model", ""), options.get("agent", "")
        self.choose(session, model=model, agent=agent, variant=options.get("variant", ""))
        return self.hand_over(
            session,
            content,
            message_id=options.get("message_id", ""),
            resume=not options.get("no_reply", False),
        )

    @uses(f"POST {COMMANDS}", f"POST {WAIT}")
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
        self.choose(session, model=model, agent=agent, variant=variant)
        before = self.newest(session)
        self.run_command(session, name, arguments)
        self._settle(session, "")
        return self._answer(session, lambda m: m.info.order > before)

    @uses("POST /api/session/{sessionID}/shell")
    def shell(
        self, session: SessionLike, command: str, *, agent: str = "", model: ModelLike = ""
    ) -> Message:
        self.choose(session, model=model, agent=agent)
        before = self.newest(session)
        self.run_shell(session, command)
        return self._answer(session, lambda m: m.info.order > before)

    @operation("POST /api/session/{sessionID}/generate")
    def generate(self, session: SessionLike, prompt: str, *, timeout_s: float | None = None) -> str:
        answer = self._wait_for(
            "POST",
            at(session, "/generate"),
            dict[str, Any],
            json={"prompt": prompt},
            timeout_s=timeout_s,
        )
        return str(dig(answer, "data", "text") or "")

    @operation("PUT /api/session/{sessionID}/environment")
    def set_environment(self, session: SessionLike, variables: Mapping[str, str]) -> None:
        body = {"variables": dict(variables)}
        self._call("PUT", at(session, "/environment"), type(None), json=body)

    @uses("POST /api/session/{sessionID}/permission/{requestID}/reply")
    def answer_permission(self, session: SessionLike, request_id: str, response: str) -> None:
        path = at(session, f"/permission/{quoted(request_id)}/reply")
        self._call("POST", path, type(None), json={"decision": response})

    @operation(f"POST {WAIT}")
    def wait(self, session: SessionLike, *, timeout_s: float | None = None) -> None:
        """Return when `session` has nothing more to do, or raise UnreachableError in `timeout_s`.

        What waits in its queue is done first.
        """
        self._wait_for("POST", at(session, "/wait", X), type(None), timeout_s=timeout_s)

    def _settle(self, session: SessionLike, item_id: str, timeout_s: float | None = None) -> None:
        """Wait until what was sent has been read and done: the server takes a moment to begin."""
        end = time.monotonic() + (float("inf") if timeout_s is None else timeout_s)
        while True:
            left_s = None if timeout_s is None else max(end - time.monotonic(), 0.1)
            self.wait(session, timeout_s=left_s)
            waiting = item_id in {item.id for item in self.inbox(session)}
            if not waiting and session_id(session) not in self._running():
                return
            self.connection.sleep(_TICK_S)

    def _running(self) -> Mapping[str, Any]:
        found = self._data("GET", f"{SESSIONS}/active")
        return found if isinstance(found, Mapping) else {}

    @uses(*CHOICES)
    def choose(
        self, session: SessionLike, *, model: ModelLike = "", agent: str = "", variant: str = ""
    ) -> None:
        """Let these answer in `session` from now on; a prompt cannot say that here.

        The server would take any name, fail with it, and keep it: so it is asked before.

        Parameters
        ----------
        session:
            where they answer.
        model, agent, variant:
            who answers; "" changes nothing.

        Raises
        ------
        InputError
            there is no such agent or model.
        """
        if not (model or agent or variant):
            return
        now = session_of(self._data("GET", at(session)))
        if agent and agent != (now.agent or ""):
            self._check_agent(agent)
            self.use_agent(session, agent)
        wanted = str(model) or (str(now.model) if now.model else "")
        if variant and not wanted:
            raise InputError(f"the effort {variant!r} needs a model, which this session has not")
        if wanted and (model or variant) and (wanted, variant or None) != _model_of(now):
            self._check_model(wanted)
            self.use_model(session, wanted, variant)

    def _check_agent(self, agent: str) -> None:
        known = self._call("GET", "/api/agent", dict[str, Any]).get("data") or ()
        if agent not in {dig(one, "id") for one in known}:
            raise InputError(f"the server has no agent {agent!r}; `/agents` lists them")

    def _check_model(self, model: str) -> None:
        wanted = chosen(model) or {}
        known = self._call("GET", "/api/model", dict[str, Any]).get("data") or ()
        offered = {(dig(one, "providerID"), dig(one, "id")) for one in known}
        if (wanted["providerID"], wanted["id"]) not in offered:
            raise InputError(f"the server has no model {model!r}; `/models` lists them")

    def _stored(self, session: SessionLike, id: str) -> Message:
        """Return a prompt that waits, as it is once the agent has read it."""
        for item in self._data("GET", at(session, "/inbox")):
            if dig(item, "id") == id:
                told = {**item["payload"], "id": id, "type": "user", "time": item.get("time")}
                return self._read(session, [told])[0]
        return self.message(session, id)

    def _answer(
        self, session: SessionLike, begins: Callable[[Message], bool], *, summary: bool = False
    ) -> Message:
        """Return the last answer from the first message on that `begins` what was asked.

        With `summary` it is one: what waited in the session may be answered after it.

        Raises
        ------
        ModelError
            the answer failed, or there is none.
        """
        found = self.messages(session)
        start = next((n for n, m in enumerate(found) if begins(m)), len(found))
        answers = [m for m in found[start:] if m.info.role == "assistant"]
        answers = [m for m in answers if m.info.summary or not summary]
        if not answers:
            raise ModelError(
                "the turn ended before the model answered, and the server does not keep why; "
                "`OpenCode.ask` sees it"
            )
        reply: Message = answers[-1]
        if (failure := reply.info.error) is not None:
            raise ModelError(f"{failure.name}: {failure.data.message}".rstrip(": "), reply=reply)
        return reply


def _model_of(session: Session) -> tuple[str, str | None]:
    return (str(session.model), session.model.variant) if session.model else ("", None)
