"""Patterns of start tags as tools write them, for a handler to tell which need no look.

They take what both a careless reader and the tokenizer read alike: names of letters, no white space around an equals
sign, no quote in a bare value. A tag written otherwise matches none of them, so it is handed out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.markup.grammar import NAME_END, none_of

if TYPE_CHECKING:
    from collections.abc import Collection

_NAME: Final = rb"[A-Za-z_:@.-][A-Za-z0-9_:@.-]*+"
ANY_NAME: Final = rb"[A-Za-z][^\t\n\f\r />]*+"
_AFTER_NAME: Final = rb"[\t\n\f\r />=]"
_ANY: Final = (rb'[^"]*+', rb"[^']*+", rb"[^\t\n\f\r >\"']++")
# Tried first, as they are mostly written: telling that a name is none of those judged takes three times as long.
_FREQUENT: Final = "class id alt title role width height name type value rel target lang dir for href content".split()
END_OF_VALUE: Final = (b'"', b"'", rb"\t\n\f\r >\"'")
"""What can't stand in a value between double quotes, single ones and none, as part of a character class."""


def tag(names: bytes, attributes: bytes) -> bytes:
    """Return the pattern of a start tag from the first letter of its name to its ``>``.

    Args:
        names: What its name must match from the start: a look-ahead, or the whole name.
        attributes: From :func:`attributes`.
    """
    return names + rb"(?=%b)" % NAME_END + attributes


def attributes(
    *, refused: Collection[str] = (), judged: Collection[str] = (), values: tuple[bytes, bytes, bytes] = _ANY
) -> bytes:
    """Return the pattern of all attributes of a tag and its end.

    Args:
        refused: Names it doesn't take, in lower case; ``on*`` is every name that starts with "on".
        judged: Names it takes only with a value that matches.
        values: What such a value must match: between double quotes, between single ones, without; all possessive.
    """
    judged_too = none_of([*refused, *judged], _AFTER_NAME)
    frequent = [name for name in _FREQUENT if name not in {*refused, *judged}]
    first = rb"(?:%b|aria-[a-z]++|data-[a-z-]++)=\"[^\"]*+\"|" % "|".join(frequent).encode()
    free = rb"%b%b(?:=(?:%b)|(?=[\t\n\f\r />]))" % (judged_too, _NAME, _quoted(_ANY))
    checked = rb"|%b%b=(?:%b)" % (none_of(refused, _AFTER_NAME), _NAME, _quoted(values)) if judged else b""
    return rb"(?:[\t\n\f\r ]++(?:%b%b%b))*+[\t\n\f\r ]*+/?+>" % (first, free, checked)


def _quoted(values: tuple[bytes, bytes, bytes]) -> bytes:
    return rb"\"%b\"|'%b'|(?=[^\"'>])%b(?=[\t\n\f\r >])" % values
