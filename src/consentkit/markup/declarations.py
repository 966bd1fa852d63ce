"""What starts with ``<!`` (WHATWG HTML 13.2.5.42): comments, doctypes, CDATA sections, and how each ends."""

from __future__ import annotations

import enum
import re
from typing import Final, NamedTuple

from consentkit.markup.grammar import CDATA_START, COMMENT_START

# `<!-->` and `<!--->` are whole comments: their end may share the start's dashes, but `<!--!>` is none.
_EMPTY_COMMENT: Final = re.compile(rb"<!---?>")
_DOCTYPE_START: Final = b"<!doctype"
_STARTS: Final = (b"<!--->", CDATA_START.lower(), _DOCTYPE_START)
_LONGEST_START: Final = max(map(len, _STARTS))


class Declared(enum.Enum):
    """What a declaration is, as far as its first bytes tell."""

    UNFINISHED = enum.auto()
    EMPTY_COMMENT = enum.auto()
    COMMENT = enum.auto()
    CDATA = enum.auto()
    DOCTYPE = enum.auto()
    OTHER = enum.auto()


class Construct(NamedTuple):
    """Something that passes whole, whatever it holds.

    Attributes:
        end: What ends it.
        tokens: What of its end may come in pieces.
        closer: What ends it wherever it stands.
    """

    end: re.Pattern[bytes]
    tokens: tuple[bytes, ...]
    closer: bytes


COMMENT: Final = Construct(re.compile(rb"--!?>"), (b"--!>", b"-->"), b"-->")
# Doctypes too: `>` ends them even within quotes.
BOGUS_COMMENT: Final = Construct(re.compile(rb">"), (b">",), b">")
CDATA_SECTION: Final = Construct(re.compile(rb"\]\]>"), (b"]]>",), b"]]>")


def declaration(data: bytes, position: int, end: int) -> tuple[Declared, int]:
    """Tell what starts at an offset with ``<!``, and how long its start is (an empty comment: the whole of it)."""
    left = data[position : min(position + _LONGEST_START, end)]
    folded = left.lower()
    if empty := _EMPTY_COMMENT.match(left):
        return Declared.EMPTY_COMMENT, empty.end()
    if any(start.startswith(folded) and start != folded for start in _STARTS):
        return Declared.UNFINISHED, 0
    if left.startswith(COMMENT_START):
        return Declared.COMMENT, len(COMMENT_START)
    if left == CDATA_START:
        return Declared.CDATA, len(CDATA_START)
    return (Declared.DOCTYPE if folded == _DOCTYPE_START else Declared.OTHER), len(b"<!")
