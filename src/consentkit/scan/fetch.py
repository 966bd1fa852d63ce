"""Fetch pages as a visitor without history would, and keep what their headers say."""

from __future__ import annotations

import socket
import zlib
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from consentkit.errors import ScanError

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import Any

MOST_BYTES: Final = 4 * 1024 * 1024
"""More of a page is not read: what it contacts stands in its first megabytes, or is made by scripts."""
_SECONDS: Final = 20
_AGENT: Final = "consentkit-scan (+what this site declares)"
_GZIP: Final = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True)
class Response:
    """One answer.

    Attributes:
        url: Where it came from, after redirects.
        status: Its status code.
        content_type: The header's value, empty when there is none.
        set_cookies: Every ``Set-Cookie`` value on the way, those of redirects among them.
        body: What was read of it.
        cut: The body was longer than :data:`MOST_BYTES`.
    """

    url: str
    status: int
    content_type: str
    set_cookies: tuple[str, ...]
    body: bytes
    cut: bool


class _Redirects(HTTPRedirectHandler):
    """Follow redirects within http and https, and keep the cookies they set."""

    def __init__(self) -> None:
        self.set_cookies: list[str] = []

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        self.set_cookies += headers.get_all("Set-Cookie") or []
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(url: str) -> Response:
    """Return the answer to a GET; an error status is an answer too.

    Args:
        url: An address with ``http`` or ``https``.

    Raises:
        ScanError: The address is none, nobody answers, or the answer is no HTTP.
    """
    _check(url)
    redirects = _Redirects()
    headers = {"User-Agent": _AGENT, "Accept": "text/html,*/*;q=0.5", "Accept-Encoding": "gzip"}
    try:
        # Nothing but http and https gets here or is followed.
        with build_opener(redirects).open(Request(url, headers=headers), timeout=_SECONDS) as answer:  # noqa: S310
            return _read(answer, redirects)
    except HTTPError as error:
        with error:
            return _read(error, redirects)
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = "no such host" if isinstance(reason, socket.gaierror) else getattr(reason, "strerror", None) or reason
        message = f"{url} can't be fetched: {said}"
        raise ScanError(message) from error


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{url!r} is no address of a page; write e.g. https://www.example.com/"
        raise ScanError(message)


def _read(answer: Any, redirects: _Redirects) -> Response:
    body: bytes = answer.read(MOST_BYTES + 1)
    cut = len(body) > MOST_BYTES
    if (answer.headers.get("Content-Encoding") or "").strip().lower() == "gzip":
        inflater = zlib.decompressobj(_GZIP)
        body = inflater.decompress(body, MOST_BYTES)
        cut = cut or bool(inflater.unconsumed_tail)
    return Response(
        url=answer.geturl(),
        status=answer.status,
        content_type=answer.headers.get("Content-Type") or "",
        set_cookies=(*redirects.set_cookies, *(answer.headers.get_all("Set-Cookie") or [])),
        body=body[:MOST_BYTES],
        cut=cut,
    )
