"""Starts workers that have imported everything and wait for a word, so that a debugger can be attached to each.

Usage: starter.py JOURNAL SYNCHRONOUS

For each line `DATABASE GROUPS OUTPUT` on standard input it prints the process of a worker, which waits for a line of
its own and then does as `ledger.py`, with its standard output in a file; then it prints `ended`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.reliability import ledger


def line() -> str:
    """Read a line and nothing behind it, which may be for another process."""
    read = b""
    while not read.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        read += byte
    return read.decode().strip()


def work(database: str, groups: str, output: str) -> None:
    """Be a worker."""
    opened = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(opened, 1)
    line()
    asyncio.run(ledger.main(database, int(groups)))


if __name__ == "__main__":
    ledger.keep(*sys.argv[1:3])
    while True:
        order = line().split()
        worker = os.fork()
        if worker == 0:
            work(*order)
            sys.exit(0)
        print(worker, flush=True)
        os.waitpid(worker, 0)
        print("ended", flush=True)
