"""From a choice to one Decision that every wall is built from."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.regime import Regime

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

_CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Decision:
    """What this visitor's browser may be sent, on this request.

    Attributes:
        state: The visitor's state; ``unknown`` and ``expired`` mean the banner is shown.
        purposes: Ids of every purpose allowed, exempt ones among them.
        services: Ids of every service allowed, those of exempt purposes among them.
        key: Equal decisions have equal keys; it salts validators and keys caches. 12 URL-safe characters.
    """

    state: ChoiceState
    purposes: frozenset[str]
    services: frozenset[str]
    key: str = field(compare=False)

    def allows(self, purpose: str) -> bool:
        """Tell whether a purpose is allowed; an unknown one never is."""
        return purpose in self.purposes

    def allows_service(self, service: str) -> bool:
        """Tell whether a service is allowed; an unknown one never is."""
        return service in self.services

    @property
    def asks(self) -> bool:
        """Tell whether the visitor is still to be asked."""
        return self.state in {ChoiceState.UNKNOWN, ChoiceState.EXPIRED}


def ends(choice: Choice, manifest: Manifest) -> datetime | None:
    """Return when a choice must be asked for again; None when that is for the browser session to end."""
    given = choice.state is ChoiceState.GIVEN
    lifetime = manifest.choice.lifetime if given else manifest.choice.refusal_lifetime
    return lifetime.after(datetime.fromtimestamp(choice.time, UTC))


def standing(choice: Choice | None, manifest: Manifest, *, question: str, now: datetime) -> ChoiceState:
    """Tell what a choice is worth now.

    A choice from the future is no choice: our own clock wrote it, so the value was made elsewhere or the clock is
    wrong, and both are doubts.
    """
    if choice is None or choice.time > now.timestamp() + _CLOCK_SKEW_SECONDS:
        return ChoiceState.UNKNOWN
    end = ends(choice, manifest)
    if choice.question != question or (end is not None and end <= now):
        return ChoiceState.EXPIRED
    return choice.state


def decide(
    manifest: Manifest,
    choice: Choice | None,
    *,
    question: str,
    regime: Regime,
    gpc: bool,
    now: datetime,
) -> Decision:
    """Work out what a visitor's browser may be sent.

    Args:
        manifest: What the site declares.
        choice: The choice cookie's content, if it carried one.
        question: Digest of what is asked now, as choices carry it.
        regime: The rule where the visitor is.
        gpc: Whether the request carried Global Privacy Control. It never grants anything.
        now: The present, with a time zone.
    """
    state = standing(choice, manifest, question=question, now=now)
    purposes = set(manifest.exempt_purposes)
    chosen_services: frozenset[str] = frozenset()
    if state is ChoiceState.GIVEN and choice is not None:
        purposes |= choice.purposes & set(manifest.consent_purposes)
        chosen_services = choice.services
    elif state in {ChoiceState.UNKNOWN, ChoiceState.EXPIRED} and regime is not Regime.OPT_IN and not gpc:
        purposes |= set(manifest.consent_purposes)
    services = {
        service.id
        for service in manifest.services
        if service.id in chosen_services or purposes.issuperset(service.purposes)
    }
    return Decision(state, frozenset(purposes), frozenset(services), _key(state, purposes, services))


def _key(state: ChoiceState, purposes: set[str], services: set[str]) -> str:
    text = "\n".join((state, *sorted(purposes), "", *sorted(services)))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:9]).decode("ascii")
