"""The address: found behind proxies without being fooled, and truncated so that nobody is singled out."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.errors import ConfigurationError
from consentkit.visitor.address import (
    Truncation,
    TrustedProxies,
    client_address,
    parse_address,
    truncate,
)

PROXIES = TrustedProxies.parse(["10.0.0.0/8", "2001:db8:ffff::/48"])


def forwarded_for(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", value.encode("latin-1")) for value in values]


def forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"forwarded", value.encode("latin-1")) for value in values]


@pytest.mark.requirement("R46")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("203.0.113.77:4711", "203.0.113.77"),
        (" 203.0.113.77\t", "203.0.113.77"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[::1]:80", "::1"),
        ("[2001:db8::9]:_hidden", "2001:db8::9"),
        ("::ffff:203.0.113.77", "203.0.113.77"),
        ("[::ffff:cb00:714d]:443", "203.0.113.77"),
    ],
)
def test_an_address_is_read_in_every_form_a_proxy_writes(text: str, expected: str) -> None:
    """Ports, brackets and white space are dropped, and IPv4-mapped addresses become IPv4."""
    assert parse_address(text) == ip_address(expected)


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("text", ["fe80::1%eth0", "[fe80::1%25eth0]:80"])
def test_a_zone_id_is_dropped(text: str) -> None:
    """A zone id names an interface of some machine, which is nobody's business."""
    assert str(parse_address(text)) == "fe80::1"


@pytest.mark.requirement("R46")
@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "unknown",
        "_hidden",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4:port",
        "1.2.3.4:123456",
        "[1.2.3.4",
        "2001:db8:::1",
        "[]:80",
        "1.2.3.4\n",
        "１.2.3.4",
        "testclient",
        "203.0.113.77 203.0.113.78",
        "/run/app.sock",
        "1" * 10_000,
        ":" * 10_000,
    ],
)
def test_garbage_is_no_address(text: str | None) -> None:
    """What is not exactly one address is none, and never a guess."""
    assert parse_address(text) is None
    assert truncate(text, Truncation()) == "-"


@pytest.mark.requirement("R45")
@pytest.mark.parametrize(
    ("address", "default", "longest"),
    [
        ("203.0.113.77", "203.0.0.0/16", "203.0.113.0/24"),
        ("255.255.255.255", "255.255.0.0/16", "255.255.255.0/24"),
        ("2001:db8:1:2::9", "2001:db8::/32", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/32", "fe80::/48"),
        ("::1", "::/32", "::/48"),
        ("[::1]:80", "::/32", "::/48"),
        ("::ffff:203.0.113.77", "203.0.0.0/16", "203.0.113.0/24"),
        ("::203.0.113.77", "203.0.0.0/16", "203.0.113.0/24"),
        ("64:ff9b::203.0.113.77", "203.0.0.0/16", "203.0.113.0/24"),
        ("2002:cb00:714d::1", "203.0.0.0/16", "203.0.113.0/24"),
        ("2001:0:c000:22d:8000:63bf:34ff:8eb2", "203.0.0.0/16", "203.0.113.0/24"),
    ],
)
def test_truncation_by_the_reference_masks(address: str, default: str, longest: str) -> None:
    """The defaults keep /16 and /32, and an embedded IPv4 address is cut as IPv4 wherever it hides."""
    assert truncate(address, Truncation()) == default
    assert truncate(address, Truncation(ipv4=24, ipv6=48)) == longest


@pytest.mark.requirement("R46")
def test_a_mapped_address_object_is_cut_as_ipv4() -> None:
    """The embedded forms are recognised in addresses that did not come through the parser, too."""
    assert truncate(IPv6Address("::ffff:203.0.113.77"), Truncation()) == "203.0.0.0/16"


@given(st.ip_addresses(), st.integers(0, 24), st.integers(0, 48))
def test_what_is_left_is_a_network_and_no_address(address: IPv4Address | IPv6Address, ipv4: int, ipv6: int) -> None:
    """Whatever the address, only leading bits within the limits survive."""
    network = ip_network(truncate(address, Truncation(ipv4, ipv6)))
    assert network.prefixlen == (ipv4 if network.version == 4 else ipv6)
    assert int(network.network_address) & int(network.hostmask) == 0


@given(st.ip_addresses(v=4))
def test_no_embedded_form_leaks_more_than_the_plain_one(address: IPv4Address) -> None:
    """Each way to write an IPv4 address inside an IPv6 one gives the same truncation."""
    bits = int(address)
    forms = [
        0xFFFF << 32 | bits,
        0x64FF9B << 96 | bits,
        0x2002 << 112 | bits << 80,
        0x20010000 << 96 | ~bits & (2**32 - 1),
    ]
    if bits >= 1 << 24:
        forms.append(bits)
    longest = Truncation(24, 48)
    assert {truncate(IPv6Address(form), longest) for form in forms} == {truncate(address, longest)}


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "named"), [(25, 32, "anonymise.ipv4: 25"), (16, 64, "anonymise.ipv6: 64"), (-1, 32, "-1")]
)
def test_a_truncation_that_singles_people_out_is_refused(ipv4: int, ipv6: int, named: str) -> None:
    """More than /24 or /48 is refused with the number in the message."""
    with pytest.raises(ConfigurationError, match=named):
        Truncation(ipv4, ipv6)


@pytest.mark.parametrize("entry", ["*", "10.0.0.1/8", "10.0.0.0/33", "proxy.example", ""])
def test_a_trusted_proxy_that_is_no_network_is_named(entry: str) -> None:
    """A wrong entry stops the start with its value and what to write instead."""
    with pytest.raises(ConfigurationError) as caught:
        TrustedProxies.parse(["10.0.0.0/8", entry])
    assert repr(entry) in str(caught.value)
    assert "10.0.0.0/8" in str(caught.value)


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        # Nobody is trusted to speak for others unless the site says so.
        ("198.51.100.1", forwarded_for("203.0.113.77"), "198.51.100.1"),
        ("198.51.100.1", forwarded("for=203.0.113.77"), "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", forwarded_for("203.0.113.77"), "203.0.113.77"),
        ("::ffff:10.0.0.1", forwarded_for("203.0.113.77"), "203.0.113.77"),
        ("2001:db8:ffff::1", forwarded_for("203.0.113.77"), "203.0.113.77"),
        # The visitor's own forgery stands left of what the proxies appended.
        ("10.0.0.1", forwarded_for("1.1.1.1, 203.0.113.77, 10.0.0.2"), "203.0.113.77"),
        ("10.0.0.1", forwarded_for("1.1.1.1", "203.0.113.77", "10.0.0.2"), "203.0.113.77"),
        ("10.0.0.1", forwarded_for("10.9.9.9, 203.0.113.77"), "203.0.113.77"),
        ("10.0.0.1", forwarded_for("10.0.0.3, 10.0.0.2"), "10.0.0.3"),
        ("10.0.0.1", forwarded_for("[2001:db8::9]:4711"), "2001:db8::9"),
        ("10.0.0.1", forwarded_for("203.0.113.77:80"), "203.0.113.77"),
        ("10.0.0.1", forwarded_for("::ffff:203.0.113.77"), "203.0.113.77"),
        ("10.0.0.1", forwarded_for("1.1.1.1, unknown"), None),
        ("10.0.0.1", forwarded_for("1.1.1.1, <script>"), None),
        ("10.0.0.1", forwarded_for("1.1.1.1,"), None),
        ("10.0.0.1", forwarded_for("1.1.1.1, \xff\xfe"), None),
        ("10.0.0.1", forwarded('for="[2001:db8:cafe::17]:4711"'), "2001:db8:cafe::17"),
        ("10.0.0.1", forwarded("for=192.0.2.43;proto=http;by=10.0.0.1"), "192.0.2.43"),
        ("10.0.0.1", forwarded("For=192.0.2.43, FOR=10.0.0.7"), "192.0.2.43"),
        ("10.0.0.1", forwarded("for=1.1.1.1", 'for="203.0.113.77:80"'), "203.0.113.77"),
        ("10.0.0.1", forwarded("for=_hidden"), None),
        ("10.0.0.1", forwarded("for=unknown, for=10.0.0.2"), None),
        ("10.0.0.1", forwarded("proto=https"), None),
        ("10.0.0.1", forwarded("for=1.1.1.1;for=2.2.2.2"), None),
        ("10.0.0.1", forwarded("for=1.1.1.1 for=2.2.2.2"), None),
        # An open quote must not swallow the element that the proxy appended.
        ("10.0.0.1", forwarded('for=1.1.1.1;x="', "for=203.0.113.77"), "203.0.113.77"),
        ("10.0.0.1", forwarded('for=1.1.1.1, for="', 'for="203.0.113.77"'), "203.0.113.77"),
        ("not-an-address", forwarded_for("203.0.113.77"), None),
        (None, forwarded_for("203.0.113.77"), None),
    ],
)
def test_the_client_behind_proxies(peer: str | None, headers: list[tuple[bytes, bytes]], expected: str | None) -> None:
    """Only what a trusted proxy wrote counts; what it could not have known stays unknown."""
    assert client_address(peer, headers, PROXIES) == (ip_address(expected) if expected else None)


def test_both_headers_must_agree() -> None:
    """A proxy appends to one header and passes the other through: a forged one gains nothing."""
    honest, forged = forwarded_for("203.0.113.77"), forwarded("for=1.1.1.1")
    assert client_address("10.0.0.1", honest + forged, PROXIES) is None
    assert client_address("10.0.0.1", honest + forwarded("for=203.0.113.77"), PROXIES) == ip_address("203.0.113.77")


def test_a_unix_socket_is_trusted_only_when_named() -> None:
    """A peer without an address speaks for others after `unix` was listed."""
    trusted = TrustedProxies.parse(["unix"])
    assert client_address(None, forwarded_for("203.0.113.77"), trusted) == ip_address("203.0.113.77")
    assert client_address(None, [], trusted) is None


def test_a_thousand_hops_are_read_from_the_right_and_bounded() -> None:
    """A long chain costs fifty hops at most, and none beyond them is believed."""
    trusted_hops = ", ".join(["10.0.0.2"] * 1000)
    assert client_address("10.0.0.1", forwarded_for(f"1.1.1.1, {trusted_hops}"), PROXIES) == ip_address("10.0.0.2")
    forged_hops = ", ".join(["1.1.1.1"] * 1000)
    assert client_address("10.0.0.1", forwarded_for(f"{forged_hops}, 203.0.113.77"), PROXIES) == ip_address(
        "203.0.113.77"
    )


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_visitor_cannot_move_the_address(forged: bytes, other: bytes) -> None:
    """Whatever a visitor sends, the result is what the proxy appended, or unknown."""
    appended = [(b"x-forwarded-for", forged + b", 203.0.113.77"), (b"forwarded", other)]
    assert client_address("10.0.0.1", appended, PROXIES) in {ip_address("203.0.113.77"), None}
    appended = [(b"forwarded", forged + b', for="203.0.113.77:1"'), (b"x-forwarded-for", other)]
    assert client_address("10.0.0.1", appended, PROXIES) in {ip_address("203.0.113.77"), None}
