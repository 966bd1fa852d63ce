"""CSS that fetches: in style elements and attributes, behind escapes, in the site's own files, made by script."""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, File, Technique, Visible

_HTML, _CSP = Visible.HTML, Visible.CSP


def _sheet(id: str, css: str, **more: object) -> Technique:  # noqa: A002
    return Technique(id, _HTML, '<div class="x">x</div>', head=f"<style>{css}</style>", **more)  # type: ignore[arg-type]


def _attribute(id: str, css: str) -> Technique:  # noqa: A002
    return Technique(id, _HTML, f'<div style="{css}">x</div>')


# CSS Cascade 5 § 2 (@import), CSS Values 4 § 4.5 (url()), CSS Images 4 § 2.4 (image-set()), CSS Fonts 4 § 4.3 (src).
_ELEMENT = (
    _sheet("css-url", ".x { background: url(https://$HOST/a.gif) }"),
    _sheet("css-url-quoted", ".x { background-image: url( 'https://$HOST/a.gif' ) }"),
    _sheet("css-relative-scheme", ".x { background: url(//$HOST/a.gif) }"),
    _sheet("css-import-string", '@import "https://$HOST/a.css";'),
    _sheet("css-import-url", "@import url(https://$HOST/a.css) screen;"),
    _sheet("css-import-layer", "@import 'https://$HOST/a.css' layer(x) supports(display: grid);"),
    _sheet("css-import-charset", '@charset "utf-8"; @layer a; @IMPORT url("https://$HOST/a.css");'),
    _sheet("css-image-set", '.x { background-image: image-set("https://$HOST/a.gif" 1x, "https://$HOST/b.gif" 2x) }'),
    _sheet("css-webkit-image-set", ".x { background-image: -webkit-image-set(url(https://$HOST/a.gif) 1x) }"),
    _sheet("css-font-face", "@font-face { font-family: ad; src: url(https://$HOST/a.woff2) } .x { font-family: ad }"),
    _sheet("css-cursor", ".x { cursor: url(https://$HOST/a.cur), auto }"),
    _sheet("css-mask", ".x { mask-image: url(https://$HOST/a.svg) }"),
    _sheet("css-border-image", ".x { border: 9px solid; border-image: url(https://$HOST/a.gif) 9 }"),
    _sheet("css-list-style", ".x { display: list-item; list-style: url(https://$HOST/a.gif) }"),
    _sheet("css-content", ".x::before { content: url(https://$HOST/a.gif) }"),
    _sheet("css-shape-outside", ".x { float: left; shape-outside: url(https://$HOST/a.png) }"),
    _sheet("css-variable", ":root { --ad: url(https://$HOST/a.gif) } .x { background: var(--ad) }"),
    _sheet("css-media", "@media screen { @supports (color: red) { .x { background: url(https://$HOST/a.gif) } } }"),
    _sheet("css-nested-rule", ".x { & { background: url(https://$HOST/a.gif) } }"),
    _sheet("css-marker", ".x { display: list-item } .x::marker { content: url(https://$HOST/a.gif) }"),
    _sheet("css-in-second-url", ".x { background: url(data:,), url(https://$HOST/a.gif) }"),
    Technique("css-style-in-body", _HTML, "<style>p { background: url(https://$HOST/a.gif) }</style>"),
)

# CSS Syntax 3 § 4.3.7 (escapes), § 4.3.2 (comments), § 4.3.6 (url tokens).
_HIDDEN = (
    _sheet("css-escape-scheme", r".x { background: url(\68 ttps://$HOST/a.gif) }"),
    _sheet("css-escape-function", r".x { background: u\72l(https://$HOST/a.gif) }"),
    _sheet("css-escape-solidus", r".x { background: url('https:\2f \2f $HOST/a.gif') }"),
    _sheet("css-escape-long", r".x { background: \000075rl(\000068ttps\00003A//$HOST/a.gif) }"),
    _sheet("css-escape-at", r"@\69mport 'https://$HOST/a.css';"),
    _sheet("css-escape-newline", '.x { background: url("https:\\\n//$HOST/a.gif") }'),
    _sheet("css-comment", "/* ' */ .x { /**/background/**/:/**/url(https://$HOST/a.gif) }"),
    _sheet("css-comment-in-string", ".x { content: '/*'; background: url(https://$HOST/a.gif); --y: '*/' }"),
    _sheet("css-unclosed", ".x { background: url(https://$HOST/a.gif"),
    _sheet("css-url-tab", ".x { background: url('ht\ttps:/\t/$HOST/a.gif') }"),
    _sheet("css-html-comment", "<!-- .x { background: url(https://$HOST/a.gif) } -->"),
    _sheet("css-backslashes", r".x { background: url('\\\\$HOST\\a.gif') }", browsers=CHROMIUM),
)

# CSSOM style attributes (CSS Style Attributes § 3).
_ATTRIBUTES = (
    _attribute("style-url", "background: url(https://$HOST/a.gif)"),
    _attribute("style-quoted", "background: url('https://$HOST/a.gif')"),
    _attribute("style-charref", "background: url(https&#x3a;//$HOST/a.gif)"),
    _attribute("style-escape", r"background: url(\68\74\74ps://$HOST/a.gif)"),
    _attribute("style-image-set", "background: image-set('https://$HOST/a.gif' 1x)"),
    _attribute("style-variable", "--a: url(https://$HOST/a.gif); background: var(--a)"),
    _attribute("style-scheme-relative", "background: URL( //$HOST/a.gif )"),
)


def _own(id: str, css: str, **more: object) -> Technique:  # noqa: A002
    head = '<link rel="stylesheet" href="$FILES/a.css">'
    files = {"a.css": File(css, "text/css")}
    return Technique(id, _CSP, '<div class="x">x</div>', head=head, files=files, **more)  # type: ignore[arg-type]


# Files of the site's own pass as they are: only the browser sees what they pull.
_FILES = (
    _own("own-css-url", ".x { background: url(https://$HOST/a.gif) }"),
    _own("own-css-import", '@import "https://$HOST/a.css";'),
    _own("own-css-font", "@font-face { font-family: ad; src: url(https://$HOST/a.woff2) } .x { font-family: ad }"),
    Technique(
        "own-css-own-import",
        _CSP,
        '<div class="x">x</div><style>@import "$FILES/a.css";</style>',
        files={
            "a.css": File('@import "b.css";', "text/css"),
            "b.css": File(".x { mask: url(https://$HOST/a.svg) }", "text/css"),
        },
    ),
)


def _scripted(id: str, code: str) -> Technique:  # noqa: A002
    return Technique(id, _CSP, f'<div id="x">x</div><script>const host = $SPLIT; {code}</script>')


# CSSOM, CSS Typed OM, CSS Font Loading 3.
_SCRIPTED = (
    _scripted("cssom-style", "x.style.backgroundImage = `url(https://${host}/a.gif)`"),
    _scripted("cssom-property", "x.style.setProperty('background', `url(https://${host}/a.gif)`)"),
    _scripted("cssom-css-text", "x.style.cssText = `background: url(https://${host}/a.gif)`"),
    _scripted("cssom-attribute", "x.setAttribute('style', `background: url(https://${host}/a.gif)`)"),
    _scripted(
        "cssom-insert-rule",
        "document.head.append(document.createElement('style')); "
        "document.styleSheets[document.styleSheets.length - 1].insertRule(`#x { background: url(https://${host}/a.gif) }`)",
    ),
    _scripted(
        "cssom-adopted",
        "const s = new CSSStyleSheet(); s.replaceSync(`#x { background: url(https://${host}/a.gif) }`); "
        "document.adoptedStyleSheets = [s]",
    ),
    _scripted(
        "cssom-element",
        "const s = document.createElement('style'); s.textContent = `@import 'https://${host}/a.css'`; document.head.append(s)",
    ),
    _scripted("font-face-api", "new FontFace('ad', `url(https://${host}/a.woff2)`).load().catch(() => 0)"),
    _scripted(
        "web-animation",
        "x.animate([{ backgroundImage: `url(https://${host}/a.gif)` }, {}], { duration: 9e9, fill: 'both' })",
    ),
)

STYLES = (*_ELEMENT, *_HIDDEN, *_ATTRIBUTES, *_FILES, *_SCRIPTED)
