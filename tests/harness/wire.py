"""Values as the first server's dialect reads them."""

from __future__ import annotations

import msgspec

from opencode_magic.model.messages import Failure
from opencode_magic.protocol.v1.codec import _choose


def told(name: str, message: str = "", status: int = 0) -> Failure:
    """Return a failure that the server tells under this name."""
    said = {"name": name, "data": {"message": message, "statusCode": status}}
    return msgspec.convert(said, Failure, dec_hook=_choose)
