"""URLs in CSS text, found after its escapes are resolved (CSS Syntax 3, section 4.3.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|(.))", re.DOTALL)
# What follows url(, in a comment or string too: it is only looked at, since another url( may stand in it. Each pattern
# begins with one character to search for, which is ten times as quick as a word.
_URL = re.compile(r"""\((?<=[uU][rR][lL]\()(?=\s*+([^\s"')][^)]{0,4096}))""")
# What follows a quote, be it the first or the last of a string: @import, image-set() and src() take bare strings too.
# After an equals sign it is the value in an attribute selector.
_STRINGS = re.compile(r"""\"(?<!=\")([^"'\r\n]*)"""), re.compile(r"""'(?<!=')([^"'\r\n]*)""")
_PLAIN_URL = re.compile(r"""(\((?<=[uU][rR][lL]\()\s*+)([^\s"')]++)""")
_PLAIN_STRINGS = re.compile(r"""(\"(?<!=\"))([^"'\r\n]*)"""), re.compile(r"""('(?<!='))([^"'\r\n]*)""")
# CSS Namespaces 3: a name, not an address; it stands before all rules.
_NAMESPACES = re.compile(
    r"""\A(?:[ \t\r\n\f] | /\*[^*]*\*/ | @charset\ [^;{\\]*;
    | @namespace[ \t\r\n\f]+ (?:[a-z-]+[ \t\r\n\f]*)?
      (?:url\([^()"'\\]*\)|(?:url\()?(["'])[\w:/.#?=&%~-]*\1\)?)[ \t\r\n\f]*;)+""",
    re.IGNORECASE | re.VERBOSE,
)
# URLs lose these (WHATWG URL 4.4); written as escapes they end no string.
_DROPPED = frozenset("\t\n\r")


def _character(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        character = chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"
        return "" if character in _DROPPED else character
    return match[3] or ""


def urls(text: str) -> Iterator[str]:
    """Yield everything in a style sheet or declaration that a browser might fetch.

    What is a comment or a string isn't worked out: whatever follows ``url(`` or a quote counts.
    """
    if names := _NAMESPACES.match(text):
        text = text[names.end() :]
    plain = _ESCAPE.sub(_character, text) if "\\" in text else text
    for pattern in (_URL, *_STRINGS):
        for match in pattern.finditer(plain):
            yield match[1]


def replace_urls(text: str, blocked: Callable[[str], bool]) -> str:
    """Return a style sheet with an empty ``data:`` URL in place of each plainly written URL that is blocked."""

    def replacement(match: re.Match[str]) -> str:
        return match[1] + ("data:," if blocked(match[2]) else match[2])

    names = _NAMESPACES.match(text)
    start = names.end() if names else 0
    rules = text[start:]
    for pattern in (_PLAIN_URL, *_PLAIN_STRINGS):
        rules = pattern.sub(replacement, rules)
    return text[:start] + rules
