"""A visitor's own records."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from driving import HOST, PAGE, responder

ORIGIN = ("origin", f"http://{HOST}")


def with_choices(governed: Any) -> tuple[Any, tuple[str, str]]:
    driver = governed(responder(PAGE))
    cookie = driver.choose("action=accept").cookies["consentkit"]
    cookie = driver.choose("action=save&services=youtube", ("cookie", f"consentkit={cookie}")).cookies["consentkit"]
    return driver, ("cookie", f"consentkit={cookie}")


@pytest.mark.requirement("R39")
def test_a_visitor_sees_only_the_own_choices(governed: Any) -> None:
    """Found by the cookie's subject; another browser's are not shown, none without a cookie."""
    driver, cookie = with_choices(governed)
    driver.choose("action=refuse")
    text = driver.page("/_consent/mine", cookie, ("accept-language", "fr")).text
    assert text.count("<tr><td") == 2
    assert "Accordé" in text
    assert "YouTube" in text
    assert "Refusé" not in text
    assert "<tr><td" not in driver.page("/_consent/mine").text


@pytest.mark.requirement("R39")
def test_they_are_taken_along_as_json_and_csv(governed: Any) -> None:
    """Complete, and as files to save."""
    driver, cookie = with_choices(governed)
    answer = driver.get("/_consent/mine.json", cookie)
    assert [item["state"] for item in json.loads(answer.body)["items"]] == ["given", "given"]
    assert answer.header("content-disposition") == 'attachment; filename="choices.json"'
    assert len(list(csv.DictReader(io.StringIO(driver.get("/_consent/mine.csv", cookie).text)))) == 2


@pytest.mark.requirement("R39")
def test_erasing_forgets_the_visitor(governed: Any) -> None:
    """The records go, the cookie goes, cookies no longer allowed go, and the next page asks again."""
    driver, cookie = with_choices(governed)
    held = ("cookie", f"{cookie[1]}; _ga=1")
    answer = driver.request("POST", "/_consent/mine/erase", [held, ORIGIN])
    assert (answer.status, answer.header("location")) == (303, "/_consent/mine?erased=1")
    gone = {line.partition("=")[0] for line in answer.all("set-cookie") if "Max-Age=0" in line}
    assert gone == {"consentkit", "_ga"}
    assert "<tr><td" not in driver.page("/_consent/mine", cookie).text
    assert json.loads(driver.get("/_consent/mine.json", cookie).body)["items"] == []
    assert "erased" in driver.page("/_consent/mine?erased=1", ("accept-language", "en")).text


def test_nobody_else_can_have_them_erased(governed: Any) -> None:
    """A post from another site, or without an origin, is refused."""
    driver, cookie = with_choices(governed)
    for headers in ([("origin", "https://evil.example")], [("sec-fetch-site", "cross-site")], []):
        assert driver.request("POST", "/_consent/mine/erase", [cookie, *headers]).status == 403
    assert driver.page("/_consent/mine", cookie).text.count("<tr><td") == 2
