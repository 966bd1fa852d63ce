"""Which rule binds where: opt-in, opt-out or notice, by country.

The table states the strictest rule of any part of a country, because a country is all that a country database
tells. A country it doesn't name gets the strictest rule of all.
"""

from __future__ import annotations

import enum
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


def regime_in(country: str | None, overrides: Mapping[str, Regime]) -> Regime:
    """Return the regime of a visitor's country.

    Args:
        country: ISO 3166-1 alpha-2, or None when it is not known.
        overrides: The manifest's ``regions``; ``default`` stands for every country it doesn't name.
    """
    if country is not None and country in overrides:
        return overrides[country]
    return overrides.get("default", Regime.OPT_IN)


def read_regions(regions: Mapping[str, object]) -> dict[str, Regime]:
    """Return the manifest's ``regions`` as regimes.

    Raises:
        ConfigurationError: A value is none of the regimes; the message names it and the place.
    """
    known = {regime.value: regime for regime in Regime}
    for country, value in regions.items():
        if value not in known:
            message = f"regions.{country}: {value!r} is no regime; write one of {', '.join(known)}"
            raise ConfigurationError(message)
    return {country: known[str(value)] for country, value in regions.items()}
