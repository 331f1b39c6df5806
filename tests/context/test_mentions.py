"""Where a prompt mentions something, what that attaches, and that others stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.mentions import expressions, mentions
from opencode_magic.context.notebook import Failed, Notebook
from opencode_magic.disk.folder import Folder
from opencode_magic.errors import InputError
from opencode_magic.model.sessions import KEY
from tests.context.sent import sent


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "a.py").write_text("".join(f"line {n}\n" for n in range(1, 13)))
    (project / "my data.csv").write_text("a,b\n1,2\n")
    (project / "src" / "x.py").write_text("x = 1\n")
    (project / ".env").write_text("DEBUG=1\nSERVICE_TOKEN=quite-a-secret-9\n")
    (project / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)
    (tmp_path / "outside.txt").write_text("outside")
    (project / "link.txt").symlink_to(tmp_path / "outside.txt")
    return Folder(project)


def reach(folder: Folder | None = None, **more: Any) -> Mentionable:
    names = {"df": [1, 2], "general": 5, "text": "words", "In": [], "API_KEY": "zzzz-zzzz"}
    names |= more.pop("names", {})
    notebook = Notebook(
        names, {"In": names["In"]}, ["", "x = 1", "y = 2"], {2: {"a": 1}}, **more.pop("tells", {})
    )
    return Mentionable(notebook, folder, more.pop("agents", ["general", "explore"]), **more)


def lines(text: str, there: Mentionable) -> list[str]:
    """What a reader is told of each part."""
    parts = sent(attach(text, there))
    return [p["metadata"][KEY]["attached"] if "metadata" in p else p["type"] for p in parts]


@given(st.text())
def test_a_prompt_without_mentions_stays_byte_for_byte(text: str) -> None:
    text = text.replace("@", "")
    found = attach(text, reach())
    assert (found.text, sent(found), found.note) == (text, [], "")


@settings(deadline=None)  # the first example loads what describes values
@given(st.lists(st.sampled_from(
    ["@", "`", "```", "\n", " ", "df", "@df", "@nothing", "{", "}", "@{", "a@b.c", "def f():",
     "#L1", "@app.route('/')", "~~~", "é", "\\", "\t", "@@", "@ "]
)))  # fmt: skip
def test_words_stay_byte_for_byte_whatever_is_attached(pieces: list[str]) -> None:
    text = "".join(pieces)
    if not list(expressions(text)):
        assert attach(text, reach()).text == text


@pytest.mark.parametrize(
    "text",
    [
        "mail me@df.org",
        "@nothing at all",
        "`@df` and ``x @df``",
        "```\n@df\n```",
        "~~~python\n @df",
        "@df\ndef f(): ...",
        "  @df\n  @other\n  class A: ...",
        "@df(1)\ndef f(): ...",
        "@df.thing and @df/thing",
        "x@{1}",
        "@",
        "@ df",
        "@In",
    ],
)
def test_what_names_nothing_or_is_code_is_left_alone(text: str) -> None:
    found = attach(text, reach())
    assert (found.text, sent(found)) == (text, [])


@pytest.mark.parametrize(
    "text", ["@df", "see @df.", "what is @df's mean?", "a\n@df\nb", "(x) @df)"]
)
def test_a_variable_is_attached_once_and_told(text: str) -> None:
    found = attach(f"{text} @df", reach())
    (part,) = sent(found)
    assert found.text == f"{text} @df"
    assert part["synthetic"] is True
    assert part["metadata"][KEY]["attached"].startswith("df: list of 2, ")
    assert "list of 2" in part["text"]


def test_a_variable_comes_before_a_file_and_that_before_an_agent(folder: Folder) -> None:
    there = reach(folder, names={"src": 1}, agents=["general", "explore", "a.py", "src"])
    assert lines("@src", there)[0].startswith("src: int")
    assert lines("@general", there)[0].startswith("general: int")
    assert lines("@a.py", there) == ["file"]
    (agent,) = sent(attach("ask @explore, please", there))
    assert agent == {
        "type": "agent",
        "name": "explore",
        "source": {"value": "@explore", "start": 4, "end": 12},
    }


def test_files_folders_and_ranges_go_as_the_servers_own_client_sends_them(folder: Folder) -> None:
    text = 'see @a.py#L3-5, @src/ and @"my data.csv".'
    code, source, data = sent(attach(text, reach(folder)))
    url = (folder.path / "a.py").as_uri()
    assert code["url"] == f"{url}?start=3&end=5"
    assert (code["mime"], code["filename"]) == ("text/plain", "a.py")
    place = code["source"]["text"]
    assert text[place["start"] : place["end"]] == place["value"] == "@a.py#L3-5,"[:-1]
    assert source["mime"] == "application/x-directory"
    assert data["url"].endswith("/my%20data.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@a.py#L20-30", "@a.py has 12 lines: there is no line 20"),
        ("@src#L1", "is a folder and has no lines"),
        ("@link.txt", "@link.txt is not attached: it is, or lies behind, a symbolic link"),
        ("@../outside.txt", "it lies outside the project folder"),
        ("@{1/0}", "@{1/0}: ZeroDivisionError: division by zero; nothing was sent"),
        ("@{nope}", "NameError"),
        ("@{a b}", "SyntaxError"),
        ("@error", "no cell has failed"),
        ("@fig", "no figure"),
        ("@In[9]", "no @In[9]: the cells run so far go up to In[2]"),
        ("@Out[9]", "no @Out[9]: cells with a value are 2"),
    ],
)
def test_what_cannot_be_attached_is_one_line(folder: Folder, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        attach(f"look at {text}", reach(folder))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_with_a_secret_goes_without_it_and_says_so(folder: Folder) -> None:
    (part,) = sent(attach("@.env", reach(folder)))
    assert part["type"] == "text"
    assert "quite-a-secret-9" not in str(part)
    assert "DEBUG=1" in part["text"]
    assert "1 secret left out (SERVICE_TOKEN)" in part["metadata"][KEY]["attached"]
    (part,) = sent(attach("@.env", reach(folder, allow_secrets=("service_token",))))
    assert part["type"] == "file"


def test_an_image_goes_only_where_the_model_takes_images(folder: Folder) -> None:
    (part,) = sent(attach("@dot.png", reach(folder)))
    assert (part["type"], part["mime"]) == ("file", "image/png")
    (line,) = lines("@dot.png", reach(folder, images=False, model="a/b"))
    assert "not attached: a/b takes no images" in line


def test_an_expression_is_its_value_in_place_and_mentions_nothing() -> None:
    found = attach("@{df + [3]} and @{text}: {@{ {'a': 1}['a'] }} @df @{'@text'}", reach())
    assert found.text == "[1, 2, 3] and words: {1} @df @text"
    assert len(sent(found)) == 1
    found = attach("@{API_KEY}", reach())
    assert "zzzz" not in found.text
    assert found.note == "@{…}: 1 secret left out (API_KEY)"


def test_an_agents_place_is_that_in_the_text_with_its_values() -> None:
    found = attach("@{'a' * 50} @explore", reach())
    place = sent(found)[0]["source"]
    assert found.text[place["start"] : place["end"]] == "@explore"


def test_cells_values_and_the_last_error() -> None:
    def failed() -> Failed:
        try:
            dict[str, str]()["gone"]
        except KeyError as error:
            return Failed(error, 2, "y = {}['gone']")
        raise AssertionError

    there = reach(tells={"failed": failed})
    error, cell, value, cells = sent(attach("@error @In[1] @Out[2] @cells", there))
    assert "KeyError: 'gone'" in error["text"]
    assert "cell In[2] that raised it" in error["text"]
    assert "x = 1" in cell["text"]
    assert "'a': 1" in value["text"]
    assert cells["text"].index("In[1]") < cells["text"].index("In[2]")


def test_many_backticks_and_ats_are_read_in_no_time() -> None:
    assert len(list(mentions("` @x " * 20_000))) <= 20_000
