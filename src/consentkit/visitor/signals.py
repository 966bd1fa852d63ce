"""Signals a browser sends of its own accord: Global Privacy Control and Do Not Track."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentkit.visitor.address import Headers


def gpc(headers: Headers) -> bool:
    """Tell whether the visitor opts out of sale and sharing (W3C Global Privacy Control, the ``Sec-GPC`` field).

    On only when a field's value is exactly ``1``; of several fields one such is enough, and anything else is ignored.
    """
    return (b"sec-gpc", b"1") in headers


def dnt(headers: Headers) -> bool:
    """Tell whether the visitor asks not to be tracked (W3C Tracking Preference Expression, ``DNT: 1``)."""
    return (b"dnt", b"1") in headers
