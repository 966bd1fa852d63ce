"""Serve one of the five sites on this machine: ``python examples/serve.py hootis [--bare] [--port 8001]``."""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile

import uvicorn

SITES = ("alpiasoft", "dokos", "hootis", "iabako", "powerboutique")
HOST = "127.0.0.1"


def main() -> None:
    """Serve until interrupted; the keys and the records of a run end with it."""
    parser = argparse.ArgumentParser(description="Serve one of the five sites.")
    parser.add_argument("site", choices=SITES)
    parser.add_argument("--bare", action="store_true", help="without consentkit: see what it stops")
    parser.add_argument("--port", type=int, default=8001, help="where to listen (default: 8001)")
    options = parser.parse_args()
    token = secrets.token_urlsafe(32)
    print(f"Site:        http://{HOST}:{options.port}{' (bare: nothing is gated)' if options.bare else ''}")
    if not options.bare:
        print(f"Audit page:  http://{HOST}:{options.port}/_consent/admin  (log in with the token)")
        print(f"Audit token: {token}")
    print("Stop with Ctrl+C.", flush=True)
    with tempfile.TemporaryDirectory(prefix="consentkit-") as records:
        os.environ["CONSENTKIT_SECRET_KEY"] = secrets.token_urlsafe(32)
        os.environ["CONSENTKIT_AUDIT_TOKENS"] = token
        os.environ["CONSENTKIT_DATABASE"] = f"sqlite:///{records}/consentkit.db"
        name = f"{options.site}.app:{'site' if options.bare else 'app'}"
        uvicorn.run(name, host=HOST, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
