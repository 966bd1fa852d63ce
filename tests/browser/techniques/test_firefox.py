"""The technique table in Firefox as it is shipped.

`make test-all` has time for what differs most: before a choice, and once all is accepted. `make techniques` tries all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import machine
import pytest
from tests.browser.techniques.benign import PAGES
from tests.browser.techniques.firefox import PROGRAM, Firefox
from tests.browser.techniques.table import TECHNIQUES
from tests.browser.techniques.technique import Technique, Visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.conftest import Site
    from tests.browser.stage import Stage

_CHOSEN = [technique for technique in TECHNIQUES if "firefox" in technique.browsers and technique.scripts]
_IDS = {technique.id for technique in _CHOSEN}
_GRANTED = [technique for technique in _CHOSEN if technique.granted]


@pytest.fixture
def firefox(tmp_path: Path, stage: Stage) -> Iterator[Firefox]:
    """A Firefox with a fresh profile."""
    if PROGRAM is None:
        machine.lacks("no Firefox on this machine; try: apt-get install firefox-esr")
    with Firefox(tmp_path, stage) as running:
        yield running


def _choose(firefox: Firefox, url: str, action: str) -> None:
    firefox.open(f"{url}/_consent/preferences")
    firefox.press(f'button[name="action"][value="{action}"]')


def _fired(firefox: Firefox, url: str, techniques: list[Technique]) -> set[str]:
    """Return what fired; what was silent gets a second look, for a loaded machine may be late."""
    fired = firefox.fired(url, techniques)
    silent = [technique for technique in techniques if technique.id not in fired]
    return fired | firefox.fired(url, silent) if silent else fired


@pytest.mark.matrix
def test_everything_fires_on_the_bare_site(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """Without the gate every technique does what it is in the table for."""
    silent = _IDS - _fired(firefox, walled("none").url, _CHOSEN)
    figures("Firefox, bare site", silent, len(_CHOSEN), "were silent")
    assert silent == set()


@pytest.mark.slow
def test_nothing_fires_before_a_choice(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """A visitor who has chosen nothing is seen by nobody, and nothing lies in their browser."""
    leaked = firefox.fired(walled("both").url, _CHOSEN, swept=True)
    figures("Firefox, both walls, before a choice", leaked, len(_CHOSEN))
    assert leaked == set()


@pytest.mark.matrix
def test_nothing_fires_after_a_refusal(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """A visitor who refused is seen by nobody, and nothing lies in their browser."""
    url = walled("both").url
    firefox.open(f"{url}/quiet")
    firefox.refuse()
    leaked = firefox.fired(url, _CHOSEN, swept=True)
    figures("Firefox, both walls, after a refusal", leaked, len(_CHOSEN))
    assert leaked == set()


@pytest.mark.slow
def test_everything_works_once_accepted_and_nothing_is_left_when_withdrawn(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """Consent lets all that is declared work; withdrawing it clears what was stored."""
    url = walled("both").url
    _choose(firefox, url, "accept")
    silent = {technique.id for technique in _GRANTED} - _fired(firefox, url, _GRANTED)
    _choose(firefox, url, "withdraw")
    left = firefox.left(url, _CHOSEN)
    figures("Firefox, both walls, all accepted", silent, len(_GRANTED), "were silent")
    figures("Firefox, both walls, withdrawn", left, len(_CHOSEN), "left something stored")
    assert (silent, left) == (set(), set())


@pytest.mark.matrix
def test_nothing_fires_once_withdrawn(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """A visitor who took consent back is seen by nobody, and nothing lies in their browser."""
    url = walled("both").url
    _choose(firefox, url, "accept")
    _choose(firefox, url, "withdraw")
    leaked = firefox.fired(url, _CHOSEN, swept=True)
    figures("Firefox, both walls, withdrawn", leaked, len(_CHOSEN))
    assert leaked == set()


@pytest.mark.matrix
@pytest.mark.parametrize("wall", ["html", "csp"])
def test_each_wall_alone_holds_what_it_can(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None], wall: str
) -> None:
    """The HTML wall what stands in markup or headers, the CSP wall what a policy governs."""
    seen = [technique for technique in _CHOSEN if technique.visible in {Visible.HTML, Visible.HEADER}]
    chosen = seen if wall == "html" else [technique for technique in _CHOSEN if technique.governed]
    leaked = firefox.fired(walled(wall).url, chosen, swept=True)
    figures(f"Firefox, {wall.upper()} wall alone, before a choice", leaked, len(chosen))
    assert leaked == set()


@pytest.mark.matrix
def test_pages_without_trackers_behave_the_same(
    walled: Callable[[str], Site], firefox: Firefox, figures: Callable[..., None]
) -> None:
    """Data, code, requests and policies of the site's own are the same bare, before, after and without a choice."""
    bare = _results(firefox, walled("none").url)
    assert {page for page, result in bare.items() if not result} == set()
    url = walled("both").url
    phases: dict[str, Callable[[], None]] = {
        "before a choice": lambda: None,
        "after a refusal": firefox.refuse,
        "all accepted": lambda: _choose(firefox, url, "accept"),
        "withdrawn": lambda: _choose(firefox, url, "withdraw"),
    }
    differing = {}
    for phase, choose in phases.items():
        firefox.open(f"{url}/quiet")
        choose()
        governed = _results(firefox, url)
        changed = {page: (bare[page], governed[page]) for page in bare if governed[page] != bare[page]}
        figures(f"Firefox, both walls, {phase}", set(changed), len(PAGES), "behaved differently", "benign pages")
        differing |= {(phase, page): results for page, results in changed.items()}
    assert differing == {}


def _results(firefox: Firefox, url: str) -> dict[str, str]:
    return {page.id: firefox.result(f"{url}/b/{page.id}") for page in PAGES}
