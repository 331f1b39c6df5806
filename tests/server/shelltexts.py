"""A grammar of shell texts that do something, most without a command the server recognises."""

from __future__ import annotations

import random
from collections.abc import Callable

FILE = "\ue000"
"""Stands in a text for the file that is there once the text has run."""

# What the public has found, or its next of kin: each makes the file.
KNOWN = (
    f"> {FILE}",
    f">> {FILE}",
    f">| {FILE}",
    f"2> {FILE}",
    f"&> {FILE}",
    f"<> {FILE}",
    f"exec 3> {FILE}",
    f"cd . > {FILE}",
    f"[[ 'a[$(touch {FILE})]' -eq 0 ]]",
    f"[ -v 'a[$(touch {FILE})]' ]",
    f"test -v 'a[$(touch {FILE})]'",
    f"(( a[$(touch {FILE})] ))",
    f"declare -i n='a[$(touch {FILE})]'",
    f"typeset -i n='a[$(touch {FILE})]'",
    f"let 'a[$(touch {FILE})]=1'",
    f"printf -v 'a[$(touch {FILE})]' x",
    f"x=$(touch {FILE})",
    f"x=`> {FILE}`",
    f"x=($(> {FILE}))",
    f"export x=$(> {FILE})",
    f": ${{y:=$(> {FILE})}}",
    f"cat <<E > {FILE}\n1\nE",
    f"cat <<'E' > {FILE}\n$x\nE",
    f"read x <<< y > {FILE}",
    f"trap '> {FILE}' EXIT",
    f"eval '> {FILE}'",
    f":\n> {FILE}",
    f"> {FILE}\n)",
    f"> {FILE}\n'",
)

POSIX = (
    f"> {FILE}",
    f"exec 3> {FILE}",
    f"x=$(> {FILE})",
    f": ${{y:=$(> {FILE})}}",
    f"cat <<E > {FILE}\n1\nE",
)

_AROUND: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: f"\n\n{text}",
    lambda text: f"# nothing\n{text}",
    lambda text: f" \t{text}",
    lambda text: f"{{\n{text}\n}}",
    lambda text: f"(\n{text}\n)",
    lambda text: f"if\n{text}\nthen\nx=1\nfi",
    lambda text: f"for i in 1; do\n{text}\ndone",
    lambda text: f"while\n{text}\ndo\nbreak\ndone",
    lambda text: f"until false; do\n{text}\nbreak\ndone",
    lambda text: f"case x in x)\n{text}\n;; esac",
    lambda text: f"f() {{\n{text}\n}}\nf",
    lambda text: f"x=1\n{text}",
    lambda text: f"cd .\n{text}",
    lambda text: f"{{\n{text}\n}} &\nwait",
    lambda text: f"! {{\n{text}\n}}",
)
_NAMES = ("{}", "'{}'", '"{}"', "./{}", "$PWD/{}", "$(echo {})", "''{}")


def make(rng: random.Random, name: str, known: tuple[str, ...] = KNOWN[:25]) -> str:
    """A text that makes the file of that name, its parts chosen by chance."""
    text = rng.choice(known)
    quoted = text.partition(FILE)[0].count("'") % 2
    text = text.replace(FILE, name if quoted else rng.choice(_NAMES).format(name))
    for _ in range(rng.randrange(3)):
        text = rng.choice(_AROUND)(text)
    return text
