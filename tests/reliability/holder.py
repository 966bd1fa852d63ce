"""Another program that keeps a database locked, or reads it without end.

Usage: holder.py DATABASE lock|read. It prints `held`, and lets go with the end of its standard input.
"""

from __future__ import annotations

import sqlite3
import sys

if __name__ == "__main__":
    database = sqlite3.connect(sys.argv[1], isolation_level=None)
    database.execute("BEGIN EXCLUSIVE" if sys.argv[2] == "lock" else "BEGIN")
    database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    print("held", flush=True)
    sys.stdin.read()
