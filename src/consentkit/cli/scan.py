"""``consentkit scan``: what a site's pages show from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from consentkit.cli.output import Status, count, echo_json, format_option, progress_bar, readable
from consentkit.errors import ManifestError, ScanError
from consentkit.manifest.lint import measured
from consentkit.manifest.lint.finding import found as lint_finding
from consentkit.manifest.load import read
from consentkit.manifest.match import HostIndex
from consentkit.scan import site
from consentkit.scan.draft import lifetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from consentkit.manifest.lint.finding import Finding
    from consentkit.manifest.model import Manifest
    from consentkit.scan.page import Contact
    from consentkit.scan.site import Scan

DEFAULT_PAGES = 10
_FINGERPRINTING = "declare it as a service by its path, such as hosts: [www.example.com/js/device.js], or remove it"


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--pages",
    type=click.IntRange(1, 1000),
    default=DEFAULT_PAGES,
    show_default=True,
    help="How many pages to visit, following links of the same host.",
)
@click.option("--manifest", "file", type=readable, help="Compare with this manifest; status 1 where they differ.")
@format_option()
@click.pass_context
def scan(context: click.Context, urls: tuple[str, ...], pages: int, file: Path | None, output_format: str) -> None:
    """Visit pages of a site and tell whom they contact and which cookies its server sets.

    Pages are fetched without a browser: what scripts do when they run is not seen, and the report says so. Services of
    the catalogue are named by the id that `use:` takes.
    """
    manifest = _manifest(file) if file else None
    found = look(urls, pages, own_hosts=manifest.site.hosts if manifest else ())
    findings = _compare(manifest, found) if manifest else ()
    if output_format == "json":
        echo_json(_as_json(found, findings))
    else:
        _print(found, findings, compared=manifest is not None)
    if findings:
        context.exit(Status.FINDINGS)


def look(urls: Sequence[str], pages: int, *, own_hosts: Sequence[str] = ()) -> Scan:
    """Scan behind a progress bar; what can't be fetched at all is wrong use."""
    try:
        with progress_bar(pages, "Visiting pages") as bar:
            return site.visit(urls, most=pages, own_hosts=own_hosts, fetched=lambda _: bar.update(1))
    except ScanError as error:
        raise click.UsageError(str(error)) from error


def _manifest(file: Path) -> Manifest:
    try:
        return read(file).manifest
    except ManifestError as error:
        message = f"{file} has {count(len(error.problems), 'problem')}; see: consentkit check {file}"
        raise click.UsageError(message) from error


def _compare(manifest: Manifest, found: Scan) -> tuple[Finding, ...]:
    """Apply the rules that compare, save L2: a bare site contacts everybody, and the gate is not in front of it."""
    observed = found.observed
    different = [finding for rule in measured.RULES for finding in rule(manifest, observed) if finding.rule != "L2"]
    return (*_undeclared_fingerprinting(manifest, found), *different)


def _undeclared_fingerprinting(manifest: Manifest, found: Scan) -> Iterator[Finding]:
    hosts = HostIndex(manifest)
    for url, reads in found.fingerprinting.items():
        parts = urlsplit(url)
        if hosts.own_service(parts.hostname or "", parts.path) is None:
            message = f"{url} reads {', '.join(reads)}: enough to tell devices apart, and no service is declared for it"
            yield lint_finding("L2", (), message, remedy=_FINGERPRINTING)


def _print(found: Scan, findings: Sequence[Finding], *, compared: bool) -> None:
    click.echo(f"{count(len(found.pages), 'page')} visited")
    for url, reason in found.failed.items():
        click.echo(f"  not {url}: {reason}")
    click.echo(f"\n{count(len(found.contacts), 'contact')} with third parties")
    for contact, pages in sorted(found.contacts.items(), key=lambda pair: (pair[0].service or "~", pair[0])):
        click.echo(
            f"  {_address(contact)}  {contact.service or 'not in the catalogue'}  on {count(len(pages), 'page')}"
        )
    click.echo(f"\n{count(len(found.cookies), 'cookie')} set by the server")
    for cookie in found.cookies.values():
        owner = f"  {cookie.service}" if cookie.service else ""
        click.echo(f"  {cookie.name}  {lifetime(cookie.item.lifetime)}{owner}")
    if found.fingerprinting:
        click.echo(f"\n{count(len(found.fingerprinting), 'script')} of the site's own that can tell devices apart")
        for url, reads in found.fingerprinting.items():
            click.echo(f"  {url}  {', '.join(reads)}")
    if found.services and not compared:
        click.echo("\nFor the manifest:\nservices:")
        for identifier in found.services:
            click.echo(f"  - use: {identifier}")
    if compared:
        click.echo(f"\n{count(len(findings), 'difference')} from the manifest")
        for finding in findings:
            click.echo(f"  {finding.severity} {finding.rule}: {finding.message}; {finding.remedy} [{finding.source}]")
    click.echo("\nNot seen:")
    for what in site.UNSEEN:
        click.echo(f"  - {what}")


def _address(contact: Contact) -> str:
    return f"{contact.host}{contact.path}{' (named by a script)' if contact.in_code else ''}"


def _as_json(found: Scan, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "pages": [{"url": url, "status": status} for url, status in found.pages.items()],
        "failed": [{"url": url, "reason": reason} for url, reason in found.failed.items()],
        "contacts": [
            {
                "host": contact.host,
                "path": contact.path,
                "service": contact.service,
                "named_by_script": contact.in_code,
                "pages": pages,
            }
            for contact, pages in sorted(found.contacts.items(), key=lambda pair: (pair[0].host, pair[0].path))
        ],
        "cookies": [
            {
                "name": cookie.name,
                "service": cookie.service,
                "lifetime_seconds": cookie.item.lifetime and round(cookie.item.lifetime),
            }
            for cookie in found.cookies.values()
        ],
        "fingerprinting": [{"url": url, "reads": list(reads)} for url, reads in found.fingerprinting.items()],
        "services": list(found.services),
        "findings": [
            {
                "rule": each.rule,
                "severity": each.severity,
                "path": each.where,
                "message": each.message,
                "remedy": each.remedy,
                "source": each.source,
            }
            for each in findings
        ],
        "not_seen": list(site.UNSEEN),
    }
