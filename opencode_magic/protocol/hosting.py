"""How a server of ours is started and configured. All that can be run so far is OpenCode 1."""

from __future__ import annotations

from .v1.brought import GENERATED as GENERATED
from .v1.brought import OWN_PACKAGE as OWN_PACKAGE
from .v1.brought import describe as describe
from .v1.first_ask import first_ask as first_ask
from .v1.hosting import CONFIG as CONFIG
from .v1.hosting import CONFIG_FILES as CONFIG_FILES
from .v1.hosting import FOLDER as FOLDER
from .v1.hosting import PASSWORD as PASSWORD
from .v1.hosting import PRIVATE as PRIVATE
from .v1.hosting import USERNAME as USERNAME
from .v1.hosting import address_in as address_in
from .v1.hosting import check_data as check_data
from .v1.hosting import config_content as config_content
from .v1.hosting import hasty_npm as hasty_npm
from .v1.hosting import inherited as inherited
from .v1.hosting import listed_plugins as listed_plugins
from .v1.hosting import own_folders as own_folders
from .v1.hosting import told as told
