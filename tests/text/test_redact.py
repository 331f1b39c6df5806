"""Our own secrets by value."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.text.redact import MARK, MASK, Redactor, masked

SECRET = 'p4ss-W0rd_with"quote'


def test_every_form_it_travels_in_is_removed() -> None:
    redact = Redactor.of(SECRET, "opencode")
    header = base64.b64encode(f"opencode:{SECRET}".encode()).decode()
    for form in (SECRET, SECRET.replace('"', '\\"'), "p4ss-W0rd_with%22quote", header):
        assert redact(f"a {form} b") == f"a {MARK} b"


def test_its_repr_shows_nothing() -> None:
    assert "p4ss" not in repr(Redactor.of(SECRET))


def test_a_configuration_is_shown_without_its_keys_wherever_they_stand() -> None:
    shown = masked(
        {
            "provider": {"p": {"options": {"baseURL": "https://ada:p4ss@host/v1?api_key=q1&a=1",
                                           "apiKey": "k1", "headers": {"X-Mine": "h1"}}}},
            "mcp": {"m": {"command": ["serve", "--token", "t1", "--api-key=t2", "--port", "80"],
                          "environment": {"PGUSER": "e1"}}},
            "credentials": {"value": "c1", "more": ["c2"]},
            "permission": {"read": {"*.key": "ask"}},
            "username": "ada",
        }
    )  # fmt: skip
    assert shown == {
        "provider": {"p": {"options": {"baseURL": f"https://{MASK}@host/v1?api_key={MASK}&a=1",
                                       "apiKey": MASK, "headers": {"X-Mine": MASK}}}},
        "mcp": {"m": {"command": ["serve", "--token", MASK, f"--api-key={MASK}", "--port", "80"],
                      "environment": {"PGUSER": MASK}}},
        "credentials": {"value": MASK, "more": [MASK]},
        "permission": {"read": {"*.key": "ask"}},
        "username": "ada",
    }  # fmt: skip


def test_no_password_removes_nothing() -> None:
    assert Redactor.of(None)("text") == "text"
    assert Redactor.of("ab")("cab") == "cab"


@given(st.text(max_size=30), st.integers(6, len(SECRET) - 1))
def test_the_beginning_of_a_secret_is_held_back(before: str, size: int) -> None:
    redact = Redactor.of(SECRET)
    assert redact.settled(before + SECRET[:size]).startswith(before[: len(before) - size])
    assert SECRET[:size] not in redact.settled(before + SECRET[:size])[len(before) :]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_a_secret_in_pieces_is_never_shown(sizes: list[int]) -> None:
    redact = Redactor.of(SECRET)
    text, at = "", 0
    while at < len(SECRET):
        size = sizes[at % len(sizes)]
        text = redact(text + SECRET[at : at + size])
        at += size
        assert SECRET[:6] not in redact.settled(text)
