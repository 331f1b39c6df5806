"""`python -m tests.bench`: measure everything and print the table; `--short` as in CI."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .measure import FULL, SHORT, measure
from .stage import notebooks
from .table import table


def main(arguments: Sequence[str]) -> None:
    with notebooks() as open_notebook:
        print(table(measure(open_notebook, SHORT if "--short" in arguments else FULL)))


if __name__ == "__main__":
    main(sys.argv[1:])
