"""The visitor's country and state: told by a trusted proxy, or from a database in MaxMind's DB format (.mmdb).

Either is approximate: four free databases agree with each other on 91 to 97 % of IPv4 addresses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import maxminddb

from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consentkit.visitor.address import Address, Headers

_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_SUBDIVISION = re.compile(r"[A-Za-z0-9]{1,3}", re.ASCII)
# ISO 3166's user-assigned codes that publishers write for "unknown".
_NOWHERE = frozenset({"ZZ", "XX"})


class Place(NamedTuple):
    """Where a visitor is.

    Attributes:
        country: ISO 3166-1 alpha-2, such as ``US``; None when unknown.
        subdivision: The part of an ISO 3166-2 code after the country's, such as ``CA``; None when unknown.
    """

    country: str | None = None
    subdivision: str | None = None

    @property
    def code(self) -> str | None:
        """``US-CA``, ``US``, or None."""
        return f"{self.country}-{self.subdivision}" if self.country and self.subdivision else self.country


NOWHERE = Place()


class PlaceLookup:
    """Looks up places; keeps no address, not even in a cache.

    The file is mapped into memory, and threads may share one lookup.

    Args:
        path: The database; ``None`` means that every place is unknown.

    Raises:
        ConfigurationError: The file is missing, unreadable or no such database.
    """

    def __init__(self, path: str | None) -> None:
        self._reader: maxminddb.Reader | None = None
        if path is None:
            return
        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            message = f"geoip_database: {path!r} cannot be opened ({error}); give the path of a country .mmdb, or None"
            raise ConfigurationError(message) from error

    def place(self, address: Address | None) -> Place:
        """Return where an address is; a country database knows no subdivisions."""
        if self._reader is None or address is None:
            return NOWHERE
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            # An IPv6 address in an IPv4 database, or a file replaced under us: a page never fails for its country.
            return NOWHERE
        return _read_record(record)

    def close(self) -> None:
        """Release the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def told_place(headers: Headers, names: Sequence[bytes]) -> Place:
    """Return the place a trusted proxy tells.

    A header that comes twice is in doubt, since one of the two may be the visitor's own, so it tells nothing.

    Args:
        headers: The request's, names in lower case.
        names: The header with the country, or ``US-CA`` at once; then, if there is one, that with the subdivision.
    """
    texts = []
    for wanted in names:
        values = [value for name, value in headers if name == wanted]
        texts.append(values[0].decode("latin-1").strip() if len(values) == 1 else None)
    country, _, rest = (texts[0] or "").partition("-")
    return _place(country, rest or (texts[1] if len(texts) > 1 else None))


def _read_record(record: Any) -> Place:
    """Read MaxMind's shape, ``country.iso_code``, or the flat ``country_code`` of other publishers."""
    if not isinstance(record, dict):
        return NOWHERE
    country, parts = record.get("country"), record.get("subdivisions")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code")
    largest = parts[0] if isinstance(parts, list) and parts else None
    return _place(code, largest.get("iso_code") if isinstance(largest, dict) else record.get("region_code"))


def _place(country: object, subdivision: object) -> Place:
    """Check both codes; what is none is unknown."""
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country) or country.upper() in _NOWHERE:
        return NOWHERE
    if not isinstance(subdivision, str):
        return Place(country.upper())
    # Some publishers write the whole ISO 3166-2 code here.
    part = subdivision.upper().removeprefix(f"{country.upper()}-")
    return Place(country.upper(), part if _SUBDIVISION.fullmatch(part) else None)
