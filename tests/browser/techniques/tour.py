"""A visitor's tour of the technique table in Chromium: every page opened, and what happened told."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from playwright.sync_api import Error
from tests.browser.techniques.technique import Technique, Visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Page
    from tests.browser.conftest import Visitor

_TABS = 24
# The guard looks every second for what was stored behind its back.
_SWEPT_MS = 5_000
_STORED = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map((database) => database.name), ...(await caches.keys()),
]"""


def _waves(techniques: Iterable[Technique]) -> Iterator[list[Technique]]:
    left = iter(techniques)
    while wave := list(islice(left, _TABS)):
        yield wave


class Tour:
    """Open the pages of techniques and tell which of them fired.

    Pages have settled once they have loaded and nobody on the stage has been contacted for half a second; what comes
    later still counts, for every technique has hosts and names of its own.

    Args:
        visitor: Who goes; the tab in use stays on the quiet page.
        swept: Whether what is stored is to be gone again: it counts only when it stays.
    """

    def __init__(self, visitor: Visitor, *, swept: bool = False) -> None:
        self._visitor = visitor
        self._swept = swept
        self._tabs: list[Page] = []
        self._session: set[str] = set()

    def fired(self, techniques: Iterable[Technique]) -> set[str]:
        """Visit every technique and return the ids of those that contacted somebody or stored something."""
        chosen = list(techniques)
        self._visitor.stage.forget()
        self._session.clear()
        for wave in _waves(chosen):
            self._visit(wave)
        # What a worker holds open goes with its page.
        for page in self._tabs:
            page.goto("about:blank")
        return self.left(chosen) | self._contacted()

    def left(self, techniques: Iterable[Technique]) -> set[str]:
        """Return the ids of techniques whose cookies or stored items lie in the browser now."""
        chosen = [technique for technique in techniques if technique.name]
        end = time.monotonic() + _SWEPT_MS / 1000
        while True:
            names = self._session | self._stored()
            found = {technique.id for technique in chosen if technique.name in names}
            if not (found and self._swept) or time.monotonic() > end:
                return found

    def _visit(self, wave: list[Technique]) -> None:
        while len(self._tabs) < len(wave):
            self._tabs.append(self._visitor.context.new_page())
        opened = list(zip(self._tabs, wave, strict=False))
        for page, technique in opened:
            self._open(page, technique)
        for page, technique in opened:
            if technique.click:
                page.locator(technique.click).click()
        for page, technique in opened:
            self._await_load(page, technique)
        self._visitor.stage.quiet()
        for page, technique in opened:
            if technique.visible is Visible.STORAGE:
                if self._swept:
                    self._await_sweep(page, technique)
                self._session |= set(page.evaluate("Object.keys(sessionStorage)"))

    def _open(self, page: Page, technique: Technique) -> None:
        """Open a page; what the tab's last page still had in mind may abort that once (a refresh, a form)."""
        address = self._visitor.site.url + technique.address
        try:
            page.goto(address, wait_until="commit")
        except Error as problem:
            if "Download is starting" not in problem.message:
                page.goto(address, wait_until="commit")

    def _await_load(self, page: Page, technique: Technique) -> None:
        try:
            page.wait_for_load_state("load", timeout=5_000)
        except Error as problem:
            print(f"{technique.id} never finished loading: {problem.message.splitlines()[0]}")

    def _await_sweep(self, page: Page, technique: Technique) -> None:
        gone = "(name) => sessionStorage.getItem(name) === null"
        with suppress(Error):
            page.wait_for_function(gone, arg=technique.name, timeout=_SWEPT_MS, polling=50)

    def _contacted(self) -> set[str]:
        return {host.lower().partition(".")[0] for host in self._visitor.stage.contacts()}

    def _stored(self) -> set[str]:
        """Return every cookie's and stored item's name, read on a page that does nothing.

        It lies beside the techniques' pages: cookies of their path are seen, and removed, from there alone.
        """
        self._visitor.open("/t/quiet")
        cookies = {cookie["name"] for cookie in self._visitor.context.cookies()}
        return cookies | set(self._visitor.page.evaluate(_STORED))
