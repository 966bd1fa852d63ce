"""The command line: one function a command, all in one group.

Exit status: 0 fine, 1 findings, 2 wrong use or unreadable input (click's own status for wrong use).
"""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from consentkit.errors import ManifestError
from consentkit.manifest.load import load

if TYPE_CHECKING:
    from consentkit.errors import Problem
    from consentkit.manifest.model import Manifest

_FINDINGS: Final = 1

_readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("consentkit"), prog_name="consentkit", message="%(prog)s %(version)s")
def main() -> None:
    """Consent for ASGI sites: ask, gate, prove, expire."""


@main.command()
@click.argument("file", type=_readable, default="consent.yaml")
@_format
@click.pass_context
def check(context: click.Context, file: Path, output_format: str) -> None:
    """Check a manifest and list every problem in it.

    FILE is consent.yaml unless another is named. Each problem is FILE:LINE:COLUMN: PATH: MESSAGE. Exit status: 0
    without problems, 1 with, 2 when the file can't be read.
    """
    try:
        manifest = load(file)
        problems: tuple[Problem, ...] = ()
    except ManifestError as error:
        manifest, problems = None, error.problems
    if output_format == "json":
        click.echo(json.dumps(_report(file, problems), ensure_ascii=False, indent=2))
    elif manifest is None:
        for problem in problems:
            click.echo(str(problem))
        click.echo(_count(len(problems), "problem"), err=True)
    else:
        click.echo(f"{file}: {_summary(manifest)}; no problems")
    if problems:
        context.exit(_FINDINGS)


@main.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("consent.yaml"),
    show_default=True,
    help="The file to write; one that exists is never overwritten.",
)
def init(output: Path) -> None:
    """Write a manifest to start from, with comments that say what to fill in."""
    starter = files("consentkit.manifest").joinpath("starter.yaml").read_text(encoding="utf-8")
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(starter)
    except FileExistsError:
        message = f"{output} exists; name another file with --output, or remove it first"
        raise click.UsageError(message) from None
    except OSError as error:
        message = f"{output} can't be written: {error.strerror}"
        raise click.UsageError(message) from error
    click.echo(f"{output} written; fill in the site and its services, then run: consentkit check {output}")


def _report(file: Path, problems: tuple[Problem, ...]) -> dict[str, object]:
    rows = [
        {"line": found.line, "column": found.column, "path": found.path, "message": found.message} for found in problems
    ]
    return {"file": str(file), "ok": not problems, "problems": rows}


def _summary(manifest: Manifest) -> str:
    items = len(manifest.cookies) + sum(len(service.cookies) for service in manifest.services)
    counts = ((len(manifest.purposes), "purpose"), (len(manifest.services), "service"), (items, "storage item"))
    return ", ".join(_count(number, word) for number, word in counts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
