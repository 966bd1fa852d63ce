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
        """a{content:""}b{background:url(//t.example/x)}""",
        """a{content:'x';background:url(//t.example/x)}""",
        """a{content:"it's";background:url(//t.example/x)}""",
        """a{content:"'"}@import '//t.example/x';""",
        """a{content:'"'}@import "//t.example/x";""",
        "/* url( */ a{background:url(//t.example/x)}",
        """a{content:'/*';--b:"url( ";background:url(//t.example/x);--c:'*/'}""",
        r"""a{content:"\"";background:url(//t.example/x);--b:""}""",
        r"@import '/\a /t.example/x';",
        "@namespace '\n;@import '//t.example/x';';",
        "@namespace url(http://www.w3.org/1999/xhtml);@import '//t.example/x';",
    ],
)
def test_every_way_to_name_a_url_is_seen(text: str) -> None:
    """Functions, strings, escapes, comments read both ways, and a sheet that ends early."""
    assert any(url.startswith("//t.example/x") for url in css.urls(text))


@pytest.mark.parametrize(
    "text",
    [
        "@charset 'utf-8'; @namespace url(http://www.w3.org/1999/xhtml);\n@namespace svg 'http://www.w3.org/2000/svg';",
        'a[href^="https://t.example/"]{color:red}',
    ],
)
def test_names_are_no_addresses(text: str) -> None:
    """Namespaces, and the values that attribute selectors compare."""
    assert not [url for url in css.urls(text) if "t.example" in url or "w3.org" in url]
    assert css.replace_urls(text, lambda url: url.startswith("http")) == text


def test_plain_urls_are_replaced_and_the_rest_stays() -> None:
    """Only what is blocked changes."""
    text = "@import url('https://t.example/f.css'); a{content:'';background:url( https://t.example/ )} b{mask:url(/a)}"
    assert css.replace_urls(text, lambda url: "t.example" in url) == (
        "@import url('data:,'); a{content:'';background:url( data:, )} b{mask:url(/a)}"
    )
