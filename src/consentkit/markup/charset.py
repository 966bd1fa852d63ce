"""A page's character encoding, told before its first tag (WHATWG HTML 13.2.3.2, Encoding Standard)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from consentkit.markup.grammar import REST_OF_TAG
from consentkit.markup.labels import ENCODINGS
from consentkit.markup.tokenizer import StartTag

# Python's name where it isn't the standard's. The standard decodes more than these do in a few of them (big5, euc-kr);
# markup is ASCII in all.
_CODECS: Final = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac_roman",
    "replacement": "utf-8",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac_cyrillic",
    # Only its ASCII half is in Python; the rest becomes references.
    "x-user-defined": "ascii",
}
# In these a byte that looks like ASCII may be part of another character.
_NOT_SCANNABLE: Final = frozenset({"iso-2022-jp", "replacement", "utf-16be", "utf-16le"})
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_PRESCANNED: Final = 1024
_DEFAULT: Final = "windows-1252"
_ESCAPE: Final = b"\x1b"

_PARAMETER = re.compile(rb";\s*charset\s*=\s*(?:\"((?:\\.|[^\"\\])*)\"?|([^\s;\"]+))", re.IGNORECASE)
_IN_CONTENT = re.compile(
    r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r ;\"'][^\t\n\f\r ;]*))", re.IGNORECASE
)
_XML_DECLARATION = re.compile(rb"<\?xml[^>]*?encoding[\x00-\x20]*=[\x00-\x20]*([\"'])([^\"'>]*)\1[^>]*>")
# The prescan reads comments, tags and nothing else: text of scripts and titles too (13.2.3.3).
_PRESCAN = re.compile(rb"(?s:<!--(?:-?>|.*?-->))|(?i:<(meta)(?=[\t\n\f\r /]))|</?[A-Za-z][^\t\n\f\r >]*|<[!/?][^>]*>")


@dataclass(frozen=True, slots=True)
class Charset:
    """How a page's bytes are read.

    Attributes:
        name: A Python codec.
        scannable: Whether ASCII markup can be found in the bytes without decoding them.
        certain: Whether the transport or a byte order mark told it, so that no meta element can change it.
    """

    name: str
    scannable: bool
    certain: bool = False


def sniff(content_type: bytes | None, prefix: bytes) -> Charset:
    """Tell a page's encoding as browsers do: byte order mark, transport, meta, XML declaration, windows-1252.

    A label the standard doesn't know is ignored by browsers; others may know it and read other tags than these do, so
    the page isn't scannable unless something else settles it. Nor is one without any label that holds an escape:
    browsers may guess ISO-2022-JP.

    Args:
        content_type: The Content-Type header's value.
        prefix: The page's first bytes; 1024 of them are looked at.
    """
    prefix = prefix[:_PRESCANNED]
    for mark, encoding in _BYTE_ORDER_MARKS:
        if prefix.startswith(mark):
            return _charset(encoding, certain=True)
    known = True
    if (parameter := _PARAMETER.search(content_type or b"")) is not None:
        label = re.sub(rb"\\(.)", rb"\1", parameter[1]) if parameter[1] is not None else parameter[2]
        transport = encoding_of(label.decode("latin-1"))
        if transport is not None:
            return _charset(transport, certain=True)
        known = False
    declared, all_known = _prescan(prefix)
    if declared is not None:
        charset = _charset(declared)
        return charset if known else Charset(charset.name, False)
    return Charset(_codec(_DEFAULT), known and all_known and _ESCAPE not in prefix)


def encode(text: str, charset: Charset) -> bytes:
    """Return text in a page's encoding; characters it lacks become numeric references."""
    return text.encode(charset.name, "xmlcharrefreplace")


def encoding_of(label: str) -> str | None:
    """Return the standard's name of the encoding a label means, or None (Encoding Standard 4.2)."""
    return ENCODINGS.get(label.strip("\t\n\f\r ").lower())


def meta_charset(tag: StartTag) -> Charset | None:
    """Return the encoding that a meta element declares, or None.

    While the encoding isn't certain, browsers follow such an element wherever it stands (13.2.3.4).
    """
    label = _meta_label(tag)
    encoding = None if label is None else encoding_of(label)
    return None if encoding is None else _charset(_for_meta(encoding))


def _charset(encoding: str, *, certain: bool = False) -> Charset:
    return Charset(_codec(encoding), encoding not in _NOT_SCANNABLE, certain)


def _codec(encoding: str) -> str:
    return _CODECS.get(encoding, encoding)


def _for_meta(encoding: str) -> str:
    """Return what a meta's encoding stands for: one that can be read as ASCII can't be UTF-16 (13.2.3.3)."""
    if encoding.startswith("utf-16"):
        return "utf-8"
    return _DEFAULT if encoding == "x-user-defined" else encoding


def _meta_label(tag: StartTag) -> str | None:
    label = tag.get(b"charset")
    if label is None and (tag.get(b"http-equiv") or "").lower() == "content-type":
        found = _IN_CONTENT.search(tag.get(b"content") or "")
        label = next((group for group in found.groups() if group is not None), None) if found else None
    return label


def _prescan(prefix: bytes) -> tuple[str | None, bool]:
    """Return the encoding the first bytes declare, and whether every label among them was known."""
    if prefix.startswith(b"<\x00?\x00x\x00"):
        return "utf-16le", True
    if prefix.startswith(b"\x00<\x00?\x00x"):
        return "utf-16be", True
    all_known = True
    position = 0
    while found := _PRESCAN.search(prefix, position):
        position = found.end()
        if not found[0][1:2].isalpha() and not found[0][2:3].isalpha():
            continue
        if found[0].startswith((b"<!", b"<?")):
            continue
        rest = REST_OF_TAG.match(prefix, position)
        if rest is None:
            break
        position = rest.end()
        if found[1] is None:
            continue
        label = _meta_label(StartTag(b"meta", prefix[found.start() : position], charset="latin-1"))
        if label is not None:
            encoding = encoding_of(label)
            if encoding is not None:
                return _for_meta(encoding), True
            all_known = False
    declaration = _XML_DECLARATION.match(prefix)
    if declaration is not None:
        encoding = encoding_of(declaration[2].decode("latin-1"))
        return (None, False) if encoding is None else (_for_meta(encoding), True)
    return None, all_known
