"""Which start tags can't contact anybody, told by one pattern: what the gate needn't look at.

An attribute names another host only with an authority (two solidi, either way round, with the tabs and newlines that
URLs ignore between them) or with a scheme that browsers fetch, run or read (``https:tracker.example`` too); or with
something that hides one of these: a reverse solidus (CSS escapes), a numeric character reference, or one of a few
named ones. A tag all of whose attributes have none of that is harmless, whichever of them the browser follows.
"""

from __future__ import annotations

import re
from typing import Final

from consentkit.gate import elements
from consentkit.markup import tidy
from consentkit.markup.grammar import none_of

# These hold or run something, get the guard before them, or tell the page's language.
_LOOKED_AT: Final = "script style link body html iframe object embed".split()
# What runs, refreshes or changes the page's encoding, whatever its value.
_ALWAYS_JUDGED: Final = ["on*", "http-equiv", "charset"]
# The last letters of http, https, ws, wss, ftp, data and javascript, before their colon.
_NO_SCHEME: Final = rb"(?<![pPsSwW\t\n\r][sS])(?<![tT\t\n\r][pP])(?<![tT\t\n\r][aA])(?<![pP\t\n\r][tT])(?<![\t\n\r])"

# The same in text of any kind. Each begins with a byte to search for, which is ten times as quick.
_SCHEME_IN_TEXT: Final = re.compile(
    rb":(?:(?<=[pPsSwW\t\n\r][sS]:)|(?<=[tT\t\n\r][pP]:)|(?<=[tT\t\n\r][aA]:)|(?<=[pP\t\n\r][tT]:)|(?<=[\t\n\r]:))"
)
_BROKEN_SOLIDI: Final = re.compile(rb"/[\t\n\r]+/")


def names_no_host(text: bytes) -> bool:
    """Tell whether nothing in a style sheet can be another host's URL, whatever of it is read as one."""
    if b"//" in text or b"\\" in text:
        return False
    return _SCHEME_IN_TEXT.search(text) is None and _BROKEN_SOLIDI.search(text) is None


def _innocent(excluded: bytes) -> bytes:
    return rb"(?:[^%b/\\&:]++|/(?![/\\\t\n\r])|%b:|&(?!\#|sol;|bsol;|colon;|Tab;|NewLine;))*+" % (excluded, _NO_SCHEME)


def _pattern() -> re.Pattern[bytes]:
    double, single, bare = map(_innocent, tidy.END_OF_VALUE)
    values = double, single, bare
    judged = sorted(name.decode() for name in elements.CONTACTING)
    of_links = sorted(name.decode() for name in elements.CONTACTING_FROM_LINKS)
    link = tidy.attributes(refused=_ALWAYS_JUDGED, judged=of_links, values=values)
    other = tidy.attributes(refused=_ALWAYS_JUDGED, judged=judged, values=values)
    followed = sorted(elements.FOLLOWED_BY_HAND, key=len, reverse=True)
    return re.compile(
        b"|".join(
            (
                rb"(?:%b)" % tidy.tag(rb"(?i:%b)" % b"|".join(followed), link),
                rb"(?:%b)" % tidy.tag(none_of(_LOOKED_AT) + tidy.ANY_NAME, other),
            )
        ).join((b"(?:", b")"))
    )


HARMLESS: Final = _pattern()
"""Takes a start tag that contacts nobody and holds nothing to look into, from its name to its ``>``."""

NOTHING: Final = re.compile(rb"(?!)")
"""Takes no tag: where a path of the site's own may belong to a service, any URL is to be looked at."""
