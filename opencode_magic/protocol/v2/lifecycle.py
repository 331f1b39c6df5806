"""How a turn begins and ends on an OpenCode 2 server. Pure.

The work of a session is an *execution*: it begins, delivers what waits in the inbox, and ends with
an event of its own. An execution may also run what nobody asked for here, so its end counts only
once the prompt of the turn was delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.events import Event, MessageUpdated, PartUpdated, TurnEnded
from ...model.messages import Message
from ..dialect import Life, PromptIds, Sign, Timing

if TYPE_CHECKING:
    from ...model.transcript import Ask, Transcript

TIMING = Timing(
    refused_s=0.5,  # an unknown agent ends the execution before the prompt is delivered
    unbegun_s=2.0,
    stop_again_s=1.0,
    last_write_s=0.5,
)


class Executions(Life):
    """The life of one turn.

    Parameters
    ----------
    session_id:
        where it runs.
    after:
        the place at which it begins.
    prompt_id:
        the message that began it, "" for a turn that is yet to begin.
    """

    def __init__(self, session_id: str, after: str, prompt_id: str = "") -> None:
        super().__init__(prompt_id)
        self._session = session_id
        self._after = after
        self._expected = ""
        self._delivered = bool(prompt_id)
        """Whether the session has begun on what was sent last."""

    def sent(self, ids: PromptIds) -> None:
        self._expected = ids.message
        self._delivered = False

    def take(self, event: Event, transcript: Transcript) -> Sign:
        match event:
            case MessageUpdated(info=info) if info.id == self._expected:
                self._began(info.id)
            case PartUpdated(part=part) if not (self._expected or self.prompt_id):
                message = transcript.by_id.get(part.message_id)
                if message is not None and self._is_ours(message):
                    self._began(message.info.id)
            case TurnEnded(session_id=self._session) if self._delivered:
                return Sign.OVER
        return Sign.NOTHING

    def resync(self, transcript: Transcript) -> Sign:
        if ours := next((m.info.id for m in transcript.messages() if self._is_ours(m)), ""):
            self._began(ours)
        status = transcript.statuses.get(self._session)
        idle = status is not None and status.type == "idle"
        return Sign.MAYBE_OVER if idle and self._delivered else Sign.NOTHING

    def _began(self, message_id: str) -> None:
        """Take in that the session has begun on a message that was sent."""
        self.prompt_id = self.prompt_id or message_id
        self.active = self._delivered = True

    def owns(self, ask: Ask) -> bool:
        # An execution that ended left nothing that waits.
        return True

    def _is_ours(self, message: Message) -> bool:
        """Return whether the turn begins with a message; the server may add others before it."""
        info = message.info
        if self._expected:
            return info.id == self._expected
        ours = info.role == "user" and info.session_id == self._session
        return ours and message.origin != "server" and info.order > self._after
