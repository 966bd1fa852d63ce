"""Global Privacy Control and Do Not Track."""

from __future__ import annotations

import pytest

from consentkit.visitor.signals import dnt, gpc


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([b"1"], True),
        ([b"0", b"1"], True),
        ([b"1", b"?"], True),
        ([], False),
        ([b""], False),
        ([b"0"], False),
        ([b"true"], False),
        ([b"01"], False),
        ([b"?1"], False),
        ([b"1, 1"], False),
        ([b"1;a=b"], False),
        (["１".encode()], False),
    ],
)
def test_a_signal_is_on_for_exactly_one(values: list[bytes], expected: bool) -> None:
    """Only a field whose whole value is `1` counts, and one such among several is enough."""
    assert gpc([(b"accept", b"*/*"), *((b"sec-gpc", value) for value in values)]) is expected
    assert dnt([(b"accept", b"*/*"), *((b"dnt", value) for value in values)]) is expected


@pytest.mark.requirement("R53")
def test_one_signal_is_not_the_other() -> None:
    """Do Not Track does not turn Global Privacy Control on, nor the reverse."""
    assert not gpc([(b"dnt", b"1")])
    assert not dnt([(b"sec-gpc", b"1")])
