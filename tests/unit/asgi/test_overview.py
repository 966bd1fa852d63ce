"""The audit page: a month at a glance."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from driving import PAGE, Driver, responder
from traffic import Traffic

from consentkit.errors import StoreUnavailableError

TOKEN = "an-audit-token-of-32-characters!"
BEARER = ("authorization", f"Bearer {TOKEN}")


@pytest.fixture
def audited(governed: Any) -> Driver:
    """A governed shop with an audit token."""
    return governed(responder(PAGE), audit_tokens=[TOKEN])


def front(driver: Driver, query: str = "") -> str:
    answer = driver.get(f"/_consent/admin{query}", BEARER, ("accept", "text/html"))
    assert answer.status == 200, answer.text
    return answer.text


def test_a_month_is_shown(audited: Driver, clock: Any) -> None:
    """Charts with titles and tables, the funnel, visits by one thing at a time, and no style or script inline."""
    records = audited.app.site.records
    audited.loop.run_until_complete(Traffic(("analytics", "advertising"), visits=60).pass_through(records, clock, 12))
    text = front(audited)

    charts = [ET.fromstring(svg) for svg in re.findall(r'<svg class="chart" role.*?</svg>', text, re.DOTALL)]
    assert len(charts) == 3
    for chart in charts:
        title, description = chart.find("title"), chart.find("desc")
        assert title is not None
        assert description is not None
        assert chart.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text
        assert description.text
    assert text.count("As a table") == 3
    for heading in ("First pages", "Where visits came from", "Countries", "Browsers", "Purposes allowed"):
        assert heading in text
    assert "search.example" in text
    assert "Continues what was signed" in text
    assert "style=" not in text
    assert "<script" not in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_a_month_of_few_is_not_told(audited: Driver) -> None:
    """Three visitors: no number of them anywhere."""
    for network in range(3):
        audited.page("/", ("user-agent", f"Mozilla/5.0 Firefox/{network}"))
    audited.loop.run_until_complete(audited.app.site.records.browser_log.flush())
    assert "under 10" in front(audited)


def test_other_months_are_a_link_away(audited: Driver) -> None:
    """Backwards always, forwards up to the present; rubbish is named."""
    assert 'href="/_consent/admin?month=2026-07"' in front(audited)
    assert "month=2026-09" not in front(audited)
    assert 'href="/_consent/admin?month=2026-08"' in front(audited, "?month=2026-07")
    assert "Nothing was counted in 2026-07" in front(audited, "?month=2026-07")
    assert audited.get("/_consent/admin?month=never", BEARER).status == 400
    for edge in ("0001-01", "9999-12"):
        assert edge in front(audited, f"?month={edge}")


def test_holds_are_shown(audited: Driver, clock: Any) -> None:
    """With whose, why, by whom and until when; what was written into them stays text."""
    audited.loop.run_until_complete(
        audited.app.site.records.hold(
            "consent",
            reason="<b>dispute</b>",
            author="counsel",
            ends=clock() + timedelta(days=30),
            subject="someone",
        )
    )
    text = front(audited)
    assert "&lt;b&gt;dispute&lt;/b&gt;" in text
    for cell in ("someone", "counsel", "2026-09-30"):
        assert f"<td>{cell}</td>" in text


def test_a_store_that_is_down_costs_its_part_only(audited: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says what can't be read, and shows the rest."""

    def down(*_: Any, **__: Any) -> Any:
        message = "down"
        raise StoreUnavailableError(message)

    records = audited.app.site.records
    monkeypatch.setattr(records._stores.statistics, "counts", down)
    monkeypatch.setattr(records._stores.consent, "holds", down)
    monkeypatch.setattr(records._stores.consent, "epochs", down)
    text = front(audited)
    assert "The statistics can't be read now" in text
    assert "The holds can't be read now" in text
    assert "The consent log can't be verified: down" in text
    assert "Cookies and hosts" in text


def test_a_log_that_was_altered_is_told_in_red(audited: Driver) -> None:
    """A root that isn't the signed one."""
    audited.choose("action=refuse")
    assert "Continues what was signed" in front(audited)
    store = audited.app.site.records._stores.consent
    audited.choose("action=refuse")
    asyncio.run(audited.app.site.records.proofs.checkpoint())
    with store._file.writing() as db:
        db.execute("UPDATE leaf SET hash = zeroblob(32)")
    text = front(audited)
    assert "The consent log can't be verified: the first 2 entries" in text
    assert '<dd class="bad">Not verified</dd>' in text
