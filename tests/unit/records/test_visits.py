"""Visits are told apart for a day, and no longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from consentkit.records.store.counting import Cell, OpenVisit
from consentkit.records.visits import View, follow, kind, token

Make = Callable[..., Any]
MINUTE = 60_000_000


def view(entry: Any, minutes: float, *, source: str | None = None) -> View:
    return View(int(minutes * MINUTE), "2026-11-22", b"t", source, entry)


def walk(views: list[View]) -> tuple[OpenVisit | None, Counter[Cell]]:
    open_visit, counts = None, Counter[Cell]()
    for one in views:
        open_visit, changes = follow(open_visit, [one])
        counts.update(changes)
    together = follow(None, views)
    assert (together[0], +together[1]) == (open_visit, +counts)
    return open_visit, counts


def told(counts: Counter[Cell], dimension: str) -> dict[str, int]:
    return {cell.value: n for cell, n in counts.items() if cell.dimension == dimension and n}


def test_the_token_needs_the_key_and_tells_browsers_apart(visit: Make) -> None:
    """The same sender under another day's key is another; so is another browser, network or language."""
    one = token(b"k" * 32, kind(visit()))
    assert token(b"k" * 32, kind(visit(path="/other", referrer=None))) == one
    assert token(b"l" * 32, kind(visit())) != one
    for change in ({"browser": "Chrome"}, {"address": "198.51.0.0/16"}, {"language": "de"}, {"device": None}):
        assert token(b"k" * 32, kind(visit(**change))) != one


def test_pages_with_short_pauses_are_one_visit(visit: Make) -> None:
    """Entry page and referrer are the first page's; pages and duration grow with each."""
    views = [view(visit(path="/a"), 0, source="search.example"), view(visit(path="/b"), 29), view(visit(path="/c"), 50)]
    open_visit, counts = walk(views)

    assert open_visit == OpenVisit(0, 50 * MINUTE, 3)
    assert counts[Cell("2026-11-22", "visits")] == 1
    assert counts[Cell("2026-11-22", "seconds")] == 3_000
    assert told(counts, "entry") == {"/a": 1}
    assert told(counts, "referrer") == {"search.example": 1}
    assert told(counts, "pages") == {"3–4": 1}
    assert told(counts, "duration") == {"15–60 min": 1}


def test_half_an_hour_or_another_site_begins_a_visit(visit: Make) -> None:
    """A longer pause ends a visit, and so does coming from elsewhere."""
    _, counts = walk([view(visit(), 0), view(visit(), 31), view(visit(), 32, source="search.example")])

    assert counts[Cell("2026-11-22", "visits")] == 3
    assert told(counts, "duration") == {"one page": 3}
    assert told(counts, "referrer") == {"direct": 2, "search.example": 1}


def test_views_out_of_order_take_nothing_away(visit: Make) -> None:
    """Workers write in batches, so an earlier view may come later."""
    open_visit, counts = walk([view(visit(), 10), view(visit(), 9)])

    assert open_visit == OpenVisit(10 * MINUTE, 10 * MINUTE, 2)
    assert counts[Cell("2026-11-22", "seconds")] == 0
