"""xarray: arrays with labels. Data that are not in memory are not read."""

from __future__ import annotations

import sys
from typing import Any

from .arrays import SHOWN, shape_words, statistics
from .description import Description, register
from .looking import Look
from .naming import blanks, secret_label, secret_name
from .tables import label_words


@register("xarray", "DataArray")
def _data_array(value: Any, look: Look) -> Description:
    dims = ", ".join(
        f"{look.brief(d)}: {int(n)}" for d, n in zip(value.dims, value.shape, strict=False)
    )
    label = f"DataArray {shape_words(value.shape)} {value.dtype}"
    lines = [f"{label} ({dims})", *_coordinates(value, look)]
    if value.name is not None:
        lines.insert(1, f"name: {look.brief(value.name)}")
    lines += _in_memory(value.name, value.variable, value.coords, look)
    return Description("\n".join(lines), label)


@register("xarray", "Dataset")
def _dataset(value: Any, look: Look) -> Description:
    held = list(value.data_vars)
    sizes = dict(value.sizes)
    label = f"Dataset of {len(held)} variable{'s' * (len(held) != 1)}"
    lines = [f"{label} ({', '.join(f'{look.brief(d)}: {int(n)}' for d, n in sizes.items())})"]
    lines += _coordinates(value, look)
    beside = _beside(value, held, look)
    for name in held[:SHOWN]:
        variable = value.variables[name]
        dims = ", ".join(label_words(d, look) for d in variable.dims)
        lines.append(f"{look.brief(name)} ({dims}) {variable.dtype}")
        found = _in_memory(beside.get(name, name), variable, value.coords, look)
        lines += [f"  {line}" for line in found]
    if len(held) > SHOWN:
        lines.append(f"… {len(held) - SHOWN:,} more variables")
    return Description("\n".join(lines), label)


def _beside(value: Any, held: list[Any], look: Look) -> dict[Any, str]:
    """Return the variables beside one that contains a credential's name, with that name."""
    texts = {
        n: variable._data.reshape(-1).tolist()
        for n, name in enumerate(held)
        if _is_array((variable := value.variables[name])._data) and variable.dtype.kind in "SUO"
    }
    found = blanks(held, texts, look.censor)
    return {held[n]: next(iter(cells.values())) for n, cells in found.cells.items() if cells}


def _coordinates(value: Any, look: Look) -> list[str]:
    shown = ((name, value.coords[name].variable) for name in list(value.coords)[:SHOWN])
    return [f"coordinate {look.brief(n)} {shape_words(v.shape)} {v.dtype}" for n, v in shown]


def _in_memory(name: Any, variable: Any, coordinates: Any, look: Look) -> list[str]:
    """Return statistics, unless the data would have to be read or computed for them."""
    held = variable._data
    if not _is_array(held):
        return ["lazy: not read"]
    if named := secret_label(name, look.censor):
        return [look.censor.left_out(named)]
    kept, names = _kept(held, variable, coordinates, look)
    lines = [f"left out: {look.censor.left_out(each)}" for each in names]
    if names and not kept.size:
        return lines
    found = statistics(kept, look)
    return [*lines, *(f"besides: {line}" if names else line for line in found)]


def _kept(held: Any, variable: Any, coordinates: Any, look: Look) -> tuple[Any, list[str]]:
    """Return the values without those under a label that names a credential, and these labels."""
    np: Any = sys.modules["numpy"]
    names: list[str] = []
    for label in coordinates:
        along = coordinates[label].variable
        if (
            len(along.dims) != 1
            or along.dims[0] not in variable.dims
            or along.dtype.kind not in "SUO"
        ):
            continue
        found = {n: name for n, each in enumerate(np.asarray(along.values).tolist())
                 if (name := secret_name(each, look.censor))}  # fmt: skip
        if found:
            axis = variable.dims.index(along.dims[0])
            if held.shape[axis] == along.shape[0]:
                held = np.delete(held, list(found), axis=axis)
                names += found.values()
    return held, names


def _is_array(held: Any) -> bool:
    return type(held) is getattr(sys.modules.get("numpy"), "ndarray", None)
