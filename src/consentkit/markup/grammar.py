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
_REST_OF_TAG = rb"(?: [A-Za-z-]++=\"[^\"]*+\")*+(?:[\t\n\f\r /]*+" + _ATTRIBUTE + rb")*+[\t\n\f\r /]*+>"
_COMMENT = rb"<!--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)"

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

_STOPS = (
    "script style title textarea xmp iframe noembed noframes noscript plaintext svg math select template frameset"
).split()

_DECLARATIONS = _COMMENT + rb"|<!(?!--|\[CDATA\[)[^>]*+>|<\?[^>]*+>|</(?:>|[^A-Za-z>][^>]*+>)|<(?=[^A-Za-z!?/])"

# Drawings as most icons are: shapes, groups two deep, titles without markup. They leave the namespace as they found it,
# so nothing in them has to be followed. Anything else in an svg element is.
# Attributes are taken as tools write them, which both grammars read alike.
_TIDY = rb"(?:[\t\n\f\r ]++[A-Za-z_:][A-Za-z0-9_:.-]*+(?:=(?:\"[^\"]*+\"|'[^']*+'))?+)*+[\t\n\f\r ]*+"
_TITLE = rb"<title>[^<]*+</title>"
_SHAPE = rb"|".join(
    (
        rb"[^<]++",
        rb"<(?:path|circle|ellipse|line|poly(?:gon|line)|rect|stop|use)" + _TIDY + rb"/>",
        *(
            rb"<%b%b>(?:[^<]++|%b)*+</%b>" % (name, _TIDY, _TITLE, name)
            for name in (b"path", b"circle", b"rect", b"use")
        ),
        rb"<text%b>(?:[^<]++|<tspan%b>[^<]*+</tspan>)*+</text>" % (_TIDY, _TIDY),
        _TITLE,
        _COMMENT,
    )
)
_GROUP = rb"<g" + _TIDY + rb">(?:" + _SHAPE + rb")*+</g>"
_DRAWN = rb"(?:" + _SHAPE + rb"|<g" + _TIDY + rb">(?:" + _SHAPE + rb"|" + _GROUP + rb")*+</g>)*+"
_DRAWING = rb"<svg" + _TIDY + rb">" + _DRAWN + rb"</svg>"


def _element(name: str) -> bytes:
    """Return a whole element whose content is text and holds nothing that escapes its end tag."""
    return (
        rb"<(?i:%b)(?=[\t\n\f\r />])%b[^<]*+(?:<(?!!--|/(?i:%b)[\t\n\f\r />])[^<]*+)*+</(?i:%b)(?=[\t\n\f\r />])%b"
    ) % (name.encode(), _REST_OF_TAG, name.encode(), name.encode(), _REST_OF_TAG)


def _not_of(names: Collection[str]) -> bytes:
    """Return what refuses these names; one look at its first letter lets most others pass."""
    rests: dict[str, list[str]] = {}
    for name in names:
        rests.setdefault(name[0], []).append(name[1:])
    branches = [f"[{first}{first.upper()}](?i:{'|'.join(rest)})" for first, rest in rests.items()]
    return rf"(?!(?:{'|'.join(branches)})[\t\n\f\r />])".encode() if branches else b""


def _skipping(starts: Collection[str], ends: Collection[str], *wholes: bytes) -> re.Pattern[bytes]:
    """Return what swallows everything in the data state up to a tag of one of these names.

    CDATA stops it too: whether it is a comment depends on the namespace.

    Args:
        starts: The names whose start tags stop it.
        ends: Those whose end tags do.
        wholes: Elements of these names that are swallowed all the same when they are as this says.
    """
    end_tag = rb"</" + _not_of(ends) + rb"[A-Za-z](?:[A-Za-z0-9]*+>|[^\t\n\f\r />]*+" + _REST_OF_TAG + rb")"
    start_tag = rb"<" + _not_of(starts) + _NAME + _REST_OF_TAG
    return re.compile(rb"(?:[^<]++|%b)*+" % b"|".join((end_tag, start_tag, *wholes, _DECLARATIONS)))


_SCRIPT = _element("script")
# Whole scripts and styles only where they are text for certain.
SKIP_PLAIN: Final = _skipping(_STOPS, (), _DRAWING, _SCRIPT, _element("style"))
SKIP_WATCHING: Final = _skipping([*_STOPS, "col"], ("select", "template"), _DRAWING)
# What stands before the body and doesn't open it.
SKIP_HEAD: Final = re.compile(
    rb"(?:[\t\n\f\r ]++|<(?i:meta|link|base)(?=[\t\n\f\r />])%b|%b|%b|%b|%b)*+"
    % (_REST_OF_TAG, _SCRIPT, _element("style"), _element("title"), _COMMENT)
)
SKIP_DRAWN: Final = re.compile(_DRAWN)
SKIP_TEXT: Final = re.compile(rb"(?:[^<]++|" + _DECLARATIONS + rb")*+")


def name_at(data: bytes, position: int) -> bytes:
    """Return the tag name that starts at an offset, as it is written."""
    name = TAG_NAME.match(data, position)
    return name[0] if name else b""
