"""What a hostile visitor or auditor sends: nothing is run, forged, filled up or brought down."""

from __future__ import annotations

import csv
import hmac
import io
import json
import logging
from typing import Any
from urllib.parse import quote

import pytest
from driving import PAGE, Driver, responder

from consentkit.asgi import limits

TOKEN = "an-audit-token-of-32-characters!"
OTHER_TOKEN = "another-token-of-32-characters!!"
BEARER = ("authorization", f"Bearer {TOKEN}")
LISTINGS = {
    "log": ("subject", "state", "purpose", "since", "until", "cursor", "limit", "format"),
    "browser-log": ("path", "country", "browser", "status", "since", "until", "cursor", "limit", "format"),
    "inventory": ("kind", "standing", "name", "format"),
    "stats": ("measure", "dimension", "since", "until", "month", "format"),
    "admin": ("month",),
}
HOSTILE = (
    "' OR 1=1 --",
    "'; DROP TABLE visit; --",
    "1) UNION SELECT payload FROM content --",
    "$1",
    "%",
    "\x00",
    "\r\nSet-Cookie: a=b",
    "\u2028<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "²",
    "9" * 400,
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01",
    "9999-12-31",
    "é" * 3_000,
)


@pytest.fixture
def audited(governed: Any) -> Driver:
    """A governed shop with two audit tokens and a choice on record."""
    driver = governed(responder(PAGE), audit_tokens=[TOKEN, OTHER_TOKEN])
    driver.choose("action=refuse")
    return driver


def rows(driver: Driver) -> int:
    return len(json.loads(driver.get("/_consent/log?limit=1000", BEARER).body)["items"])


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in LISTINGS.items() for field in fields])
def test_no_filter_runs_what_it_holds(audited: Driver, name: str, field: str) -> None:
    """Every filter of every listing: an answer or a 400 that names it, never an error, and the log is as it was."""
    for value in HOSTILE:
        for form in ("json", "html") if name != "admin" else ("html",):
            query = f"{field}={quote(value)}" + ("" if field == "format" else f"&format={form}")
            answer = audited.get(f"/_consent/{name}?{query}", BEARER)
            assert answer.status in {200, 400}, (value, answer.status)
            assert "<script>alert" not in answer.text or answer.header("content-type") == "application/json"
            assert "set-cookie" not in dict(answer.headers)
            if answer.status == 400:
                assert json.loads(answer.body)["error"]["where"] == field
    assert rows(audited) == 1


def test_what_visitors_send_stays_text(audited: Driver) -> None:
    """A path, a referrer and a browser made of formulas, line breaks and markup: one cell, one line, escaped."""
    for hostile in ("/=cmd|'/C calc'!A0", "/\r\nforged", "/<script>alert(1)</script>", "/\x1b[31m", "/\u202etxt.exe"):
        headers = [("referer", "https://=evil.example/@x"), ("user-agent", "=1+1 <script>alert(1)</script>\t")]
        audited.request("GET", hostile, [("accept", "text/html"), ("sec-fetch-dest", "document"), *headers])
    audited.loop.run_until_complete(audited.app.site.records.browser_log.flush())
    for name in ("browser-log", "stats"):
        table = list(csv.reader(io.StringIO(audited.get(f"/_consent/{name}?format=csv", BEARER).text, newline="")))
        assert len({len(line) for line in table}) == 1
        assert not [cell for line in table for cell in line if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]
        lines = audited.get(f"/_consent/{name}?format=ndjson", BEARER).text.splitlines()
        assert all(isinstance(json.loads(line), dict) for line in lines)
        assert "<script>alert" not in audited.get(f"/_consent/{name}?format=html", BEARER).text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"x" * (16 * 1024 + 1), "application/json"),
        (b"[" * 10_000, "application/json"),
        (b'{"action": NaN}', "application/json"),
        (b'{"action": {"a": 1}}', "application/json"),
        (b'{"action": "accept", "purposes": ["nothing"]}', "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"&".join([b"purposes=analytics"] * 600), "application/x-www-form-urlencoded"),
        (b"action=accept", "text/plain"),
        (b"", "application/json"),
    ],
)
def test_odd_bodies_are_refused_and_nothing_is_kept(audited: Driver, body: bytes, kind: str) -> None:
    """T60: 4xx at both endpoints that take a form, without a cookie and without a record."""
    for path in ("choice", "admin"):
        headers = [("content-type", kind), ("sec-fetch-site", "same-origin")]
        answer = audited.request("POST", f"/_consent/{path}", headers, body)
        assert 400 <= answer.status < 500
        assert answer.all("set-cookie") == []
    assert rows(audited) == 1


def test_every_token_is_compared(audited: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """T58: in constant time, digests of one length, and all of them, whichever is right."""
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def told(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", told)
    for token in (TOKEN, OTHER_TOKEN, "", "x" * 10_000, "é"):
        compared.clear()
        audited.get("/_consent/log", ("authorization", f"Bearer {token}"))
        assert len(compared) == 2
        assert {len(value) for pair in compared for value in pair} == {32}


@pytest.mark.parametrize("name", [*LISTINGS, "log/checkpoint", "log/proof/0", "log/consistency"])
def test_auditors_only_read(audited: Driver, name: str) -> None:
    """No other method does anything, and nothing an auditor reads may be kept by a cache."""
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert audited.request(method, f"/_consent/{name}", [BEARER]).status == 405
    assert audited.get(f"/_consent/{name}", BEARER).header("cache-control") == "no-store"
    assert rows(audited) == 1


def test_who_reads_is_logged(audited: Driver, caplog: pytest.LogCaptureFixture) -> None:
    """What was read, with which token by its digest; never the token, and no line is forged."""
    with caplog.at_level(logging.INFO, logger="consentkit.audit"):
        audited.get("/_consent/log", BEARER)
        audited.get("/_consent/log/document/%0Aforged", BEARER)
        audited.get("/_consent/log", ("authorization", "Bearer wrong"))
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0].startswith("GET '/_consent/log' was read with the audit token ")
    assert len(messages) == 2
    assert not [message for message in messages if TOKEN in message or "\n" in message]


def test_a_flood_of_choices_is_bounded_and_denial_works(
    audited: Driver, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T53: rows stay below burst and rate, and whoever withdraws meanwhile is heard."""
    granted = audited.choose("action=accept").cookies["consentkit"]
    monkeypatch.setattr(limits, "PER_PREFIX", 10)
    monkeypatch.setattr(limits, "PER_PREFIX_SECOND", 2.0)
    monkeypatch.setattr(audited.app.site, "limits", limits.PostLimits())
    before, seconds, answers = rows(audited), 5, []
    for _ in range(seconds):
        answers += [audited.choose("action=accept").status for _ in range(30)]
        clock.advance(seconds=1)
    assert set(answers) == {303, 429}
    assert rows(audited) - before == answers.count(303) <= 10 + 2 * seconds
    for _ in range(20):
        withdrawn = audited.choose("action=withdraw", ("cookie", f"consentkit={granted}"))
        assert withdrawn.status == 303
        assert "consentkit" in withdrawn.cookies
