"""Records open from a URL, start from anywhere, and end with nothing lost."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.errors import ConfigurationError, StoreUnavailableError, StoreVersionError
from consentkit.records import Records, open_records
from consentkit.records.browserlog import BrowserFilter
from consentkit.records.consentlog import ConsentFilter

if TYPE_CHECKING:
    from pathlib import Path

    from consentkit.manifest.model import Retention

Make = Callable[..., Any]
Run = Callable[[Any], Any]


def test_two_files_of_mode_0600(records: Records, run: Run, database: Path) -> None:
    """The two logs are two files, and only their owner may read them."""
    run(records.start())

    for path in (database, database.with_name("consentkit.browser.db")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_relative_url(retention: Retention, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes are relative to where the site was started, even when it changes folder later; %20 is a space."""
    monkeypatch.chdir(tmp_path)
    records = open_records("sqlite:///my%20site.db", retention=retention)
    monkeypatch.chdir("/")
    run(records.start())
    run(records.close())

    assert (tmp_path / "my site.db").exists()


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("consentkit.db", "write e.g. 'sqlite:///consentkit.db'"),
        ("mysql://h/db", "or 'postgresql://user:password@host/name'"),
        ("sqlite://:memory:", "lose the evidence with the process"),
        ("sqlite:///:memory:", "lose the evidence with the process"),
        ("sqlite://", "sqlite:////absolute/path.db"),
        ("sqlite:///", "sqlite:////absolute/path.db"),
        ("sqlite:////nowhere/at/all/c.db", "the folder /nowhere/at/all does not exist; create it"),
    ],
)
def test_urls_that_name_no_store(retention: Retention, url: str, remedy: str) -> None:
    """A URL that can't be used is named with what to write instead."""
    with pytest.raises(ConfigurationError) as caught:
        open_records(url, retention=retention)
    assert repr(url) in str(caught.value)
    assert remedy in str(caught.value)


def test_a_password_is_not_repeated(retention: Retention) -> None:
    """The message about another store's URL doesn't print its password."""
    with pytest.raises(ConfigurationError) as caught:
        open_records("mysql://site:hunter2@db/x", retention=retention)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("site", ["", "a b", "a\nb", "é.example", "a" * 254, "x'y"])
def test_a_site_that_is_no_host(retention: Retention, tmp_path: Path, site: str) -> None:
    """The name of a log can hold nothing that would break a checkpoint's lines."""
    with pytest.raises(ConfigurationError, match="is not a host name"):
        open_records(f"sqlite:///{tmp_path}/c.db", retention=retention, site=site)


def test_start_twice_from_two_loops(records: Records, record: Make) -> None:
    """Starting again does nothing, and each event loop may append."""
    others = set(threading.enumerate())
    for _ in range(2):
        asyncio.run(records.start())
        asyncio.run(records.consent_log.append(record()))

    assert asyncio.run(records.consent_log.count()) == 2
    assert [thread.name for thread in set(threading.enumerate()) - others].count("consentkit-sweeper") == 1


def test_close_and_start_again(records: Records, record: Make, visit: Make, run: Run) -> None:
    """Closed records leave no thread behind and may be started again."""
    others = set(threading.enumerate())
    for _ in range(2):
        run(records.start())
        run(records.consent_log.append(record()))
        records.browser_log.write(visit())
        run(records.close())
        assert not [thread for thread in set(threading.enumerate()) - others if thread.name.startswith("consentkit")]

    assert run(records.consent_log.count()) == 2
    assert len(run(records.browser_log.query(BrowserFilter())).items) == 2


def test_close_without_start(records: Records, run: Run) -> None:
    """Closing what never started is fine."""
    run(records.close())


def test_several_records_in_one_process(retention: Retention, record: Make, run: Run, tmp_path: Path) -> None:
    """Two sites in one process, and one site opened twice, don't disturb each other."""
    same = [open_records(f"sqlite:///{tmp_path}/a.db", retention=retention) for _ in range(2)]
    other = open_records(f"sqlite:///{tmp_path}/b.db", retention=retention)

    async def append() -> list[int]:
        receipts = await asyncio.gather(*(log.consent_log.append(record()) for log in same * 10))
        await other.consent_log.append(record())
        return sorted(receipt.index for receipt in receipts)

    assert run(append()) == list(range(20))
    assert run(other.consent_log.count()) == 1
    for opened in (*same, other):
        run(opened.close())


def test_an_end_that_nobody_announced(database: Path) -> None:
    """A process that ends without closing its records has written what it queued."""
    program = f"""
import asyncio, datetime
from consentkit.manifest.model import Retention
from consentkit.records import open_records
from consentkit.records.browserlog import BrowserEntry
records = open_records("sqlite:///{database}", retention=Retention())
asyncio.run(records.start())
now = datetime.datetime.now(datetime.timezone.utc)
records.browser_log.write(BrowserEntry(time=now, address="-", method="GET", path="/", status=200))
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)

    with sqlite3.connect(database.with_name("consentkit.browser.db")) as db:
        assert db.execute("SELECT path FROM visit").fetchall() == [("/",)]
    db.close()


@pytest.mark.parametrize("name", ["consentkit.db", "consentkit.browser.db"])
def test_a_newer_database_is_refused(records: Records, run: Run, database: Path, name: str) -> None:
    """A schema of a later consentkit stops the start, naming both versions, and is left as it was."""
    with sqlite3.connect(database.with_name(name)) as db:
        db.execute("PRAGMA user_version=99")
    db.close()

    with pytest.raises(StoreVersionError, match=r"version 99, and this consentkit knows versions up to \d+; upgrade"):
        run(records.start())


def test_a_store_that_is_down_at_the_start(records: Records, record: Make, run: Run, database: Path) -> None:
    """A site starts without its store; health says so, and the log works once the store is back."""
    database.mkdir()
    run(records.start())
    assert records.health()["status"] == "degraded"
    with pytest.raises(StoreUnavailableError, match=r"can't be written now.*folder are writable"):
        run(records.consent_log.append(record()))

    database.rmdir()
    assert run(records.consent_log.append(record())).index == 0
    run(records.sweep())
    assert records.consent_log.health()["state"] == "ok"


def test_health_names_nobody(records: Records, record: Make, visit: Make, run: Run, database: Path) -> None:
    """Health holds counts and states: no subject, no address, no path of the machine."""
    run(records.start())
    run(records.consent_log.append(record()))
    records.browser_log.write(visit())
    run(records.browser_log.flush())
    health = str(records.health())

    assert "'status': 'ok'" in health
    assert not any(word in health for word in (record().subject, "203.0", "café", str(database)))


@pytest.mark.requirement("R36")
def test_expired_consent_leaves_its_leaf(records: Records, record: Make, run: Run, clock: Any, database: Path) -> None:
    """A sweep erases expired records with their salts and says which in an entry of its own; the leaves stay."""
    for year in (2026, 2027, 2028):
        run(records.consent_log.append(record(time=datetime(year, 1, 1, tzinfo=UTC), record_id=str(year))))
    clock.now = datetime(2032, 6, 1, tzinfo=UTC)

    assert run(records.sweep()) == 2
    assert run(records.sweep()) == 0
    assert [entry.record.record_id for entry in run(records.consent_log.query(ConsentFilter())).items] == ["2028"]
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM leaf").fetchone() == (4,)
        ((payload,),) = db.execute(
            "SELECT payload FROM content JOIN record USING (\"index\") WHERE kind = 'erasure'"
        ).fetchall()
    db.close()
    assert '"indexes":[0,1]' in payload
    assert '"reason":"retention"' in payload


def test_one_log_expires_without_the_other(
    records: Records, record: Make, run: Run, clock: Any, database: Path
) -> None:
    """A browser log that can't be swept doesn't keep the consent log's records alive."""
    run(records.consent_log.append(record()))
    database.with_name("consentkit.browser.db").mkdir()
    clock.now = datetime(2040, 1, 1, tzinfo=UTC)
    with pytest.raises(StoreUnavailableError, match="browser log"):
        run(records.sweep())

    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM record WHERE kind = 'consent'").fetchone() == (0,)
    db.close()
