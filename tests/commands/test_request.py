"""What a prompt means."""

from __future__ import annotations

import pytest

from opencode_magic.commands.request import Request, read


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("explain a.py", Request("text", "explain a.py")),
        ("/show 2", Request("command", "2", "show")),
        ("/help", Request("command", "", "help")),
        ("/my-command a  b", Request("command", "a  b", "my-command")),
        ("/a/b is a path", Request("text", "/a/b is a path")),
        ("/etc/passwd", Request("text", "/etc/passwd")),
        ("/", Request("text", "/")),
        ("/1", Request("text", "/1")),
        ("!ls -l", Request("shell", "ls -l")),
        ("!", Request("text", "!")),
        ("\\/show me", Request("text", "/show me")),
        ("\\!important", Request("text", "!important")),
        ("\\n is a newline", Request("text", "\\n is a newline")),
        ("  indented\n  text\n", Request("text", "  indented\n  text\n")),
    ],
)
def test_a_prompt_is_read(prompt: str, said: Request) -> None:
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
