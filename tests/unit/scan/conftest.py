"""A site of a few pages, answered by a real server on this machine."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Pages:
    """What the server answers: body and headers by path; anything else is 404.

    Attributes:
        url: Where it answers, without a slash at the end.
        asked: The paths asked for, in order.
    """

    url: str = ""
    answers: dict[str, tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def page(self, path: str, body: str | bytes, *headers: tuple[str, str], status: int = 200) -> None:
        raw = body.encode() if isinstance(body, str) else body
        named = {name.lower() for name, _ in headers}
        typed = [] if "content-type" in named else [("Content-Type", "text/html; charset=utf-8")]
        self.answers[path] = (status, [*typed, *headers], raw)


@pytest.fixture
def pages() -> Iterator[Pages]:
    served = Pages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            status, headers, body = served.answers.get(self.path, (404, [], b"missing"))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()
