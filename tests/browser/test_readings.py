"""Documents that a browser reads otherwise than as labelled ASCII: whom they would contact is stopped all the same."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from consentkit import ConsentMiddleware
from consentkit.manifest.load import loads

from .conftest import BANNER

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext

    from .stage import Stage

TRACKER = "www.facebook.com"
IMAGE = f'<img src="https://{TRACKER}/tr" alt="">'
PAGE = f"<!doctype html><html lang=en><title>é</title><body><h1>A page</h1>{IMAGE}</body></html>"
HIDDEN = f'<p title="\x1b$B"\x1b(B x="><img src=https://{TRACKER}/tr><p title="">'
FILLER = "<!-- long before the encoding is told -->" * 60


class Answer(NamedTuple):
    """What the site sends; ``gated`` where the first wall reads it too, ``fires`` where Chromium acts on it bare."""

    kind: str | None
    body: bytes
    gated: bool = False
    fires: bool = True


ANSWERS = {
    "utf-16-mark": Answer("text/html", PAGE.encode("utf-16"), gated=True),
    "utf-16-header": Answer("text/html; charset=utf-16be", PAGE.encode("utf-16be"), gated=True),
    "utf-16-mark-beats-header": Answer("text/html; charset=utf-8", PAGE.encode("utf-16"), gated=True),
    "iso-2022-jp-header": Answer("text/html; charset=iso-2022-jp", HIDDEN.encode("latin-1")),
    "iso-2022-jp-meta": Answer("text/html", f"<meta charset=iso-2022-jp>{HIDDEN}".encode("latin-1")),
    "iso-2022-jp-late": Answer(
        "text/html", f"{FILLER}<meta charset=iso-2022-jp>{HIDDEN}".encode("latin-1"), gated=True
    ),
    "utf-7": Answer("text/html; charset=utf-7", f"+ADw-b+AD4-{IMAGE}".encode()),
    "unknown-charset": Answer("text/html; charset=x-no-such", IMAGE.encode()),
    "no-type": Answer(None, PAGE.encode()),
    "type-without-solidus": Answer("foo", PAGE.encode()),
    "type-of-two-lines": Answer("text/plain, text/html", PAGE.encode(), gated=True),
    "text": Answer("text/plain", PAGE.encode(), fires=False),
    "xhtml": Answer(
        "application/xhtml+xml",
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="https://{TRACKER}/tr"/></body></html>'.encode(),
    ),
    "xml": Answer(
        "text/xml",
        f'<r><img xmlns="http://www.w3.org/1999/xhtml" src="https://{TRACKER}/tr" alt=""/></r>'.encode(),
    ),
    "svg": Answer(
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://{TRACKER}/t" width="9"/></svg>'.encode(),
    ),
}


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Serve the answers, and at /cached a page that is asked about again."""
    if scope["type"] != "http":
        raise RuntimeError("only http")
    name = scope["path"].strip("/")
    headers: list[tuple[bytes, bytes]] = []
    status, answer = 200, ANSWERS.get(name, Answer("text/html", PAGE.encode()))
    if name == "cached":
        script = "setTimeout(() => { new Image().src = 'https://' + 'www.face' + 'book.com/tr' })"
        answer = Answer("text/html", f"<!doctype html><title>x</title><script>{script}</script>".encode())
        headers.append((b"etag", b'"v1"'))
        if any(key == b"if-none-match" for key, _ in scope["headers"]):
            status, answer = 304, Answer(None, b"")
    if answer.kind is not None:
        headers.append((b"content-type", answer.kind.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory, manifest_text: str, secret_key: str) -> ConsentMiddleware:
    """The site with both walls."""
    database = f"sqlite:///{tmp_path_factory.mktemp('readings') / 'consent.db'}"
    return ConsentMiddleware(site, manifest=loads(manifest_text), secret_key=secret_key, database=database)


@pytest.fixture(scope="module")
def addresses(serve: Callable[[Any], str], governed: ConsentMiddleware) -> dict[str, str]:
    """Where it is, bare and governed."""
    return {"bare": serve(site), "governed": serve(governed)}


@pytest.fixture
def context(chromium: Browser, stage: Stage) -> Any:
    """A fresh profile."""
    stage.forget()
    made = chromium.new_context(locale="en-GB", ignore_https_errors=True)
    yield made
    made.close()


def contacts(context: BrowserContext, stage: Stage, url: str) -> set[str]:
    tab = context.new_page()
    tab.goto(url, wait_until="load")
    tab.wait_for_load_state("networkidle")
    tab.close()
    return stage.contacts()


# These stand for the others in the quick suite.
_QUICK = {"utf-16-mark", "iso-2022-jp-late", "type-without-solidus"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _QUICK else pytest.mark.slow) for name in ANSWERS]
)
def test_no_reading_leaks(context: BrowserContext, stage: Stage, addresses: dict[str, str], name: str) -> None:
    """Bare it contacts the tracker; governed it doesn't, and where it can be read it is gated and has its banner."""
    answer = ANSWERS[name]
    assert contacts(context, stage, f"{addresses['governed']}/{name}") == set()
    assert contacts(context, stage, f"{addresses['bare']}/{name}") == ({TRACKER} if answer.fires else set())
    tab = context.new_page()
    tab.goto(f"{addresses['governed']}/{name}", wait_until="load")
    assert tab.locator(BANNER).count() == int(answer.gated)


def test_utf_16_works_after_accept(context: BrowserContext, stage: Stage, addresses: dict[str, str]) -> None:
    """The banner can be read and used in a page of sixteen bits, and the page is as the site wrote it."""
    tab = context.new_page()
    tab.goto(f"{addresses['governed']}/utf-16-mark", wait_until="load")
    assert tab.evaluate("document.characterSet") == "UTF-16LE"
    assert "Accept all" in tab.locator(BANNER).inner_text()
    assert tab.title() == "é"
    tab.locator(f'{BANNER} button[value="accept"]').click()
    tab.locator(BANNER).wait_for(state="detached")
    tab.wait_for_load_state("networkidle")
    assert stage.contacts() == {TRACKER}
    assert tab.title() == "é"


def test_a_304_tightens_a_cached_page(context: BrowserContext, stage: Stage, addresses: dict[str, str]) -> None:
    """What was cached while allowed contacts nobody after the choice is gone, though its body comes from the cache."""
    url = f"{addresses['governed']}/cached"
    tab = context.new_page()
    tab.goto(url, wait_until="load")
    tab.locator(f'{BANNER} button[value="accept"]').click()
    tab.locator(BANNER).wait_for(state="detached")
    tab.goto(url, wait_until="networkidle")
    assert stage.contacts() == {TRACKER}
    context.clear_cookies()
    stage.forget()
    tab.goto(url, wait_until="networkidle")
    assert stage.contacts() == set()
    assert tab.locator(BANNER).count() == 1


def test_a_violation_lands_in_the_inventory(
    context: BrowserContext, stage: Stage, addresses: dict[str, str], governed: ConsentMiddleware
) -> None:
    """What a script makes up at run time is stopped, reported by the browser and kept with the page that pulled it."""
    tab = context.new_page()
    with tab.expect_request("**/_consent/csp-report") as reported:
        tab.goto(f"{addresses['governed']}/a-page?token=secret", wait_until="load")
        tab.evaluate("new Image().src = 'https://made-up.run-time.example/pixel?id=1'")
    assert reported.value.response().status == 204

    async def rows() -> Any:
        await governed.site.records.observed.flush()
        return await governed.site.records.observed.rows()

    # Playwright's own event loop counts as running in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        found = elsewhere.submit(asyncio.run, rows()).result()
    (row,) = [row for row in found if row.name == "made-up.run-time.example"]
    assert (row.source, row.page, row.reported) == ("img-src", "/a-page", True)
    assert stage.contacts() == set()
