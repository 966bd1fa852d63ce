"""Which country."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import ConfigurationError
from consentkit.visitor.address import parse_address
from consentkit.visitor.place import PlaceLookup, told_place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("record", [{"country": {"iso_code": "FR"}}, {"country_code": "FR"}, {"country_code": "fr"}])
def test_both_record_shapes_are_read(build_database: Any, record: dict[str, Any]) -> None:
    """MaxMind's nested code and the flat one of other publishers give the same country."""
    lookup = PlaceLookup(build_database({"203.0.113.0/24": record}))
    assert lookup.place(parse_address("203.0.113.77")).country == "FR"
    assert lookup.place(parse_address("198.51.100.1")).country is None
    lookup.close()


@pytest.mark.parametrize(
    "record",
    [
        {"country_code": "None"},
        {"country_code": "ZZ"},
        {"country_code": "??"},
        {"country_code": 33},
        {"country": "FR"},
        {"country": {}},
        {},
    ],
)
def test_a_record_without_a_country_is_unknown(build_database: Any, record: dict[str, Any]) -> None:
    """What is no ISO 3166-1 code is not passed off as one."""
    lookup = PlaceLookup(build_database({"203.0.113.0/24": record}))
    assert lookup.place(parse_address("203.0.113.77")).country is None
    lookup.close()


def test_an_ipv6_address_in_an_ipv4_database_is_unknown(build_database: Any) -> None:
    """A database without IPv6 answers nothing for it, and no page fails."""
    lookup = PlaceLookup(build_database({"203.0.113.0/24": {"country_code": "FR"}}, ip_version=4))
    assert lookup.place(parse_address("2001:db8::1")).country is None
    assert lookup.place(parse_address("203.0.113.77")).country == "FR"
    lookup.close()


def test_without_a_database_every_country_is_unknown() -> None:
    """No path is a configuration, not an error."""
    lookup = PlaceLookup(None)
    assert lookup.place(parse_address("203.0.113.77")).country is None
    lookup.close()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A wrong path stops the start, with the path in the message."""
    path = str(tmp_path / "nowhere.mmdb")
    with pytest.raises(ConfigurationError, match=r"geoip_database: '.*nowhere\.mmdb' cannot be opened"):
        PlaceLookup(path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A download error page in place of a database stops the start."""
    path = tmp_path / "page.mmdb"
    path.write_text("<html>404</html>")
    with pytest.raises(ConfigurationError, match=r"page\.mmdb"):
        PlaceLookup(str(path))


@pytest.mark.parametrize("name", ["GeoLite2-Country-Test.mmdb", "GeoIP2-City-Test.mmdb"])
def test_maxminds_own_databases(maxmind_data: Path, name: str) -> None:
    """MaxMind's test databases give the countries their source lists, in IPv4, IPv6 and 6to4 form."""
    lookup = PlaceLookup(str(maxmind_data / name))
    found = {
        text: lookup.place(parse_address(text)).country
        for text in ("81.2.69.142", "89.160.20.112", "2001:218::1", "2002:5102:458e::1")
    }
    lookup.close()
    assert found == {"81.2.69.142": "GB", "89.160.20.112": "SE", "2001:218::1": "JP", "2002:5102:458e::1": "GB"}


def test_a_city_database_tells_states(maxmind_data: Path, build_database: Any) -> None:
    """The largest subdivision is read, in MaxMind's shape and the flat one; a country database has none."""
    lookup = PlaceLookup(str(maxmind_data / "GeoIP2-City-Test.mmdb"))
    assert lookup.place(parse_address("216.160.83.56")).code == "US-WA"
    lookup.close()
    flat = PlaceLookup(build_database({"203.0.113.0/24": {"country_code": "US", "region_code": "US-CA"}}))
    assert flat.place(parse_address("203.0.113.77")).code == "US-CA"
    flat.close()
    lookup = PlaceLookup(str(maxmind_data / "GeoIP2-Country-Test.mmdb"))
    assert lookup.place(parse_address("216.160.83.56")).code == "US"
    lookup.close()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([(b"cf-ipcountry", b"FR")], "FR"),
        ([(b"cf-ipcountry", b"us"), (b"cf-region-code", b"CA")], "US-CA"),
        ([(b"cf-ipcountry", b"US-CA")], "US-CA"),
        ([(b"cf-ipcountry", b"US"), (b"cf-region-code", b"California")], "US"),
        ([(b"cf-ipcountry", b"XX")], None),
        ([(b"cf-ipcountry", b"T1")], None),
        ([(b"cf-ipcountry", b"US"), (b"cf-ipcountry", b"FR")], None),
        ([(b"cf-region-code", b"CA")], None),
        ([(b"cf-ipcountry", b"<script>")], None),
        ([], None),
    ],
)
def test_what_a_proxy_tells_is_checked(headers: list[tuple[bytes, bytes]], code: str | None) -> None:
    """Codes only; a header that comes twice tells nothing, because one of the two may be the visitor's."""
    assert told_place(headers, (b"cf-ipcountry", b"cf-region-code")).code == code
