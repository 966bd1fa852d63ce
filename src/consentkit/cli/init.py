"""``consentkit init``: a manifest to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from consentkit.cli import clock
from consentkit.cli.output import writable
from consentkit.cli.scan import DEFAULT_PAGES, look
from consentkit.scan.draft import manifest

_STARTER_REVISION: Final = "2026-01-01"


@click.command()
@click.argument("url", required=False)
@click.option(
    "--pages",
    type=click.IntRange(1, 1000),
    default=DEFAULT_PAGES,
    show_default=True,
    help="With URL: how many pages to visit, following links of the same host.",
)
@click.option(
    "--output",
    "-o",
    type=writable,
    default=Path("consent.yaml"),
    show_default=True,
    help="The file to write; one that exists is never overwritten.",
)
def init(url: str | None, pages: int, output: Path) -> None:
    """Write a manifest to start from, with comments that say what to fill in.

    With the URL of a site, what its pages contact and its server sets is looked at first and declared as far as it is
    known (see `consentkit scan`).
    """
    if output.exists():
        message = f"{output} exists; name another file with --output, or remove it first"
        raise click.UsageError(message)
    text = manifest(look([url], pages), today=clock.today()) if url else _starter()
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        message = f"{output} can't be written: {error.strerror}"
        raise click.UsageError(message) from error
    click.echo(f"{output} written; fill in the site and its services, then run: consentkit check {output}")


def _starter() -> str:
    starter = files("consentkit.manifest").joinpath("starter.yaml").read_text(encoding="utf-8")
    return starter.replace(_STARTER_REVISION, clock.today().isoformat(), 1)
