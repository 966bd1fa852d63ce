"""What an answer is, by its Content-Type."""

from __future__ import annotations

import pytest

from consentkit.asgi.contenttype import Form, form, with_charset


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"text/html", Form.PAGE),
        (b"Text/HTML; charset=utf-8", Form.PAGE),
        (b"application/json, text/html", Form.PAGE),
        (b"text/html, application/json", Form.DOCUMENT),
        (b"application/json", Form.DATA),
        (b"image/svg+xml", Form.DOCUMENT),
        (b"text/javascript", Form.DOCUMENT),
        (b"application/speculationrules+json", Form.RULES),
        (b"application/unknown", Form.UNTYPED),
        (b"*/*", Form.UNTYPED),
        (b"html", Form.UNTYPED),
        (None, Form.UNTYPED),
    ],
)
def test_form(value: bytes | None, expected: Form) -> None:
    """The last type counts; what holds none is sniffed by browsers."""
    assert form(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"text/html;charset=utf-16, text/html", b"text/html;charset=utf-16"),
        (b"text/html;charset=utf-16, text/plain, text/html", b" text/html"),
        (b"text/html;charset=utf-16,text/html;charset=utf-8", b"text/html;charset=utf-8"),
        (b"nonsense", b"nonsense"),
        (None, None),
    ],
)
def test_the_charset_of_the_same_type_is_kept(value: bytes | None, expected: bytes | None) -> None:
    """Fetch 3.5: a later line of the same type without a charset takes over the earlier one's."""
    assert with_charset(value) == expected
