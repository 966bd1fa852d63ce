"""Pages of a site without any tracker, which must behave the same whatever the visitor chose.

Each calls ``done(value)`` with what it found; the tests compare that value with the bare site's.
"""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from tests.browser.techniques.technique import File

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request
    from starlette.websockets import WebSocket

_DONE = "window.done = (value) => { window.result = JSON.stringify(value) }"
_HASH = base64.b64encode(hashlib.sha256(_DONE.encode()).digest()).decode()
_STEP = "done(document.querySelectorAll('#x > *').length)"
_STEP_HASH = base64.b64encode(hashlib.sha256(_STEP.encode()).digest()).decode()
# The smallest module there is (WebAssembly Core 2 § 5.5): one function that returns 42.
_WASM = "AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw=="


@dataclass(frozen=True, slots=True)
class Benign:
    """A page and its files; ``$FILES`` stands for their folder.

    Attributes:
        id: Its name.
        body: What stands in its body.
        headers: Its headers besides the type.
        files: Its files by name.
        attributes: What stands in its first script's tag.
        media: Its Content-Type.
    """

    id: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, File] = field(default_factory=dict)
    attributes: str = ""
    media: str = "text/html; charset=utf-8"

    def source(self) -> str:
        """Return the page."""
        page = (
            f'<!DOCTYPE html><html lang="en"><head><title>{self.id}</title><script{self.attributes}>{_DONE}</script></head>'
            f'<body><div id="x"></div>{self.body}</body></html>'
        )
        return page.replace("$FILES", f"/b/{self.id}")


def _script(id: str, code: str, **more: object) -> Benign:  # noqa: A002
    return Benign(id, f"<script>{code}</script>", **more)  # type: ignore[arg-type]


def _policy(value: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Security-Policy", value),)


def _own(content: str, media: str = "text/javascript") -> dict[str, File]:
    return {"a": File(content, media)}


_DATA = (
    Benign(
        "inline-json",
        '<script type="application/json" id="d">{"url": "https://x.tracker.example/<b>"}</script>'
        "<script>done(JSON.parse(d.textContent))</script>",
    ),
    Benign(
        "inline-template",
        '<script type="text/x-template" id="d"><img src="https://x.tracker.example/a"></script>'
        "<script>done(d.textContent)</script>",
    ),
    Benign(
        "textarea",
        '<textarea id="d"><script src="https://x.tracker.example/a.js"></script></textarea>'
        "<script>done(d.value)</script>",
    ),
    Benign(
        "comment", '<p id="d"><!-- <img src="https://x.tracker.example/a"> --></p><script>done(d.innerHTML)</script>'
    ),
    Benign(
        "links",
        '<p id="d"><a href="https://x.tracker.example/a?b&amp;c" rel="nofollow">x</a></p>'
        "<script>done(d.innerHTML)</script>",
    ),
    Benign(
        "microdata",
        '<script type="application/ld+json">{"sameAs": ["https://www.stranger.example/x"]}</script>'
        "<script>done(document.querySelector('[type*=ld]').textContent)</script>",
    ),
)
_CODE = (
    Benign(
        "bundle",
        '<script src="$FILES/a" defer></script>',
        files=_own(
            "const x = document.getElementById('x'); history.pushState({}, '', '/b/bundle?view=2');"
            "x.innerHTML = '<ul>' + [1, 2, 3].map((n) => `<li>${n}</li>`).join('') + '</ul>'; done([x.innerText, location.search])\n"
            "//# sourceMappingURL=a.map"
        ),
    ),
    Benign(
        "modules",
        '<script type="module">import { two } from "$FILES/a"; done([two, await import("$FILES/b").then((m) => m.default)])'
        "</script>",
        files={"a": File("export { two } from './b'"), "b": File("export const two = 2; export default 3")},
    ),
    Benign(
        "import-map",
        '<script type="importmap">{"imports": {"own": "$FILES/a"}}</script><script type="module">'
        'import three from "own"; done(three)</script>',
        files=_own("export default 3"),
    ),
    _script(
        "worker",
        'const w = new Worker("/b/worker/a"); w.onmessage = (e) => done(e.data); w.postMessage(20)',
        files=_own("onmessage = (e) => postMessage(e.data + 1)"),
    ),
    _script(
        "worker-blob",
        "const w = new Worker(URL.createObjectURL(new Blob(['postMessage(1 + 1)']))); w.onmessage = (e) => done(e.data)",
    ),
    _script(
        "service-worker",
        'navigator.serviceWorker.register("/b/service-worker/a", { scope: "/b/service-worker/" }).then(() => '
        "navigator.serviceWorker.ready.catch(() => 0), (e) => done(String(e))); setTimeout(() => 0); "
        'navigator.serviceWorker.getRegistration("/b/service-worker/").then(async function wait(r) { if (r && r.active) return '
        'done(r.active.state === "activated" || r.active.state); setTimeout(async () => wait(await '
        'navigator.serviceWorker.getRegistration("/b/service-worker/")), 50) })',
        files=_own("self.onfetch = () => 0; self.oninstall = () => self.skipWaiting()"),
    ),
    _script(
        "wasm",
        f"WebAssembly.instantiate(Uint8Array.from(atob('{_WASM}'), (c) => c.charCodeAt(0)))"
        ".then((m) => done(m.instance.exports.f()))",
    ),
    _script("eval", "done([eval('1 + 1'), new Function('return 3')()])"),
    _script(
        "canvas",
        "const c = document.createElement('canvas'); c.getContext('2d').fillRect(0, 0, 9, 9); done(c.toDataURL().length)",
    ),
    _script(
        "blob-image",
        "const i = new Image(); i.onload = () => done(i.width); i.src = URL.createObjectURL(new Blob(["
        '\'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"></svg>\'], { type: \'image/svg+xml\' }))',
    ),
    _script(
        "custom-element",
        "customElements.define('a-b', class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: "
        "'open' }).innerHTML = '<p>x</p>'; done(this.shadowRoot.innerHTML) } }); x.innerHTML = '<a-b></a-b>'",
    ),
    Benign(
        "dialog",
        '<dialog id="d"><form method="dialog"><button value="yes">Yes</button></form></dialog><script>d.showModal(); '
        "d.onclose = () => done(d.returnValue); d.querySelector('button').click()</script>",
    ),
    _script(
        "history",
        "history.pushState(1, '', '#one'); history.pushState(2, '', '#two'); onpopstate = (e) => done([e.state, location.hash]); "
        "history.back()",
    ),
    Benign(
        "style-own",
        '<style>#x { background: url("data:image/gif;base64,R0lGODlhAQABAAAAACw="); width: 7px }</style>'
        '<link rel="stylesheet" href="$FILES/a"><script>onload = () => done([x.offsetWidth, getComputedStyle(x).color])</script>',
        files=_own("#x { color: rgb(1, 2, 3) }", "text/css"),
    ),
)
_NETWORK = (
    _script("fetch-json", 'fetch("/b/echo?a=1").then((r) => r.json()).then(done)'),
    _script(
        "fetch-fragment",
        'fetch("/b/fetch-fragment/a").then((r) => r.text()).then((t) => { x.innerHTML = t; done(t) })',
        files=_own('<li>one<li>two<a href="https://x.tracker.example">x</a>', "text/html"),
    ),
    _script(
        "upload",
        "const f = new FormData(); f.append('file', new Blob(['x'.repeat(5000)]), 'a.txt'); "
        "fetch('/b/echo', { method: 'POST', body: f }).then((r) => r.json()).then((d) => done(d.length > 5000))",
    ),
    Benign(
        "form-frame",
        '<iframe name="t" title="x"></iframe><form id="f" target="t" method="post" action="/b/landing"><input name="q" '
        'value="é"></form><script>document.querySelector("iframe").onload = (e) => { const b = e.target.contentDocument.body; '
        "if (b && b.innerText) done(b.innerText) }; f.submit()</script>",
    ),
    Benign(
        "own-frame",
        '<iframe id="t" title="x" src="$FILES/a"></iframe><script>onmessage = (e) => done(e.data)</script>',
        files=_own(
            "<script>parent.postMessage([document.body === null, location.pathname], '*')</script>", "text/html"
        ),
    ),
    Benign(
        "srcdoc-own",
        '<iframe title="x" srcdoc="<p>hi</p><script>parent.done(document.querySelector(\'p\').outerHTML)</script>"></iframe>',
    ),
    _script(
        "download",
        'fetch("/b/file.bin").then(async (r) => done([r.headers.get("content-disposition"), r.headers.get("content-length"), '
        "(await r.arrayBuffer()).byteLength]))",
    ),
    _script(
        "range",
        'fetch("/b/file.bin", { headers: { range: "bytes=0-9" } }).then(async (r) => done((await r.arrayBuffer()).byteLength))',
    ),
    _script(
        "websocket",
        'const s = new WebSocket(`ws://${location.host}/b/socket`); s.onopen = () => s.send("ping"); s.onmessage = (e) => '
        "{ done(e.data); s.close() }",
    ),
    _script(
        "event-source",
        'const s = new EventSource("/b/events"), seen = []; s.onmessage = (e) => { seen.push(e.data); if (seen.length === 3) '
        "{ s.close(); done(seen) } }",
    ),
    _script("streamed", 'fetch("/b/stream").then((r) => r.text()).then((t) => done([t.length, t.slice(-9)]))'),
    _script(
        "redirected",
        'fetch("/b/away").then(async (r) => done([r.redirected, new URL(r.url).pathname, await r.json()]))',
    ),
    _script(
        "etag",
        'fetch("/b/tagged").then(() => fetch("/b/tagged", { cache: "no-cache" })).then(async (r) => done([r.status, await r.text()]))',
    ),
    _script(
        "cookie-declared",
        'document.cookie = "basket=3; path=/"; fetch("/b/cookies").then((r) => r.json()).then((d) => '
        "done([d.basket, document.cookie.includes('basket=3')]))",
    ),
    _script(
        "storage-declared",
        "localStorage.panel = 'open'; sessionStorage.step = '2'; done([localStorage.panel, sessionStorage.step])",
    ),
    _script(
        "font-data", "new FontFace('own', 'url(/b/none.woff2)').load().then(() => done('loaded'), (e) => done(e.name))"
    ),
    _script("beacon", "done(navigator.sendBeacon('/b/echo', 'x'))"),
)
_POLICIES = (
    Benign(
        "policy-nonce",
        f'<script nonce="abc">{_STEP}</script>',
        _policy("script-src 'nonce-abc'"),
        attributes=' nonce="abc"',
    ),
    Benign("policy-hash", f"<script>{_STEP}</script>", _policy(f"script-src 'sha256-{_HASH}' 'sha256-{_STEP_HASH}'")),
    Benign(
        "policy-strict-dynamic",
        "<script nonce=\"abc\">const s = document.createElement('script'); s.src = '/b/policy-strict-dynamic/a'; "
        "document.head.append(s)</script>",
        _policy("script-src 'nonce-abc' 'strict-dynamic'"),
        _own("done('loaded')"),
        ' nonce="abc"',
    ),
    Benign(
        "policy-trusted-types",
        '<script nonce="abc">let refused = false; try { x.innerHTML = "<p>" } catch { refused = true }'
        "const p = trustedTypes.createPolicy('own', { createHTML: (s) => s }); x.innerHTML = p.createHTML('<p>'); "
        "done([refused, x.children.length])</script>",
        _policy("script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types own"),
        attributes=' nonce="abc"',
    ),
    Benign(
        "policy-meta", f'<meta http-equiv="Content-Security-Policy" content="img-src \'none\'"><script>{_STEP}</script>'
    ),
    Benign("policy-sandbox", f"<script>{_STEP}</script>", _policy("sandbox allow-scripts")),
)
PAGES = (*_DATA, *_CODE, *_NETWORK, *_POLICIES)
_TABLE = {page.id: page for page in PAGES}


async def _page(request: Request) -> Response:
    page = _TABLE.get(request.path_params["id"])
    if page is None:
        return PlainTextResponse("no such page", 404)
    return Response(page.source(), headers=dict(page.headers), media_type=page.media)


async def _file(request: Request) -> Response:
    page = _TABLE.get(request.path_params["id"])
    part = page and page.files.get(request.path_params["name"])
    return Response(part.content, media_type=part.media) if part else PlainTextResponse("no such file", 404)


async def _echo(request: Request) -> Response:
    return JSONResponse({"query": dict(request.query_params), "length": len(await request.body())})


async def _landing(request: Request) -> Response:
    return Response(f"<!DOCTYPE html><title>Sent</title><p>{(await request.body()).decode()}", media_type="text/html")


async def _cookies(request: Request) -> Response:
    return JSONResponse(request.cookies)


async def _binary(request: Request) -> Response:
    content = bytes(range(256)) * 40
    if request.headers.get("range") == "bytes=0-9":
        return Response(content[:10], 206, {"content-range": f"bytes 0-9/{len(content)}"}, "application/octet-stream")
    return Response(
        content, headers={"content-disposition": 'attachment; filename="a.bin"'}, media_type="application/zip"
    )


async def _away(_: Request) -> Response:
    return RedirectResponse("/b/echo?from=away", 303)


async def _tagged(request: Request) -> Response:
    headers = {"etag": '"one"', "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == '"one"':
        return Response(status_code=304, headers=headers)
    return PlainTextResponse("tagged", headers=headers)


async def _pieces(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(200):
            yield b"<p>%d</p>" % number
            await asyncio.sleep(0)
        yield b"<p>end</p>"

    return StreamingResponse(pieces(), media_type="text/plain")


async def _events(_: Request) -> Response:
    return PlainTextResponse("data: 1\n\ndata: 2\n\ndata: 3\n\n", media_type="text/event-stream")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("heard " + await socket.receive_text())
    await socket.close()


ROUTES: list[BaseRoute] = [
    Route("/echo", _echo, methods=["GET", "POST"]),
    Route("/landing", _landing, methods=["POST"]),
    Route("/cookies", _cookies),
    Route("/file.bin", _binary),
    Route("/away", _away),
    Route("/tagged", _tagged),
    Route("/stream", _pieces),
    Route("/events", _events),
    WebSocketRoute("/socket", _socket),
    Route("/{id}", _page),
    Route("/{id}/{name}", _file),
]
