"""What the live cell is run on: pairs of a front end and a kernel, and the Pythons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TITLES = {"jupyterlab": "JupyterLab", "notebook": "Notebook"}


@dataclass(frozen=True)
class Row:
    """One environment: a front end and a kernel, each a version to any patch level.

    `front` is the package of the front end; `python` is "" for the one that runs the tests; those
    `in_ci` are run with every change, the others with `pytest -m long`.
    """

    front: str
    version: str
    ipykernel: str
    python: str = ""
    in_ci: bool = False

    @property
    def name(self) -> str:
        """As it is called on the command line."""
        short = {"jupyterlab": "lab"}.get(self.front, self.front)
        python = f"-python{self.python}" if self.python else ""
        return f"{short}{self.version}-kernel{self.ipykernel}{python}"

    @property
    def requirements(self) -> tuple[str, ...]:
        return (f"{self.front}=={self.version}.*", f"ipykernel=={self.ipykernel}.*")


# With each change, every front end and every kernel whose ways differ is in one pair.
ROWS: Sequence[Row] = (
    Row("jupyterlab", "4.2", "6.29", in_ci=True),
    Row("jupyterlab", "4.6", "7.4", in_ci=True),
    Row("notebook", "7", "7.3", in_ci=True),
    Row("jupyterlab", "4.6", "7.3"),
    Row("notebook", "7", "7.4"),
    Row("jupyterlab", "4.2", "6.30"),
    Row("jupyterlab", "4.2", "7.4"),
    Row("jupyterlab", "4.6", "6.30"),
    Row("jupyterlab", "4.6", "7.0"),
    Row("notebook", "7", "6.29"),
    Row("jupyterlab", "4.2", "6.29", "3.10"),
    Row("jupyterlab", "4.6", "7.3", "3.10"),
    Row("jupyterlab", "4.6", "7.4", "3.11"),
    Row("jupyterlab", "4.6", "7.4", "3.12"),
    Row("jupyterlab", "4.6", "7.4", "3.13"),
)
