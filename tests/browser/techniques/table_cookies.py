"""What is written into the visitor's browser without contacting anybody (RFC 6265bis; HTML 12; IndexedDB 3).

Names that the manifest declares for the tracker (``trk_…``) appear once everything is allowed; names that it doesn't
know (``odd_…``) never do.
"""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

from dataclasses import replace

from tests.browser.techniques.technique import File, Technique, Visible

_COOKIE, _STORAGE = Visible.COOKIE, Visible.STORAGE


def _both(technique: Technique, prefix: str = "trk") -> tuple[Technique, Technique]:
    """Return a technique twice: with a name that is declared, and with one that isn't."""
    undeclared = replace(technique, id=f"{technique.id}-odd", name=f"odd_{technique.id}", granted=False)
    return replace(technique, name=f"{prefix}_{technique.id}"), undeclared


def _script(id: str, code: str, prefix: str = "trk", **more: object) -> tuple[Technique, Technique]:  # noqa: A002
    visible = _COOKIE if prefix == "trk" else _STORAGE
    technique = Technique(id, visible, f"<script>{code}</script>", governed=False, **more)  # type: ignore[arg-type]
    return _both(technique, prefix)


def _header(id: str, attributes: str = "; Path=/; Max-Age=9999") -> tuple[Technique, Technique]:  # noqa: A002
    return _both(Technique(id, _COOKIE, headers=(("Set-Cookie", f"$NAME=1{attributes}"),), governed=False))


def _part(id: str, body: str, media: str = "text/plain", status: int = 200) -> tuple[Technique, Technique]:  # noqa: A002
    headers: tuple[tuple[str, str], ...] = (("Set-Cookie", "$NAME=1; Path=/"),)
    if status == 302:
        headers += (("Location", "/robots.txt"),)
    part = File("", media, status, headers)
    return _both(Technique(id, _COOKIE, body, files={"a": part}, governed=False))


# RFC 6265bis § 5.7: the storage model, from headers of the page and of its parts.
_SET_COOKIE = (
    *_header("set-cookie"),
    *_header("set-cookie-session", ""),
    *_header("set-cookie-http-only", "; Path=/; HttpOnly; SameSite=Lax"),
    *_header("set-cookie-domain", "; Path=/; Domain=techniques.localhost; Max-Age=9999"),
    *_header("set-cookie-path", "; Path=/t; Expires=Fri, 01 Jan 2038 00:00:00 GMT"),
    *_part("set-cookie-img", '<img src="$FILES/a" alt="">', "image/gif"),
    *_part("set-cookie-script", '<script src="$FILES/a"></script>', "text/javascript"),
    *_part("set-cookie-style", '<link rel="stylesheet" href="$FILES/a">', "text/css"),
    *_part("set-cookie-fetch", '<script>fetch("$FILES/a")</script>', "application/json"),
    *_part("set-cookie-redirect", '<img src="$FILES/a" alt="">', status=302),
    *_part("set-cookie-frame", '<iframe src="$FILES/a" title="x"></iframe>', "text/html"),
    *_part("set-cookie-beacon", '<script>navigator.sendBeacon("$FILES/a", "x")</script>'),
    *_part("set-cookie-worker", '<script>new Worker("$FILES/a")</script>', "text/javascript"),
)

# HTML 3.1.4 (document.cookie), Cookie Store.
_COOKIE_SCRIPTS = (
    *_script("cookie-inline", 'document.cookie = "$NAME=1; path=/; max-age=9999"'),
    *_script("cookie-session", 'document.cookie = "$NAME=1"'),
    *_script("cookie-domain", 'document.cookie = "$NAME=1; path=/; domain=techniques.localhost; max-age=9999"'),
    *_script("cookie-path", 'document.cookie = "$NAME=1; path=/t/; max-age=9999"'),
    *_script(
        "cookie-handler",
        'document.body.setAttribute("onclick", "document.cookie = \'$NAME=1; path=/\'"); document.body.click()',
    ),
    *_script("cookie-eval", "eval(\"document.cookie = '$NAME=1; path=/'\")"),
    *_script("cookie-late", 'setTimeout(() => { document.cookie = "$NAME=1; path=/" }, 50)'),
    *_script(
        "cookie-prototype",
        'Object.getOwnPropertyDescriptor(Document.prototype, "cookie").set.call(document, "$NAME=1; path=/")',
    ),
    *_script(
        "cookie-blank-frame",
        'const f = document.createElement("iframe"); document.body.append(f); f.contentDocument.cookie = "$NAME=1; path=/"',
    ),
    *_script(
        "cookie-srcdoc",
        "const f = document.createElement('iframe'); f.srcdoc = '<script>document.cookie = \"$NAME=1; path=/\"</scr' + 'ipt>'; "
        "document.body.append(f)",
    ),
    *_script("cookie-store", 'cookieStore.set("$NAME", "1")'),
    *_both(
        Technique(
            "cookie-own-file",
            _COOKIE,
            '<script src="$FILES/a"></script>',
            files={"a": File('document.cookie = "$NAME=1; path=/; max-age=9999"')},
            governed=False,
        )
    ),
    *_both(
        Technique(
            "cookie-own-frame",
            _COOKIE,
            '<iframe src="$FILES/a" title="x"></iframe>',
            files={"a": File('<script>document.cookie = "$NAME=1; path=/"</script>', "text/html")},
            governed=False,
        )
    ),
    *_both(
        Technique(
            "cookie-own-svg",
            _COOKIE,
            '<iframe src="$FILES/a" title="x"></iframe>',
            files={
                "a": File(
                    '<svg xmlns="http://www.w3.org/2000/svg"><script>document.cookie = "$NAME=1; path=/"</script></svg>',
                    "image/svg+xml",
                )
            },
            governed=False,
        )
    ),
)

# HTML 12.2 (Web Storage), IndexedDB 3 § 4.3.
_STORAGE_SCRIPTS = (
    *_script("local-set-item", 'localStorage.setItem("$NAME", "1")', "trl"),
    *_script("local-property", 'localStorage["$NAME"] = "1"', "trl"),
    *_script("local-prototype", 'Storage.prototype.setItem.call(localStorage, "$NAME", "1")', "trl"),
    *_script(
        "local-blank-frame",
        'const f = document.createElement("iframe"); document.body.append(f); f.contentWindow.localStorage.setItem("$NAME", "1")',
        "trl",
    ),
    *_script("session-set-item", 'sessionStorage.setItem("$NAME", "1")', "trs"),
    *_script("session-property", 'sessionStorage["$NAME"] = "1"', "trs"),
    *_script("indexeddb", 'indexedDB.open("$NAME")', "tri"),
    *_script("indexeddb-worker", "new Worker(URL.createObjectURL(new Blob(['indexedDB.open(\"$NAME\")'])))", "tri"),
    *_both(
        Technique(
            "local-own-file",
            _STORAGE,
            '<script src="$FILES/a"></script>',
            files={"a": File('localStorage.setItem("$NAME", "1")')},
            governed=False,
        ),
        "trl",
    ),
)

COOKIES = (*_SET_COOKIE, *_COOKIE_SCRIPTS, *_STORAGE_SCRIPTS)
