"""What the guard's JavaScript and the package's Python both know is the same in both."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from opencode_magic.model.tools import TOOLS
from opencode_magic.policy.grants import matches
from opencode_magic.policy.tools import HARMLESS
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
    ("leftovers.js", "MARK", [MARK_VARIABLE]),
    ("probe.js", "NAME", [probing.NAME]),
    ("probe.js", "TEXT", [f"> {probing.CANARY}"]),
    ("shell.js", "LINE", [shellline.LINE]),
    ("shell.js", "WORD", [shellline.WORD]),
    ("shell.js", "SHELLS", TOOLS["shell"]),
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
    scripts = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.js"))
    assert set(re.findall(r"OPENCODE_MAGIC_\w+", scripts)) == set(VARIABLES)


def test_wildcards_fit_the_same_in_both() -> None:
    require("node")
    script = guard.SCRIPT.read_text("utf-8")
    found = re.search(r"^function matches\(.*?^}\n", script, re.M | re.S)
    assert found
    alphabet = ("", "*", "?", "a", " *", " ", ".", "b[c]", "\n")
    wildcards = ["".join(three) for three in itertools.product(alphabet, repeat=3)]
    texts = ("", "a", "a b", "ab", "a.", " ", "a\n", "b[c]", "bc", "a  b", ".*")
    pairs = [(text, wildcard) for text in texts for wildcard in wildcards]
    tell = f"{found[0]}console.log(JSON.stringify({json.dumps(pairs)}.map((p) => matches(...p))))"
    done = subprocess.run(["node", "-"], input=tell, capture_output=True, text=True, check=True)
    theirs = dict(zip(pairs, json.loads(done.stdout), strict=True))
    assert theirs == {pair: matches(*pair) for pair in pairs}
