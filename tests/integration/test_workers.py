"""Several workers, one SQLite file."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
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
    """10,000 page views and 1,000 choices: each choice is in the log once, and no page failed.

    On a machine that stalls, a refusal may be answered before its record is durable: it comes without a receipt, a line
    tells the operator, and the record follows.
    """
    environment = {
        "CONSENTKIT_MANIFEST": str(manifest),
        "CONSENTKIT_SECRET_KEY": "integration-key-integration-key-integration",
        "CONSENTKIT_DATABASE": f"sqlite:///{tmp_path}/consent.db",
        "CONSENTKIT_AUDIT_TOKENS": TOKEN,
    }
    output = tmp_path / "output.txt"

    def client(number: int) -> tuple[list[int], list[tuple[str, dict[str, Any] | None]]]:
        statuses, answers = [], []
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for turn in range(PAGES // CLIENTS):
                connection.request("GET", f"/page/{turn}", headers={"User-Agent": f"Mozilla/5.0 ({number})"})
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
                if turn % (PAGES // CHOICES) == 0:
                    action = "accept" if turn % 20 else "refuse"
                    answers.append((action, choose(connection, action)[0]["receipt"]))
        return statuses, answers

    options = ("--workers", "4", "--no-access-log", "--log-level", "warning")
    with serve_command(output, environment, *options) as port, ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(client, range(CLIENTS)))
        logged = read_log(port)
        deadline = time.monotonic() + 120
        while len(logged) < CHOICES and time.monotonic() < deadline:
            time.sleep(1)
            logged = read_log(port)
    statuses = [status for pages, _ in results for status in pages]
    answers = [answer for _, choices in results for answer in choices]
    late = [action for action, receipt in answers if receipt is None]
    assert statuses == [200] * PAGES
    assert len(answers) == CHOICES
    assert set(late) <= {"refuse"}
    records = {entry["record_id"] for entry in logged}
    assert len(records) == len(logged) == CHOICES
    assert records >= {receipt["record"] for _, receipt in answers if receipt}
    assert sorted(entry["index"] for entry in logged) == list(range(CHOICES))
    assert len(output.read_text().splitlines()) == len(late)


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
