"""Each rule is held by its cases: without the code of the rule, every one of them fails."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.manifest import check, conflicts, load
from consentkit.manifest.lint import measured, periods
from consentkit.manifest.lint.rules import RULES

# By the module: pytest collects every test that a file names.
from . import test_rules
from .test_rules import FROM_THE_MANIFEST, FROM_THE_SITE, REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from consentkit.manifest.lint.observed import Observed

# What a case does without its rule: it finds nothing where it must, or nothing is refused.
FAILS = (AssertionError, pytest.fail.Exception)
OF_MANIFESTS = (*check._FROM_THE_MANIFEST, periods.not_reviewed)
OF_SITES = measured.RULES


def rule_of(function: Callable[..., object]) -> str:
    return str(function.__doc__).partition(":")[0]


def nothing(*_: object) -> tuple[()]:
    return ()


def test_each_rule_has_its_code() -> None:
    """Functions name the rule they are, and with what the loader refuses they are all 32."""
    refused = {rule for rule, *_ in REFUSED}
    assert {rule_of(function) for function in (*OF_MANIFESTS, *OF_SITES)} | refused == set(RULES)


@pytest.mark.parametrize("function", OF_MANIFESTS, ids=rule_of)
def test_without_a_rule_on_manifests(
    function: Callable[..., object], flawless: dict[str, Any], today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it finds, no other rule finds under its name."""
    left = tuple(each for each in OF_MANIFESTS if each is not function and each is not periods.not_reviewed)
    monkeypatch.setattr(check, "_FROM_THE_MANIFEST", left)
    if function is periods.not_reviewed:
        monkeypatch.setattr(periods, "not_reviewed", nothing)
    cases = [case for case in FROM_THE_MANIFEST if case[0] == rule_of(function)]
    assert cases
    for rule, changes, where in cases:
        with pytest.raises(FAILS):
            test_rules.test_finds(copy.deepcopy(flawless), today, rule, copy.deepcopy(changes), where)


@pytest.mark.parametrize("function", OF_SITES, ids=rule_of)
def test_without_a_rule_on_sites(
    function: Callable[..., object],
    flawless: dict[str, Any],
    as_declared: Observed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it finds on a site, no other rule finds under its name."""
    monkeypatch.setattr(measured, "RULES", tuple(each for each in OF_SITES if each is not function))
    cases = [case for case in FROM_THE_SITE if case[0] == rule_of(function)]
    assert cases
    for rule, seen, where in cases:
        with pytest.raises(FAILS):
            test_rules.test_finds_on_the_site(flawless, as_declared, rule, seen, where)


@pytest.mark.parametrize(("rule", "changes", "where"), REFUSED)
def test_without_a_rule_of_the_loader(
    rule: str, changes: dict[str, Any], where: str, flawless: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the loader refuses is this rule's because the loader says so."""
    found = load._rule
    monkeypatch.setattr(load, "_rule", lambda *told: "" if found(*told) == rule else found(*told))
    monkeypatch.setattr(conflicts, "_unknown_purposes", nothing)
    with pytest.raises(FAILS):
        test_rules.test_refuses(flawless, rule, copy.deepcopy(changes), where)
