"""The picture of a running turn at one moment: its blocks, its phase in words, what it asks."""

from __future__ import annotations

from ..protocol.proxies import blamed
from ..render import checkpoint_bundle
from ..render.blocks import Header, Item
from ..render.describe import items
from ..render.keys import row_of
from ..turns.frame import Frame
from ..turns.run import TurnRun
from ..turns.turn import Turn
from .described import describe
from .surface import STOPPING, Snapshot

LONG_S = 2.0  # without news; then the phase says what is awaited


class Painter:
    """Makes the pictures of one turn.

    Parameters
    ----------
    header:
        who answers.
    notebook:
        the whole path of the notebook that is open here; "" if none is known.
    ours:
        whether the server is our own, with our environment.
    """

    def __init__(
        self, run: TurnRun, header: Header, *, notebook: str = "", ours: bool = False
    ) -> None:
        self._run = run
        self._header = header
        self._notebook = notebook
        self._ours = ours
        self._drawn: tuple[object, object, tuple[Item, ...]] = (None, None, ())

    def __call__(self, frame: Frame) -> Snapshot:
        """Return the picture of a moment. Blocks are described again only if there is news."""
        known, decided, _ = self._drawn
        if known is not frame.transcript or decided != frame.decisions:
            drawn = items(frame.shown, frame.user_id, frame.decisions)
            self._drawn = (frame.transcript, frame.decisions, drawn)
        return Snapshot(
            items=self._drawn[2],
            header=self._header,
            phase=phase_words(frame, ours=self._ours),
            elapsed_s=frame.elapsed_s,
            asks=frame.asks,
            checkpoint=lambda: checkpoint_bundle(self._so_far(frame)),
            describe=lambda request: describe(
                request, frame.transcript, self._notebook, self._run.foreseen(request)
            ),
            row=lambda request: row_of(request, frame.transcript),
        )

    def _so_far(self, frame: Frame) -> Turn:
        return Turn(
            session=frame.transcript.session_id,
            prompt="",
            transcript=frame.shown,
            state="running",
            decisions=frame.decisions,
            notes=frame.notes,
            confirmed=False,
            seconds=frame.elapsed_s,
            title=self._header.session,
        )


def phase_words(frame: Frame, *, ours: bool = False) -> str:
    """Return the phase in a reader's words, or what is awaited if nothing happens for long.

    If our own server reaches no model, a proxy of our environment, which it has too, is named.
    """
    status = frame.transcript.status
    words = {
        "connecting": "connecting",
        "sent": "waiting for the model",
        "running": "working",
        "asking": "waiting for your answer",
        "retrying": f"attempt {status.attempt} failed, trying again: {status.message}"
        + (f" ({hint})" if ours and (hint := blamed(status.message)) else ""),
        "reconnecting": "connection lost, connecting again",
        "stopping": STOPPING,
        "done": "done",
    }
    if frame.waiting and frame.phase == "running":
        return f"{words[frame.phase]}; what you added is read after this step"
    long = frame.quiet_s > LONG_S and _awaited(frame)
    return long or words[frame.phase]


def _awaited(frame: Frame) -> str:
    """Return what a turn without news waits for; "" if its rows tell."""
    if frame.phase == "connecting":
        return "waiting for the event stream of opencode"
    if frame.phase == "sent":
        return "waiting for opencode to begin with the prompt"
    if frame.phase != "running":
        return ""
    newest = next(reversed(frame.shown.messages()), None)
    if newest is None or newest.info.role != "assistant" or not newest.parts:
        # Seen where that takes minutes: 100,000 files that git neither knows nor ignores.
        return (
            "waiting for opencode to record the project's files for undo; "
            "files that git should ignore take long"
        )
    if not newest.begun:
        return f"waiting for the model {newest.info.model_name}"
    return ""
