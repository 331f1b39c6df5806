"""`python -m tests.bench`: measure everything and print the table; `--short` as in CI."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .majors import side_by_side
from .measure import FULL, SHORT, measure
from .stage import notebooks, server_of_2
from .table import table


def main(arguments: Sequence[str]) -> None:
    plan = SHORT if "--short" in arguments else FULL
    with notebooks() as open_notebook, server_of_2() as connect_to_2:
        first = measure(open_notebook, plan)
        print(table(first), flush=True)
        print("\n" + side_by_side(first, measure(open_notebook, plan, connect=connect_to_2)))


if __name__ == "__main__":
    main(sys.argv[1:])
