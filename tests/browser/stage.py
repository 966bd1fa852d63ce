"""The stage: every third party of the shop, played on loopback over TLS and recorded.

The browser is told to resolve every host but the site's to the stage, which tells hosts apart by SNI and ``Host``. A
connection counts as contact from the moment it is accepted. What a headless browser does not do can't be seen here: it
ignores ``preconnect``, and under resolver rules ``dns-prefetch`` asks no name server; tests read those in the markup.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILES = Path(__file__).with_name("third_parties")
_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_TLS_HANDSHAKE = b"\x16"  # RFC 8446 § 5.1: the content type every TLS connection opens with
_SOCKS = b"\x05"  # RFC 1928 § 3: the version
_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 § 1.3

# What each service's code asks for when it works: every prefix must be requested.
SERVICES: dict[str, tuple[str, ...]] = {
    "google-analytics": ("www.googletagmanager.com/gtag/js", "region1.google-analytics.com/g/collect"),
    "hotjar": (
        "static.hotjar.com/c/hotjar-",
        "script.hotjar.com/modules.",
        "content.hotjar.io/",
        "ws.hotjar.com/api/v2/client/ws",
    ),
    "google-tag-manager": ("www.googletagmanager.com/gtm.js",),
    "google-ads": (
        "www.googletagmanager.com/gtag/destination",
        "googleads.g.doubleclick.net/pagead/viewthroughconversion/",
        "ad.doubleclick.net/activity",
        "www.googleadservices.com/pagead/conversion/",
    ),
    "meta-pixel": (
        "connect.facebook.net/en_US/fbevents.js",
        "connect.facebook.net/signals/config/",
        "www.facebook.com/tr",
    ),
    "youtube": ("www.youtube.com/embed/", "i.ytimg.com/vi/"),
    "google-maps": ("www.google.com/maps/embed", "maps.googleapis.com/maps/api/js", "maps.gstatic.com/"),
    "crisp": (
        "client.crisp.chat/l.js",
        "client.crisp.chat/static/stylesheets/",
        "client.crisp.chat/static/javascripts/",
        "image.crisp.chat/avatar/",
        "client.relay.crisp.chat/w/",
    ),
    "google-fonts": ("fonts.googleapis.com/css2", "fonts.gstatic.com/s/"),
}

# What is left of them for a browser without scripts.
SERVICES_WITHOUT_SCRIPTS: dict[str, tuple[str, ...]] = {
    "google-tag-manager": ("www.googletagmanager.com/ns.html",),
    "google-ads": ("ad.doubleclick.net/activity",),  # the container's own noscript pixel
    "meta-pixel": ("www.facebook.com/tr",),
    "youtube": SERVICES["youtube"],
    "google-maps": ("www.google.com/maps/embed", "maps.gstatic.com/"),
    "google-fonts": SERVICES["google-fonts"],
}

# Address prefix → (file or None for a pixel, cookies the answer sets). The longest matching prefix answers.
_ANSWERS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "www.googletagmanager.com/gtag/js": ("gtag.js", ()),
    "www.googletagmanager.com/gtag/destination": ("destination.js", ()),
    "www.googletagmanager.com/gtm.js": ("gtm.js", ()),
    "www.googletagmanager.com/ns.html": ("ns.html", ()),
    "bat.bing.com/bat.js": ("tag.js", ()),
    "www.clarity.ms/tag/": ("tag.js", ()),
    "example.matomo.cloud/matomo.js": ("tag.js", ()),
    "analytics.tiktok.com/i18n/pixel/events.js": ("tag.js", ()),
    "region1.google-analytics.com/": (None, ()),
    "googleads.g.doubleclick.net/": (None, ("IDE=41; Domain=.doubleclick.net; Max-Age=33696000",)),
    "ad.doubleclick.net/": (None, ("IDE=41; Domain=.doubleclick.net; Max-Age=33696000",)),
    "www.googleadservices.com/": (None, ()),
    "connect.facebook.net/en_US/fbevents.js": ("fbevents.js", ()),
    "connect.facebook.net/signals/config/": ("empty.js", ()),
    "www.facebook.com/tr": (None, ("fr=41; Domain=.facebook.com; Max-Age=7776000",)),
    "static.hotjar.com/c/hotjar-": ("hotjar.js", ()),
    "script.hotjar.com/modules.": ("hotjar-modules.js", ()),
    "content.hotjar.io/": (None, ()),
    "www.youtube.com/embed/": (
        "youtube.html",
        ("YSC=41; Domain=.youtube.com", "VISITOR_INFO1_LIVE=41; Domain=.youtube.com; Max-Age=15552000"),
    ),
    "i.ytimg.com/": (None, ()),
    "www.google.com/maps/embed": ("maps.html", ("NID=41; Domain=.google.com; Max-Age=15552000",)),
    "maps.googleapis.com/": ("empty.js", ()),
    "maps.gstatic.com/": (None, ()),
    "client.crisp.chat/l.js": ("crisp.js", ()),
    "client.crisp.chat/static/javascripts/": ("crisp-client.js", ()),
    "client.crisp.chat/static/stylesheets/": ("crisp.css", ()),
    "image.crisp.chat/": (None, ()),
    "fonts.googleapis.com/css2": ("fonts.css", ()),
    "fonts.gstatic.com/": ("font.woff2", ()),
}
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(slots=True)
class Connection:
    """One TCP connection; ``host`` is the SNI name once the browser has sent it."""

    peer: tuple[str, int]
    host: str = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it reached the third party."""

    host: str
    path: str
    query: str
    method: str
    referer: str
    cookies: frozenset[str]

    @property
    def address(self) -> str:
        """Host and path, as the tables of this file write them."""
        return self.host + self.path


class Stage:
    """All third parties in one server; use it as a context manager.

    Attributes:
        port: Where it listens on 127.0.0.1.
        cast: Other files than the usual ones that answer, by the address prefixes of this module's table.
    """

    def __init__(self, folder: Path) -> None:
        self.cast: dict[str, str] = {}
        self._changed = threading.Condition()
        self._connections: dict[tuple[str, int], Connection] = {}
        self._requests: list[Request] = []
        self._cookies_set: set[tuple[str, str]] = set()
        self._server = _Server(self, _tls(folder, self._on_name))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def forget(self) -> None:
        """Empty the record; connections still open are forgotten too."""
        self._drain()
        with self._changed:
            self._connections.clear()
            self._requests.clear()
            self._cookies_set.clear()

    def contacts(self) -> set[str]:
        """Return every host contacted, by a request or by a mere connection."""
        self._drain()
        with self._changed:
            return {c.host for c in self._connections.values()} | {request.host for request in self._requests}

    def requests(self) -> list[Request]:
        """Return every request so far."""
        with self._changed:
            return list(self._requests)

    def services(self) -> set[str]:
        """Return the services a request was made to; a host or path of none of them stands for itself."""
        owners = {prefix: service for service, prefixes in SERVICES.items() for prefix in prefixes}
        owners |= {prefix: service for service, prefixes in SERVICES_WITHOUT_SCRIPTS.items() for prefix in prefixes}
        found = set()
        for request in self.requests():
            best = max((prefix for prefix in owners if request.address.startswith(prefix)), key=len, default=None)
            found.add(owners[best] if best else request.address)
        return found

    def cookies_set(self) -> set[tuple[str, str]]:
        """Return (host, cookie name) of every ``Set-Cookie`` the third parties sent."""
        with self._changed:
            return set(self._cookies_set)

    def missing(self, prefixes: Iterable[str]) -> set[str]:
        """Return those of ``prefixes`` that no request has begun with."""
        seen = [request.address for request in self.requests()]
        return {prefix for prefix in prefixes if not any(address.startswith(prefix) for address in seen)}

    def wait_for(self, prefixes: Iterable[str], seconds: float = 20) -> set[str]:
        """Wait until every prefix has been requested; return those that never were."""
        wanted = list(prefixes)
        with self._changed:
            self._changed.wait_for(lambda: not self._missing(wanted), timeout=seconds)
            return self._missing(wanted)

    def quiet(self, seconds: float = 0.5, most: float = 20) -> None:
        """Wait until nobody has connected or asked for anything for ``seconds``; give up after ``most``."""
        end = time.monotonic() + most
        with self._changed:
            while time.monotonic() < end and self._changed.wait(timeout=seconds):
                continue

    def _missing(self, prefixes: list[str]) -> set[str]:
        seen = [request.address for request in self._requests]
        return {prefix for prefix in prefixes if not any(address.startswith(prefix) for address in seen)}

    def _drain(self) -> None:
        """Wait until every connection made before this call is in the record.

        The server accepts in order: once a connection of our own has been accepted, so have all earlier ones.
        """
        with socket.create_connection(("127.0.0.1", self.port)) as own:
            peer = own.getsockname()
            with self._changed:
                if not self._changed.wait_for(lambda: peer in self._connections, timeout=20):
                    message = f"the stage on port {self.port} accepts no connections any more"
                    raise TimeoutError(message)
                del self._connections[peer]

    def _on_accept(self, peer: tuple[str, int]) -> None:
        with self._changed:
            self._connections[peer] = Connection(peer)
            self._changed.notify_all()

    def _on_name(self, sock: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        if name is None or not isinstance(sock, ssl.SSLSocket):
            return
        with self._changed:
            connection = self._connections.get(sock.getpeername())
            if connection is not None:
                connection.host = name

    def _on_proxied(self, peer: tuple[str, int], host: str) -> None:
        with self._changed:
            if peer in self._connections:
                self._connections[peer].host = host
                self._changed.notify_all()

    def _on_request(self, request: Request, cookies_set: Iterable[str]) -> None:
        with self._changed:
            self._requests.append(request)
            self._cookies_set |= {(request.host, line.partition("=")[0]) for line in cookies_set}
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, stage: Stage, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stage = stage
        self._context = context

    def get_request(self) -> tuple[socket.socket, Any]:
        sock, peer = super().get_request()
        self.stage._on_accept(peer)
        return sock, peer

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a browser that connects and says nothing must not stop the others.
        try:
            first = request.recv(1, socket.MSG_PEEK)
            if first == _SOCKS:
                self.stage._on_proxied(client_address, _agree(request))
                first = request.recv(1, socket.MSG_PEEK)
            if first == _TLS_HANDSHAKE:
                with self._context.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)
            else:
                super().finish_request(request, client_address)
        except (ConnectionError, ssl.SSLError):
            return  # the browser went away, as it does with a preconnect it has no use for


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = self.headers.get("host", "").partition(":")[0]
        address = host + parts.path
        best = max((prefix for prefix in _ANSWERS if address.startswith(prefix)), key=len, default=None)
        name, cookies = _ANSWERS[best] if best else ("", ())
        name = self.server.stage.cast.get(best or "", name)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        request = Request(
            host, parts.path, parts.query, self.command, self.headers.get("referer", ""), self._cookie_names()
        )
        self.server.stage._on_request(request, cookies)
        if self.headers.get("upgrade", "").lower() == "websocket":
            self._talk()
        elif name == "":
            self._answer(404, "text/plain", b"", ())
        elif name is None:
            self._answer(200, "image/gif", _GIF, cookies)
        else:
            file = _FILES / name
            self._answer(200, _TYPES[file.suffix], file.read_bytes(), cookies)

    do_POST = do_GET  # noqa: N815 - the base class looks methods up by these names
    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, content_type: str, body: bytes, cookies: tuple[str, ...]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "no-store")
        for cookie in cookies:
            self.send_header("Set-Cookie", f"{cookie}; Path=/; Secure; HttpOnly; SameSite=None")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _talk(self) -> None:
        """Accept a WebSocket (RFC 6455 § 4.2.2) and hold it until the browser leaves."""
        key = self.headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + _WEBSOCKET_GUID, usedforsecurity=False).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        while self.rfile.read1(4096):
            continue
        self.close_connection = True

    def _cookie_names(self) -> frozenset[str]:
        pairs = self.headers.get("cookie", "").split(";")
        return frozenset(pair.partition("=")[0].strip() for pair in pairs if pair.strip())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gives it
        """Stay silent: the record is what the tests read."""


def _agree(sock: socket.socket) -> str:
    """Take a browser's SOCKS request (RFC 1928 § 3 to 6), for whichever host, and return that host's name.

    A browser that finds hosts only through a proxy tells the name even where it connects and says nothing else.
    """
    with sock.makefile("rb", buffering=0) as stream:
        _, methods = stream.read(2)
        stream.read(methods)
        sock.sendall(b"\x05\x00")
        *_, kind = stream.read(4)
        host = stream.read(stream.read(1)[0] if kind == 3 else {1: 4, 4: 16}[kind])
        stream.read(2)
        sock.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
    return host.decode("ascii", "replace") if kind == 3 else "unknown"


def _tls(folder: Path, on_name: Any) -> ssl.SSLContext:
    """Return a context with a fresh self-signed certificate; several of these domains are HSTS-preloaded."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stage.invalid")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("stage.invalid")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "stage.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = on_name
    return context
