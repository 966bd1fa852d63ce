"""What auditors read, and who is one."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from typing import Any

import pytest
from driving import PAGE, Driver, responder

from consentkit.manifest.load import loads

TOKEN = "an-audit-token-of-32-characters!"
BEARER = ("authorization", f"Bearer {TOKEN}")
FIREFOX = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")


@pytest.fixture
def audited(governed: Any) -> Driver:
    """A governed shop with an audit token, behind a proxy that tells visitors apart."""
    return governed(responder(PAGE), audit_tokens=[TOKEN], trusted_proxies=["203.0.113.0/24"])


def visit(driver: Driver, network: int, path: str = "/", *headers: tuple[str, str]) -> None:
    assert driver.page(path, ("x-forwarded-for", f"10.{network}.1.1"), FIREFOX, *headers).status == 200


def counted(driver: Driver, query: str) -> list[dict[str, Any]]:
    driver.loop.run_until_complete(driver.app.site.records.browser_log.flush())
    answer = driver.get(f"/_consent/stats?{query}", BEARER)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["items"]


def test_visits_and_the_funnel_are_counted(audited: Driver) -> None:
    """Twelve visits from a search engine, their two pages, and what they chose when they were asked."""
    for network in range(12):
        visit(audited, network, "/entry?q=secret", ("referer", "https://www.search.example/?q=secret"))
        visit(audited, network, "/more", ("referer", "http://www.shop.example/entry"))
        action = "accept" if network < 11 else "refuse"
        assert audited.choose(f"action={action}&language=en", ("x-forwarded-for", f"10.{network}.1.1")).status == 303

    def tell(query: str) -> dict[str, int]:
        return {row["value"]: row["count"] for row in counted(audited, query) if row["period"] == "2026-08"}

    assert tell("measure=visits&dimension=referrer") == {"search.example": 12}
    assert tell("measure=visits&dimension=entry") == {"/entry": 12}
    assert tell("measure=visits&dimension=browser") == {"Firefox": 12}
    assert tell("measure=visits&dimension=pages") == {"2": 12}
    assert tell("measure=views&dimension=page") == {"/entry": 12, "/more": 12}
    assert tell("measure=shown&dimension=total") == {"": 24}
    assert tell("measure=accepted&dimension=language") == {"en": 11}
    assert tell("measure=refused&dimension=language") == {"other": None}
    assert tell("measure=allowed") == {"advertising": None, "analytics": None, "media": None}


def test_stats_come_in_every_format(audited: Driver) -> None:
    """The same rows as CSV and HTML; months and words are checked."""
    for network in range(10):
        visit(audited, network)
    rows = counted(audited, "measure=visits&dimension=country")
    assert rows == [{"period": "2026-08", "measure": "visits", "dimension": "country", "value": "unknown", "count": 10}]
    table = audited.get("/_consent/stats?measure=visits&dimension=country&format=csv", BEARER).text
    assert list(csv.DictReader(io.StringIO(table))) == [{**rows[0], "count": "10"}]
    assert "unknown" in audited.get("/_consent/stats?format=html&dimension=country", BEARER).text
    assert counted(audited, "since=2026-01-01&until=2026-08-01") == []
    assert counted(audited, "since=2026-01-01&until=2026-08-02") != []
    for query in ("measure=x", "dimension=x", "since=x"):
        answer = audited.get(f"/_consent/stats?{query}", BEARER)
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "bad_filter")


def test_stats_are_closed_without_the_token(audited: Driver) -> None:
    """As the logs are."""
    assert audited.get("/_consent/stats").status == 401


def test_no_cookie_tells_visits_apart(audited: Driver) -> None:
    """A page view sets none, and the visit's key is nowhere in an answer."""
    answer = audited.page("/", FIREFOX)
    assert answer.all("set-cookie") == []


def test_any_text_may_be_tried_as_a_token(audited: Driver) -> None:
    """A lone surrogate, which only JSON can carry, is a wrong token and no error."""
    headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")]
    answer = audited.request("POST", "/_consent/admin", headers, b'{"token": "\\ud800"}')
    assert answer.status == 401


def test_what_a_visitor_saw_is_shown_again(audited: Driver) -> None:
    """From the digests in the record: banner and preferences to the byte, locked, and the manifest they came from."""
    audited.choose("action=refuse&language=fr")
    (entry,) = json.loads(audited.get("/_consent/log", BEARER).body)["items"]
    shown = audited.get(f"/_consent/log/document/{entry['notice_digest']}", BEARER)
    manifest = audited.get(f"/_consent/log/document/{entry['manifest_digest'].upper()}", BEARER)

    assert hashlib.sha256(shown.body).hexdigest() == entry["notice_digest"]
    assert "Tout refuser" in shown.text
    assert shown.header("content-language") == "fr"
    assert "sandbox" in (shown.header("content-security-policy") or "")
    assert hashlib.sha256(manifest.body).hexdigest() == entry["manifest_digest"]
    assert json.loads(manifest.body)["site"]["controller"]["name"] == "Boutique SAS"


def test_it_looks_as_it_did_before_a_later_release(audited: Driver) -> None:
    """The styles that the text links to are given to an auditor when this release has others, and to nobody else."""
    audited.choose("action=refuse&language=fr")
    (entry,) = json.loads(audited.get("/_consent/log", BEARER).body)["items"]
    shown = audited.get(f"/_consent/log/document/{entry['notice_digest']}", BEARER)
    links = dict(re.findall(r'<link rel="stylesheet" href="([^"]+)" integrity="sha384-([^"]+)"', shown.text))
    assert len(links) == 2
    renderer = audited.app.site.notices("")
    renderer.assets = {}
    for path, integrity in links.items():
        style = audited.get(path, BEARER)
        assert style.header("content-type") == "text/css; charset=utf-8"
        assert base64.b64encode(hashlib.sha384(style.body).digest()).decode() == integrity
        assert audited.get(path).status == 404

    assert audited.get("/_consent/static/consentkit.000000000000.css", BEARER).status == 404


def test_texts_are_the_auditor_s(audited: Driver) -> None:
    """401 without the token, 404 for another digest."""
    path = f"/_consent/log/document/{'0' * 64}"
    assert audited.get(path).status == 401
    assert audited.get(path, BEARER).status == 404
    assert audited.get("/_consent/log/document/..%2f", BEARER).status == 404


@pytest.mark.requirement("R38")
def test_the_log_is_filtered_by_whom_it_concerns(audited: Driver, manifest_text: str, governed: Any) -> None:
    """By a vendor's name or a service's id: only choices in which visitors were asked about it."""
    audited.choose("action=accept")
    other = governed(
        responder(PAGE),
        manifest=loads(manifest_text.replace("Meta Platforms", "Autre SAS").replace("id: youtube", "id: films")),
        audit_tokens=[TOKEN],
    )
    other.choose("action=refuse")

    def states(query: str) -> list[str]:
        return [row["state"] for row in json.loads(other.get(f"/_consent/log?{query}", BEARER).body)["items"]]

    assert states("controller=Meta%20Platforms") == ["given"]
    assert states("controller=autre+sas") == states("service=films") == ["refused"]
    assert states("service=google-analytics") == ["refused", "given"]
    assert states("service=google-analytics&state=given") == ["given"]
    assert states("service=nothing") == []
    for query in ("controller=Nobody", "controller=Autre+SAS&service=films"):
        assert other.get(f"/_consent/log?{query}", BEARER).status == 400
