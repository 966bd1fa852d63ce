"""``consentkit init``: a manifest to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from consentkit.cli import clock
from consentkit.cli.output import writable

_STARTER_REVISION: Final = "2026-01-01"


@click.command()
@click.option(
    "--output",
    "-o",
    type=writable,
    default=Path("consent.yaml"),
    show_default=True,
    help="The file to write; one that exists is never overwritten.",
)
def init(output: Path) -> None:
    """Write a manifest to start from, with comments that say what to fill in."""
    starter = files("consentkit.manifest").joinpath("starter.yaml").read_text(encoding="utf-8")
    starter = starter.replace(_STARTER_REVISION, clock.today().isoformat(), 1)
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
