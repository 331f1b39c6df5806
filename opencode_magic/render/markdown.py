"""The only way from agent text to HTML.

markdown-it-py with raw HTML off, then Pygments, then an allow-list on the final HTML. Nothing that
comes out can load, run, navigate by itself, imitate our own controls, or be typeset as TeX.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import MutableMapping, Sequence
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import format as pygments_format
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class
from pygments.token import STANDARD_TYPES, Error, Name, Punctuation, Text, Whitespace, _TokenType
from pygments.util import ClassNotFound

from ..text.splitter import Splitter
from ..text.visible import one_line, visible

NO_TEX = "mathjax_ignore tex2jax_ignore"
"""Classes by which MathJax 3 (JupyterLab) and 2 (nbconvert) leave an element alone."""

SPACED = "jp-RenderedHTMLCommon"
"""JupyterLab's and nbconvert's class for HTML, whose last element has half a line below it.

It spaces the blocks of the static form evenly, which has no CSS of its own.
"""

MOST_AT_ONCE = 100_000  # characters; more is rendered chunk by chunk
MOST_IN_A_CHUNK = 200_000  # more without a break is shown as source
# Each may begin a link or a cell: 50,000 in one chunk take the parser a second.
MOST_BRACKETS = 5_000
MOST_BARS = 20_000
HIGHLIGHTED = 30_000  # characters of one code block
HIGHLIGHT_S = 0.3  # seconds for one block
HIGHLIGHTED_LINE = 1_000  # a longer line is data, and some lexers are slow on it
NESTING = 40

PYGMENTS_CLASSES = {name for name in STANDARD_TYPES.values() if name}
TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "code"),
    *("pre", "span", "blockquote", "a", "table", "thead", "tbody", "tr", "th", "td", "div"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"align"}, "td": {"align"}}
SCHEMES = {"http", "https", "mailto"}
allowed = partial(
    nh3.clean,
    url_schemes=SCHEMES,
    link_rel="noopener noreferrer nofollow",
    clean_content_tags={"script", "style"},
    strip_comments=True,
)
"""Return what is allowed of some HTML, given its tags, attributes and classes."""

# By name, from Pygments' own list alone: asking it for any other name loads installed plugins.
LANGUAGES = {
    "bash": "Bash", "sh": "Bash", "shell": "Bash", "zsh": "Bash", "c": "C", "h": "C",
    "console": "Bash Session", "shell-session": "Bash Session", "cpp": "C++", "c++": "C++",
    "csharp": "C#", "cs": "C#", "css": "CSS", "diff": "Diff", "patch": "Diff",
    "docker": "Docker", "dockerfile": "Docker", "go": "Go", "html": "HTML", "ini": "INI",
    "java": "Java", "javascript": "JavaScript", "js": "JavaScript", "jsx": "JavaScript",
    "mjs": "JavaScript", "json": "JSON", "jsonc": "JSON", "julia": "Julia", "kotlin": "Kotlin",
    "lua": "Lua", "makefile": "Makefile", "make": "Makefile", "php": "PHP", "perl": "Perl",
    "powershell": "PowerShell", "py": "Python", "python": "Python", "python3": "Python",
    "pycon": "Python console session", "pytb": "Python Traceback", "r": "S", "rb": "Ruby",
    "ruby": "Ruby", "rust": "Rust", "rs": "Rust", "scala": "Scala", "sql": "SQL",
    "swift": "Swift", "toml": "TOML", "ts": "TypeScript", "tsx": "TypeScript",
    "typescript": "TypeScript", "xml": "XML", "yaml": "YAML", "yml": "YAML",
}  # fmt: skip

# What a lexer cannot read is text and not a red error; the rest would be half of the spans, for
# little colour.
_UNMARKED = {Error, Name, Punctuation, Whitespace}

_formatter = HtmlFormatter(nowrap=True)


def to_html(source: str) -> str:
    """Return an agent's Markdown as HTML that is safe in any output."""
    body = "".join(map(_chunk, chunks(visible(source))))
    return f'<div class="{NO_TEX} {SPACED}">{body}</div>'


def chunks(text: str) -> list[str]:
    """Return the pieces in which Markdown is parsed: a short text whole."""
    if len(text) <= MOST_AT_ONCE:
        return [text]
    splitter = Splitter()
    return [*splitter.feed(text), splitter.tail]


def escape(text: str) -> str:
    """Return words of others as HTML text: nothing hidden, nothing to run or to typeset."""
    escaped = html.escape(visible(text))
    # MathJax finds math inside one text node only; a delimiter that stands alone opens none.
    return _TEX.sub(r"<span>\g<0></span>", escaped)


def escape_code(text: str) -> str:
    """Return words of others as HTML text for `pre` and `code`, where nothing is typeset."""
    return html.escape(visible(text))


def highlight(text: str, language: str = "") -> str:
    """Return code as HTML text with Pygments' spans, plain if the language is unknown."""
    shown = visible(text)
    tokens = coloured(shown, language)
    if tokens == [(Text, shown)]:
        return html.escape(shown)
    ended = shown.endswith("\n")
    # Made from text by Pygments' own escaping, and cleaned again by whoever puts it on a page.
    marked = str(pygments_format(tokens if ended else [*tokens, (Text, "\n")], _formatter))
    return marked if ended else marked.removesuffix("\n")


def coloured(text: str, language: str) -> list[tuple[_TokenType, str]]:
    """Return code as Pygments' tokens; as a single one if they are unknown, or take too long."""
    lexer = _lexer(language.strip().lower())
    if lexer is None or len(text) > HIGHLIGHTED:
        return [(Text, text)]
    if max(map(len, text.split("\n"))) > HIGHLIGHTED_LINE:
        return [(Text, text)]
    ended = text if text.endswith("\n") else text + "\n"
    tokens = _tokens(lexer, ended)
    if "".join(piece for _, piece in tokens) != ended:
        return [(Text, text)]  # out of time, or a lexer that drops what it cannot read
    if ended != text:
        kind, last = tokens.pop()
        tokens.append((kind, last.removesuffix("\n")))
    return tokens


def safe_url(url: str) -> str | None:
    """Return the URL if a reader may be sent there with a click, else None.

    Only absolute web and mail addresses: a relative one would lead into the Jupyter server itself.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return None if "//" in url else url
    if parts.scheme not in SCHEMES or not parts.hostname or "@" in parts.netloc:
        return None
    start = url.find(parts.netloc) + len(parts.netloc)
    # An address within an address may carry a user name too.
    return url[:start] + url[start:].replace("@", "%40") if "//" in url[start:] else url


_TEX = re.compile(r"[$\\]")


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    name = LANGUAGES.get(language)
    if name is None:
        return None
    try:
        found = find_lexer_class(name)
    except ClassNotFound:
        return None
    return found(stripnl=False) if found else None


def _tokens(lexer: Lexer, text: str) -> list[tuple[_TokenType, str]]:
    """Return the tokens that come in time: some lexers need a minute for 30 kB of newlines."""
    found = []
    until = time.thread_time() + HIGHLIGHT_S
    for kind, piece in lexer.get_tokens(text):
        found.append((Text if kind in _UNMARKED else kind, piece))
        if time.thread_time() > until:
            break
    return found


def parse(text: str) -> list[Token] | None:
    """Return the tokens of Markdown; None if the parser gives up or would drop something."""
    if len(text) > MOST_IN_A_CHUNK:
        return None
    if text.count("[") > MOST_BRACKETS or text.count("|") > MOST_BARS:
        return None
    try:
        tokens = _parser().parse(text)
    except (RecursionError, ValueError, IndexError):
        return None
    if any(token.nesting == 1 and token.level >= NESTING - 1 for token in tokens):
        return None  # what is nested deeper is not among them
    return tokens


def _chunk(text: str) -> str:
    tokens = parse(text)
    if tokens is None:
        return _spaced(f"<pre>{escape_code(text)}</pre>")
    parser = _parser()
    return clean(parser.renderer.render(tokens, parser.options, {}))


def clean(markup: str) -> str:
    """Apply the allow-list to final HTML: only tags, attributes, classes and schemes we know."""
    classes = {"div": {SPACED}, "span": PYGMENTS_CLASSES, "pre": {"highlight"}}
    return allowed(markup, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=classes)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False, "maxNesting": NESTING}
    return MarkdownIt("commonmark", options, renderer_cls=_Renderer).enable(
        ["table", "strikethrough"]
    )


class _Renderer(RendererHTML):
    """markdown-it's renderer, with our own rules for everything that carries text or a link."""

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return escape(tokens[idx].content)

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<code>{escape_code(tokens[idx].content)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return _spaced(code_html(tokens[idx].content))

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        language = tokens[idx].info.split(maxsplit=1)[:1]
        return _spaced(code_html(tokens[idx].content, language[0] if language else ""))

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Return a link that shows the image's address: loading it would tell that it was read."""
        url = str(tokens[idx].attrs.get("src", ""))
        words = escape(f"image: {tokens[idx].content}".strip())
        return _link(url, f"{words} ({escape(one_line(url))})")

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        url = safe_url(str(tokens[idx].attrs.get("href", "")))
        return f'<a href="{html.escape(url)}">' if url else ""

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        opening, label = _opening(tokens, idx)
        url = str(opening.attrs.get("href", ""))
        if not safe_url(url):
            return f" ({escape(one_line(url))})" if url != label else ""
        host = urlsplit(url).hostname or ""
        # A label that looks like an address must not hide another one.
        lies = bool(_ADDRESS.search(label)) and bool(host) and host not in label.lower()
        return f"</a> ({escape(host)})" if lies else "</a>"

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<{_heading(tokens[idx].tag)}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"</{_heading(tokens[idx].tag)}>\n"

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        known = align in ("left", "center", "right")
        return f'<{token.tag} align="{align}">' if known else f"<{token.tag}>"

    th_open = td_open


_ADDRESS = re.compile(r"://|\bwww\.|\b[\w-]+\.[a-z]{2,}\b(?!\()", re.IGNORECASE)


def code_html(text: str, language: str = "") -> str:
    """Return a block of code."""
    return f'<pre class="highlight"><code>{highlight(text, language)}</code></pre>\n'


def _spaced(markup: str) -> str:
    """Return a block with space below; not a direct child, which notebooks would indent."""
    return f'<div class="{SPACED}"><div>{markup}</div></div>'


def _link(url: str, words: str) -> str:
    target = safe_url(url)
    return f'<a href="{html.escape(target)}">{words}</a>' if target else words


def _opening(tokens: Sequence[Token], idx: int) -> tuple[Token, str]:
    """Return the `link_open` of the `link_close` at `idx`, and the text between them."""
    start = idx
    while start > 0 and tokens[start].type != "link_open":  # links do not nest
        start -= 1
    return tokens[start], "".join(t.content for t in tokens[start:idx])


def _heading(tag: str) -> str:
    """Return a heading two levels down: the notebook's own headings stay the biggest."""
    return f"h{min(6, int(tag[1:]) + 2)}"
