"""What is said of kernels and pages, on machines that are laid out as folders."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from opencode_magic.doctor.host import Ran
from opencode_magic.doctor.jupyters import Jupyter, find_jupyters, same_environment
from opencode_magic.doctor.notebook import MANAGER, front_end, kernels
from tests.doctor.hosts import PACKAGES, PYTHON, Told

OTHER = "/other/bin/python"
WITH_US = {"opencode-magic": "0.1.0", "ipykernel": "7.4.0"}


def put_kernel(folder: Path, name: str, *argv: str, language: str = "python") -> None:
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    spec = {"argv": argv, "language": language, "display_name": name.title()}
    (place / "kernel.json").write_text(json.dumps(spec))


def put_extension(folder: Path, name: str, version: str) -> None:
    place = folder / "labextensions" / name
    place.mkdir(parents=True)
    (place / "package.json").write_text(json.dumps({"name": name, "version": version}))


@pytest.fixture
def page(tmp_path: Path) -> Jupyter:
    """JupyterLab in this Python's environment, with all that widgets need."""
    put_extension(tmp_path, "anywidget", "0.11.0")
    put_extension(tmp_path, MANAGER, "5.0.16")
    versions = {**WITH_US, "jupyterlab": "4.6.6"}
    return Jupyter(PYTHON, versions, (tmp_path,), (tmp_path / "config",))


def test_the_kernel_of_this_python_is_named(page: Jupyter) -> None:
    put_kernel(page.data[0], "python3", "python", "-m", "ipykernel_launcher")
    finding = kernels(Told().host(), [page])
    assert (finding.state, finding.found) == ("ok", "python3 (this Python)")


def test_a_default_kernel_without_us_is_a_warning_with_the_command_for_its_python(
    page: Jupyter,
) -> None:
    put_kernel(page.data[0], "ours", PYTHON, "-m", "ipykernel_launcher")
    put_kernel(page.data[0], "python3", OTHER, "-m", "ipykernel_launcher")
    told = Told(programs=[PYTHON, OTHER], answers={(OTHER,): '{"ipykernel": "6.29.5"}'})
    finding = kernels(told.host(), [page])
    assert finding.state == "warn"
    assert finding.found == f"ours (this Python); python3 ({OTHER}) without opencode_magic"
    assert finding.fix
    assert finding.fix.command == (OTHER, "-m", "pip", "install", "opencode-magic")


def test_another_kernel_without_us_is_told_and_is_no_problem(page: Jupyter) -> None:
    put_kernel(page.data[0], "python3", "python", "-m", "ipykernel_launcher")
    put_kernel(page.data[0], "old", OTHER, "-m", "ipykernel_launcher")
    told = Told(programs=[OTHER], answers={(OTHER,): "{}"})
    finding = kernels(told.host(), [page])
    assert finding.state == "ok"
    assert f"old ({OTHER}) without" in finding.found


def test_no_kernel_that_can_load_us_is_bad(page: Jupyter) -> None:
    put_kernel(page.data[0], "old", OTHER, "-m", "ipykernel_launcher")
    told = Told(programs=[OTHER], answers={(OTHER,): "{}"})
    finding = kernels(told.host(), [page])
    assert finding.state == "bad"
    assert finding.fix
    assert finding.fix.command[0] == OTHER


def test_a_kernel_started_by_something_else_is_not_asked(page: Jupyter) -> None:
    put_kernel(page.data[0], "far", "ssh", "host", "python")
    put_kernel(page.data[0], "dead", OTHER, "-m", "ipykernel_launcher")
    put_kernel(page.data[0], "julia", "julia", language="julia")
    told = Told(programs=[OTHER], answers={(OTHER,): Ran(1, "Traceback ...")})
    finding = kernels(told.host(), [page])
    assert finding.state == "unknown"
    assert "julia" not in finding.found
    assert ("ssh",) not in [command[:1] for command in told.ran]


@pytest.mark.parametrize(
    ("packages", "end"),
    [(PACKAGES, ("ipykernel", "install", "--user")), ({"pip": "1"}, ("install", "ipykernel"))],
)
def test_no_kernel_at_all_is_a_warning(packages: dict[str, str], end: tuple[str, ...]) -> None:
    finding = kernels(Told(packages=packages).host(), [])
    assert finding.state == "warn"
    assert finding.fix
    assert finding.fix.command[-len(end) :] == end


def test_a_damaged_kernelspec_is_passed_over(page: Jupyter) -> None:
    put_kernel(page.data[0], "python3", "python", "-m", "ipykernel_launcher")
    for name, text in (("a", "{"), ("b", "[]"), ("c", '{"argv": 3, "language": "python"}')):
        (page.data[0] / "kernels" / name).mkdir()
        (page.data[0] / "kernels" / name / "kernel.json").write_text(text)
    assert kernels(Told().host(), [page]).found == "python3 (this Python)"


def test_a_page_with_all_it_needs_is_ok(page: Jupyter) -> None:
    finding = front_end(Told().host(), [page])
    assert (finding.state, finding.found) == ("ok", "JupyterLab 4.6.6 with anywidget 0.11.0")


def test_a_page_without_anywidget_is_fixed_where_it_runs(page: Jupyter, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    put_extension(bare, MANAGER, "5.0.16")
    finding = front_end(Told().host(), [Jupyter(OTHER, page.versions, (bare,))])
    assert finding.state == "warn"
    assert finding.found == f"JupyterLab 4.6.6 of {OTHER} without anywidget"
    assert finding.fix
    assert finding.fix.command == (OTHER, "-m", "pip", "install", "anywidget~=0.11.0")


def test_a_page_with_another_anywidget_than_the_kernel_cannot_draw_its_widgets(
    page: Jupyter,
) -> None:
    told = Told(packages={**PACKAGES, "anywidget": "0.9.21"})
    finding = front_end(told.host(), [page])
    assert finding.state == "warn"
    assert "this Python's is 0.9.21" in finding.found
    assert finding.fix
    assert finding.fix.command[-1] == "anywidget~=0.9.0"


def test_a_page_without_ipywidgets_is_told_of_that_first(tmp_path: Path) -> None:
    finding = front_end(Told().host(), [Jupyter(PYTHON, {"notebook": "7.4.0"}, (tmp_path,))])
    assert finding.found == "Notebook 7.4.0 without ipywidgets"
    assert finding.fix
    assert finding.fix.command[-1] == "ipywidgets"


@pytest.mark.parametrize(
    ("disabled", "state"),
    [
        ({"anywidget": True}, "warn"),
        ({"anywidget:plugin": True}, "warn"),
        (["anywidget"], "warn"),
        ({"anywidget": False}, "ok"),
        ("anywidget", "ok"),  # not a shape that Jupyter reads
    ],
)
def test_an_extension_that_is_switched_off_is_switched_on_again(
    page: Jupyter, disabled: object, state: str
) -> None:
    file = page.config[0] / "labconfig" / "page_config.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"disabledExtensions": disabled}))
    finding = front_end(Told().host(), [page])
    assert finding.state == state
    if state == "warn":
        assert finding.fix
        assert finding.fix.command[-2:] == ("enable", "anywidget")


def test_where_there_is_no_page_the_notebook_itself_is_to_be_asked() -> None:
    finding = front_end(Told().host(), [])
    assert finding.state == "unknown"
    assert "/doctor" in finding.why


def test_on_a_hub_a_page_that_is_here_may_not_be_the_one_that_is_used(page: Jupyter) -> None:
    finding = front_end(Told().host(environ={"JUPYTERHUB_USER": "ada"}), [page])
    assert finding.state == "unknown"
    assert "hub" in finding.why


def test_the_jupyter_on_the_path_is_looked_at_beside_this_pythons(tmp_path: Path) -> None:
    script = tmp_path / "jupyter"
    script.write_text(f"#!{OTHER}\nimport sys\n")
    paths = json.dumps({"data": ["/d"], "config": ["/c"]})
    told = Told(
        answers={
            (PYTHON, "-c"): json.dumps(WITH_US),
            (PYTHON, "-m"): paths,
            (OTHER, "-c"): '{"jupyterlab": "4.2.0"}',
            (OTHER, "-m"): paths,
        }
    )
    host = replace(told.host(), which={"jupyter": str(script)}.get)
    here, other = find_jupyters(host)
    assert (here.python, here.pages) == (PYTHON, ())
    assert (other.python, other.pages) == (OTHER, ("JupyterLab 4.2.0",))
    assert other.data == (Path("/d"),)


def test_two_pythons_of_one_folder_are_two_and_two_names_of_one_are_one(tmp_path: Path) -> None:
    for name in ("python3.9", "python3.12"):
        (tmp_path / name).write_text("")
    (tmp_path / "python").symlink_to("python3.12")
    old, new, link = (str(tmp_path / name) for name in ("python3.9", "python3.12", "python"))
    assert not same_environment(old, link)
    assert same_environment(new, link)


def test_a_python_without_jupyter_is_no_jupyter() -> None:
    told = Told(answers={(PYTHON, "-c"): "{}", (PYTHON, "-m"): Ran(1, "No module named ...")})
    assert find_jupyters(told.host()) == []
