"""Arrays and tensors: shape, type, statistics of what lies in memory."""

from __future__ import annotations

import math
import sys
from typing import Any

from .describing import Description, describe
from .looking import Look, class_name, number

MOST_CELLS = 1_000_000  # looked at: a bigger array is sampled by steps
SHOWN = 8


def shape_words(shape: Any) -> str:
    """`3 x 4`, and `scalar` for no dimensions."""
    return " x ".join(str(int(n)) for n in shape) or "scalar"


@describe.register("numpy", "ndarray")
def _numpy(value: Any, look: Look) -> Description:
    label = f"{class_name(value)} {shape_words(value.shape)} {value.dtype}"
    lines = [f"{label}, {value.nbytes:,} bytes", *_statistics(value, look)]
    return Description("\n".join(lines), label)


def _statistics(array: Any, look: Look) -> list[str]:
    np: Any = sys.modules["numpy"]
    array = np.asarray(array)
    if array.size == 0:
        return ["empty"]
    flat = array.reshape(-1) if array.flags.c_contiguous else None
    sampled = ""
    if array.size > MOST_CELLS:
        step = -(-array.size // MOST_CELLS)
        flat = flat[::step] if flat is not None else array.flat[:MOST_CELLS]
        sampled = f" (of a sample of {flat.size:,})"
    elif flat is None:
        flat = array.reshape(-1)
    lines = []
    if array.dtype.kind in "iufb":
        known = flat[np.isfinite(flat)] if array.dtype.kind == "f" else flat
        missing = flat.size - known.size
        if known.size:
            wide = known.astype("float64") if array.dtype.kind in "fb" else known
            lines.append(
                f"min {number(float(wide.min()))}, max {number(float(wide.max()))}, "
                f"mean {number(float(wide.mean()))}, std {number(float(wide.std()))}{sampled}"
            )
        if missing:
            lines.append(f"{missing:,} not finite{sampled}")
    first = [look.brief(v, depth=1) for v in flat[:SHOWN].tolist()]
    lines.append(f"first: {', '.join(first)}{', …' if array.size > SHOWN else ''}")
    return lines


@describe.register("torch", "Tensor")
def _torch(value: Any, look: Look) -> Description:
    kind = str(value.dtype).removeprefix("torch.")
    label = f"{class_name(value)} {shape_words(value.shape)} {kind}"
    on = str(value.device)
    lines = [f"{label}, on {on}, requires_grad {bool(value.requires_grad)}"]
    size = math.prod(map(int, value.shape))
    # What lies on another device would have to be fetched, a big one summed: not for a look.
    if "numpy" in sys.modules and on == "cpu" and 0 < size <= MOST_CELLS:
        lines += _statistics(value.detach().numpy(), look)
    return Description("\n".join(lines), label)


@describe.register("jaxlib", "ArrayImpl")
@describe.register("jax", "Array")
def _jax(value: Any, look: Look) -> Description:
    label = f"jax array {shape_words(value.shape)} {value.dtype}"
    size = math.prod(map(int, value.shape))
    lines = [label]
    if "numpy" in sys.modules and 0 < size <= MOST_CELLS:
        lines += _statistics(sys.modules["numpy"].asarray(value), look)
    return Description("\n".join(lines), label)


@describe.register("jax", "Tracer")
def _tracer(value: Any, _: Look) -> Description:
    return Description(f"traced {shape_words(value.shape)} {value.dtype}", "jax tracer")


@describe.register("xarray", "DataArray")
def _data_array(value: Any, look: Look) -> Description:
    dims = ", ".join(
        f"{look.brief(d)}: {int(n)}" for d, n in zip(value.dims, value.shape, strict=False)
    )
    label = f"DataArray {shape_words(value.shape)} {value.dtype}"
    lines = [f"{label} ({dims})", *_coordinates(value, look), *_in_memory(value.variable, look)]
    return Description("\n".join(lines), label)


@describe.register("xarray", "Dataset")
def _dataset(value: Any, look: Look) -> Description:
    names = list(value.data_vars)
    sizes = dict(value.sizes)
    label = f"Dataset of {len(names)} variable{'s' * (len(names) != 1)}"
    lines = [f"{label} ({', '.join(f'{look.brief(d)}: {int(n)}' for d, n in sizes.items())})"]
    lines += _coordinates(value, look)
    for name in names[:SHOWN]:
        variable = value.variables[name]
        dims = ", ".join(map(str, variable.dims))
        lines.append(f"{look.brief(name)} ({dims}) {variable.dtype}")
        lines += [f"  {line}" for line in _in_memory(variable, look)]
    if len(names) > SHOWN:
        lines.append(f"… {len(names) - SHOWN:,} more variables")
    return Description("\n".join(lines), label)


def _coordinates(value: Any, look: Look) -> list[str]:
    lines = []
    for name in list(value.coords)[:SHOWN]:
        variable = value.coords[name].variable
        lines.append(
            f"coordinate {look.brief(name)} {shape_words(variable.shape)} {variable.dtype}"
        )
    return lines


def _in_memory(variable: Any, look: Look) -> list[str]:
    """Statistics, where the data need not be read or computed for them."""
    held = variable._data
    if class_name(held) != "ndarray":
        return ["lazy: not read"]
    return _statistics(held, look)
