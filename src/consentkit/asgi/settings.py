"""What the middleware was given: keywords first, then the environment, checked when the site starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from consentkit.consent.token import check_lengths
from consentkit.errors import ConfigurationError
from consentkit.manifest.load import load
from consentkit.manifest.model import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PREFIX = "CONSENTKIT_"
_MINIMUM_TOKEN_BYTES = 16
_MOST_PLACE_HEADERS = 2
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Settings:
    """The middleware's settings, all present and checked.

    Attributes:
        manifest: What the site declares.
        secret_keys: Oldest first; the last signs.
        database: Where records are kept.
        audit_tokens: Bearer tokens of the audit endpoints; none closes them.
        trusted_proxies: Networks whose forwarding headers count.
        geoip_database: A country ``.mmdb``, if any.
        place_headers: Headers, in lower case, in which a trusted proxy tells the country and the state.
        prefix: Where the endpoints lie: starts with a solidus and doesn't end with one.
        templates: A folder whose templates replace ours, if any.
        body_cache: The most bytes of gated pages and passages kept in memory; 0 keeps none.
    """

    manifest: Manifest
    secret_keys: tuple[str, ...]
    database: str
    audit_tokens: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    geoip_database: str | None
    place_headers: tuple[bytes, ...]
    prefix: str
    templates: Path | None
    body_cache: int


def read_settings(given: Mapping[str, object], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings from the middleware's keywords and, where one is None, the environment.

    ``CONSENTKIT_SECRET_KEY`` and the like; lists are separated by commas there.

    Raises:
        ConfigurationError: A value is missing or wrong; the message names it and the remedy.
        ManifestError: The manifest has problems.
    """
    manifest = _one(given, environ, "manifest")
    if manifest is None:
        message = 'manifest is missing; give manifest="consent.yaml" or set CONSENTKIT_MANIFEST'
        raise ConfigurationError(message)
    templates = _text(given, environ, "templates")
    return Settings(
        manifest=manifest if isinstance(manifest, Manifest) else load(_path(manifest)),
        secret_keys=_many(given, environ, "secret_key"),
        database=_text(given, environ, "database") or "sqlite:///consentkit.db",
        audit_tokens=_tokens(_many(given, environ, "audit_tokens")),
        trusted_proxies=_many(given, environ, "trusted_proxies"),
        geoip_database=_text(given, environ, "geoip_database"),
        place_headers=_place_headers(_many(given, environ, "place_headers")),
        prefix=_checked_prefix(_text(given, environ, "prefix") or "/_consent"),
        templates=Path(templates) if templates else None,
        body_cache=_whole_number(given, environ, "body_cache", 16 * 1024 * 1024),
    )


def _one(given: Mapping[str, object], environ: Mapping[str, str], name: str) -> object | None:
    value = given.get(name)
    return value if value is not None else environ.get(_PREFIX + name.upper())


def _path(value: object) -> str | os.PathLike[str]:
    if isinstance(value, (str, os.PathLike)):
        return value
    message = f"manifest is a {type(value).__name__}; give a path or a loaded Manifest"
    raise ConfigurationError(message)


def _text(given: Mapping[str, object], environ: Mapping[str, str], name: str) -> str | None:
    value = _one(given, environ, name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    message = f"{name} is a {type(value).__name__}, and text was expected: {value!r}"
    raise ConfigurationError(message)


def _many(given: Mapping[str, object], environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return tuple(filter(None, map(str.strip, environ.get(_PREFIX + name.upper(), "").split(","))))
    values: Sequence[object] = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    for place, item in enumerate(values):
        if not isinstance(item, str):
            message = f"{name}[{place}] is a {type(item).__name__}, and text was expected"
            raise ConfigurationError(message)
    return tuple(map(str, values))


def _tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    check_lengths("audit_tokens", tokens, least=_MINIMUM_TOKEN_BYTES)
    return tokens


def _place_headers(names: tuple[str, ...]) -> tuple[bytes, ...]:
    for name in names:
        if not _HEADER_NAME.fullmatch(name):
            message = f"place_headers: {name!r} is not the name of a header; write e.g. 'CF-IPCountry'"
            raise ConfigurationError(message)
    if len(names) > _MOST_PLACE_HEADERS:
        message = f"place_headers: {len(names)} are too many; name the country's header, then the state's"
        raise ConfigurationError(message)
    return tuple(name.lower().encode("ascii") for name in names)


def _checked_prefix(prefix: str) -> str:
    if not prefix.startswith("/") or prefix.endswith("/") or "//" in prefix or set(prefix) & set("?#%\\ "):
        message = f"prefix {prefix!r} is not a path; write it like '/_consent', without a solidus at its end"
        raise ConfigurationError(message)
    return prefix


def _whole_number(given: Mapping[str, object], environ: Mapping[str, str], name: str, default: int) -> int:
    value = _one(given, environ, name)
    if value is None:
        return default
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if number < 0:
        message = f"{name} {value!r} is not a number of bytes; write e.g. 16777216, or 0 to keep nothing"
        raise ConfigurationError(message)
    return number
