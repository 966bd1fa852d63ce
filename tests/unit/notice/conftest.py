"""One realistic manifest, and the ways to look at what is rendered from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import html5lib
import machine
import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.manifest.load import load, loads
from consentkit.notice.render import NoticeRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree import ElementTree as ET

    from playwright.sync_api import Browser

    from consentkit.manifest.model import Manifest

MANIFEST = Path(__file__).with_name("consent.yaml")


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    return load(MANIFEST)


@pytest.fixture
def with_line() -> Callable[[str, str], Manifest]:
    """The manifest with one of its texts replaced by another."""

    def change(old: str, new: str) -> Manifest:
        text = MANIFEST.read_text(encoding="utf-8")
        assert old in text
        return loads(text.replace(old, new))

    return change


@pytest.fixture(scope="session")
def renderer(manifest: Manifest) -> NoticeRenderer:
    return NoticeRenderer(manifest)


@pytest.fixture(scope="session")
def decide(manifest: Manifest) -> Callable[..., Decision]:
    """A decision by its state and what it allows beside the exempt purposes."""

    def make(state: str = "unknown", purposes: tuple[str, ...] = (), services: tuple[str, ...] = ()) -> Decision:
        allowed = manifest.exempt_purposes | set(purposes)
        covered = {service.id for service in manifest.services if allowed.issuperset(service.purposes)}
        return Decision(ChoiceState(state), frozenset(allowed), frozenset(covered | set(services)), key="")

    return make


@pytest.fixture(scope="session")
def parse() -> Callable[[str], ET.Element]:
    """The tree a browser builds of a page; a fragment is put at the start of a body. Any parse error fails."""

    def read(html: str) -> ET.Element:
        page = html if html.lower().startswith("<!doctype") else f"<!DOCTYPE html><title>t</title><body>{html}"
        return html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parse(page)

    return read


@pytest.fixture(scope="session")
def words() -> Callable[[ET.Element | None], str]:
    """An element's text with its white space collapsed."""

    def collapse(element: ET.Element | None) -> str:
        assert element is not None
        return " ".join("".join(element.itertext()).split())

    return collapse


# Per module, not per session: while Playwright's synchronous interface is open its event loop counts as running in
# this thread, and the asyncio.run() of any other test would fail.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A Chromium of this machine; where there is none tests skip, except on CI."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    program = machine.chromium()
    with sync_api.sync_playwright() as playwright:
        if not program and not Path(playwright.chromium.executable_path).exists():
            machine.lacks("no Chromium on this machine; try: apt-get install chromium")
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
