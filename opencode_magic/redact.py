"""Our own secrets, taken out by value of whatever is shown or kept."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

MARK = "[password removed]"
_SHORTEST = 6  # a shorter "secret" would tear holes into ordinary words


@dataclass(frozen=True)
class Redactor:
    """Removes given values from text. Its repr shows none of them."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, password: str | None, username: str = "") -> Redactor:
        """For a password in the forms it travels in: plain, JSON, URL, Basic header."""
        if not password or len(password) < _SHORTEST:
            return cls()
        basic = base64.b64encode(f"{username}:{password}".encode()).decode()
        alone = base64.b64encode(password.encode()).decode().rstrip("=")
        escaped = json.dumps(password)[1:-1]
        forms = {password, escaped, quote(password, safe=""), basic, alone}
        return cls(tuple(sorted(forms, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        for value in self.values:
            if value in text:
                text = text.replace(value, MARK)
        return text

    def settled(self, text: str) -> str:
        """`text` without a tail that may be the beginning of a value: more of it may follow."""
        for value in self.values:
            longest = min(len(value) - 1, len(text))
            for size in range(longest, _SHORTEST - 1, -1):
                if text.endswith(value[:size]):
                    return text[:-size]
        return text

    def __or__(self, other: Redactor) -> Redactor:
        return Redactor(tuple(sorted({*self.values, *other.values}, key=len, reverse=True)))

    def __repr__(self) -> str:
        return f"<Redactor of {len(self.values)} values>"


_KEY_NAMES = re.compile(
    r"(api|access|secret|private|auth|client).?key|key$|token|secret|password|passwd|credential"
    r"|authorization|cookie",
    re.IGNORECASE,
)
MASK = "••••"


def masked(value: Any, *, name: str = "") -> Any:
    """The value for showing: what stands under a name that looks like a key's is masked."""
    if isinstance(value, Mapping):
        return {key: masked(inner, name=str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner, name=name) for inner in value]
    secret = isinstance(value, str) and value and _KEY_NAMES.search(name)
    return MASK if secret else value


class Private(dict[str, str]):
    """A mapping whose repr shows no value: a traceback may print what a variable holds."""

    def __repr__(self) -> str:
        return f"<{len(self)} private values>"


def together(redactors: Iterable[Redactor]) -> Redactor:
    """One redactor for the values of all."""
    whole = Redactor()
    for one in redactors:
        whole = whole | one
    return whole
