"""What newer standards add: ways to fetch, and places to write an address, beside those of the other tables."""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

from dataclasses import replace

from tests.browser.techniques.technique import BOTH, CHROMIUM, FIREFOX, File, Technique, Visible, group

_HTML, _CSP, _HEADER = Visible.HTML, Visible.CSP, Visible.HEADER

# HTML 7.6 (speculation rules): prerendering, links of the page, escapes of JSON, and rules in a file of the site's own.
_SPECULATION = (
    *(
        Technique(
            id, _HTML, f'<script type="speculationrules">{rules}</script>{more}', governed=False, browsers=CHROMIUM
        )
        for id, rules, more in (  # noqa: A001
            ("speculation-json-escape", r'{"prefetch": [{"urls": ["https:\u002f\u002f$HOST\u002fa"]}]}', ""),
            (
                "speculation-document",
                '{"prefetch": [{"where": {"selector_matches": "a"}, "eagerness": "immediate"}]}',
                '<a href="https://$HOST/a">A link</a>',
            ),
            (
                "speculation-not",
                '{"prefetch": [{"where": {"not": {"href_matches": "/x"}}, "eagerness": "immediate"}]}',
                '<a href="https://$HOST/a">A link</a>',
            ),
        )
    ),
    Technique(
        "speculation-own-document",
        _CSP,
        '<a href="https://$HOST/a">A link</a>',
        headers=(("Speculation-Rules", '"$FILES/rules.json"'),),
        files={
            "rules.json": File(
                '{"prefetch": [{"where": {"selector_matches": "a"}, "eagerness": "immediate"}]}',
                "application/speculationrules+json",
            )
        },
        governed=False,
        browsers=CHROMIUM,
    ),
    Technique(
        "js-speculation-fragment",
        _CSP,
        '<div id="x"></div><script>x.append(document.createRange().createContextualFragment(`<p><script type=speculationrules>'
        '{"prefetch": [{"urls": ["https://${$SPLIT}/a"]}]}</scr` + `ipt></p>`))</script>',
        governed=False,
        browsers=CHROMIUM,
    ),
)

# WHATWG HTML 13.2.6.4: a parser that looks ahead has no tree.
_AHEAD = (
    Technique(
        "ahead-svg-cdata",
        _HTML,
        '<svg><desc><![CDATA[><img src="https://$HOST/a.gif">]]></desc></svg>',
        browsers=CHROMIUM,
    ),
    Technique(
        "ahead-svg-title",
        _HTML,
        '<svg><title><!--</title><img src="https://$HOST/a.gif">--></title></svg>',
        browsers=CHROMIUM,
    ),
    Technique(
        "ahead-svg-script",
        _HTML,
        '<svg><script><!--</script><img src="https://$HOST/a.gif">--></script></svg>',
        browsers=CHROMIUM,
    ),
    Technique(
        "ahead-math-xmp",
        _HTML,
        '<math><xmp><!--</xmp><img src="https://$HOST/a.gif">--></xmp></math>',
        browsers=CHROMIUM,
    ),
    Technique(
        "ahead-comment-import",
        _HTML,
        "<svg><style>/*<!--*/@import 'https://$HOST/a.css';/*-->*/</style></svg>",
        browsers=CHROMIUM,
    ),
)

# SVG 2, Filter Effects, SMIL: what draws from elsewhere.
_SVG = group(
    _HTML,
    (
        "svg-script-comment",
        "<svg><script>new Image().src = 'https://svg-script-comment.tra<!-- -->cker.example/a.gif'</script></svg>",
    ),
    (
        "svg-script-mixed",
        "<svg><script>new Image().src = 'https://svg-script-mixed.<![CDATA[tracker]]>&period;example/a.gif'</script></svg>",
    ),
    ("svg-style-cdata", "<svg><style><![CDATA[@import 'https://$HOST/a.css';]]></style></svg>"),
    ("svg-style-comment", "<svg><style>@import 'https:<!-- -->//$HOST/a.css';</style></svg>"),
    ("svg-mask-attribute", '<svg><rect width="9" height="9" mask="url(https://$HOST/a.svg#x)"/></svg>'),
)

_SVG_IN_CHROMIUM = group(
    _HTML,
    ("svg-image-style", '<svg><rect width="9" height="9" style="fill: url(https://$HOST/a.svg#x)"/></svg>'),
    ("svg-clip-path", '<svg><rect width="9" height="9" clip-path="url(https://$HOST/a.svg#x)"/></svg>'),
    ("svg-marker", '<svg><path d="M0 0L9 9" stroke="red" marker-end="url(https://$HOST/a.svg#x)"/></svg>'),
    browsers=CHROMIUM,
)


def _sheet(id: str, css: str, browsers: frozenset[str] = BOTH) -> Technique:  # noqa: A002
    return Technique(id, _HTML, '<div class="x">x</div>', head=f"<style>{css}</style>", browsers=browsers)


# CSS Images 4, CSS Values 5, CSS Properties and Values 1, CSS Nesting, CSS Cascade 6, CSS Conditional 3, View Transitions.
_STYLES = (
    _sheet("css-image-set-type", '.x { background: image-set("https://$HOST/a.gif" type("image/gif") 1x) }'),
    _sheet(
        "css-cross-fade", ".x { background: -webkit-cross-fade(url(https://$HOST/a.gif), url(data:,), 50%) }", CHROMIUM
    ),
    _sheet("css-scope", "@scope (body) { .x { background: url(https://$HOST/a.gif) } }"),
    _sheet("css-layer", "@layer a { .x { background: url(https://$HOST/a.gif) } }"),
    _sheet(
        "css-container",
        "body { container-type: inline-size } @container (width > 1px) { .x { background: url(https://$HOST/a.gif) } }",
    ),
    _sheet(
        "css-property",
        "@property --a { syntax: '<image>'; inherits: true; initial-value: linear-gradient(red, red) } .x { --a: url(https://$HOST/a.gif); background: var(--a) }",
    ),
    _sheet(
        "css-keyframes", "@keyframes a { to { background: url(https://$HOST/a.gif) } } .x { animation: a 1s forwards }"
    ),
    _sheet(
        "css-after-namespace",
        "@namespace url(http://www.w3.org/1999/xhtml); .x { background: url(https://$HOST/a.gif) }",
    ),
    _sheet("css-import-after-layer", "@layer a, b; @import url(https://$HOST/a.css) layer(a);"),
    _sheet("css-escape-string", r"""@import 'https:\a //$HOST/a.css';"""),
    _sheet("css-string-escaped-quote", r""".x { content: "\""; background: url(https://$HOST/a.gif); --y: "" }"""),
    _sheet("css-comment-url", ".x { --a: '/* url( '; background: url(https://$HOST/a.gif); --b: ' */' }"),
    _sheet("css-clip-path", ".x { clip-path: url(https://$HOST/a.svg#x) }", CHROMIUM),
    _sheet("css-first-line", ".x::first-letter { background: url(https://$HOST/a.gif) }"),
    _sheet(
        "css-font-tech",
        "@font-face { font-family: ad; src: local(none), url(https://$HOST/a.woff2) format('woff2') tech(variations) } .x { font-family: ad }",
    ),
    _sheet("css-content-alt", ".x::after { content: url(https://$HOST/a.gif) / 'x' }"),
)

# HTML, Attribution Reporting, Fenced Frames, Shared Storage, Compression Dictionary Transport, Priority Hints.
_ELEMENTS = (
    *group(
        _HTML,
        ("img-fetchpriority", '<img fetchpriority="high" decoding="sync" src="https://$HOST/a.gif" alt="">'),
        (
            "img-sizes-auto",
            '<img loading="lazy" sizes="auto" width="9" height="9" srcset="https://$HOST/a.gif 9w" alt="">',
        ),
        ("script-blocking", '<script blocking="render" src="https://$HOST/a.js"></script>'),
        ("iframe-credentialless", '<iframe credentialless src="https://$HOST/a" title="x"></iframe>'),
        ("script-nomodule-type", '<script type="application/x-javascript" src="https://$HOST/a.js"></script>'),
        (
            "importmap-json-escape",
            '<script type="importmap">{"imports": {"ad": "https:\\u002f\\u002f$HOST/a.js"}}</script><script type="module">import "ad"</script>',
        ),
        (
            "importmap-scope",
            '<script type="importmap">{"scopes": {"/": {"ad": "https://$HOST/a.js"}}}</script><script type="module">import "ad"</script>',
        ),
        (
            "select-button-image",
            '<select><button><selectedcontent></selectedcontent></button><option><img src="https://$HOST/a.gif">x</option></select>',
        ),
        ("popover-image", '<div popover id="p"><img src="https://$HOST/a.gif" alt=""></div>'),
        ("dialog-image", '<dialog><img src="https://$HOST/a.gif" alt=""></dialog>'),
        ("details-closed", '<details><summary>x</summary><img src="https://$HOST/a.gif" alt=""></details>'),
        ("hidden-until-found", '<div hidden="until-found"><img src="https://$HOST/a.gif" alt=""></div>'),
        (
            "shadow-root-sheet",
            '<div><template shadowrootmode="open"><link rel="stylesheet" href="https://$HOST/a.css"></template></div>',
        ),
        ("preload-responsive", '<link rel="preload" as="image" imagesrcset="https://$HOST/a.gif 9w" imagesizes="9px">'),
        (
            "handler-animation",
            "<style>@keyframes a { }</style><p style='animation: a 1s' onanimationstart=\"fetch('https://$HOST/a').catch(() => 0)\">x",
        ),
        (
            "handler-srcdoc",
            "<iframe srcdoc='<img src=data:, onerror=&quot;parent.fetch(&apos;https://$HOST/a&apos;).catch(() => 0)&quot;>'></iframe>",
        ),
    ),
)


# Fetch, Reporting, Service Workers (navigation preload), Web Push aside: made at run time.
def _code(id: str, code: str, browsers: frozenset[str] = BOTH, **more: object) -> Technique:  # noqa: A002
    body = f'<div id="x"></div><script>const host = $SPLIT, url = "https://" + host + "/a"; {code}</script>'
    return Technique(id, _CSP, body, browsers=browsers, **more)  # type: ignore[arg-type]


_RUN_TIME = (
    _code("js-websocket-stream", 'new WebSocketStream("wss://" + host + "/a").opened.catch(() => 0)', CHROMIUM),
    _code("js-web-transport", 'new WebTransport("https://" + host + "/a").ready.catch(() => 0)', FIREFOX),
    _code(
        "js-srcdoc-image",
        'const f = document.createElement("iframe"); f.srcdoc = ""; f.onload = () => { new f.contentWindow.Image().src = url }; x.append(f)',
    ),
    _code("js-import-attributes", 'import(url, { with: { type: "json" } }).catch(() => 0)'),
    _code("js-import-css", 'import(url, { with: { type: "css" } }).catch(() => 0)', CHROMIUM),
    _code(
        "js-css-import-constructed",
        'x.attachShadow({ mode: "open" }).innerHTML = `<style>:host { background: url(${url}) }</style>`',
    ),
    _code(
        "js-video-source",
        'const v = document.createElement("video"); v.preload = "auto"; v.innerHTML = `<source src=${url}>`; x.append(v)',
    ),
    _code(
        "js-link-icon",
        'const l = document.createElement("link"); l.rel = "icon"; l.href = url; document.head.append(l)',
        FIREFOX,
    ),
    _code("js-inner-svg", "x.innerHTML = `<svg><image href=${url} width=9 height=9></svg>`"),
    _code(
        "js-meta-refresh-markup",
        'document.head.insertAdjacentHTML("beforeend", `<meta http-equiv=Refresh content="0; ${url}">`)',
        governed=False,
    ),
    _code(
        "js-meta-refresh-changed",
        'const m = document.createElement("meta"); m.content = "0;url=" + url; document.head.append(m); m.setAttribute("http-equiv", "refresh")',
        CHROMIUM,
        governed=False,
    ),
    _code("js-document-write-sheet", "document.write(`<link rel=stylesheet href=${url}>`)"),
    _code("js-cache-add", 'caches.open("basket").then((c) => c.add(url)).catch(() => 0)'),
    _code(
        "js-font-set",
        'document.fonts.add(new FontFace("ad", `url(${url})`)); document.fonts.load("9px ad").catch(() => 0)',
    ),
    _code("js-image-srcset", 'const i = new Image(); i.crossOrigin = "anonymous"; i.srcset = url + " 1x"'),
    _code("js-request", 'fetch(new Request(url, { mode: "no-cors", credentials: "include" })).catch(() => 0)'),
    _code(
        "js-preload-fetch",
        'document.head.insertAdjacentHTML("beforeend", `<link rel=preload as=fetch crossorigin href=${url}>`)',
    ),
)

# What may lead to anybody, or is one thing to a parser and another to who looks ahead, stays gated whatever is allowed.
_NEVER = frozenset(
    "speculation-document speculation-not speculation-own-document svg-script-comment svg-style-comment".split()
)
NEWER = tuple(
    replace(technique, granted=technique.id not in _NEVER)
    for technique in (*_SPECULATION, *_AHEAD, *_SVG, *_SVG_IN_CHROMIUM, *_STYLES, *_ELEMENTS, *_RUN_TIME)
)
