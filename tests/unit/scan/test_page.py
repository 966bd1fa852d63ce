"""What one page contacts."""

from __future__ import annotations

import pytest

from consentkit.manifest.match import HostIndex
from consentkit.scan.fetch import Response
from consentkit.scan.page import Contact, contacts, links, scripts
from consentkit.scan.site import everything


def answer(body: str, content_type: str = "text/html") -> Response:
    return Response("https://www.example.com/a/b", 200, content_type, (), body.encode(), cut=False)


def seen(body: str, content_type: str = "text/html") -> set[tuple[str, str | None, bool]]:
    manifest = everything()
    found = contacts(answer(body, content_type), manifest, HostIndex(manifest))
    return {(each.host, each.service, each.in_code) for each in found}


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<script src="//www.googletagmanager.com/gtag/js?id=G"></script>',
         ("www.googletagmanager.com", "google-analytics", False)),
        ('<script src="//www.googletagmanager.com/gtm.js"></script>',
         ("www.googletagmanager.com", "google-tag-manager", False)),
        ('<iframe src="https://www.youtube.com/embed/x"></iframe>', ("www.youtube.com", "youtube", False)),
        ('<img srcset="https://pixel.unknown.example/1 2x">', ("pixel.unknown.example", None, False)),
        ("<script>x='https:\\/\\/static.hotjar.com/c'</script>", ("hotjar.com", "hotjar", True)),
    ],
)  # fmt: skip
def test_each_contact_has_its_service(markup: str, found: tuple[str, str | None, bool]) -> None:
    """By tag or named in a script, told apart by path as the gate does."""
    assert found in seen(markup)


def test_what_contacts_nobody_is_not_listed() -> None:
    """Links to follow by hand, structured data, text, and the page's own files."""
    assert (
        seen(
            '<a href="https://www.facebook.com/x">x</a><script type="application/ld+json">'
            '{"sameAs": "https://www.facebook.com/x", "v": "https://static.hotjar.com"}</script>'
            '<img src="/logo.svg"><p>https://www.youtube.com/</p><!-- <img src="https://t.example/"> -->'
        )
        == set()
    )


def test_a_script_of_the_site_is_read_too() -> None:
    """Whom a file of JavaScript names."""
    assert ("hotjar.com", "hotjar", True) in seen("fetch('https://static.hotjar.com/x')", "text/javascript")


def test_a_contact_is_not_repeated_because_a_script_names_it() -> None:
    """Once is enough."""
    both = "<script src='https://static.hotjar.com/c'></script><script>'https://static.hotjar.com/c'</script>"
    assert [each for each in seen(both) if each[1] == "hotjar"] == [("static.hotjar.com", "hotjar", False)]


def test_links_and_scripts_of_the_same_host() -> None:
    """Resolved, without fragments, each once; other hosts and schemes are left out."""
    page = answer(
        '<a href="/c">1</a><a class=x href="d?e=1&amp;f=2#g">2</a><a href="/c#h">3</a><a href="https://o.example/">4</a>'
        '<a href="mailto:a@b">5</a><a href="http://[">6</a><script defer src=/s.js></script>'
    )
    assert links(page) == ["https://www.example.com/c", "https://www.example.com/a/d?e=1&f=2"]
    assert scripts(page) == ["https://www.example.com/s.js"]


def test_contacts_are_values() -> None:
    """Two equal contacts are one."""
    assert Contact("a.example", "/", None) == Contact("a.example", "/", None, in_code=False)
