"""Where the body's content starts (WHATWG HTML 13.2.6.4.1 to 13.2.6.4.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from consentkit.markup.window import Window

# White space, written out or as a reference, doesn't open the body; a byte order mark is taken for it wherever it
# stands. More zeros than this are taken for text.
_SPACE_TEXT: Final = re.compile(
    rb"(?:[\t\n\f\r ]++|\xef\xbb\xbf|&(?:Tab;|NewLine;|#0{0,8}(?:9|10|12|13|32)(?:;|(?=[^0-9;]))"
    rb"|#[xX]0{0,8}(?:9|20|[aAcCdD])(?:;|(?=[^0-9A-Fa-f;]))))*+"
)
_UNFINISHED_REFERENCE: Final = re.compile(rb"&[#A-Za-z0-9]{0,13}\Z")
_LONGEST_REFERENCE: Final = 15
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_HEAD_CONTENT: Final = frozenset(b"base basefont bgsound link meta noframes script style template title".split())
_OF_DOCUMENTS: Final = frozenset({b"html", b"head", b"body"})
_OPENS_BODY_AT_END: Final = frozenset({b"body", b"html", b"br"})


Placed: TypeAlias = "tuple[bool, bool | None, bool]"
"""What following the rest depends on: whether the body may yet open, whether this is a document, and after its head."""


class BodyPlace:
    """Follow the insertion modes before "in body" until something opens the body.

    Only tokens outside templates and outside what may be text are to be told.

    Args:
        document: Whether this is a document; None to see from its tags.

    Attributes:
        open: Whether nothing is decided yet.
        offset: Where the body's content starts in the output; None while undecided, and for ever in a fragment or a
            frameset.
    """

    __slots__ = ("_after_head", "_document", "_window", "offset", "open")

    def __init__(self, window: Window, *, document: bool | None) -> None:
        self.open = document is not False
        self.offset: int | None = None
        self._window = window
        self._document = document
        self._after_head = False

    @property
    def placed(self) -> Placed:
        """What following the rest of the page depends on."""
        return self.open, self._document, self._after_head

    def resume(self, placed: Placed, offset: int | None) -> None:
        """Go on from there, after the body's content started at an offset of the output, or didn't."""
        self.open, self._document, self._after_head = placed
        if offset is not None:
            self.offset = offset

    def doctype(self) -> None:
        """Follow a doctype: only documents have one."""
        self._document = True

    def text(self, position: int) -> int:
        """Follow text; return where it ends, or where its last bytes may yet become white space."""
        window = self._window
        found = _SPACE_TEXT.match(window.data, position, window.end)
        position = found.end() if found else position
        left = window.data[position : min(position + _LONGEST_REFERENCE, window.end)]
        if left and not left.startswith(b"<") and (window.final or not _may_be_space(left)):
            self.content(position)
        return position

    def start(self, name: bytes) -> bool:
        """Follow the start tag at the window's position; tell whether the body starts after it."""
        if name in _OF_DOCUMENTS:
            self._document = True
        if name == b"body":
            return True
        if name == b"frameset":
            self.open = False
        elif not (name in _HEAD_CONTENT or name in _OF_DOCUMENTS or (name == b"noscript" and not self._after_head)):
            self.content(self._window.position)
        return False

    def end(self, name: bytes) -> None:
        """Follow the end tag at the window's position."""
        if name == b"head":
            self._after_head = True
        elif name in _OPENS_BODY_AT_END:
            self.content(self._window.position)

    def content(self, position: int) -> None:
        """Follow what belongs in the body, such as the end of the page."""
        self.open = False
        if self._document:
            self.offset = self._window.output_offset(position)


def _may_be_space(text: bytes) -> bool:
    """Tell whether text that isn't white space may become some with the bytes to come."""
    return _BYTE_ORDER_MARK.startswith(text) or _UNFINISHED_REFERENCE.match(text) is not None
