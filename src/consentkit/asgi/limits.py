"""How often choices and violation reports may be posted: token buckets, one for each address prefix and one for all.

They live in each worker's memory: with N workers the limits are N times as wide. A visitor whose address is unknown
shares one bucket with all such visitors.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# A prefix is up to 65,536 addresses (/16), or a whole carrier behind a few of them: its bucket is for the crowd
# that a newsletter brings, not for a person. All together stay below what SQLite commits durably (700 a second here).
PER_PREFIX = 1200
PER_PREFIX_SECOND = 20.0
OVERALL = 5000
OVERALL_SECOND = 500.0
_MOST_PREFIXES = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: datetime

    def take(self, now: datetime, *, size: int, rate: float) -> bool:
        elapsed = max(0.0, (now - self.filled).total_seconds())
        self.tokens, self.filled = min(size, self.tokens + elapsed * rate), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class PostLimits:
    """The buckets of one endpoint in one worker. Lives as long as the application."""

    def __init__(self) -> None:
        self._prefixes: OrderedDict[str, _Bucket] = OrderedDict()
        self._overall: _Bucket | None = None
        self.refused = 0

    def admit(self, prefix: str, now: datetime) -> bool:
        """Take a token for a prefix and one for all; False, and counted, when either bucket is empty."""
        bucket = self._prefixes.setdefault(prefix, _Bucket(PER_PREFIX, now))
        self._prefixes.move_to_end(prefix)
        if len(self._prefixes) > _MOST_PREFIXES:
            self._prefixes.popitem(last=False)
        self._overall = self._overall or _Bucket(OVERALL, now)
        admitted = bucket.take(now, size=PER_PREFIX, rate=PER_PREFIX_SECOND) and self._overall.take(
            now, size=OVERALL, rate=OVERALL_SECOND
        )
        self.refused += not admitted
        return admitted
