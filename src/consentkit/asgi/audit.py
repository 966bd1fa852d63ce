"""The auditor's endpoints: read-only, closed without a token."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from itsdangerous import BadSignature, TimestampSigner

from consentkit.asgi import answers
from consentkit.asgi.auditpage import AuditPage
from consentkit.asgi.forms import check_origin, parse_fields, read_body
from consentkit.asgi.site import AUDIT_COOKIE
from consentkit.consent.choice import ChoiceState
from consentkit.errors import ChoiceError, CursorError, StoreError
from consentkit.gate.cookies import single_value
from consentkit.records import export
from consentkit.records.browserlog import BrowserFilter
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.inventory import Standing, compare
from consentkit.records.store.base import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import Receive

    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit
    from consentkit.records.inventory import InventoryEntry

# OWASP ASVS 5.0, 7.3: a working day for a low-risk, read-only session.
_SESSION_SECONDS = 8 * 3600
_MOST_ROWS = 1000
_FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv", "html": "text/html"}


class Audit:
    """Answer auditors of one site.

    A token comes as ``Authorization: Bearer``, or through the log-in form, which sets a signed cookie.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._page = AuditPage(site.manifest, site.prefix)
        # Only digests are compared: equal length, and a comparison's time tells nothing about a token (T58).
        self._tokens = tuple(hashlib.sha256(token.encode()).digest() for token in site.settings.audit_tokens)
        self._sessions = TimestampSigner(
            [key.encode() for key in site.settings.secret_keys],
            salt=b"consentkit.audit",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )

    def front(self, visit: Visit, _receive: Receive) -> Response:
        """Show what there is to read, or the log-in form."""
        if not self._tokens:
            return answers.not_found()
        if not self.admits(visit):
            return answers.page(self._page.login(visit.root))
        return answers.page(self._page.front(visit.root, visit.site.records.health()))

    async def log_in(self, visit: Visit, receive: Receive) -> Response:
        """Take a token from the log-in form and set the session cookie."""
        if not self._tokens:
            return answers.not_found()
        try:
            check_origin(visit, grants=True)
            body = await read_body(receive, visit.header(b"content-length"))
            fields = dict(parse_fields(body, visit.header(b"content-type") or b""))
        except ChoiceError as problem:
            return answers.error(problem.code, str(problem), status=problem.status, where=problem.where)
        if not self._knows(fields.get("token", "")):
            return answers.page(self._page.login(visit.root, wrong=True), status=401)
        answer = answers.redirect(f"{visit.root}{self._site.prefix}/admin")
        # The cookie names the token it was got with, so that withdrawing the token ends its sessions.
        holder = hashlib.sha256(fields["token"].encode()).hexdigest()[:16]
        answer.set_cookie(
            AUDIT_COOKIE,
            self._sessions.sign(holder).decode("ascii"),
            max_age=_SESSION_SECONDS,
            path=f"{visit.root}{self._site.prefix}",
            secure=visit.sender.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    async def consent_log(self, visit: Visit, _receive: Receive) -> Response:
        """List the consent log, newest first."""
        return await self._listing(visit, "log", self._consent_page)

    async def browser_log(self, visit: Visit, _receive: Receive) -> Response:
        """List the browser log, newest first."""
        return await self._listing(visit, "browser-log", self._browser_page)

    async def inventory(self, visit: Visit, _receive: Receive) -> Response:
        """List what is declared against what was observed, what needs attention first."""
        return await self._listing(visit, "inventory", self._inventory_page)

    async def compared(self) -> list[InventoryEntry]:
        """Return every declared and every observed host and cookie, what needs attention first.

        Raises:
            StoreUnavailableError: What was observed can't be read now.
        """
        rows = await self._site.records.observed.rows()
        # The catalogue is parsed where a host of it is met, which takes some milliseconds.
        return await asyncio.to_thread(compare, self._site.manifest, rows, now=self._site.clock())

    async def _inventory_page(self, query: dict[str, str]) -> Page[InventoryEntry]:
        kind, standing, name = query.get("kind"), _standing(query), query.get("name")
        entries = await self.compared()
        return Page(
            "inventory",
            tuple(
                entry
                for entry in entries
                if (kind is None or entry.kind == kind)
                and (standing is None or entry.standing is standing)
                and (name is None or entry.name == name)
            ),
            None,
        )

    async def _consent_page(self, query: dict[str, str]) -> Any:
        wanted = ConsentFilter(
            subject=query.get("subject"),
            since=_moment(query, "since"),
            until=_moment(query, "until"),
            state=_state(query),
            purpose=query.get("purpose"),
            cursor=query.get("cursor"),
            limit=_limit(query),
        )
        return await self._site.records.consent_log.query(wanted)

    async def _browser_page(self, query: dict[str, str]) -> Any:
        wanted = BrowserFilter(
            since=_moment(query, "since"),
            until=_moment(query, "until"),
            path=query.get("path"),
            country=query.get("country"),
            browser=query.get("browser"),
            status=_number(query, "status"),
            cursor=query.get("cursor"),
            limit=_limit(query),
        )
        return await self._site.records.browser_log.query(wanted)

    async def _listing(self, visit: Visit, name: str, read: Callable[[dict[str, str]], Any]) -> Response:
        if not self._tokens:
            return answers.not_found()
        if not self.admits(visit):
            if b"text/html" in (visit.header(b"accept") or b""):
                return answers.page(self._page.login(visit.root), status=401)
            answer = answers.error("unauthorized", "send Authorization: Bearer with an audit token", status=401)
            return answers.extended(answer, {"www-authenticate": 'Bearer realm="consentkit"'})
        try:
            query = {key: value for key, value in visit.query.items() if value}
            kind = _format(visit, query)
            page = await read(query)
        except (ChoiceError, CursorError) as problem:
            where = problem.where if isinstance(problem, ChoiceError) else "cursor"
            return answers.error("bad_filter", str(problem), status=400, where=where)
        except StoreError as problem:
            return answers.error("store_unavailable", str(problem), status=503)
        if kind == "html":
            return answers.page(self._page.listing(visit.root, name, page, query))
        body = b"".join(export.encode(page, cast(export.Kind, kind)))
        answer = answers.text(body.decode("utf-8"), media_type=_FORMATS[kind])
        headers = {"vary": "Accept, Authorization, Cookie"}
        if page.cursor:
            headers["x-next-cursor"] = page.cursor
        if kind != "json":
            headers["content-disposition"] = f'attachment; filename="{name}.{kind}"'
        return answers.extended(answer, headers)

    def admits(self, visit: Visit) -> bool:
        """Tell whether a request carries a token of the site's, or a session that one opened."""
        scheme, _, token = (visit.header(b"authorization") or b"").partition(b" ")
        if scheme.lower() == b"bearer" and self._knows(token.strip().decode("latin-1")):
            return True
        cookie = single_value(visit.sender.cookie, AUDIT_COOKIE)
        if cookie is None:
            return False
        try:
            holder = self._sessions.unsign(cookie, max_age=_SESSION_SECONDS)
        except BadSignature:
            return False
        return holder.decode("ascii", "replace") in {token.hex()[:16] for token in self._tokens}

    def _knows(self, token: str) -> bool:
        digest = hashlib.sha256(token.encode()).digest()
        # Every token is compared, so that the time doesn't tell which one came close.
        return sum(hmac.compare_digest(digest, known) for known in self._tokens) > 0


def _format(visit: Visit, query: dict[str, str]) -> str:
    asked = query.pop("format", None)
    if asked is not None:
        if asked not in _FORMATS:
            message = f"{asked[:40]!r} is no format; use one of {', '.join(_FORMATS)}"
            raise ChoiceError("bad_filter", message, where="format")
        return asked
    accept = (visit.header(b"accept") or b"").decode("latin-1")
    return next((name for name, media in _FORMATS.items() if media in accept), "json")


def _moment(query: dict[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text[:40]!r} is no date; write e.g. 2026-11-22 or 2026-11-22T10:00:00Z"
        raise ChoiceError("bad_filter", message, where=name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _state(query: dict[str, str]) -> ChoiceState | None:
    text = query.get("state")
    if text is None:
        return None
    try:
        return ChoiceState(text)
    except ValueError:
        message = f"{text[:40]!r} is no state; use given, refused or withdrawn"
        raise ChoiceError("bad_filter", message, where="state") from None


def _standing(query: dict[str, str]) -> Standing | None:
    text = query.get("standing")
    if text is None:
        return None
    try:
        return Standing(text)
    except ValueError:
        message = f"{text[:40]!r} is no standing; use one of {', '.join(Standing)}"
        raise ChoiceError("bad_filter", message, where="standing") from None


def _number(query: dict[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        message = f"{text[:40]!r} is no number"
        raise ChoiceError("bad_filter", message, where=name)
    return int(text)


def _limit(query: dict[str, str]) -> int:
    limit = _number(query, "limit")
    if limit is None:
        return 100
    if not 1 <= limit <= _MOST_ROWS:
        message = f"{limit} is not between 1 and {_MOST_ROWS}"
        raise ChoiceError("bad_filter", message, where="limit")
    return limit
