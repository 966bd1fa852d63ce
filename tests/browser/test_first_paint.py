"""What a visitor with a slow machine on a slow line sees first, and that nothing moves afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

import pytest

from consentkit.manifest.vocabulary import Position

from .gallery import ORIGIN, Gallery

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

# How long each answer takes, in seconds, as on a slow mobile line. It only puts the steps of loading apart: what is
# asserted holds at any speed.
_LATE = 0.4

# Before each frame: is the banner there, in its own style? A frame's callbacks run before it is painted.
_WATCH = """
window.shifted = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => shifted.push(entry.value)))
    .observe({type: "layout-shift", buffered: true});
const look = time => {
    const banner = document.querySelector("section#consentkit");
    const {position, visibility} = banner ? getComputedStyle(banner) : {};
    window.framesSeen.push([time, position === "fixed" && visibility === "visible"]);
    if (performance.getEntriesByName("first-contentful-paint").length === 0) requestAnimationFrame(look);
};
window.framesSeen = [];
requestAnimationFrame(look);
"""
_AT_FIRST_PAINT = """() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return paint && framesSeen.filter(([time]) => time <= paint.startTime).at(-1)?.[1];
}"""


@pytest.mark.parametrize("position", get_args(Position))
def test_banner_is_in_the_first_paint_and_nothing_shifts(chromium: Browser, position: Position) -> None:
    """Six times slower than here, the first frame with content has the banner, styled; the layout shift is 0."""
    gallery = Gallery(position=position)

    def serve(route: Route) -> None:
        time.sleep(_LATE)
        gallery.serve(route)

    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.route("**/*", serve)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
        page.goto(ORIGIN, wait_until="load")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_function("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)) || true)")
        assert page.evaluate(_AT_FIRST_PAINT) is True
        shifted = page.evaluate("shifted.reduce((sum, value) => sum + value, 0)")
        print(f"{position}: cumulative layout shift {shifted} (bar: 0)")
        assert shifted == 0
        asked = [path for path in gallery.requested if "/static/" in path]
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        print(f"{position}: the banner is in the first paint, after {painted:.0f} ms; {len(asked)} requests (bar: 2)")
        assert len(asked) == len(set(asked)) == 2
