"""JSON with comments."""

from __future__ import annotations

import pytest

from opencode_magic.text import jsonc


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": 1, // one\n "b": [2, 3,], /* two */ }', {"a": 1, "b": [2, 3]}),
        ('{"url": "http://x//y", "c": "/* no */", "q": "\\"//"}',
         {"url": "http://x//y", "c": "/* no */", "q": '"//'}),
        ('{"a": 1, // last\n /* really */ }', {"a": 1}),
        ('\ufeff{"a": ",}"}', {"a": ",}"}),
    ],
)  # fmt: skip
def test_comments_and_trailing_commas_are_read_and_strings_left_alone(
    text: str, value: object
) -> None:
    assert jsonc.loads(text) == value


@pytest.mark.parametrize("text", ["{", "", "{'a': 1}", "[" * 100_000])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        jsonc.loads(text)
