"""The pages an auditor reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from consentkit.asgi.charts import number
from consentkit.notice import assets
from consentkit.notice.templates import environment
from consentkit.records import export

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from consentkit.asgi.overview import Overview
    from consentkit.manifest.model import Manifest

_TITLES = {"log": "Consent log", "browser-log": "Browser log", "inventory": "Inventory", "stats": "Statistics"}
_CAPTIONS = {
    "inventory": "Declared against observed, what needs attention first, times in UTC",
    "stats": "By whole months; a count that could be about fewer than ten is left out or counted as other",
}
_FILTERS = {
    "log": ("subject", "state", "purpose", "service", "controller", "since", "until"),
    "browser-log": ("path", "country", "browser", "status", "since", "until"),
    "inventory": ("kind", "standing", "name"),
    "stats": ("month", "measure", "dimension", "since", "until"),
}


_EXPORTS = ("csv", "json", "ndjson")


class AuditPage:
    """Render the audit pages of one site. Made once at start-up.

    Args:
        manifest: What the site declares.
        prefix: Where the endpoints lie.
        templates: A folder whose templates replace ours, if any.
    """

    def __init__(self, manifest: Manifest, prefix: str, *, templates: Path | None = None) -> None:
        self._manifest = manifest
        self._prefix = prefix
        self._style = assets.load()[assets.AUDIT_STYLE]
        self._templates = environment(templates)

    def login(self, root: str, *, wrong: bool = False) -> str:
        """Return the log-in form."""
        return self._render("audit_login.html", root, wrong=wrong)

    def front(self, root: str, overview: Overview, *, months: tuple[str, str | None]) -> str:
        """Return the entry page.

        Args:
            root: The mount point.
            overview: What it shows.
            months: The month before, and the one after if that has begun.
        """
        here = f"{root}{self._prefix}/stats?month={overview.month}"
        return self._render(
            "audit_front.html",
            root,
            overview=overview,
            before=months[0],
            after=months[1],
            exports=[(kind, f"{here}&format={kind}") for kind in _EXPORTS],
            number=number,
        )

    def listing(self, root: str, name: str, page: Any, query: Mapping[str, str]) -> str:
        """Return a page of one log, with its filters and exports.

        Args:
            root: The mount point.
            name: ``log``, ``browser-log``, ``inventory`` or ``stats``.
            page: A ``Page`` of that log's entries.
            query: The filters in force.
        """
        filters = {key: value for key, value in query.items() if key not in {"cursor", "format"}}
        here = f"{root}{self._prefix}/{name}"
        return self._render(
            "audit_listing.html",
            root,
            title=_TITLES[name],
            name=name,
            columns=export.columns(name),
            rows=[export.row(entry) for entry in page.items],
            caption=_CAPTIONS.get(name, "Newest first, times in UTC"),
            fields=[(field, query.get(field, "")) for field in _FILTERS[name]],
            exports=[(kind, f"{here}?{urlencode({**filters, 'format': kind})}") for kind in _EXPORTS],
            following=f"{here}?{urlencode({**filters, 'format': 'html', 'cursor': page.cursor})}"
            if page.cursor
            else "",
        )

    def _render(self, template: str, root: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            site=self._manifest.site.name,
            prefix=root + self._prefix,
            style=self._style,
            reporting=self._manifest.unlisted == "report",
            **values,
        )
