"""``consentkit notice`` and ``consentkit register``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consentkit.cli import main

if TYPE_CHECKING:
    from click.testing import CliRunner


@pytest.fixture(autouse=True)
def manifest(runner: CliRunner) -> None:
    """The starter, in the directory the command runs in."""
    assert runner.invoke(main, ["init"]).exit_code == 0


@pytest.mark.parametrize("command", ["notice", "register"])
@pytest.mark.parametrize(("kind", "begins"), [("markdown", "# "), ("html", "<!doctype html>"), ("json", "{")])
def test_writes_each_format(runner: CliRunner, command: str, kind: str, begins: str) -> None:
    """To standard output, or to a file with nothing else said."""
    shown = runner.invoke(main, [command, "--format", kind])
    assert (shown.exit_code, shown.stdout.startswith(begins)) == (0, True)
    kept = runner.invoke(main, [command, "--format", kind, "--output", "out"])
    assert (kept.exit_code, kept.stdout) == (0, "")
    assert Path("out").read_text("utf-8") == shown.stdout


@pytest.mark.parametrize("command", ["notice", "register"])
def test_speaks_the_site_s_language_or_the_one_asked_for(runner: CliRunner, command: str) -> None:
    """French is the first language of the starter's site or not; the option decides."""
    spoken = {
        language: json.loads(runner.invoke(main, [command, "--format", "json", "-l", language]).stdout)["language"]
        for language in ("fr", "en")
    }
    assert spoken == {"fr": "fr", "en": "en"}


@pytest.mark.parametrize("command", ["notice", "register"])
def test_a_manifest_with_mistakes_is_no_document(runner: CliRunner, command: str) -> None:
    """The mistakes are listed with their lines, and nothing is written."""
    Path("bad.yaml").write_text("version: 1\n")
    result = runner.invoke(main, [command, "bad.yaml", "--output", "out"])
    assert result.exit_code == 1
    assert result.stderr.startswith("bad.yaml:1:")
    assert not Path("out").exists()


def test_where_nothing_can_be_written(runner: CliRunner) -> None:
    """A directory that is not there is wrong use."""
    result = runner.invoke(main, ["notice", "--output", "none/out"])
    assert result.exit_code == 2
    assert "can't be written" in result.stderr
