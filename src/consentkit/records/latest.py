"""The newest choice of visitors who changed theirs, so that a cookie from before is no choice any more.

The choice cookie is signed, not secret from its owner: a copy of it, from a backup or another profile, is as valid as
ever after the visitor has withdrawn. So the number of the newest choice is remembered for whoever chose more than once.
The worker that took the choice knows at once; the others learn it from the consent log, within :data:`INTERVAL` while
the log can be read. After a restart they learn the withdrawals from it, the newest :data:`MOST`.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

from consentkit.consent.choice import ChoiceState
from consentkit.records.moments import to_micros
from consentkit.records.retention import horizon
from consentkit.records.store.base import ConsentQuery
from consentkit.records.threads import Recurring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from consentkit.duration import Duration
    from consentkit.records.store.base import ConsentStore

logger = logging.getLogger("consentkit.records")

MOST = 50_000
"""Visitors remembered: some 10 MB. Who withdrew before so many others is forgotten."""

INTERVAL = 5.0
"""Seconds between two looks into the log."""

_PAGE = 1_000
_MOST_EACH_LOOK = 5
"""Pages; on a site with more choices a second than that the other workers learn of some only at a restart."""
_OVERLAP = timedelta(minutes=1)
"""A choice is in the log some time after the moment it bears, and hosts' clocks differ."""


class LatestChoices:
    """Remembers who chose again.

    Attributes:
        changes: Grows whenever something was learnt, for whoever remembers what follows from it.
    """

    def __init__(self, store: ConsentStore, *, retention: Duration, clock: Callable[[], datetime]) -> None:
        """Take the consent log's store; no thread runs before :meth:`start`."""
        self._store = store
        self._retention = retention
        self._clock = clock
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()
        self._looked: datetime | None = None
        self._thread = Recurring("consentkit-latest", self._look_or_not, lambda: INTERVAL)
        self.changes = 0

    def note(self, subject: str, sequence: int) -> None:
        """Remember the number of a visitor's choice; the first of a visitor outdates nothing."""
        if sequence < 2:
            return
        with self._lock:
            if self._newest.get(subject, 0) >= sequence:
                return
            self._newest[subject] = sequence
            self._newest.move_to_end(subject)
            if len(self._newest) > MOST:
                self._newest.popitem(last=False)
            self.changes += 1

    def outdated(self, subject: str, sequence: int) -> bool:
        """Tell whether the visitor has chosen again since."""
        return sequence < self._newest.get(subject, 0)

    def look(self) -> None:
        """Learn from the log what other workers took; blocks.

        Raises:
            StoreUnavailableError: The log can't be read now.
        """
        now = self._clock()
        if self._looked is None:
            found = self._read(now, pages=MOST // _PAGE, since=None, state=str(ChoiceState.WITHDRAWN))
        else:
            found = self._read(now, pages=_MOST_EACH_LOOK, since=to_micros(self._looked - _OVERLAP), state=None)
        # Oldest first, so that the newest are remembered longest.
        for subject, sequence in reversed(list(found)):
            self.note(subject, sequence)
        self._looked = now

    def start(self) -> None:
        """Begin to look into the log from a thread; a second call does nothing."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way."""
        self._thread.stop()

    def _look_or_not(self) -> None:
        try:
            self.look()
        except Exception as error:  # the thread has to outlive whatever a driver or a row may do
            logger.debug("choices that other workers took can't be learnt now: %s", error)

    def _read(self, now: datetime, *, pages: int, since: int | None, state: str | None) -> Iterator[tuple[str, int]]:
        before = None
        for _ in range(pages):
            rows = self._store.select(
                ConsentQuery(
                    horizon=horizon(self._retention, now),
                    now=to_micros(now),
                    limit=_PAGE,
                    since=since,
                    state=state,
                    before=before,
                )
            )
            for row in rows:
                fields = json.loads(row.payload)
                yield fields["subject"], fields["sequence"]
            if len(rows) < _PAGE:
                return
            before = rows[-1].time, rows[-1].index
