"""The syntax of tags and comments as byte patterns (WHATWG HTML 13.2.5).

Everything is possessive: a pattern either takes the whole of a construct or nothing of it, in one pass. Where a
construct isn't finished in the bytes at hand the pattern fails, so an unfinished quote never reads as something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

SPACE: Final = rb"[\t\n\f\r ]"
# After `</style` and its like, one of these makes it the end tag; CR counts, it is normalised to LF.
NAME_END: Final = rb"[\t\n\f\r />]"

_NAME = rb"[A-Za-z][^\t\n\f\r />]*+"
_VALUE = rb'"[^"]*+"|\'[^\']*+\'|[^\t\n\f\r >"\'][^\t\n\f\r >]*+(?=[\t\n\f\r >])|(?=>)'
# The first character of an attribute's name may be "=", a quote or "<": parse errors, yet part of the name.
_ATTRIBUTE_NAME = rb"[^\t\n\f\r />][^\t\n\f\r />=]*+(?=[\t\n\f\r />=])"
# Without the look-ahead an unfinished quoted value would be retried as a name that starts with "=".
_ATTRIBUTE = (
    rb"(?:" + _ATTRIBUTE_NAME + rb"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:" + _VALUE + rb")|(?=[\t\n\f\r ]*+[^\t\n\f\r =])))"
)
# First as most attributes are written, which is quicker.
_REST_OF_TAG = rb"(?:[\t\n\f\r ]++[A-Za-z-]++=\"[^\"]*+\")*+(?:[\t\n\f\r /]*+" + _ATTRIBUTE + rb")*+[\t\n\f\r /]*+>"

COMMENT: Final = rb"<!--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)"
TAG_NAME: Final = re.compile(_NAME)
TAG_START: Final = re.compile(rb"<[A-Za-z]")
REST_OF_TAG: Final = re.compile(_REST_OF_TAG)
START_TAG: Final = re.compile(rb"<(" + _NAME + rb")" + _REST_OF_TAG)
END_TAG: Final = re.compile(rb"</(" + _NAME + rb")" + _REST_OF_TAG)
ATTRIBUTES: Final = re.compile(rb"(?:[\t\n\f\r /]*+" + _ATTRIBUTE + rb")*+")
GAP: Final = re.compile(rb"[\t\n\f\r /]*+")
# Around an equals sign in a tag too large to hold, no more white space than this is looked across.
MOST_SPACE: Final = 256
# Attributes without a value contact nobody; this takes a run of them.
_BARE = rb"(?:[\t\n\f\r /]*+" + _ATTRIBUTE_NAME + rb"(?=[\t\n\f\r ]{0,%d}+[^\t\n\f\r =]))*+[\t\n\f\r /]*+" % MOST_SPACE
BARE_ATTRIBUTES: Final = re.compile(_BARE)
# The next attribute with a value, when that is short.
SHORT_ATTRIBUTE: Final = re.compile(
    _BARE + rb"([^\t\n\f\r />][^\t\n\f\r />=]{0,255}+)[\t\n\f\r ]{0,%d}+=[\t\n\f\r ]{0,%d}+"
    rb"(?:\"([^\"]{0,4096}+)\"|'([^']{0,4096}+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]{0,4095}+)(?=[\t\n\f\r >]))"
    % (MOST_SPACE, MOST_SPACE)
)
ATTRIBUTE: Final = re.compile(
    rb"[\t\n\f\r /]*+(" + _ATTRIBUTE_NAME + rb")"
    rb"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*+)|(?=>)))?+"
)
# An attribute that isn't finished: what there is of it tells what to wait for.
UNFINISHED: Final = re.compile(
    rb"(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*+)(?P<before>[\t\n\f\r ]*+)"
    rb"(?:(?P<equals>=)(?P<after>[\t\n\f\r ]*+)(?:(?P<quote>[\"'])|(?P<unquoted>[^\t\n\f\r >]))?+)?+"
)
COMMENT_START: Final = b"<!--"
CDATA_START: Final = b"<![CDATA["


def none_of(names: Collection[str], end: bytes = NAME_END) -> bytes:
    """Return a look-ahead that refuses these names; one look at its first letter lets most others pass.

    Args:
        names: In lower case; ``on*`` is every name that starts with "on".
        end: What comes after a name.
    """
    rests: dict[str, list[str]] = {}
    for name in sorted(names):
        rests.setdefault(name[0], []).append(re.escape(name[1:]).replace(r"\*", r"[^\t\n\f\r />=]*+"))
    branches = [f"[{first}{first.upper()}](?i:{'|'.join(rest)})" for first, rest in rests.items()]
    return rb"(?!(?:%b)%b)" % ("|".join(branches).encode(), end) if branches else b""


def name_at(data: bytes, position: int) -> bytes:
    """Return the tag name that starts at an offset, as it is written."""
    name = TAG_NAME.match(data, position)
    return name[0] if name else b""
