"""Scripts that tell devices apart."""

from __future__ import annotations

import pytest

from consentkit import resources
from consentkit.scan.fingerprints import techniques

DEVICE = b"""
const c = document.createElement("canvas"), x = c.getContext("2d");
x.fillText("Cwm fjordbank", 2, 15); const drawn = c.toDataURL();
const sound = new OfflineAudioContext(1, 5000, 44100);
const id = hash([drawn, sound, navigator.hardwareConcurrency, screen.colorDepth, new Date().getTimezoneOffset()]);
"""


@pytest.mark.requirement("R2")
def test_what_reads_enough_is_found() -> None:
    """What it draws and sounds, and what it asks the browser."""
    assert techniques(DEVICE) == ("canvas", "audio", "processor and memory", "screen", "time zone")


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"x.fillText(label, 2, 15); save(c.toDataURL('image/png'))", id="a drawing that is saved"),
        pytest.param(
            b"if (screen.availWidth > 600 && navigator.plugins.length) send(new Date().getTimezoneOffset(),"
            b" screen.colorDepth, navigator.hardwareConcurrency)",
            id="a tool that measures audiences",
        ),
        pytest.param(b"new OfflineAudioContext(2, 44100 * 40, 44100); navigator.hardwareConcurrency", id="music"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_honest_uses_are_not(source: bytes) -> None:
    """One thing of many, or much that tells little."""
    assert techniques(source) == ()


@pytest.mark.parametrize("name", ["guard.js", "consentkit.js", "signals.js"])
def test_our_own_scripts_are_not(name: str) -> None:
    """Nor does what we send."""
    assert techniques((resources.directory("static") / name).read_bytes()) == ()
