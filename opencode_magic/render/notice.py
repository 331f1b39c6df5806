"""A line of information for the user, as a value that displays itself."""

from __future__ import annotations

from dataclasses import dataclass

from .markdown import escape


@dataclass(frozen=True)
class Said:
    """A line outside any turn: which server, what is not possible here, and why."""

    text: str

    def __repr__(self) -> str:
        return "".join(c if c.isprintable() else "?" for c in self.text)

    def _repr_html_(self) -> str:
        return f'<p class="ocm-said">{escape(self.text)}</p>'
