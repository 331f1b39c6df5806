"""A credential's name counts wherever it names the value; what has other names stays.

The secrets are plain words with digits: nothing but the name beside them tells what they are.
"""

from __future__ import annotations

import collections
import configparser
import dataclasses
import enum
import functools
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.credentials import Censor, is_secret_name
from opencode_magic.context.describing import describe
from opencode_magic.context.notebook import Failed, Notebook
from opencode_magic.disk.folder import Folder
from opencode_magic.kernel.queue import ToolAnswer
from opencode_magic.kernel.tools import Bench, use
from tests.context.sent import sent

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
xr = pytest.importorskip("xarray")
attrs = pytest.importorskip("attrs")
pydantic = pytest.importorskip("pydantic")
msgspec = pytest.importorskip("msgspec")
matplotlib_figure = pytest.importorskip("matplotlib.figure")
go = pytest.importorskip("plotly.graph_objects")

SECRET = "hunter77horse"
KEPT = "plainvalue31"
"""What stands beside, and is nobody's secret."""


class Pair(NamedTuple):
    name: str
    value: str


class Login(NamedTuple):
    user: str
    password: str


@dataclasses.dataclass
class Setting:
    key: str
    val: str


@attrs.define
class Account:
    user: str
    password: str


class Row(msgspec.Struct):  # type: ignore[misc, name-defined]
    user: str
    password: str


class Model(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    user: str
    api_key: str


class Key(enum.Enum):
    PASSWORD = 1


def slots(name: str, value: str) -> Any:
    kind = type("Slots", (), {"__slots__": (name,)})
    held = kind()
    setattr(held, name, value)
    return held


def parsed(name: str, value: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_dict({"db": {"user": KEPT, name: value}})
    return parser


def environment(name: str, value: str) -> Any:
    """As `os.environ` is made: its keys and values are kept as bytes."""
    encode: Any = os.fsencode
    decode: Any = os.fsdecode
    data = {encode(name): encode(value)}
    return os._Environ(data, encode, decode, encode, decode)  # type: ignore[attr-defined]


def records(name: str, value: str) -> Any:
    return np.array([(KEPT, value)], dtype=[("user", "U20"), (name, "U40")])


def indexed(name: str, value: str) -> Any:
    index = pd.MultiIndex.from_tuples([("db", "user"), ("db", name)], names=["part", "key"])
    return pd.DataFrame({"value": [KEPT, value]}, index=index)


Make = Callable[[str, str], Any]
SHAPES: dict[str, Make] = {
    # pandas
    "series": lambda n, x: pd.Series({"user": KEPT, n: x}),
    "series of objects": lambda n, x: pd.Series({"user": 1, n: x}, dtype=object),
    "named series": lambda n, x: pd.Series([x, x], name=n),
    "series with levels in its name": lambda n, x: pd.Series([x], name=("login", n)),
    "named index": lambda n, x: pd.Index([x], name=n),
    "series with levels": lambda n, x: pd.Series({("db", "user"): KEPT, ("db", n): x}),
    "series of categories": lambda n, x: pd.Series([KEPT, x], index=["user", n], dtype="category"),
    "categories as labels": lambda n, x: pd.Series(
        [KEPT, x], index=pd.CategoricalIndex(["user", n])
    ),
    "frame": lambda n, x: pd.DataFrame({"user": [KEPT], n: [x]}),
    "frame with levels": lambda n, x: pd.DataFrame(
        [[KEPT, x]], columns=pd.MultiIndex.from_tuples([("login", "user"), ("login", n)])
    ),
    "frame with the name above": lambda n, x: pd.DataFrame(
        [[KEPT, x]], columns=pd.MultiIndex.from_tuples([("login", "user"), (n, "old")])
    ),
    "transposed frame": lambda n, x: pd.DataFrame({"user": [KEPT], n: [x]}).T,
    "rows with levels": indexed,
    "melted frame": lambda n, x: pd.DataFrame({"id": [1], "user": [KEPT], n: [x]}).melt("id"),
    "pairs in columns": lambda n, x: pd.DataFrame({"name": ["user", n], "value": [KEPT, x]}),
    "two columns": lambda n, x: pd.DataFrame({"a": ["user", n], "b": [KEPT, x]}),
    "two columns without names": lambda n, x: pd.DataFrame([["user", KEPT], [n, x]]),
    "names in the first row": lambda n, x: pd.DataFrame([["user", n], [KEPT, x]]),
    "settings of places": lambda n, x: pd.DataFrame(
        {"section": ["db", "db"], "setting": ["user", n], "prod": [KEPT, x], "dev": [KEPT, x]}
    ),
    "reset index": lambda n, x: pd.DataFrame({"user": [KEPT], n: [x]}).T.reset_index(),
    "categories": lambda n, x: pd.DataFrame({n: pd.Categorical([x])}),
    "melted categories": lambda n, x: pd.DataFrame(
        {"variable": pd.Categorical(["user", n]), "value": pd.Categorical([KEPT, x])}
    ),
    "labels called so": lambda n, x: pd.DataFrame([[1, 2]], columns=pd.Index([x, "b"], name=n)),
    "frame of dicts": lambda n, x: pd.DataFrame({"login": [{"user": KEPT, n: x}]}),
    "wide head": lambda n, x: pd.DataFrame({**{f"c{i}": [i] for i in range(15)}, n: [x]}),
    # numpy
    "record array": records,
    "records": lambda n, x: records(n, x).view(np.recarray),
    "one record": lambda n, x: records(n, x)[0],
    "list of records": lambda n, x: list(records(n, x)),
    "nested fields": lambda n, x: np.array(
        [((KEPT, x),)], dtype=[("login", [("user", "U20"), (n, "U40")])]
    ),
    "record of bytes": lambda n, x: np.array([(x.encode(),)], dtype=[(n, "S40")]),
    "pairs in an array": lambda n, x: np.array([["user", KEPT], [n, x]]),
    "names in an array's first row": lambda n, x: np.array([["user", n], [KEPT, x]], dtype=object),
    # other tables
    "polars": lambda n, x: pl.DataFrame({"user": [KEPT], n: [x]}),
    "polars series": lambda n, x: pl.Series(n, [x]),
    "polars melted": lambda n, x: pl.DataFrame({"user": [KEPT], n: [x]}).unpivot(),
    "polars transposed": lambda n, x: pl.DataFrame({"user": [KEPT], n: [x]}).transpose(
        include_header=True
    ),
    "polars struct": lambda n, x: pl.DataFrame({"login": [{"user": KEPT, n: x}]}),
    "polars enum": lambda n, x: pl.DataFrame({n: pl.Series([x], dtype=pl.Enum([x, "b"]))}),
    "polars categories": lambda n, x: pl.DataFrame(
        {"key": ["user", n], "value": pl.Series([KEPT, x], dtype=pl.Enum([KEPT, x]))}
    ),
    "lazy with categories": lambda n, x: pl.LazyFrame({n: pl.Series([x], dtype=pl.Enum([x]))}),
    "arrow": lambda n, x: pa.table({"user": [KEPT], n: [x]}),
    "arrow pairs": lambda n, x: pa.table({"key": ["user", n], "value": [KEPT, x]}),
    "arrow struct": lambda n, x: pa.table({"login": [{"user": KEPT, n: x}]}),
    "arrow map": lambda n, x: pa.table(
        {"m": pa.array([[("user", KEPT), (n, x)]], pa.map_(pa.string(), pa.string()))}
    ),
    "arrow array": lambda n, x: pa.array([{"user": KEPT, n: x}]),
    "arrow scalar": lambda n, x: pa.scalar({"user": KEPT, n: x}),
    "data array": lambda n, x: xr.DataArray([KEPT, x], dims="k", coords={"k": ["user", n]}),
    "named data array": lambda n, x: xr.DataArray([x], name=n),
    "data array of two": lambda n, x: xr.DataArray(
        [[KEPT, KEPT], [x, x]], dims=("k", "t"), coords={"k": ["user", n], "t": [1, 2]}
    ),
    "data set": lambda n, x: xr.Dataset({"user": ("t", [KEPT]), n: ("t", [x])}),
    "data set of pairs": lambda n, x: xr.Dataset(
        {"name": ("t", ["user", n]), "value": ("t", [KEPT, x])}
    ),
    "data array's attributes": lambda n, x: xr.DataArray([1], attrs={n: x}),
    # Python
    "pair as a dict": lambda n, x: [{"name": "user", "value": KEPT}, {"name": n, "value": x}],
    "key and val": lambda n, x: {"key": n, "val": x},
    "variable and value": lambda n, x: {"variable": n, "value": x},
    "setting and value": lambda n, x: {"setting": n, "current_value": x},
    "kubernetes": lambda n, x: {"env": [{"name": n, "value": x}]},
    "value first": lambda n, x: {"value": x, "name": n},
    "list of tuples": lambda n, x: [("user", KEPT), (n, x)],
    "list of lists": lambda n, x: [["user", KEPT], [n, x]],
    "a tuple": lambda n, x: (n, x),
    "set of tuples": lambda n, x: {("user", KEPT), (n, x)},
    "rows of three": lambda n, x: [("db", "user", KEPT), ("db", n, x)],
    "headers as bytes": lambda n, x: [(n.encode(), x.encode())],
    "table of lists": lambda n, x: [["user", n], [KEPT, x]],
    "split": lambda n, x: {"columns": ["user", n], "data": [[KEPT, x]]},
    "parallel lists": lambda n, x: {"name": ["user", n], "value": [KEPT, x]},
    "columns as lists": lambda n, x: {"user": [KEPT], n: [x]},
    "command": lambda n, x: ["mysql", f"--{n}", x, "db"],
    "tuple as a key": lambda n, x: {("db", n): x},
    "bytes as a key": lambda n, x: {n.encode(): x},
    "member of an enum as a key": lambda n, x: {Key.PASSWORD: x},
    "nested": lambda n, x: {"a": [{"b": {n: {"now": x}}}]},
    "object under a name": lambda n, x: {n: SimpleNamespace(inner=x)},
    "ordered": lambda n, x: collections.OrderedDict({n: x}),
    "defaulted": lambda n, x: collections.defaultdict(str, {n: x}),
    "chained": lambda n, x: collections.ChainMap({"user": KEPT}, {n: x}),
    "user dict": lambda n, x: collections.UserDict({n: x}),
    "read only": lambda n, x: MappingProxyType({n: x}),
    "items": lambda n, x: {n: x}.items(),
    "values": lambda n, x: {n: x}.values(),
    "deque of pairs": lambda n, x: collections.deque([("user", KEPT), (n, x)]),
    "environment": environment,
    "configuration": parsed,
    "namespace": lambda n, x: SimpleNamespace(**{"user": KEPT, n: x}),
    "named tuple": lambda n, x: Login(KEPT, x),
    "named pair": lambda n, x: Pair(n, x),
    "data class pair": lambda n, x: [Setting("user", KEPT), Setting(n, x)],
    "attrs": lambda n, x: Account(KEPT, x),  # type: ignore[call-arg]
    "msgspec": lambda n, x: Row(KEPT, x),
    "pydantic": lambda n, x: Model(user=KEPT, api_key=x),
    "slots": lambda n, x: slots(n, x),
    "partial": lambda n, x: functools.partial(print, **{n: x}),
    "number": lambda n, x: pd.Series({n: x, "port": 1}),
}  # fmt: skip


def failed(value: Any) -> Failed:
    """A failure in whose line the value stands, and in its message."""
    try:
        return [value].index(value, "x")  # type: ignore[call-overload, no-any-return, return-value]
    except (TypeError, ValueError) as error:
        error.args = (value,)
        return Failed(error, 2, "")


def told(value: Any) -> str:
    """All that goes out of a value, by every way it may go."""
    notebook = Notebook({"x": value}, {}, ["", "x"], {1: value}, lambda: failed(value))
    attached = attach("@x @{x} @{[x]} @Out[1] @error", Mentionable(notebook))
    bench = Bench(notebook, ToolAnswer, lambda code: "")
    calls = [("list_variables", {}), ("describe_variable", {"name": "x"}), ("read_cells", {})]
    answers = [use(tool, arguments, bench).text for tool, arguments in calls]
    return json.dumps([attached.text, *sent(attached), *answers], ensure_ascii=False, default=str)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_under_a_credentials_name_goes_nowhere(shape: str) -> None:
    found = told(SHAPES[shape]("password", SECRET))
    assert SECRET not in found
    assert SECRET[:8] not in found


NAMED_BY_CLASS = {"named tuple", "attrs", "msgspec", "pydantic", "member of an enum as a key"}


@pytest.mark.parametrize("shape", [s for s in SHAPES if s not in NAMED_BY_CLASS])
def test_the_same_shapes_show_what_has_an_ordinary_name(shape: str) -> None:
    shown = describe(SHAPES[shape]("comment", SECRET), 50_000).text
    assert "left out" not in shown
    assert "no description" not in shown


NAMES = ["password", "API_KEY", "dbPassword", "client_secret", "auth_token", "access_tokens",
         "api_keys", "passwd", "password1", "rootpassword", "DB_PASSWORD"]  # fmt: skip


def buried(rng: random.Random, value: Any) -> Any:
    """A value somewhere in others."""
    for _ in range(rng.randrange(3)):
        wrap: Callable[[Any], Any] = rng.choice([
            lambda v: [1, v], lambda v: {"a": v}, lambda v: (v, "b"), lambda v: {"items": [v]},
            lambda v: SimpleNamespace(of=v), lambda v: collections.deque([v]),
            lambda v: {"x": 1, "y": (v,)},
        ])  # fmt: skip
        value = wrap(value)
    return value


def some_table(rng: random.Random, name: str, secret: str) -> Any:
    """A table or tree with a credential at a random place of it, under its name."""
    width, height = rng.randint(2, 6), rng.randint(1, 8)
    labels = rng.sample(["city", "who", "colour", "a", "b", "rest", "text", "zone"], width)
    cells = [[f"w{rng.randrange(99)}" for _ in labels] for _ in range(height)]
    column, row = rng.randrange(width), rng.randrange(height)
    cells[row][column] = secret
    labels[column] = name
    frame = pd.DataFrame(cells, columns=labels)
    columns = {n: list(c) for n, c in zip(labels, zip(*cells, strict=True), strict=True)}
    if rng.random() < 0.3:
        frame = frame.astype(object)
    ways: list[Callable[[], Any]] = [
        lambda: frame,
        lambda: frame.T,
        lambda: frame.melt(),
        lambda: frame.reset_index().melt(id_vars="index", var_name="setting", value_name="val"),
        lambda: frame.T.reset_index(),
        lambda: frame.stack(),
        lambda: frame.iloc[row],
        lambda: frame[name],
        lambda: frame.set_index(name),
        lambda: pd.concat({"login": frame}, axis=1),
        lambda: frame.astype("category"),
        lambda: frame.to_dict(rng.choice(["list", "split", "tight", "records", "index"])),
        lambda: frame.to_records(),
        lambda: list(frame.itertuples()),
        lambda: [labels, *cells],
        lambda: [tuple(labels), *map(tuple, cells)],
        lambda: pl.DataFrame(cells, schema=labels, orient="row"),
        lambda: pl.DataFrame(cells, schema=labels, orient="row").unpivot(),
        lambda: pl.DataFrame(cells, schema=labels, orient="row").to_dicts(),
        lambda: pa.table(columns),
        lambda: xr.Dataset({n: ("t", held) for n, held in columns.items()}),
        lambda: np.array([labels, *cells]),
        lambda: xr.DataArray(cells, dims=("t", "k"), coords={"k": labels}),
        lambda: frame.astype("string").convert_dtypes(),
    ]  # fmt: skip
    return rng.choice(ways)()


def some_shape(rng: random.Random, name: str, secret: str) -> Any:
    if rng.random() < 0.5:
        return buried(rng, some_table(rng, name, secret))
    shape = rng.choice([s for s in SHAPES if s not in NAMED_BY_CLASS])
    return buried(rng, SHAPES[shape](name, secret))


def try_shapes(rng: random.Random, rounds: int) -> None:
    for _ in range(rounds):
        name = rng.choice(NAMES)
        secret = "".join(rng.choice("bcdfghjkmnpqrstvwz") for _ in range(9)) + "77"
        value = some_shape(rng, name, secret)
        found = told(value)
        assert secret not in found, (name, secret, found)


def test_a_credential_at_any_place_of_any_shape_goes_nowhere(
    rng: random.Random, rounds: int
) -> None:
    try_shapes(rng, rounds)


@pytest.mark.long
def test_a_credential_at_any_place_of_many_shapes_goes_nowhere(rng: random.Random) -> None:
    try_shapes(rng, 5_000)


def test_names_that_only_speak_of_a_credential_blank_nothing() -> None:
    values: list[Any] = [
        pd.DataFrame({"password_changed_at": ["2020-01-01"], "token_count": [5], "n_tokens": [7]}),
        pd.DataFrame({"name": ["Pat", "Ann"], "age": [31, 32], "city": ["Bonn", "Rome"]}),
        pd.DataFrame({"text": ["the password was changed", "no"], "label": [1, 0]}),
        pd.Series({"max_tokens": 5, "password_length": 8, "primary_key": "id7"}),
        [{"name": "Pat", "age": 31}, {"name": "Ann", "age": 32}],
        [{"name": "password", "type": "string", "required": True}],
        ["user", "password", "email"],
        ("the", "secret", "garden"),
        {"columns": ["user", "email"], "data": [["ann", "a@b.de"]]},
        np.array([("ann", 3)], dtype=[("name", "U9"), ("n_tokens", "i4")]),
        {"password": None, "has_password": True},
    ]
    for value in values:
        found = describe(value)
        assert not found.left_out, found.text


def test_a_row_that_holds_none_is_told_beside_one_that_does() -> None:
    found = describe(SHAPES["melted frame"]("password", SECRET))
    assert KEPT in found.text
    assert found.left_out == ("password",)
    found = describe(SHAPES["record array"]("password", SECRET))
    assert KEPT in found.text
    assert found.left_out == ("password",)


def test_a_numbers_range_does_not_tell_a_pin() -> None:
    frame = pd.DataFrame({"name": ["port", "password", "size"], "value": [5432, 987654, 7]})
    assert "987654" not in told(frame)
    assert "7 to 5432" in describe(frame).text
    array = xr.DataArray([1, 987654], dims="k", coords={"k": ["port", "password"]})
    assert "987654" not in told(array)


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "password", "value": "hunter77horse"}]',
        "- name: DB_PASSWORD\n  value: hunter77horse\n",
        "<input name='password' value='hunter77horse'>",
        'Setting(key="api_key", val="hunter77horse")',
        'pd.DataFrame({"user": ["me"], "password": ["one", "hunter77horse"]})',
        'pd.DataFrame({("login", "password"): ["hunter77horse"]})',
    ],
)
def test_pairs_and_lists_in_a_text_or_a_cell_are_read_so_too(text: str) -> None:
    censor = Censor()
    assert "hunter77horse" not in censor(text)
    assert censor.found
    found = attach("@In[1] @cells", Mentionable(Notebook({}, {}, ["", f"x = {text}"])))
    assert "hunter77horse" not in json.dumps(sent(found))


@pytest.mark.parametrize(
    ("name", "secret"),
    [("api_keys", True), ("refresh_tokens", True), ("mypassword", True), ("password2", True),
     ("password_changed_at", False), ("max_tokens", False), ("password_age", False)],
)  # fmt: skip
def test_more_names_that_tell_a_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


FILES = {
    "users.csv": f"user,password\nann,{SECRET}\n",
    "users.tsv": f"user\tpassword\nann\t{SECRET}\n",
    "german.csv": f"user;password\nann;{SECRET}\n",
    "settings.csv": f"name,value\nport,5432\ndb_password,{SECRET}\n",
    "places.csv": f"section,key,prod\ndb,port,5432\ndb,api_key,{SECRET}\n",
    "bare.csv": f"password,{SECRET}\nuser,ann\n",
    "quoted.csv": f'user,password,note\nann,"{SECRET}","two\nlines"\n',
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_rows_goes_without_them(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name])
    (part,) = sent(attach(f"@{name}", Mentionable(folder=Folder(tmp_path))))
    assert part["type"] == "text"
    assert SECRET not in json.dumps(part)
    assert "1 secret left out" in part["metadata"]["opencode_magic"]["attached"]
    kept = {"places.csv": "5432", "settings.csv": "5432"}.get(name, "ann")
    assert kept in part["text"] or name == "bare.csv"


def test_a_file_of_rows_without_any_goes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user,email,password_changed_at\nann,a@b.de,2020\n")
    (part,) = sent(attach("@a.csv", Mentionable(folder=Folder(tmp_path))))
    assert part["type"] == "file"


def drawn_table() -> Any:
    figure = matplotlib_figure.Figure()
    figure.subplots().table(cellText=[[KEPT, SECRET]], colLabels=["user", "password"])
    return figure


FIGURES: dict[str, Callable[[], Any]] = {
    "a drawn table": drawn_table,
    "a table of plotly": lambda: go.Figure(
        go.Table(header={"values": ["user", "password"]}, cells={"values": [[KEPT], [SECRET]]})
    ),
    "bars with texts": lambda: go.Figure(
        go.Bar(x=["user", "password"], y=[1, 2], text=[KEPT, SECRET])
    ),
    "names on an axis": lambda: go.Figure(go.Scatter(x=["user", "password"], y=[KEPT, SECRET])),
    "a trace called so": lambda: go.Figure(go.Scatter(name="password", x=[1, 2], y=[SECRET, "zz"])),
}  # fmt: skip


@pytest.mark.parametrize("case", FIGURES)
def test_a_picture_in_which_one_is_drawn_is_not_sent_and_its_words_tell_none(case: str) -> None:
    figure = FIGURES[case]()
    for images in (True, False):
        (part,) = sent(attach("@x", Mentionable(Notebook({"x": figure}), images=images)))
        assert part["type"] == "text"
        assert SECRET not in json.dumps(part)


def users() -> Any:
    return pd.DataFrame({"user": [KEPT, "bob"], "password": [SECRET, "zz" + SECRET], "n": [1, 2]})


TEXTS: dict[str, Callable[[], str]] = {
    "printed": lambda: users().to_string(),
    "printed turned": lambda: users().T.to_string(),
    "printed by polars": lambda: str(pl.from_pandas(users())),
    "rows with commas": lambda: users().to_csv(),
    "rows with tabs": lambda: users().to_csv(sep="\t", index=False),
    "Markdown": lambda: f"| user | password |\n|---|---|\n| {KEPT} | {SECRET} |",
    "JSON": lambda: users().to_json(),
    "JSON of records": lambda: users().to_json(orient="records"),
    "JSON of pairs": lambda: users().melt().to_json(orient="records"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_table_as_text_goes_without_them(case: str) -> None:
    text = TEXTS[case]()
    found = told(text)
    assert SECRET not in found
    assert describe(text).left_out


@pytest.mark.parametrize(
    "text",
    [
        "The  password is\nnever  hunter",
        "one, two\nthree, four\n",
        "user  email\nann   a@b.de",
        "call(\n    user,\n    password\n    other\n)",
        "Reset your password\nYou asked for it.\n\n  - now\n  - later",
    ],
)
def test_prose_in_lines_stays(text: str) -> None:
    assert describe(text).text == text
