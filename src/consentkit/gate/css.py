"""URLs in CSS text, found after its escapes are resolved (CSS Syntax 3, section 4.3.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|(.))", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# A url() token, wherever it stands: in what one reading takes for a string another may see it live.
_URL = re.compile(r"""(url\(\s*)([^\s"'()][^)]*?)(?=\s*(?:\)|\Z))""", re.IGNORECASE)
# What follows a quote, be it the first or the last of a string: @import, image-set() and src() take bare strings too.
_STRING = re.compile(r"""(["'])([^"'\r\n]*)""")


def _character(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"
    return match[3] or ""


def urls(text: str) -> Iterator[str]:
    """Yield everything in a style sheet or declaration that a browser might fetch.

    Comments are read both ways, as comments and as text, because an escape or a string may hide where one begins.
    """
    plain = _ESCAPE.sub(_character, text)
    for reading in {plain, _COMMENT.sub(" ", plain), _ESCAPE.sub(_character, _COMMENT.sub(" ", text))}:
        for pattern in (_URL, _STRING):
            for match in pattern.finditer(reading):
                yield match[2]


def replace_urls(text: str, blocked: Callable[[str], bool]) -> str:
    """Return a style sheet with an empty ``data:`` URL in place of each plainly written URL that is blocked."""

    def replacement(match: re.Match[str]) -> str:
        return match[1] + ("data:," if blocked(match[2]) else match[2])

    return _STRING.sub(replacement, _URL.sub(replacement, text))
