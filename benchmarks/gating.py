"""The gate alone: how fast it reads real pages, and whether twice the input takes twice the time.

Time is CPU time of this process, the least of several rounds. A page is gated as its own site's, told by its canonical
link, for a visitor who hasn't been asked; gzip of level 4 over the same bytes stands beside it. The folder may hold any
saved pages; without one the pages of the tests are read, which are small and full of what is rare.
"""

from __future__ import annotations

import gc
import re
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import GatePolicy
from consentkit.gate.urls import Base
from consentkit.manifest.load import load
from consentkit.manifest.match import HostIndex
from consentkit.markup.rewriter import Rewriter
from consentkit.markup.tokenizer import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFEST = Path(__file__).with_name("consent.yaml")
CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
STEP = 8 * 1024
MEBIBYTE = 1 << 20

_OWN_HOST = re.compile(rb"""rel=["']?canonical["']?[^>]*?href=["']?https?://([^/"'\s>]+)""", re.IGNORECASE)
_TRACKER = b"https://www.facebook.com/tr"
# Each makes about so many bytes.
PATHOLOGICAL: dict[str, Callable[[int], bytes]] = {
    "<": lambda size: b"<" * size,
    "<!--": lambda size: b"<!--" * (size // 4),
    "one attribute": lambda size: b'<img src="%b" alt="%b">' % (_TRACKER, b"x" * size),
    "a million attributes": lambda size: b'<img%b src="%b">' % (b" a=1 b" * (size // 6), _TRACKER),
    "one URL": lambda size: b'<img src="%b?%b">' % (_TRACKER, b"x" * size),
    "quotes that don't close": lambda size: b"<p title='a" * (size // 11),
    "</script in a script": lambda size: b"<script>" + b"</script" * (size // 8),
    "nested noscript": lambda size: b"<noscript>" * (size // 10),
    "nested drawings": lambda size: b"<svg><g>" * (size // 8),
    "scripts that are gated": lambda size: b'<script src="%b"></script>' % _TRACKER * (size // 50),
}


def _policy() -> GatePolicy:
    manifest = load(MANIFEST)
    nothing = Decision(ChoiceState.UNKNOWN, frozenset(), frozenset(), "nothing")
    return GatePolicy(manifest, HostIndex(manifest), nothing)


class Gate:
    """Gates pages for one visitor."""

    def __init__(self) -> None:
        self._policy = _policy()
        self.longest = 0.0
        self.gated = 0

    def page(self, page: bytes, host: str = "localhost") -> None:
        """Gate a page in steps, as responses do; note the longest step, in seconds, and what was gated."""
        gate = HtmlGate(self._policy, Base("https", host), placeholder=lambda *_: "<p></p>")
        rewriter, pieces = Rewriter(gate), []
        for start in range(0, len(page), STEP):
            begin = time.process_time()
            pieces.append(rewriter.feed(page[start : start + STEP]))
            self.longest = max(self.longest, time.process_time() - begin)
        pieces.append(rewriter.close())
        self.gated = b"".join(pieces).count(PREFIX + b"src")


def own_host(page: bytes) -> str:
    """Return the host that a saved page comes from, as its canonical link tells."""
    own = _OWN_HOST.search(page)
    return own[1].decode("latin-1").lower() if own else "localhost"


def least(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the least CPU time of each work, in seconds, over rounds that do each once."""
    # What was there before isn't the gate's to look through: a full collection of it takes 30 ms.
    gc.collect()
    gc.freeze()
    times = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            begin = time.process_time()
            work()
            times[place] = min(times[place], time.process_time() - begin)
    gc.unfreeze()
    return times


def print_corpus(folder: Path, rounds: int) -> None:
    """Print how fast a folder of pages is gated."""
    pages = [path.read_bytes() for path in sorted(folder.glob("**/*.html"))]
    size = sum(map(len, pages))
    hosts = list(map(own_host, pages))
    gate = Gate()
    for page, host in zip(pages, hosts, strict=True):
        gate.page(page, host)
    gate.longest = 0.0
    gating, packing = least(
        rounds,
        lambda: [gate.page(page, host) for page, host in zip(pages, hosts, strict=True)],
        lambda: [zlib.compress(page, 4) for page in pages],
    )
    print(f"\nFirst-seen HTML: {len(pages)} pages of {folder.name}, {size:,} bytes")
    print(f"  gate            {size / gating / 1e6:8.1f} MB/s   longest step {gate.longest * 1000:.1f} ms")
    print(f"  gzip, level 4   {size / packing / 1e6:8.1f} MB/s")
    print(f"  aim 150 MB/s: {'met' if size / gating >= 150e6 else 'MISSED'}; ", end="")
    print(f"aim cheaper than gzip: {'met' if gating < packing else 'MISSED'} ({packing / gating:.2f} of its speed)")


def print_linear(rounds: int, size: int = 4 * MEBIBYTE) -> None:
    """Print the time for each pathological page, and for one twice as large."""
    gate, most = Gate(), 0.0
    print(f"\nPathological pages, {size // MEBIBYTE} and {2 * size // MEBIBYTE} MiB")
    for name, make in PATHOLOGICAL.items():
        once, twice = make(size), make(2 * size)
        first, second = least(rounds, lambda page=once: gate.page(page), lambda page=twice: gate.page(page))
        gated, most = gate.gated, max(most, second / first)
        tracemalloc.start()
        Gate().page(once[:MEBIBYTE])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(
            f"  {name:<26} {first * 1000:9.0f} ms {second * 1000:9.0f} ms  {second / first:5.2f} times"
            f"  {gated:>7,} gated  peak {peak / 1024:,.0f} KiB"
        )
    print(f"  aim at most 2.2 times for twice: {'met' if most <= 2.2 else 'MISSED'} ({most:.2f})")
