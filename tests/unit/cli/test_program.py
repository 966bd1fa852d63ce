"""The program as a whole: its version, and what counts as wrong use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.cli import main

if TYPE_CHECKING:
    from click.testing import CliRunner


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "none.yaml"],
        ["check", "."],
        ["check"],
        ["check", "--severity", "bad"],
        ["check", "--format", "xml"],
        ["x"],
    ],
)
def test_wrong_use_is_status_2(runner: CliRunner, arguments: list[str]) -> None:
    """A file that can't be read, an unknown option's value or an unknown command is wrong use, not a finding."""
    assert runner.invoke(main, arguments).exit_code == 2


def test_says_its_version(runner: CliRunner) -> None:
    """``--version`` names the program and the installed version."""
    assert runner.invoke(main, ["--version"]).stdout.startswith("consentkit 0.")
