"""No full address is left anywhere."""

from __future__ import annotations

import contextlib
import http.client
import socket
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

import machine
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Linux answers on every address of 127.0.0.0/8, so a visitor can come from one that is nobody's proxy.
DIRECT = "127.77.66.55"
FORWARDED = [
    "203.0.113.77",
    "198.51.100.201:4711",
    "2001:db8:1:2::9",
    "[2001:db8:3:4:5:6:7:8]:443",
    "::ffff:192.0.2.33",
    "2002:cb00:7158::1",
    "64:ff9b::203.0.113.90",
]
SPELLINGS = ["203.0.113.88", "203.0.113.90", "192.0.2.33", "198.51.100.201"]


def needles() -> set[bytes]:
    """Return every usual spelling of the addresses that visited."""
    texts = {DIRECT, *SPELLINGS}
    packed = set()
    for forwarded in FORWARDED:
        bare = forwarded.partition("]")[0].lstrip("[") if forwarded.startswith("[") else forwarded
        bare = bare.rpartition(":")[0] if bare.count(":") == 1 else bare
        address = ip_address(bare)
        texts |= {bare, str(address), address.exploded}
        if isinstance(address, IPv6Address):
            packed.add(address.packed)
    return {text.encode() for text in texts} | packed


def visit(port: int, headers: dict[str, str], *, host: str = "127.0.0.1", source: str | None = None) -> None:
    """Look at a page, an API, a failing page, and make a choice."""
    local = (source, 0) if source else None
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=60, source_address=local)) as connection:
        choice = {**headers, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        for method, path, sent, expected in [
            ("GET", "/", headers, 200),
            ("GET", "/data", headers, 200),
            ("GET", "/page/203?q=1", headers, 200),
            ("POST", "/_consent/choice", choice, 303),
            # Last, because the server closes the connection after it.
            ("GET", "/broken", headers, 500),
        ]:
            connection.request(method, path, body=b"action=accept" if method == "POST" else None, headers=sent)
            response = connection.getresponse()
            response.read()
            assert response.status == expected


@pytest.mark.requirement("R44")
def test_no_full_address_is_left(
    serve_command: Callable[..., contextlib.AbstractContextManager[int]], manifest: Path, tmp_path: Path
) -> None:
    """Direct, forwarded, mapped and malformed: the files, the journals and the output hold truncated addresses only."""
    if not socket.has_ipv6:
        machine.lacks("this machine has no IPv6")
    records = tmp_path / "records"
    records.mkdir()
    environment = {
        "CONSENTKIT_MANIFEST": str(manifest),
        "CONSENTKIT_SECRET_KEY": "integration-key-integration-key-integration",
        "CONSENTKIT_DATABASE": f"sqlite:///{records}/consent.db",
        "CONSENTKIT_TRUSTED_PROXIES": "127.0.0.1,::1",
    }
    output = tmp_path / "output.txt"
    # uvicorn's own access log prints the peer; an operator turns it off or anonymises it.
    options = ("--no-access-log", "--no-proxy-headers")
    with serve_command(output, environment, *options, dual_stack=True) as port:
        for address in FORWARDED:
            visit(port, {"X-Forwarded-For": address})
            visit(port, {"Forwarded": f'for="{address}"'}, host="::1")
            visit(port, {"X-Forwarded-For": f"{address}, garbage"})
            visit(port, {"User-Agent": f"curl/{address} {address}bot/1.0", "X-Forwarded-For": address})
        visit(port, {}, source=DIRECT)
        found = {file.name: leaks(file) for file in [*records.iterdir(), output]}
    found |= {f"{file.name} after the end": leaks(file) for file in [*records.iterdir(), output]}
    assert {name: leak for name, leak in found.items() if leak} == {}
    kept = b"".join(file.read_bytes() for file in records.iterdir())
    for expected in (b"203.0.0.0/16", b"2001:db8::/32", b"192.0.0.0/16", b"127.77.0.0/16"):
        assert expected in kept
    assert b"the site's own mistake" in output.read_bytes()


def leaks(file: Path) -> list[Any]:
    """Return the full addresses that a file holds."""
    content = file.read_bytes()
    return [needle for needle in needles() if needle in content]
