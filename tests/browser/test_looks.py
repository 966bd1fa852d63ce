"""Every look of what visitors see, as people meet it: by keyboard, at any size, in any colours, without motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from accessibility import violations

from consentkit.manifest.vocabulary import Position, Theme

from .gallery import EVERYTHING, ORIGIN, OWN_PAGES, Gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 640}
BANNER = "section#consentkit"

# What Tab reaches, in the order of the document; the focus ring of each must be seen.
_FOCUSABLE = """[...document.querySelectorAll("a[href], button, summary, input:not([type=hidden])")]
    .filter(element => element.checkVisibility()).length"""
_FOCUSED = """() => {
    const all = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden])")]
        .filter(element => element.checkVisibility());
    const style = getComputedStyle(document.activeElement);
    return [all.indexOf(document.activeElement), style.outlineStyle, parseFloat(style.outlineWidth)];
}"""
# Whether some point of what has the focus is in sight, the banner being in nobody's way but its own.
_IN_SIGHT = """() => {
    const focused = document.activeElement, box = focused.getBoundingClientRect();
    if (focused === document.body) return true;
    return [0.02, 0.25, 0.5, 0.75, 0.98].some(x => [0.05, 0.5, 0.95].some(y => {
        const hit = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
        return hit && (focused.contains(hit) || hit.contains(focused));
    })) ? true : focused.outerHTML;
}"""
# Text cut off: it is wider or higher than a box that neither grows nor scrolls.
CUT_OFF = """() => [...document.querySelectorAll("#consentkit, #consentkit *, [data-consentkit=placeholder] *")]
    .filter(element => element.checkVisibility() && !element.matches(".kit-hidden, svg"))
    .filter(element => {
        const {overflowX, overflowY, display} = getComputedStyle(element);
        if (display === "inline" || element === document.body) return false;
        return (element.scrollWidth > element.clientWidth + 1 && overflowX !== "auto")
            || (element.scrollHeight > element.clientHeight + 1 && overflowY !== "auto" && overflowY !== "visible");
    }).map(element => element.outerHTML.slice(0, 160))"""
# WCAG 1.4.12, as a reader's own style.
_SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""


@pytest.fixture
def hang(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a gallery; ``hang(gallery, "/notice", viewport=PHONE)`` takes Playwright's context options."""
    contexts = []
    errors: list[str] = []

    def opened(gallery: Gallery, path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": DESK, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        page.route("**/*", gallery.serve)
        page.goto(ORIGIN + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def _buttons_in_sight(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    for button in page.locator(f"{BANNER} button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size["height"]


@pytest.mark.requirement("R65 R71")
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "theme", [pytest.param(theme, marks=() if theme == "soft" else pytest.mark.slow) for theme in get_args(Theme)]
)
def test_axe_finds_nothing_in_any_look(
    hang: Callable[..., Page], theme: Theme, scheme: str, viewport: dict[str, int]
) -> None:
    """Banner, placeholders and pages of ours have no violation in any theme, scheme and width."""
    gallery = Gallery(theme=theme)
    page = hang(gallery, viewport=viewport, color_scheme=scheme)
    for path in EVERYTHING:
        page.goto(ORIGIN + path)
        parts = () if path in OWN_PAGES else ("[data-consentkit=placeholder]",)
        assert violations(page, *parts) == [], path
    page.goto(ORIGIN)
    assert violations(page, BANNER) == []
    width = viewport["width"]
    print(f"{theme}, {scheme}, {width} px: 0 violations on banner, placeholders, {', '.join(OWN_PAGES)} (bar: 0)")


@pytest.mark.requirement("R61")
@pytest.mark.parametrize("path", EVERYTHING)
def test_tab_walks_through_everything_in_order_and_out_again(hang: Callable[..., Page], path: str) -> None:
    """Each control gets the focus once, in the document's order, with a ring; then the focus leaves the page."""
    page = hang(Gallery(), path)
    count = page.evaluate(_FOCUSABLE)
    assert count > 2
    walked = []
    for _ in range(count):
        page.keyboard.press("Tab")
        index, outline, width = page.evaluate(_FOCUSED)
        assert outline in {"solid", "auto"}, index
        assert width >= 1
        walked.append(index)
    assert walked == list(range(count))
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(_FOCUSED)[0] == count - 2


@pytest.mark.requirement("R62")
@pytest.mark.parametrize("position", get_args(Position))
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_banner_hides_nothing_that_has_the_focus(
    hang: Callable[..., Page], position: Position, viewport: dict[str, int]
) -> None:
    """Wherever it stands, each focused element of the page scrolls to where some of it is seen, forth and back."""
    page = hang(Gallery(position=position), viewport=viewport)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(page.evaluate(_FOCUSABLE)):
            page.keyboard.press(key)
            assert page.evaluate(_IN_SIGHT) is True


@pytest.mark.requirement("R63")
def test_banner_is_a_named_region_first_in_the_page(hang: Callable[..., Page]) -> None:
    """It comes before the site's own content, is no dialog, takes no focus, and Escape does nothing to it."""
    page = hang(Gallery())
    assert page.get_by_role("region", name="Cookies and trackers on Kervalen").count() == 1
    assert page.locator("[role=dialog], [aria-modal], dialog, [inert]").count() == 0
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.activeElement.closest('{BANNER}') !== null")
    page.keyboard.press("Escape")
    assert page.locator(BANNER).is_visible()


@pytest.mark.requirement("R64")
@pytest.mark.parametrize("path", EVERYTHING)
def test_targets_are_large_enough(hang: Callable[..., Page], path: str) -> None:
    """Buttons, boxes with their labels, disclosures and links on lines of their own: 24 by 24 pixels at least."""
    page = hang(Gallery(), path, viewport=PHONE)
    targets = page.locator("button, label, summary, .kit-links a, a[data-consentkit]").locator("visible=true")
    assert targets.count() > 0
    for target in targets.all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, target.inner_text()


@pytest.mark.requirement("R66 R67")
@pytest.mark.parametrize(
    ("style", "viewport"),
    [
        (_SPACING, PHONE),
        ("html { font-size: 200% !important }", {"width": 640, "height": 640}),
        # WCAG 1.4.10: 1280 by 1024 pixels at 400 %.
        ("/* nothing */", {"width": 320, "height": 256}),
    ],
    ids=["text-spacing", "text-200-percent", "zoom-400-percent"],
)
@pytest.mark.parametrize("path", EVERYTHING)
def test_larger_and_wider_text_loses_nothing(
    hang: Callable[..., Page], path: str, style: str, viewport: dict[str, int]
) -> None:
    """No text is cut off, nothing scrolls sideways, and both answers stay in sight."""
    page = hang(Gallery(language="fr", own_style=style), path, viewport=viewport)
    page.add_style_tag(content=style)
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    _buttons_in_sight(page)


@pytest.mark.requirement("R68")
def test_nothing_of_ours_moves_whatever_the_site_animates(hang: Callable[..., Page]) -> None:
    """The site animates every element; those of ours stand still."""
    restless = "body * { animation: turn 1s infinite; transition: all 1s } @keyframes turn { to { rotate: 1turn } }"
    page = hang(Gallery(own_style=restless), reduced_motion="reduce")
    moving = page.evaluate(
        """document.getAnimations().map(animation => animation.effect.target)
            .filter(element => element.closest("#consentkit, [data-consentkit=placeholder]")).length"""
    )
    assert page.evaluate("document.getAnimations().length") > 0
    assert moving == 0


@pytest.mark.requirement("R69")
def test_controls_headings_and_states_have_names(hang: Callable[..., Page]) -> None:
    """What a screen reader is told on the preferences page: saved, the headings, each box and its state."""
    page = hang(Gallery(), "/preferences")
    assert page.get_by_role("status").inner_text() == "Your choices are saved."
    for heading in ("Your choices on Kervalen", "Purposes", "Advertising"):
        assert page.get_by_role("heading", name=heading).count() == 1
    box = page.get_by_role("checkbox", name="Advertising", exact=True)
    assert not box.is_checked()
    page.locator("h3").get_by_text("Advertising", exact=True).click()
    assert box.is_checked()


@pytest.mark.requirement("R65")
def test_forced_colours_keep_edges_and_text(hang: Callable[..., Page]) -> None:
    """With the system's few colours the banner and its buttons keep a border, and nothing is drawn behind text."""
    page = hang(Gallery(theme="soft"), forced_colors="active")
    look = """elements => elements.map(element => {
        const style = getComputedStyle(element);
        return [style.borderTopWidth, style.borderTopColor === style.backgroundColor, style.backgroundImage];
    })"""
    parts = page.locator(f"{BANNER}, {BANNER} button, [data-consentkit=placeholder]").evaluate_all(look)
    assert len(parts) > 5
    assert {tuple(part) for part in parts} == {("1px", False, "none")}


def test_paper_shows_the_page_alone(hang: Callable[..., Page]) -> None:
    """On paper there is no banner, no room for one, and no button."""
    page = hang(Gallery(position="top"))
    page.emulate_media(media="print")
    assert page.locator(BANNER).is_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).padding") == "0px"
    assert page.locator("[data-consentkit=placeholder] button").locator("visible=true").count() == 0


def test_placeholders_keep_the_frames_size(hang: Callable[..., Page]) -> None:
    """Each is as large as the frame it stands for, and narrower where the screen is, in the same proportion."""
    for viewport, sizes in (
        (DESK, [(480, 270), (300, 300), (280, 360)]),
        (PHONE, [(288, 162), (288, 288), (280, 360)]),
    ):
        page = hang(Gallery(), "/refused", viewport=viewport)
        boxes = [hole.bounding_box() for hole in page.locator("span[data-consentkit=placeholder]").all()]
        found = [(box["width"], box["height"]) for box in boxes if box]
        for (width, height), (wanted_width, wanted_height) in zip(found, sizes, strict=True):
            assert width == pytest.approx(wanted_width, abs=2)
            assert height == pytest.approx(wanted_height, abs=3)


def test_a_chat_waits_until_the_banner_is_gone(hang: Callable[..., Page]) -> None:
    """Its placeholder opens by keyboard and offers this one service; no request is made for it."""
    gallery = Gallery()
    page = hang(gallery)
    chat = page.locator("[data-consentkit-shows=chat]")
    assert chat.is_hidden()
    page.goto(f"{ORIGIN}/refused")
    chat.locator("summary").focus()
    page.keyboard.press("Enter")
    button = chat.get_by_role("button", name="Allow Crisp")
    assert button.is_visible()
    assert button.get_attribute("value") == "crisp"
    page.evaluate("document.querySelector('[data-consentkit-service=crisp]').remove()")
    assert chat.is_hidden()


def test_a_strict_policy_is_no_hindrance(hang: Callable[..., Page]) -> None:
    """Under nonces alone, without any inline code or style of ours, style and script work."""
    page = hang(Gallery(nonce="r4nd0m"))
    assert page.evaluate("consentkit.state") == "unknown"
    assert page.evaluate(f"getComputedStyle(document.querySelector('{BANNER}')).position") == "fixed"
    # The script measures after the page is laid out; Playwright's own wait would need code that the policy forbids.
    height = "document.documentElement.style.getPropertyValue('--consentkit-height')"
    for _ in range(500):
        if page.evaluate(height):
            break
        page.wait_for_timeout(20)
    assert page.evaluate(height).endswith("px")
