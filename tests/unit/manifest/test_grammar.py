"""The grammar of single values."""

from __future__ import annotations

import pytest

from consentkit.manifest import grammar
from consentkit.manifest.grammar import HostPattern


@pytest.mark.parametrize("value", ["analytics", "google-analytics", "a1", "load_balancing", "x" * 64])
def test_an_id_is_kept(value: str) -> None:
    """Lower-case words joined by hyphens or underscores are ids."""
    assert grammar.identifier(value) == value


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("Google Analytics", "google-analytics"),
        ("Mesure d’audience", "mesure-d-audience"),
        ("Nécessaire", "necessaire"),
        ("-a-", "a"),
        ("测量", "google-analytics"),
        ("x" * 65, "x" * 64),
    ],
)
def test_a_wrong_id_is_answered_with_a_right_one(value: str, suggestion: str) -> None:
    """The message suggests an id made of the text that was written."""
    with pytest.raises(ValueError, match="is not an id") as caught:
        grammar.identifier(value)
    assert str(caught.value).endswith(f"e.g. '{suggestion}'")


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("www.example.com", HostPattern("www.example.com", wildcard=False, port=None, path="")),
        ("WWW.Example.COM.", HostPattern("www.example.com", wildcard=False, port=None, path="")),
        ("*.example.com", HostPattern("example.com", wildcard=True, port=None, path="")),
        ("localhost:8000", HostPattern("localhost", wildcard=False, port=8000, path="")),
        ("a.example/gtag/js", HostPattern("a.example", wildcard=False, port=None, path="/gtag/js")),
        ("a.example/", HostPattern("a.example", wildcard=False, port=None, path="")),
        ("*.a.example:444/x/", HostPattern("a.example", wildcard=True, port=444, path="/x/")),
        ("[::1]:8000", HostPattern("[::1]", wildcard=False, port=8000, path="")),
        ("127.0.0.1", HostPattern("127.0.0.1", wildcard=False, port=None, path="")),
        ("société.example", HostPattern("xn--socit-esab.example", wildcard=False, port=None, path="")),
    ],
)
def test_a_host_pattern_is_read(value: str, pattern: HostPattern) -> None:
    """Hosts, wildcards, ports and paths are told apart, and the host is put in A-label form."""
    assert grammar.host_pattern(value) == pattern


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("https://www.example.com", "leave the scheme out: 'www.example.com'"),
        ("", "write e.g."),
        ("*", "write e.g."),
        ("*.com", "every site of a top-level domain"),
        ("a.*.com", "write e.g."),
        ("a b.com", "write e.g."),
        ("-a.com", "write e.g."),
        ("a..com", "write e.g."),
        ("a.com:0", "a port from 1 to 65535"),
        ("a.com:99999", "a port from 1 to 65535"),
        ("a.com:x", "a port from 1 to 65535"),
        ("a.com/x?y=1", "leave ? and # out"),
        ("a.com/é", "percent-encode"),
        ("javascript:alert(1)", "is not a host"),
        ("[::1", "write e.g."),
        ("[zz]", "write e.g."),
        ("x" * 64 + ".com", "write e.g."),
        ("a." * 127 + "com", "write e.g."),
        ("\ud800.com", "write e.g."),
    ],
)
def test_a_wrong_host_is_answered_with_a_remedy(value: str, remedy: str) -> None:
    """What is no host pattern is refused, and the message says what to write."""
    with pytest.raises(ValueError, match="is not a host") as caught:
        grammar.host_pattern(value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("value", "ascii_form"),
    [
        ("Example.COM.", "example.com"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("a。b", "a.b"),
        ("a．b", "a.b"),
        ("ｅｘａｍｐｌｅ.com", "example.com"),
        ("ex\u00adample.com", "example.com"),
        ("%65xample.com", "example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_hosts_are_compared_as_browsers_do(value: str, ascii_form: str) -> None:
    """Every spelling a browser takes for one host has one form here."""
    assert grammar.to_ascii(value) == ascii_form


@pytest.mark.parametrize("value", ["\ud800", "%ff%fe", "a" * 5000 + "é", "\x00", "..", "é" * 300])
def test_a_look_up_never_raises_on_a_host(value: str) -> None:
    """Whatever a page contains has some ASCII form."""
    assert grammar.to_ascii(value).isascii()


@pytest.mark.parametrize("host", ["bücher.example", "www.example.com", "xn--\u0001.example", "xn--99999999.example"])
def test_the_unicode_form_is_the_way_back(host: str) -> None:
    """A-labels are read as people see them; one that can't be decoded stays as it is."""
    assert grammar.to_unicode(grammar.to_ascii(host)) == host


@pytest.mark.parametrize(
    "value",
    ["/privacy", "/", "/a?b=c#d", "https://example.com", "http://example.com:8000/x", "HTTPS://EXAMPLE.com/é"],
)
def test_a_link_is_kept(value: str) -> None:
    """Web addresses and paths of the site are links."""
    assert grammar.link(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *("javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", " javascript:x", "data:text/html,x"),
        *("vbscript:x", "//evil.example", "/\\evil.example", "https:/example.com", "https://", "https:example.com"),
        *("privacy", "", "https://exa mple.com", 'https://a.example/"x', "file:///etc/passwd", "https://a@b.example"),
        *("mailto:a@b.example", "https://a.example/\x00", "https://-a.example", "blob:https://a.example/1"),
    ],
)
def test_a_dangerous_or_broken_link_is_refused(value: str) -> None:
    """Schemes that run code, protocol-relative addresses and halves of addresses are refused."""
    with pytest.raises(ValueError, match="is not a link"):
        grammar.link(value)


def test_a_path_can_be_refused_too() -> None:
    """A vendor's policy lies on another site, so a path is no address for it."""
    with pytest.raises(ValueError, match="is not a link"):
        grammar.link("/privacy", path=False)


def test_other_schemes_must_be_asked_for() -> None:
    """``mailto:`` is a link where a contact is expected, and needs an address after it."""
    assert grammar.link("mailto:dpo@example.com", schemes=("mailto",)) == "mailto:dpo@example.com"
    with pytest.raises(ValueError, match="write what follows mailto:"):
        grammar.link("mailto:", schemes=("mailto",))


@pytest.mark.parametrize(
    ("value", "tag"), [("fr", "fr"), ("FR", "fr"), ("pt_br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW")]
)
def test_a_language_has_one_spelling(value: str, tag: str) -> None:
    """Language tags are put in the usual case."""
    assert grammar.language(value) == tag


@pytest.mark.parametrize("value", ["", "zz", "french", "f", "fr-", "fr-FRA", "12"])
def test_a_wrong_language_is_refused(value: str) -> None:
    """What is no ISO 639 language, or no tag at all, is refused."""
    with pytest.raises(ValueError, match="is not a language"):
        grammar.language(value)


def test_a_country_is_one_of_iso_3166() -> None:
    """Assigned codes pass in either case; common mistakes are answered with the right code."""
    assert grammar.country("fr") == "FR"
    with pytest.raises(ValueError, match=r"'UK' is not a country code.*'GB'"):
        grammar.country("UK")
    with pytest.raises(ValueError, match="'EU' is not a country code"):
        grammar.country("EU")


@pytest.mark.parametrize(
    "name", ["_ga", "_gac_<property-id>", "wp-settings-*", "__Host-x", "a<b c>d", "!#$%&'+-.^_`|~"]
)
def test_a_cookie_name_is_a_token_with_gaps(name: str) -> None:
    """RFC 6265bis names pass, with ``*`` and ``<word>`` for what varies."""
    assert grammar.storage_name(name, cookie=True) == name


@pytest.mark.parametrize(
    "name", ["", "*", "<id>", "<a><b>*", "a b", "a=b", "a;b", "é", "a<", "a<>", "a>b", "x" * 254, "a\n"]
)
def test_a_wrong_cookie_name_is_refused(name: str) -> None:
    """What browsers would not store, and what would declare every cookie, is refused."""
    with pytest.raises(ValueError, match="is not a"):
        grammar.storage_name(name, cookie=True)


def test_a_storage_key_is_freer_than_a_cookie_name() -> None:
    """Keys of local storage may hold spaces and colons, but no control characters."""
    assert grammar.storage_name("persist:root é", cookie=False) == "persist:root é"
    with pytest.raises(ValueError, match="remove control characters"):
        grammar.storage_name("a\x00", cookie=False)


@pytest.mark.parametrize(
    ("value", "message"), [("", "is empty"), ("  ", "is empty"), ("a\x00b", r"U\+0000"), ("\ud800", r"U\+D800")]
)
def test_a_text_must_be_showable(value: str, message: str) -> None:
    """Empty texts, control characters and lone surrogates are refused."""
    with pytest.raises(ValueError, match=message):
        grammar.line(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "'a'"), (True, "true"), (None, "null"), (12, "12"), ("a\nb", r"'a\u000ab'"), ("x" * 99, f"'{'x' * 59}…'")],
)
def test_values_are_shown_short_and_printable(value: object, text: str) -> None:
    """A message shows at most 60 characters of a value, none of which moves the cursor."""
    assert grammar.shown(value) == text
