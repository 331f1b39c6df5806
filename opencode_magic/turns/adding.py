"""Words that are added to a turn while it runs: sent, awaited, and part of the turn when they land.

The agent reads such a word after its present step. So a turn is over only when each has been
answered; one that came too late would begin a turn that nobody follows.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import OpencodeError, UnforeseenError, UnreachableError
from ..model.prompt import Prompt
from ..model.sessions import Session
from ..model.transcript import Transcript
from ..protocol.dialect import Dialect
from ..text.redact import Redactor
from ..text.visible import one_line

TAKEN_WITHIN_S = 15.0  # after the server has it; then the turn no longer waits for an answer


@dataclass
class _Word:
    text: str
    mark: str
    sent_at: float
    failure: OpencodeError | None = None
    told: bool = False

    @property
    def lost(self) -> bool:
        """Whether it did not arrive, for certain."""
        unsure = isinstance(self.failure, UnreachableError) and self.failure.sent
        return self.failure is not None and not unsure


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
        """Send a word; in a thread, as the server may hang."""
        word = _Word(text, secrets.token_hex(8), self._clock())
        self._words.append(word)
        threading.Thread(target=self._send, args=(word,), name="opencode-word", daemon=True).start()

    def _send(self, word: _Word) -> None:
        asked = self._prompt
        prompt = Prompt(word.text, "text", asked.model, asked.agent, asked.variant, added=word.mark)
        try:
            self._dialect.add(self._session, prompt)
        except OpencodeError as error:
            word.failure = error
        except Exception as error:  # unforeseen: who waits for it must hear of it
            word.failure = UnforeseenError("sending a word", error, self._redact)

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
        sent = (word for word in self._words if not word.lost)
        return [word for word in sent if landed.get(word.mark, "~") > newest]

    def losses(self, transcript: Transcript, *, over: bool = False) -> list[str]:
        """Return what to say of words that did not arrive, each once; all of them when `over`."""
        landed, lost = _landed(transcript), []
        for word in self._words:
            why = ""
            if word.failure is not None and (word.lost or (over and word.mark not in landed)):
                why = f"could not be sent ({word.failure.message})"
            elif over and word.mark not in landed:
                why = "was not read before the turn ended"
            if why and not word.told:
                word.told = True
                lost.append(f"what you added {why}: {one_line(word.text, chars=500)}")
        return lost


def _landed(transcript: Transcript) -> dict[str, str]:
    """Return by their marks the places of the words that the agent has got."""
    return {m.added: m.info.order for m in transcript.messages() if m.added}
