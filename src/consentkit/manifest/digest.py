"""Digests that say whether a manifest still asks what it asked."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest, Service, StorageItem


def question(manifest: Manifest) -> str:
    """Return the SHA-256, in hex, of everything a change of which must be asked about again.

    That is: the purposes that need consent; the services that serve one of them, with vendor, purposes, hosts,
    recipients and stored items; the site's own items for such purposes; and the notice's revision when it is material.
    Texts, exempt purposes and the order of anything are left out: changing them widens nothing a visitor agreed to
    (délib. 2020-092 §38).
    """
    asked = set(manifest.consent_purposes)
    return _sha256(
        {
            "purposes": sorted(asked),
            "services": sorted(
                (_service(service) for service in manifest.services if asked.intersection(service.purposes)),
                key=lambda service: str(service["id"]),
            ),
            "cookies": _items(tuple(item for item in manifest.cookies if item.purpose in asked)),
            "revision": manifest.notice.revision.isoformat() if manifest.notice.material else None,
        }
    )


def document(manifest: Manifest) -> str:
    """Return the SHA-256, in hex, of the whole manifest as it was understood, its defaults filled in."""
    return _sha256(manifest.model_dump(mode="json"))


def _service(service: Service) -> dict[str, Any]:
    vendor = service.vendor
    asked: dict[str, Any] = {
        "id": service.id,
        "vendor": [vendor.name, vendor.country, vendor.role],
        "purposes": sorted(service.purposes),
        "hosts": sorted(service.hosts),
        "cookies": _items(service.cookies),
    }
    if service.recipients:
        asked["recipients"] = sorted(recipient.name for recipient in service.recipients)
    return asked


def _items(items: tuple[StorageItem, ...]) -> list[list[Any]]:
    rows = (
        [item.kind, item.party, item.name, sorted(item.aliases), item.lifetime.isoformat(), item.purpose]
        for item in items
    )
    return sorted(rows, key=str)


def _sha256(value: object) -> str:
    """Hash canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
