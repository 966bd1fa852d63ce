"""Who may read the records: those who show a token of the site's, or a session that one opened."""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner

from consentkit.asgi.site import AUDIT_COOKIE
from consentkit.gate.cookies import single_value

if TYPE_CHECKING:
    from starlette.responses import Response

    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit

logger = logging.getLogger("consentkit.audit")

# OWASP ASVS 5.0, 7.3: a working day for a low-risk, read-only session.
_SESSION_SECONDS = 8 * 3600


class Auditors:
    """Tell the auditors of one site from others.

    A token comes as ``Authorization: Bearer``, or through the log-in form, which sets a signed cookie.
    """

    def __init__(self, site: Site) -> None:
        self._prefix = site.prefix
        # Only digests are compared: equal length, and a comparison's time tells nothing about a token (T58).
        self._tokens = tuple(_digest(token) for token in site.settings.audit_tokens)
        self._sessions = TimestampSigner(
            [key.encode() for key in site.settings.secret_keys],
            salt=b"consentkit.audit",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    @property
    def exist(self) -> bool:
        """Whether the site has any; without a token there is nothing to see."""
        return bool(self._tokens)

    def admits(self, visit: Visit) -> bool:
        """Tell whether a request comes from one; who read what is logged (OWASP ASVS 5.0, 16.3.2)."""
        holder = self._holder(visit)
        if holder is not None:
            # The path as a literal: a line break in it would forge a line of the log.
            logger.info("%s %r was read with the audit token %s", visit.method, visit.route, holder)
        return holder is not None

    def knows(self, token: str) -> bool:
        """Tell whether a token is one of the site's."""
        digest = _digest(token)
        # Every token is compared, so that the time doesn't tell which one came close.
        return sum(hmac.compare_digest(digest, known) for known in self._tokens) > 0

    def _holder(self, visit: Visit) -> str | None:
        """Return the name of the token that a request shows, itself or in its session."""
        scheme, _, token = (visit.header(b"authorization") or b"").partition(b" ")
        if scheme.lower() == b"bearer":
            shown = token.strip().decode("latin-1")
            if self.knows(shown):
                return _name(_digest(shown))
        cookie = single_value(visit.sender.cookie, AUDIT_COOKIE)
        if cookie is None:
            return None
        try:
            holder = self._sessions.unsign(cookie, max_age=_SESSION_SECONDS).decode("ascii", "replace")
        except BadSignature:
            return None
        return holder if holder in map(_name, self._tokens) else None

    def open_session(self, answer: Response, visit: Visit, token: str) -> None:
        """Set the cookie that stands for a token; it names the token, so that withdrawing that ends its sessions."""
        answer.set_cookie(
            AUDIT_COOKIE,
            self._sessions.sign(_name(_digest(token))).decode("ascii"),
            max_age=_SESSION_SECONDS,
            path=f"{visit.root}{self._prefix}",
            secure=visit.sender.secure,
            httponly=True,
            samesite="strict",
        )


def _name(digest: bytes) -> str:
    """Return what a token is called where it may be seen."""
    return digest.hex()[:16]


def _digest(token: str) -> bytes:
    # JSON can carry lone surrogates, which UTF-8 can't.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
