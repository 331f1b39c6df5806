"""What a prompt means."""

from __future__ import annotations

import pytest

from opencode_magic.commands.grammar import Said, read


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("explain a.py", Said("text", "explain a.py")),
        ("/show 2", Said("command", "2", "show")),
        ("/help", Said("command", "", "help")),
        ("/my-command a  b", Said("command", "a  b", "my-command")),
        ("/a/b is a path", Said("text", "/a/b is a path")),
        ("/etc/passwd", Said("text", "/etc/passwd")),
        ("/", Said("text", "/")),
        ("/1", Said("text", "/1")),
        ("!ls -l", Said("shell", "ls -l")),
        ("!", Said("text", "!")),
        ("\\/show me", Said("text", "/show me")),
        ("\\!important", Said("text", "!important")),
        ("\\n is a newline", Said("text", "\\n is a newline")),
        ("  indented\n  text\n", Said("text", "  indented\n  text\n")),
    ],
)
def test_a_prompt_is_read(prompt: str, said: Said) -> None:
    assert read(prompt) == said


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, {}]}',
        "$x and ${y}",
        "100 % of %s",
        "$$\\int_0^1 x$$",
        "f'{a!r}'",
        "tab\there\n\n",
    ],
)
def test_text_survives_to_the_byte(text: str) -> None:
    assert read(text).text == text
