"""Another worker that sweeps the browser log, as the hourly work does.

Usage: sweep.py DATABASE NOW, with the time in microseconds since 1970.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.moments import from_micros
from consentkit.records.retention import NOTHING, horizon

if TYPE_CHECKING:
    from datetime import datetime


def main(url: str, now: datetime) -> None:
    """Sweep at a time; print how many rows went."""
    retention = Retention()
    assert horizon(retention.browser_log, now) > NOTHING
    records = open_records(url, retention=retention, clock=lambda: now)
    print(records._expiry.sweep_browser_log(records._sweeper._pause))


if __name__ == "__main__":
    main(sys.argv[1], from_micros(int(sys.argv[2])))
