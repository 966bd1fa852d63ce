"""The syntax of tags and comments as byte patterns (WHATWG HTML 13.2.5).

Everything is possessive: a pattern either takes the whole of a construct or nothing of it, in one pass. Where a
construct isn't finished in the bytes at hand the pattern fails, so an unfinished quote never reads as something else.
"""

from __future__ import annotations

import re
from typing import Final

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
_REST_OF_TAG = rb"(?:[\t\n\f\r /]*+" + _ATTRIBUTE + rb")*+[\t\n\f\r /]*+>"
_COMMENT = rb"<!--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+--!?>)"

TAG_NAME: Final = re.compile(_NAME)
REST_OF_TAG: Final = re.compile(_REST_OF_TAG)
ATTRIBUTES: Final = re.compile(rb"(?:[\t\n\f\r /]*+" + _ATTRIBUTE + rb")*+")
GAP: Final = re.compile(rb"[\t\n\f\r /]*+")
# Attributes without a value contact nobody; this takes a run of them.
_BARE = rb"(?:[\t\n\f\r /]*+" + _ATTRIBUTE_NAME + rb"(?=[\t\n\f\r ]*+[^\t\n\f\r =]))*+[\t\n\f\r /]*+"
BARE_ATTRIBUTES: Final = re.compile(_BARE)
# The next attribute with a value, when that is short.
SHORT_ATTRIBUTE: Final = re.compile(
    _BARE + rb"([^\t\n\f\r />][^\t\n\f\r />=]{0,255}+)[\t\n\f\r ]*+=[\t\n\f\r ]*+"
    rb"(?:\"([^\"]{0,4096}+)\"|'([^']{0,4096}+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]{0,4095}+)(?=[\t\n\f\r >]))"
)
ATTRIBUTE: Final = re.compile(
    rb"[\t\n\f\r /]*+(" + _ATTRIBUTE_NAME + rb")"
    rb"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*+)|(?=>)))?+"
)
# An attribute that isn't finished: what there is of it tells what to wait for.
UNFINISHED: Final = re.compile(
    rb"([^\t\n\f\r />][^\t\n\f\r />=]*+)(?:([\t\n\f\r ]++)?+(?:(=)[\t\n\f\r ]*+(?:(\"|')|([^\t\n\f\r >]))?+)?+)?+"
)

COMMENT_START: Final = b"<!--"
CDATA_START: Final = b"<![CDATA["
# `<!-->` and `<!--->` are whole comments: their end may share the start's dashes, but `<!--!>` is none.
SHORT_COMMENT: Final = re.compile(rb"<!---?>")
COMMENT_END: Final = re.compile(rb"--!?>")

_RAW = "script|style|title|textarea|xmp|iframe|noembed|noframes|noscript|plaintext"
_PLAIN_STOPS = rf"{_RAW}|svg|math|select|template|frameset"
_FULL_STOPS = rf"{_PLAIN_STOPS}|col"


_DECLARATIONS = _COMMENT + rb"|<!(?!--|\[CDATA\[)[^>]*+>|<\?[^>]*+>|</(?:>|[^A-Za-z>][^>]*+>)|<(?=[^A-Za-z!?/])"


def _skipping(starts: str, ends: str) -> re.Pattern[bytes]:
    """Return what swallows everything in the data state up to a tag of one of these names.

    A character class before the names makes the refusal of most tags one step.
    """
    first = "".join(sorted({letter for name in starts.split("|") for letter in (name[0], name[0].upper())}))
    stop = rf"(?!(?=[{first}])(?i:{starts})[\t\n\f\r />])".encode()
    end_stop = rf"(?!(?i:{ends})[\t\n\f\r />])".encode() if ends else b""
    return re.compile(
        rb"(?:[^<]++"
        rb"|</" + end_stop + rb"[A-Za-z](?:[A-Za-z0-9]*+>|[^\t\n\f\r />]*+" + _REST_OF_TAG + rb")"
        rb"|<" + stop + _NAME + _REST_OF_TAG + rb"|" + _DECLARATIONS + rb")*+"
    )


# CDATA stops every skip: whether it is a comment depends on the namespace.
SKIP_PLAIN: Final = _skipping(_PLAIN_STOPS, "")
SKIP_WATCHING: Final = _skipping(_FULL_STOPS, "select|template")
SKIP_TEXT: Final = re.compile(rb"(?:[^<]++|" + _DECLARATIONS + rb")*+")
