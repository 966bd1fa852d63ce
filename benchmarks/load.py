"""A small load generator: blocking sockets, kept alive, a batch of requests in flight at a time.

It asks every connection, then reads every answer, so the server always has work queued and never waits for the
generator's own Python.
"""

from __future__ import annotations

import socket
from typing import Self

CONNECTIONS = 8

BROWSER = (
    "Host: localhost\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0\r\n"
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
)


class Client:
    """Keeps connections to one server on the loopback interface."""

    def __init__(self, port: int) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(CONNECTIONS)]
        for connection in self._sockets:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for connection in self._sockets:
            connection.close()

    def cpu(self) -> int:
        """Return the server's CPU time so far, in nanoseconds."""
        return int(self.once(request("/__cpu"))[1])

    def once(self, message: bytes) -> tuple[bytes, bytes]:
        """Send one request; return the answer's head and body."""
        self._sockets[0].sendall(message)
        return read_response(self._sockets[0])

    def batch(self, message: bytes, count: int) -> None:
        """Send the same request `count` times, rounded up to whole batches, and read every answer.

        Raises:
            RuntimeError: An answer was not 200.
        """
        for _ in range(-(-count // CONNECTIONS)):
            for connection in self._sockets:
                connection.sendall(message)
            for connection in self._sockets:
                head, _ = read_response(connection)
                if not head.startswith(b"HTTP/1.1 200"):
                    text = f"expected 200, got {head[:60]!r}"
                    raise RuntimeError(text)


def request(path: str, *, method: str = "GET", headers: str = "", body: bytes = b"") -> bytes:
    """Return one request as a browser sends it."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\n{BROWSER}{headers}{length}\r\n".encode() + body


def read_response(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read one answer, framed by Content-Length or chunked."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _receive(connection)
    head, body = bytes(data[:end]), data[end + 4 :]
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if b"content-length" in fields:
        length = int(fields[b"content-length"])
        while len(body) < length:
            body += _receive(connection)
    else:
        while not body.endswith(b"0\r\n\r\n"):
            body += _receive(connection)
    return head, bytes(body)


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(262_144)
    if not data:
        message = "the server closed the connection"
        raise ConnectionError(message)
    return data
