"""Character references in attribute values, and their reverse (WHATWG HTML 13.2.5.72 to 13.2.5.80)."""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import html5

_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([0-9A-Za-z]+;?)(=?))")
# WHATWG HTML 13.2.5.80: what the numbers of windows-1252's controls stand for; the five unassigned stay controls.
_WINDOWS_1252 = {
    code: bytes((code,)).decode("cp1252") for code in range(0x80, 0xA0) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def resolve(raw: str) -> str:
    r"""Return an attribute value as the parser sees it.

    Newlines are normalised before references are resolved, as the input stream's preprocessing does, so that ``&#13;``
    stays a carriage return; NUL becomes U+FFFD.

    Args:
        raw: The text between the quotes, decoded.
    """
    if "\r" in raw:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in raw:
        raw = raw.replace("\0", _REPLACEMENT)
    return _REFERENCE.sub(_character, raw) if "&" in raw else raw


@lru_cache(maxsize=256)
def escape(value: str, charset: str) -> bytes:
    """Return a value as it can stand between double quotes, in a page's charset.

    ``<`` and ``>`` are escaped too: the bytes may land where another reading of the page sees text.

    Args:
        value: Any text.
        charset: A Python codec; what it lacks becomes a numeric reference.
    """
    value = value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return value.encode(charset, "xmlcharrefreplace")


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name, equals = match.groups()
    if name is not None:
        # In an attribute a name without semicolon that goes on, or is followed by "=", is text (13.2.5.73).
        found = html5.get(name) if name.endswith(";") or not equals else None
        return match[0] if found is None else found + equals
    digits = (hexadecimal or decimal).lstrip("0")
    # Seven digits hold every code point; int() refuses thousands of them.
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) <= len("1114111") else _LAST_CODE_POINT + 1
    if code == 0 or code > _LAST_CODE_POINT or code in _SURROGATES:
        return _REPLACEMENT
    return _WINDOWS_1252.get(code) or chr(code)
