"""A governed site in this process, and a visitor who notes what each answer was worth."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import machine
from driving import Driver, responder
from tests.reliability.site import MANIFEST, Acknowledged

from consentkit import ConsentMiddleware

if TYPE_CHECKING:
    from driving import Answer

PAGE = b"""<!doctype html><html lang="en"><head><title>Shop</title>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script></head><body><h1>Shop</h1></body></html>"""


class Shop:
    """One worker, driven event by event."""

    def __init__(self, url: str) -> None:
        self.app = ConsentMiddleware(
            responder(PAGE),
            manifest=str(MANIFEST),
            secret_key="reliability-key-reliability-key-reliability",
            database=url,
            trusted_proxies=["127.0.0.1"],
        )
        self.driver = Driver(self.app, client=("127.0.0.1", 1))
        self.records = self.app.site.records
        self.acknowledged: list[Acknowledged] = []
        self.refused = 0
        self.spoiled_pages = 0
        self.false_grants = 0
        self.lost_refusals = 0
        self.slowest_refusal = 0.0
        self._asked = 0

    def start(self) -> None:
        """Open the records, as the server's lifespan does."""
        self.driver.loop.run_until_complete(self.records.start())

    def close(self) -> None:
        """Close them."""
        self.driver.loop.run_until_complete(self.records.close())
        self.driver.loop.run_until_complete(self.driver.loop.shutdown_default_executor())
        self.driver.close()

    def page(self) -> None:
        """Ask for a page; it has to come whole, and gated."""
        self.driver.loop.run_until_complete(self.browse())

    async def browse(self, seconds: float = 0) -> list[float]:
        """Ask for pages for so long, at least one; return what each took, in order of time taken."""
        took, end = [], time.perf_counter() + seconds
        while not took or time.perf_counter() < end:
            began = time.perf_counter()
            self._judge(
                await self.driver.exchange("GET", "/", [("accept", "text/html"), ("sec-fetch-dest", "document")])
            )
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.005 if seconds else 0)
        return sorted(took)

    def _judge(self, answer: Answer) -> None:
        gated = b' src="https://www.googletagmanager.com' not in answer.body and b"<h1>Shop</h1>" in answer.body
        self.spoiled_pages += answer.status != 200 or not gated

    def accept(self) -> bool:
        """Accept everything; tell whether it was acknowledged. What isn't must be a 503 without a cookie."""
        return self.driver.loop.run_until_complete(self.accepting())

    async def accepting(self) -> bool:
        """Do as :meth:`accept`."""
        answer = await self._choose("accept")
        if answer.status == 200:
            receipt = json.loads(answer.body)["receipt"]
            self.acknowledged.append(Acknowledged(receipt["index"], receipt["record"], receipt["leaf"]))
            return True
        self.false_grants += answer.status != 503 or bool(answer.cookies)
        return False

    def refuse(self) -> None:
        """Refuse everything; it has to take effect whatever happens."""
        self.driver.loop.run_until_complete(self.refusing())

    async def refusing(self) -> None:
        """Do as :meth:`refuse`."""
        began = time.perf_counter()
        answer = await self._choose("refuse")
        self.slowest_refusal = max(self.slowest_refusal, time.perf_counter() - began)
        self.refused += 1
        self.lost_refusals += answer.status != 200 or not answer.cookies

    def recover(self, *, attempts: int = 1_000) -> None:
        """Go on accepting until one is acknowledged."""
        for _ in range(attempts):
            if self.accept():
                return
            time.sleep(0.05)
        message = "choices are not acknowledged again"
        raise AssertionError(message)

    def settle(self) -> int:
        """Bring in what was deferred; return how many refusals are in the log."""
        self.records.consent_log.replay()
        return sum(entry["payload"].get("state") == "refused" for entry in self.entries())

    def entries(self) -> list[dict[str, dict[str, object]]]:
        """Return the log's entries, as they are archived."""

        async def archive() -> list[bytes]:
            return [line async for line in self.records.archive()]

        lines = self.driver.loop.run_until_complete(archive())
        return [json.loads(line) for line in lines if line.startswith(b'{"index"')]

    async def _choose(self, action: str) -> Answer:
        # Each from another network, or one would soon have had all the choices it may make.
        self._asked += 1
        address = f"10.{self._asked // 250 % 250}.{self._asked % 250}.1"
        form = ("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")
        fields = f"action={action}".encode()
        headers = [*form, ("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)]
        return await self.driver.exchange("POST", "/_consent/choice", headers, fields)


async def stall(seconds: float) -> float:
    """Return the longest time within so many seconds that the loop kept somebody waiting, had it a core."""
    longest, end = 0.0, time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        before = machine.starved()
        await asyncio.sleep(0.002)
        longest = max(longest, time.perf_counter() - now - 0.002 - (machine.starved() - before))
    return longest
