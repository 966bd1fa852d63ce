"""What hides consent banners for its users, or shows a page's text to others, leaves ours alone.

Who uses a list that hides banners has not refused by it; a banner that can't be seen can't be answered, and the link by
which consent is withdrawn would be gone with it. The rules here are written after the shapes of the public lists
(EasyList Cookie and the like): names of ids and classes, alone or on an element, parts of names, parts of addresses.
"""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import pytest

from .gallery import ORIGIN, Gallery

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_TOPICS = (
    "cookie cookies cookie-banner cookie_banner cookieBanner CookieBanner cookiebar cookie-bar cookie-consent "
    "cookieConsent cookieconsent cookie-law cookie-notice cookieNotice cookie-popup cookie-modal cookie-dialog "
    "cookie-overlay cookie-message cookie-policy cookie-preferences cookie-settings accept-cookies acceptCookies "
    "consent consent-banner consentBanner consent-manager consent-modal consent-dialog consent-popup consent_window "
    "consents user-consent privacy privacy-banner privacy-notice privacy-popup privacy-message privacyBanner gdpr "
    "gdpr-banner gdpr-consent gdpr_box GDPRConsent rgpd lgpd cnil dsgvo ccpa-notice eu-cookie-compliance-banner "
    "eucookie euconsent cmp cmp-container cmp__wrapper tracking-consent notice banner disclaimer legal-banner "
    "notification-bar sticky-footer popup modal overlay toast preferences status placeholder actions links text"
).split()
_ELEMENTS = "div section aside form nav dialog footer header".split()
_PARTS = [
    *(
        f'[{attribute}*="{part}" i]'
        for attribute, part in product(("id", "class"), ("cookie", "gdpr", "rgpd", "privacy", "banner", "notice"))
    ),
    *(f'[class*="{part}" i]' for part in ("consent", "popup", "modal", "overlay", "cmp")),
    *(f'[{name}*="{part}" i]' for name, part in product(("aria-label", "data-testid", "title"), ("cookie", "consent"))),
    *(f"[{name}]" for name in ("data-cookie-banner", "data-cookie-notice", "data-gdpr-banner", "data-consent")),
    '[role="dialog"]',
    '[role="alertdialog"]',
    "[aria-modal]",
    'body > [style*="position: fixed"]',
    "body > div:not([class]):not([id]):not([data-consentkit])",
]
# Of paths of files and addresses; `^` in the lists is any sign that separates.
_ADDRESSES = re.compile(
    r"cookie|gdpr|rgpd|cnil|consent[-_.]?(?:banner|bar|manager|layer|popup|notice|tool|tracking|mode|min|js)"
    r"|[-_.](?:tracking|user)?[-_.]?consent\.|/consent\.|/consents?/|/cmp[/.]|/privacy",
    re.IGNORECASE,
)


def _selectors() -> list[str]:
    names = [f"{sign}{topic}" for sign, topic in product("#.", _TOPICS)]
    return names + [f"{element}{name}" for element, name in product(_ELEMENTS, names)] + _PARTS


def _hide(page: Page) -> None:
    page.add_style_tag(content="\n".join(f"{selector} {{ display: none !important }}" for selector in _selectors()))


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/", ["section#consentkit", "#consentkit button", "#consentkit a"]),
        ("/refused", ["a[data-consentkit=preferences]", "[data-consentkit=placeholder]"]),
        ("/preferences", ["#consentkit main", "#consentkit button"]),
        ("/notice", ["#consentkit main", "#consentkit table"]),
    ],
)
def test_nothing_of_ours_is_hidden_by_rules_for_others(chromium: Browser, path: str, parts: list[str]) -> None:
    """The rules hide what they are written for, and every part of ours is as visible as before."""
    gallery = Gallery()
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/*", gallery.serve)
        page.goto(ORIGIN + path)
        page.evaluate("""document.body.append(Object.assign(document.createElement("div"),
            {id: "victim", className: "cookie-banner", textContent: "x"}))""")
        visible = page.locator("#consentkit, [data-consentkit]").locator("visible=true")
        before = visible.count()
        _hide(page)
        assert page.locator("#victim").is_hidden()
        assert visible.count() == before > 0
        for part in parts:
            assert page.locator(part).first.is_visible(), part


def test_no_address_of_ours_is_one_that_lists_block(chromium: Browser) -> None:
    """Neither the two files nor the pages have an address like those of the banners that are blocked."""
    gallery = Gallery()
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/*", gallery.serve)
        page.goto(ORIGIN)
        addresses = page.locator("#consentkit :is(a, form)").evaluate_all(
            "elements => elements.map(element => element.getAttribute('href') ?? element.getAttribute('action'))"
        )
    assert _ADDRESSES.search("/static/cookie-consent.min.js")
    found = {*gallery.requested, *addresses}
    assert len(found) >= 5
    assert [address for address in found if _ADDRESSES.search(address)] == []


def test_no_text_of_ours_is_left_for_snippets(chromium: Browser) -> None:
    """What a search engine may quote of a page is the site's own: `data-nosnippet` is read on div, span and section."""
    gallery = Gallery()
    with chromium.new_context() as context:
        page = context.new_page()
        page.route("**/*", gallery.serve)
        for path in ("/", "/refused"):
            page.goto(ORIGIN + path)
            page.evaluate(
                "document.querySelectorAll(':is(div, span, section)[data-nosnippet]').forEach(e => e.hidden = 1)"
            )
            page.add_style_tag(content="[hidden] { display: none !important }")
            left = page.locator("body").inner_text()
            assert "Last link" in left
            for ours in ("Reject all", "Manage choices", "YouTube", "Crisp"):
                assert ours not in left, path
