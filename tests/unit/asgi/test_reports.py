"""Violation reports on their way into the inventory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from driving import PAGE, Driver, responder

from consentkit.asgi.limits import PER_PREFIX
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.records.store.base import SightingRow

TOKEN = "an-audit-token-of-the-site"
BEARER = ("authorization", f"Bearer {TOKEN}")
OLD, NEW = "application/csp-report", "application/reports+json"
FORGED = "https://www.shop.example/p"


@pytest.fixture
def driver(governed: Any) -> Driver:
    """A shop with an auditor."""
    return governed(responder(PAGE), audit_tokens=[TOKEN])


def old(blocked: Any, page: Any = "https://www.shop.example/panier?token=secret#f", directive: Any = "img-src") -> Any:
    """Return what report-uri posts."""
    return {
        "csp-report": {
            "document-uri": page,
            "referrer": "https://search.example/?q=private",
            "violated-directive": directive,
            "effective-directive": directive,
            "original-policy": "default-src 'self'",
            "blocked-uri": blocked,
            "script-sample": "secret",
        }
    }


def new(blocked: str, page: str = "https://www.shop.example/panier?token=secret") -> Any:
    """Return one report of the Reporting API."""
    body = {"documentURL": page, "blockedURL": blocked, "effectiveDirective": "script-src-elem", "sample": "secret"}
    return {"type": "csp-violation", "age": 5, "url": page, "user_agent": "Secret/1.0", "body": body}


def post(driver: Driver, data: Any, kind: str = OLD) -> int:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return driver.request("POST", "/_consent/csp-report", [("content-type", kind)], body).status


def rows(driver: Driver) -> list[SightingRow]:
    observed = driver.app.site.records.observed
    driver.loop.run_until_complete(observed.flush())
    return driver.loop.run_until_complete(observed.rows())


def test_both_formats(driver: Driver) -> None:
    """Host, directive and path are kept, and nothing else of what a report tells."""
    assert post(driver, old("https://t.evil.example/pixel?id=1")) == 204
    assert post(driver, [new("https://t.evil.example/x.js"), new("wss://sock.example")], NEW) == 204
    found = rows(driver)
    assert [(row.name, row.source, row.page, row.reported) for row in found] == [
        ("sock.example", "script-src-elem", "/panier", True),
        ("t.evil.example", "img-src", "/panier", True),
        ("t.evil.example", "script-src-elem", "/panier", True),
    ]
    assert "secret" not in repr(found).lower()


@pytest.mark.parametrize(
    "report",
    [
        old("inline"),
        old("eval"),
        old("data"),
        old("chrome-extension://abcdef/x.js"),
        old("https://www.shop.example/own.js"),
        old("https://cdn.shop.example/own.js"),
        old("https://x.example/", page="https://elsewhere.example/"),
        old("https://x.example/", page="about:blank"),
        old("https://[::1"),
        old("https://-/"),
        old(None),
        old(7, page=["x"], directive={}),
        {"csp-report": "x"},
        {},
        [],
        "x",
        7,
        None,
    ],
)
def test_what_tells_nothing(driver: Driver, report: Any) -> None:
    """Inline code, our own hosts, extensions, other sites' pages and nonsense are answered and leave nothing."""
    assert post(driver, report) == 204
    assert rows(driver) == []


@pytest.mark.parametrize(
    "blocked", ["https://a\r\nb.example/", "https://<script>.example/", "https://' OR 1=1/", "https://=cmd|x/"]
)
def test_injection(driver: Driver, blocked: str) -> None:
    """What is no host doesn't get in, whatever it would do to a log, a page, a statement or a sheet."""
    assert post(driver, old(blocked, directive="'; DROP TABLE sighting; --")) == 204
    assert all(set(row.name) <= set("abcdefghijklmnopqrstuvwxyz.-") and row.source == "other" for row in rows(driver))


def test_a_page_path_is_escaped_in_the_audit_page(driver: Driver) -> None:
    """What a report names as its page is text in the listing."""
    post(driver, old("https://t.evil.example/", page="https://www.shop.example/<script>alert(1)</script>"))
    rows(driver)
    listing = driver.get("/_consent/inventory?format=html", BEARER).text
    assert "&lt;script&gt;alert(1)" in listing
    assert "<script>alert" not in listing


def test_refused(driver: Driver) -> None:
    """Other types, broken JSON, endless nesting and large bodies are turned away."""
    assert post(driver, {}, "text/plain") == 415
    assert post(driver, b"{") == 400
    assert post(driver, b"[" * 30_000) == 400
    assert post(driver, b" " * 65_537) == 413
    assert driver.get("/_consent/csp-report").status == 405


def test_a_list_is_read_up_to_a_bound(driver: Driver) -> None:
    """Of one list a hundred reports are read."""
    assert post(driver, [new(f"https://h{number}.example/") for number in range(150)], NEW) == 204
    assert len(rows(driver)) == 100


def test_a_flood_is_turned_away_and_costs_no_choice(driver: Driver) -> None:
    """Reports have buckets of their own: when they are empty, a visitor still chooses."""
    for _ in range(PER_PREFIX):
        driver.app.site.report_limits.admit("203.0.0.0/16", driver.app.site.clock())
    assert post(driver, old("https://t.evil.example/")) == 429
    assert driver.choose("action=accept").status == 303
    assert json.loads(driver.get("/_consent/health").body)["reports_over_limit"] == 1


def test_the_inventory_end_to_end(driver: Driver) -> None:
    """A page's gated hosts, a dropped Set-Cookie, a sent cookie and a report stand beside what is declared."""
    driver.app.app = responder(PAGE, headers=[("set-cookie", "track=1; Max-Age=99"), ("set-cookie", "session=1")])
    for _ in range(3):
        driver.page("/boutique", ("cookie", "_ga=1; other=2; consentkit=x"))
    post(driver, old("https://script.hotjar.com/x.js"))
    rows(driver)
    answer = driver.get("/_consent/inventory", BEARER)
    found = {(item["kind"], item["name"]): item for item in json.loads(answer.body)["items"]}
    assert found["host", "connect.facebook.net"]["sources"] == ["html", "script"] or found[
        "host", "connect.facebook.net"
    ]["sources"] == ["script"]
    assert found["host", "www.youtube.com"]["count"] == 3
    assert found["host", "www.youtube.com"]["page"] == "/boutique"
    assert found["host", "script.hotjar.com"]["suggestion"] == "add - use: hotjar"
    assert found["cookie", "track"] | {"suggestion": None} == found["cookie", "track"] | {
        "standing": "undeclared",
        "observed_lifetime": 99,
        "count": 3,
        "page": "/boutique",
        "suggestion": None,
    }
    assert found["cookie", "session"]["standing"] == "declared"
    assert found["cookie", "_ga"]["sources"] == ["cookie"]
    assert found["cookie", "other"]["reported"] is True
    assert ("cookie", "consentkit") not in found


def test_filters_formats_and_auditors(driver: Driver) -> None:
    """It takes filters and comes in four formats, to auditors only."""
    post(driver, old("https://t.evil.example/"))
    rows(driver)
    assert driver.get("/_consent/inventory").status == 401
    only = json.loads(driver.get("/_consent/inventory?standing=undeclared&kind=host", BEARER).body)["items"]
    assert [item["name"] for item in only] == ["t.evil.example"]
    assert driver.get("/_consent/inventory?standing=odd", BEARER).status == 400
    for kind, start in {"json": b'{"items"', "ndjson": b'{"kind"', "csv": b"kind,", "html": b"<!DOCTYPE"}.items():
        assert driver.get(f"/_consent/inventory?format={kind}", BEARER).body.startswith(start)


def test_policies_name_the_endpoint(governed: Any) -> None:
    """On https both ways of reporting are offered, on http the one that works there; below a mount its own address."""
    secure = governed(responder(PAGE), scheme="https").page("/")
    assert (secure.header("content-security-policy") or "").endswith(
        "; report-uri /_consent/csp-report; report-to consentkit"
    )
    assert secure.header("reporting-endpoints") == 'consentkit="/_consent/csp-report"'
    driver = governed(responder(PAGE))
    plain = driver.page("/")
    assert (plain.header("content-security-policy") or "").endswith("; report-uri /_consent/csp-report")
    assert plain.header("reporting-endpoints") is None
    mounted = driver.get("/a b;/x", ("accept", "text/html"), root_path="/a b;")
    assert "; report-uri /a%20b%3B/_consent/csp-report" in (mounted.header("content-security-policy") or "")


def test_while_a_site_rolls_out_everything_is_observed(governed: Any, manifest_text: str) -> None:
    """Nothing is stopped, and what isn't declared is in the inventory all the same."""
    app = responder(PAGE, headers=[("set-cookie", "track=1")])
    driver = governed(app, manifest=loads(f"{manifest_text}unlisted: report\n"), audit_tokens=[TOKEN])
    answer = driver.page("/", ("cookie", "stray=1"))
    assert answer.cookies == {"track": "1"}
    policy = answer.header("content-security-policy-report-only") or ""
    assert policy.endswith("; report-uri /_consent/csp-report")
    assert answer.header("content-security-policy") is None
    assert post(driver, old("https://t.unlisted.example/x.js", directive="script-src-elem")) == 204
    assert {(row.kind, row.name, row.source) for row in rows(driver)} >= {
        ("cookie", "stray", "cookie"),
        ("cookie", "track", "set-cookie"),
        ("host", "t.unlisted.example", "script-src-elem"),
    }
