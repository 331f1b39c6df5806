"""Unified patches, read and written exactly, as `diff`, git and a server's own library write them.

Lines end at a line feed and nowhere else: a carriage return, a form feed or U+2028 belongs to the
text. Nothing raises here: what cannot be read is left out, and `broken` tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

Kind = Literal["same", "add", "del"]
Status = Literal["added", "deleted", "modified", "renamed", "copied"]

SIGNS: dict[Kind, str] = {"add": "+", "del": "-", "same": " "}
NO_NEWLINE = "\\ No newline at end of file"


class Line(NamedTuple):
    """A line of a hunk without its sign; `newline` is False for a last line that has none."""

    kind: Kind
    text: str
    newline: bool = True

    @property
    def whole(self) -> str:
        """The line as it stands in the file."""
        return f"{self.text}\n" if self.newline else self.text


@dataclass(frozen=True)
class Hunk:
    """Lines that belong together; starts count from 1, and name the line before if a count is 0.

    `broken` is True where the lines are not those the header promises: such a hunk can be shown,
    but must not be applied.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str = ""
    lines: tuple[Line, ...] = ()
    broken: bool = False

    @property
    def added(self) -> int:
        """How many lines it adds."""
        return [line[0] for line in self.lines].count("add")

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return [line[0] for line in self.lines].count("del")


@dataclass(frozen=True)
class FilePatch:
    """The patch of one file. A name is "" where the file does not exist on that side.

    Modes are git's (`100755`), "" where the patch names none. Without git's headers an empty file
    that is filled looks like a new one: its `status` is `modified`.
    """

    old: str = ""
    new: str = ""
    status: Status = "modified"
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False
    hunks: tuple[Hunk, ...] = ()

    @property
    def broken(self) -> bool:
        """True where a hunk could not be read whole."""
        return any(hunk.broken for hunk in self.hunks)

    @property
    def added(self) -> int:
        """How many lines it adds."""
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return sum(hunk.removed for hunk in self.hunks)


def parse(patch: str) -> tuple[FilePatch, ...]:
    """Return the files of a patch, in order; none where nothing looks like a patch."""
    return _Reader(patch).read()


def parse_one(patch: str) -> FilePatch:
    """Return the first file of a patch, such as that of a `FileDiff`; an empty one without any."""
    return next(iter(parse(patch)), FilePatch())


def written(hunks: Iterable[Hunk]) -> str:
    """Return the text of a patch with these hunks, without the lines that name the file."""
    return "\n".join(line for hunk in hunks for line in _written(hunk))


def header(hunk: Hunk) -> str:
    """Return the line above a hunk, with its place in the old and the new text."""
    old, new = (
        f"{start}" if count == 1 else f"{start},{count}"
        for start, count in ((hunk.old_start, hunk.old_count), (hunk.new_start, hunk.new_count))
    )
    return f"@@ -{old} +{new} @@ {hunk.heading}".rstrip(" ")


def _written(hunk: Hunk) -> Iterator[str]:
    yield header(hunk)
    for line in hunk.lines:
        yield SIGNS[line.kind] + line.text
        if not line.newline:
            yield NO_NEWLINE


_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)")
_GIT_LINE = re.compile(r"diff --git (.*)")
_INDEX = re.compile(r"index [0-9a-f]+\.\.[0-9a-f]+ ([0-7]{6})")
_FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "old mode ": ("old_mode", {}),
    "new mode ": ("new_mode", {}),
    "new file mode ": ("new_mode", {"status": "added", "old": ""}),
    "deleted file mode ": ("old_mode", {"status": "deleted", "new": ""}),
    "rename from ": ("old", {"status": "renamed"}),
    "rename to ": ("new", {"status": "renamed"}),
    "copy from ": ("old", {"status": "copied"}),
    "copy to ": ("new", {"status": "copied"}),
}
"""How a header of git begins, the field whose value follows, and the fields that are known then."""
_KINDS: dict[str, Kind] = {" ": "same", "+": "add", "-": "del"}
_ESCAPES = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NO_FILE = "/dev/null"


@dataclass
class _Draft:
    """A file whose lines are being read."""

    file: FilePatch = FilePatch()
    git: bool = False
    named: bool = False
    """True once `---` and `+++` were read."""
    hunks: list[Hunk] = field(default_factory=list)


class _Reader:
    """Reads a patch line by line."""

    def __init__(self, patch: str) -> None:
        self._lines = patch.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self._at = 0
        self._drafts: list[_Draft] = []
        self._headless = "@@" not in patch

    def read(self) -> tuple[FilePatch, ...]:
        while self._at < len(self._lines):
            self._line(self._lines[self._at])
        return tuple(replace(d.file, hunks=tuple(d.hunks)) for d in self._drafts)

    def _line(self, line: str) -> None:
        bare = line.rstrip("\r")
        if bare.startswith("@@"):
            self._at += 1
            self._hunk(bare)
        elif bare.startswith("--- ") and self._next().startswith("+++ "):
            self._names(bare[4:], self._next()[4:].rstrip("\r"))
            self._at += 2
        elif self._headless and bare[:1] in _KINDS and not bare.startswith(("--- ", "+++ ")):
            self._hunk("")
        else:
            self._header(bare)
            self._at += 1

    def _next(self) -> str:
        return self._lines[self._at + 1] if self._at + 1 < len(self._lines) else ""

    @property
    def _draft(self) -> _Draft:
        return self._drafts[-1] if self._drafts else self._begin()

    def _begin(self, *, git: bool = False) -> _Draft:
        self._drafts.append(_Draft(git=git))
        return self._drafts[-1]

    def _header(self, line: str) -> None:
        if found := _GIT_LINE.fullmatch(line):
            old, new = _both_names(found[1])
            self._begin(git=True).file = FilePatch(old, new)
        elif line.startswith("Index: "):
            name = _name(line[7:])
            self._begin().file = FilePatch(name, name)
        elif line.startswith(("Binary files ", "GIT binary patch")):
            self._set(binary=True)
        elif found := _INDEX.fullmatch(line):
            self._set(old_mode=found[1], new_mode=found[1])
        elif self._drafts and not self._draft.hunks:
            for start, (name, known) in _FIELDS.items():
                if line.startswith(start):
                    self._set(**{name: _name(line[len(start) :])}, **known)

    def _set(self, **fields: object) -> None:
        self._draft.file = replace(self._draft.file, **fields)  # type: ignore[arg-type]

    def _names(self, old: str, new: str) -> None:
        draft = self._draft
        if draft.named or draft.hunks:
            draft = self._begin()
        draft.named = True
        before, after = (_name(name, git=draft.git) for name in (old, new))
        if before == _NO_FILE:
            self._set(old="", new=after, status="added")
        elif after == _NO_FILE:
            self._set(old=before, new="", status="deleted")
        else:
            self._set(old=before, new=after)

    def _hunk(self, header: str) -> None:
        """Read as many lines as the header promises, and those beyond that."""
        found = _HUNK.fullmatch(header)
        counts = found.group(1, 2, 3, 4) if found else "0000"
        start, old, start_new, new = (int(count or 1) for count in counts)
        left_old, left_new = old, new
        lines: list[Line] = []
        every, at, end = self._lines, self._at, len(self._lines)
        new_line, put = tuple.__new__, lines.append  # a patch can have 100,000 lines
        while at < end and (left_old > 0 or left_new > 0):
            line = every[at]
            sign = line[:1]
            if sign == " ":
                put(new_line(Line, ("same", line[1:], True)))
                left_old -= 1
                left_new -= 1
            elif sign == "+":
                put(new_line(Line, ("add", line[1:], True)))
                left_new -= 1
            elif sign == "-":
                put(new_line(Line, ("del", line[1:], True)))
                left_old -= 1
            elif sign == "\\" and lines:
                lines[-1] = lines[-1]._replace(newline=False)
            elif not line or line == "\r":  # some tools strip the ends of lines
                put(Line("same", line))
                left_old -= 1
                left_new -= 1
            else:
                break
            at += 1
        if at < len(every) and every[at].startswith("\\") and lines:
            lines[-1] = lines[-1]._replace(newline=False)
            at += 1
        broken = not found or bool(left_old or left_new)
        self._at = at
        while self._belongs():
            line = every[self._at]
            broken = True
            lines.append(Line(_KINDS[line[0]], line[1:]))
            self._at += 1
        heading = found[5] if found else header.strip("@ ")
        hunk = Hunk(start, old, start_new, new, heading, tuple(lines), broken)
        self._draft.hunks.append(hunk)

    def _belongs(self) -> bool:
        """Return whether the next line belongs to a hunk beyond what its header promises."""
        line = self._lines[self._at] if self._at < len(self._lines) else ""
        if line[:1] not in _KINDS or not line:
            return False
        return not (line.startswith("--- ") and self._next().startswith("+++ "))


def _name(name: str, *, git: bool = False) -> str:
    """Return the name in a header line, where it may be quoted, or followed by a tab and a time."""
    if name.startswith('"') and (end := name.rfind('"')) > 0:
        name = _unquoted(name[1:end])
    else:
        name = name.partition("\t")[0]
    return name[2:] if git and name[:2] in ("a/", "b/") else name


def _unquoted(name: str) -> str:
    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1]
        octal = code[:1] in b"01234567"
        return bytes([int(code, 8) & 255 if octal else _ESCAPES.get(code[0], code[0])])

    plain = _ESCAPED.sub(byte, name.encode("utf-8", "surrogatepass"))
    return plain.decode("utf-8", "surrogateescape")


def _both_names(names: str) -> tuple[str, str]:
    """Return the names of a `diff --git` line; "" where spaces leave them ambiguous."""
    if names.startswith('"') and (end := re.search(r'(?<!\\)(?:\\\\)*" ', names)):
        return _name(names[: end.end() - 1], git=True), _name(names[end.end() :], git=True)
    if names.endswith('"') and (start := names.find(' "')) > 0:
        return _name(names[:start], git=True), _name(names[start + 1 :], git=True)
    middle = len(names) // 2
    old, new = names[:middle], names[middle + 1 :]
    if names[middle : middle + 1] == " " and old[2:] == new[2:]:
        return _name(old, git=True), _name(new, git=True)
    parts = names.split(" ")
    return (_name(parts[0], git=True), _name(parts[1], git=True)) if len(parts) == 2 else ("", "")
