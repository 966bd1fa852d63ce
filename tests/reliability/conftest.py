"""The promises about the records, measured: T1 to T18. Figures are printed at the end, each with its bar."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import figures
import machine
import pytest
from postgresql import running_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postgresql import Cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, one promise under the other, and which of them this run says nothing about."""
    kept = figures.in_order()
    if kept:
        terminalreporter.section("reliability" if figures.FULL else "reliability, a sample; all: make reliability")
    for figure in kept:
        terminalreporter.line(f"{figure.test:<4}{figure.text}")
        terminalreporter.line(f"    bar: {figure.bar}")
    if kept and (left := figures.unmeasured()):
        terminalreporter.line(f"not measured in this run: {', '.join(left)}")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """In a long run, print each figure when it is known: the run may be broken off."""
    reporter = item.config.pluginmanager.get_plugin("terminalreporter")
    capture = item.config.pluginmanager.get_plugin("capturemanager")
    for figure in figures.fresh() if figures.FULL and reporter and capture else ():
        with capture.global_and_fixture_disabled():
            reporter.write_line(f" {figure}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, for the whole run."""
    with running_cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of that kind."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/consent.db"
    return str(request.getfixturevalue("cluster").database())


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where there is one, for files that needn't survive anything."""
    where = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=where if where.is_dir() else None) as name:
        yield Path(name).resolve()


@pytest.fixture
def strace() -> None:
    """Skip where processes can't be traced."""
    if not shutil.which("strace") or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode:
        machine.lacks("strace is missing or may not trace; install it, and allow ptrace")


@pytest.fixture
def small_disk() -> Callable[[int], list[str]]:
    """Return the beginning of a command that runs the rest with a disk of so many bytes mounted at its first word."""

    def command(size: int) -> list[str]:
        script = f'mount -t tmpfs -o size={size} tmpfs "$1" && shift && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh"]

    probe = subprocess.run([*command(4096), "/mnt", "true"], capture_output=True)
    if probe.returncode:
        machine.lacks(f"a small disk can't be mounted here, which takes root: {probe.stderr.decode()}")
    return command
