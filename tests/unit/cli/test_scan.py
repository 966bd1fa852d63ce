"""``consentkit scan`` and ``consentkit init URL``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.cli import main
from consentkit.manifest.load import load
from consentkit.scan import fetch as fetching
from consentkit.scan import site

if TYPE_CHECKING:
    from click.testing import CliRunner

PAGE = (
    b'<a href="/a">a</a><script src="https://www.googletagmanager.com/gtag/js"></script>'
    b'<img src="https://pixel.unknown.example/">'
)


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of two pages that is fetched without a network."""

    def fetch(url: str) -> Any:
        if not url.startswith("https://www.example.com/"):
            raise site.ScanError(f"{url} can't be fetched: no such host")
        cookies = ("sid=1; Max-Age=7200; HttpOnly; Secure",)
        return fetching.Response(url, 200, "text/html", cookies, PAGE, cut=False)

    monkeypatch.setattr(site, "fetch", fetch)


def test_tells_what_was_seen_and_what_was_not(runner: CliRunner) -> None:
    """Contacts with their service, cookies with their lifetime, lines for the manifest, and the limits of a scan."""
    result = runner.invoke(main, ["scan", "https://www.example.com/"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "2 pages visited" in result.stdout
    assert "www.googletagmanager.com/gtag/js  google-analytics  on 2 pages" in result.stdout
    assert "pixel.unknown.example/  not in the catalogue  on 2 pages" in result.stdout
    assert "sid  2 hours" in result.stdout
    assert "- use: google-analytics" in result.stdout
    assert all(what in result.stdout for what in site.UNSEEN)


def test_visits_no_more_pages_than_asked(runner: CliRunner) -> None:
    """One page is one page."""
    assert "1 page visited" in runner.invoke(main, ["scan", "https://www.example.com/", "--pages", "1"]).stdout


def test_compares_with_a_manifest(runner: CliRunner) -> None:
    """What differs is a finding with rule and remedy, and status 1; what agrees is none, and status 0."""
    runner.invoke(main, ["init"])
    differing = runner.invoke(main, ["scan", "https://www.example.com/", "--manifest", "consent.yaml"])
    assert differing.exit_code == 1
    assert "error L3: " in differing.stdout
    text = Path("consent.yaml").read_text()
    agreed = text.replace("{name: session, purpose: necessary, lifetime: session}",
                          "{name: sid, purpose: necessary, lifetime: 2 hours}")  # fmt: skip
    Path("consent.yaml").write_text(agreed)
    assert runner.invoke(main, ["scan", "https://www.example.com/", "--manifest", "consent.yaml"]).exit_code == 0


def test_as_json(runner: CliRunner) -> None:
    """The same by name, for programs."""
    report = json.loads(runner.invoke(main, ["scan", "https://www.example.com/", "--format", "json"]).stdout)
    assert [page["url"] for page in report["pages"]] == ["https://www.example.com/", "https://www.example.com/a"]
    assert report["services"] == ["google-analytics"]
    assert report["cookies"] == [{"name": "sid", "service": None, "lifetime_seconds": 7200}]
    assert report["not_seen"]


@pytest.mark.parametrize("arguments", [["scan", "https://nowhere.invalid/"], ["scan"], ["scan", "x", "--pages", "0"]])
def test_what_can_t_be_visited_is_wrong_use(runner: CliRunner, arguments: list[str]) -> None:
    """No address, or one where nobody answers."""
    assert runner.invoke(main, arguments).exit_code == 2


def test_a_broken_manifest_is_wrong_use(runner: CliRunner) -> None:
    """Its mistakes are another command's to list."""
    Path("bad.yaml").write_text("version: 1\n")
    result = runner.invoke(main, ["scan", "https://www.example.com/", "--manifest", "bad.yaml"])
    assert result.exit_code == 2
    assert "consentkit check bad.yaml" in result.stderr


def test_init_with_a_url_declares_what_was_seen(runner: CliRunner) -> None:
    """The manifest written loads, and has the site's services and cookies."""
    result = runner.invoke(main, ["init", "https://www.example.com/"])
    assert result.exit_code == 0
    manifest = load("consent.yaml")
    assert [service.id for service in manifest.services] == ["google-analytics"]
    assert [item.name for item in manifest.cookies] == ["sid"]
    assert manifest.site.hosts == ("www.example.com", "*.example.com")


def test_init_visits_nobody_when_the_file_exists(runner: CliRunner) -> None:
    """It would be for nothing."""
    Path("consent.yaml").write_text("mine")
    result = runner.invoke(main, ["init", "https://nowhere.invalid/"])
    assert "consent.yaml exists" in result.stderr


@pytest.mark.requirement("R2")
def test_undeclared_fingerprinting_is_a_finding(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of the site's own that tells devices apart is L2's, until a service is declared for its path."""
    device = b"x.fillText(1); c.toDataURL(); new OfflineAudioContext(1, 1, 1); navigator.deviceMemory"

    def fetch(url: str) -> Any:
        kind, body = ("text/javascript", device) if url.endswith(".js") else ("text/html", b'<script src="/js/d.js">')
        return fetching.Response(url, 200, kind, (), body, cut=False)

    monkeypatch.setattr(site, "fetch", fetch)
    told = runner.invoke(main, ["scan", "https://www.example.com/"])
    assert told.exit_code == 0
    assert "  https://www.example.com/js/d.js  canvas, audio, processor and memory" in told.stdout
    runner.invoke(main, ["init"])
    compared = ["scan", "https://www.example.com/", "--manifest", "consent.yaml", "--format", "json"]
    report = json.loads(runner.invoke(main, compared).stdout)
    assert report["fingerprinting"][0]["url"] == "https://www.example.com/js/d.js"
    assert "L2" in {finding["rule"] for finding in report["findings"]}
    service = "{id: device, vendor: {name: Example}, purposes: [analytics], hosts: [www.example.com/js/]}"
    manifest = Path("consent.yaml").read_text()
    assert manifest.count("\nservices:\n") == 1
    Path("consent.yaml").write_text(manifest.replace("\nservices:\n", f"\nservices:\n  - {service}\n"))
    report = json.loads(runner.invoke(main, compared).stdout)
    assert "L2" not in {finding["rule"] for finding in report["findings"]}
