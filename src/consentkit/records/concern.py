"""Whom a record concerns: the services its visitor was asked about, and in whose hands each was then.

Who collects consent makes its proof available to the others who rely on it (CNIL délib. 2020-092 art. 4), and to nobody
else's: a service that changed hands concerns, in each record, the vendor whom the manifest in force named.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consentkit.records.store.base import Document

_WILDCARDS = re.compile(r"[\\%_]")


@dataclass(frozen=True, slots=True)
class Concern:
    """Which records are meant.

    Attributes:
        asked: Pairs of a manifest's digest, or None for any, and the id of a service asked about.
    """

    asked: frozenset[tuple[str | None, str]]

    @classmethod
    def of_service(cls, service: str) -> Concern:
        """Return the concern of everyone whom a service's id ever stood for."""
        return cls(frozenset({(None, service)}))

    def includes(self, payload: Mapping[str, object]) -> bool:
        """Tell whether a record is meant, by what its leaf commits to."""
        manifest, offered = payload.get("manifest_digest"), payload.get("services_offered")
        if not isinstance(offered, list):
            return False
        return any((digest is None or digest == manifest) and service in offered for digest, service in self.asked)

    def patterns(self) -> tuple[str, ...]:
        r"""Return what SQL's LIKE finds the same by, in payloads as they are written, with ``\`` to escape.

        A payload has its keys in order and no quote within a text that isn't escaped, so these can't be mistaken.
        """
        return tuple(sorted(_pattern(digest, service) for digest, service in self.asked))

    def bound(self) -> list[tuple[str | None, str]]:
        """Return what a cursor is bound to."""
        return sorted(self.asked, key=lambda pair: (pair[0] or "", pair[1]))


def _pattern(digest: str | None, service: str) -> str:
    manifest = f'"manifest_digest":{_quoted(digest)},%' if digest is not None else ""
    return f'%{manifest}"services_offered":[%{_quoted(service)}%],"state":%'


def _quoted(text: str) -> str:
    return _WILDCARDS.sub(r"\\\g<0>", json.dumps(text))


def of_controller(name: str, manifests: Sequence[Document]) -> Concern:
    """Return the concern of a vendor, by the manifests that were kept with the records.

    Args:
        name: Its legal name, without regard to case.
        manifests: The documents of kind ``manifest``.

    Raises:
        LookupError: No manifest names it; the message lists who is named.
    """
    named = [(vendor, document.digest, service) for document in manifests for vendor, service in _vendors(document)]
    asked = frozenset((digest, service) for vendor, digest, service in named if vendor.casefold() == name.casefold())
    if not asked:
        known = ", ".join(sorted({vendor for vendor, _, _ in named})) or "nobody"
        message = f"{name[:100]!r} is no vendor that records are kept for; those are: {known}"
        raise LookupError(message)
    return Concern(asked)


def _vendors(document: Document) -> Iterable[tuple[str, str]]:
    for service in json.loads(document.body)["services"]:
        yield service["vendor"]["name"], service["id"]
