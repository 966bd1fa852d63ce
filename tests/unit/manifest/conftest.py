"""A realistic manifest, as file, as value and as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from consentkit.manifest.load import load

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest

EXAMPLE = Path(__file__).with_name("consent.yaml")


@pytest.fixture(scope="session")
def example() -> Path:
    """The path of a realistic manifest."""
    return EXAMPLE


@pytest.fixture(scope="session")
def manifest(example: Path) -> Manifest:
    """The realistic manifest, loaded."""
    return load(example)


@pytest.fixture
def data(example: Path) -> dict[str, Any]:
    """The realistic manifest as plain data, to change at will."""
    return dict(yaml.safe_load(example.read_text(encoding="utf-8")))


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The least a manifest must say."""
    return {
        "version": 1,
        "site": {"name": "Example", "controller": {"name": "Example Ltd"}},
        "notice": {"revision": "2026-01-01"},
        "purposes": [{"id": "necessary", "exempt": "authentication"}, {"id": "analytics"}],
    }
