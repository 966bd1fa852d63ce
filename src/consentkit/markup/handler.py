"""Who decides about start tags while a page passes."""

from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from consentkit.markup.tokenizer import StartTag

_NOT_IN_PAGES: Final = re.compile(rb"\^|\$|\\Z|\(\?<[=!]")
_ESCAPES_AND_CLASSES: Final = re.compile(rb"\\[^AZ]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class NeedsText(enum.Enum):
    """The type of :data:`NEEDS_TEXT`."""

    NEEDS_TEXT = enum.auto()


NEEDS_TEXT: Final = NeedsText.NEEDS_TEXT
"""A handler's answer to the start tag of a script or style: decide once its text is here."""


class Handler(Protocol):
    r"""Decides about start tags.

    Attributes:
        candidate: What a start tag must contain, by ``candidate.search(tag.source)``, to be handed out. It is also
            searched in whole pages, so ``^``, ``$``, ``\Z`` and look-behinds are refused; ``\A`` is understood.
    """

    candidate: re.Pattern[bytes]

    def start_tag(self, tag: StartTag) -> bytes | NeedsText | None:
        """Return what stands for a tag's source, or None to leave it.

        :data:`NEEDS_TEXT` may be answered for ``script`` and ``style``.
        """

    def element_text(self, tag: StartTag, text: bytes, complete: bool) -> tuple[bytes | None, bytes | None]:
        """Return what stands for the start tag and for the text of an element; None leaves either.

        ``text`` is the page's bytes up to the end tag. Where ``complete`` is False it outgrew the hold limit: it is
        the start of the text, and the rest passes. Where the start tag was too large to hold, ``tag.source`` is bare
        and only the text can be replaced. What stands for a text must not end the element.
        """

    def oversized_attribute(self, tag_name: bytes, attribute: bytes, value_prefix: str) -> bool:
        """Tell whether to rename an attribute of a start tag too large to hold, from the first 4 KiB of its value.

        Attributes without a value are not asked about.
        """


@lru_cache(maxsize=16)
def page_pattern(candidate: re.Pattern[bytes]) -> re.Pattern[bytes]:
    """Return a pattern that finds in a page every place where a candidate matches within a tag, or more.

    Raises:
        ValueError: When the candidate can't be searched in a whole page.
    """
    if _NOT_IN_PAGES.search(_ESCAPES_AND_CLASSES.sub(b"", candidate.pattern)):
        msg = (
            f"candidate {candidate.pattern!r} has '^', '$', '\\Z' or a look-behind; anchor it with '\\A' or not at all"
        )
        raise ValueError(msg)
    return re.compile(candidate.pattern.replace(rb"\A", b""), candidate.flags)
