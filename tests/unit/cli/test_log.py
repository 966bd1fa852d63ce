"""``consentkit log``, ``purge`` and ``stats`` over the records of a site that is not running."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.cli import main
from consentkit.consent.choice import ChoiceState
from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.browserlog import BrowserEntry
from consentkit.records.consentlog import ConsentFilter, ConsentRecord

if TYPE_CHECKING:
    from click.testing import CliRunner, Result

KEY = "command-line-key-command-line-key-command"
NOW = datetime.now(UTC)
RETENTION = Retention.model_validate({"browser_log": "2 months", "consent_log": "5 years"})
SUBJECT = "b7Jd0mVxTnq2uPzY1aKcRw"


def record(subject: str = SUBJECT, **changes: Any) -> ConsentRecord:
    fields: dict[str, Any] = {
        "record_id": str(uuid.uuid4()),
        "subject": subject,
        "time": NOW,
        "state": ChoiceState.GIVEN,
        "purposes": ("analytics",),
        "services": (),
        "purposes_offered": ("analytics",),
        "services_offered": (),
        "notice_digest": "a" * 64,
        "manifest_digest": "b" * 64,
        "language": "fr",
        "regime": "opt-in",
        "jurisdiction": "FR",
        "gpc": False,
        "dnt": False,
        "collected": "banner",
        "validity": "P6M",
        "withdrawal": "/_consent/preferences",
        "controller": "Boutique",
        "sequence": 1,
    }
    return ConsentRecord(**(fields | changes))


def view(network: int, **changes: Any) -> BrowserEntry:
    fields = {"time": NOW, "address": f"10.{network}.0.0/16", "method": "GET", "path": "/", "status": 200}
    return BrowserEntry(**(fields | changes))  # type: ignore[arg-type]


async def fill(records: Any) -> None:
    for number in range(20):
        await records.consent_log.append(record(SUBJECT if number < 3 else f"someone-{number}"))
    for network in range(12):
        entry = view(network, country="FR")
        records.statistics.view(entry, source=None, asked=True)
        records.browser_log.write(entry)
    records.browser_log.write(view(0, time=NOW - timedelta(days=100)))
    await records.browser_log.flush()
    await records.close()


@pytest.fixture
def site(runner: CliRunner, monkeypatch: pytest.MonkeyPatch, today: Any) -> CliRunner:
    """A folder with a manifest, twenty choices, and page views of which one has expired."""
    monkeypatch.setenv("CONSENTKIT_SECRET_KEY", KEY)
    runner.invoke(main, ["init"])
    records = open_records("sqlite:///consentkit.db", retention=RETENTION, keys=[KEY], site="www.example.com")
    asyncio.run(fill(records))
    return runner


def run(site: CliRunner, *arguments: str, status: int = 0) -> Result:
    result = site.invoke(main, list(arguments))
    assert result.exit_code == status, result.output
    return result


def export(site: CliRunner, name: str = "archive.ndjson") -> Path:
    run(site, "log", "export", "--output", name)
    return Path(name)


def kept_manifest(**vendors: str) -> str:
    services = [{"id": service, "vendor": {"name": name}} for service, name in vendors.items()]
    return json.dumps({"services": services})


async def asked_of(records: Any) -> None:
    """Add a choice that another vendor was asked about, a refusal of it, and an erased one."""
    digest = await records.consent_log.keep_document(
        "manifest", kept_manifest(pixel="Régie SA", counter="Compteur SAS")
    )
    for number, offered in enumerate((("pixel", "counter"), ("pixel",), ("pixel",))):
        made = record(f"asked-{number}", manifest_digest=digest, services_offered=offered, purposes=())
        await records.consent_log.append(made)
    await records.erase("asked-2", reason="request", author="visitor")
    await records.close()


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--controller", "régie sa"], ["asked-0", "asked-1"]),
        (["--controller", "Compteur SAS"], ["asked-0"]),
        (["--service", "pixel"], ["asked-0", "asked-1"]),
    ],
)
def test_an_export_for_one_controller(site: CliRunner, arguments: list[str], shown: list[str]) -> None:
    """Choices that don't concern it are leaves without contents; the whole log is proved all the same."""
    records = open_records("sqlite:///consentkit.db", retention=RETENTION, keys=[KEY], site="www.example.com")
    asyncio.run(asked_of(records))
    run(site, "log", "export", "--output", "part.ndjson", *arguments)
    lines = [json.loads(line) for line in Path("part.ndjson").read_text().splitlines()]
    contents = [line["payload"] for line in lines if "payload" in line]
    assert [each["subject"] for each in contents if each["type"] == "consent"] == shown
    report = json.loads(run(site, "log", "verify", "part.ndjson", "--format", "json").stdout)
    assert (report["ok"], report["entries"], report["erased"]) == (True, 24, 1)
    assert (report["consents"], report["withheld"]) == (len(shown), 22 - len(shown))
    assert f", {22 - len(shown)} withheld" in run(site, "log", "verify", "part.ndjson").stdout
    # What is shown can't be altered, and what is withheld can't be left out.
    for place, line in enumerate(lines):
        if line.get("payload", {}).get("subject") == "asked-0" or line.get("index") == 3:
            changed = [*lines]
            if "payload" in line:
                changed[place] = {**line, "payload": {**line["payload"], "state": "refused"}}
            else:
                del changed[place]
            Path("changed.ndjson").write_text("\n".join(map(json.dumps, changed)))
            run(site, "log", "verify", "changed.ndjson", status=1)


def test_an_export_for_nobody(site: CliRunner) -> None:
    """A name no manifest knows would make an empty proof; two filters would contradict each other."""
    records = open_records("sqlite:///consentkit.db", retention=RETENTION, keys=[KEY], site="www.example.com")
    asyncio.run(asked_of(records))
    assert "those are: Compteur SAS, Régie SA" in run(site, "log", "export", "--controller", "Regie", status=2).output
    both = ("log", "export", "--controller", "Régie SA", "--service", "pixel")
    assert "exclude each other" in run(site, *both, status=2).output


def test_an_export_is_checked_from_the_file_alone(site: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved elsewhere, with only the public key and a checkpoint kept from before, it holds."""
    pytest.importorskip("cryptography", reason="public keys need the extra sign")
    kept = run(site, "log", "checkpoint").stdout
    Path("checkpoint.txt").write_text(kept)
    key = run(site, "log", "checkpoint", "--keys").stdout.strip()
    archive = export(site).rename("elsewhere.ndjson")
    for path in Path().glob("consentkit*.db"):
        path.unlink()
    monkeypatch.delenv("CONSENTKIT_SECRET_KEY")

    found = run(site, "log", "verify", str(archive), "--key", key, "--checkpoint", "checkpoint.txt", "--format", "json")
    report = json.loads(found.stdout)
    assert (report["ok"], report["entries"], report["consents"]) == (True, 20, 20)
    assert (report["signed"], report["known"], report["findings"]) == (1, 1, [])


def test_the_first_wrong_place_is_named(site: CliRunner) -> None:
    """A choice altered in the file, by its line; status 1."""
    archive = export(site)
    lines = archive.read_text().splitlines()
    altered = json.loads(lines[9])
    altered["payload"]["state"] = "refused"
    lines[9] = json.dumps(altered)
    archive.write_text("\n".join(lines) + "\n")

    found = run(site, "log", "verify", str(archive), status=1)
    assert found.stdout.startswith("archive.ndjson:10: entry 7 does not match its leaf")
    assert "the first is at line 10" in found.stderr


def test_the_site_s_own_key_checks_too(site: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another key signed none of it."""
    archive = export(site)
    assert json.loads(run(site, "log", "verify", str(archive), "--format", "json").stdout)["signed"] == 1
    monkeypatch.setenv("CONSENTKIT_SECRET_KEY", "another-key-another-key-another-key-another")
    assert "no trusted key" in run(site, "log", "verify", str(archive), status=1).stdout


def test_what_is_no_archive_is_named(site: CliRunner) -> None:
    """Rubbish is findings, a wrong key is wrong use."""
    Path("rubbish").write_bytes(b"\xff\x00\n[]\n")
    assert "rubbish:1: not JSON" in run(site, "log", "verify", "rubbish", status=1).stdout
    assert run(site, "log", "verify", "rubbish", "--key", "rubbish", status=2).exit_code == 2
    assert run(site, "log", "verify", "nowhere", status=2).exit_code == 2


def test_erasing_a_subject(site: CliRunner) -> None:
    """All three records go, the archive says so and still holds."""
    found = run(site, "log", "erase", SUBJECT, "--reason", "request", "--author", "dpo", "--format", "json")
    assert json.loads(found.stdout) == {"erased": [0, 1, 2], "held": 0}
    report = json.loads(run(site, "log", "verify", str(export(site)), "--format", "json").stdout)
    assert (report["ok"], report["erased"], report["entries"]) == (True, 3, 21)
    assert run(site, "log", "erase", SUBJECT, "--reason", "r", "--author", "a").stdout == "0 records erased\n"


def test_holds_are_placed_listed_and_lifted(site: CliRunner) -> None:
    """What is held isn't erased; once lifted it is."""
    ends = f"{NOW + timedelta(days=30):%Y-%m-%d}"
    who = ("--reason", "dispute", "--author", "counsel")
    placed = run(site, "log", "hold", "place", "--ends", ends, "--subject", SUBJECT, *who, "--format", "json")
    (hold,) = json.loads(placed.stdout)
    assert (
        f"{hold['hold_id']}  consent log, subject {SUBJECT}; ends {ends}; counsel: dispute"
        in run(site, "log", "hold", "list").stdout
    )
    erased = run(site, "log", "erase", SUBJECT, "--reason", "request", "--author", "dpo")
    assert (erased.stdout, erased.stderr) == ("0 records erased\n", "3 records kept by a legal hold\n")
    run(site, "log", "hold", "lift", hold["hold_id"], "--author", "counsel")
    assert json.loads(run(site, "log", "hold", "list", "--format", "json").stdout) == []
    run(site, "log", "hold", "lift", hold["hold_id"], "--author", "counsel", status=2)
    assert "has ended" in run(site, "log", "hold", "place", "--ends", "2020-01-01", *who, status=2).stderr


def test_purge_erases_what_has_expired(site: CliRunner) -> None:
    """One page view is a hundred days old; a second purge finds none."""
    assert run(site, "purge").stdout == "1 row erased\n"
    assert json.loads(run(site, "purge", "--format", "json").stdout) == {"removed": 0}


def test_stats_are_told_as_on_the_page(site: CliRunner) -> None:
    """Twelve visits of one country, as text, JSON and CSV."""
    month = f"{NOW:%Y-%m}"
    chosen = ("stats", "--since", month, "--until", month, "--measure", "visits", "--dimension", "country")
    assert run(site, *chosen).stdout == f"visits by country\n  {month}            12  FR\n"
    assert json.loads(run(site, *chosen, "--format", "json").stdout) == [
        {"period": month, "measure": "visits", "dimension": "country", "value": "FR", "count": 12}
    ]
    assert f"{month},visits,country,FR,12" in run(site, *chosen, "--format", "csv").stdout
    assert "nothing was counted" in run(site, "stats", "--since", "2001-01", "--until", "2001-02").stderr


def test_a_database_that_isn_t_there_is_not_made(site: CliRunner) -> None:
    """A wrong name would otherwise give an empty log that holds."""
    found = run(site, "log", "export", "--database", "sqlite:///nowhere.db", status=2)
    assert "there is no file nowhere.db" in found.stderr
    assert not Path("nowhere.db").exists()
    assert "no such file" in run(site, "purge", "--manifest", "nowhere.yaml", status=2).stderr


def test_nothing_is_lost_by_reading(site: CliRunner) -> None:
    """After exporting and counting, the log still has its twenty choices."""
    export(site)
    run(site, "stats")
    records = open_records("sqlite:///consentkit.db", retention=RETENTION, keys=[KEY])
    assert len(asyncio.run(records.consent_log.query(ConsentFilter())).items) == 20
