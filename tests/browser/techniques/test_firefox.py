"""The technique table in Firefox as it is shipped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.browser.techniques.firefox import PROGRAM, Firefox
from tests.browser.techniques.table import TECHNIQUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.browser.conftest import Site
    from tests.browser.stage import Stage

_CHOSEN = [technique for technique in TECHNIQUES if "firefox" in technique.browsers and technique.scripts]
_IDS = {technique.id for technique in _CHOSEN}
_GRANTED = [technique for technique in _CHOSEN if technique.granted]
_BUTTON = '#consentkit button[name="action"][value="{}"]'

pytestmark = pytest.mark.matrix


@pytest.fixture
def firefox(tmp_path: Path, stage: Stage) -> Iterator[Firefox]:
    """A Firefox with a fresh profile."""
    if PROGRAM is None:
        missing = "no Firefox on this machine; try: apt-get install firefox-esr"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with Firefox(tmp_path, stage) as running:
        yield running


def test_everything_fires_on_the_bare_site(walled: Callable[[str], Site], firefox: Firefox) -> None:
    """Without the gate every technique does what it is in the table for."""
    url = walled("none").url
    fired = firefox.fired(url, _CHOSEN)
    fired |= firefox.fired(url, [technique for technique in _CHOSEN if technique.id not in fired])
    assert _IDS - fired == set()


def test_nothing_fires_before_a_choice(walled: Callable[[str], Site], firefox: Firefox) -> None:
    """A visitor who has chosen nothing is seen by nobody, and nothing lies in their browser."""
    assert firefox.fired(walled("both").url, _CHOSEN) & _IDS == set()


def test_nothing_fires_after_a_refusal(walled: Callable[[str], Site], firefox: Firefox) -> None:
    """A visitor who refused is seen by nobody, and nothing lies in their browser."""
    url = walled("both").url
    firefox.open(f"{url}/quiet")
    firefox.press(_BUTTON.format("refuse"))
    assert firefox.fired(url, _CHOSEN) & _IDS == set()


def test_everything_works_once_accepted_and_stops_when_withdrawn(
    walled: Callable[[str], Site], firefox: Firefox
) -> None:
    """Consent lets all that is declared work; withdrawing it stops all and clears what was stored."""
    url = walled("both").url
    firefox.open(f"{url}/quiet")
    firefox.press(_BUTTON.format("accept"))
    fired = firefox.fired(url, _GRANTED)
    fired |= firefox.fired(url, [technique for technique in _GRANTED if technique.id not in fired])
    assert {technique.id for technique in _GRANTED} - fired == set()
    firefox.open(f"{url}/_consent/preferences")
    firefox.press('button[name="action"][value="withdraw"]')
    stored = firefox.stored(url)
    assert {technique.id for technique in _CHOSEN if technique.name in stored} == set()
    assert firefox.fired(url, _CHOSEN) & _IDS == set()
