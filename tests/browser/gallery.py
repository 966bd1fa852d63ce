"""All that visitors see in one look, answered to a browser without any server: for loops over many looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.manifest.load import load
from consentkit.manifest.model import Banner
from consentkit.notice.render import NoticeRenderer
from consentkit.notice.views import ChoiceView

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from consentkit.manifest.model import Manifest
    from consentkit.manifest.vocabulary import Position, Theme

ORIGIN = "http://site.test"
_SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop" / "consent.yaml"
_RECORD = ChoiceView(index=7, time="2026-11-22T10:00:00Z", date="22 November 2026", state="given", allowed="Media")
_SIZES = {"video": (480, 270), "map": (300, 300), "post": (280, 360)}
_TEXT = "<p>" + "When the tide goes out the boats lie on their sides and wait. " * 40 + "</p>"
_SITE_STYLE = "html { color-scheme: light dark } body { margin: 0; padding: 16px }"


@dataclass
class Gallery:
    """One look of everything.

    Attributes:
        nonce: The site's page has a policy with this nonce; None for one without.
        own_style: What the site's page has besides.
        templates: The site's folder of templates and texts.
    """

    theme: Theme = "plain"
    position: Position = "bottom"
    language: str = "en"
    nonce: str | None = None
    own_style: str = ""
    templates: Path | None = None
    requested: list[str] = field(default_factory=list)

    @cached_property
    def manifest(self) -> Manifest:
        """The shop's, in this look."""
        shop = load(_SHOP)
        # A service for each drawing, so that the style sent has them all.
        posts = shop.service("youtube").model_copy(update={"id": "posts", "shows": "post", "hosts": ()})
        look = Banner(theme=self.theme, position=self.position)
        return shop.model_copy(update={"banner": look, "services": (*shop.services, posts)})

    @cached_property
    def renderer(self) -> NoticeRenderer:
        """What renders it."""
        return NoticeRenderer(self.manifest, templates=self.templates)

    def decision(self, state: str) -> Decision:
        """Return what a visitor is allowed who allowed nothing."""
        exempt = self.manifest.exempt_purposes
        services = {s.id for s in self.manifest.services if exempt.issuperset(s.purposes)}
        return Decision(ChoiceState(state), frozenset(exempt), frozenset(services), key="")

    def page(self, state: str) -> str:
        """Return a page of the site with three placeholders and a gated chat."""
        banner = self.renderer.banner(language=self.language, decision=self.decision(state), return_to="/")
        head = self.renderer.head(nonce=self.nonce)
        mark = f" nonce={self.nonce}" if self.nonce else ""
        holes = "".join(f"<p>{self._placeholder(kind, width, height)}</p>" for kind, (width, height) in _SIZES.items())
        gated = "<script type=text/plain data-consentkit-service=crisp></script>"
        direction = self.renderer.texts.direction(self.language)
        return (
            f"<!DOCTYPE html><html lang={self.language} dir={direction}><title>Site</title>"
            f"<meta name=viewport content='width=device-width'>{head}"
            f"<style{mark}>{_SITE_STYLE} {self.own_style}</style>"
            f"<body>{banner}<main><h1>Site</h1>{gated}{holes}{_TEXT * 3}<p><a id=last href='#'>Last link</a></p></main>"
        )

    def _placeholder(self, kind: str, width: int, height: int) -> str:
        service = self.manifest.service("youtube").model_copy(update={"shows": kind})
        return self.renderer.placeholder(service, language=self.language, title=None, width=width, height=height)

    def serve(self, route: Route) -> None:
        """Answer one request."""
        path = urlsplit(route.request.url).path
        self.requested.append(path)
        asset = self.renderer.assets.get(path.rpartition("/")[2])
        if asset:
            headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": asset.content_type}
            route.fulfill(body=asset.body, headers=headers)
            return
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.nonce:
            nonce = f"'nonce-{self.nonce}'"
            policy = f"default-src 'self'; script-src {nonce} 'strict-dynamic'; style-src {nonce}"
            headers["Content-Security-Policy"] = policy
        route.fulfill(body=self._html(path), headers=headers)

    def _html(self, path: str) -> str:
        renderer, language, refused = self.renderer, self.language, self.decision("refused")
        if path == "/preferences":
            return renderer.preferences(language=language, decision=refused, return_to="/", saved=True)
        if path == "/notice":
            return renderer.notice(language=language, decision=refused, browser="Firefox")
        if path == "/mine":
            return renderer.mine(language=language, entries=[_RECORD])
        if path == "/error":
            return renderer.error(language=language, status=503, message="disk full")
        return self.page("refused" if path == "/refused" else "unknown")


OWN_PAGES = ("/preferences", "/notice", "/mine", "/error")
EVERYTHING = ("/", "/refused", *OWN_PAGES)
