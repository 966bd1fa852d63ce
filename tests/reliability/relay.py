"""A server between a site and its database that does to the connection what networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path
    from typing import Any

FAULTS = ("down", "hung", "half-open", "reset", "cut", "slow")


class Relay:
    """Passes bytes on, from a loop in a thread of its own.

    Attributes:
        fault: None, or one of :data:`FAULTS`: nobody listens; everything is accepted and nothing answered; answers get
            lost; connections are reset; connections end within an answer; every piece of an answer takes its time.
    """

    def __init__(self, target: Path) -> None:
        """Stand before the server on a Unix socket."""
        self.fault: str | None = None
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """End."""
        self._server.close()
        self._do(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set(self, fault: str | None) -> None:
        """Begin or end a fault; connections that it can't have spared are gone."""
        self.fault = fault
        if fault in {"down", "reset"}:
            self._do(self._end(reset=fault == "reset"))
        elif fault is None:
            # A network that hung loses what was under way.
            self._do(self._end(reset=True))

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _finish(self) -> None:
        await self._end(reset=True)
        # What serves a connection ends with it; nothing may be left of the loop's own.
        mine = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await asyncio.sleep(0)

    async def _end(self, *, reset: bool) -> None:
        for writer in list(self._open):
            _reset(writer) if reset else writer.close()
        self._open.clear()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault in {"down", "reset"}:
            _reset(writer)
            return
        self._open.add(writer)
        try:
            there, back = await asyncio.open_unix_connection(self._target)
        except OSError:
            _reset(writer)
            return
        self._open.add(back)
        await asyncio.gather(self._pass(reader, back, answers=False), self._pass(there, writer, answers=True))
        for end in (writer, back):
            self._open.discard(end)
            end.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self.fault == "hung" or (self.fault == "half-open" and answers):
                    continue
                if self.fault == "slow" and answers:
                    await asyncio.sleep(0.02)
                if self.fault == "cut" and answers:
                    sink.write(data[: len(data) // 2])
                    break
                sink.write(data)
                await sink.drain()
        sink.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        # To linger for no time means to answer with RST.
        sock = writer.get_extra_info("socket")
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
