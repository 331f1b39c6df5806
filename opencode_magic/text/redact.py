"""Our own secrets, removed by value from whatever is shown or kept."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

MARK = "[secret removed]"
_SHORTEST = 6  # a shorter "secret" would tear holes into ordinary words


@dataclass(frozen=True)
class Redactor:
    """Removes given values from text. Its repr shows none of them."""

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, password: str | None, username: str = "") -> Redactor:
        """Return one for a password or key in all its forms: plain, JSON, URL, Basic header."""
        if not password or len(password) < _SHORTEST:
            return cls()
        both = f"{username}:{password}".encode("utf-8", "surrogatepass")
        basic = base64.b64encode(both).decode()
        alone = base64.b64encode(password.encode("utf-8", "surrogatepass")).decode().rstrip("=")
        escaped = json.dumps(password)[1:-1]
        forms = {password, escaped, quote(password, safe="", errors="surrogatepass"), basic, alone}
        return cls(tuple(sorted(forms, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        for value in self.values:
            if value in text:
                text = text.replace(value, MARK)
        return text

    def ends_in(self, text: str, new: int) -> bool:
        """Return whether a value ends in the last `new` characters; the others were searched."""
        if not self.values:
            return False
        end = text[-(len(self.values[0]) - 1 + new) :]  # the longest value is the first
        return any(value in end for value in self.values)

    def settled(self, text: str) -> str:
        """Return `text` without a tail that may be the beginning of a value, the rest to follow."""
        end = text[-_SHORTEST:]
        for value in self.values:
            if end not in value:  # a quick way out: a growing text is looked at very often
                continue
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
_VALUES = re.compile(r"headers|env|environment", re.IGNORECASE)
"""Names of mappings whose values may all be keys."""
_FLAG = re.compile(r"--?([\w-]+)")
_FLAG_VALUE = re.compile(r"(--?([\w-]+)=).+", re.DOTALL)
_USER_INFO = re.compile(r"(?<=://)[^/\s?#]*@")
_QUERY = re.compile(r"([?&]([^=&#\s]+)=)[^&#\s]+")
_RULES = ("allow", "ask", "deny")
MASK = "••••"


def masked(value: Any, *, name: str = "") -> Any:
    """Return a value to be shown, with everything masked that its name or place calls a key.

    So are all values of headers and environments, the word after `--token` in a command, and
    credentials in an address.

    Parameters
    ----------
    value:
        a JSON value.
    name:
        what it is called where it stands.
    """
    return _masked(value, secret=is_secret(name))


def _masked(value: Any, *, secret: bool) -> Any:
    if isinstance(value, Mapping):
        return {k: _masked(v, secret=secret or is_secret(str(k))) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [
            _masked(inner, secret=secret or _names_secret(before))
            for before, inner in zip((None, *value), value, strict=False)
        ]
    if not isinstance(value, str) or not value or value in _RULES:
        return value
    return MASK if secret else _without_credentials(value)


def is_secret(name: str) -> bool:
    """Return whether a value of this name is likely to be a key."""
    return bool(_KEY_NAMES.search(name) or _VALUES.fullmatch(name))


def _names_secret(word: Any) -> bool:
    """Return whether a word of a command is an option whose value is a key: `--token`."""
    flag = _FLAG.fullmatch(word) if isinstance(word, str) else None
    return bool(flag and _KEY_NAMES.search(flag[1]))


def _without_credentials(text: str) -> str:
    flag = _FLAG_VALUE.fullmatch(text)
    if flag and _KEY_NAMES.search(flag[2]):
        return flag[1] + MASK
    text = _USER_INFO.sub(f"{MASK}@", text)
    return _QUERY.sub(lambda m: m[1] + MASK if _KEY_NAMES.search(m[2]) else m[0], text)


class Private(dict[str, str]):
    """A mapping whose repr shows no value: a traceback may print what a variable holds."""

    def __repr__(self) -> str:
        return f"<{len(self)} private values>"
