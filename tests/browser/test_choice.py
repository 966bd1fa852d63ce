"""The governed shop in a real browser: who is contacted and what is kept, choice by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import (
    BANNER,
    CHOICE_COOKIE,
    EXEMPT_COOKIES,
    EXEMPT_STORAGE,
    PAGES,
    PREFERENCES,
    PRODUCT,
    RUN_TIME_CONTACTS,
)
from .stage import SERVICES, SERVICES_WITHOUT_SCRIPTS, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor

_BUTTON = f'{BANNER} button[name="action"]'
_LOOK = """buttons => buttons.map(button => {
    const style = getComputedStyle(button);
    const box = button.getBoundingClientRect();
    return [box.width, box.height, style.fontSize, style.fontWeight, style.color, style.backgroundColor,
            style.borderColor, style.borderWidth, style.opacity, style.textDecorationLine].join("|");
})"""


def _assert_nothing_happened(visitor: Visitor, stage: Stage) -> None:
    """No third party was contacted in any way, and nothing but what is exempt is kept in the browser."""
    assert stage.contacts() == set()
    assert stage.requests() == []
    assert visitor.cookies().keys() <= EXEMPT_COOKIES
    assert visitor.storage() <= EXEMPT_STORAGE


@pytest.mark.requirement("R7 R8 R9")
@pytest.mark.parametrize(
    ("locale", "accept", "refuse", "manage"),
    [
        ("en-GB", "Accept all", "Reject all", "Manage choices"),
        ("fr-FR", "Tout accepter", "Tout refuser", "Gérer mes choix"),
    ],
)
def test_banner_offers_both_answers_alike(
    site: Site, visit: Callable[..., Visitor], locale: str, accept: str, refuse: str, manage: str
) -> None:
    """The banner of the visitor's language has two buttons of one look, and a way to choose in detail."""
    visitor = visit(site, locale=locale)
    visitor.open("/")
    buttons = visitor.page.locator(_BUTTON)
    assert {text.strip() for text in buttons.all_inner_texts()} == {accept, refuse}
    first, second = buttons.evaluate_all(_LOOK)
    assert first == second
    assert visitor.page.get_by_role("link", name=manage).or_(visitor.page.get_by_role("button", name=manage)).count()


@pytest.mark.requirement("R1")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_before_a_choice_nobody_is_contacted(
    site: Site, stage: Stage, visit: Callable[..., Visitor], scripts: bool
) -> None:
    """Who has not answered is seen by no third party on any page, and gets no cookie that needs consent."""
    visitor = visit(site, scripts=scripts)
    visitor.browse(*PAGES)
    assert visitor.page.locator(BANNER).is_visible()
    _assert_nothing_happened(visitor, stage)
    assert CHOICE_COOKIE not in visitor.cookies()
    assert visitor.errors == []


@pytest.mark.requirement("R3")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_only_an_answer_is_an_answer(site: Site, stage: Stage, visit: Callable[..., Visitor], scripts: bool) -> None:
    """Scrolling, Escape, clicking beside the banner, reading on, going back and closing grant and record nothing."""
    before = len(site.consent_log())
    visitor = visit(site, scripts=scripts)
    visitor.browse("/", PRODUCT)
    visitor.page.mouse.wheel(0, 4000)
    visitor.page.keyboard.press("End")
    visitor.page.keyboard.press("Escape")
    visitor.page.mouse.click(5, 5)
    visitor.page.go_back()
    visitor.page.reload()
    assert visitor.page.locator(BANNER).is_visible()
    _assert_nothing_happened(visitor, stage)
    assert CHOICE_COOKIE not in visitor.cookies()
    visitor.page.close()
    assert len(site.consent_log()) == before


def test_connection_hints_are_gated(site: Site, visit: Callable[..., Visitor]) -> None:
    """No link element that a browser would act on names a third party, hints to connect among them."""
    visitor = visit(site)
    visitor.open("/")
    hosts = visitor.page.eval_on_selector_all("link[href]", "links => links.map(link => new URL(link.href).host)")
    assert set(hosts) == {visitor.site.url.removeprefix("http://")}


@pytest.mark.requirement("R1")
def test_what_scripts_do_at_run_time_is_stopped(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Code of the site's own that no reading of the markup could foresee contacts nobody either."""
    visitor = visit(site)
    visitor.open("/contact")
    visitor.page.evaluate(RUN_TIME_CONTACTS)
    visitor.settle()
    assert stage.contacts() == set()


@pytest.mark.requirement("R4")
def test_refusal_holds(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """After a refusal the banner is gone and three pages and a reload later still nobody was contacted."""
    visitor = visit(site)
    visitor.open("/")
    visitor.answer("refuse")
    visitor.browse(PRODUCT, "/fournee", "/contact/merci")
    visitor.page.reload()
    visitor.settle()
    assert visitor.page.locator(BANNER).count() == 0
    assert visitor.page.locator(PREFERENCES).is_visible()
    _assert_nothing_happened(visitor, stage)
    assert CHOICE_COOKIE in visitor.cookies()


def test_acceptance_brings_every_service(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """After accepting, each service loads all it needs and shows what it shows, without an error."""
    visitor = visit(site)
    visitor.open("/contact/merci")
    visitor.answer("accept")
    visitor.browse("/contact/merci", PRODUCT)
    silent = {service: missing for service, urls in SERVICES.items() if (missing := stage.wait_for(urls))}
    assert silent == {}
    assert visitor.errors == []
    page = visitor.page
    assert page.frame_locator('iframe[src*="youtube"]').locator("#player").is_visible()
    assert page.frame_locator('iframe[src*="google.com/maps"]').locator("#mapDiv").is_visible()
    assert page.locator("#crisp-chatbox").is_visible()
    assert page.evaluate("document.fonts.load('1rem Fraunces', '\\ue000').then(faces => faces[0].status)") == "loaded"
    assert page.evaluate("[hjSocket.readyState, crispSocket.readyState]") == [1, 1]
    assert {"_ga", "_gcl_au", "_fbp", "_hjSession_4128041", "shop_stats", CHOICE_COOKIE} <= visitor.cookies().keys()


def test_acceptance_needs_one_page_load(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """The page on which a visitor accepts comes alive at once, and they stay where they were on it."""
    visitor = visit(site)
    visitor.open(PRODUCT)
    visitor.page.locator(".embeds").scroll_into_view_if_needed()
    before = visitor.page.evaluate("scrollY")
    assert before > 0
    visitor.answer("accept")
    assert stage.wait_for(SERVICES["youtube"]) == set()
    assert visitor.page.evaluate("scrollY") == pytest.approx(before, abs=2)


@pytest.mark.requirement("R12")
def test_one_purpose_allows_only_its_services(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Saving audience measurement alone brings its two services and no request to any other."""
    visitor = visit(site)
    visitor.open("/")
    visitor.follow(f'{BANNER} a[data-consentkit="manage"]')
    visitor.page.check('input[name="purposes"][value="analytics"]')
    visitor.follow('button[name="action"][value="save"]')
    visitor.browse("/contact/merci", PRODUCT)
    allowed = {"google-analytics", "hotjar"}
    assert {service: stage.wait_for(SERVICES[service]) for service in allowed} == {
        service: set() for service in allowed
    }
    assert stage.services() == allowed
    assert "shop_stats" in visitor.cookies()
    assert not {"_gcl_au", "_fbp"} & visitor.cookies().keys()


@pytest.mark.requirement("R19 R20")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_withdrawal_ends_everything(site: Site, stage: Stage, visit: Callable[..., Visitor], scripts: bool) -> None:
    """After a withdrawal the services' cookies are gone, those on the parent domain among them, and nothing is sent."""
    visitor = visit(site, scripts=scripts)
    visitor.open(PRODUCT)
    visitor.answer("accept")
    visitor.browse(PRODUCT)
    assert stage.services() == set(SERVICES if scripts else SERVICES_WITHOUT_SCRIPTS)
    assert visitor.cookies().keys() - EXEMPT_COOKIES
    visitor.withdraw()
    assert visitor.cookies().keys() <= EXEMPT_COOKIES
    stage.forget()
    visitor.browse(PRODUCT, "/", "/contact/merci")
    visitor.page.reload()
    visitor.settle()
    assert stage.contacts() == set()
    assert visitor.cookies().keys() <= EXEMPT_COOKIES
    assert visitor.page.locator(BANNER).count() == 0


@pytest.mark.requirement("R20")
def test_going_back_after_withdrawal_revives_nothing(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """The page seen before a withdrawal, reached again by the back button, contacts nobody."""
    visitor = visit(site)
    visitor.open(PRODUCT)
    visitor.answer("accept")
    visitor.withdraw()
    stage.forget()
    for _ in range(2):
        visitor.page.go_back(wait_until="load")
        visitor.settle()
    assert visitor.page.url.endswith(PRODUCT)
    assert stage.requests() == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_placeholder_allows_one_service(
    site: Site, stage: Stage, visit: Callable[..., Visitor], scripts: bool
) -> None:
    """The button in the film's place brings the film, and neither the map, the chat nor anything else."""
    visitor = visit(site, scripts=scripts)
    visitor.open(PRODUCT)
    shown = visitor.page.locator('[data-consentkit="placeholder"]')
    assert [hole.get_attribute("data-consentkit-shows") for hole in shown.all()] == ["chat", "video", "map"]
    visitor.follow('button[form="consentkit-allow"][value="youtube"]')
    assert stage.wait_for(SERVICES["youtube"]) == set()
    assert visitor.page.frame_locator('iframe[src*="youtube"]').locator("#player").is_visible()
    visitor.browse(PRODUCT, "/")
    assert stage.services() == {"youtube"}
    assert visitor.cookies().keys() <= EXEMPT_COOKIES


@pytest.mark.requirement("R70")
def test_without_scripts_a_refusal_holds(site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """The banner's form alone takes a refusal, returns to the page and keeps everybody out."""
    visitor = visit(site, scripts=False)
    visitor.open("/contact")
    visitor.answer("refuse")
    assert visitor.page.url == f"{site.url}/contact"
    visitor.browse(PRODUCT, "/fournee", "/")
    assert visitor.page.locator(BANNER).count() == 0
    _assert_nothing_happened(visitor, stage)


@pytest.mark.requirement("R70")
def test_without_scripts_acceptance_brings_what_needs_none(
    site: Site, stage: Stage, visit: Callable[..., Visitor]
) -> None:
    """The banner's form alone takes an acceptance, and frames, noscript pixels and fonts are there."""
    visitor = visit(site, scripts=False)
    visitor.open(PRODUCT)
    visitor.answer("accept")
    visitor.browse(PRODUCT)
    assert stage.wait_for([url for urls in SERVICES_WITHOUT_SCRIPTS.values() for url in urls]) == set()
    assert stage.services() == set(SERVICES_WITHOUT_SCRIPTS)
    assert "shop_stats" in visitor.cookies()


@pytest.mark.requirement("R34 R36")
def test_every_choice_is_in_the_consent_log(site: Site, visit: Callable[..., Visitor]) -> None:
    """The auditor reads each choice of one subject in order: what was asked, in which words, and the answer."""
    visitor = visit(site, locale="fr-FR")
    visitor.open("/")
    visitor.answer("refuse")
    visitor.follow(PREFERENCES)
    visitor.page.check('input[name="purposes"][value="media"]')
    visitor.follow('button[name="action"][value="save"]')
    visitor.open("/")
    visitor.withdraw()
    withdrawn, given, refused = site.consent_log()[:3]
    assert [row["state"] for row in (refused, given, withdrawn)] == ["refused", "given", "withdrawn"]
    assert len({row["subject"] for row in (refused, given, withdrawn)}) == 1
    assert given["purposes"] == ["media"]
    assert refused["purposes"] == withdrawn["purposes"] == []
    assert {row["language"] for row in (refused, given, withdrawn)} == {"fr"}
    assert refused["collected"] == "banner"
    assert given["collected"] == "preferences"


@pytest.mark.parametrize("token", ["", "wrong-token-of-a-believable-length"])
def test_the_log_is_for_auditors(site: Site, token: str) -> None:
    """Without the token, or with a wrong one, no row is shown."""
    status, text = site.audit("/_consent/log", token=token)
    assert status == 401
    assert "subject" not in text


def test_an_auditor_reads_the_log_in_a_browser(site: Site, visit: Callable[..., Visitor]) -> None:
    """The audit page asks for the token, then shows the choice just made."""
    visitor = visit(site)
    visitor.open("/")
    visitor.answer("refuse")
    subject = site.consent_log()[0]["subject"]
    visitor.open("/_consent/admin")
    visitor.page.fill("#token", site.audit_token)
    visitor.follow("form button")
    visitor.follow('nav a[href$="/log?format=html"]')
    first = visitor.page.locator("tbody tr").first.inner_text()
    assert subject in first
    assert "refused" in first
