"""Filters and pages of listings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consentkit.errors import CursorError
from consentkit.records.browserlog import BrowserFilter
from consentkit.records.concern import Concern
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.cursor import CursorCodec
from consentkit.records.listing import LARGEST_PAGE, Listing

CURSORS = CursorCodec(["listing-key-listing-key-listing-key"])
ROWS = [(number, 100 - number) for number in range(10)]
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(("limit", "size"), [(-1, 1), (0, 1), (1, 1), (100, 100), (1_001, LARGEST_PAGE)])
def test_a_page_has_a_size_that_can_be_served(limit: int, size: int) -> None:
    assert Listing(limit=limit).size == size


@pytest.mark.parametrize("limit", [1, 3, 9, 10, 11])
def test_pages_follow_each_other_without_gap(limit: int) -> None:
    """Whoever follows the cursors sees each row once, and the last page has none."""
    wanted, seen = Listing(limit=limit), []
    while True:
        place = wanted.after(CURSORS)
        left = [row for row in ROWS if place is None or row > place]
        page, cursor = wanted.cut(left[: wanted.size + 1], CURSORS, lambda row: row)
        seen += page
        if cursor is None:
            break
        wanted = replace(wanted, cursor=cursor)
    assert seen == ROWS


@pytest.mark.parametrize(
    "other",
    [
        BrowserFilter(since=MOMENT),
        BrowserFilter(until=MOMENT),
        BrowserFilter(since=MOMENT + timedelta(microseconds=1)),
        BrowserFilter(path="/"),
        BrowserFilter(country="FR"),
        BrowserFilter(browser="Firefox"),
        BrowserFilter(status=200),
        ConsentFilter(),
        ConsentFilter(subject="anna"),
        ConsentFilter(state="given"),  # type: ignore[arg-type]
        ConsentFilter(purpose="analytics"),
        ConsentFilter(concern=Concern.of_service("matomo")),
    ],
)
def test_a_cursor_belongs_to_what_was_asked(other: Listing) -> None:
    """To the log and every filter of it; the size of a page may change on the way."""
    _, cursor = BrowserFilter(limit=1).cut(ROWS, CURSORS, lambda row: row)
    assert BrowserFilter(limit=5, cursor=cursor).after(CURSORS) == ROWS[0]
    with pytest.raises(CursorError, match="other filters"):
        replace(other, cursor=cursor).after(CURSORS)


def test_a_concern_of_many_services_is_always_the_same() -> None:
    """Sets have no order; another process must read the cursor."""
    asked = [("digest", name) for name in ("a", "b", "c")]
    one, other = (ConsentFilter(concern=Concern(frozenset(pairs))).bound() for pairs in (asked, asked[::-1]))
    assert one == other
    assert one["concern"] == asked
