"""How often choices may be posted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from driving import PAGE, responder

from consentkit.asgi.limits import OVERALL, PER_PREFIX, PostLimits

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)


def test_a_prefix_has_a_burst_and_then_a_rate() -> None:
    """A burst, then 20 a second; a clock that jumps back gives nothing."""
    limits = PostLimits()
    assert [limits.admit("203.0.0.0/16", NOW) for _ in range(PER_PREFIX + 1)] == [True] * PER_PREFIX + [False]
    assert limits.admit("203.0.0.0/16", NOW + timedelta(seconds=0.05))
    assert not limits.admit("203.0.0.0/16", NOW)
    assert limits.admit("198.51.0.0/16", NOW)
    assert limits.refused == 2


def test_all_prefixes_together_have_a_limit() -> None:
    """A crowd of networks can't fill the log either."""
    limits = PostLimits()
    admitted = sum(limits.admit(f"10.{n}.0.0/16", NOW) for n in range(OVERALL + 50))
    assert admitted == OVERALL


def test_the_number_of_prefixes_remembered_is_bounded() -> None:
    """Forged addresses don't fill the memory."""
    limits = PostLimits()
    for number in range(10_050):
        limits.admit(str(number), NOW + timedelta(seconds=number))
    assert len(limits._prefixes) == 10_000


def test_over_the_limit_denial_still_works(governed: Any, clock: Any) -> None:
    """A grant is 429 without a cookie; a refusal takes effect and is not recorded."""
    driver = governed(responder(PAGE))
    accept = ("accept", "application/json")
    for _ in range(PER_PREFIX):
        driver.app.site.limits.admit("203.0.0.0/16", clock())
    granted = driver.choose("action=accept", accept)
    assert (granted.status, granted.all("set-cookie")) == (429, [])
    assert json.loads(granted.body)["error"]["code"] == "too_many"
    refused = driver.choose("action=refuse", accept)
    assert refused.status == 200
    assert "consentkit" in refused.cookies
    assert json.loads(refused.body)["receipt"] is None
    assert json.loads(driver.get("/_consent/health").body)["choices_over_limit"] == 2
