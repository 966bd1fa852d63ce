"""The banner in all 24 languages of the European Union, in a real browser, found by one who knows none of our names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from consentkit.notice.languages import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Route

    from consentkit.consent.decide import Decision
    from consentkit.notice.render import NoticeRenderer

pytestmark = pytest.mark.browser

ORIGIN = "http://site.test"
LANGUAGES = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split()

# What tools that answer banners for their users look for, here in all languages: they do not know whose banner it is.
TOPIC = re.compile(
    r"cookie|küpsis|eväste|sütik|slapuk|sīkdat|kolačić|piškot|бисквит|fhianáin|fianáin|kakor|tracker|traceur",
    re.IGNORECASE,
)
REFUSALS = frozenset(
    "Отказвам всички|Odmítnout vše|Afvis alle|Alle ablehnen|Απόρριψη όλων|Reject all|Rechazar todo|Keeldu kõigist|"
    "Hylkää kaikki|Tout refuser|Diúltaigh gach rud|Odbij sve|Összes elutasítása|Rifiuta tutto|Atmesti visus|"
    "Noraidīt visu|Irrifjuta kollox|Alles weigeren|Odrzuć wszystkie|Rejeitar tudo|Refuză tot|Odmietnuť všetko|"
    "Zavrni vse|Avvisa alla".split("|")
)
_FIXED = """() => [...document.querySelectorAll("*")]
    .filter((element) => getComputedStyle(element).position === "fixed" && element.innerText.length > 50)
    .map((element) => element.innerText)"""
_PRESS = """(labels) => {
    const button = [...document.querySelectorAll("button")].find((one) => labels.includes(one.innerText.trim()));
    button?.click();
    return button?.innerText.trim();
}"""
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll("#consentkit, #consentkit *")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
    .map((one) => one.outerHTML.slice(0, 60))"""


def test_the_union_s_languages_are_all_there() -> None:
    """Those of the treaties (Regulation No 1 of 1958 as amended), no more and no less."""
    assert sorted(LANGUAGES) == sorted(SHIPPED.available)
    assert len(REFUSALS) == len(LANGUAGES)


@pytest.mark.requirement("R21")
def test_a_reader_that_knows_no_names_refuses_in_every_language(
    chromium: Browser, renderer: NoticeRenderer, decide: Callable[..., Decision]
) -> None:
    """It finds something fixed that speaks of cookies and a button that says no; on a phone nothing runs over."""
    posted: list[str] = []
    language = "en"

    def serve(route: Route) -> None:
        asset = renderer.assets.get(route.request.url.rpartition("/")[2])
        if asset:
            route.fulfill(body=asset.body, content_type=asset.content_type)
        elif route.request.method == "POST":
            posted.append(parse_qs(route.request.post_data or "")["action"][0])
            route.fulfill(body='{"state": "refused", "purposes": [], "reload": false}', content_type="application/json")
        else:
            banner = renderer.head(nonce=None) + renderer.banner(language=language, decision=decide(), return_to="/")
            viewport = "<meta name=viewport content='width=device-width'>"
            route.fulfill(
                body=f"<!DOCTYPE html><html lang={language}>{viewport}<title>x</title><body>{banner}<p>Text",
                content_type="text/html; charset=utf-8",
            )

    with chromium.new_context(viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        page.route("**/*", serve)
        for language in LANGUAGES:
            page.goto(ORIGIN)
            assert any(TOPIC.search(text) for text in page.evaluate(_FIXED)), language
            assert page.evaluate(_TOO_WIDE) == [], language
            with page.expect_response(lambda response: response.request.method == "POST"):
                assert page.evaluate(_PRESS, sorted(REFUSALS)) == SHIPPED.text(language, "refuse"), language
    assert posted == ["refuse"] * len(LANGUAGES)
