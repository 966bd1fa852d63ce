"""What is kept: the consent log, which is evidence, the browser log, which expires, and what was observed."""

from __future__ import annotations

from consentkit.records.open import Records, open_records

__all__ = ["Records", "open_records"]
