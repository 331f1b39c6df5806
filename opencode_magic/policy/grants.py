"""What an agent may do without asking: the notebook's own policy.

The server's `always` would reach every session of the project, so an "always" of the user is kept
here as a grant, and each request it covers is answered `once`.

Shell text is judged as a whole: the server's patterns name the commands it recognised, and not what
else the text does. A grant covers text in which a parser finds only plain commands, each of them
covered; any other text is covered only by a grant for exactly that text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ..text.shelltext import commands

if TYPE_CHECKING:  # loading the extension must not cost the decoders
    from ..model.asks import PermissionRequest

Mode = Literal["ask", "allow", "deny"]
MODES: tuple[Mode, ...] = ("ask", "allow", "deny")

REFUSED = "The user has not allowed this. Go on without it, or say what you would need it for."


def matches(text: str, wildcard: str) -> bool:
    """Return whether a wildcard of the server fits: `*`, `?`; `ls *` fits `ls` too."""
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
    """What the user allowed for the rest of the notebook: a permission and a pattern."""

    permission: str
    pattern: str
    exact: bool = False
    """True where the pattern is the text itself, so `*` and `?` have no special meaning."""

    def covers(self, permission: str, pattern: str) -> bool:
        """Return whether a request for `permission` on `pattern` needs no further question."""
        if permission != self.permission:
            return False
        return pattern == self.pattern if self.exact else matches(pattern, self.pattern)

    @property
    def words(self) -> str:
        """The pattern in words."""
        return f"exactly {self.pattern}" if self.exact else self.pattern

    def __str__(self) -> str:
        return f"{self.permission}: {self.words}"


@dataclass(frozen=True)
class Verdict:
    """How a request is answered: `once`, `reject` or `ask`, and by which decision."""

    reply: Literal["once", "reject", "ask"]
    by: str = ""
    message: str = ""


@dataclass(frozen=True)
class Policy:
    """How permission requests are answered: `ask` the user, `allow` or `deny` all; grants first."""

    mode: Mode = "ask"
    grants: tuple[Grant, ...] = ()

    def decide(self, request: PermissionRequest) -> Verdict:
        """Return the verdict on one request."""
        if self.mode == "deny":
            return Verdict("reject", "--permission deny", REFUSED)
        if self.mode == "allow":
            return Verdict("once", "--permission allow")
        if self._covers(request):
            return Verdict("once", "always allowed in this notebook")
        return Verdict("ask")

    def with_always(self, request: PermissionRequest) -> Policy:
        """Return the policy after the user chose "always" for a request."""
        new = grants_for(request)
        return replace(self, grants=(*self.grants, *(g for g in new if g not in self.grants)))

    def without(self, grant: Grant) -> Policy:
        """Return the policy after a grant was taken back."""
        return replace(self, grants=tuple(g for g in self.grants if g != grant))

    def _covers(self, request: PermissionRequest) -> bool:
        kind = request.permission
        named: Sequence[str] = request.patterns
        if request.kind == "shell":
            if any(g.exact and g.covers(kind, request.command) for g in self.grants):
                return True
            named = commands(request.command) or ()
        # A request that names nothing cannot be compared with a grant.
        return bool(named) and all(any(g.covers(kind, n) for g in self.grants) for n in named)


def grants_for(request: PermissionRequest) -> tuple[Grant, ...]:
    """Return the grants that an "always" to this request gives; none where they are not known."""
    if request.kind != "shell":
        return tuple(Grant(request.permission, p) for p in request.always or request.patterns)
    text = request.command
    if not text:
        return ()
    named = commands(text)
    if named is None:
        return (Grant(request.permission, text, exact=True),)
    offered = [pattern for pattern in request.always if _is_prefix(pattern)]
    return tuple(dict.fromkeys(_of_command(request.permission, name, offered) for name in named))


def _of_command(permission: str, command: str, offered: Sequence[str]) -> Grant:
    """Return a grant for the pattern offered for a command, else for the command itself."""
    pattern = next((p for p in offered if matches(command, p)), "")
    return Grant(permission, pattern) if pattern else Grant(permission, command, exact=True)


def _is_prefix(pattern: str) -> bool:
    """Return whether a pattern is words and ` *`; a `*` within a word fits other commands too."""
    words = pattern.removesuffix(" *")
    return words != pattern and not re.search(r"[*?]", words)
