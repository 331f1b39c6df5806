"""A prompt on its way to the server, sent once.

In a thread of its own: the server's blocking routes answer when all is done, and the others may
hang; neither may keep the cell from being stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..answer.schema import Form
from ..client import Client
from ..errors import ModelError, OpencodeError, UnforeseenError, UnreachableError
from ..model.messages import Message
from ..model.sessions import Session
from ..protocol.likes import PromptOptions
from ..protocol.v1.ids import ids_after, later_part_ids
from ..text.characters import halves

Kind = Literal["text", "command", "shell", "compact", "follow"]


@dataclass(frozen=True)
class Prompt:
    """What is to be sent: `text`, a `command` of the server (`/name args`) or for its `shell`.

    `compact` has the conversation summarised; its text is for the record. `follow` sends nothing:
    a turn that runs already is joined.
    """

    text: str
    kind: Kind = "text"
    model: str = ""
    agent: str = ""
    variant: str = ""
    window: int = 0
    """How many tokens the context of `model` holds, where that is known already."""
    form: Form | None = None
    """The form of the answer; then the session's messages cannot be listed any more."""
    parts: tuple[Mapping[str, Any], ...] = ()
    """What goes behind the text, in order, in the server's own words."""
    metadata: Mapping[str, Any] | None = None
    """What is kept with the text."""

    @property
    def content(self) -> tuple[dict[str, Any], ...]:
        """All parts as they are sent, but for their ids."""
        text: dict[str, Any] = {"type": "text", "text": self.text}
        if self.metadata:
            text["metadata"] = dict(self.metadata)
        return text, *(dict(part) for part in self.parts)

    @property
    def halves(self) -> int:
        """How many halves of a character stand in it, which arrive as U+FFFD."""
        return sum(halves(str(part.get("text", ""))) for part in self.content)


class Sending:
    """One prompt, from `start` until the server has answered the request.

    Parameters
    ----------
    newest:
        the id of the session's newest message, "" where it has none.
    """

    def __init__(self, client: Client, session: Session, prompt: Prompt, newest: str) -> None:
        self._client = client
        self._session = session
        self._prompt = prompt
        self.message_id = ""
        """The id the prompt will have, "" where the server makes it."""
        self._part_id = ""
        if prompt.kind == "text":
            self.message_id, self._part_id = ids_after(newest, session.time.created)
        self.refused: OpencodeError | None = None
        """Why the server did not take it, for certain."""
        self.reply: Message | None = None
        """The last message of a turn whose answer has a form."""
        self.lost: UnreachableError | None = None
        """The line broke: nobody knows whether it arrived, so it is never sent again."""
        self._thread = threading.Thread(target=self._run, name="opencode-prompt", daemon=True)

    def start(self) -> None:
        """Send it."""
        self._thread.start()

    @property
    def blocking(self) -> bool:
        """True where the request is answered when the turn has ended."""
        return self._prompt.kind != "text" or self._prompt.form is not None

    @property
    def waits(self) -> bool:
        """True while the request is not answered."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._send()
        except UnreachableError as error:
            if error.sent:
                self.lost = error
            else:
                self.refused = error
        except OpencodeError as error:
            self.refused = error
        except Exception as error:  # unforeseen: whoever waits for it must hear of it
            self.refused = UnforeseenError("sending the prompt", error, self._client.redact)

    def _send(self) -> None:
        prompt, sessions, session = self._prompt, self._client.session, self._session.id
        match prompt.kind:
            case "shell":
                sessions.shell(session, prompt.text, agent=prompt.agent)
            case "compact":
                sessions.summarize(session, model=prompt.model)
            case "command":
                name, _, arguments = prompt.text.partition(" ")
                sessions.command(session, name, arguments, model=prompt.model, agent=prompt.agent)
            case _:
                self._send_text()

    def _send_text(self) -> None:
        prompt, sessions = self._prompt, self._client.session
        content = prompt.content
        ids = later_part_ids(self._part_id, len(content))
        parts = [{**part, "id": id} if id else part for part, id in zip(content, ids, strict=True)]
        options: PromptOptions = {
            "model": prompt.model,
            "agent": prompt.agent,
            "variant": prompt.variant,
            "message_id": self.message_id,
        }
        if prompt.form is None:
            sessions.prompt_async(self._session.id, parts, **options)
            return
        options["schema"] = prompt.form.schema
        try:
            self.reply = sessions.prompt(self._session.id, parts, **options)
        except ModelError as error:
            if not isinstance(error.reply, Message):
                raise
            self.reply = error.reply
