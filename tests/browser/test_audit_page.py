"""The audit page over a month of traffic: axe-core, the narrowest phone, the keyboard, and print.

The pictures are kept in ``shots/`` beside this file, for people to look at.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from accessibility import violations
from starlette.applications import Starlette
from traffic import Traffic

from consentkit import ConsentMiddleware

from .conftest import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consentkit.manifest.model import Manifest

    from .conftest import Visitor

SHOTS = Path(__file__).with_name("shots")
TOKEN = "browser-audit-token-browser-audit-token"
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 900}},
    "phone-dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    # WCAG 1.4.10: 1280 by 1024 pixels at 400 %.
    "zoom-400": {"viewport": {"width": 320, "height": 256}},
    "forced": {"viewport": {"width": 1280, "height": 900}, "forced_colors": "active"},
}
slow = pytest.mark.slow

# Marks of the charts that stand out of their frame, which scrolls nothing and so isn't seen by the page's width.
_OUTSIDE = """() => [...document.querySelectorAll("figure .chart *")].filter(mark => {
    const frame = mark.closest("figure").getBoundingClientRect(), box = mark.getBoundingClientRect();
    return box.width && (box.right > frame.right || box.left < frame.left);
}).length"""


# Text that neither wraps nor scrolls and is wider or higher than its box.
_CUT_OFF = """() => [...document.querySelectorAll("main *")]
    .filter(part => part.checkVisibility() && !part.closest("svg, thead") && part.tagName !== "INPUT")
    .filter(part => {
        const {overflowX, overflowY} = getComputedStyle(part);
        return (part.scrollWidth > part.clientWidth + 1 && overflowX === "hidden")
            || (part.scrollHeight > part.clientHeight + 1 && overflowY === "hidden");
    }).map(part => part.outerHTML.slice(0, 120))"""
_SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""
# A reader's own style, which the pages' policy doesn't govern.
_DRESS = """style => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    document.adoptedStyleSheets = [sheet];
}"""
# What a chart tells apart by its fill must differ from the ground and from each other in the system's few colours.
_MARKS = """() => {
    const look = name => {
        const mark = document.querySelector(`figure .${name}`), style = mark && getComputedStyle(mark);
        return mark && [style.fill, style.stroke].join();
    };
    return Object.fromEntries(["solid", "striped", "open", "rest"].map(name => [name, look(name)]));
}"""


class _Clock:
    """A clock that stands still at the end of a month."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 30, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def month(manifest: Manifest, secret_key: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a month of generated visits and a hold."""
    clock, database = _Clock(), tmp_path_factory.mktemp("month") / "consent.db"
    app = ConsentMiddleware(
        Starlette(),
        manifest=manifest,
        secret_key=secret_key,
        database=f"sqlite:///{database}",
        audit_tokens=[TOKEN],
        clock=clock,
    )
    records = app.site.records

    async def fill() -> None:
        await Traffic(("analytics", "advertising", "media"), visits=50).pass_through(records, clock, 29)
        await records.hold("consent", reason="Complaint", author="counsel", ends=clock() + timedelta(days=90))

    asyncio.run(fill())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", TOKEN)
        server.should_exit = True
        thread.join(30)


def _faults(auditor: Visitor, screen: str) -> list[str]:
    """What axe-core finds; it reads the page's colours, so not where the system's stand for them."""
    return [] if screen == "forced" else violations(auditor.page)


@pytest.mark.parametrize(
    "screen", ["phone-dark", *(pytest.param(name, marks=slow) for name in SCREENS if name != "phone-dark")]
)
def test_a_month_reads_well(month: Site, visit: Callable[..., Visitor], screen: str) -> None:
    """Nothing for axe-core to find, no scrolling sideways, no script, and every chart with its numbers."""
    auditor = visit(month, **SCREENS[screen])
    auditor.open("/_consent/admin")
    auditor.page.fill("#token", month.audit_token)
    auditor.follow("form button")
    SHOTS.mkdir(exist_ok=True)
    auditor.page.screenshot(path=SHOTS / f"audit-{screen}.png", full_page=True)

    assert auditor.page.locator("svg[role=img]").count() == 3
    assert _faults(auditor, screen) == []
    for details in auditor.page.locator("details").all():
        details.locator("summary").press("Enter")
        assert details.locator("table").is_visible()
    assert _faults(auditor, screen) == []
    width, content = auditor.page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert content <= width
    assert auditor.page.evaluate(_OUTSIDE) == 0
    assert auditor.page.locator("script").count() == 0
    for path in ("stats?format=html", "inventory?format=html"):
        auditor.open(f"/_consent/{path}")
        assert _faults(auditor, screen) == [], path
    assert auditor.errors == []


def test_print_keeps_the_charts_and_drops_the_controls(month: Site, visit: Callable[..., Visitor]) -> None:
    """On paper: charts and numbers, no navigation and no forms."""
    auditor = visit(month, **SCREENS["desk"])
    auditor.open("/_consent/admin")
    auditor.page.fill("#token", month.audit_token)
    auditor.follow("form button")
    auditor.page.emulate_media(media="print")
    assert auditor.page.locator("svg[role=img]").first.is_visible()
    assert not auditor.page.locator("nav").first.is_visible()
    assert not auditor.page.locator("form").first.is_visible()


def test_what_a_visitor_saw_is_shown_in_its_style(month: Site, visit: Callable[..., Visitor]) -> None:
    """The banner lies over the page, as it did, in the styles of its time; nothing in it can be sent."""
    visitor = visit(month)
    visitor.open("/_consent/preferences")
    visitor.follow("button[value=refuse]")
    auditor = visit(month, **SCREENS["desk"])
    auditor.open("/_consent/admin")
    auditor.page.fill("#token", month.audit_token)
    auditor.follow("form button")
    digest = auditor.page.evaluate(
        "fetch('/_consent/log').then(log => log.json()).then(log => log.items[0].notice_digest)"
    )
    auditor.open(f"/_consent/log/document/{digest}")

    assert auditor.page.locator("section#consentkit").evaluate("banner => getComputedStyle(banner).position") == "fixed"
    assert auditor.page.locator("link[rel=stylesheet]").evaluate_all("links => links.every(link => link.sheet)")


@slow
@pytest.mark.requirement("R66 R67")
def test_wider_text_loses_nothing(month: Site, visit: Callable[..., Visitor]) -> None:
    """With the text as wide as WCAG 1.4.12 has it, on a phone: nothing is cut off, nothing scrolls sideways."""
    auditor = visit(month, **SCREENS["phone"])
    auditor.open("/_consent/admin")
    auditor.page.fill("#token", month.audit_token)
    auditor.follow("form button")
    for path in ("admin", "log?format=html", "browser-log?format=html", "inventory?format=html", "stats?format=html"):
        auditor.open(f"/_consent/{path}")
        for style in ("", _SPACING):
            auditor.page.evaluate(_DRESS, style)
            assert auditor.page.evaluate(_CUT_OFF) == [], path
            assert auditor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        auditor.page.screenshot(path=SHOTS / f"audit-spaced-{path.partition('?')[0]}.png")


@slow
def test_forced_colours_keep_the_charts_apart(month: Site, visit: Callable[..., Visitor]) -> None:
    """In the system's few colours accepted, refused and the rest of a bar still differ, and buttons have an edge."""
    auditor = visit(month, **SCREENS["forced"])
    auditor.open("/_consent/admin")
    auditor.page.fill("#token", month.audit_token)
    auditor.follow("form button")
    marks = [look for look in auditor.page.evaluate(_MARKS).values() if look]
    assert len(marks) >= 2
    assert len(set(marks)) == len(marks)
    edge = "button => { const s = getComputedStyle(button); return s.borderTopColor !== s.backgroundColor }"
    assert all(button.evaluate(edge) for button in auditor.page.locator("button").all())
