"""The visitor's address: found behind proxies, then truncated before anything else sees it.

A forwarding header is a claim, and anyone can write one. It counts only when the peer that sent it is a proxy the
site named, and then only as far as the first hop, read from the right, that is not such a proxy.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Address: TypeAlias = IPv4Address | IPv6Address
Headers: TypeAlias = "Sequence[tuple[bytes, bytes]]"

UNKNOWN = "-"
"""What stands where an address is missing or is none."""

# Longer chains are forged or broken: nginx, HAProxy and the CDNs add one hop each.
_MAX_HOPS = 50

# The longest node is a bracketed IPv6 address with an embedded IPv4 one, a zone id and a port.
_MAX_NODE = 128

# RFC 7239 section 6, and the bare forms that X-Forwarded-For senders write: 192.0.2.1:80, [::1]:80, fe80::1%eth0.
_NODE = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)(?:%[^\]]*)?\]|(?P<v4>[0-9.]+))(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]+))?"
    r"|(?P<v6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:%.*)?"
)

_PARAMETER = re.compile(
    r"""\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"(?P<quoted>[^"]*)"|(?P<token>[^\s";]*))\s*""", re.ASCII
)

# The bits before the last 32 of an IPv4-mapped address (RFC 4291 section 2.5.5.2) and of NAT64 (RFC 6052 section 2.1).
_BEFORE_IPV4 = frozenset({0xFFFF, 0x64FF9B << 64})
_LOW = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose forwarding headers count.

    Attributes:
        networks: Where they are.
        unix: Whether a peer without an address is one: a proxy on a Unix socket.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    unix: bool = False

    @classmethod
    def parse(cls, entries: Iterable[str]) -> TrustedProxies:
        """Read addresses and networks such as ``10.0.0.0/8``, ``::1``, or ``unix`` for peers on a Unix socket.

        Raises:
            ConfigurationError: An entry is none of these; the message names it and the remedy.
        """
        networks: list[IPv4Network | IPv6Network] = []
        unix = False
        for entry in entries:
            if entry == "unix":
                unix = True
                continue
            try:
                networks.append(ip_network(entry))
            except ValueError as error:
                message = f"trusted_proxies: {entry!r} is not a network ({error}); write e.g. '10.0.0.0/8' or 'unix'"
                raise ConfigurationError(message) from error
        return cls(tuple(networks), unix)

    def __contains__(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def trusts(self, peer: str | None) -> bool:
        """Tell whether what a peer forwards counts.

        Args:
            peer: ``scope["client"][0]``, or ``None`` on a Unix socket.
        """
        if peer is None:
            return self.unix
        address = parse_address(peer)
        return address is not None and address in self


@dataclass(frozen=True, slots=True)
class Truncation:
    """How many leading bits of an address are kept.

    /16 leaves 65,536 IPv4 addresses to a value. /32 leaves about one provider of IPv6; a /48 is often one customer.

    Attributes:
        ipv4: 0 to 24 bits.
        ipv6: 0 to 48 bits.

    Raises:
        ConfigurationError: A number is outside its range.
    """

    ipv4: int = 16
    ipv6: int = 32

    def __post_init__(self) -> None:
        for name, bits, most in (("ipv4", self.ipv4, 24), ("ipv6", self.ipv6, 48)):
            if not 0 <= bits <= most:
                message = f"anonymise.{name}: {bits} bits are out of range; keep 0 to {most}"
                raise ConfigurationError(message)


def parse_address(text: str | None) -> Address | None:
    """Read one address, with or without brackets, port and zone id; ``None`` when it is none.

    An IPv4-mapped address comes back as the IPv4 one, so that a dual-stack socket changes nothing.
    """
    if not text or len(text) > _MAX_NODE:
        return None
    # Most come plain, as a server's peer always does. A zone id would be kept by the plain reading.
    kind = IPv6Address if ":" in text and "%" not in text else IPv4Address
    try:
        address: Address | None = kind(text)
    except ValueError:
        address = _node_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def client_address(peer: str | None, headers: Headers, trusted: TrustedProxies) -> Address | None:
    """Find whose request this is.

    The peer itself, unless it is a trusted proxy: then the hops of ``Forwarded`` (RFC 7239) or ``X-Forwarded-For`` are
    walked from the right, and the first that is not trusted wins. Only the last 50 hops are read.

    Args:
        peer: ``scope["client"][0]``, or ``None`` on a Unix socket.
        headers: The request's raw headers, names in lower case.
        trusted: Whose headers count.

    Returns:
        The address in full: truncate it at once. ``None`` when a trusted proxy names no readable client, or when both
        headers are present and disagree. A proxy that writes one of them passes the other on as the visitor sent it,
        and nothing tells which.
    """
    address = parse_address(peer)
    if not trusted.trusts(peer):
        return address
    forwarded = b",".join(value for name, value in headers if name == b"forwarded")
    x_forwarded_for = b",".join(value for name, value in headers if name == b"x-forwarded-for")
    if not forwarded and not x_forwarded_for:
        return address
    claims = []
    if forwarded:
        claims.append(_first_untrusted(map(_forwarded_for, _hops(forwarded)), trusted))
    if x_forwarded_for:
        claims.append(_first_untrusted(_hops(x_forwarded_for), trusted))
    return claims[0] if claims[0] == claims[-1] else None


def truncate(address: Address | str | None, truncation: Truncation) -> str:
    """Cut an address down to its network, such as ``203.0.0.0/16`` or ``2001:db8::/32``; ``-`` when it is none.

    An IPv6 address that embeds an IPv4 one is cut as that: otherwise the first 48 bits of a 6to4 address would
    be a whole IPv4 address.
    """
    if isinstance(address, str):
        address = parse_address(address)
    if address is None:
        return UNKNOWN
    bits = int(address)
    if isinstance(address, IPv6Address):
        embedded = _embedded_ipv4(bits)
        if embedded is None:
            shift = 128 - truncation.ipv6
            return _network_text(IPv6Address, bits >> shift, shift)
        bits = embedded
    shift = 32 - truncation.ipv4
    return _network_text(IPv4Address, bits >> shift, shift)


# Only what was cut off already gets here, so that the cache holds no address.
@functools.lru_cache(maxsize=4096)
def _network_text(kind: type[Address], network: int, shift: int) -> str:
    first = kind(network << shift)
    return f"{first}/{first.max_prefixlen - shift}"


def _node_address(text: str) -> Address | None:
    node = _NODE.fullmatch(text.strip(" \t"))
    if node is None:
        return None
    try:
        return ip_address(node["bracketed"] or node["v4"] or node["v6"])
    except ValueError:
        return None


def _hops(joined: bytes) -> Iterator[str]:
    """Yield the last hops of a list, rightmost first.

    Splitting at every comma, quoted or not, is deliberate: with `for=192.0.2.1;x="` a visitor could otherwise swallow
    what the proxy appended. Nodes hold no comma, so a quoted one only makes its element unreadable.
    """
    for hop in reversed(joined.rsplit(b",", _MAX_HOPS)[-_MAX_HOPS:]):
        yield hop.decode("latin-1")


def _forwarded_for(element: str) -> str:
    """Return the node of the one ``for`` parameter of a Forwarded element; empty when it is malformed."""
    nodes = []
    for pair in element.split(";"):
        parameter = _PARAMETER.fullmatch(pair)
        if parameter is None:
            return ""
        if parameter["name"].lower() == "for":
            nodes.append(parameter["quoted"] or parameter["token"] or "")
    return nodes[0] if len(nodes) == 1 else ""


def _first_untrusted(nodes: Iterable[str], trusted: TrustedProxies) -> Address | None:
    """Walk to the first hop that is not trusted; when all are, the farthest is the client."""
    address = None
    for node in nodes:
        address = parse_address(node)
        if address is None or address not in trusted:
            return address
    return address


def _embedded_ipv4(bits: int) -> int | None:
    """Return the bits of the IPv4 address inside a mapped, compatible, NAT64, 6to4 or Teredo address."""
    before = bits >> 32
    # Below ::1.0.0.0 lie :: and ::1, which embed nothing (RFC 4291 section 2.5.5.1).
    if before in _BEFORE_IPV4 or (before == 0 and bits >= 1 << 24):
        return bits & _LOW
    if bits >> 112 == 0x2002:  # RFC 3056
        return bits >> 80 & _LOW
    if bits >> 96 == 0x20010000:  # RFC 4380 section 4: the client's, inverted
        return ~bits & _LOW
    return None
