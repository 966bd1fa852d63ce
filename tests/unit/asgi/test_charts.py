"""Charts say the same as their tables, and nothing of what isn't told."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from consentkit.asgi.charts import Chart, Series, number, share

LABELS = ("01/11", "02/11", "03/11", "04/11")


def chart(*series: Series, percent: bool = False, title: str = "Visits") -> Chart:
    return Chart("one", title, "In words.", LABELS, series, percent=percent)


def heights(drawn: str, pattern: str) -> list[float]:
    return [float(value) for value in re.findall(rf'<rect class="{pattern}"[^>]* height="([\d.]+)"', drawn)]


def test_bars_are_as_high_as_their_numbers() -> None:
    """Half the number, half the height; the top is a round number at or above the largest."""
    drawn = chart(Series("Visits", (20, 40, 0, 10)))
    assert drawn.top == 40
    assert heights(drawn.svg(), "solid") == [70, 140, 35]
    assert chart(Series("Visits", (1, 201, 0, 0))).top == 400
    assert chart(Series("Visits", (0, 0, 0, 0))).top == 10


def test_series_lie_upon_each_other_and_differ_by_pattern() -> None:
    """The second begins where the first ends."""
    drawn = chart(Series("Accepted", (20, 0, 0, 0)), Series("Refused", (20, 0, 0, 0)))
    assert [pattern for pattern, _ in drawn.legend] == ["solid", "striped"]
    assert heights(drawn.svg(), "solid") == heights(drawn.svg(), "striped")
    assert 'fill="url(#one-striped)"' in drawn.svg()


def test_what_isn_t_told_is_no_zero() -> None:
    """A mark instead of a bar, a gap instead of a line, words instead of a number."""
    bars = chart(Series("Visits", (20, None, 0, 40)))
    assert len(heights(bars.svg(), "solid")) == 2
    assert bars.svg().count('class="untold"') == 1
    assert bars.written(None) == "not told"
    line = chart(Series("Rate", (0.5, 0.6, None, 0.7)), percent=True)
    assert line.svg().count('class="line"') == 1
    assert line.svg().count('class="point"') == 3
    assert line.written(0.5) == "50%"


def test_text_stays_text() -> None:
    """Whatever a label holds, and the drawing is well-formed XML."""
    drawn = ET.fromstring(chart(Series("<b>", (1, 2, 3, 4)), title="<script>&\"'").svg())
    title = drawn.find(".//title")
    assert title is not None
    assert title.text == "<script>&\"'"


def test_shares_and_numbers() -> None:
    """A share of nothing is none; thousands stand apart."""
    assert 'width="25.0%"' in share(5, 20)
    assert 'width="0%"' in share(0, 0)
    assert number(1234567) == "1\u202f234\u202f567"
