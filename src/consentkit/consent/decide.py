"""From a choice to one Decision that every wall is built from."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consentkit.consent.changes import Reason
from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.regime import Regime, Rule
from consentkit.duration import Duration

if TYPE_CHECKING:
    from consentkit.consent.changes import Changes
    from consentkit.manifest.model import Manifest

_CLOCK_SKEW_SECONDS = 300
# Cal. Civ. Code 1798.135(c)(4): who opted out is not asked to opt back in for 12 months. Where silence allows, a choice
# that lapsed earlier would allow again what it refused.
_OPT_OUT_LASTS = Duration.parse("12 months")
_OPT_OUT_DAYS = 365
_UNANSWERED = frozenset({ChoiceState.UNKNOWN, ChoiceState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision depends on besides the choice.

    Attributes:
        rule: What binds where the visitor is.
        gpc: Whether the request carries Global Privacy Control. It never grants anything.
        dnt: Whether it carries Do Not Track; a refusal only where the manifest says so.
    """

    rule: Rule
    gpc: bool = False
    dnt: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What this visitor's browser may be sent, on this request.

    Attributes:
        state: The visitor's state; ``unknown`` and ``expired`` mean that there is something to ask.
        purposes: Ids of every purpose allowed, exempt ones among them that the visitor doesn't object to.
        services: Ids of every service allowed, those of exempt purposes among them.
        key: Equal decisions have equal keys; it salts validators and keys caches. 12 URL-safe characters.
        regime: What silence means here.
        place: ISO 3166 code of a place where silence allows; None elsewhere, since nothing depends on it there.
        objected: The visitor's browser opts out by a signal that is heeded here.
        changes: What there is to ask about again, where that is not everything.
    """

    state: ChoiceState
    purposes: frozenset[str]
    services: frozenset[str]
    key: str = field(compare=False)
    regime: Regime = Regime.OPT_IN
    place: str | None = None
    objected: bool = False
    changes: Changes = ()

    def allows(self, purpose: str) -> bool:
        """Tell whether a purpose is allowed; an unknown one never is."""
        return purpose in self.purposes

    def allows_service(self, service: str) -> bool:
        """Tell whether a service is allowed; an unknown one never is."""
        return service in self.services

    @property
    def asks(self) -> bool:
        """Tell whether the visitor is still to be asked.

        Who objects by a signal where silence allows has answered: a banner would only press for the contrary
        (11 CCR 7025(c)(1)).
        """
        return self.state in _UNANSWERED and not (self.objected and self.regime is not Regime.OPT_IN)


def lifetime(state: ChoiceState, regime: Regime, manifest: Manifest) -> Duration:
    """Return how long a choice made under a regime holds; where silence allows, 12 months at least."""
    stated = manifest.choice.lifetime if state is ChoiceState.GIVEN else manifest.choice.refusal_lifetime
    if regime is Regime.OPT_IN or (stated.longest and stated.longest.mean_days >= _OPT_OUT_DAYS):
        return stated
    return _OPT_OUT_LASTS


def ends(choice: Choice, manifest: Manifest) -> datetime | None:
    """Return when a choice must be asked for again; None when that is for the browser session to end."""
    return lifetime(choice.state, choice.regime, manifest).after(datetime.fromtimestamp(choice.time, UTC))


def standing(
    choice: Choice | None, manifest: Manifest, *, changes: Changes | None, regime: Regime, now: datetime
) -> ChoiceState:
    """Tell what a choice is worth now; see :func:`decide` for the arguments.

    A choice from the future is no choice: our own clock wrote it, so the value was made elsewhere or the clock is
    wrong, and both are doubts. A grant from where silence allows is no consent where it doesn't: boxes were ticked in
    advance there (CJEU C-673/17, Planet49). A refusal there covers whatever is added later.
    """
    if choice is None or choice.time > now.timestamp() + _CLOCK_SKEW_SECONDS:
        return ChoiceState.UNKNOWN
    end = ends(choice, manifest)
    if end is not None and end <= now:
        return ChoiceState.EXPIRED
    given = choice.state is ChoiceState.GIVEN
    if given and regime is Regime.OPT_IN and choice.regime is not Regime.OPT_IN:
        return ChoiceState.EXPIRED
    if changes == () or (changes is not None and not given and regime is not Regime.OPT_IN):
        return choice.state
    return ChoiceState.EXPIRED


def decide(
    manifest: Manifest,
    choice: Choice | None,
    *,
    changes: Changes | None,
    circumstances: Circumstances,
    now: datetime,
) -> Decision:
    """Work out what a visitor's browser may be sent.

    Args:
        manifest: What the site declares.
        choice: The choice cookie's content, if it carried one.
        changes: What changed since the question that the choice answers; None when nobody knows that question.
        circumstances: The rule where the visitor is, and the signals of the request.
        now: The present, with a time zone.
    """
    rule, regime = circumstances.rule, circumstances.rule.regime
    silence_allows = regime is not Regime.OPT_IN
    state = standing(choice, manifest, changes=changes, regime=regime, now=now)
    kept = choice if choice is not None and _is_kept(choice, manifest, changes, regime, now) else None
    # An objection needs no question to answer, so it holds whatever the choice is worth otherwise.
    exempt = manifest.exempt_purposes - choice.objections if choice is not None else manifest.exempt_purposes
    refused_by_gpc = circumstances.gpc and (rule.gpc or silence_allows)
    refused_by_dnt = circumstances.dnt and silence_allows and manifest.signals.dnt == "refuse"

    allowed: set[str] = set()
    alone: set[str] = set()
    if kept is not None and kept.state is ChoiceState.GIVEN:
        allowed, alone = _still_allowed(manifest, kept, exempt, changes or ())
    if silence_allows and not refused_by_dnt and state in _UNANSWERED:
        allowed |= _allowed_by_silence(manifest, None if state is ChoiceState.UNKNOWN else choice, changes or ())
    covered = allowed | exempt
    services = {
        service.id for service in manifest.services if service.id in alone or covered.issuperset(service.purposes)
    }
    # A choice made while the signal was on weighs more than the signal (11 CCR 7025(c)(4)); an earlier one weighs less.
    if refused_by_gpc and not (kept is not None and kept.gpc):
        allowed -= manifest.sold_purposes
        services -= {s.id for s in manifest.services if manifest.sold_purposes.intersection(s.purposes)}
    return _decision(
        state,
        allowed | exempt,
        services,
        regime=regime,
        place=rule.place if silence_allows else None,
        objected=refused_by_gpc or refused_by_dnt,
        changes=(changes or ()) if state is ChoiceState.EXPIRED and kept is not None else (),
    )


def _allowed_by_silence(manifest: Manifest, earlier: Choice | None, changes: Changes) -> set[str]:
    """Return the purposes that silence allows; it never brings back what an earlier choice left out."""
    asked = set(manifest.consent_purposes)
    if earlier is None:
        return asked
    if earlier.state is not ChoiceState.GIVEN:
        return set()
    new = {change.purpose for change in changes if change.reason is Reason.PURPOSE}
    return asked & (earlier.purposes | new)


def _is_kept(choice: Choice, manifest: Manifest, changes: Changes | None, regime: Regime, now: datetime) -> bool:
    """Tell whether a choice stands for what did not change: whether it would stand if nothing had."""
    return changes is not None and standing(choice, manifest, changes=(), regime=regime, now=now) is choice.state


def _still_allowed(
    manifest: Manifest, choice: Choice, exempt: frozenset[str], changes: Changes
) -> tuple[set[str], set[str]]:
    """Return the purposes a grant still covers, and the services it covers although their purpose is asked about again.

    What a vendor that didn't change does for a purpose that got another vendor was agreed to, and stays.
    """
    again = {change.purpose for change in changes}
    changed = {change.service for change in changes}
    # A change that no service is the reason of concerns the whole purpose.
    whole = {change.purpose for change in changes if change.service is None}
    granted = set(manifest.consent_purposes).intersection(choice.purposes)
    covered = granted | exempt
    unchanged = [s for s in manifest.services if s.id not in changed and not whole.intersection(s.purposes)]
    through_purposes = (s.id for s in unchanged if again.intersection(s.purposes) and covered.issuperset(s.purposes))
    return granted - again, {s.id for s in unchanged if s.id in choice.services}.union(through_purposes)


def _decision(state: ChoiceState, purposes: set[str] | frozenset[str], services: set[str], **rest: object) -> Decision:
    text = "\n".join((state, *sorted(purposes), "", *sorted(services), "", repr(sorted(rest.items()))))
    key = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:9]).decode("ascii")
    return Decision(state, frozenset(purposes), frozenset(services), key, **rest)  # type: ignore[arg-type]
