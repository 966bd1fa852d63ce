"""The shop's own functions are the same for a visitor who refused everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor


@pytest.fixture
def refuser(site: Site, visit: Callable[..., Visitor]) -> Visitor:
    """A visitor who has refused."""
    visitor = visit(site)
    visitor.open("/")
    visitor.answer("refuse")
    return visitor


def test_the_basket_panel_opens_with_a_bare_fragment(refuser: Visitor) -> None:
    """A fragment of HTML the site fetches for itself comes without banner, link or script of ours."""
    refuser.open(PRODUCT)
    with refuser.page.expect_response("**/fragments/basket") as fetched:
        refuser.page.get_by_role("button", name="Add to basket").click()
    panel = refuser.page.locator("#basket-panel")
    panel.wait_for(state="visible")
    assert "Molène jug" in panel.inner_text()
    assert "consentkit" not in fetched.value.text()
    assert refuser.storage() == {"kervalen_panel"}


def test_signing_in_and_out(refuser: Visitor) -> None:
    """The session cookie is exempt: an account opens, lasts over pages and closes."""
    refuser.open("/compte")
    refuser.page.fill('input[name="email"]', "claire@example.org")
    refuser.page.fill('input[name="password"]', "gres")
    refuser.follow("main form button")
    assert "Claire Le Gall" in refuser.page.inner_text("h1")
    assert "kervalen_session" in refuser.cookies()
    refuser.open(PRODUCT)
    refuser.open("/compte")
    refuser.follow("main form button")
    assert refuser.page.locator('input[name="password"]').is_visible()


def test_display_settings_are_kept(refuser: Visitor) -> None:
    """Language and theme, chosen by the visitor, are exempt: they hold on the next page."""
    refuser.open("/contact")
    refuser.page.select_option('select[name="lang"]', "fr")
    refuser.page.select_option('select[name="theme"]', "dark")
    refuser.follow(".settings button")
    refuser.open("/")
    assert refuser.page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
        "fr",
        "dark",
    ]


def test_the_contact_form_is_sent(refuser: Visitor) -> None:
    """A POST of the site's own passes, its redirect too, and the conversion tag on the answer stays silent."""
    refuser.open("/contact")
    refuser.page.fill('input[name="name"]', "Yann")
    refuser.page.fill('input[name="email"]', "yann@example.org")
    refuser.page.fill("textarea", "Une théière fendue.")
    refuser.follow("main form button")
    assert refuser.page.url.endswith("/contact/merci")
    refuser.settle()
    assert refuser.stage.contacts() == set()


def test_a_streamed_page_arrives_whole(refuser: Visitor) -> None:
    """A page sent in hundreds of pieces, cut wherever its template is, comes out complete."""
    refuser.open("/fournee")
    assert refuser.page.locator("tbody tr").count() == 7
    assert refuser.page.locator("#firing-end").is_visible()


def test_the_api_and_the_missing_page(refuser: Visitor) -> None:
    """JSON and status codes pass as they are."""
    answer = refuser.page.goto(f"{refuser.site.url}/api/products")
    assert answer is not None
    assert [product["slug"] for product in answer.json()["products"]][:2] == ["bol-ouessant", "pichet-molene"]
    assert "set-cookie" not in answer.headers
    missing = refuser.page.goto(f"{refuser.site.url}/no-such-page")
    assert missing is not None
    assert missing.status == 404
