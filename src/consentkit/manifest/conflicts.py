"""What can only be wrong between two places of a manifest: references, duplicates, contested hosts.

Works on plain data of any shape, so that a manifest that also has wrong types still gets every one of these reported.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeAlias

from consentkit.manifest import grammar

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[str | int, ...]
Conflict: TypeAlias = tuple[Path, str]


def conflicts(data: Any) -> Iterator[Conflict]:
    """Yield the path and message of every conflict in a manifest's plain data."""
    if not isinstance(data, dict):
        return
    yield from _duplicate_ids(data, "purposes")
    yield from _duplicate_ids(data, "services")
    yield from _unknown_purposes(data)
    yield from _contested_hosts(data)
    yield from _duplicate_items(data)
    yield from _duplicate_regions(data)


def nearest(word: str, known: list[str]) -> str:
    """Return the remedy for a word that is not among the known ones."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"write '{close[0]}'"
    listed = ", ".join(f"'{name}'" for name in known[:12])
    return f"known here: {listed}" if listed else "none is declared"


def _maps(parent: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    value = parent.get(key)
    if isinstance(value, list | tuple):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, dict))


def _texts(parent: dict[str, Any], key: str) -> Iterator[tuple[int, str]]:
    value = parent.get(key)
    if isinstance(value, list | tuple):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, str))


def _items(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every storage item, the site's own and then the services'."""
    for index, item in _maps(data, "cookies"):
        yield ("cookies", index), item
    for number, service in _maps(data, "services"):
        for index, item in _maps(service, "cookies"):
            yield ("services", number, "cookies", index), item


def _duplicate_ids(data: dict[str, Any], key: str) -> Iterator[Conflict]:
    first: dict[str, int] = {}
    for index, item in _maps(data, key):
        identifier = item.get("id")
        if not isinstance(identifier, str):
            continue
        if identifier in first:
            message = f"'{identifier}' is already the id of {key}.{first[identifier]}; give each its own"
            yield (key, index, "id"), message
        first.setdefault(identifier, index)


def _unknown_purposes(data: dict[str, Any]) -> Iterator[Conflict]:
    known = [str(purpose["id"]) for _, purpose in _maps(data, "purposes") if "id" in purpose]

    def unknown(name: str) -> str:
        return (
            f"{grammar.shown(name)} is not a purpose of this manifest; {nearest(name, known)}, or add it to 'purposes'"
        )

    for index, service in _maps(data, "services"):
        seen: set[str] = set()
        for place, name in _texts(service, "purposes"):
            if name in seen:
                yield ("services", index, "purposes", place), f"'{name}' stands here twice; keep one"
            elif name not in known:
                yield ("services", index, "purposes", place), unknown(name)
            seen.add(name)
    for path, item in _items(data):
        purpose = item.get("purpose")
        if isinstance(purpose, str) and purpose not in known:
            yield (*path, "purpose"), unknown(purpose)
        elif purpose is None and path[0] == "cookies":
            named = grammar.shown(item.get("name", "this item"))
            example = known[0] if known else "necessary"
            yield (*path, "purpose"), f"{named} has no purpose; add e.g. 'purpose: {example}'"


def _contested_hosts(data: dict[str, Any]) -> Iterator[Conflict]:
    claimed: dict[str, str] = {}
    site = data.get("site")
    own = {_canonical(host) for _, host in _texts(site, "hosts")} if isinstance(site, dict) else set()
    for number, service in _maps(data, "services"):
        owner = str(service.get("id", f"services.{number}"))
        for index, host in _texts(service, "hosts"):
            pattern = _canonical(host)
            path = ("services", number, "hosts", index)
            if pattern is None:
                continue
            if pattern in own:
                yield path, f"'{host}' is one of the site's own hosts; name a path of it, e.g. '{host}/matomo/'"
            elif pattern in claimed:
                other = claimed[pattern]
                remedy = "keep one" if other == owner else "give each a path of its own, or merge the services"
                yield path, f"'{host}' already belongs to service '{other}'; {remedy}"
            claimed.setdefault(pattern, owner)


def _canonical(host: str) -> str | None:
    try:
        return str(grammar.host_pattern(host))
    except ValueError:
        return None


def _duplicate_items(data: dict[str, Any]) -> Iterator[Conflict]:
    """Yield first-party items declared twice; two services may well share a third party's cookie."""
    first: dict[tuple[str, str], str] = {}
    for path, item in _items(data):
        if item.get("party", "first") != "first":
            continue
        kind = str(item.get("kind", "cookie"))
        names = [(("name",), item.get("name")), *((("aliases", at), alias) for at, alias in _texts(item, "aliases"))]
        for step, name in names:
            if not isinstance(name, str):
                continue
            if (kind, name) in first:
                where = first[kind, name]
                yield (*path, *step), f"'{name}' is already declared at {where}; keep one, so that it has one owner"
            first.setdefault((kind, name), ".".join(map(str, path)))


def _duplicate_regions(data: dict[str, Any]) -> Iterator[Conflict]:
    regions = data.get("regions")
    first: dict[str, str] = {}
    for key in regions if isinstance(regions, dict) else ():
        code = str(key).upper()
        if code in first:
            yield ("regions", key), f"'{key}' is the place '{first[code]}' again; keep one"
        first.setdefault(code, str(key))
