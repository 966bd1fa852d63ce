"""What the gate doesn't look at is what it would have left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate import css, elements
from consentkit.gate.harmless import HARMLESS, names_no_host
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import GatePolicy
from consentkit.gate.urls import Base
from consentkit.manifest.match import HostIndex
from consentkit.markup.grammar import START_TAG
from consentkit.markup.tokenizer import StartTag

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

_NAMES = st.sampled_from(
    "a area img p div form input image use object link meta script video source html g A ImG".split()
)
_ATTRIBUTES = st.sampled_from(
    [
        *(name.decode() for name in elements.CONTACTING),
        *"class title data-src onload ONCLICK rel http-equiv charset content Src STYLE SRC target".split(),
    ]
)
_PIECES = st.sampled_from(
    (
        "https http ftp wss ws data javascript blob HTTPS : :: / // \\ &#47; &#x3a; &sol; &colon; &bsol; &Tab; "
        "&NewLine; &amp; & . @ , ; url( ) www.facebook.com unlisted.example shop.example /x.png image/png text/css s p "
        "t a ps 0.5em 1x \t \n < ="
    ).split(" ")
)
_VALUES = st.lists(_PIECES, max_size=6).map("".join)


@st.composite
def _tags(draw: st.DrawFn) -> bytes:
    written = [f"<{draw(_NAMES)}"]
    for _ in range(draw(st.integers(0, 4))):
        quote = draw(st.sampled_from(['"', "'", ""]))
        value = draw(_VALUES)
        space = draw(st.sampled_from([" ", " ", "\n", "/", " /"]))
        written.append(
            f"{space}{draw(_ATTRIBUTES)}" + draw(st.sampled_from([f"={quote}{value}{quote}"] * 4 + ["", " "]))
        )
    return ("".join(written) + draw(st.sampled_from([">", ">", " >", "/>", " />"]))).encode()


@pytest.fixture(scope="module")
def gate(manifest: Manifest) -> HtmlGate:
    """Nothing but what is exempt is allowed."""
    policy = GatePolicy(manifest, HostIndex(manifest), Decision(ChoiceState.UNKNOWN, frozenset(), frozenset(), "k"))
    return HtmlGate(
        policy, Base("https", "www.shop.example"), placeholder=lambda *_: "", guard=lambda _nonce: "<script></script>"
    )


@settings(max_examples=2000, deadline=None)
@given(source=_tags())
def test_what_is_taken_for_harmless_would_not_be_changed(source: bytes, gate: HtmlGate) -> None:
    """The pattern ends where the tokenizer ends the tag, and the gate leaves such a tag as it is."""
    whole, taken = START_TAG.match(source), HARMLESS.match(source, 1)
    if whole is None or taken is None:
        return
    assert taken.end() == whole.end()
    assert gate.start_tag(StartTag(whole[1].lower(), whole[0])) is None


@settings(max_examples=1000, deadline=None)
@given(sheet=st.lists(_PIECES, max_size=12).map("".join))
def test_a_sheet_that_names_no_host_would_not_be_changed(sheet: str, gate: HtmlGate) -> None:
    """The quick look finds every sheet the long one would change."""
    if names_no_host(sheet.encode()):
        assert not any(map(gate._blocked_url, css.urls(sheet)))


@pytest.mark.parametrize(
    "tag",
    [
        b'<a href="https://unlisted.example/" class="x" target=_blank>',
        b'<div class="a" style="width:10px;height:2em;margin:0;background:url(/own.png)">',
        b"<img src=/own.png alt='' width=1 />",
        b'<img srcset="/a.png 1x, /b.png?a=1&amp;b=2 2x" data-src="https://unlisted.example/">',
        b'<form action="/go" method="post">',
        b"<br>",
    ],
)
def test_ordinary_tags_are_harmless(tag: bytes) -> None:
    """Or every tag would be looked at."""
    assert HARMLESS.match(tag, 1)


@pytest.mark.parametrize(
    "tag",
    [
        b"<img src=//unlisted.example/x>",
        b"<img src='/\t/unlisted.example/x'>",
        b"<img src=https:unlisted.example>",
        b"<img src='ht\ntps\n:unlisted.example'>",
        b"<img src='&#47;/unlisted.example'>",
        b"<img src=&sol;/unlisted.example>",
        b"<img src=\\\\unlisted.example>",
        b"<p style='background:url(https&colon;unlisted.example)'>",
        b"<iframe srcdoc=x>",
        b"<img src = //unlisted.example/x>",
        b"<img/src=//unlisted.example/x>",
        b"<img src=//unlisted.example/x class=x",
        b"<p onclick=go()>",
        b"<a filter='url(//unlisted.example/f.svg#f)' href=/x>",
        b"<use href='data:image/svg+xml,x'>",
    ],
)
def test_what_may_name_a_host_is_looked_at(tag: bytes) -> None:
    """However it is written."""
    assert not HARMLESS.match(tag, 1)
