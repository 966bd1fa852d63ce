"""The technique table in Chromium: everything fires on the bare site, nothing does without consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser.techniques.table import TECHNIQUES
from tests.browser.techniques.technique import Technique, Visible
from tests.browser.techniques.tour import Tour

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Site, Visitor

CHROMIUM = [technique for technique in TECHNIQUES if "chromium" in technique.browsers]

# One of each kind: what `make test` looks at.
FEW = frozenset(
    "img-src img-srcset-w iframe-src object-data script-src script-inline importmap link-stylesheet preload-script "
    "base-img refresh form-get noscript-img template-clone srcdoc-img data-frame-base64 utf-16-le css-import-string "
    "css-escape-scheme own-css-url smil-set url-backslashes host-percent ref-named text-script tree-in-select "
    "stranger-img header-preload-script redirect-img js-fetch js-write-script worker-own-fetch set-cookie "
    "set-cookie-odd".split()
)
_EXTENTS = [
    pytest.param([technique for technique in CHROMIUM if technique.id in FEW], id="few"),
    pytest.param(CHROMIUM, id="all", marks=pytest.mark.slow),
]


def _ids(techniques: list[Technique]) -> set[str]:
    return {technique.id for technique in techniques}


def _in_both_modes(techniques: list[Technique]) -> list[tuple[bool, list[Technique]]]:
    """Return the techniques by whether the visitor's browser runs scripts."""
    modes = ((scripts, [t for t in techniques if t.scripts is scripts]) for scripts in (True, False))
    return [(scripts, chosen) for scripts, chosen in modes if chosen]


def _fired(tour: Tour, techniques: list[Technique]) -> set[str]:
    """Return what fired; what was silent gets a second look, for a loaded machine may be late."""
    fired = tour.fired(techniques)
    silent = [technique for technique in techniques if technique.id not in fired]
    return fired | tour.fired(silent) if silent else fired


def _before(
    wall: str, walled: Callable[[str], Site], visit: Callable[..., Visitor], table: list[Technique]
) -> set[str]:
    """Return what fires on a site with both walls, or one, for visitors who have chosen nothing."""
    leaked: set[str] = set()
    for scripts, chosen in _in_both_modes(table):
        leaked |= Tour(visit(walled(wall), scripts=scripts), swept=wall != "none").fired(chosen) & _ids(chosen)
    return leaked


@pytest.mark.parametrize("techniques", _EXTENTS)
def test_everything_fires_on_the_bare_site(
    walled: Callable[[str], Site],
    visit: Callable[..., Visitor],
    figures: Callable[..., None],
    techniques: list[Technique],
) -> None:
    """Without the gate every technique does what it is in the table for."""
    silent: set[str] = set()
    for scripts, chosen in _in_both_modes(techniques):
        silent |= _ids(chosen) - _fired(Tour(visit(walled("none"), scripts=scripts)), chosen)
    figures("Chromium, bare site", silent, len(techniques), "were silent")
    assert silent == set()


@pytest.mark.requirement("R1 R2")
@pytest.mark.parametrize("techniques", _EXTENTS)
def test_nothing_fires_before_a_choice(
    walled: Callable[[str], Site],
    visit: Callable[..., Visitor],
    figures: Callable[..., None],
    techniques: list[Technique],
) -> None:
    """A visitor who has chosen nothing is seen by nobody, and nothing lies in their browser."""
    leaked = _before("both", walled, visit, techniques)
    figures("Chromium, both walls, before a choice", leaked, len(techniques))
    assert leaked == set()


@pytest.mark.requirement("R4")
@pytest.mark.parametrize("techniques", _EXTENTS)
def test_nothing_fires_after_a_refusal(
    walled: Callable[[str], Site],
    visit: Callable[..., Visitor],
    figures: Callable[..., None],
    techniques: list[Technique],
) -> None:
    """A visitor who refused is seen by nobody, and nothing lies in their browser."""
    leaked: set[str] = set()
    for scripts, chosen in _in_both_modes(techniques):
        visitor = visit(walled("both"), scripts=scripts)
        visitor.open("/quiet")
        visitor.answer("refuse")
        leaked |= Tour(visitor, swept=True).fired(chosen) & _ids(chosen)
    figures("Chromium, both walls, after a refusal", leaked, len(techniques))
    assert leaked == set()


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("techniques", _EXTENTS)
def test_everything_works_once_accepted_and_stops_when_withdrawn(
    walled: Callable[[str], Site],
    visit: Callable[..., Visitor],
    figures: Callable[..., None],
    techniques: list[Technique],
) -> None:
    """Consent lets all that is declared work and nothing else; withdrawing it stops all and clears what was stored."""
    found: dict[str, set[str]] = {"silent": set(), "undeclared": set(), "left": set(), "leaked": set()}
    for scripts, chosen in _in_both_modes(techniques):
        visitor = visit(walled("both"), scripts=scripts)
        visitor.open("/quiet")
        visitor.answer("accept")
        granted = [technique for technique in chosen if technique.granted]
        others = [technique for technique in chosen if not technique.granted]
        found["silent"] |= _ids(granted) - _fired(Tour(visitor), granted)
        found["undeclared"] |= Tour(visitor, swept=True).fired(others) & _ids(others)
        visitor.open("/quiet")
        visitor.withdraw()
        tour = Tour(visitor, swept=True)
        found["left"] |= tour.left(chosen)
        found["leaked"] |= tour.fired(chosen) & _ids(chosen)
    granted_count = sum(technique.granted for technique in techniques)
    figures("Chromium, both walls, all accepted", found["silent"], granted_count, "were silent")
    figures(
        "Chromium, both walls, all accepted",
        found["undeclared"],
        len(techniques) - granted_count,
        "nobody declares leaked",
    )
    figures("Chromium, both walls, withdrawn", found["left"], len(techniques), "left something stored")
    figures("Chromium, both walls, withdrawn", found["leaked"], len(techniques))
    assert found == {"silent": set(), "undeclared": set(), "left": set(), "leaked": set()}


@pytest.mark.slow
def test_the_html_wall_alone_holds_what_it_can_see(
    walled: Callable[[str], Site], visit: Callable[..., Visitor], figures: Callable[..., None]
) -> None:
    """With the CSP wall off, nothing that stands in the page's markup or headers fires."""
    seen = [technique for technique in CHROMIUM if technique.visible in {Visible.HTML, Visible.HEADER}]
    leaked = _before("html", walled, visit, seen)
    figures("Chromium, HTML wall alone, before a choice", leaked, len(seen))
    assert leaked == set()


@pytest.mark.slow
def test_the_csp_wall_alone_holds_what_it_governs(
    walled: Callable[[str], Site], visit: Callable[..., Visitor], figures: Callable[..., None]
) -> None:
    """With the HTML wall off, nothing that a Content-Security-Policy governs fires."""
    governed = [technique for technique in CHROMIUM if technique.governed]
    leaked = _before("csp", walled, visit, governed)
    figures("Chromium, CSP wall alone, before a choice", leaked, len(governed))
    assert leaked == set()
