"""Fetching a page."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from consentkit.errors import ScanError
from consentkit.scan.fetch import MOST_BYTES, fetch

if TYPE_CHECKING:
    from .conftest import Pages


def test_a_page_with_its_headers(pages: Pages) -> None:
    """Body, type, status and every cookie."""
    pages.page("/", "<p>à", ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    answer = fetch(f"{pages.url}/")
    assert (answer.status, answer.content_type, answer.body.decode()) == (200, "text/html; charset=utf-8", "<p>à")
    assert (answer.set_cookies, answer.cut) == (("a=1", "b=2"), False)


def test_an_error_is_an_answer(pages: Pages) -> None:
    """A page that is missing may contact third parties as well."""
    assert (fetch(f"{pages.url}/none").status, fetch(f"{pages.url}/none").body) == (404, b"missing")


def test_cookies_of_redirects_count(pages: Pages) -> None:
    """What the first answer sets is kept, and the address is the last one's."""
    pages.page("/", "", ("Location", "/home"), ("Set-Cookie", "first=1"), status=302)
    pages.page("/home", "<p>", ("Set-Cookie", "second=1"))
    answer = fetch(f"{pages.url}/")
    assert (answer.url, answer.set_cookies) == (f"{pages.url}/home", ("first=1", "second=1"))


def test_gzip_is_undone_and_bombs_are_cut(pages: Pages) -> None:
    """A small body that unfolds to more than the limit is read up to it."""
    pages.page("/", gzip.compress(b"<p>"), ("Content-Encoding", "gzip"))
    pages.page("/bomb", gzip.compress(b"x" * (MOST_BYTES * 4)), ("Content-Encoding", "gzip"))
    pages.page("/long", b"x" * (MOST_BYTES + 1))
    assert (fetch(f"{pages.url}/").body, fetch(f"{pages.url}/").cut) == (b"<p>", False)
    for path in ("/bomb", "/long"):
        answer = fetch(pages.url + path)
        assert (len(answer.body), answer.cut) == (MOST_BYTES, True)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/", "example.com", "http://", "", "javascript:alert(1)"]
)
def test_only_pages_are_fetched(url: str) -> None:
    """Nothing but http and https, said with an example."""
    with pytest.raises(ScanError, match="no address of a page; write"):
        fetch(url)


def test_a_redirect_to_a_file_is_not_followed(pages: Pages) -> None:
    """A site can't have files of this machine read."""
    pages.page("/", "", ("Location", "file:///etc/passwd"), status=302)
    assert (fetch(f"{pages.url}/").status, fetch(f"{pages.url}/").body) == (302, b"")


@pytest.mark.parametrize("url", ["http://nowhere.invalid/", "http://127.0.0.1:9/"])
def test_nobody_answers(url: str) -> None:
    """The address and the reason are said."""
    with pytest.raises(ScanError, match=r"can't be fetched: \w"):
        fetch(url)
