"""Pages without trackers behave the same on the bare site and in every phase of a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error
from tests.browser.techniques.benign import PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Site, Visitor

_HEARD = "window.result !== undefined"


def _results(visitor: Visitor) -> dict[str, str]:
    """Return what each page found; a page that found nothing in time stands with what it complained of."""
    found = {}
    for page in PAGES:
        visitor.errors.clear()
        visitor.open(f"/b/{page.id}")
        try:
            visitor.page.wait_for_function(_HEARD, timeout=10_000, polling=20)
        except Error as problem:
            found[page.id] = f"nothing: {visitor.errors or problem}"
        else:
            found[page.id] = visitor.page.evaluate("window.result")
    return found


def test_pages_without_trackers_behave_the_same(
    walled: Callable[[str], Site], visit: Callable[..., Visitor], figures: Callable[..., None]
) -> None:
    """Data, code, requests and policies of the site's own are the same bare, before, after and without a choice."""
    bare = _results(visit(walled("none")))
    assert {id for id, result in bare.items() if result.startswith("nothing")} == set()  # noqa: A001
    site = walled("both")
    differing = {}
    for actions in ((), ("refuse",), ("accept",), ("accept", "withdraw")):
        visitor = visit(site)
        visitor.open("/quiet")
        if actions:
            visitor.answer(actions[0])
        if len(actions) > 1:
            visitor.withdraw()
        governed = _results(visitor)
        changed = {id: (bare[id], governed[id]) for id in bare if governed[id] != bare[id]}  # noqa: A001
        phase = ", then ".join(actions) or "before a choice"
        figures(f"Chromium, both walls, {phase}", set(changed), len(PAGES), "behaved differently", "benign pages")
        differing |= {(*actions, id): results for id, results in changed.items()}  # noqa: A001
    assert differing == {}
