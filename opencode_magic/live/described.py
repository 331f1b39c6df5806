"""The server's requests in words, for the machine this runs on: links there are followed."""

from __future__ import annotations

from collections.abc import Sequence

from ..disk.places import is_same_file
from ..model.asks import PermissionRequest
from ..model.transcript import Ask, Transcript
from ..policy.realplaces import with_real_places
from ..render.asks import AskText, ask, edited_files


def describe(
    request: Ask,
    transcript: Transcript | None = None,
    notebook: str = "",
    damage: Sequence[str] = (),
) -> AskText:
    """Return the words for a request, including the folders to which its links lead.

    Parameters
    ----------
    request, transcript, damage:
        as `render.asks.ask` takes them.
    notebook:
        the path of the notebook that is open here, by whatever name; "" if there is none.
    """
    if not isinstance(request, PermissionRequest):
        return ask(request, transcript)
    opened = (
        bool(notebook)
        and request.kind == "edit"
        and any(is_same_file(notebook, name) for name in edited_files(request, transcript))
    )
    return ask(with_real_places(request), transcript, opened=opened, damage=damage)
