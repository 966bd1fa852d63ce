"""Which attributes of which elements make a browser contact somebody, and how their values are read.

Collected from the WHATWG HTML attribute index, SVG 2, SVG Animations, Attribution Reporting and what browsers still
honour of HTML 4. ``a[href]`` and ``area[href]`` are not among them: they contact nobody until the visitor follows them.
"""

from __future__ import annotations

import enum


class Reading(enum.Enum):
    """How an attribute's value names what it contacts."""

    URL = enum.auto()
    URL_LIST = enum.auto()
    SRCSET = enum.auto()
    CSS = enum.auto()
    ANIMATION = enum.auto()
    SCRIPT = enum.auto()
    DOCUMENT = enum.auto()


# Python 3.11 takes 100 ns to look a member up on its class.
_URL, _SCRIPT = Reading.URL, Reading.SCRIPT

# SVG presentation attributes that take url() (SVG 2, 6.6).
_PRESENTATION = frozenset(b"fill stroke filter mask clip-path cursor marker-start marker-mid marker-end marker".split())
# Read on every element: a browser ignores most of these places, and gating an ignored attribute costs nothing.
_ANYWHERE: dict[bytes, Reading] = {
    b"src": Reading.URL,
    b"srcset": Reading.SRCSET,
    b"imagesrcset": Reading.SRCSET,
    b"poster": Reading.URL,
    b"background": Reading.URL,
    b"formaction": Reading.URL,
    b"ping": Reading.URL_LIST,
    b"attributionsrc": Reading.URL_LIST,
    b"dynsrc": Reading.URL,
    b"lowsrc": Reading.URL,
    b"srcdoc": Reading.DOCUMENT,
    b"style": Reading.CSS,
    **dict.fromkeys(_PRESENTATION, Reading.CSS),
}
# Names that other elements, custom ones above all, use for things of their own.
_PLUGIN = frozenset({b"object", b"applet", b"embed"})
_ANIMATION = frozenset({b"animate", b"set", b"animatecolor", b"animatemotion", b"animatetransform"})
_ON_ELEMENTS: dict[bytes, tuple[Reading, frozenset[bytes]]] = {
    b"data": (Reading.URL, _PLUGIN),
    b"classid": (Reading.URL, _PLUGIN),
    b"codebase": (Reading.URL, _PLUGIN),
    b"code": (Reading.URL, _PLUGIN),
    b"archive": (Reading.URL_LIST, _PLUGIN),
    b"action": (Reading.URL, frozenset({b"form", b"isindex"})),
    b"manifest": (Reading.URL, frozenset({b"html"})),
    # SMIL can animate an href, and what takes url() (SVG Animations 2, 2.5).
    b"from": (Reading.ANIMATION, _ANIMATION),
    b"to": (Reading.ANIMATION, _ANIMATION),
    b"by": (Reading.ANIMATION, _ANIMATION),
    b"values": (Reading.ANIMATION, _ANIMATION),
}
_HREFS = frozenset({b"href", b"xlink:href"})
# Elements whose href is followed only when the visitor asks for it.
FOLLOWED_BY_HAND = frozenset({b"a", b"area"})

CONTACTING = frozenset({*_ANYWHERE, *_ON_ELEMENTS, *_HREFS})
"""Every attribute that has a reading on some element, but for event handlers."""
CONTACTING_FROM_LINKS = frozenset({b"ping", b"attributionsrc", b"style", *_PRESENTATION})
"""Those that mean something on what the visitor follows by hand, in HTML or in SVG."""

# WHATWG MIME Sniffing 4.6, and the keyword for modules.
JAVASCRIPT_TYPES = frozenset(
    "application/ecmascript application/javascript application/x-ecmascript application/x-javascript text/ecmascript "
    "text/javascript text/javascript1.0 text/javascript1.1 text/javascript1.2 text/javascript1.3 text/javascript1.4 "
    "text/javascript1.5 text/jscript text/livescript text/x-ecmascript text/x-javascript module".split()
)
# Script types whose text is URLs to fetch, not code.
FETCHING_TYPES = frozenset({"importmap", "speculationrules", "webbundle"})
# What a browser shows or plays and never runs, whichever element names it (Fetch 2.9: blocked for scripts).
PASSIVE_DATA = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "audio/", "video/", "font/")


def reading(element: bytes, attribute: bytes) -> Reading | None:
    """Return how an attribute is read on an element, or None when it contacts nobody.

    Both names are in lower case.
    """
    if attribute in _HREFS:
        return None if element in FOLLOWED_BY_HAND else _URL
    if attribute in _ON_ELEMENTS:
        kind, names = _ON_ELEMENTS[attribute]
        return kind if element in names else None
    if attribute.startswith(b"on"):
        return _SCRIPT
    if element in FOLLOWED_BY_HAND and attribute not in CONTACTING_FROM_LINKS:
        return None
    return _ANYWHERE.get(attribute)
