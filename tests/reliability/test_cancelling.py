"""A visitor may leave at any moment of a choice: it is kept whole or not at all, and nothing is left behind (T16)."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from figures import figure
from tests.reliability.shop import Shop
from tests.reliability.site import compare

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LARGEST = 200


class Leaving:
    """Runs a coroutine and cancels it when it waits for the n-th time."""

    def __init__(self, work: Any, at: int) -> None:
        self._work = work
        self._at = at
        self.waits = 0
        self.cancelled = False

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waited = steps.throw(error) if error else steps.send(value)
            except StopIteration:
                return
            self.waits += 1
            if self.waits == self._at:
                self.cancelled = True
                task = asyncio.current_task()
                assert task is not None
                asyncio.get_running_loop().call_soon(task.cancel)
            value, error = None, None
            try:
                value = yield waited
            except BaseException as thrown:
                error = thrown


def leave(shop: Shop, action: str, at: int) -> bool:
    """Make a choice and leave while it waits for the n-th time; tell whether that came."""
    body = f"action={action}".encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/_consent/choice",
        "raw_path": b"/_consent/choice",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"www.shop.example"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"sec-fetch-site", b"same-origin"),
            (b"accept", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(_message: dict[str, Any]) -> None:
        await asyncio.sleep(0)

    async def visit() -> Leaving:
        leaving = Leaving(shop.app(scope, receive, send), at)

        async def run() -> None:
            await leaving

        task = asyncio.create_task(run())
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None
        return leaving

    return shop.driver.loop.run_until_complete(visit()).cancelled


@pytest.mark.slow
@pytest.mark.parametrize("down", [False, True])
def test_every_moment(kind: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, down: bool) -> None:
    """Grants and refusals are cancelled at every await, with the store up and down; the next choice goes on as ever."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    shop = Shop(url)
    shop.start()
    shop.recover()
    threads = threading.active_count()
    if down:
        monkeypatch.setattr(shop.records.consent_log._store, "append", _unavailable)
    points = 0
    for action in ("accept", "refuse"):
        for at in range(1, LARGEST):
            if not leave(shop, action, at):
                break
            points += 1
    if down:
        monkeypatch.undo()
        monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    shop.recover()
    shop.settle()
    left = threading.active_count() - threads
    shop.close()
    found = compare(url, shop.acknowledged)

    figure(
        "T16",
        f"{kind}, log {'down' if down else 'up'}: {points} cancel points, half states {len(found.findings)}, gaps "
        f"{found.gaps}, acknowledged and lost {found.lost}",
        bar="every await, 0, 0, 0",
    )
    assert points > 4
    assert (found.lost, found.gaps, found.duplicates, found.findings) == (0, 0, 0, [])
    # The pool of the loop's default executor grows to a bound and stays.
    assert left <= 40


def _unavailable(*_arguments: Any, **_keywords: Any) -> None:
    from consentkit.errors import StoreUnavailableError

    message = "down"
    raise StoreUnavailableError(message)
