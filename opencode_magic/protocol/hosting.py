"""How a server of ours is run, told and tried. All that can be run so far is OpenCode 1."""

from __future__ import annotations

from .v1.brought import GENERATED, OWN_PACKAGE, describe
from .v1.first_ask import first_ask
from .v1.hosting import (
    CONFIG,
    CONFIG_FILES,
    FOLDER,
    PASSWORD,
    PRIVATE,
    USERNAME,
    address_in,
    check_data,
    config_content,
    hasty_npm,
    inherited,
    listed_plugins,
    own_folders,
    told,
)

__all__ = [
    "CONFIG",
    "CONFIG_FILES",
    "FOLDER",
    "GENERATED",
    "OWN_PACKAGE",
    "PASSWORD",
    "PRIVATE",
    "USERNAME",
    "address_in",
    "check_data",
    "config_content",
    "describe",
    "first_ask",
    "hasty_npm",
    "inherited",
    "listed_plugins",
    "own_folders",
    "told",
]
