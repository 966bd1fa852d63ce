"""What is kept: the consent log, which is evidence, and the browser log, which expires."""

from __future__ import annotations

from consentkit.records.open import Records, open_records

__all__ = ["Records", "open_records"]
