"""The browser makers' help pages."""

from __future__ import annotations

import pytest

from consentkit.notice.browsers import help_pages


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("Firefox", "Firefox"),
        ("Firefox iOS", "Firefox"),
        ("Chrome Mobile", "Chrome"),
        ("Chromium", "Chrome"),
        ("Edge", "Microsoft Edge"),
        ("Mobile Safari", "Safari (iPhone, iPad)"),
        ("Safari", "Safari (Mac)"),
        ("Opera Mobile", "Opera"),
    ],
)
def test_own_browser_stands_first(family: str, name: str) -> None:
    """The visitor's own browser leads the list and is the only one marked."""
    pages = help_pages(family)
    assert pages[0].name == name
    assert [page.name for page in pages if page.own] == [name]


@pytest.mark.parametrize("family", [None, "", "Lynx"])
def test_unknown_browser_gets_all_of_them_unmarked(family: str | None) -> None:
    """Nothing is guessed about a browser that has no page here."""
    pages = help_pages(family)
    assert len(pages) == 6
    assert not any(page.own for page in pages)
    assert all(page.url.startswith("https://") for page in pages)
