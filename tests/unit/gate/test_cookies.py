"""The cookie wall's parsers and judgement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from consentkit.gate.cookies import (
    expire_lines,
    filter_cookie,
    judge_set_cookie,
    parse_cookie,
    parse_set_cookie,
    single_value,
)
from consentkit.manifest.match import CookieIndex
from consentkit.manifest.model import StorageItem

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)


def names(header: bytes) -> list[str]:
    return [pair.name for pair in parse_cookie(header)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"a=1; b=2", ["a", "b"]),
        (b"a=1;b=2;;  ; c=3", ["a", "b", "c"]),
        (b"=x; a=1", ["", "a"]),
        (b"flag; a=1", ["", "a"]),
        (b"a=\xff\xfe; b=2", ["a", "b"]),
        (b"$Version=1; a=1", ["$Version", "a"]),
        (b'a="x; y"; b=2', ["a", "", "b"]),
        (b"a=b=c", ["a"]),
        (b"\ta =1", ["a"]),
        (b"a\x85=1; b=2", ["a\x85", "b"]),
    ],
)
def test_no_cookie_hides_its_neighbours(header: bytes, expected: list[str]) -> None:
    """Rubbish beside a cookie never makes it vanish."""
    assert names(header) == expected


def test_filtering_keeps_the_bytes_of_what_it_keeps() -> None:
    """Allowed cookies are the same bytes; a header that loses nothing is the same header."""
    header = b'a=\xff"x"; _ga=GA1.2; b=2'
    assert filter_cookie(header, lambda name: name != "_ga") == b'a=\xff"x"; b=2'
    assert filter_cookie(b"a=1;b=2 ;c", lambda _: True) == b"a=1;b=2 ;c"


def test_two_cookies_of_one_name_are_none() -> None:
    """A sibling domain can toss a second one; neither counts."""
    assert single_value(b"k=1; x=2", "k") == b"1"
    assert single_value(b"k=1; k=2", "k") is None
    assert single_value(b"x=2", "k") is None


def test_a_thousand_cookies_are_a_thousand_names() -> None:
    """There is no limit at which some are lost."""
    assert len(names(b"; ".join(b"c%d=1" % n for n in range(1000)))) == 1000


@pytest.fixture
def find(manifest: Manifest) -> object:
    """Look a name up as if everything were allowed."""
    index = CookieIndex(manifest)

    def look_up(name: str) -> StorageItem | None:
        declared = index.find(name)
        return declared.item if declared else None

    return look_up


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"session=x; Max-Age=7200; Path=/; HttpOnly", b"session=x; Max-Age=7200; Path=/; HttpOnly"),
        (b"session=x; Max-Age=99999; Path=/", b"session=x; Path=/; Max-Age=7200"),
        (b"session=x; Expires=Wed, 31 Aug 2027 12:00:00 GMT; Path=/", b"session=x; Path=/; Max-Age=7200"),
        (b"session=x; expires=Wed, 31-Aug-2027 12:00:00 GMT", b"session=x; Max-Age=7200"),
        (b"session=x; Max-Age=10; Max-Age=99999", b"session=x; Max-Age=7200"),
        (b"session=x; Max-Age=10; Expires=Wed, 31 Aug 2027 12:00:00 GMT", None),
        (b"session=x; Max-Age=" + b"9" * 5000, b"session=x; Max-Age=7200"),
        (b"csrf=x; Max-Age=10", b"csrf=x"),
        (b"csrf=x; Path=/", b"csrf=x; Path=/"),
        (b"_gat=1; Max-Age=60", b"_gat=1; Max-Age=60"),
        (b"_dc_gtm_UA-1=1; Max-Age=61", b"_dc_gtm_UA-1=1; Max-Age=61"),
        (b"_dc_gtm_UA-1=1; Max-Age=600", b"_dc_gtm_UA-1=1; Max-Age=60"),
        (b"session=x; Max-Age=abc", b"session=x; Max-Age=abc"),
        (b"session=x; Expires=nonsense", b"session=x; Expires=nonsense"),
    ],
)
def test_no_cookie_outlives_what_is_declared(line: bytes, expected: bytes | None, find: object) -> None:
    """Longer lives are cut to the declared one; the rest of the line stays."""
    assert judge_set_cookie(line, find, now=NOW) == (line if expected is None else expected)  # type: ignore[arg-type]


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("lifetime", ["3 years", "persistent until cleared"])
def test_no_cookie_outlives_what_browsers_keep(lifetime: str) -> None:
    """What is declared for longer leaves with the 400 days that browsers grant; what lives shorter is left alone."""
    item = StorageItem.model_validate({"name": "long", "purpose": "necessary", "lifetime": lifetime})
    for seconds, kept in ((2 * 365 * 86_400, 400 * 86_400), (30 * 86_400, 30 * 86_400)):
        line = judge_set_cookie(b"long=1; Max-Age=%d" % seconds, lambda name: item, now=NOW)
        assert line == b"long=1; Max-Age=%d" % kept


def test_undeclared_cookies_are_dropped_and_deletions_pass(find: object) -> None:
    """A deletion is always welcome, whoever's cookie it is."""
    assert judge_set_cookie(b"unknown=1; Path=/", find, now=NOW) is None  # type: ignore[arg-type]
    for deletion in (
        b"unknown=; Max-Age=0",
        b"unknown=; Max-Age=-1",
        b"unknown=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ):
        assert judge_set_cookie(deletion, find, now=NOW) == deletion  # type: ignore[arg-type]


def test_a_name_keeps_its_inner_spaces_and_odd_bytes() -> None:
    """Only white space around a name goes (RFC 6265bis 5.6)."""
    assert parse_set_cookie(b" a b = v ; Path=/").name == "a b"
    assert parse_set_cookie(b"novalue").name == ""


@pytest.mark.requirement("R20")
def test_expiry_reaches_every_path_and_parent_domain() -> None:
    """Each prefix of the path, host-only and for each parent domain."""
    lines = expire_lines("_ga", host="www.shop.example", path="/a/b", secure=True)
    places = {line.split(b"; Max-Age")[0] for line in lines}
    assert b"_ga=; Path=/" in places
    assert b"_ga=; Path=/; Domain=shop.example" in places
    assert b"_ga=; Path=/a; Domain=www.shop.example" in places
    assert b"_ga=; Path=/a/b/" in places
    assert all(b"Max-Age=0" in line and line.endswith(b"; Secure") for line in lines)


@pytest.mark.parametrize(
    "path", ["/" + "x;Domain=evil.example" * 3, "/a\r\nSet-Cookie: x=1", "/\x00", "/é" * 50, "/a" * 400]
)
def test_a_hostile_path_injects_nothing(path: str) -> None:
    """No attribute and no header can be smuggled in through the path; the number of lines is bounded."""
    lines = expire_lines("_ga", host="a.b.c.d.e.example", path=path, secure=False)
    assert len(lines) <= 60
    for line in lines:
        assert b"evil" not in line
        assert not set(b"\r\n\x00") & set(line)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_an_address_has_no_parent_domain(host: str) -> None:
    """Only host-only cookies can lie there."""
    assert all(b"Domain" not in line for line in expire_lines("a", host=host, path="/", secure=False))
