"""What attributes and texts hold, each as a browser may read it: URLs, nested content, code."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from consentkit.gate import css, elements
from consentkit.gate.elements import Reading
from consentkit.markup.references import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.markup.tokenizer import StartTag

# A srcset candidate's URL (WHATWG HTML 4.8.4.2): split at white space and commas, so that no reading is missed.
_SRCSET_URL = re.compile(r"[^\s,]+")
_DATA = re.compile(r"[^,]*?(;\s*base64\s*)?,(.*)", re.IGNORECASE | re.DOTALL)
# The text of a script or style in foreign content: sections, comments, and text that starts no tag.
_SPECIAL = re.compile(rb"[<&]")
_SECTION = rb"<!\[CDATA\[((?:[^\]]|\](?!\]>))*+)\]\]>"
_COMMENT = rb"<!--(?!-?>)(?:[^-]|-(?!-!?>))*+--!?>"
_PLAIN = rb"(?:[^<]|<(?![A-Za-z!?/]))++"
_TIDY = re.compile(rb"(?:%b|%b|%b)*+" % (_SECTION, _COMMENT, _PLAIN))
_PIECES = re.compile(rb"%b|%b|(%b)" % (_SECTION, _COMMENT, _PLAIN))


def urls_of(value: str, reading: Reading) -> Iterable[str]:
    """Return the URLs of an attribute that holds several, or code that names some; too many rather than too few."""
    if reading is Reading.SRCSET:
        return _SRCSET_URL.findall(value)
    if reading is Reading.CSS:
        return css.urls(value)
    if reading is Reading.ANIMATION:
        return [value, *value.split(";"), *css.urls(value)]
    return re.split(r"[\s,;]+", value)


def data_content(url: str) -> bytes:
    """Return what a ``data:`` URL holds; nothing where it is of a type that contacts nobody (RFC 2397)."""
    match = _DATA.match(url)
    if match is None or url.lstrip()[5:].lstrip().lower().startswith(elements.PASSIVE_DATA):
        return b""
    content = unquote_to_bytes(match[2])
    if match[1]:
        try:
            return base64.b64decode(content + b"==")
        except binascii.Error:
            return content
    return content


def starts_no_tag(text: bytes) -> bool:
    """Tell whether a text in SVG or MathML is text to the tree builder too: nothing in it may be the page's own tag."""
    return _TIDY.fullmatch(text) is not None


def texts_of(tag: StartTag, text: bytes) -> Iterator[bytes | None]:
    """Yield what a script's or style's text may be to a browser; None where that can't be told.

    In SVG and MathML it is markup: references count, sections are text, comments are nothing (HTML 13.2.6.5). Where
    there are tags in it, or a section or comment holds the end tag, what follows may belong to it.
    """
    yield text
    if not tag.foreign or not _SPECIAL.search(text):
        return
    if starts_no_tag(text):
        yield b"".join(
            section or resolve(plain.decode("latin-1")).encode("utf-8") for section, plain in _PIECES.findall(text)
        )
    else:
        yield None
