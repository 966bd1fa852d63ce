"""URLs in style sheets."""

from __future__ import annotations

import pytest

from consentkit.gate import css


@pytest.mark.parametrize(
    "text",
    [
        "a{background:url(//t.example/x)}",
        "a{background:URL( '//t.example/x' )}",
        '@import "//t.example/x";',
        "@import url(//t.example/x) screen;",
        r"a{background:u\72l(//t.example/x)}",
        r"a{background:url(/\/t.example/x)}",
        r"a{background:url(\2f\2f t.example/x)}",
        "a{background:image-set('//t.example/x' 1x)}",
        '/* " */ a{background:url(//t.example/x)} /* " */',
        "a{content:'/*'} b{background:url(//t.example/x)} c{content:'*/'}",
        "a{background:url(//t.example/x",
    ],
)
def test_every_way_to_name_a_url_is_seen(text: str) -> None:
    """Functions, strings, escapes, comments read both ways, and a sheet that ends early."""
    assert any("//t.example/x" in url for url in css.urls(text))


def test_plain_urls_are_replaced_and_the_rest_stays() -> None:
    """Only what is blocked changes."""
    text = "@import url('https://t.example/f.css'); a{background:url(/own.png);color:red}"
    assert css.replace_urls(text, lambda url: "t.example" in url) == (
        "@import url('data:,'); a{background:url(/own.png);color:red}"
    )
