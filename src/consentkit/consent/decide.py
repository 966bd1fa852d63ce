"""From a choice to one Decision that every wall is built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consentkit.consent.choice import Choice, ChoiceState

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest


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
