"""Hosts to kill, visitors that note what they were told, and the comparison with what is in the log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
MANIFEST = HERE.parent / "integration" / "consent.yaml"


class Acknowledged(NamedTuple):
    """A receipt, as a visitor got it."""

    index: int
    record: str
    leaf: str


class Host:
    """A running `host.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline().removeprefix("port "))
        self.workers: list[int] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def kill_a_worker(self) -> bool:
        """Kill one of those started last; tell whether it still ran."""
        if not self.workers:
            return False
        worker = self.workers.pop(random.randrange(len(self.workers)))
        with contextlib.suppress(ProcessLookupError):
            # It is a child of ours: nobody else can have been given its number, for its parent reaps it first.
            os.kill(worker, signal.SIGKILL)
            return True
        return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the host, which passes it on to its workers."""
        self.process.send_signal(number)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.workers.append(int(line.removeprefix("worker ")))


@contextlib.contextmanager
def host(url: str, log: Path, *, workers: int, queue: int | None = None) -> Iterator[Host]:
    """Run a host for as long as the block; what it writes to standard error goes to a file."""
    command = [sys.executable, str(HERE / "host.py"), url, str(MANIFEST), str(workers)]
    command += [str(queue)] if queue is not None else []
    with log.open("ab") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield Host(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


class Visitor:
    """A browser that makes one choice after another and keeps the receipts; when it is cut off it connects anew."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._address = ".".join(str(random.randrange(1, 250)) for _ in range(4))
        self.refused = 0

    async def choose(self, action: str = "accept") -> Acknowledged | None:
        """Post a choice; return the receipt, or None when it was refused or nobody answered."""
        status, body = await self._exchange("POST", "/_consent/choice", f"action={action}".encode())
        if status != 200:
            self.refused += 1
            return None
        receipt = json.loads(body)["receipt"]
        return receipt and Acknowledged(receipt["index"], receipt["record"], receipt["leaf"])

    async def page(self, path: str) -> bool:
        """Ask for a page; tell whether it came whole."""
        status, body = await self._exchange("GET", path, b"")
        return status == 200 and body.endswith(b"</html>")

    def leave(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        accepted = "application/json" if body else "text/html"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: shop.example\r\nAccept: {accepted}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0\r\n"
            f"X-Forwarded-For: {self._address}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(head.encode() + body)
            return await asyncio.wait_for(_response(reader), 30)
        except (OSError, EOFError, TimeoutError, ValueError):
            self.leave()
            return 0, b""


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length: ")[2].partition("\r\n")[0]
    body = await reader.readexactly(int(length)) if length else await _chunks(reader)
    return int(head.split(" ", 2)[1]), body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


class Comparison(NamedTuple):
    """The log beside what was acknowledged."""

    stored: int
    lost: int
    gaps: int
    duplicates: int
    findings: list[str]


def compare(url: str, acknowledged: list[Acknowledged]) -> Comparison:
    """Read the whole log, verify it, and look for everything that was acknowledged where it was said to be."""
    records = open_records(url, retention=Retention())

    async def archive() -> list[bytes]:
        lines = [line async for line in records.archive()]
        await records.close()
        return lines

    lines = asyncio.run(archive())
    entries = [json.loads(line) for line in lines if line.startswith(b'{"index"')]
    stored = {Acknowledged(entry["index"], entry["payload"]["record_id"], entry["leaf"]) for entry in entries}
    indexes = {entry.index for entry in stored}
    return Comparison(
        stored=len(entries),
        lost=len(set(acknowledged) - stored),
        gaps=max(indexes, default=-1) + 1 - len(indexes),
        duplicates=len(entries) - len({entry.record for entry in stored}),
        findings=[str(finding) for finding in verify(lines).findings],
    )
