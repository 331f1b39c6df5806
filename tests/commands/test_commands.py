"""What holds for every command: help, usage, and one line to what cannot be used."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest

from opencode_magic import OpenCode
from opencode_magic.commands import KEYWORD, Command, commands
from opencode_magic.errors import InputError
from opencode_magic.render.table import Table

COMMANDS = commands()


class Nowhere:
    """An application without a server: whoever needs it was not stopped by the parser."""

    link = None

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was used before the words were checked")


@pytest.fixture(params=list(COMMANDS.values()), ids=list(COMMANDS))
def each(request: pytest.FixtureRequest) -> Command:
    command: Command = request.param
    return command


def words_for(each: Command) -> list[str]:
    """A word for each place, as far as words go."""
    places = [p for p in each.parameters if p.kind is not KEYWORD]
    chosen = {"method": "GET", "number": "1", "turn": "1"}
    return [chosen.get(p.name, "word") for p in places]


def test_it_says_what_it_does_and_how_it_is_written(each: Command) -> None:
    assert each.summary.endswith((".", ":", ";")) or each.summary
    assert each.usage.startswith(f"/{each.name}")
    assert all(p.name.upper().replace("_", "-") in each.usage.upper() for p in each.parameters
               if p.kind is KEYWORD)  # fmt: skip


def test_help_explains_it_without_a_server(each: Command) -> None:
    shown = COMMANDS["help"].run(Nowhere(), each.name)  # type: ignore[arg-type]
    assert isinstance(shown, Table)
    assert shown.title == each.usage
    assert each.summary in repr(shown).replace("\n", " ") or len(each.summary) > 90
    assert each.summary.split()[0] in shown._repr_mimebundle_()["text/html"]


def test_an_unknown_option_is_one_line(each: Command) -> None:
    with pytest.raises(InputError, match=r"has no option --no-such-option; usage: /") as caught:
        each.run(Nowhere(), "--no-such-option")  # type: ignore[arg-type]
    assert "\n" not in caught.value.message


def test_too_many_words_are_one_line_or_belong_to_the_last_place(each: Command) -> None:
    words = words_for(each)
    if words:  # the last place takes the rest of the line
        return
    with pytest.raises(InputError, match="is too much; usage: /"):
        each.run(Nowhere(), "a word")  # type: ignore[arg-type]


def test_what_it_needs_is_named(each: Command) -> None:
    needed = [p for p in each.parameters if p.default is p.empty and p.kind is not KEYWORD]
    if needed:
        with pytest.raises(InputError, match=f"/{each.name} needs {needed[0].name}; usage"):
            each.run(Nowhere(), "")  # type: ignore[arg-type]


def test_the_calls_it_stands_for_are_there(each: Command) -> None:
    with OpenCode("http://127.0.0.1:1") as client:
        client.speak("")
        for call in each.calls:
            assert callable(attrgetter(call)(client)), call


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("messages", "ten", "number is a number, not 'ten'"),
        ("diff", "last", "turn is a number, not 'last'"),
        ("sessions", "--limit many", "limit is a number"),
        ("log", "--level loud x", "level is one of debug, info, warn, error, not 'loud'"),
        ("api", "FETCH /x", "method is one of GET, POST"),
        ("api", "get x", "a path begins with one /"),
        ("api", "GET //elsewhere.org/x", "a path begins with one /"),
        ("api", "GET /x {}", "a GET has no body"),
        ("api", "POST /x {", "the body is not JSON"),
        ("api", "GET /event", "never ends; `/events` shows it"),
        ("events", "--seconds -1", "are 1 or more"),
        ("serve", "--port 70000", "70000 is no port"),
        ("serve", "--port http", "port is a number"),
        ("serve", "--cors example.org", "is not an origin"),
        ("serve", "--hostname a;b", "is not a hostname"),
        ("serve", "--mdns-domain x.local", "goes with --mdns"),
        ("serve", "--mdns --hostname 127.0.0.1", "--hostname 0.0.0.0 lets it in"),
        ("serve", "--username a:b$", "is not a user name"),
    ],
)
def test_what_cannot_be_used_is_said_before_a_server_is_asked(
    name: str, text: str, words: str
) -> None:
    app: Any = Nowhere()
    with pytest.raises(InputError) as caught:
        COMMANDS[name].run(app, text)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "text", "words", "options"),
    [
        ("mcp", "add x npx -y srv --stdio", ["add", "x", "npx -y srv --stdio"], {}),
        ("mcp", "add x srv --code 7", ["add", "x", "srv --code 7"], {}),
        ("mcp", "auth x --code 7", ["auth", "x"], {"code": "7"}),
        ("mcp", "auth 'a b' c", ["auth", "a b", "c"], {}),
        ("mcp", "auth it's 1", ["auth", "it's", "1"], {}),
        ("mcp", "auth 'open 1", ["auth", "'open", "1"], {}),
        ("mcp", "auth '--' '--code' 1", ["auth", "--", "'--code' 1"], {}),
        ("auth", "--input 'b=2 3' x --input a=1", ["x"], {"input": ("b=2 3", "a=1")}),
        ("auth", "--input a=1 x --input b=2", ["x"], {"input": ("a=1", "b=2")}),
        ("find", "-- --context 3", ["--context 3"], {}),
        ("find", "--context 3 -- -x  y", ["-x  y"], {"context": "3"}),
        ("find", "a  b --context 3", ["a  b"], {"context": "3"}),
        ("cat", "-- --x 3", ["--x 3"], {}),
    ],
)
def test_words_are_taken_as_they_are_written(
    name: str, text: str, words: list[str], options: dict[str, str]
) -> None:
    assert COMMANDS[name]._parse(text) == (words, options)


def taken(text: str, of: str = "mcp") -> tuple[list[str], dict[str, Any]]:
    """The words and options a command finds in what stands behind its name."""
    return COMMANDS[of]._parse(text)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("add x npx -y srv --stdio", "npx -y srv --stdio"),
        ("add x npx  two\tspaces --port 5 --flag=1", "npx  two\tspaces --port 5 --flag=1"),
        ("add x npx -- srv --code 5", "npx -- srv --code 5"),
        ("add x -- npx srv --code 5", "npx srv --code 5"),
        ("-- add x --code", "--code"),
        ("add x -- -- --code", "-- --code"),
        ("add\nx\n  one\n  two", "one\n  two"),
        ('add x don\'t "quote" \\ $x {y}', 'don\'t "quote" \\ $x {y}'),
    ],
)
def test_the_last_argument_is_as_written(text: str, last: str) -> None:
    assert taken(text) == (["add", "x", last], {})


@pytest.mark.parametrize(
    ("text", "last", "options"),
    [
        ("foo --context 3", "foo", {"context": "3"}),
        ("foo --context=3", "foo", {"context": "3"}),
        ("--context 3 foo  --bar", "foo  --bar", {"context": "3"}),
        ("--context\n3\nfoo", "foo", {"context": "3"}),
        ("foo --nope --context 3", "foo --nope", {"context": "3"}),
        ("foo --context 3 bar", "foo --context 3 bar", {}),
        ("--context 3 -- foo --context 4", "foo --context 4", {"context": "3"}),
        ("-- --context", "--context", {}),
        ("-- --help", "--help", {}),
    ],
)
def test_options_stand_before_the_last_argument_or_at_the_end(
    text: str, last: str, options: dict[str, str]
) -> None:
    assert taken(text, "find") == ([last], options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("--contxt 3 foo", r"has no option --contxt; .* \(text that begins so stands behind --\)"),
        ("--context", r"--context needs a value; usage"),
        ("foo --context", r"--context needs a value; .* \(as text it stands behind --\)"),
        ("--", r"/find needs pattern"),
    ],
)
def test_an_option_that_cannot_be_one_is_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        taken(text, "find")


def test_help_says_where_options_stand() -> None:
    app: Any = Nowhere()
    assert "Options stand before PATTERN or at the end" in repr(COMMANDS["help"].run(app, "find"))
    assert "Options stand before COMMAND; `--` ends them" in repr(COMMANDS["help"].run(app, "mcp"))
    assert "Options stand" not in repr(COMMANDS["help"].run(app, "undo"))  # no words
    assert "Options stand" not in repr(COMMANDS["help"].run(app, "use"))  # no options
