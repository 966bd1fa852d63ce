"""``consentkit check``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consentkit.cli import main

if TYPE_CHECKING:
    from click.testing import CliRunner

BAD = "version: 1\nsite: {name: x, controller: {name: x}}\nnotice: {revision: soon}\npurposes: [{id: a}, {id: a}]\n"


FOUND = """\
version: 1
site: {name: X, controller: {name: X, country: BE, policy: /p}}
notice: {revision: 2026-11-01}
choice: {refusal_lifetime: 1 month}
purposes:
  - {id: necessary, exempt: basket, description: Holds the basket.}
cookies:
  - {name: basket, kind: local, purpose: necessary, lifetime: persistent until cleared}
  - {name: old, purpose: necessary, lifetime: 2 years}
"""


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
        "rule": None,
        "message": "'soon' is not a date; write e.g. 2026-11-22",
    }


def test_check_reports_a_good_file_as_json(runner: CliRunner) -> None:
    """Without problems the report is ok and the list is empty."""
    runner.invoke(main, ["init"])
    result = runner.invoke(main, ["check", "--format", "json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"file": "consent.yaml", "ok": True, "problems": [], "findings": []}


def test_check_lists_findings_by_line(runner: CliRunner) -> None:
    """A manifest without mistakes is judged by the rules: place, severity, rule, remedy and source on one line."""
    Path("c.yaml").write_text(FOUND)
    result = runner.invoke(main, ["check", "c.yaml"])
    assert result.exit_code == 1
    assert [line.split(": ")[:3] for line in result.stdout.splitlines()] == [
        ["c.yaml:4:28", "error L13", "choice.refusal_lifetime"],
        ["c.yaml:8:63", "information L14", "cookies.0.lifetime"],
        ["c.yaml:9:47", "warning L10", "cookies.1.lifetime"],
    ]
    assert result.stdout.splitlines()[2].endswith(
        "'old' is declared for '2 years', and browsers drop it before; declare 400 days at most: "
        "that is how long it really lives [RFC 6265bis, cookie lifetime limits]"
    )
    assert result.stderr == "1 error, 1 warning, 1 hint\n"


@pytest.mark.parametrize(
    ("severity", "rules", "status"), [("error", "L13", 1), ("warning", "L13 L10", 1), ("information", "L13 L14 L10", 1)]
)
def test_severity_leaves_the_lesser_out(runner: CliRunner, severity: str, rules: str, status: int) -> None:
    """Findings below the severity asked for are not shown."""
    Path("c.yaml").write_text(FOUND)
    result = runner.invoke(main, ["check", "c.yaml", "--severity", severity, "--format", "json"])
    assert [found["rule"] for found in json.loads(result.stdout)["findings"]] == rules.split()
    assert result.exit_code == status


def test_what_is_left_out_does_not_count(runner: CliRunner) -> None:
    """A file with warnings alone passes where only errors are asked for, and says what it holds."""
    Path("c.yaml").write_text(FOUND.replace("choice: {refusal_lifetime: 1 month}\n", ""))
    assert runner.invoke(main, ["check", "c.yaml"]).exit_code == 1
    strict = runner.invoke(main, ["check", "c.yaml", "--severity", "error"])
    assert (strict.exit_code, strict.stdout) == (0, "c.yaml: 1 purpose, 0 services, 2 storage items; no problems\n")


def test_information_alone_is_status_0(runner: CliRunner) -> None:
    """What is only worth knowing is shown and fails nothing."""
    Path("c.yaml").write_text(
        FOUND.replace("choice: {refusal_lifetime: 1 month}\n", "").replace("lifetime: 2 years", "lifetime: 1 year")
    )
    result = runner.invoke(main, ["check", "c.yaml"])
    assert result.exit_code == 0
    assert result.stdout.startswith("c.yaml:7:63: information L14: cookies.0.lifetime: 'basket' stays")
    assert json.loads(runner.invoke(main, ["check", "c.yaml", "--format", "json"]).stdout)["ok"] is True


def test_findings_as_json_are_whole(runner: CliRunner) -> None:
    """A program gets every part of a finding by name."""
    Path("c.yaml").write_text(FOUND)
    report = json.loads(runner.invoke(main, ["check", "c.yaml", "--format", "json"]).stdout)
    assert report["findings"][0] == {
        "line": 4,
        "column": 28,
        "path": "choice.refusal_lifetime",
        "rule": "L13",
        "severity": "error",
        "message": "a consent is kept for '6 months' and a refusal for '1 month'",
        "remedy": "leave 'refusal_lifetime' out: it is as long as 'lifetime'",
        "source": "CNIL délib. 2020-092 §36-39; EDPB Guidelines 03/2022 §4.1.1",
    }


def test_a_mistake_that_breaks_a_rule_names_it(runner: CliRunner) -> None:
    """What the loader refuses carries the rule's id, in text and as SARIF."""
    Path("c.yaml").write_text(FOUND.replace("2 years", "2 moons"))
    result = runner.invoke(main, ["check", "c.yaml"])
    assert result.exit_code == 1
    assert result.stdout.endswith("'2 moons' is not a duration; write e.g. '13 months' [L14]\n")
    sarif = runner.invoke(main, ["check", "c.yaml", "--format", "sarif"])
    assert sarif.exit_code == 1
    assert [found["ruleId"] for found in json.loads(sarif.stdout)["runs"][0]["results"]] == ["L14"]


def test_findings_as_sarif(runner: CliRunner) -> None:
    """The same findings, at the same places, are there for code hosts."""
    Path("c.yaml").write_text(FOUND)
    result = runner.invoke(main, ["check", "c.yaml", "--format", "sarif"])
    assert result.exit_code == 1
    log = json.loads(result.stdout)
    assert log["version"] == "2.1.0"
    places = [
        (found["ruleId"], found["level"], found["locations"][0]["physicalLocation"]["region"]["startLine"])
        for found in log["runs"][0]["results"]
    ]
    assert places == [("L13", "error", 4), ("L14", "note", 8), ("L10", "warning", 9)]
