"""How much of a notebook's file a turn takes."""

from __future__ import annotations

import json

import pytest

from opencode_magic.model.messages import (
    Message,
    MessageInfo,
    Part,
    TextPart,
    Times,
    ToolPart,
    ToolState,
)
from opencode_magic.model.transcript import from_messages
from opencode_magic.render import CHECKPOINT_CHARS, checkpoint_bundle, turn_bundle
from opencode_magic.turns.turn import Turn

IDS = ("msg_2", "ses_1")
MOST = 60_000
PROSE = "the frame has a column of errors which the model reads from the path of the test "
ANSWER = "\n\n".join(
    f"## Step {n}\n\n{PROSE * 4}\n\n- {PROSE}\n- {PROSE}\n\n```python\n"
    + "\n".join(f"value_{line} = compute({line}, 'text', key=True)" for line in range(8))
    + "\n```"
    for n in range(4)
)
TESTS = "\n".join(f"tests/test_{n}.py::test_case_{n} PASSED [{n}%] {PROSE}" for n in range(120))
SOURCE = "\n".join(f"def f{n}(a, b): return a + b * {n}" for n in range(150))


def call(number: int, lines: int) -> ToolPart:
    output = TESTS * lines
    tool, given, meta = (
        ("bash", {"command": f"pytest -q tests/part{number}"}, {"exit": 0, "output": output}),
        ("read", {"filePath": f"src/m{number}.py"}, {"display": {"text": SOURCE, "path": "m.py"}}),
        ("grep", {"pattern": "TODO"}, {"matches": 120}),
    )[number % 3]
    state = ToolState("completed", given, "", tool, output, "", meta, Times(1000, 2500))
    return ToolPart(f"prt_{number:03}", *IDS, tool, f"call_{number}", state)


@pytest.mark.parametrize(("calls", "lines"), [(3, 1), (15, 1), (15, 100), (60, 1)])
def test_a_turn_without_large_diffs_is_small(calls: int, lines: int) -> None:
    parts: list[Part] = [call(number, lines) for number in range(calls)]
    parts.append(TextPart("prt_900", *IDS, ANSWER, time=Times(1, 2)))
    info = MessageInfo(*IDS, "assistant", provider_id="p", model_id="m", finish="stop")
    turn = Turn("ses_1", "x", from_messages("ses_1", {"ses_1": [Message(info, tuple(parts))]}))
    bundle = turn_bundle(turn)
    assert len(json.dumps(bundle)) < MOST
    assert all("compute" in form and "src/m1.py" in form for form in bundle.values())


def copy_of(answer: str) -> dict[str, str]:
    part = TextPart("prt_1", *IDS, answer, time=Times(1))
    info = MessageInfo(*IDS, "assistant", provider_id="p", model_id="m")
    transcript = from_messages("ses_1", {"ses_1": [Message(info, (part,))]})
    return checkpoint_bundle(Turn("ses_1", "x", transcript, state="running"))


def test_the_copy_of_a_running_turn_holds_all_of_it_once() -> None:
    bundle = copy_of(ANSWER)
    assert all(form.count("Step 3") == 1 for form in bundle.values())
    assert len(bundle["text/html"]) < 4 * len(ANSWER)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize("between", [" ", "\n\n"])
def test_the_copy_of_a_long_running_turn_is_no_larger_the_longer_it_is(
    times: int, between: str
) -> None:
    answer = "first " + f"t123{between}" * CHECKPOINT_CHARS * times + "last"
    bundle = copy_of(answer)
    assert len(json.dumps(bundle)) < 1.2 * CHECKPOINT_CHARS
    assert "first" in bundle["text/html"]
    assert "last" in bundle["text/html"]
    assert "not shown" in bundle["text/html"]
    assert "/resume" in bundle["text/html"]
