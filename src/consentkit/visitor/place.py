"""The visitor's country, from any country or city database in MaxMind's DB format (.mmdb).

It is approximate: four free databases agree with each other on 91 to 97 % of IPv4 addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import maxminddb

from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from consentkit.visitor.address import Address


class CountryLookup:
    """Looks up countries; keeps no address, not even in a cache.

    The file is mapped into memory, and threads may share one lookup.

    Args:
        path: The database; ``None`` means that every country is unknown.

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

    def country(self, address: Address | None) -> str | None:
        """Return the ISO 3166-1 alpha-2 code, such as ``FR``; ``None`` when it is unknown."""
        if self._reader is None or address is None:
            return None
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            # An IPv6 address in an IPv4 database, or a file replaced under us: a page never fails for its country.
            return None
        return _code(record)

    def close(self) -> None:
        """Release the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _code(record: Any) -> str | None:
    """Read MaxMind's shape, ``country.iso_code``, or the flat ``country_code`` of other publishers."""
    if not isinstance(record, dict):
        return None
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code")
    if not isinstance(code, str) or len(code) != 2 or not (code.isascii() and code.isalpha()):
        return None
    # ZZ is ISO 3166's user-assigned code that publishers write for "unknown".
    return None if code.upper() == "ZZ" else code.upper()
