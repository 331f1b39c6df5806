"""Who may do what without being asked: the notebook's own policy.

The server's `always` would reach every session of the project, so an "always" of
the user is kept here, as a grant, and each request it covers is answered `once`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # loading the extension must not cost the decoders
    from .wire import PermissionRequest

Mode = Literal["ask", "allow", "deny"]
MODES: tuple[Mode, ...] = ("ask", "allow", "deny")

REFUSED = "The user has not allowed this. Go on without it, or say what you would need it for."


def matches(text: str, wildcard: str) -> bool:
    """Whether the server's wildcard fits: `*` any text, `?` one character, `ls *` fits `ls` too."""
    return _compiled(wildcard).fullmatch(text.replace("\\", "/")) is not None


@lru_cache(maxsize=1024)
def _compiled(wildcard: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", wildcard.replace("\\", "/"))
    pattern = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    if wildcard.endswith(" *"):
        pattern = pattern.removesuffix(re.escape(" ") + ".*") + "( .*)?"
    return re.compile(pattern, re.DOTALL)


@dataclass(frozen=True)
class Grant:
    """What the user allowed for the rest of the notebook: a permission and a pattern with `*`."""

    permission: str
    pattern: str

    def covers(self, permission: str, pattern: str) -> bool:
        """True where a request for `permission` on `pattern` needs no further question."""
        return permission == self.permission and matches(pattern, self.pattern)

    def __str__(self) -> str:
        return f"{self.permission}: {self.pattern}"


@dataclass(frozen=True)
class Verdict:
    """What to do with a request: `once`, `reject` or `ask`, and in whose name."""

    reply: Literal["once", "reject", "ask"]
    by: str = ""
    message: str = ""


@dataclass(frozen=True)
class Policy:
    """How permission requests are answered: `ask` the user, `allow` or `deny` all; grants first."""

    mode: Mode = "ask"
    grants: tuple[Grant, ...] = ()

    def decide(self, request: PermissionRequest) -> Verdict:
        """The verdict on one request."""
        if self.mode == "deny":
            return Verdict("reject", "--permission deny", REFUSED)
        if self.mode == "allow":
            return Verdict("once", "--permission allow")
        # A request that names no pattern says nothing a grant could be compared with: ask.
        if request.patterns and all(self._granted(request.permission, p) for p in request.patterns):
            return Verdict("once", "always allowed in this notebook")
        return Verdict("ask")

    def with_always(self, request: PermissionRequest) -> Policy:
        """The policy after the user chose "always" for a request."""
        new = [Grant(request.permission, p) for p in request.always or request.patterns]
        return replace(self, grants=(*self.grants, *(g for g in new if g not in self.grants)))

    def without(self, grant: Grant) -> Policy:
        """The policy after a grant was taken back."""
        return replace(self, grants=tuple(g for g in self.grants if g != grant))

    def _granted(self, permission: str, pattern: str) -> bool:
        return any(g.covers(permission, pattern) for g in self.grants)
