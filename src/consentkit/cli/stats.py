"""``consentkit stats``: what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from consentkit.cli import clock
from consentkit.cli.output import echo_json, format_option
from consentkit.cli.records import opened, records_options
from consentkit.records import export
from consentkit.records.statistics import DIMENSIONS, MEASURES

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consentkit.records.statistics import Statistic

_MONTH = click.DateTime(["%Y-%m"])


@click.command()
@records_options
@click.option("--since", type=_MONTH, help="The first month, such as 2026-01; the last one without.")
@click.option("--until", type=_MONTH, help="The last month; the present one without.")
@click.option("--measure", type=click.Choice(MEASURES), help="Only this.")
@click.option("--dimension", type=click.Choice(DIMENSIONS), help="Only by this.")
@format_option("text", "json", "csv")
def stats(
    manifest: Path,
    database: str,
    since: datetime | None,
    until: datetime | None,
    measure: str | None,
    dimension: str | None,
    output_format: str,
) -> None:
    """Show visits and choices by month; what could be about fewer than ten is left out or counted as other."""
    last = f"{until or clock.today():%Y-%m}"
    first = f"{since:%Y-%m}" if since else last
    with opened(manifest, database) as records:
        rows = [
            row
            for row in records.statistics.report(first, last)
            if measure in {None, row.measure} and dimension in {None, row.dimension}
        ]
    if output_format == "json":
        echo_json([row.as_dict() for row in rows])
    elif output_format == "csv":
        click.echo(b"".join(export.csv_rows("stats", rows)), nl=False)
    else:
        _print(rows)


def _print(rows: list[Statistic]) -> None:
    heading = ("", "")
    for row in rows:
        if heading != (row.measure, row.dimension):
            heading = (row.measure, row.dimension)
            click.echo(f"{row.measure} by {row.dimension}" if row.dimension != "total" else row.measure)
        count = "under 10" if row.count is None else str(row.count)
        click.echo(f"  {row.period:<10}  {count:>9}  {row.value}".rstrip())
    if not rows:
        click.echo("nothing was counted in these months", err=True)
