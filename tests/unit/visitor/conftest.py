"""Country databases: one built here, and MaxMind's own where the shared test data is present."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import machine
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet


@pytest.fixture
def build_database(tmp_path: Path) -> Any:
    """Return a function that writes a database of networks and records, and gives its path."""

    def build(records: dict[str, dict[str, Any]], *, ip_version: int = 6) -> str:
        writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type="Country")
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        path = tmp_path / "country.mmdb"
        writer.to_db_file(str(path))
        return str(path)

    return build


@pytest.fixture
def maxmind_data() -> Path:
    """The folder of MaxMind's test databases; without it tests skip, except on CI."""
    beside = Path(__file__).resolve().parents[4] / "shared"
    folder = Path(os.environ.get("CONSENTKIT_SHARED", beside)) / "data" / "geoip"
    if not folder.is_dir():
        machine.lacks(
            "MaxMind's test databases are missing: point CONSENTKIT_SHARED at the folder that holds data/geoip"
        )
    return folder
