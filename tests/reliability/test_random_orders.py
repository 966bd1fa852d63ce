"""Whatever is done to a log in whatever order, it is what a list of the same would be (T14)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from figures import FULL, figure
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.reliability.ledger import choice
from tests.reliability.test_outages import ask

from consentkit.consent.choice import ChoiceState
from consentkit.errors import StoreUnavailableError
from consentkit.manifest.model import Retention
from consentkit.records import Records, open_records
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.note import Ed25519Verifier
from consentkit.records.store import postgres_consent, sqlite_consent
from consentkit.records.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_RUNS = {"sqlite": 2_000, "postgresql": 200}
RUNS, STEPS = FULL_RUNS if FULL else {"sqlite": 15, "postgresql": 3}, 50
"""A run on PostgreSQL takes six times as long: it begins with a new schema, and each sweep writes tables anew."""
RETENTION = Retention.model_validate({"consent_log": "6 months", "browser_log": "2 months"})
SUBJECTS = st.sampled_from(["anna", "bert", "carl"])
KEYS = [f"key-{number}-of-a-reliability-run-0123456789abcdef" for number in range(30)]


class Log(RuleBasedStateMachine):
    """A log in a store beside a model of it: what is readable, and how many leaves there are."""

    counted: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._keys = 1
        self._readable: dict[int, tuple[str, datetime, str]] = {}
        self._gone: set[int] = set()
        self._size = 0
        self._checkpoints: list[str] = []
        self._begin()
        self._records = self._open()
        self.counted["runs"] += 1

    def teardown(self) -> None:
        self._do(self._records.close())

    def _begin(self) -> None:
        """Make an empty database."""
        raise NotImplementedError

    def _database(self) -> str:
        """Return its URL."""
        raise NotImplementedError

    def _dying(self, place: str) -> contextlib.AbstractContextManager[None]:
        """Let the process that writes die in the middle of a commit, within a function of the store."""
        raise NotImplementedError

    def _open(self) -> Records:
        return open_records(
            self._database(),
            retention=RETENTION,
            clock=lambda: self._now,
            keys=KEYS[: self._keys],
            site="shop.example",
        )

    def _do(self, work: Any) -> Any:
        return asyncio.run(work)

    def _expire(self) -> None:
        """Take out of the model what can't be read any more."""
        expired = [n for n, (_, made, _) in self._readable.items() if RETENTION.consent_log.after(made) <= self._now]
        for index in expired:
            del self._readable[index]

    @rule(subject=SUBJECTS, state=st.sampled_from(ChoiceState), twice=st.booleans())
    def choose(self, subject: str, state: ChoiceState, twice: bool) -> None:
        """Grant, refuse or withdraw; the same record handed in twice is one."""
        record = replace(choice(subject), time=self._now, state=state)
        receipts = [self._do(self._records.consent_log.append(record)) for _ in range(1 + twice)]
        assert {receipt.index for receipt in receipts} == {self._size}
        self._readable[self._size] = (subject, self._now, record.record_id)
        self._size += 1

    @rule(subject=SUBJECTS)
    def erase(self, subject: str) -> None:
        """Erase a subject; the log says so with an entry if there was something."""
        self._sweep_model()
        self._do(self._records.sweep())
        erased = self._do(self._records.erase(subject, reason="request", author="dpo"))
        expected = {index for index, (whose, _, _) in self._readable.items() if whose == subject}
        assert set(erased.indexes) == expected
        for index in expected:
            del self._readable[index]
        self._gone |= expected
        self._size += bool(expected)

    @rule(days=st.integers(1, 120))
    def wait(self, days: int) -> None:
        """Let time pass; what expires isn't read from then on, swept or not."""
        self._now += timedelta(days=days)
        self._expire()

    @rule()
    def sweep(self) -> None:
        """Remove what has expired."""
        self._sweep_model()
        self._do(self._records.sweep())

    def _sweep_model(self) -> None:
        before = self._leaves()
        self._do(self._records.sweep())
        after = self._leaves()
        # One entry for each step that erased something; the steps here are never full.
        assert after - before in {0, 1}
        self._size = after

    def _leaves(self) -> int:
        epochs = self._records.proofs._store.epochs()
        return epochs[-1].start + epochs[-1].size if epochs else 0

    @rule(subject=SUBJECTS, place=st.sampled_from(["_insert", "_keep_nodes"]))
    def crash(self, subject: str, place: str) -> None:
        """Die in the middle of a commit; another process goes on with what it left."""
        with self._dying(place), pytest.raises(StoreUnavailableError):
            self._do(self._records.consent_log.append(choice(subject)))
        self._do(self._records.close())
        self._records = self._open()

    @rule()
    def reopen(self) -> None:
        """Stop and start."""
        self._do(self._records.close())
        self._records = self._open()

    @rule()
    def rotate(self) -> None:
        """Add a key; the newest signs."""
        self._do(self._records.close())
        self._keys = min(self._keys + 1, len(KEYS))
        self._records = self._open()

    @rule()
    def sign(self) -> None:
        """Keep a checkpoint, as an auditor does."""
        if self._size:
            self._checkpoints.append(self._do(self._records.proofs.checkpoint()))

    @rule()
    def audit(self) -> None:
        """Check the whole log against every checkpoint that was kept."""

        async def archive() -> list[bytes]:
            return [line async for line in self._records.archive()]

        self._sweep_model()
        lines = self._do(archive())
        keys = [Ed25519Verifier.parse(key) for key in self._do(self._records.proofs.verifier_keys())]
        report = verify(lines, verifiers=keys, known=self._checkpoints)
        assert report.findings == []
        assert (report.entries, report.consents) == (self._size, len(self._readable))

    @invariant()
    def reads_as_the_model(self) -> None:
        """What can be read is what the model has, and no index was given twice."""
        self.counted["steps"] += 1
        if self.counted["steps"] % 5:
            return
        page = self._do(self._records.consent_log.query(ConsentFilter(limit=1_000)))
        found = {entry.index: (entry.record.subject, entry.record.time, entry.record.record_id) for entry in page.items}
        assert found == self._readable
        assert self._leaves() == self._size


class SqliteLog(Log):
    """On files, of which whoever goes on finds a copy as they were."""

    counted: ClassVar[Counter[str]] = Counter()

    def _begin(self) -> None:
        memory = Path("/dev/shm")
        self._folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self._generation = 0

    def _database(self) -> str:
        return f"sqlite:///{self._folder}/{self._generation}.db"

    @contextlib.contextmanager
    def _dying(self, place: str) -> Iterator[None]:
        original, left = getattr(sqlite_consent, place), self._generation + 1

        def die(*arguments: Any) -> None:
            original(*arguments)
            for path in self._folder.glob(f"{self._generation}.*"):
                shutil.copy(path, self._folder / path.name.replace(f"{self._generation}.", f"{left}.", 1))
            message = "gone"
            raise RuntimeError(message)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite_consent, place, die)
            yield
        self._generation = left

    def teardown(self) -> None:
        super().teardown()
        shutil.rmtree(self._folder)


class PostgresLog(Log):
    """On a server, which loses the connection of whoever dies."""

    counted: ClassVar[Counter[str]] = Counter()
    url: ClassVar[str]

    def _begin(self) -> None:
        ask(self.url, "DROP SCHEMA IF EXISTS consentkit CASCADE")

    def _database(self) -> str:
        return self.url

    @contextlib.contextmanager
    def _dying(self, place: str) -> Iterator[None]:
        original = getattr(postgres_consent, place)

        async def die(db: Any, *arguments: Any) -> None:
            await original(db, *arguments)
            db.terminate()
            message = "gone"
            raise OSError(message)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgres_consent, place, die)
            yield


@pytest.fixture
def machine(kind: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Log]]:
    """The machine of a kind of store."""
    if kind == "sqlite":
        yield SqliteLog
        return
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(PostgresLog, "url", url, raising=False)
    # Only processes die here, so nothing depends on what the disk has.
    set_fsync(url, "off")
    yield PostgresLog
    set_fsync(url, "on")


def set_fsync(url: str, value: str) -> None:
    """Let the server wait for its disk or not."""
    ask(url, f"ALTER SYSTEM SET fsync = {value}")
    ask(url, "SELECT pg_reload_conf()")


@pytest.mark.slow
def test_random_orders(kind: str, machine: type[Log]) -> None:
    """Runs of fifty steps each: grant, change, withdraw, erase, expire, crash, reopen, rotate keys, sign, audit."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS[kind],
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=not FULL,
        ),
    )
    figure(
        "T14",
        f"{kind}: {machine.counted['runs']:,} random runs, {machine.counted['steps']:,} steps, divergences from the "
        "model 0",
        bar=f"≥{FULL_RUNS[kind]:,} runs x 50 steps, 0",
    )
