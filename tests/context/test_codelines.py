"""Code that was pasted without a fence is left as it is; prose with the same signs is not."""

from __future__ import annotations

import random
import warnings

import pytest

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.mentions import expressions, mentions
from opencode_magic.context.notebook import Notebook

NAMES = {"name": "ann", "df": [1, 2], "n": 7, "file": "f.txt", "u": 1, "b": 2, "id": 3, "param": 4,
         "media": 5, "Override": 6, "scope": 7, "user": "bob", "data": [3], "x": 9, "self": 1,
         "one": 1}  # fmt: skip

CODE = [
    'print(f"hi @{name}")',
    "print(f'hi @{name}')",
    'print("hi @{name}")',
    '    log.info("hi @{name} and @name", 1)',
    'msg = "to @{name}"',
    "msg = ' @name '",
    'return f"{x} @{name}"',
    'with open(f"@{file}") as f:',
    'if s.startswith("@{name}"):',
    'else: print("@{name}")',
    'raise ValueError(f"no @{name}")',
    'except KeyError as e: print(" @{name}")',
    "c = a @b",
    "c = a @{1, 2}",
    "y = (w @x + b)",
    "c @= b",
    "x = 1  # see @name and @{name}",
    "d[' @{name}'] += 1",
    '{"to": "@{name}", "cc": " @name"}',
    'send(\n    to=f"hi @{name}",\n)',
    'config = {\n  "mail": "@{name}",\n\n  "n": " @{n}"\n}',
    'text = """\nDear @{name},\n\n  @name\n"""',
    'def greet(name):\n    """Say @{name}.\n\n    To @name.\n    """\n    return 1',
    "rx = re.compile(r'^ @name')",
    'f"@{name}"',
    "assert f(' @name') == 1",
    ">>> 'a' + ' @{name}'",
    "$ tool @{file}",
    "curl -d @{file} https://example.org",
    "curl -X POST --data-binary @file https://example.org",
    "curl -F upload=@{file} https://example.org",
    "git diff HEAD@{1}",
    "git log @{u}..",
    "git diff @{1}",
    "git reset --hard @{u}",
    'echo "hi @{name}"',
    "npm install @scope/pkg",
    "a@name.org",
    "mail ann@{name}.org",
    'console.log("hi @{name}");',
    'const to = "@{name}";',
    'System.out.println(" @name");',
    'if (s === "@{name}") {',
    "// see @name",
    "/* @{name} */",
    "@media (max-width: 9px) {",
    "@media print {\n  a { color: red }\n}",
    ".@{name} { color: red }",
    "@{name}: red;",
    "@Override\npublic String toString() {",
    "@Override public String toString() {",
    "@user(1)\nexport class A {",
    "@df.setter\ndef f(self): ...",
    "@name\n@df\nclass A: ...",
    "SELECT * FROM t WHERE id = @id",
    "select a from t where b = @id and c = @name",
    "WHERE a = @id",
    "DECLARE @id INT = 1",
    "@n = 5",
    "@n ||= 5",
    " * @param {string} name",
    "$h = @{Name = 'x'}",
    "origin/main@{1}",
    "\\@{name}",
    "`@{name}`",
    "```\n@{name}\n```",
]
PROSE = [
    ("hello @{name}", "hello ann"),
    ("@{name}", "ann"),
    ("see (@{name}) and [@{n}]", "see (ann) and [7]"),
    ('call it "@{name}", please', 'call it "ann", please'),
    ("'@{name}' is wrong", "'ann' is wrong"),
    ("make it **@{n}** rows", "make it **7** rows"),
    ("| a | @{n} |", "| a | 7 |"),
    ("- @{n} rows", "- 7 rows"),
    ("Explain: why @{n}?", "Explain: why 7?"),
    ("Task: use @{n}", "Task: use 7"),
    ("plot (see @{n})", "plot (see 7)"),
    ("use f(x) = @{n}", "use f(x) = 7"),
    ("print(@{n})", "print(7)"),
    ("let n be\n@{n}", "let n be\n7"),
    ('Fix this, @{name}:\nprint(f"@{name}")', 'Fix this, ann:\nprint(f"@{name}")'),
    ('print("a")\nchange it to @{n}', 'print("a")\nchange it to 7'),
    ("keep {@{n}} as it is", "keep {7} as it is"),
    ("it costs -5 @{n}", "it costs -5 7"),
    ("git is slow with @{n} files", "git is slow with 7 files"),
]
MENTIONS = ["@df", "see @df", "plot (see @df)", "see @df.", "Explain: see @df", "first, then @df",
            "* @df is big", "# @df", "compare a, b @df", "what is @df's mean?", "-5 @df",
            "Select the best of @df", "From @df make a plot", "- drop it -- @df"]  # fmt: skip


def sent(text: str) -> tuple[str, int]:
    found = attach(text, Mentionable(Notebook(NAMES)))
    return found.text, len(found.parts)


@pytest.mark.parametrize("text", CODE)
def test_code_is_left_as_it_is_and_mentions_nothing(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sent(text) == (text, 0)
        assert sent(f"Please look:\n\n{text}\n\nThank you") == (
            f"Please look:\n\n{text}\n\nThank you",
            0,
        )


@pytest.mark.parametrize(("text", "filled"), PROSE)
def test_prose_that_looks_alike_gets_its_values(text: str, filled: str) -> None:
    assert sent(text)[0] == filled


@pytest.mark.parametrize("text", MENTIONS)
def test_prose_that_looks_alike_attaches_what_it_names(text: str) -> None:
    assert sent(text) == (text, 1)


def test_code_and_prose_in_any_order(rng: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        pieces = [(rng.choice(CODE),) * 2 if rng.random() < 0.5 else rng.choice(PROSE)
                  for _ in range(5)]  # fmt: skip
        text, filled = ("\n\n".join(side) for side in zip(*pieces, strict=True))
        assert sent(text)[0] == filled


@pytest.mark.timeout(30)
def test_many_lines_with_brackets_are_read_in_no_time() -> None:
    for line in ("f( @x\n", "x = (@{\n", "}) @{n}\n", '""" @name\n'):
        text = line * 3_000
        assert len(list(mentions(text))) + len(list(expressions(text))) <= 6_000
