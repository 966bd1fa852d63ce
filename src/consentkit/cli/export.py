"""``consentkit notice`` and ``consentkit register``: the manifest as documents for people outside the site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

import click

from consentkit.cli.output import Status, format_option, readable, writable
from consentkit.errors import ManifestError
from consentkit.manifest.load import read
from consentkit.notice import register as registers
from consentkit.notice.facts import Teller
from consentkit.notice.statement import statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consentkit.manifest.model import Manifest

_Command = TypeVar("_Command", bound="Callable[..., object]")


def _export_options(command: _Command) -> _Command:
    """Give a command what both exports take: the manifest, the format, the language and the file to write."""
    for decorate in (
        click.option("--output", "-o", type=writable, help="The file to write; standard output when left out."),
        click.option("--language", "-l", help="A language tag such as fr; the site's main language when left out."),
        format_option("markdown", "html", "json", help="To edit, to publish, or for programs."),
        click.argument("file", type=readable, default="consent.yaml"),
    ):
        command = decorate(command)
    return command


@click.command()
@_export_options
def notice(file: Path, output_format: str, language: str | None, output: Path | None) -> None:
    """Write the notice: who stores what on visitors' devices, what for and for how long.

    FILE is consent.yaml unless another is named. The words are those of the page that visitors read.
    """
    manifest = _manifest(file)
    teller = Teller(manifest, language or manifest.site.languages[0])
    if output_format == "json":
        _write(_json(teller.notice()), output)
    else:
        document = statement(teller)
        _write(document.html() if output_format == "html" else document.markdown(), output)


@click.command(short_help="Write the register of processing (GDPR art 30).")
@_export_options
def register(file: Path, output_format: str, language: str | None, output: Path | None) -> None:
    """Write the register of processing that GDPR art. 30 asks for, as far as the manifest knows it.

    FILE is consent.yaml unless another is named. In French, or else in English.
    """
    manifest = _manifest(file)
    spoken = language or manifest.site.languages[0]
    if output_format == "json":
        _write(_json(registers.register(manifest, spoken)), output)
    else:
        document = registers.document(manifest, spoken)
        _write(document.html() if output_format == "html" else document.markdown(), output)


def _manifest(file: Path) -> Manifest:
    try:
        return read(file).manifest
    except ManifestError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise click.exceptions.Exit(Status.FINDINGS) from None


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        message = f"{output} can't be written: {error.strerror}"
        raise click.UsageError(message) from error
