"""Where a URL in markup would go, read as a browser reads it (WHATWG URL, section 4.4).

Only the host and the path decide what is gated, so only they are worked out. Where browsers and this reading could
differ, the reading that leaves the site wins: a wrongly gated element is a nuisance, a wrongly live one is a leak.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

# WHATWG URL 4.4: leading and trailing C0 controls and spaces go, tabs and newlines go everywhere.
_EDGES = "".join(map(chr, range(0x21)))
_REMOVED = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.*)", re.IGNORECASE | re.DOTALL)
_SPECIAL = frozenset({"http", "https", "ws", "wss", "ftp"})
# As most are written: nothing in them has to be normalised.
_PLAIN = re.compile(r"(?:https?:)?//([a-z0-9-][a-z0-9.-]*[a-z0-9-])(/[^?#\\\x00-\x20]*+)?+(?:[?#]|\Z)")
_IDEOGRAPHIC_STOPS = re.compile("[\u3002\uff0e\uff61]")


class Target(NamedTuple):
    """Where a request would go.

    Attributes:
        host: Lower case, A-labels, no port, no trailing dot; empty when it can't be read as a host.
        path: Starts with ``/``; query and fragment left out.
        port: As it is written; empty when it isn't.
    """

    host: str
    path: str
    port: str = ""


class Base(NamedTuple):
    """What relative URLs resolve against: a scheme and a host (paths never change the host)."""

    scheme: str
    host: str


def scheme_of(url: str) -> str:
    """Return a URL's scheme in lower case, or the empty string for a relative one."""
    match = _SCHEME.match(url.strip(_EDGES).translate(_REMOVED))
    return match[1].lower() if match else ""


@lru_cache(maxsize=4096)
def target(url: str, base: Base) -> Target | None:
    """Return where a URL leads, or None when following it contacts nobody.

    ``data:``, ``blob:``, ``javascript:``, ``mailto:`` and the like contact nobody by themselves.
    """
    if plain := _PLAIN.match(url):
        return Target(plain[1], plain[2] or "/")
    text = url.strip(_EDGES).translate(_REMOVED)
    scheme, rest = base.scheme, text
    if match := _SCHEME.match(text):
        scheme, rest = match[1].lower(), match[2]
        if scheme not in _SPECIAL:
            return None
    rest = rest.partition("#")[0].partition("?")[0].replace("\\", "/")
    if match is None and not rest.startswith("//"):
        # A request without a host (HTTP/1.0) still asks its own site.
        return Target(base.host, rest if rest.startswith("/") else f"/{rest}") if base.host else None
    # `https:tracker.example/x` is relative on an https page and absolute elsewhere: read as absolute, in doubt.
    authority, _, path = rest.lstrip("/").partition("/")
    host = authority.rpartition("@")[2]
    return Target(normal_host(host), f"/{path}", _port(host))


def _port(host: str) -> str:
    port = unquote(host).rpartition("]")[2].partition(":")[2]
    return port if port.isascii() and port.isdigit() else ""


def normal_host(host: str) -> str:
    """Return a host as it is compared: lower case, A-labels, without port and trailing dot."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    host = unquote(host).partition(":")[0]
    host = _IDEOGRAPHIC_STOPS.sub(".", host).lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
