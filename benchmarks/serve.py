"""Serve one of the compared sites on a free loopback port, and tell what CPU time it used.

Prints the port on its first line. `GET /__cpu` answers the nanoseconds of CPU time of the whole process, threads and
background work included.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from typing import Any

import uvicorn
from sites import SITES

from consentkit import ConsentMiddleware


def metered(app: Any) -> Any:
    """Answer `/__cpu` before the site sees it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/__cpu":
            # What page views left to do in the background belongs to them, not to what is measured next.
            if isinstance(app, ConsentMiddleware):
                await app.site.records.browser_log.flush()
                await app.site.records.observed.flush()
            body = str(time.process_time_ns()).encode()
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        await app(scope, receive, send)

    return answer


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # Listening before the port is told, the kernel queues whoever connects early.
        listener.listen()
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(
            metered(SITES[name](folder)),
            log_level="error",
            access_log=False,
            lifespan="on",
            # On a busy machine a connection waits for its turn longer than the default of 5 s.
            timeout_keep_alive=600,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
