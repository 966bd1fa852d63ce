"""Passages of pages that were gated before: pages that are made anew for each request are mostly the same.

A passage is bytes between two points of a page at which nothing is held. What comes out of one depends on its bytes and
on little else (:attr:`Rewriter.rest`, :attr:`HtmlGate.setting`); where all of that is as it was, so is what comes out.
A page is cut where blocks of it end, so that a change in one doesn't move the cuts in all that follow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.gate.html import HtmlGate
    from consentkit.gate.policy import Blocked
    from consentkit.markup.placement import Placed
    from consentkit.markup.rewriter import Rewriter

_BLOCK_END: Final = re.compile(rb"</(?:article|section|div|li|tr|p|form|nav|ul|ol|header|footer|main|table|h[1-6])>")
# Shorter ones cost more to look up than to gate. Longer ones are less likely to come again, and to gate one must not
# block the event loop for 10 ms.
_LEAST: Final = 1024
_MOST: Final = 8192
# Of a page that comes in crumbs nothing is remembered: they would drive out everything else.
_SHORTEST: Final = 256
# What an entry takes besides its bytes, about.
_OVERHEAD: Final = 512


def passages(page: bytes) -> Iterator[bytes]:
    """Yield a page in passages, all of its bytes."""
    start = 0
    while start < len(page):
        found = _BLOCK_END.search(page, start + _LEAST, start + _MOST)
        end = found.end() if found else start + _MOST
        yield page[start:end]
        start = end


class Setting(NamedTuple):
    """What the judgement of a page's next bytes depends on, besides them and the policy.

    Attributes:
        variant: The decision, where the page lies, and its codec.
        nonce: What its policies ask of scripts, while the guard is still to be put somewhere.
        policies: How many of them stand in the page.
        language: The page's, as far as it has told.
        guarding: Whether the guard is still to be put somewhere.
    """

    variant: str
    nonce: str | None
    policies: int
    language: str | None
    guarding: bool

    def resumable_from(self, before: Setting) -> bool:
        """Tell whether a gate can go on from here that has seen nothing of what lies between."""
        return self.variant == before.variant and self.policies == before.policies


class Gated(NamedTuple):
    """What came out of a passage.

    Attributes:
        markup: What is sent of it.
        blocked: What was gated in it.
        setting: What the gate goes on with.
        placed: Where in the page's structure it ends.
        body: Where in the markup the body's content starts, if it starts there.
    """

    markup: bytes
    blocked: tuple[Blocked, ...]
    setting: Setting
    placed: Placed
    body: int | None


_Key: TypeAlias = "tuple[str, Setting, Placed, bytes]"
"""What a passage's outcome depends on; the passage itself is the last of it."""


class PassageMemory:
    """The passages gated last, as many as a number of bytes hold; in memory only.

    Args:
        capacity: The most bytes kept, about; 0 keeps nothing.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._bytes = 0
        self._known: dict[_Key, Gated] = {}
        self.get = self._known.get

    def __len__(self) -> int:
        return len(self._known)

    def put(self, key: _Key, gated: Gated) -> None:
        """Remember a passage, and forget the oldest when they outgrow the capacity."""
        if key in self._known:
            return
        size = _size(key, gated)
        if size > self._capacity:
            return
        self._known[key] = gated
        self._bytes += size
        while self._bytes > self._capacity:
            oldest = next(iter(self._known))
            self._bytes -= _size(oldest, self._known.pop(oldest))


def _size(key: _Key, gated: Gated) -> int:
    return len(key[-1]) + len(gated.markup) + _OVERHEAD


class Passages:
    """Gates a page by its passages. Lives as long as the response.

    Args:
        rewriter: Reads the page.
        gate: Judges it.
        memory: What was gated before, of all pages of the site.
        variant: What the gated form depends on besides the page and the gate's own settings.
        shortest: How many bytes a passage has at least that is remembered.
    """

    def __init__(
        self, rewriter: Rewriter, gate: HtmlGate, memory: PassageMemory, variant: str, *, shortest: int = _SHORTEST
    ) -> None:
        self._rewriter = rewriter
        self._gate = gate
        self._memory = memory
        self._variant = variant
        self._shortest = shortest

    def feed(self, passage: bytes) -> bytes:
        """Take the page's next bytes and return what can be sent of them."""
        rewriter, gate = self._rewriter, self._gate
        placed = rewriter.rest if len(passage) >= self._shortest else None
        if placed is None:
            return rewriter.feed(passage)
        key = (self._variant, gate.setting, placed, passage)
        known = self._memory.get(key)
        if known is None:
            return self._gated(key)
        gate.resume(known.setting, known.blocked)
        rewriter.resume(len(known.markup), known.placed, known.body)
        return known.markup

    def _gated(self, key: _Key) -> bytes:
        rewriter, gate = self._rewriter, self._gate
        _, before, _, passage = key
        judged, sent, body = len(gate.blocked), rewriter.sent, rewriter.body_offset
        markup = rewriter.feed(passage)
        placed, setting = rewriter.rest, gate.setting
        if placed is not None and setting.resumable_from(before):
            after = rewriter.body_offset
            started = after - sent if after is not None and body is None else None
            self._memory.put(key, Gated(markup, tuple(gate.blocked[judged:]), setting, placed, started))
        return markup
