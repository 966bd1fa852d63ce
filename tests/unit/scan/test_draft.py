"""A manifest drafted from a scan."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from consentkit.duration import Duration
from consentkit.manifest.load import loads
from consentkit.scan.draft import lifetime, manifest
from consentkit.scan.site import visit

if TYPE_CHECKING:
    from .conftest import Pages

TODAY = date(2026, 11, 22)


def test_the_draft_loads_and_declares_what_was_seen(pages: Pages) -> None:
    """Services by their id, the site's cookies with their lifetimes, unknown hosts as comments to complete."""
    pages.page(
        "/", '<script src="https://static.hotjar.com/c.js"></script><img src="https://pixel.unknown.example/">'
        '<iframe src="https://www.youtube.com/embed/x"></iframe>',
        ("Set-Cookie", "sid=1; Max-Age=7200"), ("Set-Cookie", "_ga=1; Max-Age=60"),
    )  # fmt: skip
    text = manifest(visit([f"{pages.url}/"]), today=TODAY)
    declared = loads(text)
    assert [service.id for service in declared.services] == ["google-analytics", "youtube", "hotjar"]
    assert [(item.name, item.lifetime) for item in declared.cookies] == [("sid", Duration.parse("2 hours"))]
    assert (declared.notice.revision, declared.unlisted) == (TODAY, "block")
    assert "  #   hosts: [pixel.unknown.example]" in text


def test_a_bare_page_gives_a_bare_manifest(pages: Pages) -> None:
    """Nothing seen, nothing declared: it still loads."""
    pages.page("/", "<p>")
    declared = loads(manifest(visit([f"{pages.url}/"]), today=TODAY))
    assert (declared.services, declared.cookies, [each.id for each in declared.purposes]) == ((), (), ["necessary"])


def test_what_a_site_sends_can_t_write_the_manifest(pages: Pages) -> None:
    """Names that are no names are left out, and nothing breaks out of its quotes."""
    hostile = 'a"}]\\'
    pages.page("/", "<p>", ("Set-Cookie", f"{hostile}=1"), ("Set-Cookie", "fine*=1"), ("Set-Cookie", "a'b=1"))
    assert [item.name for item in loads(manifest(visit([f"{pages.url}/"]), today=TODAY)).cookies] == ["a'b"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "session"), (7200, "2 hours"), (7199.4, "2 hours"), (86_400, "1 day"), (34_560_000, "400 days"),
     (90, "90 seconds"), (60, "1 minute"), (5400, "90 minutes"), (0.2, "1 second"), (129_600, "36 hours")],
)  # fmt: skip
def test_lifetimes_in_words(seconds: float | None, words: str) -> None:
    """The largest unit that tells it closely, as the manifest's grammar reads it."""
    assert lifetime(seconds) == words
    Duration.parse(words)
