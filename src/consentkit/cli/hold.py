"""``consentkit log hold``: keep records beyond their time, and stop keeping them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from consentkit.cli.output import echo_json, format_option
from consentkit.cli.records import opened, records_options, wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from consentkit.records.expiry import Hold, LogName

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])

reason_option = click.option("--reason", required=True, help="Why; it is kept in the log.")
author_option = click.option("--author", required=True, help="Who answers for it; kept in the log.")


@click.group()
def hold() -> None:
    """Keep records beyond their time, because of a dispute for example."""


@hold.command()
@records_options
@click.option("--log", "name", type=click.Choice(["consent", "browser"]), default="consent", show_default=True)
@click.option("--ends", type=_MOMENT, required=True, help="When it ends by itself.")
@click.option("--subject", help="Only the records of this id; all without.")
@click.option("--since", type=_MOMENT, help="Only records from this moment, UTC.")
@click.option("--until", type=_MOMENT, help="Only records before this moment, UTC.")
@reason_option
@author_option
@format_option()
def place(
    manifest: Path,
    database: str,
    name: LogName,
    ends: datetime,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    author: str,
    output_format: str,
) -> None:
    """Place a hold. What had expired before stays gone."""
    with opened(manifest, database) as records:
        try:
            held = wait(
                records.hold(
                    name,
                    reason=reason,
                    author=author,
                    ends=ends.replace(tzinfo=UTC),
                    subject=subject,
                    since=since.replace(tzinfo=UTC) if since else None,
                    until=until.replace(tzinfo=UTC) if until else None,
                )
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    _show([held], output_format)


@hold.command("list")
@records_options
@format_option()
def list_holds(manifest: Path, database: str, output_format: str) -> None:
    """List the holds in force."""
    with opened(manifest, database) as records:
        _show(wait(records.holds()), output_format)


@hold.command()
@records_options
@click.argument("hold_id")
@author_option
@format_option()
def lift(manifest: Path, database: str, hold_id: str, author: str, output_format: str) -> None:
    """End the hold HOLD_ID before its date."""
    with opened(manifest, database) as records:
        try:
            lifted = wait(records.lift(hold_id, author=author))
        except KeyError as error:
            message = f"there is no hold {hold_id!r} in force; see: consentkit log hold list"
            raise click.UsageError(message) from error
    _show([lifted], output_format)


def _show(holds: Sequence[Hold], output_format: str) -> None:
    if output_format == "json":
        echo_json([held.as_dict() for held in holds])
        return
    for held in holds:
        scope = f"subject {held.subject}" if held.subject else "everybody"
        since = f", since {held.since:%Y-%m-%d}" if held.since else ""
        until = f", until {held.until:%Y-%m-%d}" if held.until else ""
        what = f"{held.log} log, {scope}{since}{until}; ends {held.ends:%Y-%m-%d}"
        click.echo(f"{held.hold_id}  {what}; {held.author}: {held.reason}")
    if not holds:
        click.echo("no hold is in force", err=True)
