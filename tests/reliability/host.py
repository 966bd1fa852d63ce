"""One host of a site: real uvicorn workers on one socket, each replaced as soon as it is gone.

Usage: host.py DATABASE MANIFEST WORKERS [QUEUE]

It prints `port N`, then `worker PID` for each worker it starts, and ends with its standard input. Workers are forked
after everything is imported, as gunicorn does with --preload: five hundred kills need five hundred starts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import traceback

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from consentkit import ConsentMiddleware

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script></head><body><h1>Shop</h1></body></html>"""


async def page(_request: object) -> HTMLResponse:
    """Answer with a page that has a tracker."""
    return HTMLResponse(PAGE)


def serve(listener: socket.socket, database: str, manifest: str, queue: int | None) -> None:
    """Be a worker until told to stop."""
    app = ConsentMiddleware(
        Starlette(routes=[Route("/{path:path}", page)]),
        manifest=manifest,
        secret_key="reliability-key-reliability-key-reliability",
        database=database,
        # Each request names an address of its own, or one address would soon have had all the choices it may make.
        trusted_proxies=["127.0.0.1"],
    )
    if queue is not None:
        app.site.records.browser_log._limit = queue
    config = uvicorn.Config(app, log_level="warning", lifespan="on", access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


class Host:
    """Keeps as many workers as it was given."""

    def __init__(self, listener: socket.socket, *settings: str) -> None:
        self._listener = listener
        self._settings = settings
        self._workers: set[int] = set()
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._pass_on)

    def run(self, count: int) -> None:
        """Start workers and replace them until told to stop and all are gone."""
        for _ in range(count):
            self._start()
        while self._workers:
            with contextlib.suppress(InterruptedError):
                ended, _ = os.wait()
                self._workers.discard(ended)
                if not self._stopping:
                    self._start()

    def _start(self) -> None:
        worker = os.fork()
        if worker == 0:
            try:
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, signal.SIG_DFL)
                database, manifest, _, *queue = self._settings
                serve(self._listener, database, manifest, int(queue[0]) if queue else None)
                sys.exit(0)
            except SystemExit:
                # Not os._exit: what a program does at its end belongs to what is measured.
                raise
            except BaseException:
                traceback.print_exc()
                raise
        self._workers.add(worker)
        print(f"worker {worker}", flush=True)

    def _pass_on(self, number: int, _frame: object) -> None:
        self._stopping = True
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, number)


def end_with_input() -> None:
    """End when whoever started this is gone."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Listen, then keep workers."""
    # Named, or asyncio leaves Nagle's algorithm on and each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    print(f"port {listener.getsockname()[1]}", flush=True)
    host = Host(listener, *sys.argv[1:])
    threading.Thread(target=end_with_input, daemon=True).start()
    host.run(int(sys.argv[3]))


if __name__ == "__main__":
    main()
