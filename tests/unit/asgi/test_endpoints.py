"""Our own endpoints."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import pytest
from driving import HOST, PAGE, Driver, responder

from consentkit.records import merkle
from consentkit.records.note import Checkpoint, InclusionProof, text_of

TOKEN = "an-audit-token-of-32-characters!"
BEARER = ("authorization", f"Bearer {TOKEN}")


@pytest.fixture
def audited(governed: Any) -> Driver:
    """A governed shop with an audit token."""
    return governed(responder(PAGE), audit_tokens=[TOKEN])


@pytest.mark.parametrize("path", ["/_consent/preferences", "/_consent/notice"])
def test_the_visitor_s_pages_hold_no_inline_code_and_can_t_be_framed(governed: Any, path: str) -> None:
    """Private, strict policy, in the visitor's language."""
    answer = governed(responder(PAGE)).page(path, ("accept-language", "fr-FR,fr;q=0.9"))
    assert answer.status == 200
    assert 'lang="fr"' in answer.text
    assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
    assert answer.header("cache-control") == "no-store"
    assert "<script>" not in answer.text


@pytest.mark.requirement("R19")
def test_preferences_show_the_stored_state(governed: Any) -> None:
    """What was saved is ticked, nothing else is."""
    driver = governed(responder(PAGE))
    assert " checked" not in driver.page("/_consent/preferences").text
    cookie = driver.choose("action=save&purposes=analytics").cookies["consentkit"]
    text = driver.page("/_consent/preferences", ("cookie", f"consentkit={cookie}")).text
    assert text.count(" checked") == 1
    assert 'value="analytics" checked' in text


def test_assets_are_immutable_and_named_by_content(governed: Any) -> None:
    """What a page links to is there, for ever; any other name is not."""
    driver = governed(responder(PAGE))
    import re

    for path in re.findall(r'(?:href|src)="(/_consent/static/[^"]+)"', driver.page("/").text):
        answer = driver.get(path)
        assert (answer.status, answer.header("cache-control")) == (200, "public, max-age=31536000, immutable")
    assert driver.get("/_consent/static/consentkit.css").status == 404
    assert driver.get("/_consent/static/../../pyproject.toml").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_consent/choice", 405),
        ("POST", "/_consent/notice", 405),
        ("DELETE", "/_consent/log", 405),
        ("GET", "/_consent/nothing", 404),
        ("GET", "/_consent/", 404),
    ],
)
def test_wrong_methods_and_paths_are_named(governed: Any, method: str, path: str, status: int) -> None:
    """One error shape."""
    answer = governed(responder(PAGE)).request(method, path)
    assert answer.status == status
    assert set(json.loads(answer.body)["error"]) == {"code", "message", "where"}


def test_paths_beside_the_prefix_are_the_site_s(governed: Any) -> None:
    """Only what lies below the prefix is ours, whatever the Host header says (CVE-2026-48710)."""
    driver = governed(responder(b"site", content_type="text/plain"))
    assert driver.get("/_consentkit").body == b"site"
    assert driver.get("/x/_consent/notice").body == b"site"
    assert driver.request("GET", "/", [("host", "x/_consent/notice?")]).body == b"site"


def test_below_a_mount_the_endpoints_and_links_follow(governed: Any) -> None:
    """root_path: matched after it, linked with it."""
    driver = governed(responder(PAGE))
    page = driver.request(
        "GET", "/app/page", [("sec-fetch-dest", "document"), ("accept", "text/html")], root_path="/app"
    )
    assert 'action="/app/_consent/choice"' in page.text
    assert driver.request("GET", "/app/_consent/notice", root_path="/app").status == 200


@pytest.mark.requirement("R50")
def test_gpc_is_declared(governed: Any) -> None:
    """The support resource, as specified."""
    answer = governed(responder(PAGE)).get("/.well-known/gpc.json")
    assert answer.header("content-type") == "application/json"
    assert json.loads(answer.body) == {"gpc": True, "lastUpdate": "2026-05-04"}


def test_health_tells_no_visitor_data(governed: Any) -> None:
    """Counts and states only."""
    driver = governed(responder(PAGE))
    driver.choose("action=refuse")
    answer = driver.get("/_consent/health")
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "ok"


@pytest.mark.parametrize(
    "path",
    ["/_consent/log", "/_consent/browser-log", "/_consent/admin", "/_consent/stats", f"/_consent/log/document/{0:064}"],
)
def test_without_a_configured_token_there_is_nothing_to_see(governed: Any, path: str) -> None:
    """404, whatever is sent."""
    driver = governed(responder(PAGE))
    assert driver.get(path, BEARER).status == 404
    assert driver.get(path).status == 404


@pytest.mark.parametrize(
    "header",
    [
        (),
        (("authorization", "Bearer wrong"),),
        (("authorization", f"Basic {TOKEN}"),),
        (("authorization", f"Bearer {TOKEN}x"),),
        (("cookie", "consentkit-audit=x"),),
    ],
)
def test_without_the_token_the_log_is_closed(audited: Driver, header: tuple[tuple[str, str], ...]) -> None:
    """401, always the same body; a token in the URL is none."""
    answer = audited.get(f"/_consent/log?token={TOKEN}", *header)
    assert answer.status == 401
    assert json.loads(answer.body)["error"]["code"] == "unauthorized"
    assert answer.header("www-authenticate") == 'Bearer realm="consentkit"'


def test_a_person_without_the_token_is_shown_the_log_in_form(audited: Driver) -> None:
    """401 all the same."""
    answer = audited.get("/_consent/log", ("accept", "text/html"))
    assert answer.status == 401
    assert 'name="token"' in answer.text


def test_the_log_is_read_in_every_format(audited: Driver) -> None:
    """JSON, NDJSON, CSV and HTML of the same rows, newest first."""
    audited.choose("action=refuse")
    audited.choose("action=accept")
    listed = json.loads(audited.get("/_consent/log", BEARER).body)
    assert [entry["state"] for entry in listed["items"]] == ["given", "refused"]
    lines = audited.get("/_consent/log?format=ndjson", BEARER).text.splitlines()
    assert [json.loads(line)["index"] for line in lines] == [1, 0]
    table = list(csv.DictReader(io.StringIO(audited.get("/_consent/log", BEARER, ("accept", "text/csv")).text)))
    assert [row["state"] for row in table] == ["given", "refused"]
    html = audited.get("/_consent/log?format=html", BEARER)
    assert html.header("content-type") == "text/html; charset=utf-8"
    assert "<td>given</td>" in html.text


def test_filters_and_cursors_page_through_the_log(audited: Driver) -> None:
    """Each row once, in order; a cursor of other filters is refused."""
    for _ in range(5):
        audited.choose("action=refuse")
    seen, path = [], "/_consent/log?limit=2"
    while True:
        page = json.loads(audited.get(path, BEARER).body)
        seen += [entry["index"] for entry in page["items"]]
        if not page["cursor"]:
            break
        path = f"/_consent/log?limit=2&cursor={page['cursor']}"
    assert seen == [4, 3, 2, 1, 0]
    assert json.loads(audited.get("/_consent/log?state=given", BEARER).body)["items"] == []
    cursor = json.loads(audited.get("/_consent/log?limit=2", BEARER).body)["cursor"]
    assert audited.get(f"/_consent/log?limit=2&state=refused&cursor={cursor}", BEARER).status == 400
    assert audited.get(f"/_consent/log?cursor={cursor[:-1]}x", BEARER).status == 400


@pytest.mark.parametrize("query", ["since=yesterday", "state=maybe", "limit=0", "limit=x", "limit=99999", "format=xml"])
def test_bad_filters_are_named(audited: Driver, query: str) -> None:
    """400, the parameter and the remedy."""
    answer = audited.get(f"/_consent/log?{query}", BEARER)
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["where"] == query.partition("=")[0]


def test_page_views_are_in_the_browser_log(audited: Driver) -> None:
    """Time, prefix, path without query, status, referrer without query, language, browser."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
    audited.page("/produits?secret=1", ("user-agent", agent), ("referer", "https://search.example/?q=secret"))
    audited.get("/part", ("sec-fetch-dest", "empty"))
    audited.loop.run_until_complete(audited.app.site.records.browser_log.flush())
    text = audited.get("/_consent/browser-log", BEARER).text
    (row,) = json.loads(text)["items"]
    assert (row["method"], row["path"], row["status"]) == ("GET", "/produits", 200)
    assert (row["address"], row["browser"], row["platform"], row["device"]) == (
        "203.0.0.0/16",
        "Firefox",
        "Linux",
        "desktop",
    )
    assert row["referrer"] == "https://search.example/"
    assert "secret" not in text
    assert "203.0.113" not in text


def test_an_auditor_logs_in_with_the_form(audited: Driver) -> None:
    """A wrong token says so; the right one sets an HttpOnly, strict cookie that opens the pages."""
    form = [("content-type", "application/x-www-form-urlencoded"), ("origin", f"http://{HOST}")]
    assert 'name="token"' in audited.get("/_consent/admin").text
    assert audited.request("POST", "/_consent/admin", form, b"token=wrong").status == 401
    answer = audited.request("POST", "/_consent/admin", form, f"token={TOKEN}".encode())
    assert (answer.status, answer.header("location")) == (303, "/_consent/admin")
    line = answer.all("set-cookie")[0]
    assert "HttpOnly" in line
    assert "samesite=strict" in line.lower()
    assert TOKEN not in line
    cookie = ("cookie", f"consentkit-audit={answer.cookies['consentkit-audit']}")
    assert "Consent log" in audited.get("/_consent/admin", cookie).text
    assert audited.get("/_consent/log", cookie).status == 200
    cross = [form[0], ("origin", "https://evil.example")]
    assert audited.request("POST", "/_consent/admin", cross, f"token={TOKEN}".encode()).status == 403


@pytest.mark.requirement("R34")
def test_a_receipt_is_proved_to_who_holds_it(audited: Driver) -> None:
    """With the leaf hash, without a token; another hash is not found; no hash and no token is 401."""
    accept = ("accept", "application/json")
    receipts = [json.loads(audited.choose("action=refuse", accept).body)["receipt"] for _ in range(5)]
    held = receipts[2]
    proof = audited.get(f"/_consent/log/proof/{held['index']}?leaf={held['leaf']}")
    assert proof.status == 200
    parsed = InclusionProof.parse(proof.text)
    checkpoint = Checkpoint.parse(text_of(parsed.checkpoint))
    assert merkle.verify_inclusion(bytes.fromhex(held["leaf"]), 2, checkpoint.size, parsed.path, checkpoint.root)
    assert audited.get(f"/_consent/log/proof/2?leaf={receipts[3]['leaf']}").status == 404
    assert audited.get("/_consent/log/proof/2").status == 401
    assert audited.get("/_consent/log/proof/2", BEARER).status == 200
    assert audited.get("/_consent/log/proof/99", BEARER).status == 404
    assert audited.get("/_consent/log/proof/x", BEARER).status == 404


def test_the_log_is_shown_to_have_only_grown(audited: Driver) -> None:
    """Two checkpoints and the proof between them."""
    sizes = []
    for _ in range(3):
        audited.choose("action=refuse")
        sizes.append(Checkpoint.parse(text_of(audited.get("/_consent/log/checkpoint").text)))
    first, last = sizes[0], sizes[-1]
    answer = json.loads(audited.get(f"/_consent/log/consistency?from={first.size}&to={last.size}").body)
    path = [base64.b64decode(node) for node in answer["path"]]
    assert merkle.verify_consistency(first.size, last.size, first.root, last.root, path)
    assert audited.get("/_consent/log/consistency").status == 400
    assert audited.get("/_consent/log/consistency?from=1&to=99").status == 404
