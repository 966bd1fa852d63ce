"""Invariant: however a page's bytes are cut on their way, the gated page and the banner's place are the same."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import GatePolicy, Judged
from consentkit.gate.urls import Base
from consentkit.manifest.match import HostIndex
from consentkit.markup.rewriter import Rewriter
from consentkit.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consentkit.manifest.model import Manifest

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.html"))


NOTHING = Decision(ChoiceState.UNKNOWN, frozenset(), frozenset(), "nothing")


@pytest.fixture(scope="module")
def policy(manifest: Manifest) -> GatePolicy:
    """Nothing but what is exempt is allowed."""
    return GatePolicy(manifest, HostIndex(manifest), NOTHING)


@pytest.fixture(scope="module")
def remembering(manifest: Manifest) -> tuple[GatePolicy, GatePolicy]:
    """Two decisions that share what they remember of tags: nothing is allowed, and all is."""
    judged: Recent[tuple[object, ...], Judged] = Recent(100_000)
    services = frozenset(service.id for service in manifest.services)
    everything = Decision(ChoiceState.GIVEN, frozenset(manifest.consent_purposes), services, "everything")
    index = HostIndex(manifest)
    return GatePolicy(manifest, index, NOTHING, judged), GatePolicy(manifest, index, everything, judged)


def gated(policy: GatePolicy, pieces: Iterable[bytes]) -> tuple[bytes, int | None]:
    gate = HtmlGate(
        policy,
        Base("https", "www.shop.example"),
        placeholder=lambda service, *_: f"[{service.id}]",
        guard=lambda _nonce: "<script src=/guard.js></script>",
    )
    rewriter = Rewriter(gate, document=True)
    return b"".join((*map(rewriter.feed, pieces), rewriter.close())), rewriter.body_offset


def cut(page: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(page) + 1) for place in places), len(page)]
    return [page[start:end] for start, end in pairwise(edges)]


def test_there_is_a_corpus() -> None:
    """Pages of several kinds lie beside the tests."""
    assert len(CORPUS) >= 8


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_byte_by_byte_is_the_whole(path: Path, policy: GatePolicy) -> None:
    """A page that trickles in is gated as one that comes at once; something in the corpus is gated at all."""
    page = path.read_bytes()
    whole = gated(policy, [page])
    assert gated(policy, (page[place : place + 1] for place in range(len(page)))) == whole
    assert whole[0] != page


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
@settings(deadline=None)
@given(places=st.lists(st.integers(min_value=0, max_value=1 << 20), max_size=40))
def test_random_cuts_are_the_whole(path: Path, policy: GatePolicy, places: list[int]) -> None:
    """Any cuts, empty pieces among them."""
    page = path.read_bytes()
    assert gated(policy, cut(page, places)) == gated(policy, [page])


PIECES = rb"""
<script> </script> <script+src='https://www.facebook.com/t'> <!-- --> --!> <img+src= '//www.facebook.com/t' " ' > < / =
+ <svg> </svg> <![CDATA[ ]]> <style> </style> @import+'//unlisted.example/x' <noscript> </noscript> <select> <textarea>
</textarea> <title> </title> <template> <math> <plaintext> <body> <head> <iframe+src='https://www.youtube.com/embed/x'>
</iframe> <!doctype+html> &#x2f; text
""".split()
SOUP = st.lists(
    st.sampled_from([*(piece.replace(b"+", b" ") for piece in PIECES), b"\n", b"\0", b"\xff\xfe"]), max_size=60
).map(b"".join)


@settings(deadline=None)
@given(page=SOUP, places=st.lists(st.integers(min_value=0, max_value=4096), max_size=20))
def test_soup_is_gated_the_same_however_it_is_cut(page: bytes, places: list[int], policy: GatePolicy) -> None:
    """Broken markup too, whole, byte by byte and at random."""
    whole = gated(policy, [page])
    assert gated(policy, cut(page, places)) == whole
    assert gated(policy, (page[place : place + 1] for place in range(len(page)))) == whole


@settings(deadline=None)
@given(
    page=SOUP,
    base=st.sampled_from([b"", b"<base href='https://www.facebook.com/'>", b"<base href='//x.shop.example'>"]),
)
def test_what_is_remembered_of_tags_changes_nothing(
    page: bytes, base: bytes, policy: GatePolicy, remembering: tuple[GatePolicy, GatePolicy]
) -> None:
    """Neither the second time, nor after another decision, nor below another base."""
    nothing, everything = remembering
    fresh = GatePolicy(everything.manifest, HostIndex(everything.manifest), everything.decision)
    for text in (page, base + page, page + base + page):
        expected = gated(policy, [text]), gated(fresh, [text])
        assert (gated(nothing, [text]), gated(everything, [text])) == expected
        assert (gated(nothing, [text]), gated(everything, [text])) == expected
