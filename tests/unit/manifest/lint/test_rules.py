"""Every rule finds what it is for, at its place, and nothing in a case close to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import ManifestError
from consentkit.manifest.check import check
from consentkit.manifest.lint.observed import Attributes, Observed, SeenHost, SeenItem
from consentkit.manifest.lint.rules import RULES, Basis
from consentkit.manifest.load import loads
from consentkit.manifest.model import Manifest
from consentkit.manifest.vocabulary import StorageKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

LONG = " ".join(["mot"] * 101)
DAY = 86_400.0
ADVERTISING = frozenset({"advertising"})
SAFE = Attributes(secure=True, http_only=True, path="/")


def edit(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Write values at dotted paths; ``+`` appends to a list, None removes."""
    for path, value in changes.items():
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        parent: Any = data
        for step in steps:
            parent = parent.setdefault(step, {}) if isinstance(parent, dict) else parent[step]
        if last == "+":
            parent.append(value)
        elif value is None:
            del parent[last]
        else:
            parent[last] = value
    return data


def written(data: dict[str, Any]) -> str:
    """Write plain data as JSON, which is YAML; dates as texts."""
    return json.dumps(data, default=str)


def item(name: str, lifetime: str = "1 day", **more: Any) -> dict[str, Any]:
    return {"name": name, "lifetime": lifetime} | more


def service(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "vendor": {"name": name, "country": "FR"}, "purposes": ["analytics"]} | more


def mail(**more: Any) -> dict[str, Any]:
    return service("letters", channel="email") | more


# rule, what is changed in the flawless manifest, where the rule finds it
FROM_THE_MANIFEST: list[tuple[str, dict[str, Any], str]] = [
    ("L4", {"cookies.+": item("_gid", purpose="necessary")}, "cookies.2"),
    ("L4", {"cookies.+": item("stats", aliases=["_hjSessionUser_*"], purpose="necessary")}, "cookies.2"),
    ("L4", {"services.0.cookies.+": item("_fbp_old", aliases=["_fbc"])}, "services.0.cookies.1"),
    ("L5", {"purposes.0.description": None}, "purposes.0"),
    ("L6", {"services.0.cookies.0.lifetime": "14 months"}, "services.0.cookies.0.lifetime"),
    (
        "L6",
        {"services.0.cookies.0.lifetime": "persistent", "services.0.cookies.0.kind": "local"},
        "services.0.cookies.0.lifetime",
    ),
    ("L7", {"services.0.cookies.0.renew_on_visit": True}, "services.0.cookies.0.renew_on_visit"),
    ("L7", {"services.0.cookies.+": item("_ga_<id>", party="third")}, "services.0.cookies.1"),
    ("L8", {"purposes.1.data_retention": None}, "services.0"),
    ("L8", {"services.0.data_retention": "26 months"}, "services.0.data_retention"),
    (
        "L8",
        {"services": [], "purposes.1.data_retention": None, "cookies.+": item("n", purpose="audience")},
        "purposes.1",
    ),
    ("L9", {"services.0.vendor.role": "joint"}, "services.0.vendor"),
    ("L9", {"services.0.hosts.+": "*.quantserve.com"}, "services.0.hosts.1"),
    ("L9", {"services.0.recipients": [{"name": "X", "country": "FR"}]}, "services.0.recipients"),
    ("L9", {"services.0.cookies.0.party": "third"}, "services.0.cookies.0.party"),
    ("L9", {"services.0.cookies.+": item("_gcl_au")}, "services.0.cookies.1"),
    ("L9", {"services.0.purposes.+": "necessary"}, "services.0"),
    ("L9", {"purposes.1.consent_mode": ["ad_storage"]}, "services.0"),
    ("L10", {"services.1.cookies.0.lifetime": "2 years"}, "services.1.cookies.0.lifetime"),
    ("L10", {"cookies.0.lifetime": "30 seconds .. 401 days"}, "cookies.0.lifetime"),
    ("L11", {"services.2.cookies.0.lifetime": "14 months"}, "services.2.cookies.0.lifetime"),
    ("L12", {"choice": {"lifetime": "1 year"}}, "choice.lifetime"),
    ("L12", {"choice": {"lifetime": "session"}}, "choice.lifetime"),
    ("L12", {"choice": {"lifetime": "1 year"}, "site.controller.country": None}, "choice.lifetime"),
    ("L13", {"choice": {"lifetime": "6 months", "refusal_lifetime": "1 month"}}, "choice.refusal_lifetime"),
    ("L13", {"choice": {"lifetime": "6 months", "refusal_lifetime": "session"}}, "choice.refusal_lifetime"),
    ("L14", {"services.2.cookies.0.lifetime": "forever"}, "services.2.cookies.0.lifetime"),
    ("L14", {"cookies.+": item("cart", "persistent", kind="local", purpose="necessary")}, "cookies.2.lifetime"),
    ("L20", {"site.controller.country": None}, "site.controller"),
    ("L20", {"services.2.vendor.policy": None}, "services.2.vendor"),
    ("L21", {"purposes.3.description": None}, "purposes.3"),
    ("L21", {"purposes.3.description.en": None}, "purposes.3.description"),
    ("L21", {"purposes.1.title.fr": None}, "purposes.1.title"),
    ("L21", {"purposes.2.description.fr": LONG}, "purposes.2.description"),
    ("L21", {"purposes.3.description.fr": "Pour améliorer votre expérience."}, "purposes.3.description"),
    ("L21", {"purposes.3.description.en": "To enhance your browsing experience."}, "purposes.3.description"),
    ("L21", {"purposes.+": {"id": "lottery", "description": "Draws lots."}}, "purposes.4"),
    ("L21", {"site.languages.+": "is"}, "purposes.0"),
    ("L22", {"services.+": mail()}, "services.3.purposes.0"),
    ("L22", {"services.+": mail(purposes=["audience"])}, "services.3.purposes.0"),
    ("L23", {"purposes.3.description.en": "Our legitimate interests."}, "purposes.3.description"),
    ("L23", {"services.2.data": {"fr": "Fondé sur l’intérêt légitime."}}, "services.2.data"),
    ("L23", {"services.2.cookies.0.description": "berechtigtes Interesse"}, "services.2.cookies.0.description"),
    ("L23", {"purposes.3.description.fr": "Ces cookies sont obligatoires."}, "purposes.3.description"),
    ("L23", {"purposes.3.description.fr": "Vous devez les accepter."}, "purposes.3.description"),
    ("L23", {"purposes.2.description.en": "They must be accepted."}, "purposes.2.description"),
    ("L23", {"services.2.data": "En poursuivant votre navigation, vous consentez."}, "services.2.data"),
    ("L23", {"services.2.cookies.0.description": "By using this site you agree."}, "services.2.cookies.0.description"),
    ("L24", {"services.2.purposes.+": "necessary"}, "services.2.cookies.0"),
    ("L24", {"services.0.cookies.+": item("IDE", party="third")}, "services.0.cookies.1"),
    ("L25", {"retention": {"browser_log": "6 months"}}, "retention.browser_log"),
    ("L25", {"retention": {"security_log": "2 months"}}, "retention.security_log"),
    ("L25", {"retention": {"security_log": "3 years"}}, "retention.security_log"),
    ("L25", {"retention": {"content_log": "6 months"}}, "retention.content_log"),
    ("L26", {"anonymise": {"ipv6": 56}}, "anonymise.ipv6"),
    ("L27", {"purposes.2.consent_mode": []}, "services.1.purposes"),
    ("L27", {"purposes.1.consent_mode": ["analytics_storage"]}, "purposes.1.consent_mode"),
    ("L27", {"regions": {"default": "opt-out"}}, "regions.default"),
    ("L27", {"regions": {"DE": "notice"}}, "regions.DE"),
    ("L28", {"services.1.cookies.+": item("_gac_<property-id>")}, "services.1.cookies.2"),
    ("L30", {"services.2.vendor.country": "US"}, "services.2.vendor"),
    ("L30", {"services.1.vendor.country": None}, "services.1.vendor"),
    ("L30", {"services.2.recipients": [{"name": "X", "country": "IN"}]}, "services.2.recipients.0"),
    (
        "L30",
        {"services.2.vendor.country": "IN", "services.2.vendor.transfer": "adequacy"},
        "services.2.vendor.transfer",
    ),
    ("L31", {"notice.revision": "2025-11-21"}, "notice.revision"),
    ("L31", {"notice.revision": "2020-01-01", "reviewed": "2025-01-01"}, "reviewed"),
    ("L32", {"services.+": service("fonts", hosts=["fonts.googleapis.com"])}, "services.3.hosts.0"),
    ("L32", {"services.+": service("code", hosts=["x.example", "*.jsdelivr.net"])}, "services.3.hosts.1"),
]
QUIET: list[tuple[str, dict[str, Any]]] = [
    ("L4", {"cookies.+": item("fr", purpose="necessary")}),
    ("L4", {"cookies.+": item("_gate", purpose="necessary"), "purposes.0.exempt": "paywall"}),
    ("L5", {"purposes.0.description": None, "purposes.0.justification": "Without it nobody can sign in."}),
    ("L5", {"purposes.0.description": None, "cookies": []}),
    ("L5", {"purposes.0.description": None, "cookies": [item("s", purpose="necessary", justification="Signs in.")]}),
    ("L5", {"purposes.3.description": None}),
    ("L6", {"services.0.cookies.0.lifetime": "13 months", "services.1.cookies.0.lifetime": "2 years"}),
    ("L7", {"services.0.cookies.0.renew_on_visit": None, "services.1.cookies.0.renew_on_visit": True}),
    ("L7", {"services.0.cookies.+": item("_ga_<id>", renew_on_visit=False)}),
    ("L8", {"services.0.data_retention": "2 years", "purposes.1.data_retention": None}),
    ("L9", {"services.2.recipients": [{"name": "X", "country": "FR"}]}),
    ("L10", {"cookies.0.lifetime": "400 days", "cookies.+": item("k", "9 years", kind="local", purpose="necessary")}),
    ("L11", {"cookies.0.lifetime": "2 years", "services.2.cookies.0.lifetime": "13 months"}),
    ("L12", {"choice": {"lifetime": "182 days"}}),
    ("L12", {"choice": {"lifetime": "1 year"}, "site.controller.country": "DE"}),
    ("L13", {"choice": {"lifetime": "1 year", "refusal_lifetime": "12 months"}}),
    ("L14", {"cookies.0.lifetime": "30 seconds .. 1 year"}),
    ("L20", {"services.1.vendor.country": None}),
    ("L21", {"purposes.2.description": "Counts."}),
    ("L21", {"purposes.2.description.en": "Improves your experience of nothing; improve your experience."}),
    ("L21", {"purposes.0.description": None}),
    ("L21", {"site.languages": ["fr-CA", "en-GB"]}),
    (
        "L22",
        {"purposes.+": {"id": "letters", "title": "L", "description": "D"}, "services.+": mail(purposes=["letters"])},
    ),
    ("L22", {"services.+": mail(purposes=["necessary"])}),
    ("L23", {"purposes.0.description.en": "Our legitimate interest."}),
    ("L23", {"purposes.0.description.fr": "Obligatoire pour se connecter."}),
    ("L23", {"purposes.3.description.en": "Measures what interests visitors by campaign."}),
    ("L24", {"services.2.purposes.+": "necessary", "services.2.cookies": [item("_fbp", purpose="advertising")]}),
    ("L25", {"retention": {"browser_log": "60 days", "security_log": "6 months", "content_log": "1 year"}}),
    ("L26", {"anonymise": {"ipv4": 24, "ipv6": 40}}),
    ("L27", {"regions": {"US": "opt-out", "default": "opt-in"}}),
    ("L27", {"regions": {"default": "opt-out"}, "services": []}),
    ("L28", {"services.1.cookies": [item("_ga"), item("_gid")]}),
    ("L28", {"services.1.cookies.+": item("_gac_gb_<property-id>")}),
    ("L30", {"services.2.vendor.country": "US", "services.2.vendor.transfer": "adequacy"}),
    ("L30", {"services.2.vendor.country": "CH"}),
    ("L30", {"services.2.vendor.country": None}),
    ("L31", {"notice.revision": "2020-01-01", "reviewed": "2025-11-22"}),
    ("L32", {"services.+": service("fonts", hosts=["fonts.example.com", "notjsdelivr.net"])}),
    ("L32", {"services.+": service("icons", hosts=["kit.fontawesome.com"], cookies=[item("icon_id")])}),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("L1", {"services.2.cookies.0.lifetime": None}, "services.2.cookies.0.lifetime"),
    ("L1", {"services.2.cookies.0.name": None}, "services.2.cookies.0.name"),
    ("L1", {"services.2.vendor": None}, "services.2.vendor"),
    ("L1", {"services.2.purposes": None}, "services.2.purposes"),
    ("L1", {"cookies.0.purpose": None}, "cookies.0.purpose"),
    ("L5", {"purposes.0.exempt": "necessary"}, "purposes.0.exempt"),
    ("L14", {"cookies.0.lifetime": "a while"}, "cookies.0.lifetime"),
    ("L23", {"purposes.3.legal_basis": "legitimate_interest"}, "purposes.3.legal_basis"),
    ("L26", {"anonymise": {"ipv4": 32}}, "anonymise.ipv4"),
    ("L26", {"anonymise": {"ipv6": 128}}, "anonymise.ipv6"),
]
NOT_BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("L1", {"site.name": None}),
    ("L1", {"cookies.0.purpose": "nothing"}),
    ("L5", {"services.2.vendor.role": "necessary"}),
    ("L14", {"choice": {"lifetime": "a while"}}),
    ("L23", {"purposes.3.colour": "red"}),
    ("L26", {"anonymise": {"ipv4": -1}}),
]


def seen(*items: SeenItem) -> Callable[[Observed], Observed]:
    return lambda observed: replace(observed, items=(*observed.items, *items))


def contacted(*hosts: SeenHost) -> Callable[[Observed], Observed]:
    return lambda observed: replace(observed, hosts=(*observed.hosts, *hosts))


def session(**more: Any) -> Callable[[Observed], Observed]:
    return seen(SeenItem("session", lifetime=7200, attributes=replace(SAFE, **more)))


def without(name: str, *, complete: bool = True) -> Callable[[Observed], Observed]:
    return lambda observed: replace(
        observed, items=tuple(each for each in observed.items if each.name != name), complete=complete
    )


def signals(*, before_tag: bool = True, **values: str) -> Callable[[Observed], Observed]:
    def change(observed: Observed) -> Observed:
        assert observed.consent_default is not None
        called = {**observed.consent_default.signals, **values}
        call = replace(observed.consent_default, signals=called, before_tag=before_tag)
        return replace(observed, consent_default=call)

    return change


# rule, how what is seen differs from what is declared, where the rule finds it
FROM_THE_SITE: list[tuple[str, Callable[[Observed], Observed], str]] = [
    ("L2", seen(SeenItem("_fbp", lifetime=90 * DAY)), "services.2.cookies.0"),
    ("L2", contacted(SeenHost("connect.facebook.net")), "services.2.hosts"),
    ("L2", contacted(SeenHost("connect.facebook.net", "/x", frozenset({"analytics"}))), "services.2.hosts"),
    ("L3", seen(SeenItem("surprise")), "cookies"),
    ("L3", seen(SeenItem("_ga", StorageKind.LOCAL)), "cookies"),
    ("L3", without("visit"), "cookies.1"),
    ("L15", seen(SeenItem("_fbp", lifetime=180 * DAY, granted=ADVERTISING)), "services.2.cookies.0.lifetime"),
    ("L15", seen(SeenItem("_fbp", lifetime=7 * DAY, granted=ADVERTISING)), "services.2.cookies.0.lifetime"),
    ("L15", seen(SeenItem("visit", lifetime=60)), "cookies.1.lifetime"),
    ("L15", seen(SeenItem("session")), "cookies.0.lifetime"),
    ("L16", session(secure=False, same_site="None"), "cookies.0"),
    ("L16", session(secure=False, partitioned=True), "cookies.0"),
    ("L16", seen(SeenItem("__Secure-x", attributes=replace(SAFE, secure=False))), "cookies"),
    ("L16", seen(SeenItem("__Host-x", attributes=replace(SAFE, domain="example.com"))), "cookies"),
    ("L16", seen(SeenItem("__host-x", attributes=replace(SAFE, path="/a"))), "cookies"),
    ("L17", session(http_only=False), "cookies.0"),
    ("L17", session(secure=False), "cookies.0"),
    ("L18", session(octets=4097), "cookies.0"),
    ("L18", session(longest_attribute=1025), "cookies.0"),
    ("L19", lambda observed: replace(observed, cnames={"a.example.com": "x.Eulerian.NET."}), "site.hosts"),
    ("L19", lambda observed: replace(observed, cnames={"a.example.com": "connect.facebook.net"}), "site.hosts"),
    ("L27", signals(before_tag=False), "purposes"),
    ("L27", signals(ad_storage="granted"), "purposes"),
    ("L29", lambda observed: replace(observed, tc_string="!"), ""),
]
AS_DECLARED: list[tuple[str, Callable[[Observed], Observed]]] = [
    ("L2", seen(SeenItem("_pk_id.9", lifetime=395 * DAY))),
    ("L2", contacted(SeenHost("connect.facebook.net", "/x", ADVERTISING))),
    ("L3", without("visit", complete=False)),
    ("L3", seen(SeenItem("consentkit"))),
    ("L15", seen(SeenItem("_fbp", lifetime=98 * DAY, granted=ADVERTISING))),
    ("L15", seen(SeenItem("_ga", lifetime=400 * DAY, granted=frozenset({"analytics"})))),
    ("L16", seen(SeenItem("__Host-x", attributes=SAFE))),
    ("L16", session(same_site="None", partitioned=True)),
    ("L17", seen(SeenItem("_fbp", lifetime=90 * DAY, granted=ADVERTISING, attributes=Attributes(path="/")))),
    ("L18", session(octets=4096, longest_attribute=1024)),
    ("L19", lambda observed: replace(observed, cnames={"other.example": "x.eulerian.net"})),
    ("L27", lambda observed: replace(observed, consent_default=None)),
    ("L29", lambda observed: replace(observed, tc_string=None)),
]


def test_a_flawless_manifest_has_no_findings(flawless: dict[str, Any], as_declared: Observed, today: date) -> None:
    """The ground the other tests stand on: nothing is found, seen from the manifest and from the site."""
    assert check(Manifest.model_validate(flawless), as_declared, today=today) == ()


@pytest.mark.requirement("R5 R17 R18 R29 R30 R33 R42 R43")
@pytest.mark.requirement("L4 L5 L6 L7 L8 L9 L10 L11 L12 L13 L14 L20 L21 L22 L23 L24 L25 L26 L27 L28 L30 L31 L32")
@pytest.mark.parametrize(("rule", "changes", "where"), FROM_THE_MANIFEST)
def test_finds(flawless: dict[str, Any], today: date, rule: str, changes: dict[str, Any], where: str) -> None:
    """One change of the flawless manifest is found by its rule, at its place, with a remedy."""
    found = check(Manifest.model_validate(edit(flawless, changes)), today=today)
    assert where in {finding.where for finding in found if finding.rule == rule}
    assert all(finding.message and finding.remedy and finding.source for finding in found)


@pytest.mark.parametrize(("rule", "changes"), QUIET)
def test_does_not_find(flawless: dict[str, Any], today: date, rule: str, changes: dict[str, Any]) -> None:
    """What is close to a mistake and is none is left alone by the rule."""
    found = check(Manifest.model_validate(edit(flawless, changes)), today=today)
    assert [finding for finding in found if finding.rule == rule] == []


@pytest.mark.requirement("L1 L5 L14 L23 L26")
@pytest.mark.parametrize(("rule", "changes", "where"), REFUSED)
def test_refuses(flawless: dict[str, Any], rule: str, changes: dict[str, Any], where: str) -> None:
    """What the loader refuses is reported under its rule."""
    with pytest.raises(ManifestError) as caught:
        loads(written(edit(flawless, changes)))
    assert [(problem.rule, problem.path) for problem in caught.value.problems] == [(rule, where)]


@pytest.mark.parametrize(("rule", "changes"), NOT_BROKEN)
def test_refuses_for_another_reason(flawless: dict[str, Any], rule: str, changes: dict[str, Any]) -> None:
    """A problem of the grammar alone names no rule."""
    with pytest.raises(ManifestError) as caught:
        loads(written(edit(flawless, changes)))
    assert [problem.rule for problem in caught.value.problems] == [""], rule


@pytest.mark.requirement("R28 R57")
@pytest.mark.requirement("L2 L3 L15 L16 L17 L18 L19 L27 L29")
@pytest.mark.parametrize(("rule", "change", "where"), FROM_THE_SITE)
def test_finds_on_the_site(
    flawless: dict[str, Any],
    as_declared: Observed,
    rule: str,
    change: Callable[[Observed], Observed],
    where: str,
) -> None:
    """What was seen differs from what is declared, and the rule says where it is declared."""
    found = check(Manifest.model_validate(flawless), change(as_declared))
    assert where in {finding.where for finding in found if finding.rule == rule}


@pytest.mark.parametrize(("rule", "change"), AS_DECLARED)
def test_does_not_find_on_the_site(
    flawless: dict[str, Any], as_declared: Observed, rule: str, change: Callable[[Observed], Observed]
) -> None:
    """What was seen agrees with what is declared, if only just."""
    found = check(Manifest.model_validate(flawless), change(as_declared))
    assert [finding for finding in found if finding.rule == rule] == []


def test_every_rule_is_tried_both_ways() -> None:
    """Each of L1 to L32 has a case that it finds and one that it leaves alone, for every way it is decided."""
    assert list(RULES) == [f"L{number}" for number in range(1, 33)]
    cases = {
        Basis.MANIFEST: (FROM_THE_MANIFEST, QUIET),
        Basis.GRAMMAR: (REFUSED, NOT_BROKEN),
        Basis.OBSERVED: (FROM_THE_SITE, AS_DECLARED),
    }
    for basis, (finds, leaves) in cases.items():
        expected = {rule.id for rule in RULES.values() if basis in rule.basis}
        assert {case[0] for case in finds} == expected
        assert {case[0] for case in leaves} == expected


@pytest.mark.parametrize(
    ("test", "cases"),
    [(test_finds, FROM_THE_MANIFEST), (test_refuses, REFUSED), (test_finds_on_the_site, FROM_THE_SITE)],
)
def test_marks_name_the_rules_that_are_tried(test: Any, cases: list[tuple[str, object, str]]) -> None:
    """docs/requirements.md names a test for each rule; it is true only while the marks are those of the cases."""
    marked = {name for mark in test.pytestmark if mark.name == "requirement" for name in mark.args[0].split()}
    assert {name for name in marked if name.startswith("L")} == {case[0] for case in cases}
