"""The browser makers' own pages about cookies; each one picks the reader's language itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrowserHelp:
    """A maker's page about cookies.

    Attributes:
        name: What people call the browser.
        url: The page.
        own: It is the visitor's browser.
    """

    name: str
    url: str
    own: bool


_EDGE = "manage-cookies-in-microsoft-edge-view-allow-block-delete-and-use-168dab11-0753-043d-7c16-ede5947fc64d"

# (part of the user agent's family in lower case, name, page). A family can hold two of the parts ("Mobile Safari"),
# so the more particular one stands first.
_BROWSERS = (
    ("firefox", "Firefox", "https://support.mozilla.org/kb/clear-cookies-and-site-data-firefox"),
    ("chrom", "Chrome", "https://support.google.com/chrome/answer/95647"),
    ("edge", "Microsoft Edge", f"https://support.microsoft.com/windows/{_EDGE}"),
    ("mobile safari", "Safari (iPhone, iPad)", "https://support.apple.com/105082"),
    ("safari", "Safari (Mac)", "https://support.apple.com/guide/safari/sfri11471/mac"),
    ("opera", "Opera", "https://help.opera.com/en/latest/web-preferences/#cookies"),
)


def help_pages(family: str | None) -> tuple[BrowserHelp, ...]:
    """Return every maker's page, that of the visitor's browser first.

    Args:
        family: The browser's family as the user agent's parser names it, such as ``Mobile Safari``; None if unknown.
    """
    wanted = (family or "").lower()
    own = next((name for part, name, _ in _BROWSERS if part in wanted), None)
    pages = [BrowserHelp(name, url, own=name == own) for _, name, url in _BROWSERS]
    return tuple(sorted(pages, key=lambda page: not page.own))
