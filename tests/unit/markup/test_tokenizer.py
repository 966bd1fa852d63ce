"""One start tag: its attributes, and rewriting by insertions."""

from __future__ import annotations

import pytest

from consentkit.markup.tokenizer import StartTag, is_self_closing, rewrite_tag


def tag(source: bytes, name: bytes = b"a") -> StartTag:
    return StartTag(name, source)


@pytest.mark.parametrize(
    ("source", "attributes"),
    [
        (b"<a href=x>", {b"href": "x"}),
        (b"<a HREF = 'x y'\tB>", {b"href": "x y", b"b": ""}),
        (b'<a/href="x"id=y/>', {b"href": "x", b"id": "y/"}),
        (b"<a href=x href=y HREF=z>", {b"href": "x"}),
        (b"<a =x=y>", {b"=x": "y"}),
        (b"<a a\"b='c'd>", {b'a"b': "c", b"d": ""}),
        (b"<a x=\f>", {b"x": ""}),
        (b"<a x = >", {b"x": ""}),
        (b"<a x==y>", {b"x": "=y"}),
        (b"<a x\0=1>", {"x\ufffd".encode(): "1"}),
        (b"<a title='>'>", {b"title": ">"}),
        (b"<a>", {}),
    ],
)
def test_attributes_are_those_of_the_parser(source: bytes, attributes: dict[bytes, str]) -> None:
    """Any quoting, solidus, stray characters; only the first of duplicates."""
    assert {attribute.name: attribute.value for attribute in tag(source).attributes} == attributes


def test_spans_point_into_the_source() -> None:
    """Name and value spans cover exactly what is written, without quotes."""
    source = b"<a one='1' two=2 three>"
    one, two, three = tag(source).attributes
    assert [source[slice(*attribute.name_span)] for attribute in (one, two, three)] == [b"one", b"two", b"three"]
    assert one.value_span is not None
    assert two.value_span is not None
    assert (source[slice(*one.value_span)], source[slice(*two.value_span)]) == (b"1", b"2")
    assert three.value_span is None


def test_values_are_in_the_charset_of_the_page() -> None:
    """A value is decoded with the page's codec; what isn't text in it is replaced."""
    assert StartTag(b"a", b"<a x=\xe9>", charset="cp1252").get(b"x") == "é"
    assert StartTag(b"a", b"<a x=\xe9>").get(b"x") == "\ufffd"


def test_get_tells_an_empty_value_from_none() -> None:
    """An attribute without value is empty; one that isn't there is None."""
    assert tag(b"<a x>").get(b"x") == ""
    assert tag(b"<a x>").get(b"y") is None


@pytest.mark.parametrize(
    ("source", "closing"),
    [
        (b"<a/>", True),
        (b"<a x/>", True),
        (b"<a x=y/>", False),
        (b"<a x='y'/>", True),
        (b"<a / >", False),
        (b"<a>", False),
    ],
)
def test_self_closing(source: bytes, closing: bool) -> None:
    """Only a slash right before the end that isn't an unquoted value's closes."""
    assert is_self_closing(source) is closing


def test_renaming_inserts_and_changes_nothing_else() -> None:
    """The prefix goes before each duplicate, so that no second one comes alive."""
    source = b"<IMG SRC = x alt='a>b' src=\"y\"/>"
    assert rewrite_tag(tag(source, b"img"), rename=[b"src"]) == (
        b"<IMG data-consentkit-SRC = x alt='a>b' data-consentkit-src=\"y\"/>"
    )


def test_inserted_attributes_win_and_the_sites_own_stays_readable() -> None:
    """Ours stand first; the site's attribute of that name is renamed."""
    rewritten = rewrite_tag(tag(b"<script type=module src=x>", b"script"), insert=[(b"type", 'a"<é')], charset="ascii")
    assert rewritten == b'<script type="a&quot;&lt;&#233;" data-consentkit-type=module src=x>'
    assert tag(rewritten, b"script").get(b"type") == 'a"<é'


def test_a_prefix_of_choice() -> None:
    """The prefix is the caller's."""
    assert rewrite_tag(tag(b"<a href=x>"), rename=[b"href"], prefix=b"data-") == b"<a data-href=x>"
