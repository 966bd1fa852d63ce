"""Response headers on their way out, validators on their way in."""

from __future__ import annotations

import pytest

from consentkit.gate import headers


def blocked(url: str) -> bool:
    return "tracker" in url


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<https://tracker.example/a.js>; rel=preload; as=script", None),
        (b"</a.css>; rel=preload", b"</a.css>; rel=preload"),
        (b"</a.css>; rel=preload, <//tracker.example>; rel=preconnect", b"</a.css>; rel=preload"),
        (b'<//tracker.example>; rel="dns-prefetch"', None),
        (b"<//tracker.example>", None),
        (b"<https://tracker.example/p>; rel=canonical", b"<https://tracker.example/p>; rel=canonical"),
        (
            b'</a>; title="x, <//tracker.example>; rel=preload"; rel=next',
            b'</a>; title="x, <//tracker.example>; rel=preload"; rel=next',
        ),
        (b'</a.png>; rel=preload; as=image; imagesrcset="/a.png 1x, //tracker.example/b.png 2x"', None),
        (b"no link at all", None),
        (b"</a>; rel=preload, broken", b"</a>; rel=preload"),
        (b"</a,b>; rel=preload", b"</a,b>; rel=preload"),
        (b'<//tracker.example>; rel="alternate stylesheet"', None),
    ],
)
def test_links_a_browser_would_follow_are_dropped(value: bytes, expected: bytes | None) -> None:
    """A blocked preload, preconnect or stylesheet goes; its neighbours and mere relations stay."""
    assert headers.filter_link(value, blocked) == expected


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("0; url=https://x/", "https://x/"),
        ("5;URL='//x'", "//x"),
        ("0", ""),
        ("0 , https://x", "https://x"),
        (" 1.5; url = /a", "/a"),
    ],
)
def test_a_refresh_names_where_it_leads(content: str, url: str) -> None:
    """WHATWG HTML 4.2.5.3, quotes and all."""
    assert headers.refresh_target(content) == url


def test_vary_is_appended_to_and_never_replaced() -> None:
    """What the site varies on stays; what stands there isn't repeated; a star says all."""
    found = [(b"Vary", b"Accept-Encoding, cookie")]
    headers.append_vary(found, (b"Cookie", b"Sec-GPC"))
    assert found == [(b"Vary", b"Accept-Encoding, cookie"), (b"vary", b"Sec-GPC")]
    star = [(b"vary", b"*")]
    headers.append_vary(star, (b"Cookie",))
    assert star == [(b"vary", b"*")]


def test_pages_are_private_but_no_store_stays() -> None:
    """A site's stronger wish is kept; dates and shared lifetimes go."""
    found = [(b"Cache-Control", b"public, s-maxage=600"), (b"last-modified", b"x"), (b"expires", b"x"), (b"x-a", b"1")]
    headers.make_private(found)
    assert found == [(b"x-a", b"1"), (b"cache-control", b"private, no-cache")]
    stronger = [(b"cache-control", b"no-store")]
    headers.make_private(stronger)
    assert stronger == [(b"cache-control", b"no-store")]


@pytest.mark.parametrize(
    ("etag", "salted"),
    [(b'"abc"', b'"abc--ckK.fr"'), (b'W/"abc"', b'W/"abc--ckK.fr"'), (b'""', b'"--ckK.fr"'), (b"broken", b"broken")],
)
def test_validators_name_the_variant(etag: bytes, salted: bytes) -> None:
    """Strong stays strong, weak stays weak."""
    assert headers.salt_etag(etag, "K.fr") == salted


@pytest.mark.parametrize(
    ("value", "keep", "inner"),
    [
        (b'"abc--ckK.fr"', False, b'"abc"'),
        (b'"abc--ckOTHER.fr"', False, None),
        (b'"abc--ckOTHER.fr", W/"d--ckK.fr"', False, b'W/"d"'),
        (b'"plain"', False, None),
        (b'"plain"', True, b'"plain"'),
        (b"*", False, b"*"),
    ],
)
def test_only_tags_of_this_variant_reach_the_site(value: bytes, keep: bool, inner: bytes | None) -> None:
    """A page made for another decision is never answered with "not modified"."""
    assert headers.unsalt_if_none_match(value, "K.fr", keep_unsalted=keep) == inner
