"""The command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentkit.cli import main
from consentkit.manifest.load import load

BAD = "version: 1\nsite: {name: x, controller: {name: x}}\nnotice: {revision: soon}\npurposes: [{id: a}, {id: a}]\n"


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner in an empty directory."""
    monkeypatch.chdir(tmp_path)
    return CliRunner()


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


def test_check_lists_problems_by_line(runner: CliRunner) -> None:
    """Findings go to stdout one a line, their number to stderr, and the status is 1."""
    Path("bad.yaml").write_text(BAD)
    result = runner.invoke(main, ["check", "bad.yaml"])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "bad.yaml:3:20: notice.revision: 'soon' is not a date; write e.g. 2026-11-22",
        "bad.yaml:4:26: purposes.1.id: 'a' is already the id of purposes.0; give each its own",
    ]
    assert result.stderr == "2 problems\n"


def test_check_reports_as_json(runner: CliRunner) -> None:
    """The same findings are there for programs, with the same status."""
    Path("bad.yaml").write_text(BAD)
    result = runner.invoke(main, ["check", "bad.yaml", "--format", "json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["file"], report["ok"]) == ("bad.yaml", False)
    assert report["problems"][0] == {
        "line": 3,
        "column": 20,
        "path": "notice.revision",
        "message": "'soon' is not a date; write e.g. 2026-11-22",
    }


def test_check_reports_a_good_file_as_json(runner: CliRunner) -> None:
    """Without problems the report is ok and the list is empty."""
    runner.invoke(main, ["init"])
    result = runner.invoke(main, ["check", "--format", "json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"file": "consent.yaml", "ok": True, "problems": []}


@pytest.mark.parametrize(
    "arguments", [["check", "none.yaml"], ["check", "."], ["check"], ["check", "--format", "xml"], ["x"]]
)
def test_wrong_use_is_status_2(runner: CliRunner, arguments: list[str]) -> None:
    """A file that can't be read, an unknown option's value or an unknown command is wrong use, not a finding."""
    assert runner.invoke(main, arguments).exit_code == 2


def test_says_its_version(runner: CliRunner) -> None:
    """``--version`` names the program and the installed version."""
    assert runner.invoke(main, ["--version"]).stdout.startswith("consentkit 0.")
