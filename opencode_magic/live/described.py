"""What the server asks, in words, for the machine this runs on: links there are followed."""

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
    """Return the words for a request, also about the folders that its folders really are.

    Parameters
    ----------
    request, transcript, damage:
        as `render.asks.ask` takes them.
    notebook:
        the file that is open here, by whatever name; "" where there is none.
    """
    if not isinstance(request, PermissionRequest):
        return ask(request, transcript)
    opened = bool(notebook) and request.kind == "edit" and _changes(notebook, request, transcript)
    return ask(with_real_places(request), transcript, opened=opened, damage=damage)


def _changes(file: str, request: PermissionRequest, transcript: Transcript | None) -> bool:
    """Whether a change may be of this file, by whatever name."""
    return any(is_same_file(file, name) for name in edited_files(request, transcript))
