"""Our script and style in a real browser, on a page that does its worst to them; no server is needed."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error

from consentkit.manifest.model import Banner
from consentkit.notice.render import NoticeRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Route

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest

pytestmark = pytest.mark.browser

ORIGIN = "http://site.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-page'; connect-src 'self'; form-action 'self'"
SITE_STYLE = """
* { letter-spacing: .2em; border-radius: 0; margin: 9px } button { width: 100%; padding: 40px; font-size: 40px;
text-transform: uppercase; color: pink; background: pink } button::before { content: "XX" } section { display: none;
position: static } form { display: none } h2 { font-size: 90px } a { display: none; color: green }
[role=status] { position: fixed; inset: 0 } button:first-child { transform: scale(.5) } li, p, div { float: right }
#last { display: inline }
"""
# Elements whose names shadow the methods that a careless script would call on the document.
CLOBBER = (
    "".join(
        f"<img name={name}><img id={name}>"
        for name in (
            "querySelector",
            "querySelectorAll",
            "addEventListener",
            "dispatchEvent",
            "documentElement",
            "body",
        )
    )
    + "<form id=consentkit data-consentkit=form><input name=action><input name=getAttribute></form>"
)
TEXT = "<p>" + "A long text. " * 400 + '</p><p><a id=last href="#">Last link</a></p>'


@dataclass
class Site:
    """One page and the answers to its forms.

    Attributes:
        posts: Every form posted: what the browser asked for, and the fields.
        loads: How many times the page was asked for.
    """

    renderer: NoticeRenderer
    manifest: Manifest
    decision: Decision
    content: str = ""
    status: int = 200
    answer: Any = None
    posts: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    loads: int = 0

    def serve(self, route: Route) -> None:
        """Answer one request of the page."""
        request = route.request
        path = urlsplit(request.url).path
        asset = self.renderer.assets.get(path.rpartition("/")[2])
        if asset:
            route.fulfill(body=asset.body, content_type=asset.content_type)
        elif request.method == "POST":
            accept = request.headers.get("accept", "")
            self.posts.append((accept, parse_qs(request.post_data or "")))
            if accept == "application/json":
                route.fulfill(status=self.status, body=json.dumps(self.answer), content_type="application/json")
            else:
                route.fulfill(body="<!DOCTYPE html><title>posted</title>", content_type="text/html")
        elif path == "/":
            self.loads += 1
            route.fulfill(
                body=self.page(), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
            )
        else:
            route.fulfill(body=f"<!DOCTYPE html><title>{path}</title>", content_type="text/html")

    def page(self) -> str:
        """The page's HTML."""
        banner = self.renderer.banner(language="en", decision=self.decision, return_to="/")
        frame = self.renderer.placeholder(self.manifest.service("youtube"), language="en", title=None)
        script = self.renderer.head(nonce=None)
        return (
            f"<!DOCTYPE html><html lang=en>{script}<meta name=viewport content='width=device-width'><title>site</title>"
            f"<style nonce=page>{SITE_STYLE}</style><body>{banner}{self.content}<p>{frame}</p>{TEXT}"
        )


@pytest.fixture
def site(renderer: NoticeRenderer, manifest: Manifest, decide: Callable[..., Decision]) -> Site:
    """A site whose visitor has not chosen."""
    return Site(renderer, manifest, decide())


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A tab that knows this site only; an error of a script fails the test."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        tab = context.new_page()
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.route("**/*", site.serve)
        yield tab
        assert errors == []


def chosen(state: str, *purposes: str, reload: bool) -> dict[str, Any]:
    """The endpoint's answer to a choice."""
    return {"state": state, "purposes": ["necessary", *purposes], "reload": reload, "receipt": "r", "signals": {}}


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds; Playwright's own wait evaluates text in the page, which its policy forbids."""
    for _ in range(500):
        # A navigation in between ends the evaluation, not the wait.
        with contextlib.suppress(Error):
            if page.evaluate(expression):
                return
        page.wait_for_timeout(20)
    pytest.fail(f"{expression} never held")


def watch_changes(page: Page) -> None:
    """Keep the detail of the next change in ``window.seen``."""
    page.evaluate(
        "EventTarget.prototype.addEventListener.call(document, 'consentkit:change', (e) => { window.seen = e.detail })"
    )


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("content", ["", CLOBBER], ids=["plain", "hostile"])
def test_choice_that_opens_nothing_keeps_the_page(site: Site, page: Page, content: str) -> None:
    """The banner gives way to the link, which gets the focus; the change is told to people and to scripts."""
    site.content = content
    site.answer = chosen("refused", reload=False)
    page.goto(ORIGIN)
    watch_changes(page)
    page.locator("#consentkit button[value=refuse]").focus()
    page.keyboard.press("Enter")
    until(page, "window.seen")
    assert site.posts == [
        ("application/json", {"return_to": ["/"], "collected": ["banner"], "language": ["en"], "action": ["refuse"]})
    ]
    assert site.loads == 1
    assert page.locator("section#consentkit").count() == 0
    assert page.evaluate("window.seen") == {"state": "refused", "purposes": ["necessary"], "signals": {}}
    assert page.evaluate("[consentkit.state, consentkit.allows('necessary'), consentkit.allows('media')]") == [
        "refused",
        True,
        False,
    ]
    assert page.locator("a[data-consentkit=preferences]:focus").count() == 1
    assert page.locator("[data-consentkit=status]").text_content() == "Your choices are saved."


def test_choice_that_opens_something_loads_the_page_again(site: Site, page: Page) -> None:
    """Scroll and focus stay where they were, and nothing is left in the browser's storage."""
    site.answer = chosen("given", reload=True)
    page.goto(ORIGIN)
    page.evaluate("scrollTo(0, 400)")
    with page.expect_navigation():
        page.locator("[data-consentkit=placeholder] button").evaluate("(button) => button.click()")
    until(page, "Document.prototype.querySelector.call(document, '[data-consentkit=status]').textContent")
    assert site.posts == [
        (
            "application/json",
            {"return_to": ["/"], "collected": ["placeholder"], "action": ["save"], "services": ["youtube"]},
        )
    ]
    assert site.loads == 2
    assert page.evaluate("scrollY") == 400
    assert page.locator("[data-consentkit=placeholder] button:focus").count() == 1
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]


def test_focus_goes_to_the_frame_that_the_button_became(site: Site, page: Page) -> None:
    """Of two films, the second's button leads to the second, also where both are shown."""
    site.answer = chosen("given", reload=True)
    film = site.renderer.placeholder(site.manifest.service("youtube"), language="en", title=None)
    site.content = f"{film}<iframe hidden data-consentkit-service=youtube></iframe>"
    page.goto(ORIGIN)
    page.locator("[data-consentkit=placeholder] button").nth(1).focus()
    site.content = "<iframe id=first srcdoc=1></iframe><iframe id=second srcdoc=2></iframe>"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    until(page, "Document.prototype.querySelector.call(document, '[data-consentkit=status]').textContent")
    assert page.evaluate("document.activeElement.id") == "second"


def test_a_banner_at_the_top_leaves_the_page_where_it_is(page: Page, site: Site) -> None:
    """The page begins below it, and neither its going nor a reload moves what is read."""
    site.manifest = site.manifest.model_copy(update={"banner": Banner(position="top")})
    site.renderer = NoticeRenderer(site.manifest)
    site.content = "<h1 id=start>Start</h1><p id=here>Here</p>" + TEXT
    page.goto(ORIGIN)
    banner, start = page.locator("#consentkit").bounding_box(), page.locator("#start").bounding_box()
    assert banner is not None
    assert start is not None
    assert start["y"] >= banner["y"] + banner["height"]
    page.evaluate("scrollTo(0, 400)")
    before = page.locator("#here").bounding_box()
    site.answer = chosen("refused", reload=False)
    page.locator("#consentkit button[value=refuse]").click()
    until(page, "consentkit.state === 'refused'")
    assert page.locator("#consentkit").count() == 0
    assert page.locator("#here").bounding_box() == before


@pytest.mark.parametrize(
    ("status", "answer"),
    [(503, {"error": {}}), (200, ["no answer"]), (200, {"state": 1, "purposes": []}), (200, {"state": "given"})],
)
def test_failure_hands_the_form_to_the_browser(site: Site, page: Page, status: int, answer: object) -> None:
    """Whatever goes wrong, the same form is posted the plain way, with the button that was pressed."""
    site.status, site.answer = status, answer
    page.goto(ORIGIN)
    page.locator("#consentkit button[value=accept]").click()
    until(page, "document.title === 'posted'")
    assert [fields for _, fields in site.posts] == [
        {"return_to": ["/"], "collected": ["banner"], "language": ["en"], "action": ["accept"]}
    ] * 2
    assert "text/html" in site.posts[1][0]


def test_polluted_prototypes_and_answers_change_nothing(site: Site, page: Page) -> None:
    """Neither the page's ``Object.prototype`` nor a ``__proto__`` in the answer makes the page load again."""
    site.answer = {"state": "refused", "purposes": ["necessary"], "__proto__": {"reload": True}}
    page.goto(ORIGIN)
    page.evaluate("Object.prototype.reload = true")
    watch_changes(page)
    page.locator("#consentkit button[value=refuse]").click()
    until(page, "window.seen")
    assert site.loads == 1
    assert page.locator("a[data-consentkit=preferences]").is_visible()


def test_withdrawal_by_script_empties_the_placeholders_form(
    site: Site, page: Page, decide: Callable[..., Decision]
) -> None:
    """A placeholder clicked later must not bring back what was withdrawn."""
    site.decision = decide("given", ("analytics",), ("meta-pixel",))
    site.answer = chosen("withdrawn", reload=False)
    page.goto(ORIGIN)
    assert page.locator("#consentkit-allow input").count() == 5
    page.evaluate("consentkit.withdraw()")
    assert site.posts == [("application/json", {"action": ["withdraw"], "collected": ["api"]})]
    assert page.evaluate("consentkit.state") == "withdrawn"
    names = page.locator("#consentkit-allow input").evaluate_all("(fields) => fields.map((field) => field.name)")
    assert names == ["return_to", "collected", "action"]


def test_preferences_open_by_script(site: Site, page: Page) -> None:
    """``open()`` goes where the link goes; the interface itself can't be replaced by the page."""
    page.goto(ORIGIN)
    page.evaluate("window.consentkit = null")
    page.evaluate("consentkit.open()")
    page.wait_for_url("**/_consent/preferences?return_to=/")


@pytest.mark.requirement("R8")
def test_banner_looks_the_same_on_any_site(site: Site, page: Page) -> None:
    """The site's rules reach neither the buttons nor the texts, and both buttons look alike (CNIL 2020-092 §34)."""
    page.goto(ORIGIN)
    looks = page.locator("#consentkit button").evaluate_all(
        """(buttons) => buttons.map((button) => {
            const style = getComputedStyle(button), box = button.getBoundingClientRect();
            return [box.width, box.height, box.top, style.fontSize, style.fontWeight, style.letterSpacing,
                style.textTransform, style.color, style.backgroundColor, style.transform,
                getComputedStyle(button, '::before').content];
        })"""
    )
    assert looks[0] == looks[1]
    assert looks[0][3:] == ["15px", "600", "normal", "none", "rgb(255, 255, 255)", "rgb(29, 39, 51)", "none", "none"]
    assert page.locator("#consentkit h2").evaluate("(title) => getComputedStyle(title).fontSize") == "18px"
    assert page.locator("#consentkit").evaluate("(banner) => getComputedStyle(banner).position") == "fixed"


@pytest.mark.requirement("R64 R66")
@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 640), (640, 360), (1280, 800)])
def test_both_buttons_are_in_sight_at_any_size(site: Site, page: Page, width: int, height: int) -> None:
    """Nobody scrolls to find an answer, sideways least of all (WCAG 1.4.10: 320 by 256 is 1280 by 1024 at 400 %)."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(ORIGIN)
    for control in page.locator("#consentkit :is(button, a)").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    top = page.locator("#consentkit").bounding_box()
    assert top is not None
    assert top["y"] > 0


@pytest.mark.parametrize("height", [120, 160, 400])
def test_placeholder_fits_a_box_made_for_the_frame(site: Site, page: Page, height: int) -> None:
    """Its text gives way and scrolls, its button stays in sight, and it covers the box."""
    frame = site.renderer.placeholder(site.manifest.service("youtube"), language="fr", title="Un film")
    style = f"#box {{ width: 290px; height: {height}px; overflow: hidden }}"
    site.content = f"<style nonce=page>{style}</style><div id=box>{frame}</div>"
    page.goto(ORIGIN)
    box = page.locator("#box").bounding_box()
    assert page.locator("#box > span").bounding_box() == box
    button = page.locator("#box button").bounding_box()
    assert box is not None
    assert button is not None
    assert button["y"] >= box["y"]
    assert button["y"] + button["height"] <= box["y"] + box["height"]


@pytest.mark.requirement("R62")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 800)])
def test_banner_never_hides_the_focused_element(
    chromium: Browser, site: Site, width: int, height: int, script: bool
) -> None:
    """The last link of the page scrolls clear of the banner when it gets the focus (WCAG 2.4.11)."""
    with chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=script) as context:
        page = context.new_page()
        page.route("**/*", site.serve)
        page.goto(ORIGIN)
        page.locator("[data-consentkit=placeholder] button").focus()
        page.keyboard.press("Tab")
        assert page.locator("#last:focus").count() == 1
        link, banner = page.locator("#last").bounding_box(), page.locator("#consentkit").bounding_box()
        assert link is not None
        assert banner is not None
        assert link["y"] + link["height"] <= banner["y"]


@pytest.mark.requirement("R70")
def test_without_script_the_forms_are_posted_plainly(chromium: Browser, site: Site) -> None:
    """Every button works with scripts off."""
    for selector, expected in (
        (
            "#consentkit button[value=refuse]",
            {"return_to": ["/"], "collected": ["banner"], "language": ["en"], "action": ["refuse"]},
        ),
        (
            "[data-consentkit=placeholder] button",
            {"return_to": ["/"], "collected": ["placeholder"], "action": ["save"], "services": ["youtube"]},
        ),
    ):
        with chromium.new_context(java_script_enabled=False) as context:
            page = context.new_page()
            page.route("**/*", site.serve)
            page.goto(ORIGIN)
            page.locator(selector).focus()
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert site.posts[-1][1] == expected
