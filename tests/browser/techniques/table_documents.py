"""Documents within the page, and pages that aren't plain UTF-8 HTML."""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

import base64

from tests.browser.techniques.technique import CHROMIUM, FIREFOX, File, Technique, Visible, group

_HTML, _CSP = Visible.HTML, Visible.CSP
_IMAGE = "<img src='https://$HOST/a.gif'>"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><image href="https://$HOST/a.gif" width="9" height="9"/></svg>'


def _base64(id: str, markup: str) -> str:  # noqa: A002
    return base64.b64encode(markup.replace("$HOST", f"{id}.tracker.example").encode()).decode()


# WHATWG HTML 4.8.5 (srcdoc), Fetch 6 (data: URLs), URL 4.4, HTML 7.4.2.3.2 (javascript: URLs).
_NESTED = group(
    _HTML,
    ("srcdoc-img", f'<iframe srcdoc="{_IMAGE}" title="x"></iframe>'),
    ("srcdoc-charref", '<iframe srcdoc="&lt;img src=&quot;https&colon;//$HOST/a.gif&quot;&gt;" title="x"></iframe>'),
    ("srcdoc-script", "<iframe srcdoc=\"<script>new Image().src='https://$HOST/a.gif'</script>\" title=x></iframe>"),
    (
        "srcdoc-nested",
        '<iframe srcdoc="<iframe srcdoc=&quot;&amp;lt;img src=https://$HOST/a.gif&amp;gt;&quot;></iframe>"></iframe>',
    ),
    ("srcdoc-base", '<iframe srcdoc="<base href=https://$HOST/><img src=a.gif>" title="x"></iframe>'),
    ("srcdoc-style", '<iframe srcdoc="<style>@import \'https://$HOST/a.css\'</style>" title="x"></iframe>'),
    ("data-frame", f'<iframe src="data:text/html,{_IMAGE}" title="x"></iframe>'),
    (
        "data-frame-percent",
        '<iframe src="data:text/html,%3Cimg%20src%3D%22https%3A%2F%2F$HOST%2Fa%22%3E" title="x"></iframe>',
    ),
    (
        "data-frame-base64",
        f'<iframe src="data:text/html;base64,{_base64("data-frame-base64", _IMAGE)}" title="x"></iframe>',
    ),
    (
        "data-frame-charset",
        f'<iframe src="DATA:text/html;charset=utf-8;base64,{_base64("data-frame-charset", _IMAGE)}"></iframe>',
    ),
    ("data-script", "<script src=\"data:text/javascript,new Image().src='https://$HOST/a.gif'\"></script>"),
    ("data-module", '<script type="module">import "data:text/javascript,import \'https://$HOST/a.js\'"</script>'),
    ("data-stylesheet", '<link rel="stylesheet" href="data:text/css,@import \'https://$HOST/a.css\'">'),
    (
        "data-stylesheet-base64",
        '<link rel="stylesheet" href="data:text/css;base64,'
        + _base64("data-stylesheet-base64", "body{background:url(https://$HOST/a.gif)}")
        + '">',
    ),
    ("data-object", f'<object data="data:text/html,{_IMAGE}"></object>'),
    ("data-embed", f'<embed type="text/html" src="data:text/html,{_IMAGE}">'),
    ("data-svg-frame", f"<iframe src='data:image/svg+xml,{_SVG}' title='x'></iframe>"),
    ("data-svg-object", f"<object type='image/svg+xml' data='data:image/svg+xml,{_SVG}'></object>"),
    ("javascript-frame", "<iframe src=\"javascript:'<img src=https://$HOST/a.gif>'\" title=x></iframe>"),
    (
        "javascript-percent",
        "<iframe src=\"javascript:void(new%20Image().src='https:%2F%2F$HOST/a.gif')\" title=x></iframe>",
    ),
    ("javascript-tabs", "<iframe src=\" java&Tab;script:fetch('//$HOST/a').catch(x=>0)\" title=x></iframe>"),
)
_NESTED_REFRESH = Technique(
    "srcdoc-refresh", _HTML, '<iframe srcdoc="<meta http-equiv=refresh content=0;url=https://$HOST/a>"></iframe>'
)

# Frames of the site's own that aren't HTML, or come without a gate of their own.
_OWN = (
    Technique("own-frame", _CSP, '<iframe src="$FILES/a" title="x"></iframe>', files={"a": File(_IMAGE, "text/html")}),
    Technique(
        "own-svg-frame", _CSP, '<iframe src="$FILES/a" title="x"></iframe>', files={"a": File(_SVG, "image/svg+xml")}
    ),
    Technique("own-svg-object", _CSP, '<object data="$FILES/a"></object>', files={"a": File(_SVG, "image/svg+xml")}),
    Technique("own-svg-embed", _CSP, '<embed src="$FILES/a">', files={"a": File(_SVG, "image/svg+xml")}),
    Technique(
        "own-xhtml-frame",
        _CSP,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={
            "a": File(
                '<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="https://$HOST/a" alt=""/></body></html>',
                "application/xhtml+xml",
            )
        },
    ),
    Technique(
        "own-xml-frame",
        _CSP,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={
            "a": File(
                '<?xml version="1.0"?><r xmlns:h="http://www.w3.org/1999/xhtml"><h:script>new Image().src="https://"+$SPLIT'
                "</h:script></r>",
                "text/xml",
            )
        },
    ),
    Technique(
        "own-frame-untyped",
        _CSP,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={"a": File(f"<!DOCTYPE html>{_IMAGE}", "")},
    ),
    Technique(
        "own-frame-unknown",
        _CSP,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={"a": File(f"<!DOCTYPE html>{_IMAGE}", "unknown/unknown")},
        browsers=CHROMIUM,
    ),
)

# What can't be read as ASCII is decoded (UTF-16) or left to the CSP wall (ISO-2022-JP). Encoding 4.2, HTML 13.2.3: how a browser finds a page's encoding. MIME Sniffing 7, XHTML, SVG 2.
_ENCODED = (
    Technique("utf-16-le", _HTML, media="text/html; charset=utf-16le", charset="utf-16-le", body=_IMAGE),
    Technique("utf-16-bom", _HTML, media="text/html", charset="utf-16", body=_IMAGE),
    Technique("utf-8-bom", _HTML, media="text/html", charset="utf-8-sig", body=_IMAGE),
    Technique("windows-1252", _HTML, media="text/html; charset=windows-1252", charset="cp1252", body=f"<p>été{_IMAGE}"),
    Technique("shift-jis", _HTML, media="text/html; charset=shift_jis", charset="shift_jis", body=f"<p>日本{_IMAGE}"),
    Technique("gb18030", _HTML, media="text/html; charset=gb18030", charset="gb18030", body=f"<p>中文{_IMAGE}"),
    Technique(
        "iso-2022-jp",
        _CSP,
        media="text/html; charset=iso-2022-jp",
        charset="latin-1",
        page='<!DOCTYPE html><p title="\x1b$B"\x1b(B x="><img src=https://$HOST/a.gif><p title="">',
    ),
    Technique(
        "iso-2022-jp-meta",
        _CSP,
        media="text/html",
        charset="latin-1",
        page='<!DOCTYPE html><meta charset="iso-2022-jp"><p title="\x1b$B"\x1b(B x="><img src=https://$HOST/a.gif><p title="">',
    ),
    Technique(
        "multipart-replace",
        _CSP,
        media="multipart/x-mixed-replace; boundary=part",
        page="--part\r\nContent-Type: text/html\r\n\r\n<!DOCTYPE html><img src=https://$HOST/a.gif>\r\n--part--\r\n",
        browsers=FIREFOX,
    ),
    Technique("untyped", _CSP, media="", body=_IMAGE),
    Technique("type-unknown", _CSP, media="unknown/unknown", body=_IMAGE, browsers=CHROMIUM),
    Technique("type-upper-case", _HTML, media="TEXT/HTML;Charset=UTF-8", body=_IMAGE),
    Technique(
        "xhtml",
        _CSP,
        media="application/xhtml+xml",
        page='<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>'
        '<img src="https://$HOST/a.gif" alt=""/></body></html>',
    ),
    Technique("svg-document", _CSP, media="image/svg+xml", page=_SVG),
    Technique(
        "xml-stylesheet",
        _CSP,
        media="text/xml",
        page='<?xml version="1.0"?><?xml-stylesheet type="text/css" href="https://$HOST/a.css"?><r>x</r>',
    ),
)

DOCUMENTS = (*_NESTED, _NESTED_REFRESH, *_OWN, *_ENCODED)
