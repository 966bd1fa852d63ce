"""Asking again: only about what changed, with the reason, and with evidence of exactly that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from driving import PAGE, responder

from consentkit.errors import StoreUnavailableError
from consentkit.manifest.load import loads
from consentkit.records.consentlog import ConsentFilter

if TYPE_CHECKING:
    from driving import Driver

HOTJAR = """\
  - {id: hotjar, vendor: {name: Hotjar Ltd}, purposes: [advertising], hosts: ["*.hotjar.com"]}
cookies:
  - {name: session,"""
JSON = ("accept", "application/json")


@pytest.fixture
def revised(governed: Any, manifest_text: str) -> Any:
    """Take a choice under the shop's manifest, then start the shop again with a changed one; give shop and cookie."""

    def change(choice: str, old: str = "cookies:\n  - {name: session,", new: str = HOTJAR) -> tuple[Driver, Any]:
        before: Driver = governed(responder(PAGE))
        cookie = ("cookie", f"consentkit={before.choose(choice).cookies['consentkit']}")
        assert old in manifest_text
        after: Driver = governed(responder(PAGE), manifest=loads(manifest_text.replace(old, new, 1)))
        after.loop.run_until_complete(after.app.site.start())
        return after, cookie

    return change


def records(driver: Driver) -> list[Any]:
    page = driver.loop.run_until_complete(driver.app.site.records.consent_log.query(ConsentFilter()))
    return [entry.record for entry in page.items]


def banner(page: Any) -> str:
    text: str = page.text
    return text[text.index('<section id="consentkit"') : text.index("</section>")]


@pytest.mark.requirement("R24")
def test_a_new_vendor_is_named_and_the_rest_of_the_choice_stays(revised: Any) -> None:
    """The banner gives the reason and names the purpose concerned alone; what was allowed otherwise still is."""
    shop, cookie = revised("action=accept")
    page = shop.page("/", cookie, ("accept-language", "en"))
    shown = banner(page)
    assert "Hotjar is new, or works with others than before. Purpose: Advertising." in shown
    assert "The rest of that choice stays as it was." in shown
    assert ("Advertising</b>" in shown, "Audience measurement" in shown) == (True, False)
    assert '<script async src="https://www.googletagmanager.com' in page.text
    assert "hotjar" not in (page.header("content-security-policy") or "")


@pytest.mark.requirement("R24")
def test_accepting_the_change_adds_what_it_names(revised: Any) -> None:
    """What was refused before, and isn't named, stays refused; the record holds what was asked and shown."""
    shop, cookie = revised("action=save&purposes=analytics")
    answer = shop.choose("action=accept&collected=banner&language=en", cookie, JSON)
    assert json.loads(answer.body)["purposes"] == ["advertising", "analytics", "necessary"]
    record = records(shop)[0]
    assert (record.purposes, record.purposes_offered) == (("advertising", "analytics"), ("advertising",))
    shown = shop.loop.run_until_complete(shop.app.site.records.consent_log.document(record.notice_digest))
    assert "Hotjar is new" in shown.body
    settled = ("cookie", f"consentkit={answer.cookies['consentkit']}")
    assert 'data-consentkit="banner"' not in shop.page("/", settled).text


def test_rejecting_in_that_banner_rejects_all_as_it_says(revised: Any) -> None:
    """A button that reads "Reject all" leaves nothing behind; on the preferences page "Accept all" means all, too."""
    shop, cookie = revised("action=save&purposes=analytics")
    assert json.loads(shop.choose("action=refuse&collected=banner", cookie, JSON).body)["purposes"] == ["necessary"]
    everything = json.loads(shop.choose("action=accept&collected=preferences", cookie, JSON).body)["purposes"]
    assert everything == ["advertising", "analytics", "media", "necessary"]


def test_a_placeholder_does_not_answer_for_what_changed(revised: Any) -> None:
    """Allowing one video repeats what stands, and neither the purpose asked about nor its new vendor."""
    shop, cookie = revised("action=save&purposes=advertising")
    page = shop.page("/", cookie).text
    form = page[page.index('id="consentkit-allow"') :]
    form = form[: form.index("</form>")]
    assert 'value="advertising"' not in form
    assert 'name="services" value="meta-pixel"' in form


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  - id: media\n", "  - {id: chat, title: Chat}\n  - id: media\n", "New purpose: Chat."),
        ("{name: _fbp, lifetime: 90 days}", "{name: _fbp, lifetime: 1 year}", "for longer. Purpose: Advertising."),
        ("{revision: 2026-05-04}", "{revision: 2026-08-01, material: true}", "Our notice has changed in substance."),
    ],
)
def test_each_reason_is_said(revised: Any, old: str, new: str, words: str) -> None:
    """Purpose, lifetime, notice: on the banner and on the preferences page."""
    shop, cookie = revised("action=refuse", old, new)
    english = ("accept-language", "en")
    assert words in banner(shop.page("/", cookie, english))
    assert words in shop.get("/_consent/preferences", cookie, english).text


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Counting visits.", "We count."),
        ("{revision: 2026-05-04}", "{revision: 2026-08-01}"),
        ("{name: _fbp, lifetime: 90 days}", "{name: _fbp, lifetime: 30 days}"),
    ],
)
def test_texts_and_shorter_lifetimes_only_inform(revised: Any, old: str, new: str) -> None:
    """No banner, and the choice stands."""
    shop, cookie = revised("action=accept", old, new)
    page = shop.page("/", cookie)
    assert 'data-consentkit="banner"' not in page.text
    assert '<script async src="https://www.googletagmanager.com' in page.text


def test_a_question_nobody_remembers_is_asked_whole(governed: Any, manifest_text: str, tmp_path: Any) -> None:
    """With other records, the earlier choice grants nothing; the banner names every purpose."""
    before = governed(responder(PAGE))
    cookie = ("cookie", f"consentkit={before.choose('action=accept').cookies['consentkit']}")
    changed = loads(manifest_text.replace("cookies:\n  - {name: session,", HOTJAR, 1))
    after = governed(responder(PAGE), manifest=changed, database=f"sqlite:///{tmp_path / 'other.db'}")
    after.loop.run_until_complete(after.app.site.start())
    page = after.page("/", cookie, ("accept-language", "en"))
    assert "Your earlier choice has expired" in page.text
    assert "Audience measurement" in banner(page)
    assert '<script async src="https://www.googletagmanager.com' not in page.text


def test_decisions_made_before_the_records_answered_are_made_anew(revised: Any, monkeypatch: Any) -> None:
    """A site that starts while its store is down asks about everything; once the store is back it knows better."""
    shop, cookie = revised("action=accept")
    site = shop.app.site
    kept = site.questions._earlier
    site.questions._earlier, site.questions._remembered = {}, False
    site.questions._since.clear()
    site.arrivals.forget()

    async def down(kind: str) -> Any:
        raise StoreUnavailableError(kind)

    with monkeypatch.context() as patch:
        patch.setattr(site.records.consent_log, "documents", down)
        with pytest.raises(StoreUnavailableError):
            shop.loop.run_until_complete(site.remember_questions())
    assert "Your earlier choice has expired" in shop.page("/", cookie, ("accept-language", "en")).text
    shop.loop.run_until_complete(site.remember_questions())
    assert site.questions._earlier.keys() >= kept.keys()
    assert "Hotjar is new" in shop.page("/", cookie, ("accept-language", "en")).text
