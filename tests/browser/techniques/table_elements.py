"""Elements whose attributes make a browser contact somebody (WHATWG HTML, index of attributes, and chapter 4)."""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, FIREFOX, NOWHERE, Technique, Visible, group

_HTML = Visible.HTML

# WHATWG HTML 4.8: embedded content.
_EMBEDDED = group(
    _HTML,
    ("img-src", '<img src="https://$HOST/a.gif" alt="">'),
    ("img-srcset", '<img src="/quiet.gif" srcset="https://$HOST/a.gif 1x, https://$HOST/b.gif 2x" alt="">'),
    ("img-srcset-w", '<img srcset="https://$HOST/a.gif 300w,https://$HOST/b.gif 900w" sizes="50vw" alt="">'),
    ("img-lazy", '<img loading="lazy" width="9" height="9" src="https://$HOST/a.gif" alt="">'),
    ("img-crossorigin", '<img crossorigin src="https://$HOST/a.gif" alt="">'),
    ("img-hidden", '<img hidden width="0" height="0" src="https://$HOST/a.gif" alt="">'),
    ("image-alias", '<image src="https://$HOST/a.gif">'),
    ("picture-source", '<picture><source srcset="https://$HOST/a.webp"><img alt=""></picture>'),
    ("picture-media", '<picture><source media="(min-width: 1px)" srcset="https://$HOST/a"><img alt=""></picture>'),
    ("input-image", '<input type="image" src="https://$HOST/a.gif" alt="Go">'),
    ("video-src", '<video src="https://$HOST/a.mp4" preload="auto"></video>'),
    ("video-poster", '<video poster="https://$HOST/a.gif"></video>'),
    ("video-source", '<video preload="auto"><source src="https://$HOST/a.mp4" type="video/mp4"></video>'),
    ("audio-src", '<audio src="https://$HOST/a.mp3" preload="auto"></audio>'),
    ("audio-source", '<audio preload="auto"><source src="https://$HOST/a.mp3"></audio>'),
    (
        "video-track",
        '<video crossorigin><track default kind="subtitles" srclang="en" src="https://$HOST/a.vtt"></video>',
    ),
    ("iframe-src", '<iframe src="https://$HOST/a" title="Ad"></iframe>'),
    ("iframe-lazy", '<iframe loading="lazy" src="https://$HOST/a" title="Ad"></iframe>'),
    ("iframe-sandbox", '<iframe sandbox src="https://$HOST/a" title="Ad"></iframe>'),
    ("object-data", '<object data="https://$HOST/a.html" type="text/html"></object>'),
    ("object-image", '<object data="https://$HOST/a.png" type="image/png"></object>'),
    (
        "object-nested",
        '<object data="/none" type="x/y"><object data="https://$HOST/a" type="image/gif"></object></object>',
    ),
    ("embed-src", '<embed src="https://$HOST/a.html" type="text/html">'),
    ("embed-image", '<embed src="https://$HOST/a.png" type="image/png">'),
)

# WHATWG HTML 16.3, obsolete attributes that rendering (15.3) still honours.
_LEFTOVERS = (
    Technique("body-background", _HTML, page='<!DOCTYPE html><body background="https://$HOST/a.gif"><p>Old.'),
    *group(
        _HTML,
        ("table-background", '<table background="https://$HOST/a.gif"><tr><td>Old</table>'),
        ("row-background", '<table><tr background="https://$HOST/a.gif"><td>Old</table>'),
        ("cell-background", '<table><tr><td background="https://$HOST/a.gif">Old</table>'),
    ),
    Technique("frameset", _HTML, page='<frameset cols="*"><frame src="https://$HOST/a"></frameset>'),
    Technique("body-background-late", _HTML, body='<body background="https://$HOST/a.gif">'),
)

# WHATWG HTML 4.12.1 and 7.6; import maps 8.1.5.
_SCRIPTS = group(
    _HTML,
    ("script-src", '<script src="https://$HOST/a.js"></script>'),
    ("script-async", '<script async src="https://$HOST/a.js"></script>'),
    ("script-defer", '<script defer src="https://$HOST/a.js"></script>'),
    ("script-module", '<script type="module" src="https://$HOST/a.js"></script>'),
    ("script-language", '<script language="JavaScript1.2" src="https://$HOST/a.js"></script>'),
    ("script-type-odd", '<script type=" Text/ECMAScript " src="https://$HOST/a.js"></script>'),
    ("script-integrity", '<script integrity="sha256-x" crossorigin src="https://$HOST/a.js"></script>'),
    ("script-inline", "<script>new Image().src = 'https://$HOST/a.gif'</script>"),
    ("script-inline-escaped", r"<script>new Image().src = 'https:\/\/$HOST\/a.gif'</script>"),
    (
        "script-inline-loader",
        (
            "<script>(d => { const s = d.createElement('script'); s.src = '//$HOST/a.js'; "
            "d.head.append(s) })(document)</script>"
        ),
    ),
    ("module-static-import", '<script type="module">import "https://$HOST/a.js"</script>'),
    ("module-dynamic-import", '<script type="module">import("https://$HOST/a.js").catch(() => 0)</script>'),
    (
        "importmap",
        (
            '<script type="importmap">{"imports": {"ad": "https://$HOST/a.js"}}</script>'
            '<script type="module">import "ad"</script>'
        ),
    ),
    ("handler-img-error", '<img src="data:," alt="" onerror="new Image().src=\'https://$HOST/a.gif\'">'),
    ("handler-body-load", "<body onload=\"fetch('https://$HOST/a').catch(() => 0)\">"),
    ("handler-details-toggle", "<details open ontoggle=\"fetch('https://$HOST/a').catch(() => 0)\">x</details>"),
    ("handler-charref", '<img src="data:," alt="" onerror="fetch(\'https&colon;//$HOST/a\').catch(() => 0)">'),
    ("handler-autofocus", "<input autofocus onfocus=\"fetch('https://$HOST/a').catch(() => 0)\">"),
)
# Speculation Rules § 4: Chromium asks no Content-Security-Policy before such a prefetch.
_SPECULATION = (
    Technique(
        "speculation-prefetch",
        _HTML,
        '<script type="speculationrules">{"prefetch": [{"source": "list", "urls": ["https://$HOST/a"]}]}</script>',
        governed=False,
        browsers=CHROMIUM,
    ),
    Technique(
        "speculation-eager",
        _HTML,
        '<script type="speculationrules">{"prefetch": [{"urls": ["https://$HOST/a"], "eagerness": "immediate", '
        '"requires": ["anonymous-client-ip-when-cross-origin"]}, {"urls": ["https:\\/\\/$HOST\\/b"]}]}</script>',
        governed=False,
        browsers=CHROMIUM,
    ),
)


def _link(id: str, attributes: str, **more: object) -> Technique:  # noqa: A002
    return Technique(id, _HTML, head=f"<link {attributes}>", **more)  # type: ignore[arg-type]


# WHATWG HTML 4.6.7: link types that fetch or connect.
_LINKS = (
    _link("link-stylesheet", 'rel="stylesheet" href="https://$HOST/a.css"'),
    _link("link-stylesheet-print", 'rel="stylesheet" media="print" href="https://$HOST/a.css"'),
    _link("link-stylesheet-alternate", 'rel="alternate stylesheet" title="x" href="https://$HOST/a.css"'),
    _link("link-rel-mixed", 'REL=" nofollow StyleSheet author " HREF="https://$HOST/a.css"'),
    _link("link-in-body-tab", 'rel="author&#9;stylesheet" href="https://$HOST/a.css"'),
    _link("preload-script", 'rel="preload" as="script" href="https://$HOST/a.js"'),
    _link("preload-style", 'rel="preload" as="style" href="https://$HOST/a.css"'),
    _link("preload-image", 'rel="preload" as="image" href="https://$HOST/a.gif"'),
    _link("preload-imagesrcset", 'rel="preload" as="image" imagesrcset="https://$HOST/a.gif 1x" href="/x.gif"'),
    _link("preload-font", 'rel="preload" as="font" crossorigin href="https://$HOST/a.woff2"'),
    _link("preload-fetch", 'rel="preload" as="fetch" crossorigin href="https://$HOST/a.json"'),
    _link("preload-track", 'rel="preload" as="track" href="https://$HOST/a.vtt"', browsers=CHROMIUM),
    _link("modulepreload", 'rel="modulepreload" href="https://$HOST/a.js"'),
    _link("prefetch", 'rel="prefetch" href="https://$HOST/a.html"'),
    _link("prefetch-as", 'rel="prefetch" as="script" href="https://$HOST/a.js"'),
    _link("preconnect", 'rel="preconnect" href="https://$HOST"', governed=False, browsers=NOWHERE),
    _link(
        "preconnect-anonymous", 'rel="preconnect" crossorigin href="https://$HOST"', governed=False, browsers=NOWHERE
    ),
    _link("icon", 'rel="icon" href="https://$HOST/a.ico"', browsers=FIREFOX),
    _link("dictionary", 'rel="compression-dictionary" href="https://$HOST/a.dict"'),
    Technique("link-in-body", _HTML, '<p><link rel="stylesheet" href="https://$HOST/a.css">'),
)

# WHATWG HTML 4.2.3 (base), 4.2.5.3 (refresh), 4.10 (forms), 4.6.5 (ping).
_GOING = (
    Technique("base-img", _HTML, head='<base href="https://$HOST/">', body='<img src="a.gif" alt="">'),
    Technique("base-script", _HTML, head='<base href="//$HOST">', body='<script src="/a.js"></script>'),
    Technique(
        "base-second", _HTML, head='<base target="_self"><base href="https://$HOST/x/">', body='<img src="a" alt="">'
    ),
    Technique("base-late", _HTML, '<div><base href="https://$HOST/"></div><iframe src="a" title="x"></iframe>'),
    *(
        Technique(id, _HTML, head=f"<meta {attributes}>", governed=False)
        for id, attributes in (  # noqa: A001
            ("refresh", 'http-equiv="refresh" content="0; url=https://$HOST/a"'),
            ("refresh-quoted", "http-equiv=REFRESH content='0;URL=\"https://$HOST/a\"'"),
            ("refresh-bare", 'http-equiv="refresh" content="0,https://$HOST/a"'),
            ("refresh-spaced", 'content=" 0.5 ; url  =  https://$HOST/a" http-equiv="Refresh"'),
            ("refresh-userinfo", 'http-equiv="refresh" content="0;url=https://www.techniques.localhost@$HOST/a"'),
            ("refresh-charref", 'http-equiv="&#114;efresh" content="0;url=https:&#47;&#47;$HOST/a"'),
        )
    ),
    Technique("refresh-in-body", _HTML, '<meta http-equiv="refresh" content="0;https://$HOST/a">', governed=False),
    *group(
        _HTML,
        (
            "form-get",
            '<form id="f" action="https://$HOST/a"><input name="q"></form><script>document.referrer || f.submit()</script>',
        ),
        (
            "form-post",
            '<form id="f" method="post" action="https://$HOST/a"></form><script>document.referrer || f.submit()</script>',
        ),
        (
            "form-into-frame",
            (
                '<iframe name="t" title="x"></iframe><form id="f" target="t" action="https://$HOST/a">'
                "</form><script>document.referrer || f.submit()</script>"
            ),
        ),
        (
            "button-formaction",
            '<form><button id="b" formaction="https://$HOST/a">Go</button></form><script>document.referrer || b.click()</script>',
        ),
        (
            "input-formaction",
            '<form><input type="submit" id="b" formaction="https://$HOST/a"></form><script>document.referrer || b.click()</script>',
        ),
        (
            "button-form-owner",
            (
                '<form id="f" action="/quiet"></form><button id="b" form="f" '
                'formaction="https://$HOST/a">Go</button><script>document.referrer || b.click()</script>'
            ),
        ),
    ),
    Technique("ping", _HTML, '<a id="go" href="#x" ping="https://$HOST/a">Go</a>', click="#go", browsers=CHROMIUM),
    Technique(
        "ping-second",
        _HTML,
        '<a id="go" href="#x" ping="/quiet https://$HOST/a">Go</a>',
        click="#go",
        browsers=CHROMIUM,
    ),
    Technique(
        "ping-area",
        _HTML,
        '<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" usemap="#m" width="50" '
        'height="50" alt=""><map name="m"><area id="go" shape="rect" coords="0,0,50,50" href="#x" alt="x" '
        'ping="https://$HOST/a"></map><script>document.querySelector("area").click()</script>',
        browsers=CHROMIUM,
    ),
)

# WHATWG HTML 4.12.2, parsed with scripting off.
_NOSCRIPT = (
    *(
        Technique(id, _HTML, f"<noscript>{markup}</noscript>", scripts=False)
        for id, markup in (  # noqa: A001
            ("noscript-img", '<img src="https://$HOST/a.gif" alt="">'),
            ("noscript-iframe", '<iframe src="https://$HOST/ns.html" height="0" width="0" title="x"></iframe>'),
            ("noscript-nested", '<div style="background: url(https://$HOST/a.gif)">x</div>'),
            ("noscript-object", '<object data="https://$HOST/a"></object>'),
        )
    ),
    Technique(
        "noscript-head-style",
        _HTML,
        head="<noscript><style>p { background: url(https://$HOST/a.gif) }</style></noscript>",
        scripts=False,
    ),
    Technique(
        "noscript-head-link",
        _HTML,
        head='<noscript><link rel="stylesheet" href="https://$HOST/a.css"></noscript>',
        scripts=False,
    ),
    Technique(
        "noscript-head-refresh",
        _HTML,
        head='<noscript><meta http-equiv="refresh" content="0;url=https://$HOST/a"></noscript>',
        scripts=False,
        governed=False,
    ),
    Technique(
        "noscript-broken-out", _HTML, '<noscript><p title="</noscript><img src=https://$HOST/a.gif alt>"></noscript>'
    ),
    Technique(
        "noscript-text-read",
        _HTML,
        '<noscript id="n"><img src="https://$HOST/a.gif" alt=""></noscript>'
        "<script>document.body.insertAdjacentHTML('beforeend', n.textContent)</script>",
    ),
    Technique("img-no-scripts", _HTML, '<img src="https://$HOST/a.gif" alt="">', scripts=False),
    Technique(
        "style-no-scripts", _HTML, head="<style>p { background: url(https://$HOST/a.gif) }</style>", scripts=False
    ),
)

# WHATWG HTML 4.12.3 (template), DOM 4.8 (shadow roots), HTML 4.13 (custom elements).
_TEMPLATES = (
    Technique(
        "template-clone",
        _HTML,
        '<template id="t"><img src="https://$HOST/a.gif" alt=""></template>'
        "<script>document.body.append(t.content.cloneNode(true))</script>",
    ),
    Technique(
        "template-inner-html",
        _HTML,
        '<template id="t"><script src="https://$HOST/a.js"></script></template>'
        "<script>document.body.append(document.importNode(t.content, true))</script>",
    ),
    Technique(
        "shadow-root",
        _HTML,
        '<div><template shadowrootmode="open"><img src="https://$HOST/a.gif" alt=""></template></div>',
    ),
    Technique(
        "shadow-root-closed",
        _HTML,
        '<div><template shadowrootmode="closed"><style>:host { background: '
        "url(https://$HOST/a.gif) }</style><slot></slot></template>x</div>",
    ),
    Technique(
        "shadow-slotted",
        _HTML,
        '<div><template shadowrootmode="open"><slot name="s"></slot></template>'
        '<iframe slot="s" src="https://$HOST/a" title="x"></iframe></div>',
    ),
    Technique(
        "custom-element",
        Visible.CSP,
        '<ad-slot data-name="a"></ad-slot><script>customElements.define("ad-slot", class extends HTMLElement {'
        " connectedCallback() { this.innerHTML = '<img src=https://' + $SPLIT + '/' + this.dataset.name + '>' } })</script>",
    ),
)

ELEMENTS = (*_EMBEDDED, *_LEFTOVERS, *_SCRIPTS, *_SPECULATION, *_LINKS, *_GOING, *_NOSCRIPT, *_TEMPLATES)
