"""`python -m tests.prepare`: fetch what the tests install where it is missing, before they run."""

from __future__ import annotations

from tests.harness.tools import (
    plugin_packages,
    require_opencode,
    require_opencode2,
    require_version,
)
from tests.matrix.environments import environment
from tests.matrix.rows import ROWS
from tests.protocol.test_older_servers import DEFAULT


def main() -> None:
    """Fetch all of it; what cannot be had is an error, which the tests would say as well."""
    require_opencode()
    require_opencode2()
    plugin_packages()
    require_version(DEFAULT)
    for row in ROWS:
        if row.in_ci:
            environment(row)


if __name__ == "__main__":
    main()
