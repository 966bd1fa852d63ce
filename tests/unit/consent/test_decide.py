"""From a choice to a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.decide import Decision, decide
from consentkit.consent.regime import Regime, regime_in
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
QUESTION = "q" * 16


def made(manifest: Manifest, choice: Choice | None, **changes: object) -> Decision:
    arguments = {"question": QUESTION, "regime": Regime.OPT_IN, "gpc": False, "now": NOW, **changes}
    return decide(manifest, choice, **arguments)  # type: ignore[arg-type]


def chosen(*purposes: str, services: frozenset[str] = frozenset(), at: datetime = NOW, **changes: object) -> Choice:
    state = ChoiceState.GIVEN if purposes or services else ChoiceState.REFUSED
    fields = {"subject": "s" * 22, "state": state, "purposes": frozenset(purposes), "services": services}
    return Choice(**{**fields, "question": QUESTION, "sequence": 1, "time": int(at.timestamp()), **changes})  # type: ignore[arg-type]


@pytest.mark.requirement("R1")
def test_without_a_choice_only_what_is_exempt_is_allowed(manifest: Manifest) -> None:
    """Deny by default."""
    decision = made(manifest, None)
    assert (decision.state, decision.purposes, decision.services) == (ChoiceState.UNKNOWN, {"necessary"}, frozenset())
    assert decision.asks


def test_a_purpose_allows_its_services_and_no_others(manifest: Manifest) -> None:
    """A service needs all of its purposes."""
    decision = made(manifest, chosen("analytics"))
    assert decision.services == {"google-analytics"}
    assert decision.allows("analytics")
    assert not decision.allows("advertising")
    assert not decision.allows("no-such-purpose")


def test_a_service_can_be_allowed_alone(manifest: Manifest) -> None:
    """A single service is allowed without its purpose."""
    decision = made(manifest, chosen(services=frozenset({"youtube"})))
    assert decision.services == {"youtube"}
    assert not decision.allows("media")


@pytest.mark.requirement("R5")
def test_a_service_of_two_purposes_needs_both(manifest_text: str) -> None:
    """One purpose of two is not enough (CNIL 2020-091 §47-48)."""
    manifest = loads(manifest_text.replace("purposes: [media]", "purposes: [media, advertising]"))
    assert "youtube" not in made(manifest, chosen("media")).services
    assert "youtube" in made(manifest, chosen("media", "advertising")).services


@pytest.mark.requirement("R23")
@pytest.mark.parametrize(
    ("taken", "asked_again"),
    [
        (datetime(2026, 2, 28, 12, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 11, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 27, 12, 0, 1, tzinfo=UTC), True),
    ],
)
def test_a_choice_is_asked_for_again_after_six_calendar_months(
    manifest: Manifest, taken: datetime, asked_again: bool
) -> None:
    """28 February and six months is 28 August; the clock stands at 31 August."""
    now = datetime(2026, 8, 28, 11, 59, 59, tzinfo=UTC) if not asked_again else NOW
    choice = chosen("analytics", at=taken)
    if taken == datetime(2026, 2, 28, 11, 59, 59, tzinfo=UTC):
        assert made(manifest, choice, now=now).state is ChoiceState.EXPIRED
    else:
        assert made(manifest, choice, now=now).asks is asked_again


@pytest.mark.requirement("R22")
def test_a_refusal_expires_like_a_grant(manifest: Manifest) -> None:
    """Refusal and consent are kept equally long (CNIL 2020-092 §36-39)."""
    old = NOW - timedelta(days=185)
    assert made(manifest, chosen(at=old)).state is ChoiceState.EXPIRED
    assert made(manifest, chosen("analytics", at=old)).state is ChoiceState.EXPIRED


def test_an_expired_grant_allows_nothing(manifest: Manifest) -> None:
    """Expiry denies until asked again."""
    assert made(manifest, chosen("analytics", at=NOW - timedelta(days=185))).services == frozenset()


def test_an_answer_to_another_question_is_no_answer(manifest: Manifest) -> None:
    """When what is asked changes, the old choice grants nothing."""
    decision = made(manifest, chosen("analytics", question="x" * 16))
    assert decision.state is ChoiceState.EXPIRED
    assert decision.services == frozenset()


def test_a_choice_from_the_future_is_no_choice(manifest: Manifest) -> None:
    """A few minutes of skew pass; a day does not."""
    assert made(manifest, chosen("analytics", at=NOW + timedelta(minutes=1))).state is ChoiceState.GIVEN
    assert made(manifest, chosen("analytics", at=NOW + timedelta(days=1))).state is ChoiceState.UNKNOWN


@pytest.mark.requirement("R31 R51")
@pytest.mark.parametrize("regime", list(Regime))
def test_global_privacy_control_never_grants(manifest: Manifest, regime: Regime) -> None:
    """With the signal, silence means no everywhere."""
    assert made(manifest, None, regime=regime, gpc=True).services == frozenset()


@pytest.mark.requirement("R52")
def test_global_privacy_control_answers_for_nobody_where_consent_is_asked(manifest: Manifest) -> None:
    """Opt-in with the signal: the visitor is asked all the same, and nothing is allowed meanwhile."""
    decision = made(manifest, None, regime=Regime.OPT_IN, gpc=True)
    assert (decision.asks, decision.purposes) == (True, {"necessary"})
    assert made(manifest, chosen("analytics"), regime=Regime.OPT_IN, gpc=True).allows("analytics")


def test_opt_out_allows_until_refused(manifest: Manifest) -> None:
    """Where the law is opt-out, silence allows and a refusal ends it."""
    assert "google-analytics" in made(manifest, None, regime=Regime.OPT_OUT).services
    assert made(manifest, chosen(), regime=Regime.OPT_OUT).services == frozenset()


def test_keys_tell_decisions_apart(manifest: Manifest) -> None:
    """Equal decisions share a key; others never do."""
    decisions = [made(manifest, None), made(manifest, chosen()), made(manifest, chosen("analytics"))]
    decisions.append(made(manifest, chosen("analytics", "media")))
    assert len({decision.key for decision in decisions}) == len(decisions)
    assert made(manifest, chosen("analytics", at=NOW - timedelta(days=1))).key == decisions[2].key


def test_an_unknown_country_is_opt_in() -> None:
    """The strictest rule stands where none is known."""
    assert regime_in(None, {}) is Regime.OPT_IN
    assert regime_in("US", {"US": Regime.OPT_OUT}) is Regime.OPT_OUT
    assert regime_in("DE", {"default": Regime.NOTICE}) is Regime.NOTICE
