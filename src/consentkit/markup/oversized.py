"""A tag too large to hold: it streams through, its attributes judged one by one from the start of their values."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final

from consentkit.markup.grammar import BARE_ATTRIBUTES, MOST_SPACE, SHORT_ATTRIBUTE, UNFINISHED
from consentkit.markup.tokenizer import attribute_value, folded

if TYPE_CHECKING:
    from collections.abc import Callable

# How much of a value is shown to the handler, and of a name kept: none that means something is longer.
_SHOWN: Final = 4096
_SPACE: Final = re.compile(rb"[\t\n\f\r ]*+")
_TAG_NAME_END: Final = re.compile(rb"[\t\n\f\r />]")
_NAME_END: Final = re.compile(rb"[\t\n\f\r />=]")
_ENDS: Final = {b"": re.compile(rb"[\t\n\f\r >]"), b'"': re.compile(rb'"'), b"'": re.compile(rb"'")}


class _Step(enum.Enum):
    TAG_NAME = enum.auto()
    ATTRIBUTE = enum.auto()
    NAME = enum.auto()
    AFTER_NAME = enum.auto()
    BEFORE_VALUE = enum.auto()
    VALUE = enum.auto()
    DONE = enum.auto()


class OversizedTag:
    """One such tag.

    Args:
        charset: The page's codec.
        ask: Tells whether an attribute is renamed, from the tag's name, its own and the start of its value;
            None for an end tag, whose attributes mean nothing.

    Attributes:
        name: The tag's name in lower case; cut after 4 KiB.
        self_closing: Whether it ended with ``/>``; known when it is done.
        renames: Offsets where the prefix belongs, of the last step.
    """

    __slots__ = ("_ask", "_charset", "_quote", "_step", "name", "renames", "self_closing")

    def __init__(self, charset: str, ask: Callable[[bytes, bytes, str], bool] | None) -> None:
        self._charset = charset
        self._ask = ask
        self._quote = b""
        self._step = _Step.TAG_NAME
        self.name = b""
        self.self_closing = False
        self.renames: list[int] = []

    @property
    def done(self) -> bool:
        """Whether its ``>`` has passed."""
        return self._step is _Step.DONE

    def closer(self, left: bytes) -> bytes:
        """Return what ends the tag after these bytes, which have not been taken yet."""
        quote = self._quote if self._step is _Step.VALUE else b""
        # A value that is short of being judged is not yet in its step.
        if self._step is _Step.ATTRIBUTE and (found := UNFINISHED.match(left)) is not None:
            quote = found["quote"] or b""
        return quote + b">"

    def feed(self, data: bytes, position: int, end: int) -> int:
        """Take what can be judged of ``data[position:end]`` and return the offset it was taken up to.

        The first call starts at the first letter of the tag's name.
        """
        self.renames = []
        before = None
        while not self.done and (self._step, position) != before:
            before = (self._step, position)
            position = self._advance(data, position, end)
        return position

    def _advance(self, data: bytes, position: int, end: int) -> int:
        match self._step:
            case _Step.TAG_NAME:
                return self._tag_name(data, position, end)
            case _Step.ATTRIBUTE:
                return self._attribute(data, position, end)
            case _Step.VALUE | _Step.NAME:
                ends = _ENDS[self._quote] if self._step is _Step.VALUE else _NAME_END
                found = ends.search(data, position, end)
                if found is None:
                    return end
                after_quote = self._step is _Step.VALUE and self._quote
                self._step = _Step.ATTRIBUTE if self._step is _Step.VALUE else _Step.AFTER_NAME
                return found.end() if after_quote else found.start()
            case _:
                return self._between(data, position, end)

    def _tag_name(self, data: bytes, position: int, end: int) -> int:
        found = _TAG_NAME_END.search(data, position, end)
        finish = found.start() if found else end
        self.name += data[position : min(finish, position + _SHOWN - len(self.name))].lower()
        if found:
            self._step = _Step.ATTRIBUTE
        return finish

    def _between(self, data: bytes, position: int, end: int) -> int:
        """Pass the white space around an equals sign."""
        found = _SPACE.match(data, position, end)
        position = found.end() if found else position
        if position >= end:
            return position
        character = data[position : position + 1]
        if self._step is _Step.AFTER_NAME:
            self._step = _Step.BEFORE_VALUE if character == b"=" else _Step.ATTRIBUTE
            return position + (character == b"=")
        self._quote = character if character in {b'"', b"'"} else b""
        self._step = _Step.ATTRIBUTE if character == b">" else _Step.VALUE
        return position + len(self._quote)

    def _attribute(self, data: bytes, position: int, end: int) -> int:
        position = self._short_attributes(data, position, end)
        bare = BARE_ATTRIBUTES.match(data, position, end)
        start, position = position, bare.end() if bare else position
        if position >= end:
            # A slash may be the one of "/>".
            return position - (position > start and data[position - 1 : position] == b"/")
        if data[position] == ord(">"):
            self.self_closing = position > start and data[position - 1 : position] == b"/"
            self._step = _Step.DONE
            return position + 1
        found = UNFINISHED.match(data, position, end)
        if found is None or not self._judged(found, data, end):
            return position
        self._step = _Step.NAME
        return position + 1

    def _short_attributes(self, data: bytes, position: int, end: int) -> int:
        """Judge attributes whose values are short and whole, which most are."""
        while (found := SHORT_ATTRIBUTE.match(data, position, end)) is not None:
            if self._ask is not None:
                value = attribute_value(found[found.lastindex or 1], self._charset)
                if self._ask(self.name, folded(found[1]), value):
                    self.renames.append(found.start(1))
            position = found.end()
        return position

    def _judged(self, found: re.Match[bytes], data: bytes, end: int) -> bool:
        """Decide about an attribute; False while more of it has to be seen.

        All that counts are lengths within the attribute, so that the cutting of the input changes nothing.
        """
        if self._ask is None or len(found["name"]) > _SHOWN:
            return True
        if len(found["before"]) > MOST_SPACE or len(found["after"] or b"") > MOST_SPACE:
            # White space without end can't be held, and may lead to any value.
            self.renames.append(found.start())
            return True
        value = _value_shown(found, data, end)
        if value is None:
            return False
        if self._ask(self.name, folded(found["name"]), attribute_value(value, self._charset)):
            self.renames.append(found.start())
        return True


def _value_shown(found: re.Match[bytes], data: bytes, end: int) -> bytes | None:
    """Return the first bytes of an attribute's value, or None when more of them has to come."""
    if not found["quote"] and not found["unquoted"]:
        return b"" if found["equals"] and found.end() < end else None
    start = found.end() - len(found["unquoted"] or b"")
    most = start + _SHOWN
    finish = _ENDS[found["quote"] or b""].search(data, start, min(most, end))
    if finish is not None:
        return data[start : finish.start()]
    return data[start:most] if most <= end else None
