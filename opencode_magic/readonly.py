"""Which shell commands only read, judged by their text. Pure, and sure rather than complete.

A command counts only if it is made of plain words, and each program in it is known to read.
"""

from __future__ import annotations

import re
import shlex

READERS = frozenset(
    {
        *("basename", "cat", "cmp", "column", "cut", "date", "df", "diff", "dirname", "du"),
        *("echo", "egrep", "false", "fgrep", "file", "grep", "head", "jq", "ls", "md5sum", "nl"),
        *("printf", "pwd", "readlink", "realpath", "rg", "sha1sum", "sha256sum", "sleep", "stat"),
        *("tail", "test", "tr", "true", "type", "uname", "wc", "which", "whoami"),
    }
)
GIT_READERS = frozenset(
    {"blame", "describe", "diff", "grep", "log", "ls-files", "rev-parse", "show", "status"}
)

_BETWEEN = frozenset({"|", "||", "&&", ";"})
# Output that goes nowhere, and output that joins the other: no file is written.
_NOWHERE = re.compile(r"[12&]?>>?\s*/dev/null(?![\w./-])|2>&1")
# What can run another command or write a file inside a word: `$(...)`, `<(...)`, here-documents.
_ACTS = re.compile(r"[`(){}<>]|\$(?![A-Za-z_?])")


def only_reads(command: str) -> bool:
    """True where a shell command is known to change no file."""
    plain = _NOWHERE.sub(" ", command).strip()
    if _ACTS.search(plain):
        return False
    lexer = shlex.shlex(plain.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quote is left open
        return False
    return bool(words) and all(map(_reads, _commands(words)))


def _commands(words: list[str]) -> list[list[str]]:
    """The words of each simple command."""
    found: list[list[str]] = [[]]
    for word in words:
        if word in _BETWEEN:
            found.append([])
        else:
            found[-1].append(word)
    return [command for command in found if command]


def _reads(words: list[str]) -> bool:
    if any(set(word) <= set("&;|") for word in words if word):
        return False
    # An output file is an option almost everywhere it can be named.
    if any(word.startswith(("-o", "--output", "--pre")) for word in words[1:]):
        return False
    if words[0] == "git":
        return len(words) > 1 and words[1] in GIT_READERS
    return words[0] in READERS
