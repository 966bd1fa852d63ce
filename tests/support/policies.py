"""What the tests of the five published policies share: the sites' names, visitors, and how answers are read."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from driving import Answer, Driver

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SITES = ("alpiasoft", "dokos", "hootis", "iabako", "powerboutique")
TOKEN = "an-audit-token-of-32-characters!"
BEARER = ("authorization", f"Bearer {TOKEN}")
FRENCH = ("accept-language", "fr-FR,fr;q=0.9")
ENGLISH = ("accept-language", "en-GB,en;q=0.9")
FIREFOX = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")
FROM_SEARCH = ("referer", "https://recherche.example/resultats?q=gestion")
FORM = ("content-type", "application/x-www-form-urlencoded")
FRANCE, AMERICA = ("203.0.113.77", 5000), ("198.51.100.20", 5000)
Pages = dict[str, tuple[str, ...]]
"""The paths of each site's pages."""
HOUR = 3600
DAY = 24 * HOUR
YEAR = 365 * DAY
HALF_YEAR_OF_THE_CLOCK = 181 * DAY
"""Six months from 31 August 2026 end on 28 February 2027."""


def visits(driver: Driver) -> list[dict[str, Any]]:
    """Return the browser log as an auditor reads it, newest first."""
    driver.loop.run_until_complete(driver.app.site.records.browser_log.flush())
    return json.loads(driver.get("/_consent/browser-log", BEARER).body)["items"]


def statistics(driver: Driver, query: str) -> list[dict[str, Any]]:
    """Return the statistics of the present month as an auditor reads them."""
    driver.loop.run_until_complete(driver.app.site.records.browser_log.flush())
    rows = json.loads(driver.get(f"/_consent/stats?{query}", BEARER).body)["items"]
    return [row for row in rows if row["period"] == "2026-08"]


def chosen(driver: Driver, fields: str) -> tuple[str, str]:
    """Make a choice as the banner does; return the Cookie header that carries it."""
    name = driver.app.site.cookie_name(secure=False)
    return "cookie", f"{name}={driver.choose(fields).cookies[name]}"


def lifetimes(answer: Answer) -> dict[str, int | None]:
    """Return the Max-Age in seconds of each cookie that is set, None for a session's."""
    found = {}
    for line in answer.all("set-cookie"):
        age = re.search(r"max-age=(-?\d+)", line, re.IGNORECASE)
        found[line.partition("=")[0]] = int(age[1]) if age else None
    return found


def cookie_table(page: str) -> dict[str, str]:
    """Return name and lifetime of every row of the notice's table of cookies."""
    rows = re.findall(r'<th role="rowheader"[^>]*><code>(.*?)</code>.*?<td[^>]*>(.*?)</td>', page)
    return {html.unescape(name): lifetime for name, lifetime in rows}


def live(page: str, address: str) -> bool:
    """Tell whether a page loads an address of a third party."""
    return f' src="https://{address}' in page


def without(key: str, identifier: str) -> Callable[[dict[str, Any]], object]:
    """Return an edit that takes one service, purpose or cookie out of a manifest."""

    def edit(document: dict[str, Any]) -> None:
        kept = [item for item in document[key] if identifier not in (item.get("id"), item.get("name"), item.get("use"))]
        assert len(kept) == len(document[key]) - 1
        document[key] = kept

    return edit
