"""Two parsers that are not ours tell what in a page would contact the fuzzed pages' third party."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import html5lib
import machine
from grammar import HOST
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LIVE_SCRIPT: Final = (Path(__file__).parent / "live.js").read_text("utf-8")
# Nothing loads and nothing runs, and yet scripting counts as enabled, so that `noscript` holds text.
_POLICY: Final = "default-src 'none'"
_DOCUMENT: Final = "<!doctype html><title>oracle</title><body></body>"
_FETCHING: Final = frozenset({"src", "poster", "background"})
_LEADS: Final = re.compile(
    r"\s*(?:https?:)?[/\\\s]*(?:user@)?" + re.escape(HOST) + r"\.?(?::\d+)?(?:[/\\]|$)", re.IGNORECASE
)


@contextmanager
def chromium() -> Iterator[Callable[[list[str]], list[list[str]]]]:
    """Give a function from pages to what is alive in each, with scripting and without.

    Raises:
        LookupError: When there is no Chromium.
    """
    program = machine.chromium()
    if program is None:
        msg = "no Chromium on this machine; try: apt-get install chromium"
        raise LookupError(msg)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = browser.new_page()
        headers = {"Content-Type": "text/html", "Content-Security-Policy": _POLICY}
        page.route("**/*", lambda route: route.fulfill(body=_DOCUMENT, headers=headers))
        page.goto("https://www.shop.example/page")
        alive = page.evaluate_handle(_LIVE_SCRIPT, HOST)
        yield lambda pages: page.evaluate("([alive, pages]) => alive(pages)", [alive, pages])
        browser.close()


def html5lib_alive(page: str) -> list[str] | None:
    """Return the same by html5lib, for attributes that fetch at once; None for pages it fails on itself."""
    found = []
    for scripting in (True, False):
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = html5lib.HTMLParser().parse(page, scripting=scripting)
        except (AssertionError, AttributeError, IndexError, KeyError):
            return None
        found += [
            f"{element.tag}[{name}]"
            for element in tree.iter()
            for name, value in element.attrib.items()
            if name in _FETCHING
            and not str(element.tag).endswith(("}a", "}area"))
            and re.match(_LEADS, value.replace("\t", ""))
        ]
    return found
