"""Figures that a measurement prints beside the bar they have to reach, and how much of it is run.

`make reliability` measures at full scale; elsewhere the same tests take a sample, so that what is measured there can't
break unseen.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

FULL = os.environ.get("CONSENTKIT_RELIABILITY") == "full"

TESTS = tuple(f"T{number}" for number in range(1, 19))
"""The promises about the records."""


class Figure(NamedTuple):
    """One line of the result."""

    test: str
    text: str
    bar: str

    def __str__(self) -> str:
        return f"{self.test} {self.text} (bar: {self.bar})"


_figures: list[Figure] = []
_told: set[Figure] = set()


def scale(full: int, sample: int) -> int:
    """Return how many of something to do."""
    return full if FULL else sample


def figure(test: str, text: str, *, bar: str) -> None:
    """Keep a figure for the end of the run.

    Args:
        test: The number of the test it belongs to, such as "T2".
        text: What was counted, with the counts.
        bar: What it has to reach at full scale.
    """
    _figures.append(Figure(test, text, bar))


def fresh() -> list[Figure]:
    """Return the figures that were kept since this was last asked."""
    news = [kept for kept in _figures if kept not in _told]
    _told.update(news)
    return news


def unmeasured() -> list[str]:
    """Return the numbers of the tests that no figure was kept for, such as "T7"."""
    measured = {kept.test for kept in _figures}
    return [test for test in TESTS if test not in measured]


def in_order() -> list[Figure]:
    """Return the figures by the number of their test."""
    return sorted(_figures, key=lambda kept: int(re.sub(r"\D", "", kept.test) or 0))
