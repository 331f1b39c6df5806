"""Values of every library in words: bounded, lazily, and without any code of their classes.

dask, torch, jax and spark are heavy: stand-ins of the same module and class names take their place,
which fail where anything would be computed.
"""

from __future__ import annotations

import dataclasses
import enum
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict, namedtuple
from types import SimpleNamespace
from typing import Any

import pytest

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.describing import BUDGET, describe
from opencode_magic.context.description import KNOWN, Description
from opencode_magic.context.failure import failure
from opencode_magic.context.notebook import Notebook
from tests.context.sent import sent

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")


class Hostile:
    """Everything that could be called fails or never ends."""

    def never(self, *_: Any) -> Any:
        while True:
            time.sleep(1)

    def fails(self, *_: Any) -> Any:
        raise RuntimeError("was called")

    __repr__ = __str__ = __len__ = __iter__ = __format__ = never
    __eq__ = __hash__ = __bool__ = __getattr__ = __getitem__ = __contains__ = fails


class HostileDict(dict[str, int]):
    __repr__ = __len__ = __iter__ = Hostile.never
    items = keys = values = Hostile.fails


class HostileText(str):
    __repr__ = __str__ = __len__ = Hostile.never


class HostileError(Exception):
    __str__ = __repr__ = Hostile.never


class HostileMeta(type):
    __repr__ = Hostile.never
    __instancecheck__ = __subclasscheck__ = Hostile.fails

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("was called")


class OfHostileMeta(metaclass=HostileMeta):
    def __init__(self) -> None:
        self.inner = Hostile()


Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Config:
    rate: float = 0.5
    name: str = "a"
    inner: Any = None


def loop() -> list[Any]:
    around: list[Any] = [1]
    around.append(around)
    return around


def hostile_array() -> Any:
    array = np.empty(2, dtype=object)
    array[0] = Hostile()
    return array


HOSTILE = [
    (Hostile(), "Hostile"),
    ([Hostile()] * 3, "list of 3"),
    ({"a": Hostile()}, "dict of 1"),
    (HostileDict(a=1), "'a': 1"),
    (HostileText("some words"), "some words"),
    (HostileError(Hostile()), "HostileError"),
    (OfHostileMeta(), "OfHostileMeta"),
    (OfHostileMeta, "class OfHostileMeta"),
    (Config(inner=Hostile()), "rate: float = 0.5"),
    (SimpleNamespace(a=Hostile()), "SimpleNamespace"),
    (hostile_array(), "ndarray 2 object"),
    (pd.Series([HostileText("a"), HostileError()], dtype=object), "Series of 2 object"),
    (loop(), "list of 2"),
]


@pytest.mark.timeout(20)
# By number: pytest would look into the values for their ids.
@pytest.mark.parametrize("case", range(len(HOSTILE)))
def test_no_code_of_an_unknown_class_runs(case: int) -> None:
    value, words = HOSTILE[case]
    found = describe(value)
    assert words in found.text
    assert "could not be looked at" not in found.text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "int: 5"),
        (None, "None"),
        (10**4000, "int of 13,288 bits"),
        ("text", "text"),
        (b"\x00abc", "(4 bytes)"),
        (list(range(1000)), "… 940 more"),
        ({"a": {"b": [1, 2]}}, "{'b': [1, 2]}"),
        (OrderedDict(a=1), "OrderedDict of 1"),
        (Point(1, 2), "Point(x=1, y=2)"),
        (Colour.RED, "Colour.RED"),
        (Config(), "name: str = 'a'"),
        (len, "function len"),
        (dataclasses.dataclass, "def dataclass"),
        (Config, "class Config:"),
        (np, f"module numpy {np.__version__}"),
        (sys, "module sys of Python"),
        (ValueError("bad"), "ValueError: bad"),
    ],
)
def test_ordinary_values(value: Any, words: str) -> None:
    found = describe(value)
    assert words in found.text
    assert found.label
    assert "\n" not in found.label


@pytest.mark.parametrize("budget", [0, 10, 200, BUDGET])
def test_no_description_is_longer_than_its_budget(budget: int) -> None:
    for value in (
        "é" * 100_000,
        {str(n): "x" * 500 for n in range(500)},
        Config,
        list(range(10**6)),
    ):
        assert len(describe(value, budget).text.encode()) <= budget


def test_a_pandas_frame() -> None:
    frame = pd.DataFrame(
        {
            "age": [20.0, None, 40.0],
            "who": ["a", "b", "a"],
            "when": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
            "kind": pd.Categorical(["u", "v", "u"]),
            "any": [Config(), 1, 2],
        }
    )
    found = describe(frame)
    assert found.label == "DataFrame 3 x 5"
    assert "age: float64, 1 missing, 20 to 40, mean 30" in found.text
    assert "2 different, top 'a' (2), 'b' (1)" in found.text
    assert "2020-01-01 00:00:00 to 2022-01-01 00:00:00" in found.text
    assert "first 3 rows" in found.text
    assert describe(frame.age).label == "Series of 3 float64"
    assert "index: RangeIndex" in found.text
    assert describe(pd.DataFrame()).label == "DataFrame 0 x 0"


def test_a_big_frame_is_sampled() -> None:
    frame = pd.DataFrame(np.zeros((3_000_000, 3)), columns=list("abc"))
    began = time.monotonic()
    found = describe(frame)
    assert "every 30th row" in found.text
    assert "3000000 x 3" in found.label
    assert time.monotonic() - began < 5


def test_a_wide_frame_is_cut() -> None:
    found = describe(pd.DataFrame(np.zeros((2, 5_000))), 100_000)
    assert "4,940 more columns" in found.text


def test_arrays() -> None:
    found = describe(np.arange(12.0).reshape(3, 4))
    assert found.label == "ndarray 3 x 4 float64"
    assert "min 0, max 11, mean 5.5" in found.text
    assert "1 not finite" in describe(np.array([1.0, np.nan])).text
    assert "empty" in describe(np.zeros((0, 3))).text
    assert "sample" in describe(np.zeros((2_000, 2_000))).text
    # 10 GB by their shape, without that memory: strides of nothing.
    assert "sample" in describe(np.broadcast_to(np.float64(1), (50_000, 25_000))).text


def test_polars_pyarrow_and_duckdb() -> None:
    pl = pytest.importorskip("polars")
    found = describe(pl.DataFrame({"a": [1, None, 3], "s": ["x", "y", "x"]}))
    assert found.label == "polars DataFrame 3 x 2"
    assert "a: Int64, 1 missing, 1 to 3, mean 2" in found.text
    computed: list[int] = []
    lazy = pl.LazyFrame({"a": range(1000)}).with_columns(
        pl.col("a").map_elements(lambda x: computed.append(x) or x, return_dtype=pl.Int64)
    )
    found = describe(lazy)
    assert found.label == "polars LazyFrame ? x 1"
    assert "a: Int64" in found.text
    assert computed == []
    assert describe(pl.Series("s", ["a"])).label == "polars Series 1 x 1"
    pa = pytest.importorskip("pyarrow")
    found = describe(pa.table({"a": [1, 2], "s": ["x", None]}))
    assert found.label == "pyarrow Table 2 x 2"
    assert "s: string, 1 missing" in found.text
    duckdb = pytest.importorskip("duckdb")
    # 10 GB, were it computed.
    found = describe(duckdb.sql("select range as n, repeat('x', 10) as s from range(1000000000)"))
    assert found.label == "duckdb relation ? x 2"
    assert "n: BIGINT" in found.text


def test_xarray_scikit_learn_and_pydantic() -> None:
    xr = pytest.importorskip("xarray")
    found = describe(xr.DataArray(np.ones((2, 3)), dims=("x", "y"), coords={"x": [1, 2]}))
    assert "('x': 2, 'y': 3)" in found.text
    assert "min 1, max 1" in found.text
    assert "'v' (x) int64" in describe(xr.Dataset({"v": ("x", [1, 2])})).text
    linear = pytest.importorskip("sklearn.linear_model")
    found = describe(linear.LogisticRegression(C=2).fit([[0], [1]], [0, 1]))
    assert found.label == "LogisticRegression, fitted"
    assert "C = 2" in found.text
    assert "coef_: ndarray 1 x 1" in found.text
    pydantic = pytest.importorskip("pydantic")

    class Settings(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        depth: int = 3

    assert "depth: int = 3" in describe(Settings()).text


class _Never:
    def __get__(self, *_: Any) -> Any:
        raise AssertionError("this would compute")


def fake(module: str, name: str, **held: Any) -> Any:
    """An object of a class of that name, whose lazy parts must not be touched."""
    never = dict.fromkeys(
        ("compute", "collect", "count", "toPandas", "head", "describe", "__len__", "__repr__"),
        _Never(),
    )
    return type(name, (), {**never, **held, "__module__": module})()


def test_lazy_libraries_are_not_computed() -> None:
    meta = pd.DataFrame({"a": [1], "b": ["x"]})
    dask = describe(
        fake("dask.dataframe.dask_expr._collection", "DataFrame", _meta=meta, npartitions=40)
    )
    assert dask.label == "dask DataFrame ? x 2"
    assert "40 partitions" in dask.text
    array = fake("dask.array.core", "Array", shape=(10**6, 1250), dtype="float64", chunksize=(1, 1))
    assert describe(array).label == "dask Array 1000000 x 1250 float64"
    kind = SimpleNamespace(simpleString=lambda: "bigint")
    schema = SimpleNamespace(fields=[SimpleNamespace(name="n", dataType=kind)])
    spark = describe(fake("pyspark.sql.dataframe", "DataFrame", schema=schema))
    assert spark.label == "spark DataFrame ? x 1"
    assert "n: bigint" in spark.text


def test_tensors() -> None:
    held = np.arange(6.0).reshape(2, 3)
    on_cpu = SimpleNamespace(numpy=lambda: held)
    tensor = fake("torch", "Tensor", shape=(2, 3), dtype="torch.float32", device="cpu",
                  requires_grad=False, detach=lambda self: on_cpu)  # fmt: skip
    found = describe(tensor)
    assert found.label == "Tensor 2 x 3 float32"
    assert "max 5" in found.text
    far = fake("torch", "Tensor", shape=(2, 3), dtype="torch.float32", device="cuda:0",
               requires_grad=True, detach=_Never())  # fmt: skip
    assert "on cuda:0, requires_grad True" in describe(far).text
    jax = fake("jaxlib._jax", "ArrayImpl", shape=(2, 3), dtype="float32",
               __array__=lambda self, *_, **__: held)  # fmt: skip
    assert "max 5" in describe(jax).text


def hooked(hook: Any) -> Any:
    """A value of a class of the user's own with that hook."""
    return type("Own", (), {"_opencode_": hook})()


def never(*_: Any) -> Any:
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


def fails(*_: Any) -> Any:
    raise ValueError("no")


def exits(*_: Any) -> Any:
    raise SystemExit(1)


def test_users_own_ways() -> None:
    class Known:
        n = 3

    own = hooked(lambda self: "mine, with password='abcdefgh'")
    assert describe(own).text == "mine, with password='[secret left out]'"
    describe.register(Known)(lambda value, look: Description(f"{value.n} things", "Known"))
    assert describe(Known()).text == "3 things"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (never, "did not end within 0.3 s"),
        (fails, "failed: ValueError: no"),
        (exits, "failed: SystemExit"),
        (lambda *_: 3, "returned no text but a value of class int"),
        (lambda *_: HostileText("x"), "returned no text but a value of class HostileText"),
        (lambda *_: Description(None, "x"), "returned no text but a value of class Description"),
    ],
)
def test_foreign_code_that_goes_wrong_is_told_and_costs_no_prompt(
    code: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opencode_magic.context.describing.FOREIGN_S", 0.3)

    class Known:
        pass

    known = dict(KNOWN)
    for module in ("describing", "description"):
        monkeypatch.setattr(f"opencode_magic.context.{module}.KNOWN", known)
    describe.register(Known)(code)
    for value, what in ((hooked(code), "_opencode_"), (Known(), "the registered description")):
        found = sent(attach("see @x", Mentionable(Notebook({"x": value}))))[0]
        told = f"(no description: {what} {words})"
        assert told in found["text"]
        assert told in found["metadata"]["opencode_magic"]["attached"]


def test_a_description_of_100_mb_is_cut_before_anything_reads_it() -> None:
    began = time.monotonic()
    found = describe(hooked(lambda self: "password = " + "x" * 100_000_000), 200)
    assert time.monotonic() - began < 10
    assert len(found.text.encode()) <= 200
    assert "Own, 100,000,011 characters, of which the beginning is sent" in found.label


def test_a_timer_of_the_users_own_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rang = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rang.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        describe(hooked(lambda self: time.sleep(0.2) or "late"))
        assert rang.wait(10)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_failure_with_its_chain_its_lines_and_their_values() -> None:
    def inner(divisor: int) -> float:
        api_token = "abc-secret"
        return len(api_token) / divisor

    try:
        try:
            inner(0)
        except ZeroDivisionError as error:
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        found = failure(error, source="cell source", cell=7)
    assert found.label == "RuntimeError: outer"
    assert "It was caused by:" in found.text
    assert "return len(api_token) / divisor" in found.text
    assert "divisor = 0" in found.text
    assert "cell In[7]" in found.text
    assert "abc-secret" not in found.text
    assert "api_token" in found.left_out


def test_nothing_is_imported_to_look_at_a_value() -> None:
    code = """
import sys
from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.describing import describe
for value in ([1], {"a": 1}, object(), describe, sys):
    describe(value)
found = {"pandas", "numpy", "polars", "pyarrow", "duckdb", "matplotlib", "IPython", "httpx", "PIL"}
print(sorted(found & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
