"""The same comparison without a server: what each middleware adds to a request, in microseconds."""

from __future__ import annotations

import asyncio
import tempfile
import time
from typing import Any

from sites import SITES

_HEAD = b"""host: localhost
user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0
accept: text/html,application/xhtml+xml,*/*;q=0.8
accept-language: en-GB,en;q=0.5
accept-encoding: gzip, deflate, br"""


def measure(cases: list[tuple[str, str, bytes]], *, rounds: int, count: int) -> list[float]:
    """Return the least mean time of a request in each case, in microseconds.

    The least, because whatever else the machine does can only add to it.

    Args:
        cases: Name of the site, path, Cookie header (empty for none).
        rounds: How often each case is measured, interleaved with the others.
        count: Requests in a round.
    """
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(cases, folder, rounds, count))


async def _measure(cases: list[tuple[str, str, bytes]], folder: str, rounds: int, count: int) -> list[float]:
    sites = {name: make(folder) for name, make in SITES.items()}
    best = [float("inf")] * len(cases)
    async with asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        started = [asyncio.Event() for _ in sites]
        for app, event in zip(sites.values(), started, strict=True):
            group.create_task(_live(app, event, stop))
        for event in started:
            await event.wait()
        for _ in range(rounds):
            for place, (name, path, cookie) in enumerate(cases):
                best[place] = min(best[place], await _round(sites[name], path, cookie, count))
        stop.set()
    return best


async def _round(app: Any, path: str, cookie: bytes, count: int) -> float:
    head = _HEAD + b"\ncookie: " + cookie if cookie else _HEAD
    begin = time.perf_counter_ns()
    for _ in range(count):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            # New each time, as a server reads them: bytes keep their hash once it was asked for.
            "headers": [tuple(line.split(b": ", 1)) for line in head.split(b"\n")],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        await app(scope, _receive, _send)
    return (time.perf_counter_ns() - begin) / count / 1000


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: dict[str, Any]) -> None:
    """Drop it, as fast as can be."""


async def _live(app: Any, started: asyncio.Event, stop: asyncio.Event) -> None:
    """Take an application through its lifespan."""
    phase = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> dict[str, str]:
        kind = next(phase)
        if kind == "lifespan.shutdown":
            await stop.wait()
        return {"type": kind}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.complete":
            started.set()

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
