"""A request, and a grant, is about the place a link leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from opencode_magic.disk.places import is_same_file
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.policy.grants import Policy
from opencode_magic.policy.realplaces import with_real_places


def leaving(*folders: Path) -> PermissionRequest:
    patterns = [f"{folder}/*" for folder in folders]
    return PermissionRequest("per", "ses", "external_directory", patterns, always=patterns)


def verdict(policy: Policy, request: PermissionRequest) -> str:
    return policy.decide(with_real_places(request)).reply


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two folders, and a link to the first."""
    first, second, link = (tmp_path / name for name in ("first", "second", "link"))
    first.mkdir()
    second.mkdir()
    link.symlink_to(first)
    return first, second, link


def test_always_for_a_link_covers_what_it_led_to_and_not_what_it_leads_to_later(
    folders: tuple[Path, Path, Path],
) -> None:
    first, second, link = folders
    policy = Policy().with_always(with_real_places(leaving(link)))
    assert verdict(policy, leaving(link)) == "once"
    assert verdict(policy, leaving(first)) == "once"
    link.unlink()
    link.symlink_to(second)
    assert verdict(policy, leaving(link)) == "ask"
    assert verdict(policy, leaving(second)) == "ask"


def test_always_for_a_folder_does_not_cover_a_link_in_it_that_leads_out(
    folders: tuple[Path, Path, Path],
) -> None:
    first, second, _ = folders
    (first / "way-out").symlink_to(second)
    (first / "below").mkdir()
    policy = Policy().with_always(with_real_places(leaving(first)))
    assert verdict(policy, leaving(first / "way-out")) == "ask"
    assert verdict(policy, leaving(first / "below")) == "once"
    assert verdict(policy, leaving(first / "below", first / "way-out")) == "ask"


def test_always_for_a_protected_file_covers_no_other() -> None:
    def reading(file: str) -> PermissionRequest:
        return PermissionRequest("per", "ses", "read", [file], always=["*"])

    policy = Policy().with_always(with_real_places(reading(".env")))
    assert [str(grant) for grant in policy.grants] == ["read: .env"]
    assert verdict(policy, reading(".env")) == "once"
    for other in ("data/.env", ".env.local", "../outside/.env"):
        assert verdict(policy, reading(other)) == "ask", other


def test_a_request_of_another_kind_stays_as_it_is() -> None:
    request = PermissionRequest("per", "ses", "bash", ["ls /*"], always=["ls *"])
    assert with_real_places(request) is request


def test_a_pattern_with_more_wildcards_stays_as_it_is() -> None:
    request = PermissionRequest("per", "ses", "external_directory", ["/a*/b/*", "*"])
    assert with_real_places(request).patterns == ["/a*/b/*", "*"]


def test_one_file_has_many_names(tmp_path: Path) -> None:
    file, link, hard = (tmp_path / name for name in ("n.ipynb", "link.ipynb", "hard.ipynb"))
    file.touch()
    link.symlink_to(file)
    hard.hardlink_to(file)
    (tmp_path / "folder").symlink_to(".")
    for name in (file, link, hard, tmp_path / "folder" / "n.ipynb"):
        assert is_same_file(str(file), str(name)), name
    assert not is_same_file(str(file), str(tmp_path / "other.ipynb"))
    missing = tmp_path / "folder" / "new.ipynb"
    assert is_same_file(str(tmp_path / "new.ipynb"), str(missing))
