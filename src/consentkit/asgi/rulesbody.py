"""A file of speculation rules on its way through the gate: sent as the site wrote it, or as rules that ask nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from consentkit.gate.rules import NONE, blocked_rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from consentkit.asgi.visit import Visit

# Longer rules than any page means to have are not sent: they would have to be held.
_LONGEST = 256 * 1024
_IDENTITY = frozenset({b"", b"identity"})


class RulesBody:
    """The body of one file of speculation rules; see :class:`consentkit.asgi.body.PageBody` for the interface.

    Args:
        visit: The request it answers.
        coding: Its Content-Encoding, several lines joined; what is coded can't be read, so it is not sent.
    """

    readable = True
    cacheable = True

    def __init__(self, visit: Visit, *, coding: bytes) -> None:
        self._visit = visit
        self._held: bytearray | None = bytearray() if coding.strip().lower() in _IDENTITY else None

    def recognises(self, _: bytes) -> bool:
        """Tell whether the body is what its headers say: always, for nothing of it passes unread."""
        return True

    async def whole(self, body: bytes) -> bytes:
        """Return rules that came in one piece."""
        self._hold(body)
        return self.close()

    async def feed(self, data: bytes) -> AsyncIterator[bytes]:
        """Take the next bytes; nothing of them is sent before the end."""
        self._hold(data)
        yield b""

    def close(self) -> bytes:
        """Return what is sent."""
        if self._held is None:
            return NONE
        sender = self._visit.sender
        policy = self._visit.site.walls(sender.decision)[0]
        source = self._held.decode("utf-8", "replace")
        blocked = blocked_rules(source, partial(policy.blocked, base=sender.base), policy.in_doubt)
        return NONE if blocked else bytes(self._held)

    def _hold(self, data: bytes) -> None:
        if self._held is not None:
            self._held += data
            if len(self._held) > _LONGEST:
                self._held = None
