"""The report in a terminal, and the object for programs."""

from __future__ import annotations

import json

import pytest

from opencode_magic.doctor.finding import Finding, Fix, as_json, exit_status, fixable
from opencode_magic.doctor.report import plain, report, summary

PIP = Fix(("/env/bin/python", "-m", "pip", "install", "anywidget~=0.11.0", "ipywidgets>=8.1"))
SUDO = Fix(("sudo", "apt", "git"), by_hand="it's root")
FINDINGS = [
    Finding("system", "ok", "Linux"),
    Finding("front end", "warn", "JupyterLab 4.6.6 without anywidget", "no buttons", PIP),
    Finding("git", "bad", "not found", "no diffs", SUDO),
    Finding("server", "unknown", "not started", "there is no opencode to start"),
]


def text(findings: list[Finding], width: int = 80) -> str:
    return plain(report(findings, width))


def test_problems_come_first_with_why_and_the_command() -> None:
    assert (
        text(FINDINGS)
        == """\
BAD   git        not found
                 no diffs
                 $ sudo apt git
                 by hand: it's root

warn  front end  JupyterLab 4.6.6 without anywidget
                 no buttons
                 $ /env/bin/python -m pip install 'anywidget~=0.11.0' 'ipywidgets>=8.1'

?     server     not started
                 there is no opencode to start
ok    system     Linux

1 to fix, 1 warning, 1 not known, 1 ok. `opencode-magic doctor --fix` runs 1
command, asking."""
    )


def test_in_a_narrow_terminal_what_was_found_stands_below_and_commands_stay_whole() -> None:
    lines = text(FINDINGS, 40).splitlines()
    assert lines[:3] == ["BAD   git", "      not found", "      no diffs"]
    broken = [line for line in lines if "$ " not in line]
    assert max(map(len, broken)) <= 40
    assert f"      $ {PIP.text}" in lines


@pytest.mark.parametrize("width", [1, 40, 63, 64, 100, 500])
def test_any_width_holds_every_word(width: int) -> None:
    shown = "".join(text(FINDINGS, width).split())
    for finding in FINDINGS:
        assert "".join(f"{finding.name}{finding.found}{finding.why}".split()) in shown


def test_colours_only_repeat_what_the_marks_say() -> None:
    styled = {piece for line in report(FINDINGS, 80) for piece in line.pieces}
    assert ("BAD   ", "bold red") in styled
    assert {line.split()[0] for line in text(FINDINGS).splitlines() if line[:1].strip()} >= {
        "BAD", "warn", "?", "ok"
    }  # fmt: skip


@pytest.mark.parametrize("hostile", ["\x1b[31mred", "a\u202eb", "\x9b2J", "two\nlines", "\u200bx"])
def test_what_a_terminal_would_obey_or_hide_is_written_out(hostile: str) -> None:
    finding = Finding(hostile, "bad", hostile, hostile, Fix((hostile,), by_hand=hostile))
    for width in (40, 100):
        for line in report([finding, Finding("words", "warn", "", "", Fix(words=hostile))], width):
            assert line.text.isprintable()


@pytest.mark.parametrize(
    ("findings", "told", "status"),
    [
        (FINDINGS, "1 to fix", 1),
        (FINDINGS[:2], "1 warning, 1 ok", 0),
        (FINDINGS[:1], "Nothing to fix: 1 ok.", 0),
        ([FINDINGS[0], FINDINGS[3]], "Nothing to fix: 1 not known, 1 ok.", 0),
    ],
)
def test_only_what_must_be_fixed_makes_a_bad_status(
    findings: list[Finding], told: str, status: int
) -> None:
    assert summary(findings).startswith(told)
    assert exit_status(findings) == status


def test_only_commands_that_may_be_run_are_fixable() -> None:
    assert [f.name for f in fixable(FINDINGS)] == ["front end"]
    assert fixable([Finding("x", "ok", "", "", PIP)]) == []


def test_the_object_for_programs_keeps_its_keys() -> None:
    told = json.loads(json.dumps(as_json(FINDINGS, "0.1.0")))
    assert told["schema"] == 1
    assert told["ok"] is False
    assert told["version"] == "0.1.0"
    assert [set(finding) for finding in told["findings"]] == [
        {"name", "state", "found", "why", "fix", "details"}
    ] * len(FINDINGS)
    git = told["findings"][2]["fix"]
    assert git == {
        "command": ["sudo", "apt", "git"],
        "text": "sudo apt git",
        "runs": False,
        "by_hand": "it's root",
        "asks": False,
    }
    assert told["findings"][0]["fix"] is None
