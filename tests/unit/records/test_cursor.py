"""A cursor leads on in its own listing and nowhere else."""

from __future__ import annotations

import pytest

from consentkit.errors import CursorError
from consentkit.records.cursor import CursorCodec

OLD, NEW = "old-key-0123456789abcdef01234567", "new-key-0123456789abcdef01234567"
FILTERS = {"log": "consent", "subject": "é", "since": 5}


def test_round_trip() -> None:
    """The place comes back, from a text that is safe in a URL and short."""
    codec = CursorCodec([NEW])
    cursor = codec.write(FILTERS, (1_795_330_846_204_036, 5_000_000))

    assert codec.read(FILTERS, cursor) == (1_795_330_846_204_036, 5_000_000)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(cursor) < 128


def test_another_worker_reads_it() -> None:
    """Workers with the same key understand each other, and a rotated key still reads old cursors."""
    cursor = CursorCodec([OLD]).write(FILTERS, (1, 2))

    assert CursorCodec([OLD]).read(FILTERS, cursor) == (1, 2)
    assert CursorCodec([OLD, NEW]).read(FILTERS, cursor) == (1, 2)
    with pytest.raises(CursorError, match="key no longer in use"):
        CursorCodec([NEW]).read(FILTERS, cursor)


def test_every_changed_character_is_found() -> None:
    """A cursor altered anywhere is refused."""
    codec = CursorCodec([NEW])
    cursor = codec.write(FILTERS, (1_795_330_846_204_036, 7))
    for place, letter in enumerate(cursor[:-1]):
        forged = cursor[:place] + ("A" if letter != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(CursorError):
            codec.read(FILTERS, forged)


@pytest.mark.parametrize("cursor", ["", ".", "a.b", "x" * 100_000, "é", "\x00", "W10.", "' OR 1=1 --"])
def test_anything_else_is_refused(cursor: str) -> None:
    """What was never a cursor is refused with a remedy, and is not repeated at length."""
    with pytest.raises(CursorError, match="ask for the first page again") as caught:
        CursorCodec([NEW]).read(FILTERS, cursor)
    assert len(str(caught.value)) < 400
    assert caught.value.status == 400


def test_other_filters_are_refused() -> None:
    """A cursor can't be carried to another listing."""
    codec = CursorCodec([NEW])
    cursor = codec.write(FILTERS, (1, 2))

    for filters in (FILTERS | {"subject": "e"}, FILTERS | {"log": "browser"}, {}):
        with pytest.raises(CursorError, match="belongs to other filters"):
            codec.read(filters, cursor)


def test_without_keys_it_holds_for_the_process() -> None:
    """A codec without keys makes its own, which no other has."""
    codec = CursorCodec()
    cursor = codec.write(FILTERS, (1, 2))

    assert codec.read(FILTERS, cursor) == (1, 2)
    with pytest.raises(CursorError):
        CursorCodec().read(FILTERS, cursor)
