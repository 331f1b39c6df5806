"""What is looked at before a turn begins."""

from __future__ import annotations

import pytest

from opencode_magic.errors import InputError
from opencode_magic.turns.checks import check_prompt


@pytest.mark.parametrize(("text", "said"), [("", "no prompt"), ("x" * 5_000_000, "5.0 million")])
def test_what_cannot_be_a_prompt_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_prompt(text)
