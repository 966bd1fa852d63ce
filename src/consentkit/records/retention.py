"""When a row has expired, and the thread that removes what has.

Two things keep a deadline, so that neither has to be trusted alone: every read hides what is past the horizon, and the
sweeper erases it from the files. A sweep works in small transactions and pauses as long as each took, so that a writer
waits for one of them at most; it is done by one worker at a time, and the others see that it was.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from consentkit.errors import ConfigurationError, EvidenceError, StoreError
from consentkit.records.moments import from_micros, to_micros
from consentkit.records.threads import Recurring

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.duration import Duration
    from consentkit.records.store.base import BrowserStore

logger = logging.getLogger("consentkit.records")

CHUNK = 250
"""Rows to the first transaction of a sweep."""

SMALLEST_CHUNK, LARGEST_CHUNK = 100, 500
"""Rows to a transaction: fewer would make no day's end, more would keep writers waiting.

500 rows of the browser log are some 5 ms of work. On a machine with more work than cores a process that needs longer
loses its core in the middle of it, and keeps the lock (measured at a load of 15 on two cores: 0.4 s for 1,000 rows).
"""

STEP = 0.01
"""Seconds that a transaction may hold the write lock; one that took longer is followed by smaller ones."""

PAUSE = 0.05
"""Seconds between two transactions at least: a waiting writer looks for the lock every 25 to 50 ms."""

INTERVAL = timedelta(hours=1)
"""Between two sweeps of a store."""

_FIRST_DAY = date(1970, 1, 1)
_LAST_MOMENT = timedelta(days=1) - timedelta(microseconds=1)
NOTHING = -(1 << 62)
"""A horizon before every moment: nothing has expired."""


def check_retention(name: str, retention: Duration) -> None:
    """Refuse a retention that names no period.

    Raises:
        ConfigurationError: It is a session's or for ever; the message names it and the remedy.
    """
    if retention.after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
        message = (
            f"retention.{name}: '{retention}' is not a period after which something expires; write e.g. '2 months'"
        )
        raise ConfigurationError(message)


def horizon(retention: Duration, now: datetime) -> int:
    """Return the last moment that has expired, in microseconds since 1970 UTC.

    A row of time t expires at t + retention on the calendar (the end of a short month for 31 + 1 month), and that sum
    isn't monotone where a month was cut short: 30 August 23:00 + 6 months is later than 31 August 01:00 + 6 months.
    What is hidden is therefore everything up to the newest expired moment: no row outlives its deadline, and at such a
    month's end some go a few hours before it.
    """
    first, last = _FIRST_DAY.toordinal(), now.astimezone(UTC).date().toordinal()
    if _expiry(retention, first) > now:
        return NOTHING
    # Midnights, unlike moments, expire in their order, so the last expired one can be found by halving.
    while first < last:
        middle = (first + last + 1) // 2
        if _expiry(retention, middle) <= now:
            first = middle
        else:
            last = middle - 1
    midnight = datetime.combine(date.fromordinal(first), datetime.min.time(), UTC)
    return to_micros(midnight + min(now - _expiry(retention, first), _LAST_MOMENT))


def _expiry(retention: Duration, day: int) -> datetime:
    expiry = retention.after(datetime.combine(date.fromordinal(day), datetime.min.time(), UTC))
    return datetime.max.replace(tzinfo=UTC) if expiry is None else expiry


class Sweeper:
    """Removes expired rows at start and then hourly, from a thread of its own."""

    def __init__(
        self,
        lease: BrowserStore,
        sweep: Callable[[Callable[[float], None]], int],
        *,
        clock: Callable[[], datetime],
        interval: timedelta = INTERVAL,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what keeps the lease and what does the work.

        Args:
            lease: The store that says which worker's turn it is.
            sweep: Removes everything expired, and calls its argument with the seconds each full transaction took.
            clock: The time, in UTC.
            interval: How long after a sweep the next is due.
            look: Called whenever this worker looks whether it is its turn: forgets what it alone holds in memory.
        """
        self._look = look
        self._lease = lease
        self._sweep = sweep
        self._clock = clock
        self._interval = interval
        self._holder = secrets.token_hex(8)
        self._thread = Recurring("consentkit-sweeper", self._turn_or_not, self._until_next)
        self.last_sweep: datetime | None = None
        """By any worker; before the first one, when this worker began to look."""
        self.last_error: str | None = None

    def start(self) -> None:
        """Begin; a second call does nothing."""
        self._thread.start()

    def stop(self) -> None:
        """End after the transaction under way."""
        self._thread.stop()

    def turn(self) -> int | None:
        """Sweep when it is due and no other worker does; return how many rows went, or None.

        Raises:
            StoreError: The store couldn't be swept now.
        """
        now = self._clock()
        if not self._lease.claim(holder=self._holder, now=to_micros(now), until=to_micros(now + self._interval / 6)):
            return None
        removed = self._sweep(self._pause)
        self._lease.release(holder=self._holder, now=to_micros(now), due=to_micros(now + self._interval))
        return removed

    def overdue(self) -> timedelta:
        """Return for how long the sweep of this store, by whichever worker, is overdue; zero when it isn't."""
        if self.last_sweep is None:
            return timedelta(0)
        return max(timedelta(0), self._clock() - self.last_sweep - self._interval)

    def _turn_or_not(self) -> None:
        try:
            self._look()
            removed = self.turn()
            swept = self._lease.last_sweep()
            self.last_sweep = from_micros(swept) if swept is not None else self._clock()
            self.last_error = None
            if removed:
                logger.info("swept %d expired rows", removed)
        except (StoreError, EvidenceError) as error:
            self.last_error = type(error).__name__
            logger.error("the hourly work on the records is put off: %s", error)

    def _until_next(self) -> float:
        # Workers that started together would otherwise ask for the lease together, for ever.
        return self._interval.total_seconds() * random.uniform(0.05, 0.15)  # noqa: S311 - no secret

    def _pause(self, seconds: float) -> None:
        """Leave the file to the writers for as long as the last transaction kept it from them, or longer."""
        time.sleep(max(seconds, PAUSE))
