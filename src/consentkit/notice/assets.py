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
SCRIPT = "consentkit.js"
GUARD = "guard.js"
SIGNALS = "signals.js"
AUDIT_STYLE = "audit.css"

_CONTENT_TYPES = {
    STYLE: "text/css; charset=utf-8",
    SCRIPT: "text/javascript; charset=utf-8",
    GUARD: "text/javascript; charset=utf-8",
    SIGNALS: "text/javascript; charset=utf-8",
    AUDIT_STYLE: "text/css; charset=utf-8",
}


_COMMENTS = re.compile(r"^\s*/\*.*?\*/\s*?$|^\s*//[^\n]*$", re.MULTILINE | re.DOTALL)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)
_GAPS = re.compile(r"(?<=[{};,(\[])\n+|(?<=:) | (?=\{)")


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


def load() -> Mapping[str, Asset]:
    """Read the assets.

    Returns:
        Each asset by its plain name, such as ``consentkit.css``.

    Raises:
        FileNotFoundError: The installation lacks ``static/``; the message says where it was looked for.
    """
    folder = resources.directory("static")
    return MappingProxyType(
        {name: _asset(name, stripped((folder / name).read_text("utf-8")).encode()) for name in _CONTENT_TYPES}
    )


def stripped(source: str) -> str:
    """Return a style or script without comments that stand on lines of their own, and without most white space.

    Our files keep strings on one line and comments on their own, end statements with semicolons, and no space that
    goes stands in a string that needs it, so that this changes nothing but their size.
    """
    return _GAPS.sub("", _INDENTATION.sub("", _COMMENTS.sub("", source)))


def _asset(name: str, body: bytes) -> Asset:
    stem, _, suffix = name.partition(".")
    return Asset(
        name=f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}",
        body=body,
        content_type=_CONTENT_TYPES[name],
        integrity="sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode(),
    )
