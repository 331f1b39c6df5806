"""What is said of a Python, its packages, the system and the proxies."""

from __future__ import annotations

import pytest

from opencode_magic.doctor import environment
from tests.doctor.hosts import PACKAGES, PYTHON, Told


@pytest.mark.parametrize(
    ("system", "state", "words"),
    [
        ("Linux", "ok", "Linux"),
        ("Darwin", "unknown", "macOS"),
        ("Windows", "warn", "Windows"),
        ("Plan9", "unknown", "Plan9"),
    ],
)
def test_linux_is_tested_and_windows_needs_a_server_elsewhere(
    system: str, state: str, words: str
) -> None:
    finding = environment.system(Told().host(system=system))
    assert (finding.state, finding.found) == (state, words)
    if state == "warn":
        assert finding.fix
        assert "OPENCODE_BASE_URL" in finding.fix.text


def test_a_python_that_is_supported_is_named_with_its_path() -> None:
    finding = environment.python(Told().host())
    assert finding.state == "ok"
    assert finding.found == f"3.11.7, {PYTHON}"


def test_a_python_that_is_too_old_is_bad() -> None:
    finding = environment.python(Told().host(python_version="3.9.2"))
    assert finding.state == "bad"
    assert ">=3.10" in finding.why


def test_a_python_that_is_not_yet_released_is_fine() -> None:
    assert environment.python(Told().host(python_version="3.15.0a1")).state == "ok"


def test_packages_are_named_with_their_versions() -> None:
    finding = environment.packages(Told().host())
    assert finding.state == "ok"
    assert finding.found == "ipython 9.18.1, ipykernel 7.4.0, anywidget 0.11.0"
    assert finding.details["anywidget"] == "0.11.0"


def test_all_that_is_missing_or_old_is_fixed_by_one_command() -> None:
    told = Told(packages={**PACKAGES, "ipython": "8.1.0"})
    told.packages = {k: v for k, v in told.packages.items() if k != "anywidget"}
    finding = environment.packages(told.host())
    assert finding.state == "bad"
    assert finding.found == "anywidget is missing; ipython 8.1.0 is not >=8.18"
    assert finding.fix
    assert finding.fix.command == (
        PYTHON, "-m", "pip", "install", "anywidget>=0.9.13", "ipython>=8.18"
    )  # fmt: skip
    assert finding.fix.text.endswith("install 'anywidget>=0.9.13' 'ipython>=8.18'")


def test_a_version_that_nobody_can_read_is_not_objected_to() -> None:
    told = Told(packages={**PACKAGES, "ipython": "built by hand"})
    assert environment.packages(told.host()).state == "ok"


def test_uv_installs_where_there_is_no_pip() -> None:
    told = Told(programs=["uv"], packages={"ipython": "9.0"})
    finding = environment.packages(told.host())
    assert finding.fix
    assert finding.fix.command[:5] == ("/usr/bin/uv", "pip", "install", "--python", PYTHON)


@pytest.mark.parametrize(
    ("environ", "state"),
    [
        ({}, "ok"),
        ({"HTTP_PROXY": ""}, "ok"),
        ({"HTTPS_PROXY": "http://me:pw@proxy:3128"}, "warn"),
        ({"http_proxy": "http://me:pw@proxy:3128", "NO_PROXY": "localhost"}, "warn"),
        ({"http_proxy": "http://me:pw@proxy:3128", "NO_PROXY": "localhost,127.0.0.1"}, "ok"),
        ({"http_proxy": "http://me:pw@proxy:3128", "no_proxy": "*"}, "ok"),
    ],
)
def test_a_proxy_for_this_machine_itself_is_a_warning_and_never_shown(
    environ: dict[str, str], state: str
) -> None:
    finding = environment.proxies(Told().host(environ=environ))
    assert finding.state == state
    assert "pw" not in repr(finding)


def test_what_is_to_be_added_to_no_proxy_keeps_what_is_in_it() -> None:
    environ = {"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "example.org"}
    finding = environment.proxies(Told().host(environ=environ))
    assert finding.fix
    assert "NO_PROXY=example.org,127.0.0.1,localhost " in finding.fix.text
