"""Every requirement has a test that holds it, or says why not."""

from __future__ import annotations

import runpy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def script(checkout: Path) -> Any:
    """The script that writes the table."""
    return SimpleNamespace(**runpy.run_path(str(checkout / "scripts" / "requirements.py")))


def test_the_committed_tables_are_the_generated_ones(script: Any) -> None:
    """`make requirements` was run after the last change of a mark, of what is asked or of what policies state."""
    assert script.TABLE.read_text("utf-8") == script.table()
    assert script.POLICIES.read_text("utf-8") == script.policies()


def test_nothing_asked_goes_without_test_or_reason(script: Any) -> None:
    """R1 to R71 are all there; each has a test, or what is missing, or why it is no part of consentkit."""
    requirements, holding = script.asked(), script.marked()
    assert list(requirements) == [f"R{number}" for number in range(1, 72)]
    bare = [name for name, each in requirements.items() if not (holding.get(name) or each.open or each.outside)]
    assert bare == []
    assert [name for name, each in requirements.items() if each.open and each.outside] == []


def test_each_rule_has_a_test(script: Any) -> None:
    """L1 to L32: the marks name every rule."""
    holding = script.marked()
    assert [rule for rule in script.RULES if rule not in holding] == []


def test_marks_name_what_exists(script: Any) -> None:
    """A mark with a typing mistake holds nothing."""
    assert set(script.marked()) <= {*script.asked(), *script.RULES}


def test_marks_are_read_from_the_tests(script: Any, tmp_path: Path) -> None:
    """Functions and methods, several ids in one mark, several marks on one test."""
    (tmp_path / "test_it.py").write_text(
        "@pytest.mark.requirement('R1 R2')\n@pytest.mark.requirement('R3')\n@pytest.mark.slow\n"
        "def test_a(): ...\nclass TestB:\n    @pytest.mark.requirement('R1')\n    async def test_b(self): ...\n"
    )
    assert script.marked(tmp_path) == {
        "R1": ["test_it.py::test_a", "test_it.py::test_b"],
        "R2": ["test_it.py::test_a"],
        "R3": ["test_it.py::test_a"],
    }
