"""``consentkit init``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from consentkit.cli import main
from consentkit.manifest.load import load

if TYPE_CHECKING:
    from datetime import date

    from click.testing import CliRunner


def test_init_writes_a_manifest_that_passes_check(runner: CliRunner) -> None:
    """The starter is valid as it is, and the next command finds it by its default name."""
    begun = runner.invoke(main, ["init"])
    assert (begun.exit_code, "consentkit check consent.yaml" in begun.stdout) == (0, True)
    checked = runner.invoke(main, ["check"])
    assert checked.exit_code == 0
    assert checked.stdout == "consent.yaml: 2 purposes, 1 service, 3 storage items; no problems\n"


def test_init_speaks_both_languages(runner: CliRunner) -> None:
    """The starter's texts are in French and English, so that its notice is whole in either."""
    runner.invoke(main, ["init", "--output", "a.yaml"])
    manifest = load("a.yaml")
    assert {manifest.purpose("analytics").label(language) for language in ("en", "fr")} == {
        "Audience measurement",
        "Mesure d’audience",
    }


def test_init_dates_the_notice(runner: CliRunner, today: date) -> None:
    """The starter's notice is of the day it was written, so that its first review is due a year later."""
    runner.invoke(main, ["init"])
    assert load("consent.yaml").notice.revision == today


def test_init_never_overwrites(runner: CliRunner) -> None:
    """A file that exists is left as it is."""
    Path("consent.yaml").write_text("mine")
    result = runner.invoke(main, ["init"])
    assert result.exit_code == 2
    assert "consent.yaml exists; name another file with --output" in result.stderr
    assert Path("consent.yaml").read_text() == "mine"


def test_init_where_nothing_can_be_written(runner: CliRunner) -> None:
    """A directory that is not there is wrong use, said with the system's reason."""
    result = runner.invoke(main, ["init", "--output", "none/consent.yaml"])
    assert result.exit_code == 2
    assert "can't be written: No such file or directory" in result.stderr
