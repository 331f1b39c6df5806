"""What the guard's JavaScript and the package's Python both know is the same in both."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from opencode_magic.model.agents import Agent
from opencode_magic.model.sessions import Rule
from opencode_magic.model.tools import CODE, OUTSIDE, TOOLS
from opencode_magic.policy.grants import matches
from opencode_magic.policy.rules import shell_bounds
from opencode_magic.policy.tools import HARMLESS
from opencode_magic.protocol.hosting import proving
from opencode_magic.server import guard1 as guard
from opencode_magic.server import probing
from opencode_magic.server.guard import MARK_VARIABLE
from opencode_magic.text import shellline
from tests.harness.tools import require

FOLDER = guard.SCRIPT.parent
VARIABLES = (
    *(guard.REPORT_VARIABLE, guard.USERS_VARIABLE, guard.CLOSED_VARIABLE, guard.PROBE_VARIABLE),
    *(guard.BLANK_VARIABLE, MARK_VARIABLE),
)

TWINS: list[tuple[str, str, Iterable[str]]] = [
    ("guard.js", "HARMLESS", HARMLESS),
    ("guard.js", "PRIVATE", guard.PRIVATE),
    ("marked.js", "MARK", [MARK_VARIABLE]),
    ("probe.js", "NAME", [probing.NAME]),
    ("probe.js", "TEXT", [f"> {probing.CANARY}"]),
    ("shell.js", "LINE", [shellline.LINE]),
    ("shell.js", "WORD", [shellline.WORD]),
    ("shell.js", "SHELLS", TOOLS["shell"]),
    ("plugin2/index.js", "LINE", [shellline.LINE]),
    ("plugin2/index.js", "WORD", [shellline.WORD]),
    ("plugin2/index.js", "PROBE", [proving.PROBE]),
    ("plugin2/index.js", "TELL", [proving.TELL]),
    ("plugin2/index.js", "CODE_MODE", [CODE]),
    ("plugin2/index.js", "OUTSIDE", [OUTSIDE]),
]


def words(script: str, name: str) -> set[str]:
    """The strings in the value of a constant of a script; not those that are no words of it."""
    found = re.search(
        rf"^(?:export )?const {name} = (.*?)\n(?=\S*\n|\S)", script + "\n\n", re.M | re.S
    )
    assert found, f"no constant {name}"
    return {json.loads(text) for text in re.findall(r'"(?:[^"\\]|\\.)*"', found[1])} - {"", " "}


@pytest.mark.parametrize(("file", "name", "ours"), TWINS)
def test_a_constant_is_the_same_in_both(file: str, name: str, ours: Iterable[str]) -> None:
    script = Path(FOLDER, file).read_text("utf-8")
    assert words(script, name) == set(ours)
    changed = json.dumps(next(iter(words(script, name))), ensure_ascii=False)
    planted = script.replace(changed, '"another"')
    assert words(planted, name) != set(ours)


def test_the_guard_reads_no_variable_that_we_do_not_set() -> None:
    scripts = "".join(path.read_text("utf-8") for path in FOLDER.rglob("*.js"))
    assert set(re.findall(r"OPENCODE_MAGIC_\w+", scripts)) == set(VARIABLES)


def test_what_the_second_guard_lets_look_never_asks_by_our_rules() -> None:
    script = (FOLDER / "plugin2" / "index.js").read_text("utf-8")
    assert words(script, "LOOKS") <= set(HARMLESS)


ALPHABET = ("", "*", "?", "a", " *", " ", ".", "b[c]", "\n")
WILDCARDS = ["".join(three) for three in itertools.product(ALPHABET, repeat=3)]
TEXTS = ("", "a", "a b", "ab", "a.", " ", "a\n", "b[c]", "bc", "a  b", ".*")
PAIRS = [(text, wildcard) for text in TEXTS for wildcard in WILDCARDS]


def told_by_node(script: str, *options: str) -> list[bool]:
    require("node")
    done = subprocess.run(
        ["node", *options, "-"], input=script, capture_output=True, text=True, check=True
    )
    found: list[bool] = json.loads(done.stdout)
    return found


def test_wildcards_fit_the_same_in_both() -> None:
    script = guard.SCRIPT.read_text("utf-8")
    found = re.search(r"^function matches\(.*?^}\n", script, re.M | re.S)
    assert found
    tell = f"{found[0]}console.log(JSON.stringify({json.dumps(PAIRS)}.map((p) => matches(...p))))"
    assert told_by_node(tell) == [matches(*pair) for pair in PAIRS]


def test_wildcards_fit_the_same_in_the_second_guard() -> None:
    script = (FOLDER / "plugin2" / "rules.js").read_text("utf-8")
    found = f"{json.dumps(PAIRS)}.map(([text, card]) => wildcard(card).test(text))"
    tell = f"{script}console.log(JSON.stringify({found}))"
    assert told_by_node(tell, "--input-type=module") == [matches(*pair) for pair in PAIRS]


LISTS = [
    [("bash", "*", "deny"), ("bash", "git *", "allow")],
    [("bash", "git *", "allow"), ("bash", "*", "deny")],
    [("*", "*", "allow"), ("bash", "*", "deny")],
    [("*", "*", "allow"), ("bash", "rm *", "deny")],
    [("bash", "*", "deny"), ("bash", "git *", "ask"), ("bash", "git push *", "deny")],
    [("bash", "*", "deny"), ("bash", "git *", "allow"), ("bash", "git *", "deny")],
    [("bash", "*", "deny"), ("*", "git ?", "allow")],
    [],
]


def test_rules_that_let_some_commands_through_are_the_same_in_both() -> None:
    script = (FOLDER / "plugin2" / "rules.js").read_text("utf-8")
    lists = [[{"action": a, "resource": r, "effect": e} for a, r, e in rules] for rules in LISTS]
    found = f'{json.dumps(lists)}.map((list) => deniesAlone(list, "bash", ":"))'
    tell = f"{script}console.log(JSON.stringify({found}))"
    theirs = told_by_node(tell, "--input-type=module")
    agents = [Agent(str(n), permission=[Rule(*r) for r in rules]) for n, rules in enumerate(LISTS)]
    assert theirs == [agent.name in shell_bounds([agent]) for agent in agents]
    assert theirs == [True, False, False, False, True, False, True, False]
