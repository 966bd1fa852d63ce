"""Every server: what it makes of our messages, read by a client that forgives nothing (T21, T22, T24, T25, T28)."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import h11
import httpx
import pytest
from tests.integration.answering import FIRST, PAGE, SECOND, TEXT
from tests.integration.conftest import serving
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TRACKER = b' src="https://www.googletagmanager.com/gtag/js'
TOKEN = "integration-token-integration-token"
SERVERS: dict[str, Callable[[int], list[str]]] = {
    "uvicorn with httptools": lambda port: ["uvicorn", "--http", "httptools", "--port", f"{port}", "answering:app"],
    "uvicorn with h11": lambda port: ["uvicorn", "--http", "h11", "--port", f"{port}", "answering:app"],
    "hypercorn": lambda port: ["hypercorn", "--bind", f"127.0.0.1:{port}", "answering:app"],
    "granian": lambda port: ["granian", "--interface", "asgi", "--port", f"{port}", "answering:app"],
    "daphne": lambda port: ["daphne", "--port", f"{port}", "answering:app"],
}
# What servers put in by themselves.
OF_SERVERS = frozenset({b"date", b"server", b"connection", b"keep-alive", b"transfer-encoding"})
# What consentkit changes in answers that are no pages: cookies, and for what a browser may show, the second wall.
NAMED = frozenset({b"set-cookie", b"content-security-policy", b"reporting-endpoints"})
DOCUMENT = ("Sec-Fetch-Dest", "document")
FETCH = ("Sec-Fetch-Dest", "empty")


class Answer(NamedTuple):
    """One answer, read to its end."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    hints: list[bytes]
    surplus: bytes

    def header(self, name: bytes) -> bytes | None:
        return dict(self.headers).get(name)

    def own(self) -> list[tuple[bytes, bytes]]:
        """Return the headers the application sent."""
        parted = (b"content-type", b"multipart/byteranges")
        headers = (
            (name, value.partition(b";")[0] if (name, value[:20]) == parted else value) for name, value in self.headers
        )
        return sorted(field for field in headers if field[0] not in OF_SERVERS)


def _same_boundary(head: h11.Response, body: bytes) -> bytes:
    """Return a body with its parts parted as every other, not at random."""
    _, _, boundary = dict(head.headers).get(b"content-type", b"").partition(b"boundary=")
    return body.replace(boundary, b"boundary") if boundary else body


class Client:
    """A connection that is kept alive, read by h11: a byte too few or too many, or a body where none may be, raises."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._h11 = h11.Connection(h11.CLIENT)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def ask(
        self, method: str, path: str, *headers: tuple[str, str], body: bytes = b"", host: str = "127.0.0.1"
    ) -> Answer:
        """Ask and read the whole answer."""
        fields = [("Host", host), *headers, *([("Content-Length", str(len(body)))] if body else [])]
        self._send(h11.Request(method=method, target=path, headers=fields))
        waits = ("Expect", "100-continue") in headers
        if not waits:
            self._send(h11.Data(data=body), h11.EndOfMessage())
        hints, head, content = [], h11.Response(status_code=599, headers=[]), bytearray()
        while not isinstance(event := self._next(), h11.EndOfMessage):
            if isinstance(event, h11.InformationalResponse):
                hints += [value for name, value in event.headers if name == b"link"]
                if event.status_code == 100:
                    self._send(h11.Data(data=body), h11.EndOfMessage())
            elif isinstance(event, h11.Response):
                head = event
            else:
                assert isinstance(event, h11.Data), event
                content += event.data
        surplus, _ = self._h11.trailing_data
        if self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()
        return Answer(head.status_code, list(head.headers), _same_boundary(head, bytes(content)), hints, surplus)

    def until(self, path: str, text: bytes) -> bytes:
        """Ask for a stream and return what came of its body when a text was in it."""
        self._send(h11.Request(method="GET", target=path, headers=[("Host", "127.0.0.1")]), h11.EndOfMessage())
        content = b""
        while text not in content:
            event = self._next()
            assert not isinstance(event, h11.EndOfMessage), f"{text!r} never came"
            content += event.data if isinstance(event, h11.Data) else b""
        return content

    def rest(self) -> bytes:
        """Return the rest of a stream."""
        content = b""
        while isinstance(event := self._next(), h11.Data):
            content += event.data
        assert isinstance(event, h11.EndOfMessage)
        return content

    def _send(self, *events: Any) -> None:
        self._socket.sendall(b"".join(self._h11.send(event) or b"" for event in events))

    def _next(self) -> Any:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            self._h11.receive_data(self._socket.recv(65_536))
        return event


@contextlib.contextmanager
def running(server: str, folder: Path, *, governed: bool) -> Iterator[int]:
    """Run a server as a command and give its port; it is stopped as an operator stops it, and must then end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    # Starlette lists the methods of a route in the order of a set.
    environment = {"ANSWERING_FOLDER": str(folder), "PYTHONHASHSEED": "0"}
    if governed:
        environment |= {
            "CONSENTKIT_MANIFEST": str(HERE / "consent.yaml"),
            "CONSENTKIT_SECRET_KEY": "integration-key-integration-key-integration",
            "CONSENTKIT_DATABASE": f"sqlite:///{folder}/consent.db",
            "CONSENTKIT_AUDIT_TOKENS": TOKEN,
        }
    with serving([sys.executable, "-m", *SERVERS[server](port)], port, folder / f"{port}.txt", environment):
        yield port


class Sites(NamedTuple):
    """The ports of one site without consentkit and with it."""

    bare: int
    governed: int


@pytest.fixture(scope="module", params=SERVERS)
def sites(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """One server running the site bare and governed."""
    folder = tmp_path_factory.mktemp("answering")
    (folder / "page.html").write_text(PAGE)
    (folder / "text.txt").write_text(TEXT)
    with running(request.param, folder, governed=False) as bare, running(request.param, folder, governed=True) as ours:
        yield Sites(bare, ours)


def both(sites: Sites, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> tuple[Answer, Answer]:
    """Ask both sites, and each for something else on the same connection: it must be found where it begins.

    Daphne sends what a site streams even for HEAD; no other answer of a server by itself is wrong.
    """
    answers = []
    for port in sites:
        with Client(port) as client:
            answer = client.ask(method, path, *headers, body=body)
            answers.append(answer)
            if answer.surplus:
                assert (method, answers[0].surplus[:1]) == ("HEAD", answer.surplus[:1])
            elif answer.header(b"connection") != b"close":
                assert client.ask("GET", "/data").body == b'{"shop":"open"}'
    return answers[0], answers[1]


DATA = [
    ("GET", "/data"),
    ("HEAD", "/data"),
    ("GET", "/nothing"),
    ("HEAD", "/nothing"),
    ("GET", "/empty/204"),
    ("GET", "/empty/205"),
    ("GET", "/versioned/text"),
    ("GET", "/versioned/text", ("If-None-Match", '"v1"')),
    ("HEAD", "/versioned/text"),
    ("GET", "/file/text.txt"),
    ("HEAD", "/file/text.txt"),
    ("GET", "/file/text.txt", ("Range", "bytes=10-29")),
    ("GET", "/file/text.txt", ("Range", "bytes=0-4,10-14")),
    ("GET", "/file/text.txt", ("Range", "bytes=9999999-")),
    ("GET", "/streamed/text"),
    ("HEAD", "/streamed/text"),
    ("GET", "/away"),
    ("GET", "/missing"),
    ("POST", "/data"),
    ("OPTIONS", "/data"),
]


@pytest.mark.parametrize("asked", DATA, ids=lambda asked: " ".join(map(str, asked)))
def test_what_is_no_page_is_the_same(sites: Sites, asked: Any) -> None:
    """Status, headers and body are those of the bare site, in a shape a strict client takes (T21)."""
    method, path, *headers = asked
    bare, governed = both(sites, method, path, *headers, FETCH)

    assert governed.status == bare.status
    assert governed.body == bare.body
    assert [field for field in governed.own() if field[0] not in NAMED] == [
        field for field in bare.own() if field[0] not in NAMED
    ]


@pytest.mark.parametrize("path", ["/", "/streamed/page", "/file/page.html", "/versioned/page", "/hinted"])
def test_a_page_is_gated_whole(sites: Sites, path: str) -> None:
    """Gated under the wall, with a length that is right or none; HEAD answers as GET does, without a body (T21)."""
    bare, page = both(sites, "GET", path, DOCUMENT)
    _, head = both(sites, "HEAD", path, DOCUMENT)

    assert (bare.status, page.status, head.status) == (200, 200, 200)
    assert TRACKER in bare.body
    assert TRACKER not in page.body
    assert b'id="consentkit"' in page.body
    assert page.body.endswith(bare.body[-100:])
    assert page.header(b"content-security-policy")
    assert head.body == b""
    lengths = {b"content-length"}
    assert [field for field in head.own() if field[0] not in lengths] == [
        field for field in page.own() if field[0] not in lengths
    ]
    assert head.header(b"content-length") in {None, str(len(page.body)).encode()}


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example/_consent/notice?", "127.0.0.1:1/_consent/notice#"])
@pytest.mark.parametrize(
    "target",
    [
        "/below/",
        "/below//_consent/notice",
        "/below/%2e%2e/_consent/notice",
        "/below/..%2f_consent/notice",
        "/below/../_consent/notice",
        "/below/%00/_consent/",
        "/below/?/_consent/notice",
        "/below/;/_consent/notice",
        "http://evil.example/below/_consent/notice",
        "http://evil.example/_consent/../below/",
    ],
)
def test_no_address_leads_past_the_gate(sites: Sites, target: str, host: str) -> None:
    """However a page is asked for, it comes gated, or a server refuses; neither Host nor target opens a way (T28)."""
    with Client(sites.governed) as client:
        answer = client.ask("GET", target, DOCUMENT, host=host)
    assert TRACKER not in answer.body
    assert answer.status == 200 or answer.status >= 400
    assert (b'id="consentkit"' in answer.body) is (answer.status == 200)


def test_a_page_not_modified_carries_the_wall(sites: Sites) -> None:
    """The browser's copy is valid for the decision it was made for, and 304 has no body (T21)."""
    _, page = both(sites, "GET", "/versioned/page", DOCUMENT)
    tag = (page.header(b"etag") or b"").decode()
    _, unchanged = both(sites, "GET", "/versioned/page", DOCUMENT, ("If-None-Match", tag))
    _, of_the_site = both(sites, "GET", "/versioned/page", DOCUMENT, ("If-None-Match", '"v1"'))

    assert (unchanged.status, unchanged.body) == (304, b"")
    assert unchanged.header(b"content-security-policy") == page.header(b"content-security-policy")
    assert of_the_site.status == 200
    assert TRACKER not in of_the_site.body


def test_a_part_of_a_page_is_never_served_ungated(sites: Sites) -> None:
    """A range of a page comes whole and gated where a document is asked for, and under the wall elsewhere (T21)."""
    _, document = both(sites, "GET", "/file/page.html", DOCUMENT, ("Range", "bytes=0-200"))
    _, fetched = both(sites, "GET", "/file/page.html", FETCH, ("Range", "bytes=0-200"))

    assert document.status == 200
    assert TRACKER not in document.body
    assert (fetched.status, len(fetched.body)) == (206, 201)
    assert fetched.header(b"content-security-policy")


@pytest.mark.parametrize("headers", [(), (("Expect", "100-continue"),)])
def test_a_body_reaches_the_site(sites: Sites, headers: Sequence[tuple[str, str]]) -> None:
    """What is posted arrives whole, waited for or not."""
    body = bytes(range(256)) * 1_000
    bare, governed = both(sites, "POST", "/echo", *headers, body=body)
    assert governed.body == bare.body == body


def test_early_hints_lead_to_nobody_blocked(sites: Sites) -> None:
    """Where a server sends hints, those to a third party are left out, and the site's own stay (T24)."""
    bare, governed = both(sites, "GET", "/hinted", DOCUMENT)
    if bare.hints:
        assert any(b"googletagmanager" in hint for hint in bare.hints)
        assert any(b"/style.css" in hint for hint in governed.hints)
    assert not any(b"googletagmanager" in hint for hint in governed.hints)


@pytest.mark.parametrize("kind", ["page", "events"])
def test_nothing_of_a_stream_is_held(sites: Sites, kind: str) -> None:
    """A part arrives before the next is made: the site makes it only once the client has the first (T22)."""
    with Client(sites.governed) as client, Client(sites.governed) as other:
        begin = client.until(f"/slow/{kind}", FIRST.encode())
        assert SECOND.encode() not in begin
        assert other.ask("POST", "/release").status == 204
        rest = client.rest()
    assert SECOND.encode() in rest
    assert (TRACKER in begin + rest) is False


def test_a_websocket_talks(sites: Sites) -> None:
    """Messages pass; a cookie nobody declared isn't set by the handshake (T25)."""
    cookies = []
    for port in sites:
        with connect(f"ws://127.0.0.1:{port}/socket") as websocket:
            websocket.send("abc")
            assert websocket.recv(30) == "cba"
            assert websocket.response is not None
            cookies.append(websocket.response.headers.get_all("set-cookie"))
    # Granian and Daphne leave out the headers of a handshake.
    assert cookies in ([["session=1", "undeclared=1"], ["session=1"]], [[], []])


def test_choices_are_kept(sites: Sites) -> None:
    """Accepting opens the page, withdrawing closes it; both are kept, and what expires is swept (T25).

    Daphne runs no lifespan.
    """
    address = f"http://127.0.0.1:{sites.governed}"
    ours = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json", "Origin": address}
    with httpx.Client(base_url=address) as browser:
        for action, open_ in (("accept", True), ("withdraw", False)):
            answer = browser.post("/_consent/choice", data={"action": action}, headers=ours)
            assert answer.status_code == 200, answer.text
            assert answer.json()["receipt"]
            assert (TRACKER in browser.get("/").content) is open_
        log = browser.get("/_consent/log", headers={"Authorization": f"Bearer {TOKEN}"}).json()
        assert len(log["items"]) == 2
        deadline = time.monotonic() + 60
        while browser.get("/_consent/health").json()["sweep"]["last"] is None:
            assert time.monotonic() < deadline, "nothing is swept"
            time.sleep(0.05)


@pytest.mark.parametrize("sites", ["hypercorn"], indirect=True)
def test_http_2(sites: Sites) -> None:
    """The same over HTTP/2, where a browser's cookies come on lines of their own (RFC 9113 section 8.2.3)."""
    address = f"http://127.0.0.1:{sites.governed}"
    ours = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json", "Origin": address}
    with httpx.Client(base_url=address, http1=False, http2=True) as browser:
        page = browser.get("/")
        assert page.http_version == "HTTP/2"
        assert TRACKER not in page.content
        assert int(page.headers["content-length"]) == len(page.content)
        assert "content-length" in browser.head("/").headers
        assert browser.get("/data").json() == {"shop": "open"}
        browser.post("/_consent/choice", data={"action": "accept"}, headers=ours)
        choice = next(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar if "consentkit" in cookie.name)
        browser.cookies.clear()
        crumbs = [("cookie", "session=1"), ("cookie", choice), ("cookie", "other=2")]
        assert TRACKER in browser.get("/", headers=crumbs).content
