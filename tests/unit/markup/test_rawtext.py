"""Where the text of an element ends."""

from __future__ import annotations

import pytest

from consentkit.markup.rawtext import TextEnd, partial


@pytest.mark.parametrize(
    ("name", "text", "end"),
    [
        (b"style", b"a</style>", 1),
        (b"style", b"a</STYLE\n>", 1),
        (b"style", b"<!--</style>", 4),
        (b"style", b"</styles></style/", 9),
        (b"title", b"</script></title>", 9),
        (b"script", b"a</script>", 1),
        (b"script", b"<!--</script>", 4),
        (b"script", b"<!--<script></script></script>", 21),
        (b"script", b"<!--<script>--></script>", 15),
        (b"script", b"<!--><script></script>", 13),
        (b"script", b"<!---><script></script>", 14),
        (b"script", b"<!--<scripts></script>", 13),
        (b"script", b"<!--<script></script><script></script></script>", 38),
        (b"script", b"<!--<script></script>", -1),
    ],
)
def test_end(name: bytes, text: bytes, end: int) -> None:
    """Found at the same place, whole and byte by byte."""
    assert TextEnd(name).find(text, 0, len(text))[0] == end
    by_byte, position, found = TextEnd(name), 0, -1
    for size in range(1, len(text) + 1):
        found, position = by_byte.find(text, position, size)
        if found >= 0:
            break
    assert found == end


@pytest.mark.parametrize(
    ("text", "closer"),
    [(b"a", b"</script>"), (b"<!--", b"--></script>"), (b"<!--<script>", b"--></script>"), (b"<!-- -->", b"</script>")],
)
def test_closer_ends_a_script_wherever_it_stands(text: bytes, closer: bytes) -> None:
    """In escaped text the escape is ended first."""
    end = TextEnd(b"script")
    end.find(text, 0, len(text))
    assert end.closer == closer
    assert TextEnd(b"script").find(text + closer, 0, len(text + closer))[0] >= 0


def test_partial() -> None:
    """Only what may still become a token is held."""
    assert partial(b"abc</sty", 0, 8, (b"</style",)) == 3
    assert partial(b"abc</stx", 0, 8, (b"</style",)) == 8
    assert partial(b"a--", 2, 3, (b"-->",)) == 2
