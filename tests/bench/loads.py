"""What the model says while it is measured: numbered tokens, plain or in Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from opencode_magic.demo.script import Action, Say, StreamTokens

_SECTION = """\
### Step {}

First **{} {}** and _{}_ then `{}` because {} {} {} {} {} {}, see [{}](https://example.org/{}).

- {} {} {} {}
- {} {} `{}` {}

```python
def {}({}: int, {}: str = "{}") -> None:
    for {} in range({}):  # {} {}
        print(f"{{{}}} {}", {})
```

"""


@dataclass(frozen=True)
class Load:
    """An answer of so many tokens; `per_second` 0 is as fast as the model can."""

    tokens: int
    per_second: int = 0
    markdown: bool = False

    @property
    def name(self) -> str:
        pace = f"{self.per_second:,}/s" if self.per_second else "at once"
        return f"{self.amount}, {pace}"

    @property
    def amount(self) -> str:
        return f"{self.tokens:,} tokens{' of Markdown' if self.markdown else ''}"

    @property
    def action(self) -> Action:
        """What the model plays."""
        if not self.markdown:
            return StreamTokens(self.tokens, per_second=self.per_second)
        text = markdown(self.tokens)
        size = len(text) // self.tokens
        return Say(text, size=size, delay_s=1 / self.per_second if self.per_second else 0)


def markdown(tokens: int) -> str:
    """An answer with headings, lists and code that holds each of t0, t1 ... once."""
    numbers = iter(range(tokens))
    places = _SECTION.replace("{{", "").replace("}}", "").count("{}")
    sections = []
    while taken := [f"t{number}" for number in islice(numbers, places)]:
        sections.append(_SECTION.format(*taken, *["pass"] * (places - len(taken))))
    return "".join(sections)
