"""Every page and part of ours under axe-core, in both colour schemes, on a desk and on the narrowest phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from accessibility import violations

from .conftest import BANNER, PREFERENCES, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor

_SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 320, "height": 640}},
}
_PLACEHOLDER = '[data-consentkit="placeholder"]'

# One of the four looks stands for the others in the quick suite.
_looks = pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        ("phone", "dark"),
        pytest.param("phone", "light", marks=pytest.mark.slow),
        pytest.param("desk", "dark", marks=pytest.mark.slow),
        pytest.param("desk", "light", marks=pytest.mark.slow),
    ],
)


def test_axe_finds_what_is_wrong(site: Site, visit: Callable[..., Visitor]) -> None:
    """A page of ours made illegible is reported, so that silence means something."""
    visitor = visit(site)
    visitor.open("/_consent/preferences")
    visitor.page.evaluate("document.querySelector('h1').style.setProperty('color', '#ddd', 'important')")
    assert any(found.startswith("color-contrast: ") for found in violations(visitor.page))


@pytest.mark.requirement("R10 R65 R63")
@_looks
def test_axe_finds_nothing_on_what_visitors_see(
    site: Site, visit: Callable[..., Visitor], screen: str, scheme: str
) -> None:
    """Banner, placeholders, the link that stays, and every page of ours."""
    visitor = visit(site, color_scheme=scheme, **_SCREENS[screen])
    visitor.open(PRODUCT)
    assert violations(visitor.page, BANNER, _PLACEHOLDER) == []
    visitor.answer("refuse")
    assert violations(visitor.page, PREFERENCES, _PLACEHOLDER) == []
    for path in ("preferences", "notice", "mine"):
        visitor.open(f"/_consent/{path}")
        assert violations(visitor.page) == [], path
    visitor.open("/_consent/preferences")
    for details in visitor.page.locator("details").all():
        details.locator("summary").click()
    assert violations(visitor.page) == []
    visitor.page.evaluate("document.querySelector('[name=return_to]').form.elements.action[0].value = 'nonsense'")
    visitor.follow('button[value="nonsense"]')
    assert visitor.page.locator("[role=alert]").is_visible()
    assert violations(visitor.page) == []


@_looks
def test_axe_finds_nothing_on_what_auditors_see(
    site: Site, visit: Callable[..., Visitor], screen: str, scheme: str
) -> None:
    """The log-in form, the same after a wrong token, the entry page and both logs."""
    visitor = visit(site, color_scheme=scheme, **_SCREENS[screen])
    visitor.open("/_consent/admin")
    assert violations(visitor.page) == []
    visitor.page.fill("#token", "wrong-token-of-a-believable-length")
    visitor.follow("form button")
    assert violations(visitor.page) == []
    visitor.page.fill("#token", site.audit_token)
    visitor.follow("form button")
    assert violations(visitor.page) == []
    for name in ("log", "browser-log"):
        visitor.open(f"/_consent/{name}?format=html")
        assert violations(visitor.page) == [], name
