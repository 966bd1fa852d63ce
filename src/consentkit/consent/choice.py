"""What one visitor chose, as a value."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from consentkit.consent.regime import Regime


class ChoiceState(enum.StrEnum):
    """Where a visitor's consent stands.

    The words are those of the W3C Data Privacy Vocabulary's consent states, shortened.
    """

    UNKNOWN = "unknown"
    """No readable choice: never asked, or the cookie is missing, forged, unreadable."""
    GIVEN = "given"
    """At least one purpose or service that needs consent is allowed."""
    REFUSED = "refused"
    """Everything that needs consent is refused."""
    WITHDRAWN = "withdrawn"
    """Refused after having been given."""
    EXPIRED = "expired"
    """A choice once made that is older than the manifest lets it live, or that answers only a part of the question."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One visitor's choice, as carried by the choice cookie.

    Attributes:
        subject: A random id of 128 bits in URL-safe base64 (22 characters); never derived from the visitor.
        state: ``given``, ``refused`` or ``withdrawn``.
        purposes: Ids of the purposes allowed, exempt ones left out.
        services: Ids of services allowed one by one, besides those their purposes allow.
        question: The digest of what was asked (``manifest.digest.question``): a choice answers only that.
        sequence: Counts this subject's choices from 1, so that an older cookie can be told from a newer.
        time: When the server took the choice, in whole seconds since 1970 UTC.
        regime: The rule it was made under; where silence allows, boxes are ticked that are no consent elsewhere.
        gpc: Whether the browser sent Global Privacy Control with it: such a choice was made knowing of the signal.
        objections: Ids of the purposes exempt as audience measurement that the visitor objects to.
    """

    subject: str
    state: ChoiceState
    purposes: frozenset[str]
    services: frozenset[str]
    question: str
    sequence: int
    time: int
    regime: Regime = Regime.OPT_IN
    gpc: bool = False
    objections: frozenset[str] = frozenset()
