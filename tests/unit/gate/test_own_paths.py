"""A tool that the site serves itself, declared by its path."""

from __future__ import annotations

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate.harmless import HARMLESS
from consentkit.gate.html import HtmlGate
from consentkit.gate.policy import GatePolicy
from consentkit.gate.urls import Base
from consentkit.manifest.load import loads
from consentkit.manifest.match import HostIndex
from consentkit.markup.rewriter import Rewriter

MANIFEST = """
version: 1
site: {name: Shop, hosts: [www.shop.example, "*.shop.example"], controller: {name: Shop SAS, country: FR}}
notice: {revision: 2026-08-01}
purposes: [{id: necessary, exempt: authentication}, {id: stats, description: Counts.}]
services:
  - id: counter
    vendor: {name: Shop SAS, country: FR}
    purposes: [stats]
    hosts: [www.shop.example/count/, files.shop.example/js/device.js]
"""


def gate(*allowed: str, text: str = MANIFEST) -> HtmlGate:
    manifest = loads(text)
    decision = Decision(ChoiceState.GIVEN, frozenset({"necessary"}), frozenset(allowed), "k")
    policy = GatePolicy(manifest, HostIndex(manifest), decision)
    return HtmlGate(policy, Base("https", "www.shop.example"), placeholder=lambda service, *_: f"[{service.id}]")


def gated(page: str, *allowed: str) -> str:
    rewriter = Rewriter(gate(*allowed))
    return (rewriter.feed(page.encode()) + rewriter.close()).decode()


@pytest.mark.requirement("R1 R2")
@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/count/c.js"></script>',
        '<script src="https://www.shop.example/count/c.js"></script>',
        '<script src="//WWW.shop.example/x/../count/c.js"></script>',
        '<script src="https://files.shop.example/js/device.js"></script>',
        '<img src="/count/hit.gif?id=1">',
        '<img src="count/hit.gif">',
        '<img alt="" srcset="/a.png, /count/hit.gif 2x">',
        '<iframe src="/count/frame"></iframe>',
        '<link rel="preload" href="/count/c.js">',
        '<p style="background: url(/%63ount/hit.gif)">',
        "<style>p { background: url(/count/hit.gif) }</style>",
        "<script>load('/count/c.js')</script>",
        '<script>var u = "//www.shop.example/count/"; load(u + "c.js")</script>',
    ],
)
def test_what_lies_under_the_path_waits_for_consent(markup: str) -> None:
    """Scripts, images, frames, sheets and code that names the path; allowed, all of it is as it was."""
    assert gated(markup) != markup
    assert gated(markup, "counter") == markup


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="/counter.js"></script>',
        '<img src="/img/count/hit.gif">',
        '<script src="https://files.shop.example/js/other.js"></script>',
        '<script>title = "a/count/b"</script>',
        '<a href="/count/">figures</a>',
        '<img src="/a.png">',
    ],
)
def test_the_rest_of_the_site_is_left_alone(markup: str) -> None:
    """Neighbours of the path, and links that a visitor follows."""
    assert gated(markup) == markup


def test_only_sites_with_such_a_path_pay_for_it() -> None:
    """Without one, and for who allowed it, tags without another host are skipped as ever."""
    elsewhere = MANIFEST.replace("www.shop.example/count/, files.shop.example/js/device.js", "count.example")
    assert gate(text=elsewhere).harmless is HARMLESS
    assert gate("counter").harmless is HARMLESS
    assert gate().harmless is not HARMLESS
