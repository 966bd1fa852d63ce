"""Common services a manifest takes by id: ``- use: google-analytics``.

The facts are in ``catalogue.yaml`` beside this module, each entry with its sources and the day they were looked at. A
manifest may override any of an entry's fields; of the vendor, any field of it. Only the entries a manifest uses are
parsed: the whole file would cost half a second of every start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from consentkit.manifest.conflicts import nearest
from consentkit.manifest.document import compose
from consentkit.manifest.grammar import host_pattern, shown

FILE: Final = "catalogue.yaml"
_BLOCK: Final = re.compile(r"^([a-z0-9-]+):\n((?:[ ].*\n)+)", re.MULTILINE)
_PROVENANCE: Final = frozenset({"consent_mode", "sources", "checked"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of the catalogue.

    Attributes:
        id: What ``use:`` names.
        service: The fields of a manifest's service, as plain data.
        consent_mode: The Google Consent Mode v2 signals its tags read.
        sources: Where the hosts and stored items are from.
        checked: The day the sources were looked at, ISO 8601.
    """

    id: str
    service: dict[str, Any]
    consent_mode: tuple[str, ...]
    sources: tuple[str, ...]
    checked: str


@cache
def _blocks() -> dict[str, str]:
    text = files("consentkit.manifest").joinpath(FILE).read_text(encoding="utf-8")
    return {match[1]: match[0] for match in _BLOCK.finditer(text)}


def ids() -> tuple[str, ...]:
    """Return the ids of all entries, in the order of the file."""
    return tuple(_blocks())


@cache
def entry(identifier: str) -> Entry:
    """Return an entry.

    Raises:
        KeyError: The catalogue has none by this id.
    """
    root, problems = compose(_blocks()[identifier], FILE)
    if root is None or problems:
        message = f"{FILE} is damaged at {identifier}: {problems}; reinstall consentkit"
        raise RuntimeError(message)
    fields = root.plain()[identifier]
    return Entry(
        id=identifier,
        service={"id": identifier} | {key: value for key, value in fields.items() if key not in _PROVENANCE},
        consent_mode=tuple(fields.get("consent_mode", ())),
        sources=tuple(fields["sources"]),
        checked=fields["checked"],
    )


@lru_cache(maxsize=1024)
def knowing(host: str) -> tuple[str, ...]:
    """Return the ids of the entries that have a host, whatever the path."""
    labels = host.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    # Parsing all entries would take half a second; those that can't have the host don't hold any end of its name.
    near = [identifier for identifier, block in _blocks().items() if any(name in block for name in names)]
    return tuple(
        identifier
        for identifier in near
        if any(host_pattern(pattern).covers(host) for pattern in entry(identifier).service.get("hosts", ()))
    )


def expand(data: Any) -> tuple[Any, dict[int, str]]:
    """Put the catalogue's entries where a manifest's plain data names them.

    Args:
        data: A manifest's plain data, of any shape.

    Returns:
        The data with each ``use`` replaced, and a message for each service (by index) that could not be.
    """
    services = data.get("services") if isinstance(data, dict) else None
    if not isinstance(services, list):
        return data, {}
    expanded: list[Any] = []
    refused: dict[int, str] = {}
    for index, service in enumerate(services):
        if not isinstance(service, dict) or "use" not in service:
            expanded.append(service)
            continue
        name = service["use"]
        if isinstance(name, str) and name in _blocks():
            expanded.append(_merged(entry(name).service, service))
        else:
            refused[index] = f"{shown(name)} is not in the catalogue; {_remedy(name)}"
            expanded.append({key: value for key, value in service.items() if key != "use"})
    return {**data, "services": expanded}, refused


def _remedy(name: object) -> str:
    close = nearest(name, list(ids())) if isinstance(name, str) else ""
    return close if close.startswith("write ") else "describe the service with 'id', 'vendor', 'purposes' and 'hosts'"


def _merged(base: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    merged = base | {key: value for key, value in overrides.items() if key != "use"}
    if isinstance(overrides.get("vendor"), dict):
        merged["vendor"] = base["vendor"] | overrides["vendor"]
    return merged
