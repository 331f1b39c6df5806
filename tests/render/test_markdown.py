"""Agent Markdown becomes HTML a reader may trust."""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.render.markdown import (
    LANGUAGES,
    escape,
    escape_code,
    highlight,
    safe_url,
    to_html,
)


def body(source: str) -> str:
    return to_html(source).partition(">")[2].removesuffix("</div>").strip()


def code(text: str) -> str:
    pre = f'<pre class="highlight"><code>{text}</code></pre>'
    return f'<div class="jp-RenderedHTMLCommon"><div>{pre}\n</div></div>'


@pytest.mark.parametrize(
    ("source", "markup"),
    [
        ("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>"),
        ("# Big", "<h3>Big</h3>"),
        ("###### Small", "<h6>Small</h6>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("costs $5", "<p>costs <span>$</span>5</p>"),
        ("`$x$`", "<p><code>$x$</code></p>"),
        ("a\u202eb", "<p>a<span>\\</span>u202eb</p>"),
        ("```\na\x1bb\n```", code("a\\u001bb\n")),
        ("```nosuch\n<a>\n```", code("&lt;a&gt;\n")),
        ("[x](src/a.py)", "<p>x (src/a.py)</p>"),
        ("[a.py](a.py)", "<p>a.py</p>"),
        ("[x](https://u:p@a.test/)", "<p>x (https://u:p@a.test/)</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ],
)
def test_markdown_becomes_html(source: str, markup: str) -> None:
    assert body(source) == markup


def test_a_link_leads_where_it_says() -> None:
    rel = 'rel="noopener noreferrer nofollow"'
    assert body("[x](https://a.test/)") == f'<p><a href="https://a.test/" {rel}>x</a></p>'
    assert "</a> (evil.test)" in body("[bank.test](https://evil.test/)")
    assert body("<https://a.test/>").endswith(">https://a.test/</a></p>")


def test_an_image_is_a_link_that_shows_its_address() -> None:
    markup = body("![a plot](https://a.test/p.png)")
    assert "<img" not in markup
    assert ">image: a plot (https://a.test/p.png)</a>" in markup


def test_code_is_highlighted_by_language() -> None:
    assert '<span class="kn">import</span>' in body("```python\nimport os\n```")
    assert '<span class="kn">import</span>' in body("```py title=a.py\nimport os\n```")
    assert highlight("import os", "cobol") == "import os"


@settings(deadline=None)
@given(st.sampled_from(sorted(LANGUAGES)), st.text(st.sampled_from("$ >ab=1\"'\n\t#:{}@+-\\é")))
def test_highlighting_leaves_nothing_out(language: str, text: str) -> None:
    assert html.unescape(re.sub("<[^>]*>", "", highlight(text, language))) == text


def test_a_long_line_of_code_is_not_highlighted() -> None:
    assert "<span" not in highlight("x = 1 + " * 500, "python")


def test_table_cells_keep_their_alignment() -> None:
    assert '<td align="right">1</td>' in body("|a|\n|-:|\n|1|")


def test_text_nested_too_deep_is_shown_as_it_was_written() -> None:
    markup = to_html("> " * 200 + "hello")
    assert "<pre>" in markup
    assert "hello" in markup


def test_a_very_long_answer_is_rendered_chunk_by_chunk() -> None:
    markup = to_html("Some **words**.\n\n" * 20_000)
    assert markup.count("<strong>words</strong>") == 20_000


def test_joiners_stay_where_a_script_needs_them() -> None:
    family, persian = (
        "\U0001f468\u200d\U0001f469",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    )
    assert escape(f"{family} {persian}") == f"{family} {persian}"
    assert escape_code("pass\u200dword") == "pass\\u200dword"
    assert escape_code("a\ufe0fb") == "a\\ufe0fb"
    assert escape_code("\u2764\ufe0f") == "\u2764\ufe0f"


def test_words_are_escaped_and_never_typeset() -> None:
    assert escape("<$x\\(>") == "&lt;<span>$</span>x<span>\\</span>(&gt;"
    assert escape_code('<a href="$">') == "&lt;a href=&quot;$&quot;&gt;"
    assert escape("a\r\nb\rc") == "a\nb\nc"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.test", "https://a.test"),
        ("http://a.test:8080/x?y#z", "http://a.test:8080/x?y#z"),
        ("mailto:a@b.test", "mailto:a@b.test"),
        ("https://a.test/@user", "https://a.test/@user"),
        ("https://a.test/?u=//b@c", "https://a.test/?u=//b%40c"),
        ("https://a@b.test", None),
        ("https:a.test", None),
        ("//a.test", None),
        ("/lab", None),
        ("#x", None),
        ("javascript:x", None),
        ("data:text/html,x", None),
        ("file:///etc", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_only_absolute_web_and_mail_addresses_are_links(url: str, safe: str | None) -> None:
    assert safe_url(url) == safe


N = 100_000
PATHOLOGICAL = {
    "nested emphasis": "*a **a " * (N // 14) + "b" + " a** a*" * (N // 14),
    "openers of links": "[a" * (N // 2),
    "nested brackets": "[" * (N // 2) + "a" + "]" * (N // 2),
    "unclosed links": "[a](<b" * (N // 6),
    "nested quotes": "> " * (N // 2) + "a",
    "nested lists": "".join("  " * i + "* a\n" for i in range(300)),
    "growing backticks": "".join("e" + "`" * i for i in range(440)),
    "images": "![[]()" * (N // 6),
    "a wide table": "|" + "a|" * (N // 8) + "\n|" + "-|" * (N // 8) + "\n",
    "a long table": "|a|b|\n|-|-|\n" + "|x|y|\n" * (N // 6),
    "unclosed cdata": "<![CDATA[" * (N // 9),
    "headings": "a\n=\n" * (N // 4),
    "one fence of Python": "```py\n" + "print(1)\n" * (N // 9),
    "one fence of brackets": "```py\n" + "(" * N,
    "one fence of quotes": "```js\n" + "`${" * (N // 3),
    "one fence of blank lines in C": "```c\n" + "\n" * 29_000,
    "one fence of words in Java": "```java\n" + ("a " * 450 + "\n") * 32,
    "references": "".join(f"[{i}]: u\n" for i in range(9_000)) + "[0] " * 2_000,
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_hostile_markdown_takes_no_long_time(name: str) -> None:
    began = time.perf_counter()
    to_html(PATHOLOGICAL[name])
    assert time.perf_counter() - began < 10
