"""Which shell texts are plain enough to be known by their commands."""

from __future__ import annotations

import random
import subprocess

import pytest

from opencode_magic.text.shellline import LINE, bare
from opencode_magic.text.shelltext import commands

PLAIN = {
    "ls": ("ls",),
    "ls -la /tmp\n": ("ls -la /tmp",),
    "ls -l | wc -l && echo 'a  b' || true; cd ..": (
        *("ls -l", "wc -l", "echo 'a  b'", "true", "cd .."),
    ),
    'git commit -m "two words" --author=me': ('git commit -m "two words" --author=me',),
    "grep 'x$' *.py": ("grep 'x$' *.py",),
    "echo 'first\nsecond'": ("echo 'first\nsecond'",),
    "echo 'it''s' größer": ("echo 'it''s' größer",),
    "ls;": ("ls",),
}
NOT_PLAIN = (
    *("", "  ", "> f", "ls > f", "ls 2>&1", "ls < f", "cat <<E\nx\nE", "cat <<< x"),
    *("{ ls; }", "(ls)", "! ls", "ls &", "ls & rm f", "ls |& wc", "ls\nrm f", "ls ;; rm f"),
    *("if ls; then rm f; fi", "for i in 1; do rm f; done", "f() { rm f; }; f", "[[ a ]]"),
    *("((1))", "A=1", "A=1 ls", "export A=1; ls", "declare -i n=1", "[ -v 'a[$(rm f)]' ]"),
    *("test -v 'a[$(rm f)]'", "printf -v 'a[$(rm f)]' x", "unset 'a[`rm f`]'", "unset 'a[0]'"),
    *("ls $x", "ls ${x}", "ls $(rm f)", "ls `rm f`", 'ls "$(rm f)"', "ls $'x'", "ls <(rm f)"),
    *("ls \\\nrm f", "l\\s", "'ls'", '"ls"', "$x", "l*", "~/ls", "ls {a,b}", "ls !x", "ls # rm"),
    *("ls\rrm f", "ls\x0brm f", "ls\u2003rm", "ls\u00a0rm", "ls \ud83d", "ls \x00", "ls ||\nrm f"),
    *("ls (rm)", "ls *(e:'rm f':)", "ls ^rm", "ls 'open", 'ls "open', "ls &&", "ls | ", "if ls"),
    "ls " + "x" * 50_000,
)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_commands_are_told_apart(text: str) -> None:
    assert commands(text) == PLAIN[text]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_of_all_else_nothing_is_believed(text: str) -> None:
    assert commands(text) is None


def test_letters_of_all_alphabets_are_plain_and_no_character_ends_the_process(
    rng: random.Random, rounds: int
) -> None:
    assert commands("cat é.txt && echo 'größer' | grep 猫") == (
        "cat é.txt", "echo 'größer'", "grep 猫",
    )  # fmt: skip
    pieces = ["${", "$(", "<<", "'", '"', "}", " ", "a", "for ", "\n", "(("]
    for _ in range(rounds * 100):
        # The grammar's own code ended the process at `${` and an emoji.
        wide = [chr(rng.randrange(0x80, 0xD800)), chr(rng.randrange(0xE000, 0x110000))]
        text = "p " + "".join(rng.choices([*pieces, *wide], k=rng.randint(1, 20)))
        commands(text)
    assert commands("echo ${\U000f3a3a") is None


def test_a_shell_sees_the_same_commands_in_a_plain_text(rng: random.Random, rounds: int) -> None:
    """Whatever the letters: where we see commands, the shell runs those and does no more."""
    pieces = ["a", "b1", " ", " ", "'", '"', "$", "`", "\\", ">", "<", "&", "|", ";", "(", ")",
              "{", "}", "*", "=", "!", "#", "\n", "~", "&&", "||", " 'x y' ", ' "z" ']  # fmt: skip
    seen = 0
    for _ in range(rounds * 50):
        text = "p " + "".join(rng.choices(pieces, k=rng.randint(1, 9)))
        named = commands(text)
        if named is None:
            continue
        seen += 1
        asked = [name.split()[0] for name in named]
        program = "".join(
            f"{name}() {{ echo {name} >&2; cat; }}\n" for name in {*asked} if name[0].isalpha()
        )
        ran = subprocess.run(
            ["bash", "-fc", f"command_not_found_handle() {{ echo $1 >&2; }}\n{program}{text}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert sorted({*ran.stderr.split()} - {*asked}) == [], text
    assert seen > rounds


def test_one_line_of_ours_is_taken_off_and_nothing_else() -> None:
    ours, escaped = LINE[:-1], "\\n"
    assert bare(f'{{"command":"{ours}{escaped}> f"}}') == '{"command":"> f"}'
    assert bare(f'{{"command":"{ours}{escaped}:{escaped}> f"}}') == f'{{"command":":{escaped}> f"}}'
    twice = f'["{ours}{escaped}{ours}{escaped}x","{ours}{escaped}y"]'
    assert bare(twice) == f'["{ours}{escaped}x","y"]'
    for kept in (
        f'{{"command":":{escaped}> f"}}',
        f'{{"command":": > f {ours}{escaped}"}}',
        f'{{"said":"the line is \\"{ours}{escaped}\\""}}',
        f'{{"{ours}":1}}',
    ):
        assert bare(kept) == kept
