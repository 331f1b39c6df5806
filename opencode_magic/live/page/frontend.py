"""What can be told of the front end before anything is shown."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

# What jupyter_client's own session makes: the session, the client's process, a number.
_PYTHON_CLIENT = re.compile(r"(?P<session>.+)_\d+_\d+")


def shows_text_only(kernel: Any) -> bool:
    """True for `jupyter console` and the like, which show a widget as its repr, and no update.

    Nothing says so. But they are written in Python on jupyter_client, which numbers its messages in
    a way of its own, and they have no cells: whoever has says which one it is in the metadata.
    """
    with suppress(AttributeError, TypeError, KeyError, LookupError):
        request = kernel.get_parent()
        header = request["header"]
        found = _PYTHON_CLIENT.fullmatch(str(header["msg_id"]))
        return (
            found is not None
            and found["session"] == header["session"]
            and not request.get("metadata")
        )
    return False
