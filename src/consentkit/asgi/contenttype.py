"""What an answer is, of all the lines and parts of its Content-Type (Fetch 3.5, extract a MIME type)."""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from consentkit.gate.rules import MEDIA_TYPE

_HTML = b"text/html"
# What a browser shows as a document or runs as a worker carries its own policy (CSP3 section 4.2; HTML 10.2.4).
_DOCUMENTS = tuple(
    b"application/xhtml image/svg text/xml application/xml multipart/ text/javascript application/javascript "
    b"application/x-javascript text/ecmascript".split()
)
# What says nothing: a browser sniffs it, and may find HTML (WHATWG MIME Sniffing 7). It carries the policy and is left
# to be sniffed: a site that sends no types works because browsers do.
_SNIFFED = frozenset({b"unknown/unknown", b"application/unknown"})
_MEDIA_TYPE = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+")


class Form(enum.Enum):
    """How an answer is governed."""

    PAGE = enum.auto()
    RULES = enum.auto()
    DOCUMENT = enum.auto()
    UNTYPED = enum.auto()
    DATA = enum.auto()


@lru_cache(maxsize=256)
def form(content_type: bytes | None) -> Form:
    """Return what an answer is; what holds no type is sniffed."""
    types = [media for media, _ in _types(content_type)]
    if not types or types[-1] in _SNIFFED:
        return Form.UNTYPED
    if types[-1] == MEDIA_TYPE:
        return Form.RULES
    if types[-1] == _HTML:
        return Form.PAGE
    return Form.DOCUMENT if any(media.startswith((_HTML, *_DOCUMENTS)) for media in types) else Form.DATA


def with_charset(content_type: bytes | None) -> bytes | None:
    """Return the last value that is a type, or the one of the same type before it that tells the charset."""
    values = _types(content_type)
    if not values:
        return content_type
    last, told = values[-1]
    for media, value in reversed(values):
        if media != last or b"charset" in told.lower():
            break
        told = value if b"charset" in value.lower() else told
    return told


def _types(content_type: bytes | None) -> list[tuple[bytes, bytes]]:
    values = [(value.partition(b";")[0].strip().lower(), value) for value in (content_type or b"").split(b",")]
    return [(media, value) for media, value in values if _MEDIA_TYPE.fullmatch(media) and media != b"*/*"]
