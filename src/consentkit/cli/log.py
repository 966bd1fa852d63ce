"""``consentkit log``: take the consent log along, check it, erase from it, and hold it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import click

from consentkit.cli.hold import author_option, hold, reason_option
from consentkit.cli.output import Status, count, echo_json, format_option, progress, readable
from consentkit.cli.records import drained, opened, records_options, wait
from consentkit.errors import EvidenceError
from consentkit.records.concern import Concern, of_controller
from consentkit.records.note import Ed25519Verifier, signers
from consentkit.records.verify import verify as check_archive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from consentkit.records import Records
    from consentkit.records.note import Verifier
    from consentkit.records.verify import Report


@click.group()
def log() -> None:
    """Export, check, erase from or hold the consent log."""


log.add_command(hold)


@log.command()
@records_options
@click.option("--output", "-o", type=click.File("wb"), default="-", help="The file to write; standard output without.")
@click.option("--controller", help="For this vendor alone, by its name: the choices it was asked about in.")
@click.option("--service", help="For this service alone, by its id.")
def export(manifest: Path, database: str, output: BinaryIO, controller: str | None, service: str | None) -> None:
    """Write the whole log as an archive that can be checked without the site: consentkit log verify.

    It is NDJSON. Records that have expired are erased first. It holds what visitors chose: keep it as you keep the log.
    With --controller or --service, choices that are none of their concern have a hash and no contents, so that what is
    left can still be checked as part of the whole.
    """
    with opened(manifest, database) as records:
        try:
            concern = _concern(records, controller, service)
            entries = wait(records.proofs.size())
            with progress(drained(records.archive(concern)), "Exporting", length=entries) as lines:
                for line in lines:
                    output.write(line)
        except EvidenceError as error:
            raise click.ClickException(str(error)) from error


@log.command()
@click.argument("archive", type=readable)
@click.option("--key", "keys", multiple=True, help="A public key that checkpoints must be signed with; see the docs.")
@click.option(
    "--secret-key",
    envvar="CONSENTKIT_SECRET_KEY",
    show_envvar=True,
    hidden=True,
    help="The site's own keys, separated by commas.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=readable,
    multiple=True,
    help="A checkpoint kept from earlier, which the log must be a continuation of; may be repeated.",
)
@format_option()
@click.pass_context
def verify(
    context: click.Context,
    archive: Path,
    keys: tuple[str, ...],
    secret_key: str | None,
    checkpoints: tuple[Path, ...],
    output_format: str,
) -> None:
    """Check an ARCHIVE of the log, from the file alone, and name the first place that is wrong.

    Without a checkpoint kept from earlier it shows that this is a whole log, not that it is the log: a site can sign
    another one. Signatures are checked with --key, or with the site's own keys where CONSENTKIT_SECRET_KEY is set. Exit
    status: 0 when everything holds, 1 when something doesn't, 2 when it can't be read.
    """
    try:
        verifiers = _verifiers(archive, keys, secret_key)
        known = [path.read_text("utf-8") for path in checkpoints]
        with archive.open("rb") as lines, progress(lines, "Checking", length=_lines(archive)) as shown:
            report = check_archive(shown, verifiers=verifiers, known=known)
    except (EvidenceError, ImportError, UnicodeDecodeError) as error:
        raise click.UsageError(str(error)) from error
    if output_format == "json":
        echo_json(_as_json(report))
    else:
        _print(archive, report)
    if not report.ok:
        context.exit(Status.FINDINGS)


@log.command()
@records_options
@click.option("--year", type=int, help="Of which tree; the newest without.")
@click.option("--keys", "show_keys", is_flag=True, help="Print the public keys instead, for verify --key.")
def checkpoint(manifest: Path, database: str, year: int | None, *, show_keys: bool) -> None:
    """Print the signed checkpoint of the log.

    Keep one where the site can't change it, such as a mail to the auditor: it is what later shows that nothing was
    taken away or rewritten.
    """
    with opened(manifest, database) as records:
        try:
            if not show_keys:
                click.echo(wait(records.proofs.checkpoint(year)), nl=False)
                return
            found = wait(records.proofs.verifier_keys())
        except EvidenceError as error:
            raise click.ClickException(str(error)) from error
    if not found:
        message = "there is no public key: set CONSENTKIT_SECRET_KEY and install consentkit[sign] for Ed25519"
        raise click.ClickException(message)
    click.echo("\n".join(found))


@log.command()
@records_options
@click.argument("subject")
@reason_option
@author_option
@format_option()
def erase(manifest: Path, database: str, subject: str, reason: str, author: str, output_format: str) -> None:
    """Erase every choice of SUBJECT, the id in the choice cookie, but for what a legal hold keeps.

    The log says that it was done, not about whom. Proofs made before stay valid.
    """
    with opened(manifest, database) as records:
        erasure = wait(records.erase(subject, reason=reason, author=author))
    if output_format == "json":
        echo_json({"erased": list(erasure.indexes), "held": erasure.held})
        return
    click.echo(f"{count(len(erasure.indexes), 'record')} erased")
    if erasure.held:
        click.echo(f"{count(erasure.held, 'record')} kept by a legal hold", err=True)


def _concern(records: Records, controller: str | None, service: str | None) -> Concern | None:
    if controller is None:
        return Concern.of_service(service) if service is not None else None
    if service is not None:
        message = "--controller and --service exclude each other"
        raise click.UsageError(message)
    try:
        return of_controller(controller, wait(records.consent_log.documents("manifest")))
    except LookupError as error:
        raise click.BadParameter(str(error), param_hint="--controller") from error


def _verifiers(archive: Path, keys: Sequence[str], secret_key: str | None) -> list[Verifier]:
    verifiers: list[Verifier] = [Ed25519Verifier.parse(key) for key in keys]
    if secret_key and not keys:
        with archive.open("rb") as lines:
            origin = _origin(lines.readline())
        verifiers += signers(origin, [part.strip() for part in secret_key.split(",") if part.strip()])
    return verifiers


def _origin(first: bytes) -> str:
    try:
        return str(json.loads(first)["origin"])
    except (ValueError, TypeError, KeyError):
        # What is wrong with the line is for the check to say.
        return ""


def _lines(archive: Path) -> int:
    with archive.open("rb") as lines:
        return sum(1 for _ in lines)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "origin": report.origin,
        "entries": report.entries,
        "consents": report.consents,
        "erased": report.erased,
        "withheld": report.withheld,
        "signed": report.signed,
        "known": report.known,
        "findings": [{"line": finding.line, "message": finding.message} for finding in report.findings],
    }


def _print(archive: Path, report: Report) -> None:
    for finding in report.findings:
        click.echo(f"{archive}:{finding.line}: {finding.message}")
    if not report.ok:
        click.echo(
            f"{count(len(report.findings), 'finding')}; the first is at line {report.findings[0].line}", err=True
        )
        return
    numbers = f"{count(report.entries, 'entry')}".replace("entrys", "entries")
    withheld = f", {report.withheld} withheld" if report.withheld else ""
    click.echo(
        f"{archive}: {numbers} of {report.origin}, {report.consents} readable, {report.erased} erased{withheld}; "
        "all holds"
    )
    if not report.signed:
        click.echo("no signature was checked; give --key, or set CONSENTKIT_SECRET_KEY", err=True)
    if not report.known:
        click.echo("without --checkpoint this shows that it is a whole log, not that none was taken away", err=True)
