"""Which files a shell command can write, judged by its text. Pure, and safe rather than complete.

Only commands of plain words and known programs are judged: all others can write anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from enum import IntEnum

READERS = frozenset(
    {
        *("basename", "cat", "cd", "cmp", "column", "cut", "date", "df", "diff", "dirname", "du"),
        *("echo", "egrep", "false", "fgrep", "file", "grep", "head", "jq", "ls", "md5sum", "nl"),
        *("printf", "pwd", "readlink", "realpath", "rg", "sha1sum", "sha256sum", "sleep", "stat"),
        *("tail", "test", "tr", "true", "type", "uname", "wc", "which", "whoami"),
    }
)
GIT_READERS = frozenset(
    {"blame", "describe", "diff", "grep", "log", "ls-files", "rev-parse", "show", "status"}
)
WRITERS = frozenset(
    {"chmod", "cp", "ln", "mkdir", "mv", "rm", "rmdir", "sed", "sort", "tee", "touch", "truncate"}
)
"""Programs that write only the files they are told by name."""


class ShellReach(IntEnum):
    """Which files a command can write."""

    NOTHING = 0
    NAMED = 1
    """Those that its text names, or that are in a folder it names."""
    ANYTHING = 2


_BETWEEN = frozenset({"|", "||", "&&", ";"})
_INTO = frozenset({">", ">>", ">|", "&>", "&>>"})
# Output that goes nowhere, and output that joins the other: no file is written.
_NOWHERE = re.compile(r"[12&]?>>?\s*/dev/null(?![\w./-])|2>&1")
# All that is in some folder, or that folder itself where its name is not said.
_HERE = re.compile(r"(?:^|/)(?:\.{1,2}|\*+)/?$|^~/?$")
# What can run another command inside a word or bring its own text: `$(...)`, `<(...)`, `<<`.
_ACTS = re.compile(r"[`(){}]|<<|\$(?![A-Za-z_?])")


def reach(command: str) -> ShellReach:
    """Return which files a shell command can write."""
    plain = _NOWHERE.sub(" ", command).strip()
    if not plain or _ACTS.search(plain):
        return ShellReach.ANYTHING
    lexer = shlex.shlex(plain.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quote is left open
        return ShellReach.ANYTHING
    found = max(map(_of_one, _commands(words)), default=ShellReach.ANYTHING)
    # A variable may stand for any name.
    return ShellReach.ANYTHING if found == ShellReach.NAMED and "$" in plain else found


def _commands(words: list[str]) -> Iterator[list[str]]:
    """Yield the words of each simple command, with its redirections."""
    command: list[str] = []
    for word in [*words, ";"]:
        if word not in _BETWEEN:
            command.append(word)
        elif command:
            yield command
            command = []


def _of_one(words: list[str]) -> ShellReach:
    found = ShellReach.NOTHING
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _INTO or word == "<":
            next(rest, "")
            found = max(found, ShellReach.NOTHING if word == "<" else ShellReach.NAMED)
        elif word and set(word) <= set("<>&|;"):
            return ShellReach.ANYTHING
        else:
            plain.append(word)
    return max(found, _of_program(plain)) if plain else found


def _of_program(words: list[str]) -> ShellReach:
    program, *rest = words
    # An output file is an option almost everywhere, and so is a program to read through.
    if program not in WRITERS and any(w.startswith(("-o", "--output", "--pre")) for w in rest):
        return ShellReach.ANYTHING
    if program == "git":
        return ShellReach.NOTHING if rest and rest[0] in GIT_READERS else ShellReach.ANYTHING
    if program in WRITERS:
        return ShellReach.ANYTHING if any(map(_HERE.search, rest)) else ShellReach.NAMED
    return ShellReach.NOTHING if program in READERS else ShellReach.ANYTHING
