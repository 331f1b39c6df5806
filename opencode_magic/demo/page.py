"""An executed notebook as one page that needs nothing from elsewhere and runs nothing."""

from __future__ import annotations

import html
from typing import Any

from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

# Outputs are sanitised where they are made; with this a browser would not run anything anyway.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE = """
:root { color-scheme: light; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5;
       font-family: system-ui, sans-serif; color: #1c1c1c; background: #fff; }
.prompt, .anchor-link { display: none; }
.input_area { background: #f6f6f4; border-left: 3px solid #b8c4d0; padding: 0.1rem 0.8rem; }
.input_area pre, .output pre { font: 0.85rem/1.45 ui-monospace, monospace; margin: 0.5rem 0; }
.output pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.cell { margin: 1rem 0; }
.output table { border: 0; border-collapse: collapse; }
.output th, .output td { border: 0; padding: 0.15rem 0.6rem; }
.output .dataframe td { text-align: right; }
.output { padding: 0.2rem 0 0.2rem 0.8rem; overflow-x: auto; }
"""


def to_html(notebook: Any, title: str = "opencode_magic") -> str:
    """Return the whole page of an executed notebook."""
    exporter = HTMLExporter(template_name="basic")  # type: ignore[no-untyped-call]  # has none
    body, _ = exporter.from_notebook_node(notebook)
    code = HtmlFormatter(style="default").get_style_defs(".highlight")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}{code}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
