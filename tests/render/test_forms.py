"""Blocks as static HTML, Markdown and text."""

from __future__ import annotations

import pytest

from opencode_magic.render.blocks import (
    Block,
    ChangedFiles,
    Check,
    Checklist,
    Code,
    Diff,
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
)
from opencode_magic.render.html import block_html, document_html
from opencode_magic.render.remarkdown import harmless
from opencode_magic.render.text import document_markdown, document_text

PATCH = "@@ -1 +1 @@\n-a\n+b"

FORMS: list[tuple[Block, str, str, str]] = [
    (Markdown("**a**"), "<strong>a</strong>", "**a**", "**a**"),
    (Plain("a\n*b*"), '<p class="ocm-plain">a<br>*b*</p>', "a  \n\\*b\\*", "a\n*b*"),
    (
        Code("x = 1", "python"),
        '<span class="o">=</span>',
        "```python\nx = 1\n```",
        "x = 1",
    ),
    (
        Code("ok \x1b[1;31mno\x1b[m\n\rthis\rthat", "ansi"),
        'ok <span class="ansi-red-fg s"><strong>no</strong></span>\nthat</code></pre>',
        "```\nok no\nthat\n```",
        "ok no\nthat",
    ),
    (
        Checklist((Check("✓", "a <b>", "done"), Check("○", "c")), "Which?"),
        '</span> a &lt;b&gt; <span class="ocm-state">(done)</span></div><div class="ocm-check">',
        "Which?\n\n- ✓ a &lt;b&gt; (done)\n- ○ c",
        "Which?\n  ✓ a <b> (done)\n  ○ c",
    ),
    (
        Row("Answer", body=(Plain("x"),), open=True),
        ' open=""><summary>',
        "○ **Answer** (waiting)\n\n> x",
        "○ Answer (waiting)\n  x",
    ),
    (Notice("Look."), ">Look.</p>", "Look.", "Look."),
    (
        Notice("Run `a <b>`.", "error", quote="no `x`"),
        'Run <code>a &lt;b&gt;</code>.<br><code class="ocm-quote">no `x`</code>',
        "**Error:** Run `a <b>`.  \n`` no `x` ``",
        "Error: Run `a <b>`.\n  no `x`",
    ),
    (
        Notice("", "error", quote="no such file"),
        '<strong>Error: </strong><code class="ocm-quote">no such file</code>',
        "**Error:** `no such file`",
        "Error: no such file",
    ),
    (
        Fold("Thought", (Plain("hm"),), "reasoning"),
        '<details class="ocm-fold ocm-reasoning"><summary>Thought</summary>',
        "*Thought*\n\n> hm",
        "Thought\n  hm",
    ),
    (
        Row("Run", "ls", "completed", "exit code 1", 2, (Code("a"),)),
        '<span class="ocm-state">(done, exit code 1, 2.0 s)</span></summary>',
        "✓ **Run** `ls` (done, exit code 1, 2.0 s)\n\n> ```\n> a\n> ```",
        "✓ Run ls (done, exit code 1, 2.0 s)\n  a",
    ),
    (
        Row("Run", "ls", "rejected", answer="“not now”"),
        '<span class="ocm-state">(rejected: “not now”)</span>',
        "⊘ **Run** `ls` (rejected: “not now”)",
        "⊘ Run ls (rejected: “not now”)",
    ),
    (Row("Run", state="failed"), "(failed)", "✗ **Run** (failed)", "✗ Run (failed)"),
    (
        ChangedFiles((Diff(PATCH, "a.py", 1, 1),)),
        "<div>1 file changed</div>",
        "1 file changed:\n\n- `a.py` (+1 -1)",
        "1 file changed:\n  a.py (+1 -1)",
    ),
    (Header("p/m", "build", "s"), "p/m · build · s", "*p/m · build · s*", "p/m · build · s"),
    (
        Footer("Done", 1000, 2, 0.01, 65),
        "Done · 1,000 tokens in, 2 out",
        "*Done · 1,000 tokens in, 2 out · `$`0.0100 · 1 min 5 s*",
        "Done · 1,000 tokens in, 2 out · $0.0100 · 1 min 5 s",
    ),
]


@pytest.mark.parametrize(
    ("block", "html", "markdown", "text"), FORMS, ids=[type(form[0]).__name__ for form in FORMS]
)
def test_a_block_has_three_forms(block: Block, html: str, markdown: str, text: str) -> None:
    items = [Item("k", block)]
    assert html in block_html(block)
    assert html in document_html(items)
    assert document_markdown(items) == markdown + "\n"
    assert document_text(items) == text + "\n"


def test_children_stand_inside_their_row() -> None:
    items = [
        Item("a", Row("Delegate", "it")),
        Item("b", Row("Read", "x"), parent="a"),
        Item("c", Plain("after")),
    ]
    markup = document_html(items)
    assert markup.index("<details") < markup.index("Read") < markup.index("</details>")
    assert markup.index("</details>") < markup.index("after")
    assert document_text(items) == "○ Delegate it (waiting)\n\n  ○ Read x (waiting)\n\nafter\n"
    assert "\n> ○ **Read** `x` (waiting)\n" in document_markdown(items)


def test_a_child_whose_parent_is_unknown_is_still_shown() -> None:
    assert "lost" in document_html([Item("a", Plain("lost"), parent="nobody")])


@pytest.mark.timeout(20)
def test_items_without_a_key_stand_beside_each_other() -> None:
    markup = document_html([Item("", Plain("one")), Item("", Plain("two"))])
    assert markup.count("one") == markup.count("two") == 1


def test_text_shows_what_cannot_be_seen() -> None:
    shown = document_text([Item("a", Code("x\x1b[31m\u202e", exact=True))])
    assert shown == "x\\u001b[31m\\u202e\n"
    assert document_text([Item("a", Code("x\x1b[31m\u202e"))]) == "x\\u202e\n"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("a *b* **c** ~~d~~ `e`", "a *b* **c** ~~d~~ `e`"),
        ("# A\n\n- b\n- c\n\n1. d\n2. e", "### A\n\n- b\n- c\n\n1. d\n2. e"),
        ("> a\n\n---", "> a\n\n---"),
        ("```py\nx\n```", "```py\nx\n```"),
        ("|a|b|\n|-|-|\n|1|2|", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("|a|\n|-|\n|`x\\|y`|", "| a |\n| --- |\n| `x\\|y` |"),
        ("[x](https://a.test)", "[x](https://a.test)"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("[x](/lab)", "x (/lab)"),
        ("![x](https://a.test/)", "[image: x (https://a.test/)](https://a.test/)"),
        ("$x$", "`$`x`$`"),
        ("`` `a` ``", "`` `a` ``"),
        ("1\\. a", "1\\. a"),
        ("\\- a", "\\- a"),
    ],
)
def test_agent_markdown_is_written_anew(source: str, written: str) -> None:
    assert harmless(source) == written
