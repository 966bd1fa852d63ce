"""Who decides about start tags while a page passes."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import re

    from consentkit.markup.tokenizer import StartTag


class NeedsText(enum.Enum):
    """The type of :data:`NEEDS_TEXT`."""

    NEEDS_TEXT = enum.auto()


NEEDS_TEXT: Final = NeedsText.NEEDS_TEXT
"""A handler's answer to the start tag of a script or style: decide once its text is here."""


class Handler(Protocol):
    """Decides about start tags.

    Attributes:
        harmless: Takes a start tag that need not be handed out, from the first letter of its name to its ``>``, and
            nothing else: where it matches, it must have found the tag's end as the tokenizer does. It becomes part of
            larger patterns, so it has no groups, no flags and no anchors, and takes back nothing
            (see :mod:`consentkit.markup.tidy`).
    """

    harmless: re.Pattern[bytes]

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
