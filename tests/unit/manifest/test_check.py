"""The rules applied to whole manifests."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from consentkit.manifest.check import check
from consentkit.manifest.lint.observed import Observed
from consentkit.manifest.load import load, read

TOP = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
LONG_GA = ["L10 services.0.cookies.0.lifetime", "L11 services.0.cookies.0.lifetime"]
LONG_GA_4 = [*LONG_GA[:1], "L10 services.0.cookies.1.lifetime", *LONG_GA[1:], "L11 services.0.cookies.1.lifetime"]

EXPECTED = {
    "examples/shop/consent.yaml": [*LONG_GA_4, "L32 services.8.hosts.0"],
    "src/consentkit/manifest/starter.yaml": [],
    "tests/integration/consent.yaml": ["L5 purposes.0", *LONG_GA, "L27 services.0.purposes"],
    "benchmarks/consent.yaml": ["L5 purposes.0", *LONG_GA_4, "L27 services.0.purposes", "L32 services.3.hosts.0"],
    "tests/unit/notice/consent.yaml": [
        *("L5 purposes.1", *LONG_GA, "L14 services.4.cookies.0.lifetime", "L14 cookies.2.lifetime"),
        "L31 notice.revision",
    ],
    "tests/unit/manifest/consent.yaml": [
        *("L5 purposes.0", "L5 purposes.1", *LONG_GA_4, "L12 choice.lifetime"),
        *("L14 services.2.cookies.2.lifetime", "L14 cookies.3.lifetime", "L20 services.2.vendor"),
        *("L21 purposes.3", "L21 purposes.4"),
        *(f"L28 services.0.cookies.{index}" for index in (2, 3, 4, 5)),
        "L31 notice.revision",
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_manifests_of_the_repository(name: str) -> None:
    """Each manifest here gives exactly the findings it is known for, the worst 2-year cookies of the shop included."""
    found = check(load(TOP / name), today=TODAY)
    assert Counter(f"{finding.rule} {finding.where}" for finding in found) == Counter(EXPECTED[name])


def test_findings_come_in_the_order_of_the_rules(example: Path) -> None:
    """L9 stands before L10."""
    numbers = [int(finding.rule[1:]) for finding in check(load(example), today=TODAY)]
    assert numbers == sorted(numbers)


def test_without_facts_nothing_is_compared(example: Path) -> None:
    """Neither the running site nor today's date is guessed: those rules are silent until they are told."""
    manifest = load(example)
    assert not {finding.rule for finding in check(manifest)} & {"L2", "L3", "L15", "L16", "L17", "L18", "L19", "L31"}
    assert "L3" in {finding.rule for finding in check(manifest, Observed(complete=True))}


def test_places_lead_into_the_file(example: Path) -> None:
    """A finding's path is one the loader knows the line of, that of an entry of the catalogue its ``use``."""
    source = read(example)
    (late,) = (finding for finding in check(source.manifest) if finding.rule == "L12")
    line = example.read_text(encoding="utf-8").splitlines()[source.place(late.path).line - 1]
    assert line[source.place(late.path).column - 1 :].startswith("1 an")


def test_entries_of_the_catalogue_are_judged_too(tmp_path: Path) -> None:
    """What ``use`` brings along is judged like what is written, at the line of the service."""
    path = tmp_path / "c.yaml"
    path.write_text(
        "version: 1\nsite: {name: X, controller: {name: X, country: BE, policy: /p}}\nnotice: {revision: 2026-11-01}\n"
        "purposes:\n  - {id: media, description: Shows.}\nservices:\n  - {use: google-fonts, purposes: [media]}\n"
    )
    source = read(path)
    (found,) = check(source.manifest)
    assert (found.rule, source.place(found.path).line) == ("L32", 7)
