"""``consentkit purge``: erase what has expired, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from consentkit.cli.output import count, echo_json, format_option
from consentkit.cli.records import opened, records_options, wait

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@records_options
@format_option()
def purge(manifest: Path, database: str, output_format: str) -> None:
    """Erase from the files everything whose time in the manifest's retention has passed.

    The running site does the same about every hour, so this is for sites that rest, and for being sure. What a legal
    hold keeps stays.
    """
    with opened(manifest, database) as records:
        removed = wait(records.sweep())
    if output_format == "json":
        echo_json({"removed": removed})
    else:
        click.echo(f"{count(removed, 'row')} erased")
