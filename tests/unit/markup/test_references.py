"""Character references in attribute values."""

from __future__ import annotations

from html.entities import html5

import pytest

from consentkit.markup.references import escape, resolve


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("a&amp;b", "a&b"),
        ("&#x2f;&#47;", "//"),
        ("&#x80;&#150;", "€–"),
        ("&#x81;", "\x81"),
        ("&#0;&#xD800;&#x110000;", "\ufffd\ufffd\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#000000000000047;", "/"),
        ("&#47x", "/x"),
        ("&copy", "©"),
        ("&copy=1&copyx&copy1", "&copy=1&copyx&copy1"),
        ("?a=1&lt=2&ampamp;", "?a=1&lt=2&ampamp;"),
        ("&notit;&not;", "&notit;¬"),
        ("&#;&#x;&;&", "&#;&#x;&;&"),
        ("&NewLine;&Tab;", "\n\t"),
    ],
)
def test_references_read_as_in_an_attribute(raw: str, value: str) -> None:
    """Names without a semicolon are text when they go on or an equals sign follows (WHATWG 13.2.5.73)."""
    assert resolve(raw) == value


def test_every_named_reference_is_known() -> None:
    """All names of the standard's table resolve when they end with a semicolon."""
    assert {name for name in html5 if name.endswith(";") and resolve(f"&{name}") != html5[name]} == set()


def test_newlines_are_normalised_before_references() -> None:
    """CR and CRLF become LF, a carriage return that is written as a reference stays, NUL becomes U+FFFD."""
    assert resolve("a\r\nb\rc&#13;d\0") == "a\nb\nc\rd\ufffd"


@pytest.mark.parametrize("charset", ["utf-8", "ascii", "cp1252", "cp932"])
def test_escaped_values_read_back(charset: str) -> None:
    """What is escaped stands between double quotes in any charset and reads as it was."""
    value = 'é & "ü" <b> ]]> \u4e2d'
    escaped = escape(value, charset)
    assert not set(escaped) & set(b'"<>')
    assert resolve(escaped.decode(charset)) == value
