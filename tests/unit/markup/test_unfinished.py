"""A tag that comes in pieces."""

from __future__ import annotations

import pytest

from consentkit.markup.unfinished import UnfinishedTag

_TAGS = [
    b"<a>",
    b"<a=b>",
    b"<a href=x>",
    b"<a href='>' b>",
    b'<a b = ">" c/d=e/>',
    b"<a b  =  >",
    b"<a  / / b>",
    b"<a ='>",
    b"<a b==>",
    b"<a b='1'c=\"2\"d>",
]


@pytest.mark.parametrize("tag", _TAGS)
def test_end_comes_with_the_last_byte(tag: bytes) -> None:
    """However it is cut, the end is seen at the first ``>`` outside quotes and not before."""
    unfinished = UnfinishedTag(1)
    data = tag + b" <p>"
    ends = [unfinished.end(data, size) for size in range(1, len(tag) + 1)]
    assert ends == [-1] * (len(tag) - 1) + [len(tag)]
    assert UnfinishedTag(1).end(data, len(data)) == len(tag)


@pytest.mark.parametrize(("tag", "quote"), [(b"<a b='>", b"'"), (b'<a b="', b'"'), (b"<a b", b""), (b"<a b=x'", b"")])
def test_the_open_quote_is_known(tag: bytes, quote: bytes) -> None:
    """A closer has to end the quote that is open, and no other."""
    unfinished = UnfinishedTag(1)
    assert unfinished.end(tag, len(tag)) == -1
    assert unfinished.quote == quote


def test_bytes_dropped_before_the_tag_move_it() -> None:
    """Offsets follow the buffer."""
    unfinished = UnfinishedTag(5)
    assert unfinished.end(b"text<a b='", 10) == -1
    unfinished.shift(4)
    assert unfinished.end(b"<a b='x'>", 9) == 9
