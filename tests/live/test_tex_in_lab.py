"""In a real JupyterLab: nothing of an agent's text is typeset, and the static form is readable."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import OpenNotebook

TEX = r"""
import re
from IPython.display import HTML, Markdown, display
from opencode_magic.render.html import block_html
from opencode_magic.render.blocks import Markdown as Text, Plain
from opencode_magic.render.remarkdown import harmless, words

source = r'''Hi $\alpha+1$ and $$x^2$$ and \\(y\\) and \\[z\\] and &#36;x&#36; and `$u$`

\begin{equation}x\end{equation}

> - $v$'''
ours = block_html(Text(source)) + block_html(Plain(source))
display(HTML("<p>$a_1$</p>"))
display(HTML(ours))
display(HTML(re.sub(' class="[^"]*"', "", ours)))  # where a sanitiser takes the classes away
display(Markdown(harmless(source) + "\n\n" + words(source)))
"""


def test_tex_of_an_agent_is_not_typeset(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([TEX])
    notebook.run(0)
    notebook.wait_done(0)
    outputs = notebook.output(0).locator(".jp-OutputArea-output.jp-RenderedHTMLCommon")
    expect(outputs).to_have_count(4)
    expect(outputs.nth(0).locator("mjx-container")).to_have_count(1)
    for n in (1, 2, 3):
        expect(outputs.nth(n).locator("mjx-container")).to_have_count(0)
        assert "$" in outputs.nth(n).inner_text()
