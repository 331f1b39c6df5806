"""Who sits at the notebook: is told things, and asked where somebody can answer."""

from __future__ import annotations


class Person:
    """Somebody to tell things and to ask; this base class is nobody, and asking it is an error.

    Ask `is_there` before each question: a front end may come and go.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def is_there(self) -> bool:
        """Return whether a question would be answered now."""
        return False

    def say(self, text: str) -> None:
        """Show one line of information."""

    def say_once(self, text: str) -> None:
        """Say something that needs to be known, but not again."""
        if text not in self._told:
            self._told.add(text)
            self.say(text)

    def show(self, value: object) -> None:
        """Show a value before a command has ended."""

    def confirms(self, preview: object, question: str) -> bool:
        """Show a value, and ask a yes-or-no question about it."""
        raise NotImplementedError

    def trusts(self, what: str) -> bool:
        """Ask whether a folder with its own configuration may run."""
        raise NotImplementedError

    def secret(self, question: str) -> str:
        """Read what must not be seen, e.g. a password."""
        raise NotImplementedError

    def words(self, question: str) -> str:
        """Read a line."""
        raise NotImplementedError
