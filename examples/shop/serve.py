"""Serve the shop on this machine: ``python examples/shop/serve.py [--bare] [--port 8000]``."""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn
from local import secret

HOST = "127.0.0.1"
TRIES = 20


def listen(port: int) -> socket.socket:
    """Return a socket listening on ``port``, or on the next free one of the :data:`TRIES` after it.

    Port 0 lets the system choose.

    Raises:
        OSError: All of them are taken.
    """
    candidates = range(port, min(port + TRIES, 65536))
    for candidate in candidates:
        try:
            return socket.create_server((HOST, candidate), backlog=512)
        except OSError as taken:
            last = taken
    message = f"ports {port} to {candidates[-1]} are all taken; name another with --port ({last.strerror})"
    raise OSError(message)


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the demo shop.")
    parser.add_argument("--bare", action="store_true", help="without consentkit: see what it stops")
    parser.add_argument("--port", type=int, default=8000, help="first port to try (default: 8000)")
    options = parser.parse_args()
    if not 0 <= options.port <= 65535:
        parser.error(f"--port: {options.port} is no TCP port; name one from 1 to 65535")
    try:
        sock = listen(options.port)
    except OSError as problem:
        sys.exit(f"serve.py: {problem}")
    port = sock.getsockname()[1]
    if options.port not in {0, port}:
        print(f"Port {options.port} is taken; using {port}.")
    address = f"http://{HOST}:{port}"
    print(f"Shop:        {address}{' (bare: nothing is gated)' if options.bare else ''}")
    if not options.bare:
        print(f"Audit page:  {address}/_consent/admin  (log in with the token)")
        print(f"Consent log: {address}/_consent/log  (for programs: Authorization: Bearer TOKEN)")
        print(f"Audit token: {secret('audit')}")
    print("Stop with Ctrl+C.", flush=True)
    config = uvicorn.Config("storefront:site" if options.bare else "app:app", log_level="warning")
    uvicorn.Server(config).run(sockets=[sock])


if __name__ == "__main__":
    main()
