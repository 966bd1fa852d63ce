"""A command line in an empty directory, on a known day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consentkit.cli import clock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def today() -> date:
    """The day on which every command runs."""
    return date(2026, 11, 22)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, today: date) -> CliRunner:
    """A runner in an empty directory, on a day in November 2026."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "today", lambda: today)
    return CliRunner()
