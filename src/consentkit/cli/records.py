"""What the commands about records share: where the records are, and waiting for them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from consentkit.asgi.settings import read_settings
from consentkit.asgi.site import main_host
from consentkit.errors import ConfigurationError, ManifestError, StoreError
from consentkit.records import Records, open_records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

_Command = TypeVar("_Command", bound="Callable[..., object]")
_Result = TypeVar("_Result")


def records_options(command: _Command) -> _Command:
    """Give a command ``--manifest`` and ``--database``; both come from the environment as the site's do.

    The secret key comes from the environment only: other users of the machine see what is on a command line.
    """
    database = click.option(
        "--database",
        envvar="CONSENTKIT_DATABASE",
        show_envvar=True,
        default="sqlite:///consentkit.db",
        show_default=True,
        help="Where the records are.",
    )
    manifest = click.option(
        "--manifest",
        envvar="CONSENTKIT_MANIFEST",
        show_envvar=True,
        type=click.Path(path_type=Path),
        default=Path("consent.yaml"),
        show_default=True,
        help="The site's manifest: it says how long records are kept.",
    )
    return manifest(database(command))


@contextlib.contextmanager
def opened(manifest: Path, database: str) -> Iterator[Records]:
    """Open the records for the length of a block; nothing sweeps meanwhile.

    Raises:
        click.UsageError: They can't be opened, or a store failed in the block.
    """
    try:
        # A key is needed for signing only, and a command that needs none must run without.
        settings = read_settings({"manifest": manifest, "database": database})
        _check_exists(settings.database)
        records = open_records(
            settings.database,
            retention=settings.manifest.retention,
            keys=settings.secret_keys,
            site=main_host(settings.manifest),
        )
        try:
            yield records
        finally:
            asyncio.run(records.close())
    except (ConfigurationError, ManifestError, StoreError) as error:
        raise click.UsageError(str(error)) from error


def wait(work: Coroutine[object, object, _Result]) -> _Result:
    """Run a coroutine of the records to its end."""
    return asyncio.run(work)


def drained(lines: AsyncIterator[bytes]) -> Iterator[bytes]:
    """Return the items of an asynchronous iterator one by one."""

    async def following() -> bytes | None:
        return await anext(lines, None)

    with asyncio.Runner() as runner:
        while (line := runner.run(following())) is not None:
            yield line


def _check_exists(database: str) -> None:
    """Refuse to make an empty database where one was to be read."""
    path = Path(database.removeprefix("sqlite:///"))
    if database.startswith("sqlite:///") and not path.exists():
        message = f"database {database!r}: there is no file {path}; name the site's own, see CONSENTKIT_DATABASE"
        raise ConfigurationError(message)
