"""The technique table's site in its variants, and visitors who see every page of it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "www.techniques.localhost"
_ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def serving(folder: Path, walls: str) -> Iterator[Site]:
    """Run the site in a process of its own, with both walls, one of them, or none."""
    command = [sys.executable, "-m", "tests.browser.techniques.site", str(folder / "consent.db"), "--walls", walls]
    log = folder / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=_ROOT) as process,
    ):
        assert process.stdout is not None
        try:
            name, _, port = process.stdout.readline().partition(":")
            assert name == "Port", f"the site did not start:\n{log.read_text()}"
            yield Site(f"http://{HOST}:{int(port)}")
        finally:
            process.terminate()
            process.wait(timeout=20)
    complaints = log.read_text()
    assert not complaints, f"the server complained:\n{complaints}"


_FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Have a line of figures printed at the end of the run: browser, walls, phase, and which of how many techniques."""

    def note(where: str, which: set[str], of: int, fell: str = "leaked", things: str = "techniques") -> None:
        names = f": {' '.join(sorted(which))}" if which else ""
        line = f"{where}: {len(which)} of {of} {things} {fell}{names}"
        request.config.stash.setdefault(_FIGURES, []).append(line)

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures."""
    if lines := config.stash.get(_FIGURES, []):
        terminalreporter.section("techniques")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="module")
def walled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """Give the site with ``both`` walls, with ``html`` or ``csp`` alone, or with ``none``; each is started once."""
    running: dict[str, Site] = {}
    entered = []

    def start(walls: str) -> Site:
        if walls not in running:
            manager = serving(tmp_path_factory.mktemp(f"walls-{walls}"), walls)
            running[walls] = manager.__enter__()
            entered.append(manager)
        return running[walls]

    yield start
    for manager in entered:
        manager.__exit__(None, None, None)
