"""UTF-16 into UTF-8 and back."""

from __future__ import annotations

import pytest

from consentkit.markup.transcoding import TRANSCODED, Transcoder

TEXT = "\ufeff<p>é €\U0001f36a\u0000<b>"


@pytest.mark.parametrize("encoding", sorted(TRANSCODED))
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_there_and_back(encoding: str, size: int) -> None:
    """However both ways are cut, nothing is lost: neither a byte order mark nor what lies beyond the first plane."""
    source = TEXT.encode(encoding)
    transcoder = Transcoder(encoding)
    middle = b"".join(transcoder.decode(source[at : at + size]) for at in range(0, len(source), size))
    assert middle + transcoder.decode(b"", final=True) == TEXT.encode()
    back = b"".join(transcoder.encode(middle[at : at + size]) for at in range(0, len(middle), size))
    assert back + transcoder.encode(b"", final=True) == source


def test_what_is_malformed() -> None:
    """Lone surrogates and an odd byte at the end become U+FFFD, as in browsers."""
    transcoder = Transcoder("utf-16le")
    assert transcoder.decode(b"\x00\xdca\x00\x00\xd8", final=False) + transcoder.decode(b"b", final=True) == (
        "\ufffda\ufffd".encode()
    )
