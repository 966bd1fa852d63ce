"""``consentkit demo`` and ``consentkit proxy``: servers to try consentkit with, and to govern any site."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import click

from consentkit import resources
from consentkit.asgi.middleware import ConsentMiddleware
from consentkit.cli.output import Status, readable
from consentkit.errors import ConsentKitError
from consentkit.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

_port = click.IntRange(0, 65535)


@click.command()
@click.option("--bare", is_flag=True, help="Without consentkit: see what it stops.")
@click.option("--port", type=_port, default=8000, show_default=True, help="The first port to try.")
@click.pass_context
def demo(context: click.Context, bare: bool, port: int) -> None:
    """Serve a small shop with every usual third party, and one line around it. Needs the extra `demo`."""
    _uvicorn("demo")
    shop = resources.directory("demo", checkout="examples/shop")
    command = [sys.executable, str(shop / "serve.py"), "--port", str(port), *(["--bare"] if bare else [])]
    # The folder of an installed package may not be written to, and the records of a try-out end with it.
    with tempfile.TemporaryDirectory(prefix="consentkit-demo-") as data:
        try:
            status = subprocess.call(command, env={"SHOP_DATA": data, **os.environ})  # noqa: S603 - our own file
        except KeyboardInterrupt:
            status = Status.FINE
    context.exit(status)


@click.command()
@click.option("--upstream", required=True, help="Where the site answers now, e.g. http://127.0.0.1:3000")
@click.option("--manifest", type=readable, default="consent.yaml", show_default=True, help="What the site declares.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=_port, default=8080, show_default=True, help="The port to listen on.")
@click.option(
    "--preserve-host/--upstream-host",
    default=True,
    show_default=True,
    help="Send the upstream the visitor's Host header, or its own name.",
)
def proxy(upstream: str, manifest: Path, host: str, port: int, preserve_host: bool) -> None:
    """Govern a site in any language: answer for it, with consentkit in between. Needs the extra `proxy`.

    Key, database and all else come from the environment, as docs/operations.md lists them, CONSENTKIT_SECRET_KEY first.
    Pages are streamed through; WebSockets are refused. One process: put it behind the server that ends TLS, and name
    that in CONSENTKIT_TRUSTED_PROXIES.
    """
    uvicorn = _uvicorn("proxy")
    try:
        app = ConsentMiddleware(Proxy(upstream, preserve_host=preserve_host), manifest=manifest)
    except ConsentKitError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{upstream} governed at http://{host}:{port}; stop with Ctrl+C", err=True)
    # The middleware reads the visitor's address itself, and only from the proxies it was told to trust.
    quiet = {"proxy_headers": False, "server_header": False, "date_header": False, "log_level": "warning"}
    uvicorn.run(app, host=host, port=port, **quiet)


def _uvicorn(extra: str) -> ModuleType:
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        message = f"this needs a server; install it with: pip install 'consentkit[{extra}]'"
        raise click.UsageError(message) from error
    return uvicorn
