"""What only the browser can see: requests made at run time, with the tracker's name put together there."""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, NOWHERE, File, Technique, Visible

_CSP = Visible.CSP


def _code(id: str, code: str, **more: object) -> Technique:  # noqa: A002
    """Return an inline script; ``host`` and ``url`` are at its disposal."""
    body = f'<div id="x"></div><script>const host = $SPLIT, url = "https://" + host + "/a"; {code}</script>'
    return Technique(id, _CSP, body, **more)  # type: ignore[arg-type]


# Fetch 5, XMLHttpRequest, Beacon, WebSockets, HTML 9.2 (EventSource), WebTransport, WebRTC.
_REQUESTS = (
    _code("js-fetch", "fetch(url).catch(() => 0)"),
    _code(
        "js-fetch-no-cors", 'fetch(url, { mode: "no-cors", keepalive: true, method: "POST", body: "x" }).catch(() => 0)'
    ),
    _code("js-xhr", 'const r = new XMLHttpRequest(); r.open("GET", url); r.send()'),
    _code("js-xhr-sync", 'const r = new XMLHttpRequest(); r.open("GET", url, false); try { r.send() } catch {}'),
    _code("js-beacon", 'navigator.sendBeacon(url, "x")'),
    _code("js-websocket", 'new WebSocket("wss://" + host + "/a")'),
    _code("js-websocket-plain", 'try { new WebSocket("ws://" + host + "/a") } catch {}'),
    _code("js-event-source", "new EventSource(url)"),
    _code("js-fetch-later", 'fetchLater(url, { method: "POST", body: "x", activateAfter: 0 })', browsers=CHROMIUM),
)

# HTML 3.1.6 and 8.4 (document.write, innerHTML), DOM 4.4, DOM Parsing.
_MARKUP = (
    _code("js-image", "new Image().src = url"),
    _code("js-audio", 'new Audio(url).preload = "auto"'),
    _code("js-write-script", 'document.write("<script src=" + url + "></scr" + "ipt>")'),
    _code("js-write-img", 'document.write("<img src=" + url + ">")'),
    _code("js-inner-html", 'x.innerHTML = "<img src=" + url + ">"'),
    _code("js-outer-html", 'x.outerHTML = "<iframe src=" + url + "></iframe>"'),
    _code("js-insert-adjacent", 'x.insertAdjacentHTML("afterend", "<object data=" + url + "></object>")'),
    _code(
        "js-fragment",
        'x.append(document.createRange().createContextualFragment("<script src=" + url + "></scr" + "ipt>"))',
    ),
    _code("js-set-unsafe", 'x.setHTMLUnsafe("<p><template shadowrootmode=open><img src=" + url + "></template></p>")'),
    _code(
        "js-parser", 'x.append(new DOMParser().parseFromString("<img src=" + url + ">", "text/html").body.firstChild)'
    ),
    _code("js-srcdoc", 'const f = document.createElement("iframe"); f.srcdoc = "<img src=" + url + ">"; x.append(f)'),
    _code(
        "js-svg-image",
        'const i = document.createElementNS("http://www.w3.org/2000/svg", "image"); i.setAttribute("href", url); '
        'const s = document.createElementNS("http://www.w3.org/2000/svg", "svg"); s.append(i); x.append(s)',
    ),
    _code(
        "js-template",
        'const t = document.createElement("template"); t.innerHTML = "<img src=" + url + ">"; x.append(t.content)',
    ),
    _code(
        "js-blank-frame",
        'const f = document.createElement("iframe"); x.append(f); new f.contentWindow.Image().src = url',
    ),
    _code(
        "js-blank-fetch",
        'const f = document.createElement("iframe"); x.append(f); f.contentWindow.fetch(url).catch(() => 0)',
    ),
)


def _element(name: str, attributes: dict[str, str], **more: object) -> Technique:
    """Return a technique that makes an element at run time."""
    sets = "; ".join(f'e.setAttribute("{key}", {value})' for key, value in attributes.items())
    suffix = attributes.get("rel", "").strip('"') or name
    return _code(
        f"js-element-{suffix}", f'const e = document.createElement("{name}"); {sets}; document.body.append(e)', **more
    )


_ELEMENTS = (
    _element("script", {"src": "url"}),
    _element("iframe", {"src": "url"}),
    _element("object", {"data": "url"}),
    _element("embed", {"src": "url", "type": '"text/html"'}),
    _element("video", {"poster": "url"}),
    _element("link", {"rel": '"stylesheet"', "href": "url"}),
    _element("link", {"rel": '"preload"', "as": '"script"', "href": "url"}),
    _element("link", {"rel": '"modulepreload"', "href": "url"}),
    _element("link", {"rel": '"prefetch"', "href": "url"}),
    _element("link", {"rel": '"preconnect"', "href": "url"}, governed=False, browsers=NOWHERE),
    _code(
        "js-base",
        'const b = document.createElement("base"); b.href = url; document.head.prepend(b); x.innerHTML = "<img src=b.gif>"',
    ),
    _code("js-form", 'const f = document.createElement("form"); f.action = url; x.append(f); f.submit()'),
    _code(
        "js-form-button",
        'x.innerHTML = `<form><button formaction="${url}">x</button></form>`; x.querySelector("button").click()',
    ),
    _code(
        "js-ping", 'x.innerHTML = `<a href="#y" ping="${url}">x</a>`; x.querySelector("a").click()', browsers=CHROMIUM
    ),
    _code(
        "js-speculation-rules",
        'const s = document.createElement("script"); s.type = "speculationrules"; '
        "s.textContent = JSON.stringify({ prefetch: [{ urls: [url] }] }); document.head.append(s)",
        governed=False,
        browsers=CHROMIUM,
    ),
    _code(
        "js-import-map",
        'const m = document.createElement("script"); m.type = "importmap"; m.textContent = JSON.stringify({ imports: { ad: url } }); '
        'document.head.append(m); import("ad").catch(() => 0)',
    ),
    _code(
        "js-meta-refresh",
        'const m = document.createElement("meta"); m.httpEquiv = "refresh"; m.content = "0;url=" + url; document.head.append(m)',
        governed=False,
    ),
)

# ECMA-262 19.2.1 (eval), 20.2.1 (Function); HTML 8.6 (timers), 8.1.4 (import()), 7.4.2.3.2 (javascript: URLs).
_CODE = (
    _code("js-eval", 'eval("new Image().src = url")'),
    _code("js-indirect-eval", "(0, eval)(`fetch('${url}').catch(() => 0)`)"),
    _code("js-function", "new Function('u', 'new Image().src = u')(url)"),
    _code("js-timer-string", "setTimeout(`new Image().src = '${url}'`, 0)"),
    _code("js-import", "import(url).catch(() => 0)"),
    _code("js-handler-attribute", 'x.setAttribute("onclick", "new Image().src = url"); x.click()'),
    _code(
        "js-url-link",
        "x.innerHTML = `<a href=\"javascript:void(new Image().src='${url}')\">x</a>`; x.firstChild.click()",
    ),
    _code(
        "js-url-frame",
        'const f = document.createElement("iframe"); f.src = `javascript:"<img src=${url}>"`; x.append(f)',
    ),
    _code(
        "js-blob-script",
        'const s = document.createElement("script"); s.src = URL.createObjectURL(new Blob([`new Image().src = "${url}"`])); x.append(s)',
    ),
    _code(
        "js-blob-module",
        'import(URL.createObjectURL(new Blob([`import "${url}"`], { type: "text/javascript" }))).catch(() => 0)',
    ),
    _code(
        "js-blob-frame",
        'const f = document.createElement("iframe"); f.src = URL.createObjectURL(new Blob([`<img src=${url}>`], { type: "text/html" })); '
        "x.append(f)",
    ),
    _code(
        "js-data-frame",
        'const f = document.createElement("iframe"); f.src = "data:text/html,<img src=" + url + ">"; x.append(f)',
    ),
    _code("js-data-import", 'import("data:text/javascript,import \'" + url + "\'").catch(() => 0)'),
)

# HTML 10.2 (workers), Service Workers 1, CSS Painting, Web Audio.
_FETCH = "fetch('https://' + $SPLIT + '/a').catch(() => 0)"
_WORKERS = (
    _code("worker-blob-fetch", 'new Worker(URL.createObjectURL(new Blob([`fetch("${url}").catch(() => 0)`])))'),
    _code("worker-blob-import", 'new Worker(URL.createObjectURL(new Blob([`importScripts("${url}")`])))'),
    _code("worker-data", 'new Worker("data:text/javascript,fetch(\'" + url + "\').catch(() => 0)")'),
    _code("worker-shared", 'new SharedWorker("data:text/javascript,fetch(\'" + url + "\').catch(() => 0)")'),
    _code("worker-socket", 'new Worker(URL.createObjectURL(new Blob([`new WebSocket("wss://${host}/a")`])))'),
    Technique("worker-own-fetch", _CSP, '<script>new Worker("$FILES/a.js")</script>', files={"a.js": File(_FETCH)}),
    Technique(
        "worker-own-import",
        _CSP,
        '<script>new Worker("$FILES/a.js")</script>',
        files={"a.js": File("importScripts('https://' + $SPLIT + '/a.js')")},
    ),
    Technique(
        "worker-own-module",
        _CSP,
        '<script>new Worker("$FILES/a.js", { type: "module" })</script>',
        files={"a.js": File("import 'https://$HOST/a.js'")},
    ),
    Technique(
        "worker-own-shared", _CSP, '<script>new SharedWorker("$FILES/a.js")</script>', files={"a.js": File(_FETCH)}
    ),
    Technique(
        "service-worker",
        _CSP,
        '<script>navigator.serviceWorker.register("$FILES/a.js", { scope: "$FILES/" })</script>',
        files={"a.js": File(f"self.oninstall = (e) => e.waitUntil({_FETCH})")},
    ),
    _code("worklet-audio", "new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule(url).catch(() => 0)"),
    _code("worklet-paint", "CSS.paintWorklet.addModule(url).catch(() => 0)", browsers=CHROMIUM),
)


def _own(id: str, code: str, tag: str = "<script src='$FILES/a.js'></script>", **more: object) -> Technique:  # noqa: A002
    return Technique(id, _CSP, tag, files={"a.js": File(code)}, **more)  # type: ignore[arg-type]


# Scripts of the site's own that pull a tracker: their text isn't read, so the host stands in it plainly.
_FILES = (
    _own("own-js-image", "new Image().src = 'https://$HOST/a.gif'"),
    _own(
        "own-js-script",
        "document.head.append(Object.assign(document.createElement('script'), { src: 'https://$HOST/a.js' }))",
    ),
    _own("own-js-fetch", "fetch('https://$HOST/a').catch(() => 0)"),
    _own("own-js-beacon", "addEventListener('load', () => navigator.sendBeacon('https://$HOST/a', 'x'))"),
    _own("own-js-write", "document.write('<script src=\"https://$HOST/a.js\"></scr' + 'ipt>')"),
    _own("own-js-later", "requestIdleCallback(() => { new Image().src = 'https://$HOST/a.gif' })"),
    _own("own-module", "import 'https://$HOST/a.js'", "<script type='module' src='$FILES/a.js'></script>"),
    _own(
        "own-module-json",
        "import d from 'https://$HOST/a.json' with { type: 'json' }",
        "<script type='module' src='$FILES/a.js'></script>",
    ),
    _own(
        "own-module-preloaded",
        "import 'https://$HOST/a.js'",
        "<link rel='modulepreload' href='$FILES/a.js'><script type='module' src='$FILES/a.js'></script>",
    ),
)

SCRIPTS = (*_REQUESTS, *_MARKUP, *_ELEMENTS, *_CODE, *_WORKERS, *_FILES)
