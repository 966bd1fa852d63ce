"""Response headers that contact somebody."""

from __future__ import annotations

from tests.browser.techniques.technique import CHROMIUM, FIREFOX, NOWHERE, File, Technique, Visible

_HEADER = Visible.HEADER


def _page(id: str, name: str, value: str, **more: object) -> Technique:  # noqa: A002
    return Technique(id, _HEADER, headers=((name, value),), **more)  # type: ignore[arg-type]


# RFC 8288; WHATWG HTML 4.2.4.5, processing Link headers.
_LINKS = (
    _page("header-preload-script", "Link", "<https://$HOST/a.js>; rel=preload; as=script"),
    _page("header-preload-style", "Link", '<https://$HOST/a.css>; rel="preload"; as="style"'),
    _page("header-preload-image", "link", "<//$HOST/a.gif>;rel=preload;as=image"),
    _page("header-preload-font", "Link", "<https://$HOST/a.woff2>; rel=preload; as=font; crossorigin"),
    _page(
        "header-preload-second",
        "Link",
        '</quiet>; rel=canonical; title="a, <b>", <https://$HOST/a.js>; rel=preload; as=script',
    ),
    _page("header-preload-srcset", "Link", '</x.gif>; rel=preload; as=image; imagesrcset="https://$HOST/a.gif 1x"'),
    _page("header-modulepreload", "Link", "<https://$HOST/a.js>; rel=modulepreload"),
    _page("header-prefetch", "Link", "<https://$HOST/a>; rel=prefetch"),
    _page("header-preconnect", "Link", "<https://$HOST>; rel=preconnect", governed=False, browsers=NOWHERE),
    _page("header-stylesheet", "Link", "<https://$HOST/a.css>; rel=stylesheet", browsers=FIREFOX),
)

# WHATWG HTML 7.8 (Refresh); Speculation Rules 4; CSP 3 § 6.5.1 (report-uri), Reporting 1 § 3; NEL 4.
_OTHERS = (
    _page("header-refresh", "Refresh", "0; url=https://$HOST/a", governed=False),
    _page("header-refresh-bare", "refresh", "0,https://$HOST/a", governed=False),
    Technique(
        "header-speculation-rules",
        _HEADER,
        headers=(("Speculation-Rules", '"https://$HOST/rules.json"'),),
        governed=False,
        browsers=CHROMIUM,
    ),
    Technique(
        "header-speculation-own",
        Visible.CSP,
        headers=(("Speculation-Rules", '"$FILES/rules.json"'),),
        files={
            "rules.json": File('{"prefetch": [{"urls": ["https://$HOST/a"]}]}', "application/speculationrules+json"),
        },
        governed=False,
        browsers=CHROMIUM,
    ),
    Technique(
        "header-csp-report-uri",
        _HEADER,
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="">',
        headers=(("Content-Security-Policy", "img-src 'none'; report-uri https://$HOST/csp"),),
        governed=False,
    ),
    Technique(
        "header-csp-report-only",
        _HEADER,
        '<img src="/robots.txt" alt="">',
        headers=(("Content-Security-Policy-Report-Only", "img-src 'none'; report-uri https://$HOST/csp"),),
        governed=False,
    ),
)

# RFC 9110 § 15.4; Fetch 4.4: a redirect of a part leads the browser to the tracker.
_REDIRECTS = (
    *(
        Technique(id, _HEADER, body, files={"a": File("", "text/plain", status, (("Location", location),))})
        for id, status, location, body in (  # noqa: A001
            ("redirect-img", 302, "https://$HOST/a.gif", '<img src="$FILES/a" alt="">'),
            ("redirect-script", 301, "https://$HOST/a.js", '<script src="$FILES/a"></script>'),
            ("redirect-style", 303, "//$HOST/a.css", '<link rel="stylesheet" href="$FILES/a">'),
            ("redirect-frame", 307, "https://$HOST/a", '<iframe src="$FILES/a" title="x"></iframe>'),
            (
                "redirect-fetch",
                308,
                "https://$HOST/a",
                '<script>fetch("$FILES/a", { mode: "no-cors" }).catch(() => 0)</script>',
            ),
            ("redirect-object", 302, r"\\$HOST\a", '<object data="$FILES/a"></object>'),
            ("redirect-video", 302, "https://$HOST/a.mp4", '<video src="$FILES/a" preload="auto"></video>'),
            ("redirect-beacon", 307, "https://$HOST/a", '<script>navigator.sendBeacon("$FILES/a", "x")</script>'),
        )
    ),
    Technique(
        "redirect-twice",
        _HEADER,
        '<img src="$FILES/a" alt="">',
        files={
            "a": File("", "text/plain", 302, (("Location", "$FILES/b"),)),
            "b": File("", "text/plain", 302, (("Location", "https://$HOST/a.gif"),)),
        },
    ),
)

# Headers of the site's own parts.
_PARTS = (
    Technique(
        "frame-refresh",
        _HEADER,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={"a": File("x", "text/html", 200, (("Refresh", "0;url=https://$HOST/a"),))},
    ),
    Technique(
        "frame-link",
        _HEADER,
        '<iframe src="$FILES/a" title="x"></iframe>',
        files={"a": File("x", "text/html", 200, (("Link", "<https://$HOST/a.js>; rel=preload; as=script"),))},
    ),
)

HEADERS = (*_LINKS, *_OTHERS, *_REDIRECTS, *_PARTS)
