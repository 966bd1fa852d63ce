"""A PostgreSQL server of the tests' own, on a Unix socket; it refuses to run as root."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import machine

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cluster:
    """A server with a data folder that is thrown away."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self._binaries = binaries
        self._returned: list[str] = []
        self._user = (
            ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.geteuid() == 0 else []
        )
        if self._user:
            shutil.chown(folder, "postgres", "postgres")
        self.control("initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        self.start()

    def control(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs."""
        command = [*self._user, str(self._binaries / program), *arguments]
        # A file and not a pipe: the server would keep a pipe open.
        with (self.folder / "control.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=self.folder, timeout=120)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        self.control(
            "pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/server.log", "-o", options, "start"
        )

    def stop(self, mode: str) -> None:
        """Stop it: smart, fast or immediate."""
        self.control("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", mode, "stop")

    def process(self) -> int:
        """Return the server's process id."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])

    def database(self) -> str:
        """Make a database and return its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.control("createdb", "-h", str(self.folder), "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    @contextmanager
    def lent_database(self) -> Iterator[str]:
        """Lend an empty database for as long as the block; another test gets it afterwards.

        To make one takes longer than most tests, and the hundreds of files of each would have to be removed in the end.
        """
        url = self._returned.pop() if self._returned else self.database()
        yield url
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with suppress(subprocess.CalledProcessError):
            # What a failed test leaves open would keep its tables; a server that it left stopped lends no more.
            self.control(
                *("psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", url),
                *("-c", f"{end} AND pid <> pg_backend_pid()", "-c", "DROP SCHEMA IF EXISTS consentkit CASCADE"),
            )
            self._returned.append(url)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Run a server for as long as the block; without PostgreSQL's programs the test is skipped, under CI it fails."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        machine.lacks("PostgreSQL's server programs were not found; install them: scripts/provision.sh postgresql")
    folder = Path(tempfile.mkdtemp(prefix="consentkit-pg-"))
    server = Cluster(folder, found[-1].parent)
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)
