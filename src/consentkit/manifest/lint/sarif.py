"""Findings as SARIF 2.1.0 (OASIS), which code hosts and editors read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from consentkit.manifest.lint.rules import RULES, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consentkit.errors import Problem
    from consentkit.manifest.document import Place
    from consentkit.manifest.lint.finding import Finding

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_GRAMMAR: Final = "manifest"
"""The rule id of problems that only the manifest's own grammar asks about."""
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_INDEX: Final = {name: index for index, name in enumerate((_GRAMMAR, *RULES))}


def log(
    file: str, problems: Iterable[Problem], findings: Iterable[tuple[Finding, Place]], *, version: str
) -> dict[str, Any]:
    """Return a SARIF log with one run.

    Args:
        file: The manifest's path, as it was given.
        problems: What the loader reported.
        findings: What the rules found, and where.
        version: consentkit's version.
    """
    results = [
        _result(file, problem.rule or _GRAMMAR, "error", problem.message, (problem.line, problem.column), problem.path)
        for problem in problems
    ]
    for finding, place in findings:
        message = f"{finding.message}; {finding.remedy}"
        at = (place.line, place.column)
        results.append(_result(file, finding.rule, _LEVELS[finding.severity], message, at, finding.where))
    driver = {"name": "consentkit", "version": version, "rules": _rules()}
    # PyYAML counts characters, not UTF-16 units (SARIF §3.14.17).
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> list[dict[str, Any]]:
    """Return a descriptor per rule (SARIF §3.49), the grammar's first."""
    grammar = {
        "id": _GRAMMAR,
        "shortDescription": {"text": "The manifest is not written as the loader needs it"},
        "defaultConfiguration": {"level": "error"},
    }
    rules = (
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": f"{rule.title}. Source: {rule.source}."},
            "help": {"text": f"Looks at {rule.looks_at}. Remedy: {rule.remedy}."},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            "properties": {"source": rule.source},
        }
        for rule in RULES.values()
    )
    return [grammar, *rules]


def _result(file: str, rule: str, level: str, message: str, at: tuple[int, int], path: str) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file)},
            "region": {"startLine": at[0], "startColumn": at[1]},
        }
    }
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": path}]
    return {
        "ruleId": rule,
        "ruleIndex": _INDEX[rule],
        "level": level,
        "message": {"text": message},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Return a path as a URI reference (SARIF §3.4.3): relative where the path is."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
