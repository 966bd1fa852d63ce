"""The auditor's endpoints: read-only, closed without a token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from consentkit.asgi import answers, filters
from consentkit.asgi.auditors import Auditors
from consentkit.asgi.auditpage import AuditPage
from consentkit.asgi.forms import check_origin, parse_fields, read_body
from consentkit.asgi.overview import overview
from consentkit.errors import ChoiceError, CursorError, StoreError
from consentkit.records import export
from consentkit.records.browserlog import BrowserFilter
from consentkit.records.concern import Concern, of_controller
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.inventory import compare
from consentkit.records.statistics import DIMENSIONS, MEASURES
from consentkit.records.store.base import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import Receive

    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit
    from consentkit.records.inventory import InventoryEntry
    from consentkit.records.statistics import Statistic


class Audit:
    """Answer auditors of one site.

    Attributes:
        auditors: Who they are.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._page = AuditPage(site.manifest, site.prefix, templates=site.settings.templates)
        self.auditors = Auditors(site)

    async def front(self, visit: Visit, _receive: Receive) -> Response:
        """Show a month at a glance, or the log-in form."""
        if not self.auditors.exist:
            return answers.not_found()
        if not self.auditors.admits(visit):
            return answers.page(self._page.login(visit.root))
        now = self._site.clock()
        try:
            month = filters.month(visit.query, now)
        except ChoiceError as problem:
            return answers.error(problem.code, str(problem), status=problem.status, where=problem.where)
        shown = await overview(self._site.records, self._site.manifest, month, self.compared)
        return answers.page(self._page.front(visit.root, shown, months=filters.neighbours(month, now)))

    async def log_in(self, visit: Visit, receive: Receive) -> Response:
        """Take a token from the log-in form and set the session cookie."""
        if not self.auditors.exist:
            return answers.not_found()
        try:
            check_origin(visit, grants=True)
            body = await read_body(receive, visit.header(b"content-length"))
            token = dict(parse_fields(body, visit.header(b"content-type") or b"")).get("token", "")
        except ChoiceError as problem:
            return answers.error(problem.code, str(problem), status=problem.status, where=problem.where)
        if not self.auditors.knows(token):
            return answers.page(self._page.login(visit.root, wrong=True), status=401)
        answer = answers.redirect(f"{visit.root}{self._site.prefix}/admin")
        self.auditors.open_session(answer, visit, token)
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

    async def stats(self, visit: Visit, _receive: Receive) -> Response:
        """List what was counted, month by month, as far as it is told."""
        return await self._listing(visit, "stats", self._stats_page)

    async def _stats_page(self, query: dict[str, str]) -> Page[Statistic]:
        measure = filters.one_of(query, "measure", MEASURES)
        dimension = filters.one_of(query, "dimension", DIMENSIONS)
        first, last = filters.months(query, self._site.clock())
        rows = await asyncio.to_thread(lambda: tuple(self._site.records.statistics.report(first, last)))
        return Page(
            "stats",
            tuple(
                row
                for row in rows
                if (measure is None or row.measure == measure) and (dimension is None or row.dimension == dimension)
            ),
            None,
        )

    async def _inventory_page(self, query: dict[str, str]) -> Page[InventoryEntry]:
        kind, standing, name = query.get("kind"), filters.standing(query), query.get("name")
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
            since=filters.moment(query, "since"),
            until=filters.moment(query, "until"),
            state=filters.state(query),
            purpose=query.get("purpose"),
            concern=await self._concern(query),
            cursor=query.get("cursor"),
            limit=filters.limit(query),
        )
        return await self._site.records.consent_log.query(wanted)

    async def _concern(self, query: dict[str, str]) -> Concern | None:
        controller, service = query.get("controller"), query.get("service")
        if controller is None:
            return Concern.of_service(service) if service is not None else None
        if service is not None:
            message = "'controller' and 'service' exclude each other"
            raise ChoiceError("bad_filter", message, where="service")
        try:
            return of_controller(controller, await self._site.records.consent_log.documents("manifest"))
        except LookupError as error:
            raise ChoiceError("bad_filter", str(error.args[0]), where="controller") from None

    async def _browser_page(self, query: dict[str, str]) -> Any:
        wanted = BrowserFilter(
            since=filters.moment(query, "since"),
            until=filters.moment(query, "until"),
            path=query.get("path"),
            country=query.get("country"),
            browser=query.get("browser"),
            status=filters.number(query, "status"),
            cursor=query.get("cursor"),
            limit=filters.limit(query),
        )
        return await self._site.records.browser_log.query(wanted)

    async def _listing(self, visit: Visit, name: str, read: Callable[[dict[str, str]], Any]) -> Response:
        if not self.auditors.exist:
            return answers.not_found()
        if not self.auditors.admits(visit):
            if b"text/html" in (visit.header(b"accept") or b""):
                return answers.page(self._page.login(visit.root), status=401)
            answer = answers.error("unauthorized", "send Authorization: Bearer with an audit token", status=401)
            return answers.extended(answer, {"www-authenticate": 'Bearer realm="consentkit"'})
        try:
            query = {key: value for key, value in visit.query.items() if value}
            kind = filters.wanted_format(visit, query)
            page = await read(query)
        except (ChoiceError, CursorError) as problem:
            where = problem.where if isinstance(problem, ChoiceError) else "cursor"
            return answers.error("bad_filter", str(problem), status=400, where=where)
        except StoreError as problem:
            return answers.error("store_unavailable", str(problem), status=503)
        if kind == "html":
            return answers.page(self._page.listing(visit.root, name, page, query))
        body = b"".join(export.encode(page, cast(export.Kind, kind)))
        answer = answers.text(body.decode("utf-8"), media_type=filters.FORMATS[kind])
        headers = {"vary": "Accept, Authorization, Cookie"}
        if page.cursor:
            headers["x-next-cursor"] = page.cursor
        if kind != "json":
            headers["content-disposition"] = f'attachment; filename="{name}.{kind}"'
        return answers.extended(answer, headers)
