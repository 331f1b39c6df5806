"""The end of a turn: its value, from one read of the server's own record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..changes.desk import as_told
from ..client import Client
from ..disk.folder import Folder
from ..errors import OpencodeError
from ..model.files import FileDiff
from ..model.prompt import Prompt
from ..model.sessions import Session
from ..model.transcript import Transcript, patches_by_prompt
from ..model.turn import Decision
from ..text.characters import sound
from ..text.visible import one_line
from ..traces.authorship import Authorship
from ..traces.witness import Witness
from .answer_form import FormAnswer
from .course import Course
from .history import window_of
from .turn import Turn

UNNAMED = (
    "`{file}` changed meanwhile, and no tool named it: it counts as saved by a page of yours, and "
    "`/undo` leaves it as it is"
)


class Settlement:
    """Makes the value of a turn that is over.

    Parameters
    ----------
    client, session, prompt:
        whose turn it is, and what was sent.
    course:
        what was seen of it.
    witness:
        what was seen of the files it wrote.
    folder:
        the project's files, where they are on this machine: what a diff has to fit.
    notebook:
        the file of the notebook that is open, "" where none is known.
    form:
        the answer's form, None where none was asked for.
    """

    def __init__(
        self,
        client: Client,
        session: Session,
        prompt: Prompt,
        course: Course,
        witness: Witness,
        *,
        folder: Folder | None,
        notebook: str,
        form: FormAnswer | None,
    ) -> None:
        self._client = client
        self._session = session
        self._prompt = prompt
        self._course = course
        self._witness = witness
        self._folder = folder
        self._notebook = notebook
        self._form = form

    def turn(
        self, decisions: tuple[Decision, ...], record: Callable[..., Transcript], seconds: float
    ) -> Turn:
        """Return the turn; where no record can be read it is what was seen, and says so.

        Parameters
        ----------
        decisions:
            what was decided in it.
        record:
            reads the server's record, as `Following.record` does.
        seconds:
            how long it took.
        """
        course, prompt = self._course, self._prompt
        shell = prompt.kind == "shell"
        confirmed = bool(course.sent) and not course.cut_off
        if confirmed:
            try:
                course.transcript = record(running=False)
                # The last word may still be in writing.
                if course.ending(decisions, shell=shell).left_open:
                    self._client.sleep(self._client.dialect.timing.last_write_s)
                    course.transcript = record(running=False)
                course.life.resync(course.transcript)
            except OpencodeError as error:
                confirmed = False
                course.note(f"shown as it was seen, not confirmed by the server: {error.message}")
        if course.cut_off:
            course.note(f"cut off: {course.cut_off}; what follows is what had been seen")
        ending = course.ending(decisions, shell=shell)
        shown, failure, state = ending.shown, ending.failure, ending.state
        if state in ("completed", "failed") and self._form is not None:
            failure = self._form.failure(shown, failure)
            state = "failed" if failure else state
        authorship = Authorship(shown, self._notebook)
        diff = self._own(self._diff(shown, authorship) if confirmed else (), authorship)
        turn = Turn(
            session=self._session.id,
            prompt=sound(prompt.text),
            transcript=shown,
            state=state,
            diff=diff,
            decisions=decisions,
            notes=tuple(course.notes),
            confirmed=confirmed,
            failure=failure,
            seconds=seconds,
            title=self._session.title,
            value=self._form.value if self._form and state == "completed" else None,
        )
        return replace(turn, window=self._window(turn.model) if confirmed and turn.context else 0)

    def _window(self, model: str) -> int:
        """Return the context window of the model that answered: a command may have its own."""
        if self._prompt.window and model == self._prompt.model:
            return self._prompt.window
        return window_of(self._client, model)

    def _diff(self, shown: Transcript, authorship: Authorship) -> Sequence[FileDiff]:
        if not self._course.prompt_id:
            return ()
        patches = patches_by_prompt(shown.by_id.values())
        try:
            return self._client.dialect.diff(self._session.id, patches, fits=self._fits(authorship))
        except OpencodeError as error:
            self._course.note(f"the diff could not be read ({error.message})")
            return ()

    def _fits(self, authorship: Authorship) -> Callable[[Sequence[FileDiff]], bool] | None:
        """Return what tells a diff of all steps from one of the first few; None without files."""
        folder = self._folder
        return None if folder is None else lambda diff: as_told(authorship.of_turn(diff), folder)

    def _own(self, diff: Sequence[FileDiff], authorship: Authorship) -> tuple[FileDiff, ...]:
        """Return the turn's own part of a diff; note what it does not tell."""
        for note in self._witness.losses(authorship.wrote):
            self._course.note(note)
        for file in authorship.unnamed(diff):
            self._course.note(UNNAMED.format(file=one_line(file)))
        return authorship.of_turn(diff)
