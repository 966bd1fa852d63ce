"""A page that inflates without end is gated on its way and never lies in memory (T23)."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import figures
import machine
import pytest

from consentkit.asgi import coding
from consentkit.asgi.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

_MEBIBYTE = 1 << 20
_MOST_GROWTH = 32 * _MEBIBYTE
# Several members, or frames, are one body (RFC 1952 section 2.2, RFC 8878 section 3): one is made, and sent again.
_PART = b"<p>%b</p><img src=https://www.facebook.com/tr>" % bytes(16 * _MEBIBYTE)
_MEMORY = Path("/proc/self")


def _peak() -> int:
    found = re.search(r"VmHWM:\s*(\d+) kB", (_MEMORY / "status").read_text())
    assert found is not None
    return int(found[1]) * 1024


async def _inflated(site: Any, name: bytes, part: bytes, parts: int) -> tuple[int, int]:
    """Send a page made of equal parts through consentkit; return its size and how many trackers were gated."""
    size = gated = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-encoding", name)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number < parts - 1})

    async def send(message: Any) -> None:
        nonlocal size, gated
        body = message.get("body", b"")
        size += len(body)
        gated += body.count(b"data-consentkit-src=")

    site.app = app
    headers = [(b"host", b"www.shop.example"), (b"accept", b"text/html")]
    await site({"type": "http", "method": "GET", "path": "/", "headers": headers}, None, send)
    return size, gated


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_ten_gibibytes(name: str, manifest: Any, secret_key: str, tmp_path: Path) -> None:
    """A few megabytes become ten gibibytes of page: every tracker in it is gated, and memory hardly grows."""
    if not (_MEMORY / "clear_refs").exists():
        machine.lacks("only Linux tells the most memory a process had")
    compress: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": coding._zstd.compress}
    parts = figures.scale(640, 16)
    site = ConsentMiddleware(
        None, manifest=manifest, secret_key=secret_key, database=f"sqlite:///{tmp_path}/consent.db"
    )
    part = compress[name](_PART)

    async def measured() -> tuple[int, int, int]:
        await _inflated(site, name.encode(), part, 1)
        (_MEMORY / "clear_refs").write_text("5")  # the most so far is what it has now (proc(5))
        before = _peak()
        size, gated = await _inflated(site, name.encode(), part, parts)
        growth = _peak() - before
        await site.site.records.close()
        return size, gated, growth

    size, gated, growth = asyncio.run(measured())
    figures.figure(
        "T23",
        f"{parts * len(part):,} bytes of {name} to {size:,}: memory grew by {growth / _MEBIBYTE:.1f} MiB",
        bar="10 GiB, less than 32 MiB",
    )
    assert size > parts * len(_PART)
    assert gated == parts
    assert growth < _MOST_GROWTH
