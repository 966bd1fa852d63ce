"""Files of speculation rules on their way out."""

from __future__ import annotations

from typing import Any

import pytest
from driving import responder

KIND = "application/speculationrules+json"
OWN = b'{"prefetch": [{"urls": ["/own"]}]}'
AWAY = b'{"prefetch": [{"urls": ["https://www.facebook.com/t"]}]}'


def sent(governed: Any, body: bytes, *headers: tuple[str, str]) -> Any:
    return governed(responder(body, content_type=KIND, headers=headers)).get(
        "/rules.json", ("sec-fetch-dest", "speculationrules")
    )


def test_rules_of_the_site_s_own_pass(governed: Any) -> None:
    """Byte for byte; kept by nobody but the visitor, for another choice has other rules."""
    answer = sent(governed, OWN)
    assert answer.body == OWN
    assert answer.header("content-length") == str(len(OWN))
    assert answer.header("cache-control") == "private, no-cache"


@pytest.mark.parametrize(
    ("body", "headers"),
    [(AWAY, ()), (OWN, (("content-encoding", "br"),)), (OWN + b" " * 300_000, ())],
)
def test_rules_that_lead_away_ask_for_nothing(governed: Any, body: bytes, headers: tuple[Any, ...]) -> None:
    """Nor do those that can't be read or held."""
    answer = sent(governed, body, *headers)
    assert answer.body == b"{}"
    assert answer.header("content-encoding") is None


def test_rules_in_pieces_are_read_whole(governed: Any) -> None:
    """Nothing is sent before the last of them."""
    pieces = [AWAY[:20], AWAY[20:]]
    answer = governed(responder(*pieces, content_type=KIND)).get("/rules.json")
    assert answer.body == b"{}"
