"""What a technique is: one way to contact a tracker or to store something, on a page of its own."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRACKER = "tracker.example"
"""The domain of the service the manifest declares; each technique has a sub-domain of it."""
STRANGER = "stranger.example"
"""A domain that no service declares."""

CHROMIUM = frozenset({"chromium"})
FIREFOX = frozenset({"firefox"})
BOTH = CHROMIUM | FIREFOX
NOWHERE: frozenset[str] = frozenset()
"""A headless browser, or one behind a proxy, opens no connection in advance: seen in the markup instead."""


class Visible(enum.StrEnum):
    """Where a server can see a technique, if it can."""

    HTML = "html"
    HEADER = "header"
    CSP = "csp"
    """Nowhere: made at run time, by a file of the site's own or in a format that isn't rewritten."""
    COOKIE = "cookie"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site's own that a technique needs, served below ``$FILES``.

    Attributes:
        content: Its text; the marks of :class:`Technique` are filled in.
        media: Its Content-Type.
        status: Its status code.
        headers: Further headers; the marks are filled in.
    """

    content: str = ""
    media: str = "text/javascript"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Technique:
    """One way to contact a tracker or to store something.

    In every text ``$HOST`` stands for the technique's own sub-domain of the tracker, ``$STRANGER`` for one that
    nobody declares, ``$SPLIT`` for the former as a JavaScript expression without the name in one piece, ``$NAME`` for
    what is stored and ``$FILES`` for the folder of its files.

    Attributes:
        id: A DNS label; the first label of every host it contacts.
        visible: Where a server can see it.
        body: What stands in the page's body.
        head: What stands in the page's head.
        page: The whole page instead of both.
        media: The page's Content-Type; empty for none.
        charset: The codec the page is sent in.
        headers: Headers of the page.
        files: Files of the site's own, by name.
        name: What is stored when it fires; empty when contact is what counts.
        scripts: Whether the visitor's browser runs scripts.
        click: A selector to click on once the page stands.
        governed: Whether a Content-Security-Policy has a say in it.
        granted: Whether it works once everything is allowed; what nobody declares never does.
        browsers: The browsers it fires in when nothing is gated.
    """

    id: str
    visible: Visible
    body: str = ""
    head: str = ""
    page: str = ""
    media: str = "text/html; charset=utf-8"
    charset: str = "utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, File] = field(default_factory=dict)
    name: str = ""
    scripts: bool = True
    click: str = ""
    governed: bool = True
    granted: bool = True
    browsers: frozenset[str] = BOTH

    def __post_init__(self) -> None:
        if not self.id.replace("-", "a").isalnum() or not self.id.islower() or len(self.id) > 63:
            message = f"technique id {self.id!r} is no DNS label; use lower-case letters, digits and hyphens"
            raise ValueError(message)

    @property
    def address(self) -> str:
        """Where its page lies."""
        return f"/t/{self.id}"

    def fill(self, text: str) -> str:
        """Return a text of the technique with its marks filled in."""
        host = f"{self.id}.{TRACKER}"
        for mark, value in (
            ("$HOST", host),
            ("$STRANGER", f"{self.id}.{STRANGER}"),
            ("$SPLIT", f"('{host[:-9]}'+'{host[-9:-4]}'+'{host[-4:]}')"),
            ("$NAME", self.name),
            ("$FILES", f"/f/{self.id}"),
        ):
            text = text.replace(mark, value)
        return text

    def source(self) -> bytes:
        """Return the page's bytes."""
        page = self.page or (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{self.id}</title>{self.head}</head>\n'
            f"<body><p>A page of the site.</p>\n{self.body}\n</body></html>\n"
        )
        return self.fill(page).encode(self.charset)


def group(visible: Visible, *techniques: tuple[str, str], **shared: object) -> tuple[Technique, ...]:
    """Return techniques that are an id and a body each and share the rest."""
    return tuple(Technique(id, visible, body, **shared) for id, body in techniques)  # type: ignore[arg-type] # noqa: A001
