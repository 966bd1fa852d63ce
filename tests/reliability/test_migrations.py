"""A migration is killed at any statement: the next start resumes it, and a newer database is refused (T18)."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from figures import figure
from tests.reliability.test_outages import ask

from consentkit.errors import StoreVersionError
from consentkit.manifest.model import Retention
from consentkit.records import open_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Dying:
    """The statements of a migration, of which the process lives to see so many."""

    def __init__(self, statements: Sequence[str], seen: int) -> None:
        self._statements = statements
        self._seen = seen

    def __iter__(self) -> Iterator[str]:
        for number, statement in enumerate(self._statements):
            if number == self._seen:
                os.kill(os.getpid(), signal.SIGKILL)
            yield statement
        if self._seen == len(self._statements):
            # The version isn't written yet, and nothing committed.
            os.kill(os.getpid(), signal.SIGKILL)


def parts(url: str) -> list[tuple[Any, Any]]:
    """Return each store of a database, with what migrates it."""
    found = []
    for store in open_records(url, retention=Retention())._stores:
        migrated = getattr(store, "_file", None) or getattr(store, "_database", None)
        if migrated is not None and hasattr(store, "prepare"):
            found.append((store, migrated))
    return found


def killed(url: str, part: int, version: int, seen: int) -> None:
    """Migrate a part up to a version and be killed within the next step."""
    child = os.fork()
    if child == 0:
        try:
            store, migrated = parts(url)[part]
            steps = list(migrated._migrations)
            steps[version] = Dying(steps[version], seen)
            migrated._migrations = steps
            store.prepare()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the migration was over before the kill"


@pytest.mark.slow
def test_killed_at_every_statement(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Whatever statement is the last, a new start makes the schema that an undisturbed one makes."""

    def fresh(name: str) -> str:
        if kind == "sqlite":
            (tmp_path / name).mkdir()
            return f"sqlite:///{tmp_path}/{name}/c.db"
        return str(request.getfixturevalue("cluster").database())

    kills = steps = refused = 0
    clean = fresh("clean")
    whole = [(store.prepare(), schema(clean, migrated))[1] for store, migrated in parts(clean)]
    for part, (_, migrated) in enumerate(parts(clean)):
        migrations = list(migrated._migrations)
        for version, statements in enumerate(migrations):
            steps += 1
            url = fresh(f"{part}-{version}")
            for seen in range(len(statements) + 1):
                killed(url, part, version, seen)
                kills += 1
            store, again = parts(url)[part]
            store.prepare()
            found = schema(url, again)
            store.close()
            assert set(found) <= set(whole[-1] if kind == "postgresql" else whole[part])
            assert kind == "postgresql" or found == whole[part]
        store, newer = parts(clean)[part]
        newer._migrations = migrations[:-1]
        with pytest.raises(StoreVersionError):
            store.prepare()
        refused += 1
        store.close()

    figure(
        "T18",
        f"{kind}: {steps} migrations killed at every statement, {kills} kills, all resume; a newer database refused by "
        f"{refused} of {refused} parts",
        bar="every statement, 0 loss, refused",
    )


def schema(url: str, migrated: Any) -> list[str]:
    """Return the names of what a database has."""
    if url.startswith("sqlite"):
        with sqlite3.connect(Path(migrated.path)) as db:
            rows = db.execute("SELECT name FROM sqlite_schema ORDER BY name").fetchall()
        db.close()
        return [name for (name,) in rows]
    rows = ask(
        url, "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'consentkit'"
    )
    return sorted(name for (name,) in rows)
