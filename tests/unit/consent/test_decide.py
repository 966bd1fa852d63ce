"""From a choice to a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from consentkit.consent.changes import Change, Changes, Reason
from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.decide import Circumstances, Decision, decide, lifetime
from consentkit.consent.regime import Regime, Rule
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
QUESTION = "q" * 16


CALIFORNIA = Rule(Regime.OPT_OUT, gpc=True, place="US-CA")
FRANCE = Rule(Regime.OPT_IN, gpc=False, place="FR")
NOWHERE = Rule(Regime.OPT_IN, gpc=True)


def made(
    manifest: Manifest,
    choice: Choice | None,
    *,
    rule: Rule = FRANCE,
    gpc: bool = False,
    dnt: bool = False,
    changes: Changes | None = (),
    now: datetime = NOW,
) -> Decision:
    return decide(manifest, choice, changes=changes, circumstances=Circumstances(rule, gpc, dnt), now=now)


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


def test_an_answer_to_an_unknown_question_is_no_answer(manifest: Manifest) -> None:
    """When nobody knows what was asked, the old choice grants nothing."""
    decision = made(manifest, chosen("analytics"), changes=None)
    assert decision.state is ChoiceState.EXPIRED
    assert decision.services == frozenset()
    assert decision.changes == ()


def test_a_choice_from_the_future_is_no_choice(manifest: Manifest) -> None:
    """A few minutes of skew pass; a day does not."""
    assert made(manifest, chosen("analytics", at=NOW + timedelta(minutes=1))).state is ChoiceState.GIVEN
    assert made(manifest, chosen("analytics", at=NOW + timedelta(days=1))).state is ChoiceState.UNKNOWN


@pytest.mark.requirement("R31 R51 R52")
@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("binds", [True, False])
def test_global_privacy_control_never_grants(manifest: Manifest, regime: Regime, binds: bool) -> None:
    """With the signal, silence means no everywhere."""
    assert made(manifest, None, rule=Rule(regime, gpc=binds), gpc=True).services == frozenset()


@pytest.mark.parametrize("regime", [Regime.OPT_OUT, Regime.NOTICE])
def test_where_silence_allows_a_refusal_ends_it(manifest: Manifest, regime: Regime) -> None:
    """Silence allows, and there is still something to tell; a refusal denies."""
    silent = made(manifest, None, rule=Rule(regime, gpc=False, place="US-WY"))
    assert "google-analytics" in silent.services
    assert silent.asks
    assert made(manifest, chosen(regime=regime), rule=Rule(regime, gpc=False)).services == frozenset()


@pytest.mark.requirement("R51")
def test_where_it_binds_the_signal_overrides_an_earlier_choice_and_no_later_one(manifest: Manifest) -> None:
    """A grant made without the signal yields to it; one made while it was on was made knowing of it."""
    before = chosen("analytics", "advertising", regime=Regime.OPT_OUT)
    knowing = chosen("analytics", regime=Regime.OPT_OUT, gpc=True)
    assert made(manifest, before, rule=CALIFORNIA, gpc=True).services == frozenset()
    assert made(manifest, before, rule=CALIFORNIA).services == {"google-analytics", "meta-pixel"}
    assert made(manifest, knowing, rule=CALIFORNIA, gpc=True).services == {"google-analytics"}


@pytest.mark.requirement("R51")
def test_where_it_binds_the_signal_is_answered_without_a_banner(manifest: Manifest) -> None:
    """Who opted out by signal isn't pressed for the contrary, and is told that it was honoured."""
    decision = made(manifest, None, rule=CALIFORNIA, gpc=True)
    assert (decision.asks, decision.objected) == (False, True)


@pytest.mark.requirement("R52")
def test_where_consent_comes_first_the_signal_changes_nothing(manifest: Manifest) -> None:
    """In France the banner is shown, and what was consented to stays."""
    asked = made(manifest, None, gpc=True)
    assert (asked.asks, asked.objected, asked.services) == (True, False, frozenset())
    assert made(manifest, chosen("analytics"), gpc=True).services == {"google-analytics"}


def test_where_nobody_knows_the_place_the_signal_is_heeded(manifest: Manifest) -> None:
    """The visitor may be where it binds: an earlier grant yields, and the banner is still there to answer."""
    assert made(manifest, chosen("analytics"), rule=NOWHERE, gpc=True).services == frozenset()
    assert made(manifest, chosen("analytics", gpc=True), rule=NOWHERE, gpc=True).services == {"google-analytics"}
    assert made(manifest, None, rule=NOWHERE, gpc=True).asks


def test_a_purpose_that_sells_nothing_is_not_what_the_signal_opts_out_of(manifest_text: str) -> None:
    """Global Privacy Control refuses sale and sharing; a service that also serves a sold purpose is refused whole."""
    manifest = loads(
        manifest_text.replace("  - id: analytics\n", "  - id: analytics\n    sale: false\n").replace(
            "purposes: [media]", "purposes: [media, analytics]"
        )
    )
    decision = made(manifest, None, rule=CALIFORNIA, gpc=True)
    assert decision.purposes == {"necessary", "analytics"}
    assert decision.services == {"google-analytics"}


@pytest.mark.requirement("R53")
def test_do_not_track_counts_only_where_the_site_says_so(manifest: Manifest, manifest_text: str) -> None:
    """Ignored by default; otherwise a refusal where silence would allow. An explicit choice outweighs it."""
    heeding = loads(manifest_text + "signals: {dnt: refuse}\n")
    chose = chosen("analytics", regime=Regime.OPT_OUT)
    assert made(manifest, None, rule=CALIFORNIA, dnt=True).services
    assert made(heeding, None, rule=CALIFORNIA, dnt=True).services == frozenset()
    assert made(heeding, None, rule=CALIFORNIA).services
    assert made(heeding, chose, rule=CALIFORNIA, dnt=True).services == {"google-analytics"}


def test_a_grant_from_where_boxes_are_ticked_is_no_consent_elsewhere(manifest: Manifest) -> None:
    """What was allowed in California is asked for again in France (CJEU C-673/17)."""
    american = chosen("analytics", regime=Regime.OPT_OUT)
    decision = made(manifest, american)
    assert (decision.state, decision.services) == (ChoiceState.EXPIRED, frozenset())
    assert made(manifest, chosen("analytics"), rule=CALIFORNIA).services == {"google-analytics"}


@pytest.mark.parametrize("months", [6, 11])
def test_a_refusal_where_silence_allows_holds_for_a_year(manifest: Manifest, months: int) -> None:
    """A shorter lifetime would bring back what was refused (Cal. Civ. Code 1798.135(c)(4))."""
    refused = chosen(regime=Regime.OPT_OUT)
    decision = made(manifest, refused, rule=CALIFORNIA, now=NOW + timedelta(days=30 * months))
    assert (decision.state, decision.services) == (ChoiceState.REFUSED, frozenset())
    assert lifetime(ChoiceState.REFUSED, Regime.OPT_OUT, manifest).isoformat() == "P12M"
    assert lifetime(ChoiceState.REFUSED, Regime.OPT_IN, manifest).isoformat() == "P6M"


def test_silence_never_brings_back_what_a_choice_left_out(manifest: Manifest) -> None:
    """An expired or half-outdated choice allows by silence at most what it allowed, and what is new."""
    partly = chosen("analytics", regime=Regime.OPT_OUT)
    late = made(manifest, partly, rule=CALIFORNIA, now=NOW + timedelta(days=400))
    assert (late.state, late.services) == (ChoiceState.EXPIRED, {"google-analytics"})
    changes = (Change("advertising", Reason.VENDOR, "meta-pixel"), Change("media", Reason.PURPOSE))
    assert made(manifest, partly, rule=CALIFORNIA, changes=changes).services == {"google-analytics", "youtube"}
    refused = chosen(regime=Regime.OPT_OUT)
    assert not made(manifest, refused, rule=CALIFORNIA, changes=changes).asks


@pytest.mark.requirement("R24")
def test_only_what_changed_is_asked_about_again(manifest: Manifest) -> None:
    """The purpose that changed is denied until answered; the rest of the choice stays in force."""
    changes = (Change("advertising", Reason.VENDOR, "meta-pixel"),)
    decision = made(manifest, chosen("analytics", "advertising"), changes=changes)
    assert decision.asks
    assert decision.changes == changes
    assert decision.purposes == {"necessary", "analytics"}
    assert decision.services == {"google-analytics"}


def test_what_an_unchanged_vendor_was_allowed_stays(manifest_text: str) -> None:
    """A second vendor for a purpose doesn't take the first one's consent away; a purpose that is new does."""
    manifest = loads(manifest_text.replace("purposes: [media]", "purposes: [media, analytics]"))
    chose = chosen("analytics", "media")
    changes = (Change("analytics", Reason.VENDOR, "youtube"),)
    assert made(manifest, chose, changes=changes).services == {"google-analytics"}
    material = tuple(Change(purpose, Reason.NOTICE) for purpose in ("analytics", "advertising", "media"))
    assert made(manifest, chose, changes=material).services == frozenset()


def test_a_refusal_is_asked_about_again_too(manifest: Manifest) -> None:
    """Where consent comes first, a new purpose is put to everybody; nothing is allowed meanwhile."""
    decision = made(manifest, chosen(), changes=(Change("media", Reason.PURPOSE),))
    assert (decision.asks, decision.services) == (True, frozenset())


def test_keys_tell_decisions_apart(manifest: Manifest) -> None:
    """Equal decisions share a key; others never do."""
    decisions = [made(manifest, None), made(manifest, chosen()), made(manifest, chosen("analytics"))]
    decisions.append(made(manifest, chosen("analytics", "media")))
    assert len({decision.key for decision in decisions}) == len(decisions)
    assert made(manifest, chosen("analytics", at=NOW - timedelta(days=1))).key == decisions[2].key
    others = [made(manifest, None, rule=CALIFORNIA), made(manifest, None, rule=Rule(Regime.NOTICE, False, "US-WY"))]
    others.append(made(manifest, None, rule=CALIFORNIA, gpc=True))
    others.append(made(manifest, chosen("analytics"), changes=(Change("media", Reason.PURPOSE),)))
    others.append(made(manifest, chosen("analytics"), changes=(Change("media", Reason.NOTICE),)))
    assert len({decision.key for decision in decisions + others}) == len(decisions + others)
    assert made(manifest, None, rule=NOWHERE).key == made(manifest, None).key


@pytest.mark.requirement("R29")
@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=185)])
def test_an_objection_to_exempt_measurement_holds(manifest_text: str, age: timedelta) -> None:
    """It takes the purpose and its services away, with or without consent to others, and outlives the choice."""
    measuring = "exempt: audience-measurement\n    title: {fr: Mesure"
    manifest = loads(manifest_text.replace("title: {fr: Mesure", measuring, 1))
    assert manifest.measuring_purposes == {"analytics"}
    assert made(manifest, None).services == {"google-analytics"}
    for purposes in ((), ("media",)):
        objecting = made(manifest, chosen(*purposes, at=NOW - age, objections=frozenset({"analytics"})))
        assert not objecting.allows("analytics")
        assert not objecting.allows_service("google-analytics")
        assert objecting.allows("necessary")
