"""Several workers, one SQLite file."""

from __future__ import annotations

import contextlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGES = 10_000
CHOICES = 1_000
CLIENTS = 8
TOKEN = "integration-token-integration-token"


def test_four_workers_lose_nothing(
    serve_command: Callable[..., contextlib.AbstractContextManager[int]],
    choose: Callable[..., tuple[dict[str, Any], str]],
    manifest: Path,
    tmp_path: Path,
) -> None:
    """10,000 page views and 1,000 choices: every acknowledged choice is in the log once, and no page failed."""
    environment = {
        "CONSENTKIT_MANIFEST": str(manifest),
        "CONSENTKIT_SECRET_KEY": "integration-key-integration-key-integration",
        "CONSENTKIT_DATABASE": f"sqlite:///{tmp_path}/consent.db",
        "CONSENTKIT_AUDIT_TOKENS": TOKEN,
    }
    output = tmp_path / "output.txt"

    def client(number: int) -> tuple[list[int], list[dict[str, Any]]]:
        statuses, receipts = [], []
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for turn in range(PAGES // CLIENTS):
                connection.request("GET", f"/page/{turn}", headers={"User-Agent": f"Mozilla/5.0 ({number})"})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
                if turn % (PAGES // CHOICES) == 0:
                    answer, _ = choose(connection, "accept" if turn % 20 else "refuse")
                    receipts.append(answer["receipt"])
        return statuses, receipts

    options = ("--workers", "4", "--no-access-log", "--log-level", "warning")
    with serve_command(output, environment, *options) as port, ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(client, range(CLIENTS)))
        logged = read_log(port)
    statuses = [status for pages, _ in results for status in pages]
    receipts = [receipt for _, choices in results for receipt in choices]
    assert statuses == [200] * PAGES
    assert len(receipts) == CHOICES
    assert sorted(entry["record_id"] for entry in logged) == sorted(receipt["record"] for receipt in receipts)
    assert sorted(entry["index"] for entry in logged) == list(range(CHOICES))
    assert output.read_text() == ""


def read_log(port: int) -> list[dict[str, Any]]:
    """Read the whole consent log over HTTP, page by page."""
    entries: list[dict[str, Any]] = []
    cursor = ""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        while True:
            path = "/_consent/log?format=json&limit=500" + (f"&cursor={cursor}" if cursor else "")
            connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
            response = connection.getresponse()
            page = json.loads(response.read())
            assert response.status == 200, page
            entries += page["items"]
            cursor = page["cursor"]
            if not cursor:
                return entries
