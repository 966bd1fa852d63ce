"""Pages on their way out: gated, with a banner, under the wall."""

from __future__ import annotations

import gzip
import html
import json
import re
import zlib
from typing import Any

import pytest
from driving import PAGE, responder

from consentkit.manifest.load import loads


def test_a_page_is_asked_about_and_gated(governed: Any) -> None:
    """Banner right after the body tag, trackers renamed, policy sent, own markup untouched."""
    answer = governed(responder(PAGE)).page("/")
    text = answer.text
    assert text.index("<body>") < text.index('data-consentkit="banner"') < text.index("<h1>Bonjour")
    assert 'data-consentkit-src="https://www.googletagmanager.com/gtag/js?id=G-1"' in text
    assert ' src="https://www.googletagmanager.com' not in text
    assert 'data-consentkit-service="google-analytics"' in text
    assert '<img src="/logo.svg" alt="">' in text
    assert "googletagmanager" not in (answer.header("content-security-policy") or "")
    assert answer.header("content-length") == str(len(answer.body))


def test_the_guard_stands_before_everything_that_runs(governed: Any) -> None:
    """After the charset, before the first script, link or style; once, and on documents only."""
    text = governed(responder(PAGE)).page("/").text
    assert text.count("data-consentkit-guard=") == 1
    place = text.index("data-consentkit-guard=")
    assert text.index("<meta charset") < place < text.index("/site.css")
    rules = json.loads(html.unescape(re.search(r'data-consentkit-guard="([^"]*)"', text)[1]))  # type: ignore[index]
    assert rules == {
        "cookie": ["csrf", "session"],
        "local": [],
        "session": ["consentkit-focus"],
        "indexeddb": [],
        "hosts": ["*.shop.example", "www.shop.example"],
    }
    for page in (b"<body onload=x()>", b"<script>1</script>"):
        body = governed(responder(page)).page("/").body
        assert body.index(b"data-consentkit-guard=") < body.index(page)
    assert b"guard" not in governed(responder(b"<script>1</script>")).get("/", ("hx-request", "true")).body


@pytest.mark.parametrize(
    "chunks",
    [
        (b"<!doctype html><title>x</title><img src=x onerror=y()>",),
        (b"<!doctype html><p onclick=y()>x", b"<script>1</script>"),
        (b"<!doctype html><title>x</title><p>", b"", b"x<script>1</script>"),
    ],
)
def test_the_guard_stands_before_the_body_s_handlers(governed: Any, chunks: tuple[bytes, ...]) -> None:
    """Where nothing in the head runs, at the start of the body; still once."""
    text = governed(responder(*chunks)).page("/").text
    assert text.count("data-consentkit-guard=") == 1
    places = [
        text.index(mark)
        for mark in ("data-consentkit-guard=", 'data-consentkit="banner"', "<p" if "<p" in text else "<img")
    ]
    assert places == sorted(places)


def test_the_guard_allows_what_the_visitor_allows(governed: Any) -> None:
    """Names of allowed services, patterns as wildcards."""
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=save&purposes=analytics").cookies["consentkit"]
    text = html.unescape(driver.page("/", ("cookie", f"consentkit={cookie}")).text)
    assert '"cookie":["_dc_gtm_*","_ga","_ga_*","_gat","csrf","session","stats"]' in text


def test_a_declared_loader_in_inline_code_is_gated_and_data_is_not(governed: Any) -> None:
    """A snippet that names a gated host does not run; JSON that names it stays as it is."""
    text = governed(responder(PAGE)).page("/").text
    assert '<script type="text/plain"' not in text.split("application/ld+json")[0].rsplit("<script", 1)[0][-10:]
    assert '{"sameAs": "https://www.facebook.com/shop"}</script>' in text
    assert '<script type="application/ld+json">' in text
    assert 'data-consentkit-service="meta-pixel"' in text


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(("page", "banner"), [("en", "en"), ("EN-GB", "en"), ("fr", "fr"), ("de", "de"), ("zh", "fr")])
def test_the_banner_speaks_the_language_of_the_page(governed: Any, page: str, banner: str) -> None:
    """Whatever the browser asks for: a page in a language we speak is asked about in it."""
    body = f'<!doctype html><html lang="{page}"><body><p>x'.encode()
    text = governed(responder(body)).page("/", ("accept-language", "fr")).text
    section = text.partition('<section id="consentkit"')[2].partition(">")[0]
    assert f'lang="{banner}"' in section


@pytest.mark.requirement("R58")
def test_no_page_offers_a_tcf_interface(governed: Any) -> None:
    """Without a registered CMP id neither page nor script has __tcfapi, its locator frame or a cookie of TC strings."""
    driver = governed(responder(PAGE))
    page = driver.page("/").text
    sources = [page, *(driver.get(path).text for path in re.findall(r'src="(/_consent/static/[^"]+)"', page))]
    assert len(sources) > 1
    assert not [source for source in sources if re.search("tcfapi|euconsent|__gpp", source, re.IGNORECASE)]


def test_a_frame_becomes_a_placeholder(governed: Any) -> None:
    """The frame's place says whose it is and offers to allow it alone."""
    text = governed(responder(PAGE)).page("/").text
    assert 'data-consentkit="placeholder"' in text
    assert 'name="services" value="youtube"' in text
    assert 'data-consentkit-src="https://www.youtube.com/embed/x"' in text


def test_after_a_grant_the_page_is_the_site_s_own(governed: Any) -> None:
    """Everything allowed: the output is the input, the guard and the link."""
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=accept").cookies["consentkit"]
    answer = driver.page("/", ("cookie", f"consentkit={cookie}"))
    tags = '<link rel="stylesheet" href="/_consent/static/[^>]*><script src="/_consent/static/[^>]*></script>'
    text, replaced = re.subn(tags, "", answer.text)
    assert replaced == 1
    before, link, _ = text.partition("<span data-nosnippet>")
    assert link
    assert PAGE.decode().startswith(before)
    assert text.endswith(PAGE.decode()[len(before) :])
    assert 'data-consentkit="preferences"' in answer.text
    assert 'data-consentkit="banner"' not in answer.text
    assert "www.googletagmanager.com/gtag/js" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_streamed_pages_are_the_same_page(governed: Any, size: int) -> None:
    """However the site cuts its page, the visitor gets the same bytes."""
    chunks = [PAGE[start : start + size] for start in range(0, len(PAGE), size)]
    whole = governed(responder(PAGE)).page("/")
    streamed = governed(responder(*chunks)).page("/")
    assert streamed.body == whole.body
    assert streamed.header("content-length") is None


def test_a_page_without_charset_is_read_by_its_meta(governed: Any) -> None:
    """The banner is in the page's own encoding."""
    page = '<!doctype html><meta charset="iso-8859-15"><title>é</title><body><p>été €</p>'.encode("iso-8859-15")
    driver = governed(responder(page, content_type="text/html"))
    body = driver.page("/", ("accept-language", "fr")).body
    assert "été €".encode("iso-8859-15") in body
    assert "Gérer mes choix".encode("iso-8859-15") in body


@pytest.mark.parametrize("charset", ["iso-2022-jp", "utf-7", "x-no-such"])
def test_a_charset_that_hides_tags_is_left_to_the_policy(governed: Any, charset: str) -> None:
    """Bytes that aren't ASCII to every browser are never read as it; the page passes as it is, under the CSP wall."""
    answer = governed(responder(PAGE, content_type=f"text/html; charset={charset}")).page("/")
    assert answer.body == PAGE
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize(
    ("page", "media"),
    [
        (PAGE.decode().encode("utf-16"), "text/html"),
        (PAGE.decode().encode("utf-16"), "text/html; charset=utf-8"),
        (b"\xfe\xff" + PAGE.decode().encode("utf-16be"), "text/html"),
        (PAGE.decode().encode("utf-16le"), "text/html; charset=utf-16"),
        (PAGE.decode().encode("utf-16be"), "text/html; charset=UTF-16BE"),
    ],
)
@pytest.mark.parametrize("size", [1, 333, 10**6])
def test_utf_16_is_gated_in_utf_16(governed: Any, page: bytes, media: str, size: int) -> None:
    """By its mark or its header, cut anywhere, the page is gated like any other and stays in its encoding."""
    codec = "utf-16be" if page.startswith((b"\xfe", b"\x00")) else "utf-16le"
    expected = governed(responder(b"\xef\xbb\xbf" + PAGE)).page("/").text.removeprefix("\ufeff")
    chunks = [page[start : start + size] for start in range(0, len(page), size)]
    answer = governed(responder(*chunks, content_type=media)).page("/")
    assert answer.body.decode(codec).removeprefix("\ufeff") == expected
    assert answer.body.startswith((b"\xff\xfe", b"\xfe\xff")) == page.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert answer.header("content-length") in {None, str(len(answer.body))}


def test_malformed_utf_16(governed: Any) -> None:
    """A lone surrogate and half a character at the end become U+FFFD, as in browsers."""
    page = "<p>a".encode("utf-16le") + b"\x00\xd8" + "b".encode("utf-16le") + b"\x41"
    answer = governed(responder(page, content_type="text/html; charset=utf-16le")).get("/", ("sec-fetch-dest", "empty"))
    assert answer.body.decode("utf-16le") == "<p>a\ufffdb\ufffd"


@pytest.mark.parametrize("size", [700, 10**6])
def test_an_unlabelled_page_cannot_turn_into_iso_2022_jp(governed: Any, size: int) -> None:
    """Without escapes, a reading that a late meta element or a guess brings about finds the same tags."""
    late = b"<title>x</title>" + b"<!-- -->" * 200
    hidden = b'<meta charset=iso-2022-jp><p title="\x1b$B"\x1b(B x="><img src=https://www.facebook.com/tr><p title="">'
    page = b"<!doctype html>" + late + hidden
    chunks = [page[start : start + size] for start in range(0, len(page), size)]
    body = governed(responder(*chunks, content_type="text/html")).page("/").body
    assert b"\x1b" not in body
    assert b'<p title=" $B" (B x="><img' in body
    assert "\x1b" in governed(responder(page)).page("/").text


def test_fragments_get_no_banner_but_are_gated(governed: Any) -> None:
    """A part of a page fetched by script."""
    fragment = b'<li><img src="https://www.facebook.com/tr?id=1"></li>'
    driver = governed(responder(fragment))
    for headers in ([("hx-request", "true")], [("sec-fetch-dest", "empty")], []):
        text = driver.get("/part", *headers).text
        assert 'data-consentkit="banner"' not in text
        assert '<img data-consentkit-service="meta-pixel"' in text


def test_a_compressed_page_is_asked_for_as_identity(governed: Any) -> None:
    """The site sees no coding it could use; what comes compressed all the same is read and sent plain."""
    app = responder(gzip.compress(PAGE), headers=[("content-encoding", "gzip"), ("content-length", "9")])
    answer = governed(app).page("/", ("accept-encoding", "gzip, br"))
    assert (b"accept-encoding", b"identity") in app.scopes[0]["headers"]
    assert answer.header("content-encoding") is None
    assert b'data-consentkit-src="https://www.googletagmanager.com' in answer.body
    assert answer.body.endswith(b"</html>\n")


@pytest.mark.parametrize("size", [1, 100, 100_000])
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PAGE[:500]) + gzip.compress(PAGE[500:]) + b"\0\0"),
        ("x-gzip", gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
    ],
)
def test_every_form_of_zlib_is_undone(governed: Any, coding: str, body: bytes, size: int) -> None:
    """Several members, raw deflate, any cuts: the same page."""
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    answer = governed(responder(*chunks, headers=[("content-encoding", coding)])).page("/")
    assert answer.body == governed(responder(PAGE)).page("/").body
    assert answer.header("content-encoding") is None


def test_a_body_that_lies_about_its_coding_passes_as_it_is(governed: Any) -> None:
    """Bytes and header are the browser's to judge; the policy stands."""
    answer = governed(responder(PAGE, headers=[("content-encoding", "gzip")])).page("/")
    assert answer.body == PAGE
    assert answer.header("content-encoding") == "gzip"
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


def test_a_broken_coding_ends_where_it_breaks(governed: Any) -> None:
    """What could be read is gated and sent; no exception reaches the site."""
    body = gzip.compress(PAGE)
    answer = governed(responder(body[:200] + b"\xff" * 50 + body[250:], headers=[("content-encoding", "gzip")])).page(
        "/"
    )
    assert answer.status == 200
    assert b"<script async src=" not in answer.body


def test_a_bomb_is_inflated_a_segment_at_a_time(governed: Any) -> None:
    """64 MiB of zeros in 64 KiB: sent in small pieces, never held."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    answer = governed(responder(bomb, headers=[("content-encoding", "gzip")])).page("/")
    assert max(len(event.get("body", b"")) for event in answer.events) < 256 * 1024


def test_a_coding_that_cannot_be_undone_passes_under_the_policy(governed: Any) -> None:
    """Bytes of a coding nobody knows are left as they are."""
    answer = governed(responder(b"\x0b\x02\x80", headers=[("content-encoding", "dcb")])).page("/")
    assert answer.body == b"\x0b\x02\x80"
    assert answer.header("content-encoding") == "dcb"
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


@pytest.mark.requirement("R54")
def test_pages_stay_out_of_shared_caches(governed: Any) -> None:
    """Private, revalidated, varied, their validators salted."""
    headers = [
        ("cache-control", "public, max-age=600"),
        ("etag", '"v1"'),
        ("last-modified", "Sat, 01 Aug 2026 00:00:00 GMT"),
    ]
    answer = governed(responder(PAGE, headers=headers)).page("/")
    assert answer.header("cache-control") == "private, no-cache"
    assert answer.header("vary") == "Cookie, Sec-GPC, Accept-Language"
    assert (answer.header("etag") or "").startswith('"v1--ck')
    assert answer.header("last-modified") is None


def test_a_validator_comes_back_as_the_site_s_own_only_for_the_same_decision(governed: Any) -> None:
    """After a choice the old page is never "not modified"."""
    app = responder(PAGE, headers=[("etag", '"v1"')])
    driver = governed(app)
    etag = driver.page("/").header("etag")
    driver.page("/", ("if-none-match", etag), ("if-modified-since", "Sat, 01 Aug 2026 00:00:00 GMT"))
    assert (b"if-none-match", b'"v1"') in app.scopes[-1]["headers"]
    assert not [value for name, value in app.scopes[-1]["headers"] if name == b"if-modified-since"]
    cookie = driver.choose("action=accept").cookies["consentkit"]
    driver.page("/", ("if-none-match", etag), ("cookie", f"consentkit={cookie}"))
    assert not [value for name, value in app.scopes[-1]["headers"] if name == b"if-none-match"]


@pytest.mark.parametrize("pieces", [(b"",), (b"", b"")])
@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_answers_without_a_body_stay_without(
    governed: Any, method: str, status: int, pieces: tuple[bytes, ...]
) -> None:
    """Headers of the page, no body, no false length, and the present policy."""
    app = responder(*pieces, status=status, headers=[("content-length", str(len(PAGE))), ("etag", '"v1"')])
    answer = governed(app).request(method, "/", [("sec-fetch-dest", "document"), ("accept", "text/html")])
    assert answer.body == b""
    assert answer.header("content-length") is None
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")
    assert (answer.header("etag") or "").startswith('"v1--ck')


def test_head_tells_the_length_that_get_has(governed: Any) -> None:
    """Most sites send the page for HEAD too, and some servers tell its length before they drop it (RFC 9110 8.6)."""
    driver = governed(responder(PAGE, headers=[("content-length", str(len(PAGE)))]))
    get, head = (driver.request(method, "/", [("accept", "text/html")]) for method in ("GET", "HEAD"))
    assert head.header("content-length") == get.header("content-length") == str(len(get.body))
    assert head.body == get.body


def test_a_304_without_a_type_carries_the_present_policy(governed: Any) -> None:
    """A cached page is governed by the policy of the answer that revives it."""
    app = responder(b"", content_type=None, status=304)
    answer = governed(app).page("/")
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


def test_a_page_that_is_saved_is_a_file(governed: Any) -> None:
    """A download keeps its bytes; shown inline it is a page."""
    attachment = responder(PAGE, headers=[("content-disposition", 'attachment; filename="page.html"')])
    assert governed(attachment).page("/export").body == PAGE
    inline = responder(PAGE, headers=[("content-disposition", "inline")])
    assert governed(inline).page("/export").body != PAGE


def test_a_part_of_a_page_passes_untouched_under_the_policy(governed: Any) -> None:
    """206: bytes are what was asked for."""
    part = PAGE[10:50]
    answer = governed(responder(part, status=206, headers=[("content-range", "bytes 10-49/999")])).get("/")
    assert answer.body == part
    assert answer.header("content-range") == "bytes 10-49/999"
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


def test_the_site_s_policy_stays_and_its_nonce_is_reused(governed: Any) -> None:
    """Byte-identical, ours beside it, our tags with its nonce."""
    own = "script-src 'nonce-r4nd0m' 'strict-dynamic'; object-src 'none'"
    answer = governed(responder(PAGE, headers=[("content-security-policy", own)])).page("/")
    assert answer.all("content-security-policy")[0] == own
    assert len(answer.all("content-security-policy")) == 2
    assert 'nonce="r4nd0m"' in answer.text
    assert "nonce" not in answer.all("content-security-policy")[1]


@pytest.mark.parametrize("chunks", [1, 3])
def test_the_nonce_of_a_policy_in_the_page_is_reused(governed: Any, chunks: int) -> None:
    """Style and script are used under a policy of the page's own; from the memory of pages too."""
    meta = b"<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-r4nd0m'\">"
    page = PAGE.replace(b"<title>", meta + b"<title>")
    size = -(-len(page) // chunks)
    driver = governed(responder(*(page[start : start + size] for start in range(0, len(page), size))))
    for _ in range(2):
        tags = re.findall(r"<(?:link|script)[^>]*_consent/[^>]*>", driver.page("/").text)
        assert len(tags) == 2
        assert all(' nonce="r4nd0m"' in tag for tag in tags)


@pytest.mark.parametrize("pieces", [1, 9])
@pytest.mark.parametrize("place", ["header", "page"])
@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        ("script-src 'none'", True),
        ("script-src 'sha256-abc'", True),
        ("default-src 'none'", True),
        ("script-src 'nonce-r4nd0m'", False),
        ("script-src 'self'", False),
        ("img-src 'none'", False),
    ],
)
def test_a_policy_that_refuses_our_script_is_reported_once(
    governed: Any, caplog: pytest.LogCaptureFixture, place: str, policy: str, pieces: int, refused: bool
) -> None:
    """Without it nothing keeps scripts from storing what isn't allowed: the operator has to know, and what to add."""
    meta = b'<meta http-equiv=Content-Security-Policy content="%b">' % policy.encode()
    page = PAGE.replace(b"<head>", b"<head>" + meta) if place == "page" else PAGE
    headers = [("content-security-policy", policy)] if place == "header" else []
    step = len(page) // pieces
    parts = [page[start : start + step] for start in range(0, len(page), step)]
    driver = governed(responder(*parts, headers=headers))
    for path in ("/", "/other"):
        driver.page(path)
    told = [record.getMessage() for record in caplog.records if "refuses consentkit's script" in record.getMessage()]
    assert len(told) == refused
    assert all("sha384-" in line for line in told)


def test_a_policy_after_our_script_does_not_govern_it(governed: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A policy in the page holds for what comes after it (CSP3 section 4.2)."""
    meta = b"<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">"
    governed(responder(PAGE.replace(b"</head>", b"<script src=/own.js></script>" + meta + b"</head>"))).page("/")
    assert "refuses consentkit's script" not in caplog.text


def test_a_nonce_of_the_page_s_headers_comes_first(governed: Any) -> None:
    """Both policies hold; what runs under the first is asked for by it."""
    meta = b"<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-two'\">"
    own = [("content-security-policy", "script-src 'nonce-one'")]
    text = governed(responder(PAGE.replace(b"<title>", meta + b"<title>"), headers=own)).page("/").text
    assert 'nonce="one"' in text
    assert 'nonce="two"' not in text


def test_links_refreshes_and_early_hints_to_trackers_are_dropped(governed: Any) -> None:
    """Headers contact third parties too."""
    link = "<https://connect.facebook.net/x.js>; rel=preload; as=script, </a.css>; rel=preload; as=style"
    headers = [("link", link), ("refresh", "0; url=https://tracker.example/")]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.early_hint", "links": [link.encode(), b"<//x.example>; rel=preconnect"]})
        await responder(PAGE, headers=headers)(scope, receive, send)

    answer = governed(app).page("/")
    assert answer.events[0]["links"] == [b"</a.css>; rel=preload; as=style"]
    assert answer.header("link") == "</a.css>; rel=preload; as=style"
    assert answer.header("refresh") is None


def test_reporting_and_speculation_to_others_are_dropped(governed: Any) -> None:
    """Endpoints a browser contacts by itself: third-party ones go, the site's own stay."""
    dropped = [
        ("reporting-endpoints", 'main="https://tracker.example/r"'),
        ("report-to", '{"group":"g","endpoints":[{"url":"https:\\/\\/tracker.example\\/r"}]}'),
        ("speculation-rules", '"https://tracker.example/rules.json"'),
    ]
    kept = [("reporting-endpoints", 'main="https://www.shop.example/r"'), ("speculation-rules", '"/rules.json"')]
    answer = governed(responder(PAGE, headers=[*dropped, *kept])).page("/")
    assert [field for field in answer.headers if field[0].startswith(("report", "spec"))] == kept


@pytest.mark.parametrize(
    ("destination", "status"), [("image", 403), ("script", 403), ("iframe", 403), ("document", 302)]
)
def test_a_part_of_a_page_is_not_redirected_to_a_tracker(governed: Any, destination: str, status: int) -> None:
    """An own address may not stand for a blocked one; following a link is the visitor's to do."""
    app = responder(b"", content_type=None, status=302, headers=[("location", "https://tracker.example/pixel")])
    answer = governed(app).get("/go", ("sec-fetch-dest", destination))
    assert answer.status == status
    assert (answer.header("location") is None) is (status == 403)


def test_a_page_sent_as_a_file_passes_through_the_gate(governed: Any, tmp_path: Any) -> None:
    """pathsend: HTML is read and gated; anything else is the server's to send."""
    (tmp_path / "page.html").write_bytes(PAGE)
    (tmp_path / "data.bin").write_bytes(b"\x00" * 10)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        html = scope["path"] == "/page.html"
        kind = b"text/html; charset=utf-8" if html else b"application/octet-stream"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.pathsend", "path": str(tmp_path / scope["path"][1:])})

    driver = governed(app)
    page = driver.page("/page.html")
    assert page.body == governed(responder(PAGE)).page("/page.html").body
    assert driver.get("/data.bin").events[1] == {"type": "http.response.pathsend", "path": str(tmp_path / "data.bin")}


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "application/xhtml+xml", "text/xml", "multipart/x-mixed-replace; boundary=x", None]
)
def test_other_documents_carry_the_policy_and_keep_their_bytes(governed: Any, kind: str | None) -> None:
    """What a browser shows or sniffs as a document, and HTML can't be read from."""
    body = b'<svg xmlns="http://www.w3.org/2000/svg"><script href="https://connect.facebook.net/x.js"/></svg>'
    answer = governed(responder(body, content_type=kind)).get("/x")
    assert answer.body == body
    assert "default-src 'self'" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize(
    ("values", "gated", "governed_by_policy"),
    [
        (["text/plain, text/html"], True, True),
        (["text/plain", "text/html"], True, True),
        (["text/html", "text/plain"], False, True),
        (["text/html; charset=utf-8, */*"], True, True),
        (["TEXT/HTML ; x=y"], True, True),
        (["text/html;x,y"], True, True),
        (["text/html; charset=utf-8", "text/html"], True, True),
        (["text/html; charset=utf-8, text/html; charset=iso-2022-jp"], False, True),
        (["text/html; charset=iso-2022-jp, text/html"], False, True),
        (["text/html; charset=iso-2022-jp, text/plain, text/html; charset=utf-8"], True, True),
        (["foo"], False, True),
        (["text/"], False, True),
        (["/html"], False, True),
        (["text html"], False, True),
        (["*/*"], False, True),
        ([""], False, True),
        (["unknown/unknown"], False, True),
        (["application/xhtml+xml"], False, True),
        (["image/svg+xml"], False, True),
        (["text/xml"], False, True),
        (["multipart/x-mixed-replace; boundary=x"], False, True),
        (["application/json"], False, False),
        (["text/plain"], False, False),
    ],
)
def test_odd_types(governed: Any, values: list[str], gated: bool, governed_by_policy: bool) -> None:
    """What a browser may take for HTML is gated or under the policy; what it may not is left alone."""
    app = responder(PAGE, content_type=None, headers=[("content-type", value) for value in values])
    answer = governed(app).page("/")
    assert (answer.body != PAGE) is gated
    assert ("default-src 'self'" in (answer.header("content-security-policy") or "")) is governed_by_policy


@pytest.mark.parametrize(
    ("media", "headers", "asked", "added"),
    [
        ("text/html", [], "document", True),
        ("image/svg+xml", [], "object", True),
        ("text/html", [("X-Content-Type-Options", "nosniff")], "document", False),
        ("text/html", [], "script", False),
        ("text/html", [], None, False),
        (None, [], "document", False),
        ("application/json", [], "document", False),
    ],
)
def test_documents_are_kept_to_their_type(
    governed: Any, media: str | None, headers: list[tuple[str, str]], asked: str | None, added: bool
) -> None:
    """A document of a known type isn't sniffed; where a site may rely on sniffing, nothing is added."""
    driver = governed(responder(PAGE, content_type=media, headers=headers))
    sent = [("accept", "text/html")] + ([("sec-fetch-dest", asked)] if asked else [])
    assert driver.get("/", *sent).all("x-content-type-options") == ["nosniff"] * (added + len(headers))


def test_tags_are_told_before_they_run_where_there_are_any(governed: Any, manifest_text: str) -> None:
    """The signals stand on the guard's tag with the page's nonce; a site whose services need none is told none."""
    policy = ("content-security-policy", "script-src 'nonce-abc'")
    text = governed(responder(PAGE, headers=[policy])).page("/").text
    (tag,) = re.finditer(r'<script src="/_consent/static/consentkit\.[0-9a-f]{12}\.js" [^>]*>', text)
    assert 'nonce="abc" data-consentkit-guard=' in tag[0]
    assert tag.start() < text.index("/site.css")
    told = json.loads(html.unescape(re.search(r'data-consentkit-signals="([^"]*)"', tag[0])[1]))  # type: ignore[index]
    assert told["dataLayer"][0][:2] == ["consent", "default"]
    untold = manifest_text
    for api in ("analytics", "advertising"):
        untold = untold.replace(f"    purposes: [{api}]\n", f"    purposes: [{api}]\n    consent_api: none\n")
    assert "signals" not in governed(responder(PAGE), manifest=loads(untold)).page("/").text


def test_the_operator_is_told_of_a_policy_that_refuses_our_scripts(
    governed: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, with what to write in it."""
    driver = governed(responder(PAGE, headers=[("content-security-policy", "script-src 'sha256-x'")]))
    for path in ("/", "/other"):
        driver.page(path)
    told = [record.getMessage() for record in caplog.records if "refuses" in record.getMessage()]
    assert len(told) == 1
    assert driver.app.site.script_digest in told[0]
