"""WebRTC's relays: contact that no Content-Security-Policy governs.

In a module and browser of its own: beside the table, later pages were aborted or had lost the choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Site, Visitor

_RELAY = "relay.tracker.example"
_GATHER = """(host) => new Promise((resolve) => {
    let connection;
    try {
        connection = new RTCPeerConnection({ iceServers: [
            { urls: `turns:${host}:443?transport=tcp`, username: "a", credential: "b" }] });
    } catch { return resolve() }
    connection.createDataChannel("a");
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve();
    connection.createOffer().then((offer) => connection.setLocalDescription(offer)).catch(() => resolve());
    setTimeout(resolve, 6000);
})"""


@pytest.mark.slow
@pytest.mark.parametrize(("walls", "contacts"), [("none", {_RELAY}), ("both", set())])
def test_no_relay_is_asked_before_a_choice(
    walled: Callable[[str], Site], visit: Callable[..., Visitor], walls: str, contacts: set[str]
) -> None:
    """A script reaches a relay over TLS on the bare site, and none without consent."""
    visitor = visit(walled(walls))
    visitor.open("/quiet")
    visitor.page.evaluate(_GATHER, _RELAY)
    visitor.stage.quiet()
    assert visitor.stage.contacts() == contacts
