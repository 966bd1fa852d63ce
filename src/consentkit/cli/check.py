"""``consentkit check``: the mistakes of a manifest, or else what the rules find in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import click

from consentkit.cli import clock
from consentkit.cli.output import Status, count, echo_json, format_option, readable
from consentkit.errors import ManifestError
from consentkit.manifest.check import check as lint
from consentkit.manifest.lint import sarif
from consentkit.manifest.lint.rules import Severity
from consentkit.manifest.load import read

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.errors import Problem
    from consentkit.manifest.document import Place
    from consentkit.manifest.lint.finding import Finding
    from consentkit.manifest.model import Manifest


@click.command()
@click.argument("file", type=readable, default="consent.yaml")
@format_option("text", "json", "sarif", help="For people, for programs, or for code hosts and editors (SARIF 2.1.0).")
@click.option(
    "--severity",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.INFORMATION),
    show_default=True,
    help="Leave out findings that are less than this.",
)
@click.pass_context
def check(context: click.Context, file: Path, output_format: str, severity: str) -> None:
    """Check a manifest: list its mistakes, or else what the law or good practice asks beyond it.

    FILE is consent.yaml unless another is named. Every line begins with FILE:LINE:COLUMN. docs/lint.md explains the
    rules. Exit status: 0 without mistakes, errors and warnings, 1 with, 2 when the file can't be read.
    """
    report = _examine(file, Severity(severity))
    if output_format == "text":
        report.print()
    else:
        echo_json(report.as_json() if output_format == "json" else report.as_sarif())
    if not report.ok:
        context.exit(Status.FINDINGS)


def _examine(file: Path, least: Severity) -> _Report:
    try:
        source = read(file)
    except ManifestError as error:
        return _Report(file, None, error.problems, ())
    findings = (
        (finding, source.place(finding.path))
        for finding in lint(source.manifest, today=clock.today())
        if finding.severity.rank <= least.rank
    )
    in_order = sorted(findings, key=lambda pair: (pair[1].line, pair[1].column))
    return _Report(file, source.manifest, (), tuple(in_order))


@dataclass(frozen=True, slots=True)
class _Report:
    """What a check of one file found: problems, or a manifest and its findings."""

    file: Path
    manifest: Manifest | None
    problems: tuple[Problem, ...]
    findings: tuple[tuple[Finding, Place], ...]

    @property
    def ok(self) -> bool:
        informing = all(finding.severity is Severity.INFORMATION for finding, _ in self.findings)
        return not self.problems and informing

    def print(self) -> None:
        for problem in self.problems:
            click.echo(f"{problem} [{problem.rule}]" if problem.rule else str(problem))
        for found, place in self.findings:
            where = f"{self.file}:{place.line}:{place.column}: {found.severity} {found.rule}:"
            path = f" {found.where}:" if found.path else ""
            click.echo(f"{where}{path} {found.message}; {found.remedy} [{found.source}]")
        if self.problems:
            click.echo(count(len(self.problems), "problem"), err=True)
        elif self.findings:
            click.echo(self._counted(), err=True)
        elif self.manifest is not None:
            click.echo(f"{self.file}: {_summary(self.manifest)}; no problems")

    def _counted(self) -> str:
        numbers = Counter(finding.severity for finding, _ in self.findings)
        words = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFORMATION, "hint"))
        return ", ".join(count(numbers[severity], word) for severity, word in words if numbers[severity])

    def as_json(self) -> dict[str, object]:
        problems = [
            {
                "line": problem.line,
                "column": problem.column,
                "path": problem.path,
                "rule": problem.rule or None,
                "message": problem.message,
            }
            for problem in self.problems
        ]
        findings = [
            {
                "line": place.line,
                "column": place.column,
                "path": found.where,
                "rule": found.rule,
                "severity": found.severity,
                "message": found.message,
                "remedy": found.remedy,
                "source": found.source,
            }
            for found, place in self.findings
        ]
        return {"file": str(self.file), "ok": self.ok, "problems": problems, "findings": findings}

    def as_sarif(self) -> dict[str, object]:
        return sarif.log(str(self.file), self.problems, self.findings, version=version("consentkit"))


def _summary(manifest: Manifest) -> str:
    items = len(manifest.cookies) + sum(len(service.cookies) for service in manifest.services)
    counts = ((len(manifest.purposes), "purpose"), (len(manifest.services), "service"), (items, "storage item"))
    return ", ".join(count(number, word) for number, word in counts)
