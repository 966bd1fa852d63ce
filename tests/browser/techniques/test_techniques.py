"""The technique table in Chromium: everything fires on the bare site, nothing does without consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .table import TECHNIQUES
from .tour import Tour

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Site, Visitor

CHROMIUM = [technique for technique in TECHNIQUES if "chromium" in technique.browsers]


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_every_technique_fires_on_the_bare_site(
    walled: Callable[[str], Site], visit: Callable[..., Visitor], scripts: bool
) -> None:
    """Without the gate every technique does what it is in the table for."""
    chosen = [technique for technique in CHROMIUM if technique.scripts == scripts]
    tour = Tour(visit(walled("none"), scripts=scripts))
    fired = tour.fired(chosen)
    silent = [technique for technique in chosen if technique.id not in fired]
    fired |= tour.fired(silent)
    assert {technique.id for technique in chosen} - fired == set()
