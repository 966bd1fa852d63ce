"""Which namespaces are possible, tag by tag."""

from __future__ import annotations

import re

import pytest

from consentkit.markup.namespaces import HTML, Namespaces
from consentkit.markup.tokenizer import StartTag, is_self_closing

_TAG = re.compile(rb"<(/?)([^\s/>]+)[^>]*>")


def follow(markup: bytes) -> Namespaces:
    namespaces = Namespaces()
    for found in _TAG.finditer(markup):
        if found[1]:
            namespaces.end(found[2].lower())
        else:
            namespaces.start(StartTag(found[2].lower(), found[0], is_self_closing(found[0])))
    return namespaces


@pytest.mark.parametrize(
    ("markup", "foreign", "html"),
    [
        (b"<p>", False, True),
        (b"<svg>", True, False),
        (b"<svg/>", False, True),
        (b"<svg><g></g></svg>", False, True),
        (b"<svg><path/>", True, False),
        (b"<svg><p>", False, True),
        (b"<svg><font>", True, False),
        (b"<svg><font color=red>", False, True),
        (b"<svg><desc>", False, True),
        (b"<svg><foreignObject><div></div></foreignObject>", True, False),
        (b"<svg><foreignObject><p>a<p>b</foreignObject>", True, True),
        (b"<svg><math><mi>", True, False),
        (b"<math><mi>", False, True),
        (b"<math><annotation-xml>", True, False),
        (b"<math><annotation-xml encoding=TEXT/html>", False, True),
        (b"<math><annotation-xml><svg><title>", False, True),
        (b"<svg></x>", True, True),
        (b"<svg></x></svg>", False, True),
        (b"<svg><desc><table></desc><td>", True, True),
        (b"<svg><desc><td></svg>", False, True),
    ],
)
def test_what_a_style_element_may_be(markup: bytes, foreign: bool, html: bool) -> None:
    """Certain while well-formed, both where an end tag's effect depends on what can't be known."""
    namespaces = follow(markup)
    assert (namespaces.foreign_possible(b"style"), namespaces.html_possible(b"style")) == (foreign, html)


def test_mathml_text_lets_two_names_stay_foreign() -> None:
    """In mi, mglyph and malignmark stay MathML (13.2.6, the dispatcher)."""
    assert follow(b"<math><mi>").foreign_possible(b"mglyph")


def test_an_ignored_start_tag_leaves_both_readings() -> None:
    """A tag that some tree builder drops may or may not have opened foreign content."""
    namespaces = Namespaces()
    namespaces.start(StartTag(b"svg", b"<svg>"), ignorable=True)
    assert namespaces.foreign_possible(b"style")
    assert namespaces.html_possible(b"style")


@pytest.mark.parametrize("markup", [b"<svg>" + b"<g>" * 1000, b"<svg><desc>" * 100 + b"</x></table>" * 50])
def test_depth_without_end_gives_up_safely(markup: bytes) -> None:
    """Past the limits everything is possible for the rest of the page."""
    namespaces = follow(markup + b"</svg>" * 2000)
    assert namespaces.lost
    assert namespaces.foreign_possible(b"style")
    assert namespaces.html_possible(b"style")
    assert namespaces.cdata_possible()
    assert namespaces.comment_possible()


def test_plain_html_is_one_reading() -> None:
    """Ordinary markup never leaves the one plain reading."""
    namespaces = follow(b"<table><tr><td></div></table></p></svg>")
    assert namespaces.plain
    assert namespaces.readings == HTML
