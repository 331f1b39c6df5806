"""Words that are added to a turn while it runs: sent, awaited, and part of the turn when they land.

The agent reads such a word after its present step. So a turn is over only when each has been
answered; one that came too late would begin a turn that nobody follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..model.prompt import Prompt
from ..model.sessions import Session
from ..model.transcript import Transcript
from ..protocol.dialect import Dialect
from ..text.redact import Redactor
from ..text.visible import one_line
from .sending import Sending

TAKEN_WITHIN_S = 15.0  # after the server has it; then the turn no longer waits for an answer


@dataclass
class _Word:
    text: str
    mark: str
    sent_at: float
    sending: Sending
    told: bool = False


class Adding:
    """The words added to one turn.

    Parameters
    ----------
    dialect, session, prompt:
        where they go, and the prompt of the turn, whose model and agent answer.
    redact:
        takes our secrets out of what is said of a fault.
    clock:
        monotonic seconds.
    """

    def __init__(
        self,
        dialect: Dialect,
        session: Session,
        prompt: Prompt,
        redact: Redactor,
        clock: Callable[[], float],
    ) -> None:
        self._dialect = dialect
        self._session = session
        self._prompt = prompt
        self._redact = redact
        self._clock = clock
        self._words: list[_Word] = []

    def add(self, text: str) -> None:
        """Send a word."""
        asked, mark = self._prompt, secrets.token_hex(8)
        prompt = Prompt(text, "text", asked.model, asked.agent, asked.variant, added=mark)
        send = partial(self._dialect.add, self._session, prompt)
        sending = Sending("a word", send, self._redact)
        self._words.append(_Word(text, mark, self._clock(), sending))
        sending.start()

    def waiting(self, transcript: Transcript) -> int:
        """Return how many words the agent has not read yet."""
        return len(self._unread(transcript))

    def holds(self, transcript: Transcript) -> bool:
        """Return whether a turn that seems over goes on with a word that was added."""
        now = self._clock()
        unread = self._unread(transcript)
        return any(now - word.sent_at < TAKEN_WITHIN_S for word in unread)

    def _unread(self, transcript: Transcript) -> list[_Word]:
        """Return the words without an answer behind them; some servers list them at once."""
        landed = _landed(transcript)
        newest = max((m.info.order for m in transcript.answers), default="")
        sent = (word for word in self._words if word.sending.refused is None)
        return [word for word in sent if landed.get(word.mark, "~") > newest]

    def losses(self, transcript: Transcript, *, over: bool = False) -> list[str]:
        """Return what to say of words that did not arrive, each once; all of them when `over`."""
        landed, lost = _landed(transcript), []
        for word in self._words:
            missing = over and word.mark not in landed
            failure = word.sending.refused or (word.sending.lost if missing else None)
            if word.told or not (failure or missing):
                continue
            word.told = True
            why = "was not read before the turn ended"
            if failure:
                why = f"could not be sent ({failure.message})"
            lost.append(f"what you added {why}: {one_line(word.text, chars=500)}")
        return lost


def _landed(transcript: Transcript) -> dict[str, str]:
    """Return by their marks the places of the words that the agent has got."""
    return {m.added: m.info.order for m in transcript.messages() if m.added}
