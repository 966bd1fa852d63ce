"""Invariant: what is remembered of passages changes nothing about any page, wherever they come again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.html import HtmlGate
from consentkit.gate.passages import PassageMemory, Passages, passages
from consentkit.gate.policy import Blocked, GatePolicy
from consentkit.gate.urls import Base
from consentkit.manifest.match import HostIndex
from consentkit.markup.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consentkit.manifest.model import Manifest

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.html"))
# What opens and closes anything that changes how the rest is read or judged, and what may then be live.
PIECES = [
    piece.replace(b"+", b" ")
    for piece in rb"""
<!doctype+html> <html+lang=fr> <html+lang=de> <head> </head> <body> <body+onload=x()> </body> <frameset> + text &#x20;
&#32 \0 <base+href='https://www.facebook.com/'> <base+href='//x.shop.example'> <meta+charset=utf-8>
<meta+http-equiv=Content-Security-Policy+content="script-src+'nonce-abc'">
<meta+http-equiv=Content-Security-Policy+content="script-src+'none'"> <link+rel=stylesheet+href=/a.css>
<script>a()</script> <script> </script> <script+src='https://www.facebook.com/t'></script>
<script+src=/own.js></script> <!-- --> <!--> --!> <style>a{background:url(//www.facebook.com/x)}</style> <style>
</style> <noscript> </noscript> <template> </template> <template><col> <select> </select> <table> <tr> </table> <svg>
</svg> <svg><g> <desc> <title> </title> <math> <mi> </math> <![CDATA[ ]]> <textarea> </textarea> <plaintext> <xmp>
</xmp> <img+src='//www.facebook.com/t'> <img+src=/own.png> <img+src= '//www.facebook.com/t' " ' > < / <a+href=/x>y</a>
<p> </p> <div> </div> <form+action=/b> </form> <iframe+src='https://www.youtube.com/embed/x'></iframe>
<iframe+src='https://www.youtube.com/embed/x'+title=A> </iframe>
""".split()
] + [b"\n", b" ", b"\xef\xbb\xbf", b"<div>" + b"long " * 40 + b"</div>"]


class Outcome(NamedTuple):
    """All that a page's response is made of."""

    markup: bytes
    body_offset: int | None
    blocked: list[Blocked]
    language: str | None
    guarding: bool
    policies: list[bytes]


class Site:
    """Gates pages for one visitor, with a memory or without."""

    def __init__(self, policy: GatePolicy, memory: PassageMemory, *, guarded: bool, document: bool | None) -> None:
        self._policy = policy
        self._memory = memory
        self._guarded = guarded
        self._document = document
        self.variant = f"{policy.decision.key} {guarded} {document}"

    def outcome(self, pieces: Iterable[bytes], *, remembering: bool) -> Outcome:
        gate = HtmlGate(
            self._policy,
            Base("https", "www.shop.example"),
            placeholder=lambda service, language, frame: f"[{service.id} {language} {frame.get(b'title')}]",
            guard=lambda nonce: f"<script nonce={nonce} src=/guard.js></script>" if self._guarded else "",
        )
        rewriter = Rewriter(gate, document=self._document)
        feed = Passages(rewriter, gate, self._memory, self.variant, shortest=0).feed if remembering else rewriter.feed
        markup = b"".join((*map(feed, pieces), rewriter.close()))
        return Outcome(markup, rewriter.body_offset, gate.blocked, gate.language, gate.setting.guarding, gate.policies)


class Counting(PassageMemory):
    """Counts what came from it."""

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.found = 0
        known = self._known

        def get(key: tuple[object, ...]) -> object:
            self.found += key in known
            return known.get(key)

        self.get = get  # type: ignore[assignment]


@pytest.fixture(scope="module")
def policies(manifest: Manifest) -> list[GatePolicy]:
    """What is allowed to two visitors: nothing, and everything that is declared."""
    index, services = HostIndex(manifest), frozenset(service.id for service in manifest.services)
    decisions = [
        Decision(ChoiceState.UNKNOWN, frozenset(), frozenset(), "nothing"),
        Decision(ChoiceState.GIVEN, frozenset(manifest.consent_purposes), services, "everything"),
    ]
    return [GatePolicy(manifest, index, decision) for decision in decisions]


def sites(policies: Sequence[GatePolicy], memory: PassageMemory) -> list[Site]:
    return [
        Site(policy, memory, guarded=guarded, document=document)
        for policy in policies
        for guarded in (True, False)
        for document in (True, False, None)
    ]


@pytest.fixture(scope="module")
def remembered(policies: list[GatePolicy]) -> tuple[Counting, list[Site]]:
    """One memory for all that is tried: the longer, the more of it comes again."""
    memory = Counting(4_000_000)
    return memory, sites(policies, memory)


@settings(deadline=None, max_examples=300)
@given(pages=st.lists(st.lists(st.sampled_from(PIECES), max_size=25), min_size=1, max_size=4), which=st.integers(0, 11))
def test_soup_is_gated_as_without_memory(
    pages: list[list[bytes]], which: int, remembered: tuple[Counting, list[Site]]
) -> None:
    """Pages of the same few passages, cut between them, the first time and the second."""
    site = remembered[1][which]
    for page in [*pages, *pages]:
        assert site.outcome(page, remembering=True) == site.outcome(page, remembering=False)


def try_soups(remembered: tuple[Counting, list[Site]], count: int, seed: int) -> int:
    memory, all_sites = remembered
    dice = random.Random(seed)
    for number in range(count):
        page = dice.choices(PIECES, k=dice.randint(1, 25))
        if dice.random() < 0.3:
            # Cut elsewhere too: within tags, quotes and names.
            text, size = b"".join(page), dice.randint(1, 40)
            page = [text[start : start + size] for start in range(0, len(text), size)]
        site = dice.choice(all_sites)
        wanted = site.outcome(page, remembering=False)
        assert site.outcome(page, remembering=True) == wanted, f"seed {seed}, page {number}: {page}"
    return memory.found


def test_what_is_remembered_is_used(policies: list[GatePolicy], remembered: tuple[Counting, list[Site]]) -> None:
    """Otherwise the tests here would hold nothing."""
    assert try_soups(remembered, 2_000, seed=1) > 2_000


@pytest.mark.slow
def test_many_soups(policies: list[GatePolicy], capsys: pytest.CaptureFixture[str]) -> None:
    """With a memory that holds all, and with one that forgets all the time."""
    for capacity in (8_000_000, 20_000):
        memory = Counting(capacity)
        found = try_soups((memory, sites(policies, memory)), 30_000, seed=capacity)
        with capsys.disabled():
            print(f" 30,000 pages, {found:,} passages from memory, 0 differences", end="")
        assert found > 1_000


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_page_that_changes_in_one_place(path: Path, remembered: tuple[Counting, list[Site]]) -> None:
    """As sites render them: most comes from memory, and all of it is as it would be without."""
    page = path.read_bytes() * 3
    for site in remembered[1]:
        for number in range(3):
            place = page.find(b"</p>", len(page) // 2) + 4
            text = page[:place] + b"<p>%d</p>" % number + page[place:]
            cut = list(passages(text))
            assert site.outcome(cut, remembering=True) == site.outcome(cut, remembering=False)
