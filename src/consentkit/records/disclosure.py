"""What of a count may be told: nothing under ten, and nothing from which a count under ten follows.

A count of three is three people, and who knows one of them learns about the others. Leaving out the small cells of a
table doesn't suffice, because its total minus the cells that are shown gives them back. So what is left out always adds
up to ten or more; where it doesn't, the smallest of the other cells is left out with it (complementary suppression;
Hundepool et al., Statistical Disclosure Control, 2012, section 4.2). Zeros are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST = 10
"""The smallest count that is told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of a table whose cells add up to its total.

    Attributes:
        cells: The counts of the cells that are told, by name.
        rest: The sum of the others: ten or more, 0 when there are none, None when even the sum is under ten.
    """

    cells: Mapping[str, int]
    rest: int | None

    @property
    def total(self) -> int | None:
        """The sum of all cells; None when it is under ten."""
        return None if self.rest is None else self.rest + sum(self.cells.values())


def told(cells: Mapping[str, int], *, rest: int = 0, named: bool = False) -> Told:
    """Return what may be told of a table.

    Args:
        cells: The counts by name; they add up to a total that is known.
        rest: What is counted under no name already.
        named: Whether a reader knows which cells are left out, as with days. Two of them that add up to 18 would be
            nine each, so a larger cell is always left out with them.
    """
    shown = {name: count for name, count in cells.items() if count == 0 or count >= LEAST}
    small = [count for name, count in cells.items() if name not in shown]
    hidden = sum(small) + rest
    if not hidden:
        return Told(shown, 0)
    companions = sorted((name for name, count in shown.items() if count), key=lambda name: (shown[name], name))
    missing = named and bool(small)
    while companions and (hidden < LEAST or missing):
        hidden += shown.pop(companions.pop(0))
        missing = False
    if hidden < LEAST:
        return Told(dict.fromkeys(shown, 0), None)
    return Told({} if missing else shown, hidden)


def told_share(count: int, whole: int) -> int | None:
    """Return how many of `whole` did something, or None where those who did or those who didn't are one to nine."""
    return count if all(part == 0 or part >= LEAST for part in (count, whole - count)) else None
