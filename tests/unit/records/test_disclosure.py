"""Counts under ten are not told, nor do they follow from what is told."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from consentkit.records.disclosure import LEAST, told, told_share

TABLES = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 40))


def test_small_cells_go_into_the_rest() -> None:
    """What is under ten is told as a sum; zeros and the others as they are."""
    answer = told({"FR": 120, "DE": 7, "BE": 6, "IT": 0})
    assert dict(answer.cells) == {"FR": 120, "IT": 0}
    assert (answer.rest, answer.total) == (13, 133)


def test_one_small_cell_takes_the_smallest_other_with_it() -> None:
    """The total minus the cells told would give it back."""
    answer = told({"FR": 120, "DE": 30, "BE": 3})
    assert dict(answer.cells) == {"FR": 120}
    assert (answer.rest, answer.total) == (33, 153)


def test_nothing_is_told_of_a_table_under_ten() -> None:
    """Not even its total."""
    answer = told({"FR": 5, "DE": 4})
    assert (dict(answer.cells), answer.rest, answer.total) == ({}, None, None)


def test_days_that_are_known_to_be_left_out_are_joined_by_a_larger_one() -> None:
    """Two days left out that add up to 18 would be nine each."""
    answer = told({"1": 9, "2": 9, "3": 40, "4": 50}, named=True)
    assert dict(answer.cells) == {"4": 50}
    assert told({"1": 9, "2": 9, "3": 0}, named=True).cells == {}


@given(TABLES, st.integers(0, 20), st.booleans())
@example({"a": 0, "b": 1}, 0, True)
def test_nothing_under_ten_is_told_or_follows(cells: dict[str, int], rest: int, named: bool) -> None:
    """Whatever the table: no cell of one to nine, no rest of one to nine, and the total is the true one."""
    answer = told(cells, rest=rest, named=named)
    assert all(count == 0 or count >= LEAST for count in answer.cells.values())
    assert answer.rest is None or answer.rest == 0 or answer.rest >= LEAST
    total = sum(cells.values()) + rest
    assert answer.total == (total if total == 0 or total >= LEAST else None)
    if answer.total is None:
        assert not any(answer.cells.values())
    elif named and any(0 < count < LEAST for count in cells.values()) and answer.cells:
        assert any(count >= LEAST for name, count in cells.items() if name not in answer.cells)


def test_a_share_hides_both_sides() -> None:
    """Ninety-seven of a hundred tells of the three others."""
    assert told_share(50, 100) == 50
    assert told_share(97, 100) is None
    assert told_share(3, 100) is None
    assert told_share(100, 100) == 100
    assert told_share(0, 100) == 0
