"""A page's character encoding."""

from __future__ import annotations

import codecs

import pytest

from consentkit.markup.charset import Charset, encode, encoding_of, meta_charset, sniff
from consentkit.markup.labels import ENCODINGS
from consentkit.markup.tokenizer import StartTag


@pytest.mark.parametrize(
    ("content_type", "prefix", "name", "scannable"),
    [
        (None, b"", "windows-1252", True),
        (b"text/html; charset=UTF-8", b"<meta charset=latin1>", "utf-8", True),
        (b'text/html; CHARSET = "Shift_JIS"', b"", "cp932", True),
        (b"text/html; charset=latin1", b"", "windows-1252", True),
        (b"text/html; charset=utf-16", b"", "utf-16le", False),
        (b"text/html; charset=utf-8", b"\xff\xfe<\x00", "utf-16le", False),
        (b"text/html; charset=utf-16", b"\xef\xbb\xbf<p>", "utf-8", True),
        (b"text/html; charset=iso-2022-jp", b"", "iso-2022-jp", False),
        (b"text/html; charset=hz-gb-2312", b"", "utf-8", False),
        (b"text/html; charset=utf-7", b"", "windows-1252", False),
        (b"text/html; charset=utf-7", b"<meta charset=utf-8>", "utf-8", False),
        (b"text/html; charset=utf-32", b"", "windows-1252", False),
        (b"text/html", b"<meta charset=iso-2022-jp>", "iso-2022-jp", False),
        (b"text/html", b"<meta charset='utf-16'>", "utf-8", True),
        (b"text/html", b"<meta charset=x-user-defined>", "windows-1252", True),
        (b"text/html", b"<meta charset=nonsense>", "windows-1252", False),
        (b"text/html", b"<meta charset=nonsense><meta charset=koi8-r>", "koi8-r", True),
        (b"text/html", b"<!-- <meta charset=koi8-r> -->", "windows-1252", True),
        (b"text/html", b"<!--> <meta charset=koi8-r> -->", "koi8-r", True),
        (b"text/html", b"<p title='<meta charset=koi8-r>'>", "windows-1252", True),
        (b"text/html", b"<script><meta charset=koi8-r></script>", "koi8-r", True),
        (b"text/html", b"<metacharset=koi8-r>", "windows-1252", True),
        (b"text/html", b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r", True),
        (b"text/html", b"<meta content='text/html; charset=koi8-r'>", "windows-1252", True),
        (b"text/html", b" " * 1010 + b"<meta charset=koi8-r>", "windows-1252", True),
        (b"text/html", b"<?xml version='1.0' encoding='koi8-r'?>", "koi8-r", True),
        (b"text/html", b"<\x00?\x00x\x00m\x00", "utf-16le", False),
        (b"text/html", b"<p>\x1b$B", "windows-1252", False),
    ],
)
def test_sniff(content_type: bytes | None, prefix: bytes, name: str, scannable: bool) -> None:
    """Byte order mark, transport, meta, XML declaration, default; what may hide tags isn't scannable."""
    charset = sniff(content_type, prefix)
    assert (charset.name, charset.scannable) == (name, scannable)


@pytest.mark.parametrize(
    ("content_type", "prefix", "certain"),
    [(b"text/html; charset=utf-8", b"", True), (None, b"\xef\xbb\xbf", True), (None, b"<meta charset=utf-8>", False)],
)
def test_what_a_later_meta_can_change(content_type: bytes | None, prefix: bytes, certain: bool) -> None:
    """Only transport and byte order mark are certain (WHATWG 13.2.3.2)."""
    assert sniff(content_type, prefix).certain is certain


def test_every_label_has_a_codec() -> None:
    """Python can encode for each encoding of the standard."""
    for label in ENCODINGS:
        codecs.lookup(sniff(b"text/html; charset=" + label.encode(), b"").name)


def test_labels_ignore_case_and_white_space() -> None:
    """As the Encoding standard's 4.2 asks."""
    assert encoding_of(" UTF8\n") == "utf-8"
    assert encoding_of("utf-7") is None


def test_unencodable_text_becomes_references() -> None:
    """Text put in a page is readable in the page's encoding."""
    assert encode("é中", Charset("cp1252", True)) == b"\xe9&#20013;"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (b"<meta charset=iso-2022-jp>", "iso-2022-jp"),
        (b"<meta http-equiv=content-type content='charset = \"gbk\"'>", "gbk"),
        (b"<meta content='charset=gbk'>", None),
        (b"<meta charset=nonsense>", None),
    ],
)
def test_meta_charset(source: bytes, name: str | None) -> None:
    """What a single meta declares, wherever it stands."""
    charset = meta_charset(StartTag(b"meta", source))
    assert (charset.name if charset else None) == name
