"""Where the body's content starts (WHATWG HTML 13.2.6.4.1 to 13.2.6.4.6)."""

from __future__ import annotations

import enum
import re
from typing import Final

# White space, written out or as a reference, doesn't open the body; a byte order mark is taken for it wherever it
# stands. More zeros than this are taken for text.
SPACE_TEXT: Final = re.compile(
    rb"(?:[\t\n\f\r ]++|\xef\xbb\xbf|&(?:Tab;|NewLine;|#0{0,8}(?:9|10|12|13|32)(?:;|(?=[^0-9;]))"
    rb"|#[xX]0{0,8}(?:9|20|[aAcCdD])(?:;|(?=[^0-9A-Fa-f;]))))*+"
)
_UNFINISHED_REFERENCE: Final = re.compile(rb"&[#A-Za-z0-9]{0,13}\Z")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_HEAD_CONTENT = frozenset(b"base basefont bgsound link meta noframes script style template title".split())
_OPENS_BODY_AT_END = frozenset({b"body", b"html", b"br"})


class Place(enum.Enum):
    """What a token says about the start of the body."""

    UNDECIDED = enum.auto()
    BEFORE = enum.auto()
    AFTER = enum.auto()
    NOWHERE = enum.auto()


class _Mode(enum.Enum):
    BEFORE_HEAD = enum.auto()
    IN_HEAD = enum.auto()
    AFTER_HEAD = enum.auto()


class Placement:
    """Follow the insertion modes before "in body".

    Args:
        document: Whether this is a document; None to see from its tags.
    """

    __slots__ = ("_document", "_mode")

    def __init__(self, document: bool | None) -> None:
        self._document = document
        self._mode = _Mode.BEFORE_HEAD

    def doctype(self) -> None:
        """Follow a doctype: only documents have one."""
        self._document = True

    def start(self, name: bytes) -> Place:
        """Follow a start tag outside templates."""
        if name in {b"html", b"head", b"body"}:
            self._document = True
        if name == b"frameset":
            return Place.NOWHERE
        if name == b"body":
            return Place.AFTER
        in_head = name in _HEAD_CONTENT or (name == b"noscript" and self._mode is not _Mode.AFTER_HEAD)
        if (in_head or name == b"head") and self._mode is _Mode.BEFORE_HEAD:
            self._mode = _Mode.IN_HEAD
        return Place.UNDECIDED if in_head or name in {b"html", b"head"} else self.content()

    def end(self, name: bytes) -> Place:
        """Follow an end tag outside templates."""
        if name == b"head":
            self._mode = _Mode.AFTER_HEAD
        return self.content() if name in _OPENS_BODY_AT_END else Place.UNDECIDED

    def content(self) -> Place:
        """Tell what a token that belongs in the body decides; the end of the page is one."""
        return Place.BEFORE if self._document else Place.NOWHERE


def may_be_space(text: bytes) -> bool:
    """Tell whether text that isn't white space may become some with the bytes to come."""
    return _BYTE_ORDER_MARK.startswith(text) or _UNFINISHED_REFERENCE.match(text) is not None
