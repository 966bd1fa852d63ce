"""Findings as SARIF 2.1.0. The schema is OASIS's; what it requires of the parts used is asserted here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from consentkit.errors import Problem
from consentkit.manifest.document import Place
from consentkit.manifest.lint import sarif
from consentkit.manifest.lint.finding import Finding
from consentkit.manifest.lint.rules import RULES, Severity

TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
POSITION = {"type": "integer", "minimum": 1}


def strict(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


RULE = strict(
    ["id"],
    id={"type": "string"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=strict([], level=LEVEL),
    properties={"type": "object"},
)
LOCATION = strict(
    [],
    physicalLocation=strict(
        ["artifactLocation"],
        artifactLocation=strict([], uri={"type": "string", "format": "uri-reference"}),
        region=strict([], startLine=POSITION, startColumn=POSITION),
    ),
    logicalLocations=many(strict([], fullyQualifiedName={"type": "string"})),
)
RESULT = strict(
    ["message"],
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations=many(LOCATION),
)
DRIVER = strict(["name"], name={"type": "string"}, version={"type": "string"}, rules=many(RULE))
RUN = strict(
    ["tool"],
    tool=strict(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=many(RESULT),
)
# The subset of sarif-schema-2.1.0.json that a log of ours uses, closed against misspelt properties.
SCHEMA = strict(
    ["version", "runs"], **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": many(RUN)}
)

PROBLEMS = (
    Problem("c.yaml", 3, 20, "notice.revision", "'soon' is not a date"),
    Problem("c.yaml", 9, 1, "cookies.0.lifetime", "'13 moons' is not a duration", "L14"),
    Problem("c.yaml", 1, 1, "", "empty"),
)
FINDINGS = tuple(
    (Finding(f"L{number}", severity, path, "m", "r"), Place(number, 7))
    for number, severity, path in (
        (6, Severity.ERROR, ("cookies", 0)),
        (10, Severity.WARNING, ("services", 1, "hosts")),
        (28, Severity.INFORMATION, ()),
    )
)


@pytest.fixture(scope="module")
def log() -> dict[str, Any]:
    """A log with problems and findings, through JSON and back."""
    return dict(json.loads(json.dumps(sarif.log("a b/é.yaml", PROBLEMS, FINDINGS, version="0.1.0"))))


def test_has_the_structure_of_sarif(log: dict[str, Any]) -> None:
    """Every property is one of SARIF's, of its type, and none that is required is missing."""
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")


def test_is_whole_without_results() -> None:
    """A clean manifest gives a run with an empty list, which says that the check ran (SARIF §3.14.23)."""
    empty = sarif.log("c.yaml", (), (), version="0.1.0")
    jsonschema.Draft202012Validator(SCHEMA).validate(empty)
    assert empty["runs"][0]["results"] == []


def test_every_result_refers_to_its_rule(log: dict[str, Any]) -> None:
    """``ruleIndex`` leads to the descriptor that ``ruleId`` names (SARIF §3.27.6)."""
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["manifest", *RULES]
    results = log["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["manifest", "L14", "manifest", "L6", "L10", "L28"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in results)


def test_levels_are_sarif_s(log: dict[str, Any]) -> None:
    """A problem is an error, and information is called a note."""
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error"] * 4 + ["warning", "note"]


def test_places_are_those_of_the_file(log: dict[str, Any]) -> None:
    """Lines and columns are as reported, the path is a logical location, and its absence is none."""
    found = [result["locations"][0] for result in log["runs"][0]["results"]]
    assert found[1]["physicalLocation"]["region"] == {"startLine": 9, "startColumn": 1}
    assert found[4]["physicalLocation"]["region"] == {"startLine": 10, "startColumn": 7}
    assert found[4]["logicalLocations"] == [{"fullyQualifiedName": "services.1.hosts"}]
    assert "logicalLocations" not in found[2]
    assert "logicalLocations" not in found[5]


def test_paths_are_uri_references(log: dict[str, Any]) -> None:
    """A relative path stays relative and is percent-encoded; an absolute one is a file: address."""
    at = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert at == {"uri": "a%20b/%C3%A9.yaml"}
    path = Path("c d.yaml").absolute()
    absolute = sarif.log(str(path), PROBLEMS[:1], (), version="0.1.0")["runs"][0]["results"][0]["locations"][0]
    assert absolute["physicalLocation"]["artifactLocation"]["uri"] == path.as_uri()
