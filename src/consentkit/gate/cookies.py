"""The cookie wall: own parsers for Cookie and Set-Cookie, byte-exact and linear.

``http.cookies.SimpleCookie`` drops every cookie beside one non-ASCII value, takes the last of two, raises on ``=x``
and is quadratic on Python 3.11.7 (CVE-2024-7592), so it is not used. The rules are those of RFC 6265bis section 5.6:
fields are cut at semicolons, a name ends at the first equals sign, white space around both goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consentkit.manifest.model import StorageItem

_SPACE = b" \t"
_DIGITS = re.compile(rb"-?\d+")
# One response must not outgrow a server's header limit (8 KiB in nginx and httptools) with expired cookies.
LONGEST_LIFE = 400 * 24 * 3600
"""Seconds: no browser keeps a cookie for longer (RFC 6265bis, cookie lifetime limits)."""

_MOST_EXPIRED_LINES = 60


class CookiePair(NamedTuple):
    """One cookie of a Cookie header; ``source`` is its exact bytes."""

    name: str
    value: bytes
    source: bytes


def parse_cookie(header: bytes) -> Iterator[CookiePair]:
    """Yield the pairs of a Cookie header in order; a pair without an equals sign has an empty name."""
    for source in header.split(b";"):
        pair = source.strip(_SPACE)
        if pair:
            name, equals, value = pair.partition(b"=")
            if not equals:
                name, value = b"", name
            yield CookiePair(name.rstrip(_SPACE).decode("latin-1"), value.lstrip(_SPACE), pair)


def filter_cookie(header: bytes, allowed: Callable[[str], bool]) -> bytes:
    """Return a Cookie header without the cookies that are not allowed; identical bytes when all are."""
    pairs = list(parse_cookie(header))
    kept = [pair.source for pair in pairs if allowed(pair.name)]
    return header if len(kept) == len(pairs) else b"; ".join(kept)


def single_value(header: bytes, name: str) -> bytes | None:
    """Return the value of a cookie sent exactly once; two of one name are a toss attack and count as none."""
    values = [pair.value for pair in parse_cookie(header) if pair.name == name]
    return values[0] if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie line, cut into its name, its value and its attributes as they stand."""

    name: str
    value: bytes
    attributes: tuple[bytes, ...]

    def expires_in(self, now: datetime) -> float | None:
        """Return the seconds it lives from now (0 or less: a deletion), or None for a session cookie.

        RFC 6265bis 5.7: the last attribute of a kind counts, and Max-Age beats Expires.
        """
        lifetimes: dict[str, float] = {}
        for attribute in self.attributes:
            key, _, text = attribute.partition(b"=")
            kind, text = key.strip(_SPACE).lower(), text.strip(_SPACE)
            if kind == b"max-age" and _DIGITS.fullmatch(text):
                # Longer digits than a date can hold are for ever; int() of megabytes would be a denial of service.
                lifetimes["max-age"] = float(text[:15])
            elif kind == b"expires" and (moment := _date(text)) is not None:
                lifetimes["expires"] = (moment - now).total_seconds()
        return lifetimes.get("max-age", lifetimes.get("expires"))

    def with_lifetime(self, seconds: int | None) -> bytes:
        """Return the line with another lifetime: seconds, or None for a session cookie."""
        kept = [part for part in self.attributes if part.partition(b"=")[0].strip(_SPACE).lower() not in _LIFETIMES]
        if seconds is not None:
            kept.append(b" Max-Age=%d" % seconds)
        return b";".join((self.name.encode("latin-1") + b"=" + self.value, *kept))


_LIFETIMES = {b"max-age", b"expires"}


def _date(text: bytes) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.decode("latin-1").replace("-", " "))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_set_cookie(line: bytes) -> SetCookie:
    """Return the parts of a Set-Cookie line (RFC 6265bis section 5.6)."""
    pair, *attributes = line.split(b";")
    name, equals, value = pair.partition(b"=")
    if not equals:
        name, value = b"", name
    return SetCookie(name.strip(_SPACE).decode("latin-1"), value.strip(_SPACE), tuple(attributes))


def judge_set_cookie(
    line: bytes,
    find: Callable[[str], StorageItem | None],
    *,
    now: datetime,
) -> bytes | None:
    """Return the line to send: unchanged, with a life cut to what is declared and browsers keep, or None to drop it.

    Args:
        line: A Set-Cookie value.
        find: Gives what the manifest declares for a name, or None when the name is undeclared or not allowed.
        now: The present, with a time zone.
    """
    cookie = parse_set_cookie(line)
    return judge_cookie(cookie, line, cookie.expires_in(now), find(cookie.name), now=now)


def judge_cookie(
    cookie: SetCookie, line: bytes, asked: float | None, item: StorageItem | None, *, now: datetime
) -> bytes | None:
    """Do as :func:`judge_set_cookie` with a line that is parsed already.

    Args:
        cookie: Its parts.
        line: As it stands.
        asked: The seconds it lives; None for a session cookie.
        item: What the manifest declares for its name; None when it is undeclared or not allowed.
        now: The present, with a time zone.
    """
    if asked is not None and asked <= 0:
        return line
    if item is None:
        return None
    if asked is None:
        return line
    if item.lifetime.is_session:
        return cookie.with_lifetime(None)
    most = min(item.lifetime.seconds(now) or LONGEST_LIFE, LONGEST_LIFE)
    # A second of slack: an Expires written a moment before `now` rounds up.
    return line if asked <= most + 1 else cookie.with_lifetime(most)


def expire_lines(name: str, *, host: str, path: str, secure: bool) -> list[bytes]:
    """Return Set-Cookie lines that remove a cookie from every path and parent domain it can lie on.

    Which domain and path a cookie was set with is not told by the Cookie header, so every one the browser could
    have sent it from is expired: each prefix of the path, host-only and for each parent domain. A browser ignores
    the lines that name a public suffix.
    """
    tail = b"; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT" + (b"; Secure" if secure else b"")
    lines = []
    for domain in (b"", *_parent_domains(host)):
        for prefix in _path_prefixes(path):
            place = b"; Path=" + prefix + (b"; Domain=" + domain if domain else b"")
            lines.append(name.encode("latin-1", "replace") + b"=" + place + tail)
    return lines[:_MOST_EXPIRED_LINES]


def _parent_domains(host: str) -> list[bytes]:
    labels = host.split(".")
    if host.startswith("[") or all(label.isdigit() for label in labels) or not host.isascii():
        return []
    return [".".join(labels[start:]).encode("ascii") for start in range(len(labels) - 1)]


def _path_prefixes(path: str) -> list[bytes]:
    prefixes = [b"/"]
    segments = path.encode("utf-8", "replace").split(b"/")[1:5]
    for end in range(1, len(segments) + 1):
        prefix = b"/" + b"/".join(segments[:end])
        if len(prefix) > 1 and b";" not in prefix and prefix.isascii() and prefix.decode("ascii").isprintable():
            prefixes += [prefix] if prefix.endswith(b"/") else [prefix, prefix + b"/"]
    return list(dict.fromkeys(prefixes))
