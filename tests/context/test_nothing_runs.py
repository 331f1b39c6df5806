"""To describe a value runs no function, property or method of the user's, however it is reached."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.describing import describe
from opencode_magic.context.notebook import Notebook
from tests.context.sent import sent

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
xr = pytest.importorskip("xarray")
register_io_source = pytest.importorskip("polars.io.plugins").register_io_source

RAN: list[str] = []


def ran(value: Any = None, *_: Any, **__: Any) -> Any:
    RAN.append("it ran")
    return value


def plan() -> Any:
    return pl.LazyFrame({"a": [1, 2]})


def source(*_: Any) -> Any:
    ran()
    yield pl.DataFrame({"a": [1]})


def schema() -> Any:
    ran()
    return pl.Schema({"a": pl.Int64})


UNKNOWN = "not known without running a function of the user's"
PLANS: dict[str, tuple[Callable[[], Any], str]] = {
    "map_elements": (lambda: plan().with_columns(pl.col("a").map_elements(ran)), UNKNOWN),
    "map_elements of a builtin": (
        lambda: plan().with_columns(pl.col("a").map_elements(RAN.append)), UNKNOWN
    ),
    "map_batches": (lambda: plan().with_columns(pl.col("a").map_batches(ran)), UNKNOWN),
    "several columns": (lambda: plan().select(pl.map_batches(["a"], lambda s: ran(s[0]))), UNKNOWN),
    "map_groups": (lambda: plan().select(pl.map_groups(["a"], lambda s: ran(s[0]))), UNKNOWN),
    "rename": (lambda: plan().rename(lambda name: ran(name)), UNKNOWN),
    "name.map": (lambda: plan().select(pl.col("a").name.map(lambda name: ran(name))), UNKNOWN),
    "a schema that is asked for": (lambda: register_io_source(source, schema=schema), UNKNOWN),
    "joined": (
        lambda: plan().join(plan().with_columns(pl.col("a").map_elements(ran)), on="a"), UNKNOWN
    ),
    "with a type": (
        lambda: plan().with_columns(pl.col("a").map_elements(ran, return_dtype=pl.Int64)),
        "a: Int64",
    ),
    "with a schema": (lambda: register_io_source(source, schema={"a": pl.Int64}), "a: Int64"),
    "all of it": (lambda: plan().map_batches(ran), "a: Int64"),
    "types that have parts": (
        lambda: pl.LazyFrame(
            {"a": [[1]]},
            schema={"a": pl.List(pl.Datetime("us", "UTC"))},
        ).with_columns(s=pl.struct("a"), e=pl.lit("x").cast(pl.Enum(["x"]))),
        "s: Struct",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", PLANS)
def test_a_plan_is_not_asked_for_its_columns_where_that_runs_a_function(
    case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    make, words = PLANS[case]
    value = make()
    RAN.clear()
    found = attach("@lazy @{[lazy]}", Mentionable(Notebook({"lazy": value})))
    assert RAN == []
    assert words in sent(found)[0]["text"]
    assert capfd.readouterr() == ("", "")
    assert sys.getprofile() is None


def test_a_profiler_of_the_users_goes_on() -> None:
    seen: list[str] = []

    def watch(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    sys.setprofile(watch)
    try:
        describe(plan())
        assert sys.getprofile() is watch
    finally:
        sys.setprofile(None)


class Touchy:
    """Everything that can be asked of it is noticed."""

    def __getattribute__(self, name: str) -> Any:
        return ran()

    __repr__ = __str__ = __len__ = __iter__ = __bool__ = __hash__ = __eq__ = __call__ = ran  # type: ignore[assignment]
    __class__ = property(ran)  # type: ignore[assignment]


class OwnFrame(pd.DataFrame):  # type: ignore[misc, name-defined]
    shape = columns = index = iloc = dtypes = property(ran)  # type: ignore[assignment]
    __len__ = __iter__ = ran  # type: ignore[assignment]


class OwnArray(np.ndarray):  # type: ignore[misc, name-defined]
    shape = dtype = size = flat = property(ran)  # type: ignore[assignment]
    reshape = tolist = __getitem__ = __array_finalize__ = ran  # type: ignore[assignment]


class OwnPolars(pl.DataFrame):  # type: ignore[misc, name-defined]
    shape = property(ran)  # type: ignore[assignment]
    iter_columns = head = ran


class OwnXarray(xr.DataArray):  # type: ignore[misc, name-defined]
    __slots__ = ()
    dims = shape = coords = property(ran)  # type: ignore[assignment]


class OwnDict(dict):  # type: ignore[type-arg]
    items = keys = __iter__ = __len__ = __getitem__ = ran  # type: ignore[assignment]


class Query:
    """As a query set of a web framework: lazy, and it asks its database when it is looked at."""

    def __init__(self) -> None:
        self._cache = None
        self.model = "Book"

    def __iter__(self) -> Any:
        ran()
        yield 1

    __len__ = __bool__ = __getitem__ = __repr__ = ran  # type: ignore[assignment]


class Computed:
    def __init__(self) -> None:
        self.kept = 1

    @property
    def dear(self) -> Any:
        return ran()

    @functools.cached_property
    def dearer(self) -> Any:
        return ran()

    def __getattr__(self, name: str) -> Any:
        return ran()

    def __dir__(self) -> Any:
        return ran()


def derived(kind: type, value: Any) -> Any:
    return value.view(kind) if kind is OwnArray else kind(value)


def touchy_array() -> Any:
    array = np.empty(2, dtype=object)
    array[0] = Touchy()
    return array


def wrapped() -> Any:
    def function() -> None:
        """Do nothing."""

    function.__wrapped__ = Touchy()  # type: ignore[attr-defined]
    return function


def accessed() -> Any:
    if not hasattr(pd.DataFrame, "touchy"):
        pd.api.extensions.register_dataframe_accessor("touchy")(lambda frame: ran())
    return pd.DataFrame({"a": [1]})


def bare_module() -> Any:
    module = types.ModuleType("bare")
    module.__getattr__ = ran  # type: ignore[method-assign]
    del module.__name__
    return module


VALUES: dict[str, Callable[[], Any]] = {
    "anything": Touchy,
    "in a series": lambda: pd.Series([Touchy(), 1], dtype=object),
    "in a frame": lambda: pd.DataFrame({"a": pd.Series([Touchy(), None], dtype=object)}),
    "in an array": lambda: touchy_array(),
    "in polars": lambda: pl.DataFrame({"a": pl.Series([Query()], dtype=pl.Object)}),
    "frame of the user's own": lambda: derived(OwnFrame, pd.DataFrame({"a": [1]})),
    "array of the user's own": lambda: derived(OwnArray, np.arange(4)),
    "polars frame of the user's own": lambda: OwnPolars({"a": [1]}),
    "data array of the user's own": lambda: OwnXarray([1]),
    "query": Query,
    "computed": Computed,
    "accessor": accessed,
    "partial of one": lambda: functools.partial(Touchy()),  # type: ignore[misc]
    "method of one": lambda: types.MethodType(Touchy(), 1),
    "function that wraps one": wrapped,
    "module": bare_module,
    "dict's view": lambda: types.MappingProxyType(OwnDict(a=1)),
    "exception's argument": lambda: ValueError(Touchy()),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES)
def test_nothing_of_a_users_class_runs(case: str) -> None:
    value = VALUES[case]()
    RAN.clear()
    found = [describe(value), describe([value]), describe({"password": value})]
    assert RAN == []
    assert "no description" not in found[0].text


def test_a_module_that_loads_itself_when_it_is_used_is_not_loaded() -> None:
    spec = importlib.util.find_spec("this")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert "module this" in describe(module).text
    assert "module this" in describe([module]).text
    assert "s" not in object.__getattribute__(module, "__dict__")


def test_relations_of_a_database_run_no_query() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.create_function("touch", lambda n: ran(n), ["BIGINT"], "BIGINT")
    relation = connection.sql("select touch(range) as a from range(9)")
    RAN.clear()
    assert "a: BIGINT" in describe(relation).text
    assert RAN == []


def test_a_scan_of_files_reads_no_rows(tmp_path: Any) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet")
    assert "a: Int64" in describe(pl.scan_parquet(tmp_path / "a.parquet")).text
    gone = describe(pl.scan_parquet(tmp_path / "gone.parquet"))
    assert "no description: looking at it failed" in gone.text


def test_looking_at_a_touchy_value_in_a_fresh_interpreter() -> None:
    code = """
from opencode_magic.context.describing import describe
class Meta(type):
    def __getattribute__(cls, name): print("ran"); return type.__getattribute__(cls, name)
    def __instancecheck__(cls, other): print("ran"); return False
class Own(metaclass=Meta):
    def __repr__(self): print("ran"); return ""
own = Own()
print("made")
describe(own); describe([own]); describe({own: 1}); describe({"password": own})
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.partition("made\n")[2] == ""
