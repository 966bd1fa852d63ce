"""Where the text of an element ends (WHATWG HTML 13.2.5.2 to 13.2.5.31)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


class TextEnd:
    """Find the end tag of one element whose content is text, as its bytes come.

    Rules of operation for scripts: ``<!--`` escapes; in there ``<script`` escapes doubly, and then ``</script`` ends
    only that; ``-->`` ends either. All other elements end at the first end tag of their name.

    Args:
        name: The element's name, in lower case.
        scripted: Whether a script's escapes count.
    """

    __slots__ = ("_escapes", "_steps", "_tokens", "name")

    def __init__(self, name: bytes, *, scripted: bool = True) -> None:
        self.name = name
        self._escapes = 0
        self._steps, self._tokens = (_SCRIPT_STEPS, _SCRIPT_TOKENS) if scripted and name == b"script" else _plain(name)

    @property
    def closer(self) -> bytes:
        """What ends the element wherever its text stands."""
        return (b"-->" if self._escapes else b"") + b"</" + self.name + b">"

    def find(self, data: bytes, position: int, end: int) -> tuple[int, int]:
        """Look for the end tag in ``data[position:end]``.

        Returns:
            Its offset or -1, and the offset to go on from: what lies before it is text for certain.
        """
        while found := self._steps[self._escapes].search(data, position, end):
            token = found[0].lower()
            position = found.end()
            if token == b"<!--":
                self._escapes = 1
                # The dashes may be the end's too: `<!-->` escapes nothing.
                position -= 2
            elif token == b"-->":
                self._escapes = 0
            elif token == b"<script":
                self._escapes = 2
            elif self._escapes == 2:
                self._escapes = 1
            else:
                return found.start(), found.start()
        return -1, partial(data, position, end, self._tokens)


def partial(data: bytes, position: int, end: int, tokens: tuple[bytes, ...]) -> int:
    """Return where the last bytes of ``data[position:end]`` may start one of these tokens; else the end.

    Tokens are in lower case; a whole token at the end counts too, because what must follow it is missing.
    """
    longest = max(map(len, tokens))
    for start in range(max(position, end - longest), end):
        tail = data[start:end].lower()
        if any(token.startswith(tail) for token in tokens):
            return start
    return end


def end_tag(name: bytes) -> bytes:
    """Return the pattern of the start of an end tag."""
    return rb"</(?i:" + name + rb")(?=[\t\n\f\r />])"


@lru_cache(maxsize=32)
def _plain(name: bytes) -> tuple[tuple[re.Pattern[bytes], ...], tuple[bytes, ...]]:
    return (re.compile(end_tag(name)),), (b"</" + name,)


_SCRIPT_TOKENS: Final = (b"</script", b"<script", b"<!--", b"-->")
_SCRIPT_STEPS: Final = (
    # What all begin with comes first, which makes the search twice as quick.
    re.compile(rb"<(?:!--|%b)" % end_tag(b"script")[1:]),
    re.compile(rb"-->|(?i:</?script)(?=[\t\n\f\r />])"),
    re.compile(rb"-->|" + end_tag(b"script")),
)
