"""Opening and closing the records with the server, without hiding from it how the site itself starts and stops."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

from consentkit.errors import ConsentKitError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from consentkit.asgi.site import Site

logger = logging.getLogger("consentkit")


async def govern_lifespan(app: ASGIApp, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Run a lifespan: the records open before the site starts and close after it stopped.

    A store that can't be opened doesn't stop the site: pages are served and gated, choices that allow something are
    refused until the store is back. An application that knows no lifespan raises before it receives anything (ASGI
    lifespan 2.0); the records are then opened and closed without it. Any other failure of its start or stop is the
    server's to see.
    """
    asked = False

    async def governed_receive() -> Message:
        nonlocal asked
        asked = True
        message = await receive()
        if message["type"] == "lifespan.startup":
            await _start(site)
        return message

    async def governed_send(message: Message) -> None:
        if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
            await site.records.close()
        await send(message)

    try:
        await app(scope, governed_receive, governed_send)
    except Exception:
        if asked:
            raise
        logger.debug("the site knows no lifespan", exc_info=True)
    if not asked:
        await _alone(site, receive, send)


def begin_without(site: Site) -> None:
    """Open the records of a site that no lifespan reaches: its server knows none, or another application mounts it.

    Otherwise choices would be kept, but nothing would ever expire. In a thread, so that no visitor waits for a store;
    the records close with the process.
    """
    site.started = True
    threading.Thread(target=lambda: asyncio.run(_start(site)), name="consentkit-start", daemon=True).start()


async def _start(site: Site) -> None:
    try:
        await site.start()
    except ConsentKitError as problem:
        logger.error("the records could not be opened, so nothing can be allowed until they are: %s", problem)


async def _alone(site: Site, receive: Receive, send: Send) -> None:
    await receive()
    await _start(site)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await site.records.close()
    await send({"type": "lifespan.shutdown.complete"})
