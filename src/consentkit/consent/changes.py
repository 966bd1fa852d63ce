"""What changed between two questions, so that visitors are asked again about that and about nothing else.

Asked about again (délib. 2020-092 §38, Garante 231/2021 §6.2): a new purpose; a new vendor or recipient, or one whose
name, country or role changed, or that serves a further purpose; something stored for longer than was said. A shorter
lifetime, one service less or another host of the same vendor widens nothing. Neither does one more item of the same
service that lasts no longer than its others.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consentkit.duration import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Reason(enum.StrEnum):
    """Why a purpose is asked about again."""

    PURPOSE = "purpose"
    """It is new."""
    VENDOR = "vendor"
    """A service of it is new, or in other hands, or passes data on to somebody new."""
    LIFETIME = "lifetime"
    """Something is stored for longer."""
    NOTICE = "notice"
    """The notice's revision is a material one."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One reason to ask about one purpose again.

    Attributes:
        purpose: The purpose's id.
        reason: Why.
        service: The service's id, where a service is the reason.
    """

    purpose: str
    reason: Reason
    service: str | None = None


Changes = tuple[Change, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """Return what must be asked about again of a question, given an earlier one (``manifest.question.asked``)."""
    if after["revision"] is not None and after["revision"] != before["revision"]:
        return tuple(Change(purpose, Reason.NOTICE) for purpose in after["purposes"])
    return tuple(dict.fromkeys(_found(before, after)))


def _found(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    asked = set(after["purposes"])
    new = asked.difference(before["purposes"])
    yield from (Change(purpose, Reason.PURPOSE) for purpose in sorted(new))
    for purpose, items in after["cookies"].items():
        if purpose not in new and _lengthened(before["cookies"].get(purpose, []), items):
            yield Change(purpose, Reason.LIFETIME)
    for name, service in after["services"].items():
        earlier = before["services"].get(name)
        reason = _service_reason(earlier, service)
        known = set(earlier["purposes"]) if earlier else set()
        for purpose in sorted(asked.intersection(service["purposes"]) - new):
            if reason is not None or purpose not in known:
                yield Change(purpose, reason or Reason.VENDOR, name)


def _service_reason(earlier: Mapping[str, Any] | None, service: Mapping[str, Any]) -> Reason | None:
    if earlier is None or earlier["vendor"] != service["vendor"]:
        return Reason.VENDOR
    if not set(earlier["recipients"]).issuperset(service["recipients"]):
        return Reason.VENDOR
    return Reason.LIFETIME if _lengthened(earlier["items"], service["items"]) else None


def _lengthened(before: list[list[Any]], after: list[list[Any]]) -> bool:
    """Tell whether an item lasts longer than it did, or a new one longer than any of its kind and party did."""
    known: dict[tuple[str, str, str], float] = {}
    longest: dict[tuple[str, str], float] = {}
    for kind, party, name, aliases, lifetime, _ in before:
        days = _days(lifetime)
        known.update(((kind, party, called), days) for called in (name, *aliases))
        longest[kind, party] = max(days, longest.get((kind, party), 0.0))
    return any(
        _days(lifetime) > known.get((kind, party, name), longest.get((kind, party), -1.0))
        for kind, party, name, _, lifetime, _ in after
    )


def _days(lifetime: str) -> float:
    """Return a length to compare by: a session is the shortest, what stays until it is cleared the longest."""
    duration = Duration.parse(lifetime)
    if duration.longest is None:
        return math.inf if duration.is_persistent else 0.0
    return duration.longest.mean_days
