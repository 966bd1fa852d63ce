"""What vendors' tags receive, in a real browser, from fake tags that note every call made to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import BANNER
from tests.browser.signals.conftest import POLICIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.signals.conftest import Served
    from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

FRANCE = {"x-country": "FR"}
VIRGINIA = {"x-country": "US", "x-region": "VA"}
CALIFORNIA = {"x-country": "US", "x-region": "CA"}

ADS = ("ad_storage", "ad_user_data", "ad_personalization")
DENIED = {
    **dict.fromkeys((*ADS, "analytics_storage", "functionality_storage", "personalization_storage"), "denied"),
    "security_storage": "granted",
}
GRANTED = {**DENIED, **dict.fromkeys((*ADS, "analytics_storage"), "granted")}
CLARITY_DENIED = ["consentv2", {"ad_Storage": "denied", "analytics_Storage": "denied"}]
CLARITY_GRANTED = ["consentv2", {"ad_Storage": "granted", "analytics_Storage": "granted"}]
HOSTS = {
    "www.googletagmanager.com",
    "bat.bing.com",
    "www.clarity.ms",
    "connect.facebook.net",
    "example.matomo.cloud",
    "analytics.tiktok.com",
}
QUEUED = """() => ({
    dataLayer: dataLayer.map((call) => Array.from(call)),
    uetq: Array.from(uetq),
    clarity: clarity.q.map((call) => Array.from(call)),
    fbq: fbq.queue.map((call) => Array.from(call)),
    _paq, ttq: Array.from(ttq),
})"""


class Tags:
    """One visitor and what the tags on their pages were told, by queue."""

    def __init__(self, visitor: Any) -> None:
        self.visitor = visitor
        self.told: dict[str, list[Any]] = {}
        visitor.page.expose_function("note", lambda name, call: self.told.setdefault(name, []).append(call))

    def open(self, policy: str = "plain") -> dict[str, list[Any]]:
        """Load a page and return what its tags were told, once all of them are there that may come."""
        self.told.clear()
        self.visitor.open(f"/{policy}")
        self.visitor.settle()
        return self.told

    def queued(self) -> dict[str, list[Any]]:
        """Return what waits for a tag that did not come."""
        queued: dict[str, list[Any]] = self.visitor.page.evaluate(QUEUED)
        return queued

    def answer(self, action: str) -> dict[str, list[Any]]:
        """Press a button of the banner; return what tags were told until the next page stood."""
        self.told.clear()
        self.visitor.answer(action)
        return self.told


@pytest.fixture(autouse=True)
def cast(stage: Stage) -> Iterator[None]:
    """Let the tags that note what they are told play Google's and Meta's too."""
    stage.cast = {"www.googletagmanager.com/gtag/js": "tag.js", "connect.facebook.net/en_US/fbevents.js": "tag.js"}
    yield
    stage.cast = {}


@pytest.fixture
def arrive(visit: Callable[..., Any], tagged: Served) -> Callable[..., Tags]:
    """Make a visitor from a place."""
    return lambda place, **options: Tags(visit(tagged, extra_http_headers={**place, **options}))


@pytest.mark.requirement("R1 L27")
def test_before_a_choice_no_tag_comes_and_all_is_denied(arrive: Callable[..., Tags]) -> None:
    """Basic mode: no vendor is contacted, and whatever tag there were would find its denial first in its queue."""
    tags = arrive(FRANCE)
    assert tags.open() == {}
    assert not HOSTS & tags.visitor.stage.contacts()
    queued = tags.queued()
    assert queued["dataLayer"][:2] == [["consent", "default", DENIED], ["set", "ads_data_redaction", True]]
    assert queued["dataLayer"][2] == ["config", "G-EXAMPLE"]
    assert queued["uetq"] == ["consent", "default", {"ad_storage": "denied"}]
    assert queued["clarity"] == [CLARITY_DENIED]
    assert queued["fbq"][:2] == [["consent", "revoke"], ["init", "1041280"]]
    assert queued["_paq"][:2] == [["requireConsent"], ["trackPageView"]]
    assert queued["ttq"][:2] == [["holdConsent"], ["page"]]


def test_after_acceptance_each_tag_is_told_before_anything_else(arrive: Callable[..., Tags]) -> None:
    """The default, then one update, then the site's own calls; on every page, without inline code or with a nonce."""
    tags = arrive(FRANCE)
    tags.open()
    tags.answer("accept")
    tags.visitor.errors.clear()  # the policy's complaints about the tags that were not yet allowed
    for policy in POLICIES:
        told = tags.open(policy)
        assert told.keys() == {"dataLayer", "uetq", "clarity", "fbq", "_paq", "ttq"}, policy
        assert told["dataLayer"][:4] == [
            ["consent", "default", DENIED],
            ["set", "ads_data_redaction", True],
            ["consent", "update", GRANTED],
            ["config", "G-EXAMPLE"],
        ]
        assert told["uetq"] == [
            ["consent", "default", {"ad_storage": "denied"}, "consent", "update", {"ad_storage": "granted"}]
        ]
        assert told["clarity"] == [CLARITY_GRANTED]
        assert told["fbq"] == [["consent", "grant"], ["init", "1041280"], ["track", "PageView"]]
        assert told["_paq"] == [["requireConsent"], ["setConsentGiven"], ["trackPageView"]]
        assert told["ttq"] == [["grantConsent"], ["page"]]
    assert tags.visitor.errors == []


def test_after_refusal_no_tag_comes_and_the_denial_is_said_as_an_answer(arrive: Callable[..., Tags]) -> None:
    """A refusal is an update, not only a default: nothing waits for a further answer."""
    tags = arrive(FRANCE)
    tags.open()
    assert tags.answer("refuse") == {}
    assert tags.open() == {}
    assert not HOSTS & tags.visitor.stage.contacts()
    queued = tags.queued()
    assert queued["dataLayer"][2] == ["consent", "update", DENIED]
    assert queued["uetq"][3:] == ["consent", "update", {"ad_storage": "denied"}]
    assert queued["clarity"] == [CLARITY_DENIED]
    assert queued["fbq"][0] == ["consent", "revoke"]
    assert queued["_paq"][:2] == [["requireConsent"], ["forgetConsentGiven"]]
    assert queued["ttq"][0] == ["revokeConsent"]


@pytest.mark.requirement("R20")
def test_withdrawing_tells_the_tags_of_the_page_and_keeps_them_from_the_next(arrive: Callable[..., Tags]) -> None:
    """The tags that are loaded hear the denial before the page goes; the next page has none."""
    tags = arrive(FRANCE)
    tags.open()
    tags.answer("accept")
    tags.open()
    tags.told.clear()
    with tags.visitor.page.expect_navigation(wait_until="load"):
        tags.visitor.page.evaluate("void consentkit.withdraw()")
    tags.visitor.settle()
    assert tags.told == {
        "dataLayer": [["consent", "update", DENIED]],
        "uetq": [["consent", "update", {"ad_storage": "denied"}]],
        "clarity": [CLARITY_DENIED],
        "fbq": [["consent", "revoke"]],
        "_paq": [["forgetConsentGiven"]],
        "ttq": [["revokeConsent"]],
    }
    tags.visitor.stage.forget()
    assert tags.open() == {}
    assert not HOSTS & tags.visitor.stage.contacts()


def test_where_silence_allows_the_default_is_granted_for_that_place(arrive: Callable[..., Tags]) -> None:
    """Google applies the grant only where it, too, sees the visitor; a refusal then ends it."""
    tags = arrive(VIRGINIA)
    told = tags.open()
    assert told["dataLayer"][:5] == [
        ["consent", "default", DENIED],
        ["consent", "default", {**GRANTED, "region": ["US-VA"]}],
        ["set", "ads_data_redaction", True],
        ["set", "url_passthrough", True],
        ["config", "G-EXAMPLE"],
    ]
    assert told["uetq"] == [["consent", "default", {"ad_storage": "granted"}]]
    assert told["clarity"] == [CLARITY_GRANTED]
    assert told["fbq"][0] == ["consent", "grant"]
    assert told["_paq"][:2] == [["requireConsent"], ["setConsentGiven"]]
    assert told["ttq"][0] == ["grantConsent"]
    denied = tags.answer("refuse")
    assert denied["dataLayer"] == [["consent", "update", DENIED]]
    tags.visitor.stage.forget()
    assert tags.open() == {}
    assert not HOSTS & tags.visitor.stage.contacts()


@pytest.mark.requirement("R51")
def test_global_privacy_control_is_told_to_the_tags_without_a_banner(arrive: Callable[..., Tags]) -> None:
    """In California the signal is the answer: no banner, no tag, denial in every queue, its status on the page."""
    tags = arrive(CALIFORNIA, **{"sec-gpc": "1"})
    assert tags.open() == {}
    assert not HOSTS & tags.visitor.stage.contacts()
    assert ["consent", "update", DENIED] in tags.queued()["dataLayer"]
    assert tags.visitor.page.locator(BANNER).count() == 0
    tags.visitor.follow('a[data-consentkit="preferences"]')
    status = tags.visitor.page.locator('[data-consentkit="objected"]')
    assert "Opt-Out Request Honored" in status.inner_text()
