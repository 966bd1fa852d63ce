"""Apply the lint rules to a manifest: what the law or good practice asks beyond the grammar.

The rules themselves are in :mod:`consentkit.manifest.lint`, their table is docs/lint.md.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from consentkit.manifest.lint import declarations, exemptions, measured, periods

if TYPE_CHECKING:
    from datetime import date

    from consentkit.manifest.lint.finding import Finding
    from consentkit.manifest.lint.observed import Observed
    from consentkit.manifest.model import Manifest


def check(manifest: Manifest, observed: Observed | None = None, *, today: date | None = None) -> tuple[Finding, ...]:
    """Return what the rules find, in the order of their ids and then of the manifest.

    Args:
        manifest: A manifest that was loaded without problems.
        observed: What was seen on the running site; without it, the rules that compare are left out.
        today: The day to judge the last review by; without it, L31 is left out.
    """
    found = list(chain.from_iterable(rule(manifest) for rule in _FROM_THE_MANIFEST))
    if observed is not None:
        found += chain.from_iterable(rule(manifest, observed) for rule in measured.RULES)
    if today is not None:
        found += periods.not_reviewed(manifest, today)
    return tuple(sorted(found, key=lambda finding: int(finding.rule[1:])))


_FROM_THE_MANIFEST = (*exemptions.RULES, *periods.RULES, *declarations.RULES)
