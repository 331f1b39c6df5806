"""The folder in which servers keep their data: who may read it, and what a start would change."""

from __future__ import annotations

from ..protocol.hosting import data_folder, hosting_of
from .finding import Finding, Fix
from .host import Host


def data(host: Host, version: str) -> Finding:
    """Check what a server of this version means for the data, and who may read it."""
    folder = data_folder(host.environ)
    note = hosting_of(version).check_data(host.environ)
    details = {"path": str(folder)}
    if note.open_to_others:
        why = "others on this machine may read keys and conversations there"
        fix = Fix(("chmod", "go=", str(folder)))
        return Finding("data", "warn", f"{folder} is open", why, fix, details)
    if note.says:
        what, _, why = note.says.partition(": ")
        return Finding("data", "ok", what, why, details=details)
    return Finding("data", "ok", str(folder), details=details)


def refusal(host: Host, version: str) -> str:
    """Return what a first start would change, which is the user's to decide; "" for nothing."""
    return hosting_of(version).check_data(host.environ).asks
