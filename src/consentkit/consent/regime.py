"""Which rule binds where: opt-in, opt-out or notice, by country and state.

A place is named as precisely as it is known: ``US-CA``, or ``US`` when the state isn't known. A country whose states
differ has the strictest rule of any of them, and a place that nobody knows the strictest of all.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Regime(enum.StrEnum):
    """What a visitor's silence means."""

    OPT_IN = "opt-in"
    """Denied until allowed (ePrivacy directive art. 5(3); loi Informatique et Libertés art. 82)."""
    OPT_OUT = "opt-out"
    """Allowed until refused; a Global Privacy Control signal refuses (11 CCR 7025)."""
    NOTICE = "notice"
    """Allowed once told."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What binds at one place.

    Attributes:
        regime: What silence means.
        gpc: Whether Global Privacy Control must be heeded as an opt-out, over an earlier choice too: by the law of the
            place, or because the place is unknown. Elsewhere it never grants, and it refuses where silence would allow.
        place: ISO 3166-2 (``US-CA``) or 3166-1 (``FR``); None when unknown.
    """

    regime: Regime
    gpc: bool
    place: str | None = None


_OPT_IN = Rule(Regime.OPT_IN, gpc=False)
_OPT_OUT = Rule(Regime.OPT_OUT, gpc=False)
_GPC_BINDS = Rule(Regime.OPT_OUT, gpc=True)
_NOTICE = Rule(Regime.NOTICE, gpc=False)
_UNKNOWN = Rule(Regime.OPT_IN, gpc=True)

_REST = "*"
"""Stands for the states of a country that the table doesn't name."""

# Only what departs from opt-in. Where a place treats advertising more strictly than statistics (GB: PECR schedule A1
# since 5 February 2026; CH: TCA art. 45c, on which sources disagree), its rule is the stricter one: opt-in.
RULES: Mapping[str, Rule] = {
    # Québec, Law 25 s. 8.1: identifying, locating and profiling functions are off until activated (22 September 2023).
    "CA": _OPT_IN,
    "CA-QC": _OPT_IN,
    # PIPEDA: notice and implied consent with an opt-out; not confirmed by a source.
    f"CA-{_REST}": _OPT_OUT,
    # The strictest of the states: California's.
    "US": _GPC_BINDS,
    # Opt-out preference signals bind: Cal. Civ. Code 1798.135 and 11 CCR 7025 (California); C.R.S. 6-1-1306
    # (Colorado, since 1 July 2024); by the laws of the others, in 2025 or, OR and DE, from 1 January 2026. One of four
    # sources says that they don't in Texas; heeding them is the stricter reading.
    **dict.fromkeys(
        ("US-CA", "US-CO", "US-CT", "US-DE", "US-MD", "US-MN", "US-MT", "US-NE", "US-NH", "US-NJ", "US-OR", "US-TX"),
        _GPC_BINDS,
    ),
    # Laws with an opt-out of targeted advertising and sale that name no signal.
    **dict.fromkeys(("US-IA", "US-IN", "US-KY", "US-RI", "US-TN", "US-UT", "US-VA"), _OPT_OUT),
    f"US-{_REST}": _NOTICE,
}


def rule_at(place: str | None, overrides: Mapping[str, Regime]) -> Rule:
    """Return what binds where a visitor is.

    Args:
        place: ``US-CA``, ``FR``, or None when it is not known.
        overrides: The manifest's ``regions``, by place; ``default`` stands for every place that it names neither
            itself nor by its country.
    """
    if place is None:
        return Rule(overrides.get("default", _UNKNOWN.regime), _UNKNOWN.gpc)
    country = place.partition("-")[0]
    rest = f"{country}-{_REST}" if country != place else place
    rule = next((RULES[name] for name in (place, rest, country) if name in RULES), _OPT_IN)
    stated = next((overrides[name] for name in (place, country, "default") if name in overrides), rule.regime)
    return Rule(stated, rule.gpc, place)


def read_regions(regions: Mapping[str, object]) -> dict[str, Regime]:
    """Return the manifest's ``regions`` as regimes.

    Raises:
        ConfigurationError: A value is none of the regimes; the message names it and the place.
    """
    known = {regime.value: regime for regime in Regime}
    for place, value in regions.items():
        if value not in known:
            message = f"regions.{place}: {value!r} is no regime; write one of {', '.join(known)}"
            raise ConfigurationError(message)
    return {place: known[str(value)] for place, value in regions.items()}
