"""Taking a choice: checked, recorded, given effect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from driving import HOST, PAGE, responder

from consentkit.errors import StoreUnavailableError
from consentkit.manifest.model import ChoiceSettings

JSON = ("accept", "application/json")


def rows(driver: Any) -> list[Any]:
    from consentkit.records.consentlog import ConsentFilter

    page = driver.loop.run_until_complete(driver.app.site.records.consent_log.query(ConsentFilter()))
    return [entry.record for entry in page.items]


@pytest.mark.requirement("R34")
def test_accepting_sets_a_signed_cookie_and_keeps_a_row(governed: Any, clock: Any) -> None:
    """303 back, one HttpOnly cookie for six months, one record with what was asked and shown."""
    driver = governed(responder(PAGE))
    answer = driver.choose("action=accept&return_to=/produits%3Fpage%3D2&collected=banner", ("accept-language", "fr"))
    assert (answer.status, answer.header("location")) == (303, "/produits?page=2")
    line = answer.all("set-cookie")[0]
    assert "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" in line
    assert "Secure" not in line
    # 31 August and six months is the last day of February: 181 days.
    assert f"Max-Age={181 * 86400}" in line
    assert len(line) <= 512
    assert answer.header("cache-control") == "no-store"
    (record,) = rows(driver)
    assert (record.state, record.purposes, record.language) == ("given", ("advertising", "analytics", "media"), "fr")
    assert record.time == clock.now
    assert record.collected == "banner"
    assert (record.validity, record.regime, record.sequence) == ("P6M", "opt-in", 1)
    assert len(record.notice_digest) == len(record.manifest_digest) == 64


@pytest.mark.requirement("R55")
def test_the_cookie_asks_for_no_more_than_browsers_keep(governed: Any, manifest: Any) -> None:
    """A choice kept for two years is told so in a cookie of 400 days."""
    lasting = ChoiceSettings.model_validate({"lifetime": "2 years"})
    driver = governed(responder(PAGE), manifest=manifest.model_copy(update={"choice": lasting}))
    (line,) = driver.choose("action=accept").all("set-cookie")
    assert "Max-Age=34560000" in line


def test_a_choice_can_last_as_long_as_the_browser_session(governed: Any, manifest: Any) -> None:
    """`lifetime: session`: the cookie has no age, and the record says so."""
    brief = ChoiceSettings.model_validate({"lifetime": "session"})
    driver = governed(responder(PAGE), manifest=manifest.model_copy(update={"choice": brief}))
    for action in ("accept", "refuse"):
        assert "Max-Age" not in driver.choose(f"action={action}").all("set-cookie")[0]
    assert [record.validity for record in rows(driver)] == ["session", "session"]


@pytest.mark.requirement("R57")
def test_on_https_the_cookie_is_bound_to_the_host(governed: Any) -> None:
    """`__Host-` and Secure."""
    line = governed(responder(PAGE), scheme="https").choose("action=refuse").all("set-cookie")[0]
    assert line.startswith("__Host-consentkit=")
    assert line.endswith("; Secure")


@pytest.mark.requirement("R36")
def test_refuse_save_and_withdraw_follow_each_other(governed: Any) -> None:
    """One subject, counted choices, each state a row; refusing after allowing is a withdrawal."""
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=refuse").cookies["consentkit"]
    cookie = driver.choose(
        "action=save&purposes=analytics&services=youtube", ("cookie", f"consentkit={cookie}")
    ).cookies["consentkit"]
    cookie = driver.choose("action=refuse", ("cookie", f"consentkit={cookie}")).cookies["consentkit"]
    driver.choose("action=withdraw", ("cookie", f"consentkit={cookie}"))
    records = list(reversed(rows(driver)))
    assert [record.state for record in records] == ["refused", "given", "withdrawn", "withdrawn"]
    assert [record.sequence for record in records] == [1, 2, 3, 4]
    assert len({record.subject for record in records}) == 1
    assert (records[1].purposes, records[1].services) == (("analytics",), ("youtube",))


@pytest.mark.requirement("R20")
def test_withdrawing_expires_the_cookies(governed: Any) -> None:
    """Every declared cookie the browser holds, on every path and parent domain."""
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=accept").cookies["consentkit"]
    answer = driver.choose("action=withdraw", ("cookie", f"consentkit={cookie}; _ga=1; _ga_ABC=2; session=3; other=4"))
    gone = {line.partition("=")[0] for line in answer.all("set-cookie") if "Max-Age=0" in line}
    assert gone == {"_ga", "_ga_ABC"}


def test_programs_get_json(governed: Any) -> None:
    """State, purposes, whether the page must reload, and a receipt."""
    driver = governed(responder(PAGE))
    refused = json.loads(driver.choose("action=refuse", JSON).body)
    assert refused["state"] == "refused"
    assert refused["reload"] is False
    accepted = json.loads(driver.choose("action=accept", JSON).body)
    assert accepted["reload"] is True
    assert accepted["purposes"] == ["advertising", "analytics", "media", "necessary"]
    assert accepted["receipt"]["index"] == 1
    assert len(accepted["receipt"]["leaf"]) == 64


def test_json_bodies_are_taken_too(governed: Any) -> None:
    """Lists stand for repeated fields."""
    driver = governed(responder(PAGE))
    body = json.dumps({"action": "save", "purposes": ["media"]}).encode()
    headers = [("content-type", "application/json"), ("origin", f"http://{HOST}"), JSON]
    answer = driver.request("POST", "/_consent/choice", headers, body)
    assert json.loads(answer.body)["purposes"] == ["media", "necessary"]


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ("", "unknown_action", "action"),
        ("action=grant", "unknown_action", "action"),
        ("action=save&purposes=nonsense", "unknown_purpose", "purposes"),
        ("action=save&services=nonsense", "unknown_service", "services"),
    ],
)
def test_what_is_unknown_is_named(governed: Any, fields: str, code: str, where: str) -> None:
    """400 with the value, the place and what is known; no cookie, no row."""
    driver = governed(responder(PAGE))
    answer = driver.choose(fields, JSON)
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"], error["where"]) == (400, code, where)
    assert not answer.all("set-cookie")
    assert rows(driver) == []


def test_people_get_a_page_with_a_way_back(governed: Any) -> None:
    """The same errors in words, in the visitor's language."""
    answer = governed(responder(PAGE)).choose("action=save&purposes=%3Cscript%3E", ("accept-language", "fr"))
    assert answer.status == 400
    assert answer.text.startswith("<!DOCTYPE html>")
    assert 'lang="fr"' in answer.text
    assert "<script>" not in answer.text.replace("<script defer", "")


def test_an_exempt_purpose_is_no_grant(governed: Any) -> None:
    """Ticking what needs no consent grants nothing."""
    driver = governed(responder(PAGE))
    driver.choose("action=save&purposes=necessary")
    assert rows(driver)[0].state == "refused"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ([("sec-fetch-site", "same-origin")], True),
        ([("sec-fetch-site", "cross-site"), ("origin", f"http://{HOST}")], False),
        ([("sec-fetch-site", "same-site")], False),
        ([("sec-fetch-site", "none")], False),
        ([("origin", f"http://{HOST}")], True),
        ([("origin", f"https://{HOST}")], True),
        ([("origin", "null")], False),
        ([("origin", f"http://{HOST}.evil.example")], False),
        ([("origin", f"http://{HOST}@evil.example")], False),
        ([("origin", f"http://{HOST}:8080")], False),
        ([("referer", f"http://{HOST}/page")], True),
        ([("referer", "http://evil.example/?www.shop.example")], False),
        ([("origin", "http://[")], False),
        ([], False),
    ],
)
def test_only_the_site_s_own_pages_can_allow(governed: Any, headers: list[tuple[str, str]], accepted: bool) -> None:
    """A grant from anywhere else is 403."""
    form = [("content-type", "application/x-www-form-urlencoded"), JSON]
    answer = governed(responder(PAGE)).request("POST", "/_consent/choice", [*form, *headers], b"action=accept")
    assert answer.status == (200 if accepted else 403)
    assert bool(answer.all("set-cookie")) is accepted


def test_who_sends_no_origin_may_still_refuse(governed: Any) -> None:
    """Denial always works."""
    form = [("content-type", "application/x-www-form-urlencoded")]
    assert governed(responder(PAGE)).request("POST", "/_consent/choice", form, b"action=refuse").status == 303


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "/\\evil.example",
        "/\t/evil.example", "https:evil.example", "https://evil.example", "\\/evil",
        "/a\r\nx: y", "javascript:alert(1)", "", "evil", "/é", "/" + "a" * 4096, "/ /evil.example",
        "/\x00", "///evil.example",
    ],
)  # fmt: skip
def test_nobody_is_sent_off_the_site(governed: Any, path: str) -> None:
    """Anything but a plain path of ours goes to the front page."""
    from urllib.parse import quote

    answer = governed(responder(PAGE)).choose(f"action=refuse&return_to={quote(path, '')}")
    assert (answer.status, answer.header("location")) == (303, "/")


def test_without_a_path_the_visitor_returns_where_the_form_was(governed: Any) -> None:
    """The Referer counts when it is ours."""
    driver = governed(responder(PAGE))
    assert driver.choose("action=refuse", ("referer", f"http://{HOST}/a?b=c")).header("location") == "/a?b=c"
    assert driver.choose("action=refuse", ("referer", "http://evil.example/a")).header("location") == "/"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"a" * 20_000, 413),
        ("multipart/form-data; boundary=x", b"--x", 415),
        ("application/json", b"{", 400),
        ("application/json", b"[1]", 400),
        ("application/json", b'{"action": 1}', 400),
        ("application/json", b"[" * 16_000, 400),
        ("application/json", b'{"a": NaN}', 400),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1", 400),
        ("application/x-www-form-urlencoded", b"&a=" * 2000, 400),
    ],
)
def test_odd_bodies_are_refused_early(governed: Any, content_type: str, body: bytes, status: int) -> None:
    """Too large, of another type, malformed: nothing is stored."""
    driver = governed(responder(PAGE))
    headers = [("content-type", content_type), ("sec-fetch-site", "same-origin"), JSON]
    answer = driver.request("POST", "/_consent/choice", headers, body)
    assert answer.status == status
    assert json.loads(answer.body)["error"]["message"]
    assert rows(driver) == []


def test_a_grant_that_cannot_be_kept_is_no_grant(governed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and no cookie; a refusal takes effect all the same."""
    driver = governed(responder(PAGE))

    async def fail(record: Any) -> None:
        message = "the disk is full"
        raise StoreUnavailableError(message)

    deferred: list[Any] = []

    async def defer(record: Any) -> None:
        deferred.append(record)

    monkeypatch.setattr(driver.app.site.records.consent_log, "append", fail)
    monkeypatch.setattr(driver.app.site.records.consent_log, "defer", defer)
    granted = driver.choose("action=accept", JSON)
    assert (granted.status, granted.all("set-cookie")) == (503, [])
    assert json.loads(granted.body)["error"]["code"] == "not_recorded"
    refused = driver.choose("action=refuse", JSON)
    assert refused.status == 200
    assert json.loads(refused.body)["receipt"] is None
    assert "consentkit" in refused.cookies
    assert [record.state for record in deferred] == ["refused"]


@pytest.mark.requirement("R35")
def test_what_was_shown_can_be_shown_again(governed: Any) -> None:
    """The record's digest leads to the exact text, in the language the visitor was asked in."""
    driver = governed(responder(PAGE))
    driver.choose("action=refuse&language=fr", ("accept-language", "en"))
    (record,) = rows(driver)
    assert record.language == "fr"
    log = driver.app.site.records.consent_log
    document = driver.loop.run_until_complete(log.document(record.notice_digest))
    assert "Tout refuser" in document.body
    assert document.language == "fr"


@pytest.mark.requirement("R23")
def test_the_banner_returns_after_six_months_and_not_before(governed: Any, clock: Any) -> None:
    """Frozen clock: a second before no banner, at the second banner."""
    driver = governed(responder(PAGE))
    cookie = ("cookie", f"consentkit={driver.choose('action=refuse').cookies['consentkit']}")
    clock.advance(days=181, seconds=-1)
    assert 'data-consentkit="banner"' not in driver.page("/", cookie).text
    clock.advance(seconds=1)
    assert 'data-consentkit="banner"' in driver.page("/", cookie).text


def test_a_forged_cookie_is_no_choice(governed: Any) -> None:
    """Banner shown, everything gated."""
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=accept").cookies["consentkit"]
    for forged in (cookie[:-2] + "xx", f"{cookie}; consentkit={cookie}", '"$Version=1"', "\xff"):
        answer = driver.page("/", ("cookie", f"consentkit={forged}"))
        assert 'data-consentkit="banner"' in answer.text
        assert "googletagmanager" not in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize("change", ["action=withdraw", "action=save&purposes=analytics"])
def test_an_older_cookie_allows_nothing_after_a_change(governed: Any, change: str) -> None:
    """T47: a copy of the grant, kept in another jar, is no choice any more; choosing again there is a new visitor's."""
    driver = governed(responder(PAGE))
    granted = driver.choose("action=accept").cookies["consentkit"]
    copy = ("cookie", f"consentkit={granted}")
    assert "facebook.com" in (driver.page("/", copy).header("content-security-policy") or "")

    changed = driver.choose(change, copy).cookies["consentkit"]
    replayed = driver.page("/", copy)
    assert "facebook.com" not in (replayed.header("content-security-policy") or "")
    assert 'data-consentkit="banner"' in replayed.text
    current = driver.page("/", ("cookie", f"consentkit={changed}"))
    assert 'data-consentkit="banner"' not in current.text


def test_an_older_cookie_is_outdated_at_another_worker_too(governed: Any) -> None:
    """Once it has looked into the log."""
    one, other = governed(responder(PAGE)), governed(responder(PAGE))
    copy = ("cookie", f"consentkit={one.choose('action=accept').cookies['consentkit']}")
    other.app.site.records.latest.look()
    assert "facebook.com" in (other.page("/", copy).header("content-security-policy") or "")
    one.choose("action=withdraw", copy)
    other.app.site.records.latest.look()
    assert "facebook.com" not in (other.page("/", copy).header("content-security-policy") or "")


def test_a_withdrawal_outdates_older_cookies_while_the_log_is_down(
    governed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes effect whatever the store does, against a copy of the grant too."""
    driver = governed(responder(PAGE))
    copy = ("cookie", f"consentkit={driver.choose('action=accept').cookies['consentkit']}")

    def down(*_: Any, **__: Any) -> Any:
        message = "down"
        raise StoreUnavailableError(message)

    monkeypatch.setattr(driver.app.site.records._stores.consent, "append", down)
    assert driver.choose("action=withdraw", copy).status == 303
    assert "facebook.com" not in (driver.page("/", copy).header("content-security-policy") or "")


@pytest.mark.requirement("R26")
def test_the_cookie_has_the_form_that_cnil_encourages(governed: Any, manifest: Any) -> None:
    """`eu-consent`, one boolean for each purpose; it is the same choice."""
    encouraged = ChoiceSettings.model_validate({"cookie": "eu-consent", "booleans": True})
    driver = governed(responder(PAGE), manifest=manifest.model_copy(update={"choice": encouraged}))
    answer = driver.choose("action=save&purposes=media")
    value = answer.cookies["eu-consent"]
    assert ".analytics=false&advertising=false&media=true." in value
    page = driver.page("/", ("cookie", f"eu-consent={value}")).text
    assert ' src="https://www.youtube.com/embed/x"' in page
    assert ' src="https://www.googletagmanager.com' not in page
