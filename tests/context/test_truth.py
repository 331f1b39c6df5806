"""Values that people really have are described as what they are, on one line each, in silence."""

from __future__ import annotations

import array
import collections
import datetime as dt
import enum
import fractions
import ipaddress
import itertools
import pathlib
import re
import types
import uuid
import warnings
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest

from opencode_magic.context.describing import describe

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


class Flags(enum.Flag):
    A = 1
    B = 2


def generated() -> Any:
    yield 1


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


INF = float("inf")
VALUES: list[tuple[Any, str]] = [
    (pd.NaT, "NaTType: NaT"),
    (pd.NA, "NAType: <NA>"),
    (np.datetime64("NaT"), "datetime64: NaT"),
    (np.datetime64("2020-01-02"), "datetime64: 2020-01-02"),
    (np.timedelta64(5, "D"), "timedelta64: 5 days"),
    (np.float64(1.5), "float64: 1.5"),
    (np.int64(3), "int64: 3"),
    (np.bool_(True), "bool: True"),
    (np.longdouble(1.5), "longdouble: 1.5"),
    (np.complex128(1 + 2j), "complex128: (1+2j)"),
    (True, "bool: True"),
    (pathlib.PurePosixPath("/a/b"), "PurePosixPath: /a/b"),
    (fractions.Fraction(1, 3), "Fraction: 1/3"),
    (types.SimpleNamespace(a=1, b="x"), "with 2 fields\n  a: int = 1\n  b: str = 'x'"),
    (Decimal("1.10"), "Decimal: 1.10"),
    (Decimal("sNaN"), "Decimal: sNaN"),
    (dt.timedelta(days=1), "timedelta: 1 day, 0:00:00"),
    (dt.date(2020, 1, 2), "date: 2020-01-02"),
    (dt.timezone.utc, "timezone: UTC"),
    (zoneinfo.ZoneInfo("UTC"), "ZoneInfo: UTC"),
    (uuid.UUID(int=5), "UUID: 00000000-0000-0000-0000-000000000005"),
    (ipaddress.ip_address("1.2.3.4"), "IPv4Address: 1.2.3.4"),
    (range(0, 10, 2), "range: range(0, 10, 2)"),
    (range(10**100), "range of big numbers"),
    (re.compile("a+"), "Pattern: regex 'a+'"),
    (Flags.A | Flags.B, "Flags: Flags.A|B"),
    (collections.deque([1, 2]), "deque of 2 (2 int)\n  1\n  2"),
    (collections.Counter("aab"), "Counter of 2\n  'a': 2\n  'b': 1"),
    (collections.defaultdict(list, a=[1]), "defaultdict of 1\n  'a': [1]"),
    ({"a": 1}.keys(), "dict_keys of 1 (1 str)\n  'a'"),
    ({"a": 1}.items(), "dict_items of 1\n  'a': 1"),
    (types.MappingProxyType({"a": 1}), "mappingproxy of 1\n  'a': 1"),
    (array.array("i", [1, 2]), "array of 2 (2 int)\n  1\n  2"),
    (memoryview(b"abc"), "memoryview: memoryview b'abc' (3 bytes)"),
    (released(), "memoryview: <memoryview>"),
    (bytearray(b"ab"), "bytearray: b'ab' (2 bytes)"),
    (list[int], "GenericAlias: list[int]"),
    (int | None, "UnionType: int | None"),
    (itertools.count(), "count, an iterator: nothing was taken from it"),
    (np.array(5.0), "ndarray scalar float64"),
    (np.array([]), "empty"),
    (np.array([True, False]), "1 True, 1 False"),
    (np.array(["2020-01-01", "NaT"], dtype="M8[D]"), "first: 2020-01-01, NaT"),
    (np.array([("bob", 1)], dtype=[("name", "U5"), ("n", "i4")]), "  name | n\n  'bob' | 1"),
    (np.array([INF, 1.0, -INF]), "min 1, max 1, mean 1, std 0\n2 not finite"),
    (np.array([2**63 + 1], dtype="u8"), "min 9223372036854775809"),
    (np.ma.array([1, 2, 3, 999999], mask=[0, 0, 0, 1]),
     "1 masked\nmin 1, max 3, mean 2, std 0.816497\nfirst: 1, 2, 3, masked"),
    (np.ma.array([1.0, 2.0], mask=True), "2 masked\nnothing but masked values"),
    (np.ma.array([1.0, 2.0]), "0 masked\nmin 1, max 2"),
    (np.ma.array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]]), "min 1, max 4"),
    (np.ma.masked, "1 masked"),
    (np.ma.array(["a", "b"], mask=[0, 1]), "first: 'a', masked"),
    (pd.Categorical(["a", None]), "Categorical of 2 category\n1 missing"),
    (pd.array([1, None], dtype="Int64"), "IntegerArray of 2 Int64\n1 missing\n1 to 1"),
    (pa.array([1, None]), "pyarrow Int64Array of 2 int64\n1 missing\n1 to 1"),
    (pa.scalar(5), "pyarrow Int64Scalar: 5"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(VALUES)))
def test_values_are_described_as_what_they_are(case: int) -> None:
    value, words = VALUES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = describe(value)
    assert words in found.text
    assert "no description" not in found.text


COLUMNS: list[tuple[Any, str]] = [
    ([INF, 1.0, 2.0], "float64, 1 to 2, mean 1.5, 1 not finite"),
    ([1e308, 1e308], "1e+308 to 1e+308, mean 1e+308"),
    ([INF, -INF], "2 not finite"),
    ([float("nan")] * 3, "float64, 3 missing"),
    (np.array([60000] * 5, dtype="f2"), "60000 to 60000, mean 60000"),
    (pd.array([1, None, 3], dtype="Int64"), "Int64, 1 missing, 1 to 3, mean 2"),
    (pd.array([True, None], dtype="boolean"), "boolean, 1 missing, 1 different, top True (1)"),
    ([True, False, True], "bool, 2 different, top True (2), False (1)"),
    (pd.array([1.5, None], dtype="Float64"), "Float64, 1 missing, 1.5 to 1.5"),
    (pd.array([1, None], dtype="int64[pyarrow]"), "1 missing, 1 to 1"),
    (pd.arrays.SparseArray([0, 0, 1]), "Sparse[int64, 0], 0 to 1"),
    (pd.interval_range(0, 2), "top (0, 1] (1), (1, 2] (1)"),
    (pd.period_range("2020", periods=2, freq="M"), "top 2020-01 (1), 2020-02 (1)"),
    (pd.to_datetime(["2020-01-01", None], utc=True), "1 missing, 2020-01-01 00:00:00+00:00 to"),
    (pd.to_timedelta([1, None], unit="D"), "1 missing, 1 days 00:00:00 to 1 days 00:00:00"),
    ([Decimal("1.1"), Decimal("NaN")], "1 missing, 1 different, top 1.1 (1)"),
    ([dt.date(2020, 1, 1)], "top 2020-01-01 (1)"),
    ([1, True, "x", None, [1]], "1 missing, 3 different, top 1 (1), True (1), 'x' (1)"),
    (pd.Categorical([1, 2, None]), "category, 1 missing, 2 different"),
    ([1 + 2j], "complex128"),
]


@pytest.mark.parametrize("case", range(len(COLUMNS)))
def test_columns_are_described_in_silence(case: int) -> None:
    held, words = COLUMNS[case]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = describe(pd.DataFrame({"a": held}))
        series = describe(pd.Series(held))
    assert words in found.text
    assert not warned
    assert "no description" not in found.text + series.text


def test_columns_of_other_libraries_tell_what_has_no_end() -> None:
    held = {"a": [INF, 1.0, None], "d": [Decimal("1.1"), None, None], "n": [None] * 3}
    assert "1 missing, 1 to 1, mean 1, 1 not finite" in describe(pl.DataFrame(held)).text
    assert "1 missing, 1 to 1, mean 1, 1 not finite" in describe(pa.table(held)).text
    assert "1 different, top 1.1 (1)" in describe(pa.table(held)).text


@pytest.mark.parametrize(
    "name", ["b\nc", "b\tc", "b\rc", "b\u2028c", "b\u202ec", "b\x1b[31mc", "b\x00c"]
)
def test_a_name_stays_within_its_line(name: str) -> None:
    values: list[Any] = [
        pd.DataFrame({name: [1], "z": [2]}),
        pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([(name, "y")])),
        pd.Series([1], name=name),
        pl.DataFrame({name: [1]}),
        pl.LazyFrame({name: [1]}),
        pa.table({name: [1]}),
        pa.table({"x": [{name: 1}]}),
        np.array([(1,)], dtype=[(name, "i4")]),
        {name: 1},
        types.SimpleNamespace(**{name: 1}),
    ]
    for value in values:
        text = describe(value).text
        assert name not in text
        assert all(line.isprintable() for line in text.split("\n")), text


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]]),
        pd.DataFrame([[1]], columns=[dt.date(2020, 1, 1)]),
        pd.DataFrame([[1, 2]], columns=[None, float("nan")]),
        pd.DataFrame(columns=["a"]),
        pd.DataFrame(index=[1, 2]),
        pd.DataFrame({"a": [[1], {"x": 1}]}),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
    ],
)
def test_odd_frames_are_described(frame: Any) -> None:
    found = describe(frame)
    assert found.label == f"DataFrame {len(frame)} x {frame.shape[1]}"
    assert "no description" not in found.text


def test_an_iterator_keeps_what_it_has() -> None:
    for value in (generated(), iter([1]), map(str, [1]), zip([1], strict=True), enumerate([1]),
                  {1: 2}.__iter__(), itertools.chain([1])):  # fmt: skip
        describe(value)
        describe([value])
        assert len(list(value)) == 1
