"""What visitors are shown: the hooks, the law's points, hostile texts, weights."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from consentkit.manifest.load import loads
from consentkit.notice.languages import SHIPPED
from consentkit.notice.render import NoticeRenderer
from consentkit.notice.views import ChoiceView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest

    Decide = Callable[..., Decision]
    Parse = Callable[[str], Element]
    Words = Callable[[Element | None], str]

LABELS = {
    "en": {"accept": "Accept all", "refuse": "Reject all", "manage": "Manage choices"},
    "fr": {"accept": "Tout accepter", "refuse": "Tout refuser", "manage": "Gérer mes choix"},
}
HOSTILE = "<script>alert(1)</script>\"onload=alert(2)//'</style>{{ 7*7 }}"


ON_RECORD = ChoiceView(index=7, time="2026-08-31T12:00:00+00:00", date="31 August 2026", state="given", allowed="A")


def every_html(renderer: NoticeRenderer, decide: Decide, manifest: Manifest, language: str) -> dict[str, str]:
    """Everything a visitor can be shown."""
    given = decide("given", ("analytics",), ("youtube",))
    return {
        "banner": renderer.banner(language=language, decision=decide(), return_to="/p?a=1"),
        "link": renderer.banner(language=language, decision=given, return_to="/p?a=1"),
        "preferences": renderer.preferences(language=language, decision=given, return_to="/", saved=True),
        "unasked": renderer.preferences(language=language, decision=decide(), return_to="/"),
        "notice": renderer.notice(language=language, decision=given, browser="Firefox"),
        "placeholder": renderer.placeholder(
            manifest.service("youtube"), language=language, title="A film", width=560, height=315
        ),
        "mine": renderer.mine(language=language, entries=[ON_RECORD], erased=True),
        "nothing": renderer.mine(language=language, entries=[]),
        "error": renderer.error(language=language, status=503, message="the store is closed"),
    }


def shape(page: Element) -> list[tuple[str, list[str]]]:
    """Every element with the names of its attributes, in document order."""
    return [(str(element.tag), sorted(map(str, element.attrib))) for element in page.iter()]


def ticked(page: Element) -> set[tuple[str | None, str | None]]:
    """Name and value of every ticked box."""
    boxes = page.iterfind(".//input[@type='checkbox']")
    return {(box.get("name"), box.get("value")) for box in boxes if "checked" in box.attrib}


@pytest.mark.requirement("R7 R9 R12 R63")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_banner_is_one_form_with_the_fixed_hooks(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words, language: str
) -> None:
    """The section, its one form, its fields and its labels are those the interface promises."""
    page = parse(renderer.banner(language=language, decision=decide(), return_to="/p?a=1&b=2"))
    section = page.find(".//section[@id='consentkit'][@data-consentkit='banner']")
    assert section is not None
    assert section.get("lang") == language
    assert "data-nosnippet" in section.attrib
    title = section.get("aria-labelledby")
    assert "Hootis" in words(section.find(f".//*[@id='{title}']"))
    forms = section.findall(".//form")
    assert [(form.get("method"), form.get("action")) for form in forms] == [("post", "/_consent/choice")]
    hidden = {field.get("name"): field.get("value") for field in section.iterfind(".//input[@type='hidden']")}
    assert hidden == {"return_to": "/p?a=1&b=2", "collected": "banner", "language": language}
    buttons = {button.get("value"): words(button) for button in section.iterfind(".//button[@name='action']")}
    manage = section.find(".//a[@href='/_consent/preferences?return_to=/p%3Fa%3D1%26b%3D2']")
    assert {**buttons, "manage": words(manage)} == LABELS[language]


@pytest.mark.requirement("R7 R8")
def test_accept_and_refuse_differ_in_nothing_but_their_value(
    renderer: NoticeRenderer, decide: Decide, parse: Parse
) -> None:
    """Both buttons are siblings with the same attributes, so no rule can favour one (CNIL 2020-092 §34)."""
    page = parse(renderer.banner(language="en", decision=decide(), return_to="/"))
    rows = [row for row in page.iter() if row.findall("./button")]
    assert len(rows) == 1
    assert [{**button.attrib, "value": ""} for button in rows[0].findall("button")] == [
        {"name": "action", "value": ""}
    ] * 2
    assert len(rows[0]) == 2


@pytest.mark.requirement("R8 R10")
def test_style_sheet_tells_no_button_of_the_banner_from_the_other(renderer: NoticeRenderer) -> None:
    """No selector names a button by its value, place or focus alone."""
    sheet = next(
        asset.body.decode() for name, asset in renderer.assets.items() if re.match(r"consentkit\..*css$", name)
    )
    assert not re.search(r"button\[|button:(nth|first|last|only)|\[value|\[name=action", sheet)


@pytest.mark.requirement("R13 R14 R15")
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Hootis SAS and 3 third parties", "Refusing has no consequence", "at any time", "Count visits"]),
        ("fr", ["Hootis SAS et 3 tiers", "Refuser est sans conséquence", "à tout moment", "Compter les visites"]),
    ],
)
def test_first_layer_says_what_must_be_known_before_choosing(
    renderer: NoticeRenderer,
    manifest: Manifest,
    decide: Decide,
    parse: Parse,
    words: Words,
    language: str,
    expected: list[str],
) -> None:
    """Who asks, how many third parties, each purpose and what it is, that refusing is free, how to withdraw."""
    section = parse(renderer.banner(language=language, decision=decide(), return_to="/")).find(".//section")
    shown = words(section)
    titles = [manifest.purpose(purpose).label(language) for purpose in manifest.consent_purposes]
    vendors = {service.vendor.name for service in manifest.services}
    for part in [*expected, *titles, *vendors]:
        assert part in shown
    assert section is not None
    assert section.find(".//a[@href='/_consent/notice']") is not None


def test_expired_choice_is_asked_again_with_the_reason(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words
) -> None:
    """Only a visitor who chose before reads why the question comes back."""
    again = "so we ask again"
    shown = {
        state: words(parse(renderer.banner(language="en", decision=decide(state), return_to="/")).find(".//section"))
        for state in ("unknown", "expired")
    }
    assert again in shown["expired"]
    assert again not in shown["unknown"]


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("state", ["given", "refused", "withdrawn"])
def test_once_chosen_only_the_link_stays(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words, state: str
) -> None:
    """The banner is gone and the link to the preferences tells scripts the state."""
    page = parse(renderer.banner(language="fr", decision=decide(state, ("media",)), return_to="/p"))
    assert page.find(".//section") is None
    link = page.find(".//a[@data-consentkit='preferences']")
    assert words(link) == "Gérer mes choix"
    assert link is not None
    assert link.get("href") == "/_consent/preferences?return_to=/p"
    assert link.get("data-consentkit-state") == state
    assert link.get("data-consentkit-allowed") == "basket media necessary"


def test_nobody_is_asked_when_nothing_needs_consent(decide: Decide) -> None:
    """A site with exempt purposes only shows the link, never a question without an object."""
    manifest = loads(
        "version: 1\nsite: {name: S, controller: {name: C}}\nnotice: {revision: 2026-01-01}\n"
        "purposes: [{id: necessary, exempt: authentication}]\n"
    )
    html = NoticeRenderer(manifest).banner(language="en", decision=decide(), return_to="/")
    assert "<section" not in html
    assert 'data-consentkit="preferences"' in html


def test_tags_carry_name_integrity_and_nonce_of_the_assets(
    renderer: NoticeRenderer, decide: Decide, parse: Parse
) -> None:
    """Each tag loads an asset by its hashed name and pins its content; a nonce is on both, escaped."""
    banner = renderer.banner(language="en", decision=decide(), return_to="/")
    page = parse(renderer.head(nonce='a"b', told={"guard": '{"cookie":[]}'}) + banner)
    link, script = page.find(".//link"), page.find(".//script")
    assert link is not None
    assert script is not None
    assert script.get("data-consentkit-guard") == '{"cookie":[]}'
    for url, tag in ((link.get("href"), link), (script.get("src"), script)):
        assert url is not None
        folder, _, name = url.rpartition("/")
        assert folder == "/_consent/static"
        assert tag.get("integrity") == renderer.assets[name].integrity
        assert tag.get("nonce") == 'a"b'
    assert "nonce" not in renderer.head(nonce=None)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_holds_inline_code_or_a_parse_error(
    renderer: NoticeRenderer, decide: Decide, manifest: Manifest, parse: Parse, language: str
) -> None:
    """Everything works under ``script-src 'self'; style-src 'self'`` and is conforming markup."""
    for name, html in every_html(renderer, decide, manifest, language).items():
        for element in parse(html).iter():
            assert element.tag != "style", name
            assert element.tag != "script" or element.get("src"), name
            assert not [key for key in element.attrib if key == "style" or str(key).startswith("on")], name


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_ids_are_unique_and_labels_point_at_something(
    renderer: NoticeRenderer, decide: Decide, manifest: Manifest, parse: Parse, language: str
) -> None:
    """Assistive technology finds each name it is sent to (WCAG 1.3.1, 4.1.2)."""
    for name, html in every_html(renderer, decide, manifest, language).items():
        page = parse(html)
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), name
        for element in page.iter():
            target = element.get("aria-labelledby")
            assert target is None or target in ids, name


def test_no_name_is_one_that_content_blockers_hide(
    renderer: NoticeRenderer, decide: Decide, manifest: Manifest, parse: Parse
) -> None:
    """A banner that is hidden can't be answered, so class names and ids avoid the filter lists' words."""
    listed = re.compile(r"cookie|banner|gdpr|rgpd|\bcc-|\bads?\b|overlay|notice|popup|modal")
    for html in every_html(renderer, decide, manifest, "en").values():
        for element in parse(html).iter():
            names = f"{element.get('class', '')} {element.get('id', '')}"
            assert not listed.search(names), names


@pytest.mark.parametrize(
    "line",
    [
        "name: Hootis\n",
        "name: Hootis SAS",
        'en: "Count visits and learn which pages are useful."',
        "name: Google Ireland Ltd",
        'en: "Pages viewed, browser, country, shortened address."',
        'en: "Tells visitors apart."',
        "12 rue des Lilas, 69003 Lyon",
    ],
)
def test_texts_of_the_manifest_are_text_and_never_markup(
    with_line: Callable[[str, str], Manifest], decide: Decide, parse: Parse, line: str
) -> None:
    """No text of a manifest can add an element, an attribute or a template expression to a page."""
    key, separator, _ = line.partition(": ")
    quoted = "'" + HOSTILE.replace("'", "''") + "'"
    replacement = key + separator + quoted + line[len(line.rstrip()) :] if separator else HOSTILE.replace('"', '\\"')
    hostile, harmless = with_line(line, replacement), with_line(line, line)
    hostile_pages = every_html(NoticeRenderer(hostile), decide, hostile, "en")
    shown = ""
    for name, html in every_html(NoticeRenderer(harmless), decide, harmless, "en").items():
        page = parse(hostile_pages[name])
        assert shape(page) == shape(parse(html)), name
        shown += "".join(page.itertext())
    assert HOSTILE in shown


@pytest.mark.parametrize(
    "return_to",
    [
        "//evil.test/",
        "/\\evil.test",
        "/\t/evil.test",
        "javascript:alert(1)",
        "https://evil.test",
        "evil.test",
        "",
        "/\n/e",
    ],
)
def test_way_back_never_leaves_the_site(renderer: NoticeRenderer, decide: Decide, parse: Parse, return_to: str) -> None:
    """A path that a browser could read as another host or a script becomes the site's root."""
    banner = parse(renderer.banner(language="en", decision=decide(), return_to=return_to))
    preferences = parse(renderer.preferences(language="en", decision=decide(), return_to=return_to))
    for page in (banner, preferences):
        fields = page.findall(".//input[@name='return_to']")
        assert fields
        assert {field.get("value") for field in fields} == {"/"}
    assert preferences.find(".//p/a[@href='/']") is not None


def test_way_back_is_escaped_where_it_stands(renderer: NoticeRenderer, decide: Decide, parse: Parse) -> None:
    """A path with markup in it adds nothing to the page and comes back as it was."""
    path = "/a?q=\"><script>alert(1)</script>&amp;x='%26#f"
    for decision in (decide(), decide("refused")):
        plain = parse(renderer.banner(language="en", decision=decision, return_to="/"))
        page = parse(renderer.banner(language="en", decision=decision, return_to=path))
        assert shape(page) == shape(plain)
        assert {field.get("value") for field in page.iterfind(".//input[@name='return_to']")} == {path}
        links = [str(link.get("href")) for link in page.iterfind(".//a") if "return_to" in str(link.get("href"))]
        assert [parse_qs(urlsplit(link).query) for link in links] == [{"return_to": [path]}]


def test_allow_form_repeats_what_is_allowed(renderer: NoticeRenderer, decide: Decide, parse: Parse) -> None:
    """Allowing one more service by a placeholder keeps the purposes and services allowed before, and no more."""
    decision = decide("given", ("analytics",), ("youtube",))
    alone = renderer.allow_form(decision=decision, return_to="/p")
    assert alone in renderer.banner(language="en", decision=decision, return_to="/p")
    form = parse(alone).find(".//form[@id='consentkit-allow']")
    assert form is not None
    assert (form.get("method"), form.get("action")) == ("post", "/_consent/choice")
    fields = [(field.get("name"), field.get("value")) for field in form.iterfind("input")]
    assert sorted(fields, key=str) == [
        ("action", "save"),
        ("collected", "placeholder"),
        ("purposes", "analytics"),
        ("return_to", "/p"),
        ("services", "youtube"),
    ]


@pytest.mark.requirement("R11")
def test_preferences_tick_nothing_in_advance(renderer: NoticeRenderer, decide: Decide, parse: Parse) -> None:
    """Before a choice no box is ticked, and exempt purposes have none (CJEU C-673/17)."""
    page = parse(renderer.preferences(language="en", decision=decide(), return_to="/"))
    assert ticked(page) == set()
    boxes = {(box.get("name"), box.get("value")) for box in page.iterfind(".//input[@type='checkbox']")}
    assert {value for name, value in boxes if name == "purposes"} == {"analytics", "advertising", "media"}
    services = [value for name, value in boxes if name == "services"]
    assert sorted(map(str, services)) == ["google-ads", "google-analytics", "hotjar", "meta-pixel", "youtube"]


@pytest.mark.requirement("R19")
def test_preferences_show_the_choice_as_it_is(renderer: NoticeRenderer, decide: Decide, parse: Parse) -> None:
    """A service is ticked only when allowed on its own: unticking its purpose must then forbid it."""
    decision = decide("given", ("analytics",), ("youtube",))
    page = parse(renderer.preferences(language="en", decision=decision, return_to="/"))
    assert ticked(page) == {("purposes", "analytics"), ("services", "youtube")}
    opened = [details for details in page.iterfind(".//details") if "open" in details.attrib]
    assert [box.get("value") for details in opened for box in details.iterfind(".//input")] == ["youtube"]


def test_service_of_two_purposes_has_one_box(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words
) -> None:
    """Under its other purpose a service says where its box is."""
    page = parse(renderer.preferences(language="en", decision=decide(), return_to="/"))
    assert len(page.findall(".//input[@value='google-ads']")) == 1
    assert "Google Ads also serves another purpose; allow it on its own under “Advertising”." in words(page)


@pytest.mark.parametrize(("state", "withdraw"), [("given", True), ("refused", False), ("unknown", False)])
def test_preferences_offer_every_answer_alike(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, state: str, withdraw: bool
) -> None:
    """Save, refuse and accept have the same attributes; save stands first because Enter in a box presses the first."""
    page = parse(renderer.preferences(language="en", decision=decide(state, ("media",)), return_to="/"))
    buttons = page.findall(".//form//button")
    assert [button.get("value") for button in buttons] == [
        "save",
        "refuse",
        "accept",
        *(["withdraw"] if withdraw else []),
    ]
    assert {tuple(sorted(button.attrib)) for button in buttons[:3]} == {("name", "value")}


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("state", ["unknown", "given", "refused", "withdrawn", "expired"])
def test_preferences_tell_the_state_in_words(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words, state: str
) -> None:
    """Each state has its sentence, and only a choice just saved is announced as a status (WCAG 4.1.3)."""
    decision = decide(state)
    page = parse(renderer.preferences(language="fr", decision=decision, return_to="/"))
    assert words(page.find(".//p[@class='kit-lead']")) == " ".join(SHIPPED.text("fr", f"preferences.{state}").split())
    assert page.find(".//*[@role='status']") is None
    saved = parse(renderer.preferences(language="fr", decision=decision, return_to="/", saved=True))
    assert words(saved.find(".//*[@role='status']")) == "Vos choix sont enregistrés."


@pytest.mark.requirement("R16 R27")
def test_notice_lists_every_item_with_its_lifetime(
    renderer: NoticeRenderer, manifest: Manifest, decide: Decide, parse: Parse, words: Words
) -> None:
    """The table has one row for each item declared and for the choice cookie, with names and lifetimes in words."""
    page = parse(renderer.notice(language="fr", decision=decide(), browser=None))
    rows = {words(row.find("th/code")): [words(cell) for cell in row] for row in page.iterfind(".//tbody/tr")}
    declared = [*manifest.cookies, *(item for service in manifest.services for item in service.cookies)]
    assert list(rows) == [
        *(item.name for item in manifest.cookies),
        "rgpd",
        *(i.name for s in manifest.services for i in s.cookies),
    ]
    for item in declared:
        assert rows[item.name][1] == SHIPPED.duration("fr", item.lifetime)
    assert rows["_gat"][0] == "_gat aussi _dc_gtm_<property-id>"
    assert rows["rgpd"][1] == "6 mois"


@pytest.mark.requirement("R15")
def test_notice_says_who_what_how_long_and_how_to_withdraw(
    renderer: NoticeRenderer, decide: Decide, parse: Parse, words: Words
) -> None:
    """Controller, vendors with country and policy, retention, truncation, withdrawal and the date of the text."""
    page = parse(renderer.notice(language="en", decision=decide("given", ("analytics",)), browser=None))
    shown = words(page)
    for part in (
        "Last revised on 4 May 2022.",
        "12 rue des Lilas, 69003 Lyon",
        "Google Ireland Ltd, Ireland · processor",
        "Pages viewed, browser, country, shortened address.",
        "Deleted after 2 months.",
        "Kept for 5 years.",
        "first 16 of 32 bits",
        "first 32 of 128",
        "“Manage choices” is on every page",
        "for 6 months",
    ):
        assert part in shown
    links = {link.get("href") for link in page.iterfind(".//a")}
    assert {"mailto:vie-privee@hootis.fr", "/confidentialite", "https://policies.google.com/privacy"} <= links
    assert "/_consent/preferences?return_to=/_consent/notice" in links


def test_notice_says_that_a_choice_lasts_the_session(with_line: Callable[[str, str], Manifest], decide: Decide) -> None:
    """A lifetime that is no number of months still makes a sentence."""
    renderer = NoticeRenderer(with_line("lifetime: 6 months}", "lifetime: session, refusal_lifetime: 6 months}"))
    html = renderer.notice(language="en", decision=decide(), browser=None)
    assert "We keep a consent until you close your browser and a refusal for 6 months." in html


def test_placeholder_allows_one_service(
    renderer: NoticeRenderer, manifest: Manifest, parse: Parse, words: Words
) -> None:
    """It names the service, says why it is not shown, and its button posts the hidden form with this service."""
    page = parse(
        renderer.placeholder(manifest.service("youtube"), language="en", title="A film", width=560, height=315)
    )
    group = page.find(".//span[@data-consentkit='placeholder']")
    assert group is not None
    assert (group.get("role"), group.get("aria-label")) == ("group", "A film")
    assert "YouTube is not shown A film This content comes from Google Ireland Ltd" in words(group)
    button = group.find(".//button")
    assert button is not None
    assert button.attrib == {"form": "consentkit-allow", "name": "services", "value": "youtube"}
    assert words(button) == "Allow YouTube"
    svg = next(element for element in group.iter() if str(element.tag).endswith("svg"))
    assert (svg.get("width"), svg.get("height")) == ("560", "315")


def test_placeholder_may_stand_inside_a_paragraph(renderer: NoticeRenderer, manifest: Manifest, parse: Parse) -> None:
    """It is phrasing content: a block element would close the paragraph that held the frame."""
    html = renderer.placeholder(manifest.service("youtube"), language="en", title=None)
    page = parse(f"<p>before {html} after</p>")
    paragraph = page.find(".//p")
    assert paragraph is not None
    assert "".join(paragraph.itertext()).rstrip().endswith("after")
    assert "<svg" not in html


@pytest.mark.parametrize(("status", "part"), [(503, "cannot record"), (403, "did not come from"), (418, "try again")])
def test_error_page_explains_and_leads_back(
    renderer: NoticeRenderer, parse: Parse, words: Words, status: int, part: str
) -> None:
    """A form that failed is answered with a reason in words, the message, and a way back."""
    page = parse(renderer.error(language="en", status=status, message="no <purpose> 'x'"))
    assert part in words(page.find(".//*[@role='alert']"))
    assert "no <purpose> 'x'" in words(page)
    assert page.find(".//a[@href='/_consent/preferences']") is not None


@pytest.mark.requirement("R35")
def test_digest_is_that_of_what_is_shown(
    renderer: NoticeRenderer, manifest: Manifest, with_line: Callable[[str, str], Manifest]
) -> None:
    """It depends on language and texts, on nothing else, and the evidence holds both layers word for word."""
    digest = renderer.notice_digest("fr")
    assert digest == hashlib.sha256(renderer.evidence("fr").encode()).hexdigest()
    assert digest == NoticeRenderer(manifest).notice_digest("fr")
    assert digest != renderer.notice_digest("en")
    changed = NoticeRenderer(with_line("Compter les visites", "Compter vos visites"))
    assert changed.notice_digest("fr") != digest
    assert changed.notice_digest("en") == renderer.notice_digest("en")
    for part in ("Cookies et traceurs sur Hootis", "Vos choix sur Hootis", "Hotjar Ltd"):
        assert part in renderer.evidence("fr")


def test_site_replaces_and_extends_templates(tmp_path: Path, manifest: Manifest, decide: Decide) -> None:
    """A template of the site comes first, and may extend the shipped one it replaces."""
    (tmp_path / "link.html").write_text("<b>{{ site }}</b>", encoding="utf-8")
    (tmp_path / "error.html").write_text(
        "{% extends 'consentkit/error.html' %}{% block title %}Ours{% endblock %}", encoding="utf-8"
    )
    renderer = NoticeRenderer(manifest, templates=tmp_path)
    assert "<b>Hootis</b>" in renderer.banner(language="en", decision=decide("refused"), return_to="/")
    assert "<title>Ours</title>" in renderer.error(language="en", status=400, message="")
    assert "<section" in renderer.banner(language="en", decision=decide(), return_to="/")


def test_prefix_is_in_every_address(manifest: Manifest, decide: Decide, parse: Parse) -> None:
    """A renderer for another prefix has no address under the usual one."""
    renderer = NoticeRenderer(manifest, prefix="/app/_privacy")
    for html in every_html(renderer, decide, manifest, "en").values():
        assert "_consent" not in html
        for form in parse(html).iterfind(".//form"):
            assert form.get("action") in {"/app/_privacy/choice", "/app/_privacy/mine/erase"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_weight_keeps_its_budget(renderer: NoticeRenderer, decide: Decide, language: str) -> None:
    """A page loads one style and one script, at most 6 KB gzip together; the banner's HTML is at most 3 KB."""
    banner = renderer.banner(language=language, decision=decide(), return_to="/")
    page = renderer.head(nonce=None) + banner
    loaded = [asset for name, asset in renderer.assets.items() if name in page]
    assert page.count("/static/") == len(loaded) == 2
    assert sum(len(gzip.compress(asset.body, 9)) for asset in loaded) <= 6 * 1024
    size = len(gzip.compress(banner.encode(), 9))
    print(f"{language}: the banner's HTML is {size} bytes gzip (bar: 3072)")
    assert size <= 3 * 1024
