"""Which language to speak."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.visitor.language import negotiate


@pytest.mark.parametrize(
    ("header", "offered", "expected"),
    [
        (None, ["fr", "en"], "fr"),
        (b"", ["fr", "en"], "fr"),
        (b"en", ["fr", "en"], "en"),
        (b"EN", ["fr", "en"], "en"),
        (b"en-GB", ["fr", "en"], "en"),
        (b"en-GB,en;q=0.9,fr;q=0.8", ["fr", "en"], "en"),
        (b"de, en;q=0.5, fr;q=0.4", ["fr", "en"], "en"),
        (b"en;q=0.4, fr;q=0.5", ["en", "fr"], "fr"),
        (b"en;q=0.5, fr;q=0.5", ["fr", "en"], "en"),
        (b"zh-Hant-TW", ["en", "zh-Hant"], "zh-Hant"),
        (b"de-CH-1996", ["en", "de"], "de"),
        (b"en-GB, fr;q=0.8", ["fr", "en-US"], "en-US"),
        (b"pt", ["en", "pt-BR"], "pt-BR"),
        (b"fr-CA", ["fr-FR", "fr-CA"], "fr-CA"),
        (b"ja", ["fr", "en"], "fr"),
        (b"*", ["fr", "en"], "fr"),
        (b"*, fr;q=0", ["fr", "en"], "en"),
        (b"fr;q=0.1, *;q=0.5", ["fr", "en"], "en"),
        (b"*;q=0", ["fr", "en"], "fr"),
        (b"fr;q=0", ["fr", "en"], "en"),
        (b"en-US, en;q=0", ["en", "fr"], "fr"),
        (b"en;q=2, fr;q=0.1", ["en", "fr"], "fr"),
        (b"en;q=0.5555, fr;q=0.1", ["en", "fr"], "fr"),
        (b"en;level=1, fr", ["en", "fr"], "fr"),
        (b" , ;q=1, fr ; q=0.9 ,", ["en", "fr"], "fr"),
        (b"\xff\xfe, fr", ["en", "fr"], "fr"),
        (b"frenchlanguage", ["en", "fr"], "en"),
        (b"fra", ["en", "fr"], "en"),
    ],
)
def test_negotiation(header: bytes | None, offered: list[str], expected: str) -> None:
    """Weights, wildcards, refusals and subtags count as RFC 9110 and RFC 4647 say; malformed elements do not."""
    assert negotiate(header, offered) == expected


def test_a_long_header_is_read_up_to_a_whole_element() -> None:
    """An element cut in two must not count as another one."""
    filler = b"de," * 168  # 504 bytes, so that the limit falls inside the weight of the next element
    assert negotiate(filler + b"fr;q=0.01,en;q=0.5", ["es", "en", "fr"]) == "es"
    assert negotiate(b"fr," + filler * 100, ["en", "fr"]) == "fr"


@given(st.binary(max_size=600), st.lists(st.sampled_from(["fr", "en", "en-US", "zh-Hant"]), min_size=1, unique=True))
def test_the_answer_is_always_one_of_those_offered(header: bytes, offered: list[str]) -> None:
    """No header breaks the negotiation or makes up a language."""
    assert negotiate(header, offered) in offered
