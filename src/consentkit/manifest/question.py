"""What a manifest asks its visitors, as plain data that is kept, so that a later manifest can be compared with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest, Service, StorageItem


def asked(manifest: Manifest) -> dict[str, Any]:
    """Return everything a change of which may have to be asked about again, as JSON data in one order only.

    That is: the purposes that need consent; the services that serve one of them, with vendor, purposes, recipients and
    stored items; the site's own items for such purposes; and the notice's revision when it is material. Texts, exempt
    purposes, the order of anything and the hosts of a vendor are left out: changing them widens nothing a visitor
    agreed to (délib. 2020-092 §38).
    """
    purposes = set(manifest.consent_purposes)
    return {
        "purposes": sorted(purposes),
        "services": {
            service.id: _service(service)
            for service in sorted(manifest.services, key=lambda service: service.id)
            if purposes.intersection(service.purposes)
        },
        "cookies": {
            purpose: _items(tuple(item for item in manifest.cookies if item.purpose == purpose))
            for purpose in sorted(purposes)
        },
        "revision": manifest.notice.revision.isoformat() if manifest.notice.material else None,
    }


def _service(service: Service) -> dict[str, Any]:
    vendor = service.vendor
    return {
        "vendor": [vendor.name, vendor.country, vendor.role],
        "purposes": sorted(service.purposes),
        "recipients": sorted(recipient.name for recipient in service.recipients),
        "items": _items(service.cookies),
    }


def _items(items: tuple[StorageItem, ...]) -> list[list[Any]]:
    rows = (
        [item.kind, item.party, item.name, sorted(item.aliases), item.lifetime.isoformat(), item.purpose]
        for item in items
    )
    return sorted(rows, key=str)
