"""The day on which a command runs, in one place, so that tests choose it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def today() -> date:
    """Return the day it is in UTC."""
    return datetime.now(UTC).date()
