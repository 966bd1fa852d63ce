"""Real servers on loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def manifest() -> Path:
    """The manifest of the sites in this folder: one tracker, one purpose, one session cookie."""
    return HERE / "consent.yaml"


class _Server(uvicorn.Server):
    """A server that tells when it is ready, so that no test waits by the clock."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture(scope="session")
def serve() -> Callable[[Any], contextlib.AbstractContextManager[str]]:
    """Return a context manager that serves an application with uvicorn and gives its address."""

    @contextlib.contextmanager
    def running(app: Any) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(app, log_level="error", lifespan="auto", ws="websockets-sansio")
            server = _Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                assert server.ready.wait(30), "uvicorn did not start"
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join(30)

    return running


@pytest.fixture
def serve_command() -> Callable[..., contextlib.AbstractContextManager[int]]:
    """Return a context manager that runs uvicorn as its own command and gives its port.

    Its whole output goes into a file, and it is stopped as an operator stops it.
    """

    @contextlib.contextmanager
    def running(output: Path, environment: Mapping[str, str], *options: str, dual_stack: bool = False) -> Iterator[int]:
        host = "::" if dual_stack else "127.0.0.1"
        family = socket.AF_INET6 if dual_stack else socket.AF_INET
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "governed:app", *options]
        with socket.create_server((host, 0), family=family, dualstack_ipv6=dual_stack) as listener:
            port, inherited = listener.getsockname()[1], listener.fileno()
            if not dual_stack:
                # On a socket it inherits, uvicorn leaves Nagle's algorithm on and each answer takes 40 ms; on one that
                # it opens itself, it does not listen on both families.
                listener.close()
            binding = ["--fd", str(inherited)] if dual_stack else ["--port", str(port)]
            with serving([*command, *binding], port, output, environment, [inherited] if dual_stack else []):
                yield port

    return running


@contextlib.contextmanager
def serving(
    command: Sequence[str], port: int, output: Path, environment: Mapping[str, str], inherited: Sequence[int] = ()
) -> Iterator[None]:
    """Run a server as a command from this folder; its output goes into a file, and it is stopped as by an operator."""
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=HERE,
            pass_fds=inherited,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_answer(process, port, output)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _await_answer(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    """Wait until a worker answers; fail with the server's output when it ends or a minute passes."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
        ):
            connection.request("GET", "/data")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    pytest.fail(f"the server did not answer:\n{output.read_text()}")


@pytest.fixture(scope="session")
def choose() -> Callable[..., tuple[dict[str, Any], str]]:
    """Return a function that posts a choice as the banner's script does; it gives the answer and the Cookie header."""

    def post(connection: http.client.HTTPConnection, action: str, cookie: str = "") -> tuple[dict[str, Any], str]:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{connection.host}:{connection.port}",
            "Sec-Fetch-Site": "same-origin",
            **({"Cookie": cookie} if cookie else {}),
        }
        connection.request("POST", "/_consent/choice", body=f"action={action}", headers=headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body), (response.getheader("set-cookie") or "").partition(";")[0]

    return post
