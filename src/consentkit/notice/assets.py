"""The files our pages load, read once, named by their content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from consentkit import resources
from consentkit.notice import packing

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLE = "consentkit.css"
PAGE_STYLE = "pages.css"
SCRIPT = "consentkit.js"
AUDIT_STYLE = "audit.css"

DIGITS = 12
"""Of the content's SHA-256 in hex, in an asset's name."""

_CONTENT_TYPES = {
    STYLE: "text/css; charset=utf-8",
    PAGE_STYLE: "text/css; charset=utf-8",
    SCRIPT: "text/javascript; charset=utf-8",
    AUDIT_STYLE: "text/css; charset=utf-8",
}
# In the order they run.
_SCRIPT_PIECES = ("guard.js", "signals.js", "consentkit.js")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file to serve under ``{prefix}/static/``.

    Attributes:
        name: The file name with 12 hex digits of the body's SHA-256 in it, so it may be cached for ever
            (RFC 8246 ``immutable``).
        body: The bytes to send, packed, unchanged: any difference breaks :attr:`integrity`.
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

    Style and script are one file each, so that a page asks once. The style has the rules, one theme, one position, and
    the drawings needed; the script has its three parts, each of which does nothing where its attribute is missing.

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

    def read(*names: str) -> str:
        return "".join((folder / name).read_text("utf-8") for name in names)

    shows = shows or {}
    looks = [f"themes/{theme}", f"positions/{position}", *(f"shows/{kind}" for kind in sorted(set(shows.values())))]
    sources = {name: read(name) for name in (PAGE_STYLE, AUDIT_STYLE)}
    sources[STYLE] = read(STYLE, *(f"{look}.css" for look in looks))
    sources[STYLE] += "".join(_chat_rule(service) for service, kind in shows.items() if kind == "chat")
    packed = {name: packing.style(source) for name, source in sources.items()}
    # Each by itself, since each has names of its own.
    packed[SCRIPT] = "".join(packing.script(read(piece)) for piece in _SCRIPT_PIECES)
    return MappingProxyType({name: _asset(name, text.encode()) for name, text in packed.items()})


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
        name=f"{stem}.{hashlib.sha256(body).hexdigest()[:DIGITS]}.{suffix}",
        body=body,
        content_type=_CONTENT_TYPES[name],
        integrity="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
    )
