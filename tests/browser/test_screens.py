"""What the visitor sees: the banner, the pages of ours and the shop, on a desk, on a phone, in the dark.

The pictures are kept in ``shots/`` beside this file, for people to look at; the tests assert what a machine can.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import BANNER, PREFERENCES, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor

_SHOTS = Path(__file__).with_name("shots")
_DESK = {"width": 1280, "height": 800}
_PHONE = {"width": 320, "height": 640}
_SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": _DESK, "locale": "en-GB"},
    "phone": {"viewport": _PHONE, "locale": "fr-FR", "has_touch": True},
    "dark": {"viewport": _DESK, "locale": "fr-FR", "color_scheme": "dark"},
    "phone-dark": {"viewport": _PHONE, "locale": "en-GB", "color_scheme": "dark", "has_touch": True},
}

# Of each element of the site's own, what it is and where it lies.
_BOXES = """[...document.querySelectorAll("header, header *, main, main *, footer, footer *")].map(element => {
    const box = element.getBoundingClientRect();
    return [element.tagName, box.x + scrollX, box.y + scrollY, box.width, box.height].join(" ");
})"""


def _shoot(visitor: Visitor, name: str, *, full: bool = False) -> None:
    _SHOTS.mkdir(exist_ok=True)
    visitor.page.screenshot(path=_SHOTS / f"{name}.png", full_page=full)


def _assert_no_sideways_scroll(visitor: Visitor) -> None:
    width, content = visitor.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert content <= width


@pytest.mark.requirement("R64 R66")
@pytest.mark.parametrize("screen", _SCREENS)
def test_banner_is_whole_on_screen(site: Site, visit: Callable[..., Visitor], screen: str) -> None:
    """Banner and both buttons lie within the first screen, each at least 24 CSS pixels (WCAG 2.2, 2.5.8)."""
    visitor = visit(site, **_SCREENS[screen])
    visitor.open("/")
    _shoot(visitor, f"banner-{screen}")
    height = visitor.page.evaluate("innerHeight")
    box = visitor.page.locator(BANNER).bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height + 1
    for action in ("accept", "refuse"):
        button = visitor.page.locator(f'{BANNER} button[value="{action}"]').bounding_box()
        assert button is not None
        assert min(button["width"], button["height"]) >= 24
        assert button["y"] >= 0
        assert button["y"] + button["height"] <= height
    _assert_no_sideways_scroll(visitor)


@pytest.mark.requirement("R66")
@pytest.mark.parametrize("screen", _SCREENS)
def test_placeholders_and_our_pages_fit(site: Site, visit: Callable[..., Visitor], screen: str) -> None:
    """After a refusal the placeholders, the preferences and the notice need no sideways scrolling."""
    visitor = visit(site, **_SCREENS[screen])
    visitor.open(PRODUCT)
    visitor.answer("refuse")
    assert visitor.page.locator(PREFERENCES).is_visible()
    for placeholder in visitor.page.locator('span[data-consentkit="placeholder"]').all():
        button = placeholder.locator("button")
        button.scroll_into_view_if_needed()
        assert button.is_visible()
    visitor.page.evaluate("scrollTo(0, 0)")
    _shoot(visitor, f"placeholders-{screen}", full=True)
    _assert_no_sideways_scroll(visitor)
    for page in ("preferences", "notice"):
        visitor.open(f"/_consent/{page}")
        _shoot(visitor, f"{page}-{screen}", full=True)
        _assert_no_sideways_scroll(visitor)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_accepted_shop_is_laid_out_as_bare(
    site: Site, bare_site: Site, visit: Callable[..., Visitor], screen: str
) -> None:
    """Once everything is allowed, each element lies where it lies without consentkit."""
    bare, governed = visit(bare_site, **_SCREENS[screen]), visit(site, **_SCREENS[screen])
    governed.open("/")
    governed.answer("accept")
    for visitor in (bare, governed):
        visitor.browse(PRODUCT)
        visitor.page.locator(".embeds").scroll_into_view_if_needed()
    _shoot(governed, f"accepted-{screen}")
    _assert_no_sideways_scroll(governed)
    assert governed.page.evaluate(_BOXES) == bare.page.evaluate(_BOXES)
