"""Connections opened in advance, which a headless browser leaves out: seen in what the site sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from tests.browser.techniques.table import TECHNIQUES
from tests.browser.techniques.technique import NOWHERE, Technique, Visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Site

_CONNECTING = [t for t in TECHNIQUES if t.browsers == NOWHERE and t.visible is not Visible.CSP]


@pytest.mark.parametrize("technique", _CONNECTING, ids=lambda technique: technique.id)
def test_no_connection_is_asked_for_in_advance(walled: Callable[[str], Site], technique: Technique) -> None:
    """The link that asks for a connection is dropped from the headers, and renamed in the markup."""
    sent = {}
    for walls in ("none", "both"):
        url = walled(walls).url
        answer = httpx.get(
            f"http://127.0.0.1:{url.rpartition(':')[2]}{technique.address}", headers={"accept": "text/html"}
        )
        sent[walls] = f"{answer.headers.get('link', '')}\n{answer.text}".replace("data-consentkit-href", "")
    live = (
        technique.fill('href="https://$HOST') if technique.visible is Visible.HTML else technique.fill("<https://$HOST")
    )
    assert live in sent["none"]
    assert live not in sent["both"]
