"""Audience measurement without consent: visitors object to it, and no visit extends it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from driving import responder

from consentkit.manifest.load import loads

MANIFEST = """
version: 1
site: {name: Shop, hosts: [www.shop.example], controller: {name: Shop SAS, country: FR}, languages: [fr, en]}
notice: {revision: 2026-08-01}
purposes:
  - {id: necessary, exempt: authentication, description: Signs you in.}
  - {id: audience, exempt: audience-measurement, description: Counts visits., data_retention: 25 months}
  - {id: media, description: Films.}
services:
  - id: counter
    vendor: {name: Counter SAS, country: FR}
    purposes: [audience]
    hosts: [count.example]
    cookies:
      - {name: _pk_id, lifetime: 13 months}
      - {name: _pk_ses, lifetime: 30 minutes}
      - {name: _rolling, lifetime: 13 months, renew_on_visit: true}
cookies:
  - {name: session, purpose: necessary, lifetime: 13 months}
"""
PAGE = b'<html lang="en"><title>x</title><script src="https://count.example/c.js"></script>'
COUNTER = ' src="https://count.example/c.js"'


def setting(name: str, rest: str = "Max-Age=34000000; Path=/") -> Any:
    return responder(PAGE, headers=[("set-cookie", f"{name}=1; {rest}")])


def choice_of(answer: Any) -> str:
    return f"consentkit={answer.cookies['consentkit']}"


@pytest.mark.requirement("R29")
def test_visitors_object_to_exempt_measurement_in_the_preferences(governed: Any) -> None:
    """Nothing is ticked in advance; once objected, the tag is gated, its cookie neither read nor set, and expired."""
    app = setting("_pk_id")
    driver = governed(app, manifest=loads(MANIFEST))
    assert COUNTER in driver.page("/").text
    box = re.compile(r'<input type="checkbox" name="objections" value="audience"( checked)?>')
    (unticked,) = box.finditer(driver.page("/_consent/preferences").text)
    answer = driver.choose("action=save&collected=preferences&objections=audience", ("cookie", "_pk_id=1"))
    assert any(line.startswith("_pk_id=; ") for line in answer.all("set-cookie"))
    mine = ("cookie", f"{choice_of(answer)}; _pk_id=1; session=2")
    page = driver.page("/", mine)
    assert COUNTER not in page.text
    assert "count.example" not in (page.header("content-security-policy") or "")
    assert "_pk_id" not in page.cookies
    assert b"_pk_id" not in dict(app.scopes[-1]["headers"])[b"cookie"]
    (ticked,) = box.finditer(driver.page("/_consent/preferences", mine).text)
    assert (unticked[1], ticked[1]) == (None, " checked")


@pytest.mark.requirement("R29")
def test_an_objection_stays_until_the_preferences_take_it_back(governed: Any) -> None:
    """Accepting from the banner or a placeholder says nothing about it; the record holds it while it stands."""
    driver = governed(setting("other"), manifest=loads(MANIFEST), audit_tokens=["t" * 32])
    answers = [driver.choose("action=save&collected=preferences&objections=audience")]
    for fields in ("action=accept&collected=banner", "action=save&collected=placeholder&purposes=media"):
        answers.append(driver.choose(fields, ("cookie", choice_of(answers[-1]))))
        assert COUNTER not in driver.page("/", ("cookie", choice_of(answers[-1]))).text
    answers.append(driver.choose("action=save&collected=preferences", ("cookie", choice_of(answers[-1]))))
    assert COUNTER in driver.page("/", ("cookie", choice_of(answers[-1]))).text
    mine = driver.page("/_consent/mine", ("cookie", choice_of(answers[-1])), ("accept-language", "en")).text
    assert mine.count("I object to my visits being measured: Anonymous audience measurement") == 3
    rows = json.loads(driver.get("/_consent/log", ("authorization", "Bearer " + "t" * 32)).body)["items"]
    assert [row.get("objections") for row in rows] == [None, *[["audience"]] * 3]


def test_an_objection_names_exempt_measurement(governed: Any) -> None:
    """What a session needs can't be objected to, and what needs consent is refused instead."""
    driver = governed(setting("other"), manifest=loads(MANIFEST))
    for purpose in ("necessary", "media", "nothing"):
        refused = driver.choose(f"action=save&objections={purpose}")
        assert (refused.status, "known are audience" in refused.text) == (400, True)


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("name", "held", "left"),
    [
        pytest.param("_pk_id", "", True, id="first visit"),
        pytest.param("_pk_id", "_pk_id=1", False, id="later visit"),
        pytest.param("_pk_id", "_pk_id=another", False, id="whatever it held"),
        pytest.param("_pk_ses", "_pk_ses=1", True, id="ends with the visit"),
        pytest.param("_rolling", "_rolling=1", True, id="declared so, and reported by L7"),
        pytest.param("session", "session=1", True, id="no measurement"),
    ],
)
def test_a_later_visit_does_not_extend_exempt_measurement(name: str, held: str, left: bool, governed: Any) -> None:
    """A cookie the browser holds is not written again, so that it ends when it first would."""
    driver = governed(setting(name), manifest=loads(MANIFEST))
    assert (name in driver.page("/", *([("cookie", held)] if held else [])).cookies) is left


@pytest.mark.requirement("R30")
def test_exempt_measurement_can_be_deleted(governed: Any) -> None:
    """A deletion extends nothing."""
    driver = governed(setting("_pk_id", "Max-Age=0; Path=/"), manifest=loads(MANIFEST))
    assert driver.page("/", ("cookie", "_pk_id=1")).all("set-cookie") == ["_pk_id=1; Max-Age=0; Path=/"]


@pytest.mark.requirement("R30")
def test_visitors_are_told_apart_by_what_they_hold(governed: Any) -> None:
    """One page, asked for by who holds the cookie and by who does not, in turn."""
    driver = governed(setting("_pk_id"), manifest=loads(MANIFEST))
    held = ("cookie", "_pk_id=1")
    assert ["_pk_id" in driver.page("/", *sent).cookies for sent in ([], [held], [], [held])] == [
        True,
        False,
        True,
        False,
    ]
