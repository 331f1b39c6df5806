"""Machines that are only told of: what is on their PATH, what their programs answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opencode_magic.doctor.host import Host, Ran

PYTHON = "/env/bin/python"
REQUIRES = ("anywidget>=0.9.13", "ipython>=8.18", 'jupyterlab>=4.2; extra == "demo"')
PACKAGES = {
    "anywidget": "0.11.0",
    "ipykernel": "7.4.0",
    "ipython": "9.18.1",
    "opencode-magic": "0.1.0",
    "pip": "25.0",
}

Answers = Mapping[tuple[str, ...], Ran | str]
"""What programs say, by the beginning of their command; the longest that fits counts."""


@dataclass
class Told:
    """A machine without effects; `ran` keeps what was run."""

    programs: Sequence[str] = ()
    answers: Answers = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=lambda: dict(PACKAGES))
    ran: list[tuple[str, ...]] = field(default_factory=list)

    def which(self, name: str) -> str | None:
        if name.startswith("/"):
            return name if name in self.programs else None
        return f"/usr/bin/{name}" if name in self.programs else None

    def run(self, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Ran | None:
        self.ran.append(tuple(command))
        fitting = [begin for begin in self.answers if tuple(command[: len(begin)]) == begin]
        if not fitting:
            return None
        answer = self.answers[max(fitting, key=len)]
        return Ran(0, answer) if isinstance(answer, str) else answer

    def host(
        self,
        *,
        system: str = "Linux",
        python_version: str = "3.11.7",
        environ: Mapping[str, str] | None = None,
        is_root: bool = False,
        prefix: Path = Path("/env"),
        home: Path = Path("/home/ada"),
        requires: tuple[str, ...] = REQUIRES,
    ) -> Host:
        return Host(
            system=system,
            python=PYTHON,
            python_version=python_version,
            prefix=prefix,
            home=home,
            environ=environ or {},
            is_root=is_root,
            requires=requires,
            requires_python=">=3.10",
            which=self.which,
            run=self.run,
            installed=self.packages.get,
        )
