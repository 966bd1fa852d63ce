"""One image, its URL written in every way that reaches the host (WHATWG URL § 3.5, § 4.4; HTML 13.2.5.72 to 80)."""

from __future__ import annotations

from tests.browser.techniques.technique import FIREFOX, TRACKER, Technique, Visible, group

_HTML = Visible.HTML


def _image(id: str, url: str) -> tuple[str, str]:  # noqa: A002
    return id, f'<img src="{url}" alt="">'


def _spelt(id: str, spell: str) -> tuple[str, str]:  # noqa: A002
    """Return an image whose host's domain is written in another way."""
    return _image(id, f"https://{id}.{spell}/a.gif")


# URL 4.4, basic URL parser: what it strips, ignores and takes for a solidus.
_WRITTEN = group(
    _HTML,
    _image("url-scheme-relative", "//$HOST/a.gif"),
    _image("url-three-solidi", "///$HOST/a.gif"),
    _image("url-many-solidi", "https://///$HOST/a.gif"),
    _image("url-backslashes", r"\\$HOST\a.gif"),
    _image("url-mixed-slashes", r"https:\/$HOST/a.gif"),
    _image("url-no-solidi", "https:$HOST/a.gif"),
    _image("url-one-solidus", "https:/$HOST/a.gif"),
    _image("url-upper-scheme", "HTTPS://$HOST/a.gif"),
    _image("url-http", "http://$HOST/a.gif"),
    _image("url-tab", "ht\ttps:/\t/$HOST/a.gif"),
    _image("url-newline", "https:\n//$HOST/a.gif"),
    _image("url-newline-slashes", "/\n/$HOST/a.gif"),
    _image("url-spaces", "   https://$HOST/a.gif   "),
    _image("url-control", "\x01\x1fhttps://$HOST/a.gif"),
    _image("url-port", "https://$HOST:443/a.gif"),
    _image("url-other-port", "https://$HOST:8443/a.gif"),
    _image("url-query-only", "https://$HOST?a"),
    _image("url-fragment-only", "https://$HOST#a"),
)
# CSP3 § 6.7.2.9: no source expression matches a host with a dot at its end, so it stays silent even when allowed.
_DOTTED = Technique("url-trailing-dot", _HTML, '<img src="https://$HOST./a.gif" alt="">', granted=False)
# URL 3.5: percent-decoding, then domain to ASCII (UTS 46).
_HOSTS = group(
    _HTML,
    _spelt("host-upper-case", TRACKER.upper()),
    _spelt("host-percent", "tracker%2Eexample"),
    _spelt("host-percent-letters", "%74r%61cker.example"),
    _spelt("host-ideographic-stop", "tracker\u3002example"),
    _spelt("host-full-width", "ｔｒａｃｋｅｒ．ｅｘａｍｐｌｅ"),
    _spelt("host-soft-hyphen", "tra\u00adcker.example"),
    _spelt("host-mathematical", "𝓽𝓻𝓪𝓬𝓴𝓮𝓻.example"),
    _spelt("host-tab", "tra\tcker.exam\nple"),
    _spelt("host-unicode", "träcker.example"),
    _spelt("host-a-label", "xn--trcker-cua.example"),
    _spelt("host-unicode-upper", "TRÄCKER.example"),
    _spelt("host-unicode-combining", "tra\u0308cker.example"),
)
# Fetch 4.1: Chromium fetches no part whose URL carries a name and password; Firefox does.
_CREDENTIALS = group(
    _HTML,
    _image("url-userinfo", "https://user:word@$HOST/a.gif"),
    _image("url-userinfo-own", "https://www.techniques.localhost@$HOST/a.gif"),
    _image("url-userinfo-ats", "https://a@b@$HOST/a.gif"),
    _image("ref-at", "https://a&commat;$HOST/a.gif"),
    browsers=FIREFOX,
)
# HTML 13.2.5.72 to 13.2.5.80 and 13.5: character references in attributes.
_REFERENCES = group(
    _HTML,
    _image("ref-decimal", "&#104;&#116;tps://$HOST/a.gif"),
    _image("ref-hex", "&#x68;ttps&#x3A;//$HOST/a.gif"),
    _image("ref-unterminated", "&#104ttps&#58//$HOST/a.gif"),
    _image("ref-zeros", "&#0000000104;ttps://$HOST/a.gif"),
    _image("ref-named", "https&colon;&sol;&sol;$HOST/a.gif"),
    _image("ref-period", "https://ref-period.tracker&period;example/a.gif"),
    _image("ref-tab", "https:&Tab;//$HOST/a.gif"),
    _image("ref-newline", "https:/&NewLine;/$HOST/a.gif"),
    _image("ref-backslash", "&bsol;&bsol;$HOST/a.gif"),
    _image("ref-percent", "https://ref-percent.tracker&percnt;2Eexample/a.gif"),
    _image("ref-windows-1252", "https://ref-windows-1252.tra&#173;cker.example/a.gif"),
    _image("ref-query", "https://$HOST/a.gif?a&amp;b&notit;"),
)
# What no service declares is never contacted.
_UNDECLARED = (
    *(
        Technique(id, _HTML, body, granted=False)
        for id, body in (  # noqa: A001
            ("stranger-img", '<img src="https://$STRANGER/a.gif" alt="">'),
            ("stranger-script", '<script src="https://$STRANGER/a.js"></script>'),
            ("stranger-iframe", '<iframe src="https://$STRANGER/a" title="x"></iframe>'),
            ("stranger-css", "<style>p { background: url(https://$STRANGER/a.gif) }</style>"),
            ("stranger-link", '<link rel="stylesheet" href="https://$STRANGER/a.css">'),
        )
    ),
    Technique(
        "stranger-made",
        Visible.CSP,
        "<script>new Image().src = 'https://stranger-made.' + 'str' + 'anger.example' + '/a.gif'</script>",
        granted=False,
    ),
    Technique(
        "stranger-suffix",
        _HTML,
        '<img src="https://stranger-suffix.nottracker.example/a.gif" alt="">',
        granted=False,
    ),
)

URLS = (*_WRITTEN, _DOTTED, *_HOSTS, *_CREDENTIALS, *_REFERENCES, *_UNDECLARED)
