"""The files our pages load, read once, named by their content."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from consentkit import resources

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLE = "consentkit.css"
PAGE_STYLE = "pages.css"
SCRIPT = "consentkit.js"
GUARD = "guard.js"
SIGNALS = "signals.js"
AUDIT_STYLE = "audit.css"

_CONTENT_TYPES = {
    STYLE: "text/css; charset=utf-8",
    PAGE_STYLE: "text/css; charset=utf-8",
    SCRIPT: "text/javascript; charset=utf-8",
    GUARD: "text/javascript; charset=utf-8",
    SIGNALS: "text/javascript; charset=utf-8",
    AUDIT_STYLE: "text/css; charset=utf-8",
}


_COMMENTS = re.compile(r"^\s*/\*.*?\*/\s*?$|^\s*//[^\n]*$", re.MULTILINE | re.DOTALL)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)
_GAPS = re.compile(r"(?<=[{};,(\[])\n+|(?<=:) | (?=\{)")
_STYLE_GAPS = re.compile(r"(?<=[{},;]) +|;?\s+(?=\})|(?<=\})\n")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file to serve under ``{prefix}/static/``.

    Attributes:
        name: The file name with 12 hex digits of the body's SHA-256 in it, so it may be cached for ever
            (RFC 8246 ``immutable``).
        body: The bytes to send, without comments, unchanged: any difference breaks :attr:`integrity`.
        content_type: The ``Content-Type`` to send; scripts are ``text/javascript`` (RFC 9239).
        integrity: The ``integrity`` attribute's value (W3C Subresource Integrity, SHA-384).
    """

    name: str
    body: bytes
    content_type: str
    integrity: str


def load(
    *, theme: str = "plain", position: str = "bottom", shows: Mapping[str, str] | None = None
) -> Mapping[str, Asset]:
    """Read the assets.

    The style is one file, so that a page asks once: the rules, one theme, one position, and the drawings needed.

    Args:
        theme: A file's name in ``static/themes/`` without its ending.
        position: A file's name in ``static/positions/`` without its ending.
        shows: What services bring to pages, by their ids: files' names in ``static/shows/`` without their ending.

    Returns:
        Each asset by its plain name, such as ``consentkit.css``.

    Raises:
        FileNotFoundError: The installation lacks ``static/``; the message says where it was looked for.
    """
    folder = resources.directory("static")
    sources = {name: (folder / name).read_text("utf-8") for name in _CONTENT_TYPES}
    shows = shows or {}
    pieces = [f"themes/{theme}", f"positions/{position}", *(f"shows/{kind}" for kind in sorted(set(shows.values())))]
    sources[STYLE] += "".join((folder / f"{piece}.css").read_text("utf-8") for piece in pieces)
    sources[STYLE] += "".join(_chat_rule(service) for service, kind in shows.items() if kind == "chat")
    return MappingProxyType(
        {
            name: _asset(name, (packed if name.endswith(".css") else stripped)(source).encode())
            for name, source in sources.items()
        }
    )


def stripped(source: str) -> str:
    """Return a style or script without comments that stand on lines of their own, and without most white space.

    Our files keep strings on one line and comments on their own, end statements with semicolons, and no space that
    goes stands in a string that needs it, so that this changes nothing but their size.
    """
    return _GAPS.sub("", _INDENTATION.sub("", _COMMENTS.sub("", source)))


def packed(style: str) -> str:
    """Return a style without what only a script's grammar or a reader needs between its parts."""
    return _STYLE_GAPS.sub("", stripped(style))


def _chat_rule(service: str) -> str:
    """Return the rule that shows a chat's placeholder: where its tag was gated, and the banner is out of the way.

    Only the browser sees both, for the banner stands before tags that are yet to come.
    """
    return (
        f"html:has([data-consentkit-service='{service}']):not(:has(> body > #consentkit[data-consentkit=banner])) "
        f"[data-consentkit-chat='{service}']:not(#c) {{ display: block }}\n"
    )


def _asset(name: str, body: bytes) -> Asset:
    stem, _, suffix = name.partition(".")
    return Asset(
        name=f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}",
        body=body,
        content_type=_CONTENT_TYPES[name],
        integrity="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
    )
