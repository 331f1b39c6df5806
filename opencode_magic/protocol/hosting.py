"""How a server of ours is started and configured, by its major version."""

from __future__ import annotations

from .host import CONFIG as CONFIG
from .host import CONFIG_FILES as CONFIG_FILES
from .host import FOLDER as FOLDER
from .host import PASSWORD as PASSWORD
from .host import PASSWORDS as PASSWORDS
from .host import PRIVATE as PRIVATE
from .host import USERNAME as USERNAME
from .host import Hosting as Hosting
from .host import data_folder as data_folder
from .host import own_folders as own_folders
from .v1 import versions as first
from .v1.brought import GENERATED as GENERATED
from .v1.brought import OWN_PACKAGE as OWN_PACKAGE
from .v1.first_ask import first_ask as first_ask
from .v1.hosting import Hosting1
from .v1.hosting import listed_plugins as listed_plugins
from .v2 import proving as proving
from .v2 import versions as second
from .v2.hosting import Hosting2
from .v2.templates import shell_in_command as shell_in_command
from .versions import major_of

FIRST, SECOND = Hosting1(), Hosting2()
HOSTINGS: dict[int, Hosting] = {1: FIRST, 2: SECOND}
"""By major: all that can be run."""


def hosting_of(version: str) -> Hosting:
    """Return how a server of this version is run; as one of 1.x where we do not know it."""
    return HOSTINGS.get(major_of(version), FIRST)


def check_runnable(version: str) -> None:
    """Raise UnsupportedError, with the way out, for a version we cannot drive."""
    check = second.check_version if major_of(version) >= 2 else first.check_version
    check(version)


def address_in(line: str) -> str:
    """Return the address that a line of a server tells, of whatever major; "" for none."""
    return next(filter(None, (each.address_in(line) for each in HOSTINGS.values())), "")
