"""Gate random pages and let other parsers look for what is still alive: ``make fuzz``.

What Chromium's parser, with scripting and without, and for some of them html5lib, finds alive in a page that was gated
is an escape. Some pages are cut at random too, which must come to the same. A seed gives the same pages again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import grammar
from oracles import chromium, html5lib_alive

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import GatePolicy
from consentkit.gate.urls import Base
from consentkit.manifest.load import loads
from consentkit.manifest.match import HostIndex
from consentkit.markup.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MANIFEST: Final = f"""\
version: 1
site:
  name: Boutique
  hosts: [www.shop.example]
  controller: {{name: Boutique, address: Paris, country: FR, contact: "mailto:dpo@shop.example", policy: /privacy}}
  languages: [en]
notice: {{revision: 2026-05-04}}
purposes:
  - {{id: necessary, exempt: authentication}}
  - {{id: advertising, title: {{en: Advertising}}, description: {{en: Showing ads.}}}}
services:
  - id: pixel
    vendor: {{name: Pixel, country: IE, policy: "https://pixel.example/privacy", role: controller}}
    purposes: [advertising]
    hosts: [{grammar.HOST}]
"""
_BATCH: Final = 240
_CUT_EVERY: Final = 4
_HTML5LIB_EVERY: Final = 40
_LOOK_BEFORE_EVERY: Final = 40
# As many failures as one cares to read.
_ENOUGH: Final = 20


@dataclass
class Tally:
    """What was seen so far.

    Attributes:
        pages: How many were gated.
        alive: In how many of those sampled Chromium found something alive before they were gated.
        sampled: How many were looked at before they were gated.
        by_html5lib: How many html5lib has judged too.
        escapes: In how many something was alive afterwards.
        cut: How many were gated in pieces too.
        unequal: How many came out differently then.
    """

    pages: int = 0
    alive: int = 0
    sampled: int = 0
    by_html5lib: int = 0
    escapes: int = 0
    cut: int = 0
    unequal: int = 0

    @property
    def failures(self) -> int:
        return self.escapes + self.unequal


class Fuzzer:
    """Make pages from a seed, gate them, and ask the oracles.

    Args:
        seed: Gives the pages.
        alive: Chromium's answer for some pages.
    """

    def __init__(self, seed: int, alive: Callable[[list[str]], list[list[str]]]) -> None:
        self.tally = Tally()
        self._random = random.Random(seed)
        self._alive = alive
        manifest = loads(_MANIFEST)
        nothing = Decision(ChoiceState.UNKNOWN, frozenset(), frozenset(), "fuzz")
        self._policy = GatePolicy(manifest, HostIndex(manifest), nothing)

    def batch(self) -> None:
        """Judge some pages more."""
        written = [grammar.pieces(self._random) for _ in range(_BATCH)]
        pages = ["".join(pieces) for pieces in written]
        gated = [self._gated([page.encode()]).decode() for page in pages]
        for page, output in list(zip(pages, gated, strict=True))[::_CUT_EVERY]:
            self._judge_cuts(page.encode(), output.encode())
        tally = self.tally
        tally.pages += len(pages)
        for pieces, found in zip(written, self._alive(gated), strict=True):
            if found:
                self._escaped(self._least(pieces), found)
        for page, output in list(zip(pages, gated, strict=True))[::_HTML5LIB_EVERY]:
            if (seen := html5lib_alive(output)) is not None:
                tally.by_html5lib += 1
                if seen:
                    self._escaped(page, seen)
        sample = pages[::_LOOK_BEFORE_EVERY]
        tally.alive += sum(map(bool, self._alive(sample)))
        tally.sampled += len(sample)

    def _least(self, pieces: list[str]) -> str:
        """Leave out every piece without which something is alive still."""
        index = 0
        while index < len(pieces):
            fewer = pieces[:index] + pieces[index + 1 :]
            if self._alive([self._gated(["".join(fewer).encode()]).decode()])[0]:
                pieces = fewer
            else:
                index += 1
        return "".join(pieces)

    def _escaped(self, page: str, found: list[str]) -> None:
        self.tally.escapes += 1
        print(f"escape: {page!r}: {', '.join(found)}", flush=True)

    def _judge_cuts(self, page: bytes, whole: bytes) -> None:
        self.tally.cut += 1
        cuts = grammar.cuts(self._random, len(page))
        pieces = [page[start:end] for start, end in pairwise([0, *cuts, len(page)])]
        if self._gated(pieces) != whole:
            self.tally.unequal += 1
            print(f"not the same when cut at {cuts}: {page!r}", flush=True)

    def _gated(self, pieces: Iterable[bytes]) -> bytes:
        gate = HtmlGate(self._policy, Base("https", "www.shop.example"), placeholder=lambda *_: "")
        rewriter = Rewriter(gate, document=True)
        return b"".join((*map(rewriter.feed, pieces), rewriter.close()))


def main() -> int:
    """Return 0 when nothing escaped, 1 when something did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    wanted = parser.parse_args()
    started = time.monotonic()
    with chromium() as alive:
        fuzzer = Fuzzer(wanted.seed, alive)
        tally = fuzzer.tally
        while tally.pages < wanted.pages and tally.failures < _ENOUGH:
            fuzzer.batch()
    print(
        f"seed {wanted.seed}: {tally.pages:,} pages in {(time.monotonic() - started) / 60:.1f} min, "
        f"{tally.escapes} escapes, {tally.unequal} of {tally.cut:,} differ when cut; "
        f"html5lib judged {tally.by_html5lib:,}; "
        f"something was alive in {tally.alive / tally.sampled:.0%} of those looked at before they were gated"
    )
    return int(tally.failures > 0)


if __name__ == "__main__":
    sys.exit(main())
