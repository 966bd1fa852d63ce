"""What commands share."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from consentkit.cli.output import count, echo_json, format_option, progress


@click.command()
@format_option()
def listing(output_format: str) -> None:
    with progress(["à", "b"], "Reading") as items:
        found = list(items)
    if output_format == "json":
        echo_json(found)
    else:
        click.echo(count(len(found), "item"))


def test_text_is_for_people_and_the_default() -> None:
    """Without ``--format`` a command speaks to people."""
    assert CliRunner().invoke(listing).stdout == "2 items\n"


def test_json_keeps_letters_as_they_are() -> None:
    """A program gets one JSON document; what people read in it is not escaped."""
    assert CliRunner().invoke(listing, ["--format", "json"]).stdout == '[\n  "à",\n  "b"\n]\n'


def test_no_progress_bar_without_a_terminal() -> None:
    """What goes to a file or another program holds no bar."""
    assert CliRunner().invoke(listing).stderr == ""


def test_a_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the bar goes to standard error, apart from what the command prints."""
    monkeypatch.setattr("click._compat.isatty", lambda stream: True)
    monkeypatch.setattr("consentkit.cli.output._is_terminal", lambda stream: True)
    result = CliRunner().invoke(listing)
    assert result.stdout == "2 items\n"
    assert "Reading" in result.stderr


@pytest.mark.parametrize(("number", "words"), [(0, "0 problems"), (1, "1 problem"), (2, "2 problems")])
def test_counts_in_words(number: int, words: str) -> None:
    """Only one is singular."""
    assert count(number, "problem") == words
