"""URLs in CSS text, found after its escapes are resolved (CSS Syntax 3, section 4.3.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|(.))", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# A url() token, or any string: @import, image-set() and src() take bare strings too.
_URL = re.compile(r"""url\(\s*([^\s"'()][^)]*?)\s*(?:\)|\Z)|"([^"\r\n]*)|'([^'\r\n]*)""", re.IGNORECASE)


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
        for match in _URL.finditer(reading):
            yield match[1] or match[2] or match[3] or ""


def replace_urls(text: str, blocked: Callable[[str], bool]) -> str:
    """Return a style sheet with an empty ``data:`` URL in place of each plainly written URL that is blocked."""

    def replacement(match: re.Match[str]) -> str:
        url = match[1] or match[2] or match[3] or ""
        return match[0].replace(url, "data:,") if url and blocked(url) else match[0]

    return _URL.sub(replacement, text)
