"""One worker of a site that only sweeps: it says so each time it does, and ends when it knows of a sweep."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from consentkit.manifest.model import Retention
from consentkit.records import open_records


async def work(url: str) -> None:
    retention = Retention.model_validate({"browser_log": "2 months", "consent_log": "5 years"})
    records = open_records(url, retention=retention)
    sweep = records._expiry.sweep

    def told(pause: Any) -> int:
        removed = sweep(pause)
        print("swept", removed, flush=True)
        return removed

    records._expiry.sweep = told  # type: ignore[method-assign]
    sys.stdin.readline()
    await records.start()
    await asyncio.to_thread(wait_for_sweep, records)
    await records.close()


def wait_for_sweep(records: Any) -> None:
    while records.health()["sweep"]["last"] is None:
        time.sleep(0.05)


asyncio.run(work(sys.argv[1]))
