"""docs/lint.md, the table of the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consentkit.manifest.lint import table
from consentkit.manifest.lint.rules import RULES, Rule, Severity

COMMITTED = Path(__file__).parents[4] / table.FILE


def test_the_committed_table_is_the_generated_one() -> None:
    """The table was written again after the last change of a rule."""
    assert COMMITTED.read_text(encoding="utf-8") == table.text()


def test_writes_where_it_is_told(tmp_path: Path) -> None:
    """The module's entry point writes the same text to a path."""
    table.main([str(tmp_path / "lint.md")])
    assert (tmp_path / "lint.md").read_text(encoding="utf-8") == table.text()


def test_has_a_whole_row_for_each_rule() -> None:
    """Each of L1 to L32 has one row of seven cells, none of them empty."""
    rows = re.findall(r"^\| (L\d+ \|.*) \|$", table.text().partition("\n## ")[0], re.MULTILINE)
    cells = [re.split(r" (?<!\\)\| ", row) for row in rows]
    assert [row[0] for row in cells] == [f"L{number}" for number in range(1, 33)]
    assert all(len(row) == 7 and all(cell.strip() for cell in row) for row in cells)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_is_complete(rule: Rule) -> None:
    """A rule has a severity, something it is decided from, and texts that end without a full stop."""
    assert rule.severity in Severity
    assert rule.basis
    texts = (rule.title, rule.looks_at, rule.remedy, rule.source)
    assert all(text and not text.endswith(".") for text in texts)
