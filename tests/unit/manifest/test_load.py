"""A manifest file becomes a manifest, or a list of every problem in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.errors import ManifestError, Problem
from consentkit.manifest.load import MAX_BYTES, load, loads, read

if TYPE_CHECKING:
    from pathlib import Path

START = """\
version: 1
site: {name: Example, controller: {name: Example Ltd}}
notice: {revision: 2026-01-01}
purposes:
  - {id: necessary, exempt: authentication}
  - {id: analytics}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        loads(text, file="c.yaml")
    assert list(map(str, caught.value.problems)) == str(caught.value).split("\n")
    return list(map(str, caught.value.problems))


def service(text: str) -> str:
    """A service with one line changed, to follow START."""
    return f"{START}services:\n  - id: s\n    vendor: {{name: S}}\n    purposes: [analytics]\n    {text}\n"


def test_a_realistic_file_is_loaded(example: Path) -> None:
    """The example has all its parts, in the order of the file."""
    manifest = load(example)
    assert [purpose.id for purpose in manifest.purposes] == ["necessary", "basket", "analytics", "advertising", "media"]
    assert [item.name for item in manifest.service("google-analytics").cookies][:2] == ["_ga", "_ga_<container-id>"]
    assert load(str(example)) == manifest


def test_the_least_is_enough() -> None:
    """Only version, site, notice and purposes are needed."""
    assert loads(START).unlisted == "block"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{START}servces: []", "c.yaml:7:1: servces: unknown key 'servces'; write 'services'"),
        (f"{START}xyz: []", "c.yaml:7:1: xyz: unknown key 'xyz'; known here: 'version', 'site', 'notice', 'banner'"),
        (START.replace("version: 1", "version: 2"), "c.yaml:1:10: version: 2 is not allowed here; write 1"),
        (START.replace("version: 1", "version: '1'"), "c.yaml:1:10: version: '1' is not allowed here; write 1"),
        (START.replace("version: 1\n", ""), "c.yaml:1:1: version: 'version' is missing; add e.g. 'version: 1'"),
        (
            START.replace("name: Example Ltd", "name: 12"),
            "c.yaml:2:42: site.controller.name: 12 is a number, not text; put it in quotes: '12'",
        ),
        (
            START.replace("{name: Example Ltd}", "[a]"),
            "c.yaml:2:35: site.controller: ['a'] is a list, not a mapping; write a mapping: {key: value}",
        ),
        (f"{START}cookies: {{}}", "c.yaml:7:10: cookies: {} is a mapping, not a list; write a list: [first, second]"),
        (f"{START}cookies:", "c.yaml:7:9: cookies: null is nothing, not a list; write a list: [first, second]"),
        (
            START.replace("2026-01-01", "soon"),
            "c.yaml:3:20: notice.revision: 'soon' is not a date; write e.g. 2026-11-22",
        ),
        (
            START.replace("2026-01-01", "2026-13-41"),
            "c.yaml:3:20: notice.revision: '2026-13-41' is not a date; write e.g. 2026-11-22",
        ),
        (
            START.replace("2026-01-01}", "2026-01-01, material: yes}"),
            "c.yaml:3:42: notice.material: 'yes' is text, not true or false; write true or false",
        ),
        (
            START.replace("authentication", "authentification"),
            "c.yaml:5:29: purposes.0.exempt: 'authentification' is not allowed here; write 'authentication'",
        ),
        (
            f"{START}unlisted: off",
            "c.yaml:7:11: unlisted: 'off' is not allowed here; write 'block' or 'report'",
        ),
        (f"{START}anonymise: {{ipv4: 32}}", "c.yaml:7:19: anonymise.ipv4: 32 is out of range; write 24 or less"),
        (f"{START}anonymise: {{ipv6: -1}}", "c.yaml:7:19: anonymise.ipv6: -1 is out of range; write 0 or more"),
        (
            f"{START}anonymise: {{ipv6: true}}",
            "c.yaml:7:19: anonymise.ipv6: true is a truth value, not a whole number; write e.g. 16",
        ),
        (
            f"{START}retention: {{browser_log: session}}",
            "c.yaml:7:26: retention.browser_log: 'session' is no fixed length of time; write e.g. '2 months'",
        ),
        (
            f"{START}choice: {{lifetime: 1 day .. 2 days}}",
            "c.yaml:7:20: choice.lifetime: '1 day .. 2 days' is no fixed length of time; write e.g. '2 months'",
        ),
        (
            f"{START}choice: {{lifetime: 13 moons}}",
            "c.yaml:7:20: choice.lifetime: '13 moons' is not a duration; write e.g. '13 months'",
        ),
        (
            f"{START}choice: {{cookie: 'rgpd_*'}}",
            "c.yaml:7:18: choice.cookie: 'rgpd_*' is a pattern; the choice cookie has one name, e.g. 'rgpd'",
        ),
        (
            START.replace("name: Example,", "name: Example, languages: [fr, klingon],"),
            "c.yaml:2:39: site.languages.1: 'klingon' is not a language; write e.g. 'fr' or 'pt-BR'",
        ),
        (
            START.replace("name: Example,", "name: Example, languages: [],"),
            "c.yaml:2:34: site.languages: is empty; name at least one",
        ),
        (
            START.replace("name: Example,", "name: Example, hosts: [a.example/x],"),
            "c.yaml:2:31: site.hosts.0: 'a.example/x' has a path; a site's own hosts are whole, write 'a.example'",
        ),
        (
            START.replace("Ltd", "Ltd, country: XX"),
            "c.yaml:2:64: site.controller.country: 'XX' is not a country code; write two letters of ISO 3166-1",
        ),
        (
            START.replace("Ltd", 'Ltd, policy: "javascript:alert(1)"'),
            "c.yaml:2:63: site.controller.policy: 'javascript:alert(1)' is not a link; write an address",
        ),
        (
            START.replace("{id: analytics}", "{id: analytics, title: {fr: a, xx: b}}"),
            "c.yaml:6:40: purposes.1.title.xx: 'xx' is not a language; write e.g. 'fr' or 'pt-BR'",
        ),
        (
            START.replace("{id: analytics}", "{id: necessary}"),
            "c.yaml:6:10: purposes.1.id: 'necessary' is already the id of purposes.0; give each its own",
        ),
        (
            service("hosts: ['https://a.example/x']"),
            "c.yaml:11:13: services.0.hosts.0: 'https://a.example/x' is not a host; leave the scheme out: 'a.example",
        ),
        (
            service("cookies: [{name: a}]"),
            "c.yaml:11:15: services.0.cookies.0.lifetime: 'lifetime' is missing; add e.g. 'lifetime: 13 months'",
        ),
        (
            service("cookies: [{name: a, lifetime: 13}]"),
            "c.yaml:11:35: services.0.cookies.0.lifetime: '13' is not a duration; write e.g. '13 months'",
        ),
        (
            service("cookies: [{name: 'a b', lifetime: 1 day}]"),
            "c.yaml:11:22: services.0.cookies.0.name: 'a b' is not a cookie's name; use letters, digits and",
        ),
        (
            service("cookies: [{name: a, lifetime: 1 day, purpose: analytic}]"),
            "c.yaml:11:51: services.0.cookies.0.purpose: 'analytic' is not a purpose of this manifest",
        ),
    ],
)
def test_each_problem_has_its_place_value_and_remedy(text: str, problem: str) -> None:
    """One mistake gives one problem, at its line and column, with what to write instead."""
    found = problems(text)
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_every_problem_in_one_run() -> None:
    """Wrong types, words, references, duplicates and indirection are all listed, in the order of the file."""
    found = problems(
        START.replace("analytics}", "analytics, titel: x}")
        + """\
services:
  - id: a
    vendor: {name: A, role: procesor, policy: "javascript:x"}
    purposes: [analytic]
    hosts: [www.a.example, "*.com"]
    cookies:
      - {name: _a, lifetime: 13 moons}
      - {name: _a}
  - id: a
    vendor: &v {name: B}
    purposes: []
    hosts: [WWW.A.example]
    hosts: []
cookies:
  - {name: own, lifetime: 1 day}
"""
    )
    assert [line.split(": ", 2)[:2] for line in found] == [
        ["c.yaml:6:21", "purposes.1.titel"],
        ["c.yaml:9:29", "services.0.vendor.role"],
        ["c.yaml:9:47", "services.0.vendor.policy"],
        ["c.yaml:10:16", "services.0.purposes.0"],
        ["c.yaml:11:28", "services.0.hosts.1"],
        ["c.yaml:13:30", "services.0.cookies.0.lifetime"],
        ["c.yaml:14:9", "services.0.cookies.1.lifetime"],
        ["c.yaml:14:16", "services.0.cookies.1.name"],
        ["c.yaml:15:9", "services.1.id"],
        ["c.yaml:16:13", "services.1.vendor"],
        ["c.yaml:17:15", "services.1.purposes"],
        ["c.yaml:18:13", "services.1.hosts.0"],
        ["c.yaml:19:5", "services.1.hosts"],
        ["c.yaml:21:5", "cookies.0.purpose"],
    ]


def test_what_the_reader_refused_is_not_called_missing_too() -> None:
    """A value given by alias is one problem, not also a missing value."""
    assert problems(START.replace("{revision: 2026-01-01}", "*x")) == [
        "c.yaml:3:9: notice: alias '*x' is refused; write the value out"
    ]


def test_broken_yaml_is_the_only_problem() -> None:
    """Half a file is not judged for what its other half would have said."""
    assert len(problems("version: 1\nsite: {name: x\npurposes: [")) == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_an_empty_text_is_answered_with_init(text: str) -> None:
    """An empty manifest is one problem that says how to begin."""
    assert problems(text) == ["c.yaml:1:1: empty; 'consentkit init' writes a manifest to start from"]


@pytest.mark.parametrize(
    ("regions", "problem"),
    [
        (
            "{FRA: opt-in}",
            (
                "c.yaml:7:11: regions.FRA: 'FRA' is not a country code; write two letters of ISO 3166-1, e.g. 'FR', "
                "or 'default'"
            ),
        ),
        (
            "{FR: opt-in, US-CALIF: opt-out}",
            "c.yaml:7:23: regions.US-CALIF: 'US-CALIF' is not a state; write ISO 3166-2, e.g. 'US-CA'",
        ),
        ("{default: optin}", "c.yaml:7:20: regions.default: 'optin' is not allowed here; write 'opt-in'"),
        (
            "{GB: true}",
            "c.yaml:7:15: regions.GB: true is not allowed here; write 'opt-in', 'opt-out' or 'notice'",
        ),
        ("{GB: notice, gb: opt-in}", "c.yaml:7:23: regions.gb: 'gb' is the place 'GB' again; keep one"),
        ("[GB]", "c.yaml:7:10: regions: ['GB'] is a list, not a mapping; write a mapping: {key: value}"),
    ],
)
def test_regions_are_checked(regions: str, problem: str) -> None:
    """A country that is none, a regime that is none and a country given twice are reported at their place."""
    assert problems(f"{START}regions: {regions}") == [problem]


def test_regions_are_a_mapping_of_texts() -> None:
    """Countries are kept in capitals, regimes as written."""
    manifest = loads(f"{START}regions: {{default: opt-in, us: opt-out, NO: notice}}")
    assert manifest.regions == {"default": "opt-in", "US": "opt-out", "NO": "notice"}


def test_places_are_kept(tmp_path: Path) -> None:
    """A manifest read with its places tells the line of any path, and of the last step there is."""
    path = tmp_path / "c.yaml"
    path.write_text(START)
    source = read(path)
    assert source.manifest == loads(START)
    assert (source.place(("purposes", 1, "id")).line, source.place(("purposes", 1, "id")).column) == (6, 10)
    assert source.place(("purposes", 1, "title")).line == 6
    assert source.place(("services", 0)).line == 1


@pytest.mark.parametrize("text", ["hello", "[1]", "12"])
def test_another_kind_of_document_is_refused(text: str) -> None:
    """A document that is no mapping is refused as such."""
    assert "not a mapping" in problems(text)[0]


def test_yaml_1_1_words_are_text() -> None:
    """Norway's country code is a code, and Norwegian is a language."""
    text = START.replace("Example Ltd", "Example AS, country: NO").replace(
        "{id: analytics}", "{id: analytics, title: {no: Analyse}}"
    )
    manifest = loads(text)
    assert manifest.site.controller.country == "NO"
    assert manifest.purpose("analytics").label("no") == "Analyse"


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named, with the command that writes one."""
    with pytest.raises(ManifestError) as caught:
        load(tmp_path / "none.yaml")
    assert caught.value.problems == (
        Problem(str(tmp_path / "none.yaml"), 1, 1, "", "no such file; 'consentkit init' writes one to start from"),
    )


def test_a_directory_can_t_be_read(tmp_path: Path) -> None:
    """What can't be opened is a problem with the system's reason."""
    with pytest.raises(ManifestError, match="can't be read: Is a directory"):
        load(tmp_path)


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    """Another encoding is refused at the line and column of its first byte."""
    path = tmp_path / "c.yaml"
    path.write_bytes("version: 1\nsite: é".encode("latin-1"))
    with pytest.raises(ManifestError) as caught:
        load(path)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 7)
    assert "0xe9; save the file as UTF-8" in str(caught.value)


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    """Editors on Windows put one first."""
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + START.encode())
    assert load(path).version == 1


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """More than 1 MiB is refused before it is parsed, from a file as from a text."""
    path = tmp_path / "c.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ManifestError, match="larger than 1024 KiB"):
        load(path)
    with pytest.raises(ManifestError, match="larger than 1024 KiB"):
        loads("#" * (MAX_BYTES + 1))


def test_a_bomb_of_aliases_is_refused() -> None:
    """The classical kilobyte that would unfold to gigabytes is a list of problems."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert any("alias" in line for line in problems("\n".join(lines)))


def test_hostile_texts_are_shown_harmlessly() -> None:
    """A value with control characters can't forge a line of the report or colour a terminal."""
    found = problems(START.replace("2026-01-01", '"\\e[31m\\nc.yaml:1:1: forged"'))
    assert len(found) == 1
    assert "\x1b" not in found[0]
