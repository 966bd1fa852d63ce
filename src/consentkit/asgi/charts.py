"""Charts as SVG that needs no script, no style of its own and no colour to be read.

Widths are in per cent and heights in pixels, so that a chart fits any screen and its letters keep their size. Series
differ by pattern as well as by colour, for print, for forced colours and for who sees colours otherwise. Every chart
has a title, a description that tells what it shows, and its numbers in a table beside it, which the template writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEIGHT = 176
_TOP, _BOTTOM = 12, 152
_GRID = (0, 0.5, 1)
_GUTTER = 40
"""Pixels for the scale, which is a drawing of its own: pixels and per cent don't add up in one."""
_PATTERNS = ("solid", "striped", "dotted", "open")
"""In the order in which series are drawn, from the axis up."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted of one thing: a number for each place on the axis, None where it is not told."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and what it says in words.

    Attributes:
        id: Unique in its page.
        title: What it shows.
        description: The same for who doesn't see it.
        labels: Of the places on the axis.
        series: One or several, drawn upon each other.
        percent: Whether the values are parts of one.
    """

    id: str
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    percent: bool = False

    @property
    def top(self) -> float:
        """The value at the top of the chart: a round one at or above all others."""
        if self.percent:
            return 1
        places = zip(*(one.values for one in self.series), strict=True)
        return _round_up(max((sum(value or 0 for value in values) for values in places), default=0))

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The pattern and the name of each series; empty with one, which the title names."""
        return list(zip(_PATTERNS, [one.name for one in self.series], strict=False)) if len(self.series) > 1 else []

    def written(self, value: float | None) -> str:
        """Return a value as the table has it."""
        if value is None:
            return "not told"
        return f"{value:.0%}" if self.percent else number(value)

    def svg(self) -> Markup:
        """Return the drawing."""
        drawn = [*self._grid(), *(self._line() if self.percent else self._bars()), *self._days()]
        return Markup(
            '<div class="drawing">'
            '<svg class="chart" aria-hidden="true" width="{gutter}" height="{height}">{scale}</svg>'
            '<svg class="chart" role="img" aria-labelledby="{id}-title {id}-text" height="{height}" width="100%">'
            '<title id="{id}-title">{title}</title><desc id="{id}-text">{text}</desc>{patterns}{drawn}</svg></div>'
        ).format(
            id=self.id,
            gutter=_GUTTER,
            height=_HEIGHT,
            title=self.title,
            text=self.description,
            patterns=_patterns(self.id),
            scale=Markup("").join(self._scale()),
            drawn=Markup("").join(drawn),
        )

    def _grid(self) -> Iterator[Markup]:
        for part in _GRID:
            yield Markup('<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=_y(part))

    def _scale(self) -> Iterator[Markup]:
        for part in _GRID:
            value = self.written(self.top * part)
            yield Markup('<text x="{x}" y="{y}" text-anchor="end">{value}</text>').format(
                x=_GUTTER - 6, y=_y(part) + 4, value=value
            )

    def _days(self) -> Iterator[Markup]:
        last = len(self.labels) - 1
        for place, anchor in {0: "start", last // 2: "middle", last: "end"}.items() if last > 1 else ():
            x = {"start": 0, "middle": self._x(place + 0.5), "end": 100}[anchor]
            yield Markup('<text x="{x}%" y="{y}" text-anchor="{anchor}">{label}</text>').format(
                x=x, y=_BOTTOM + 18, anchor=anchor, label=self.labels[place]
            )

    def _bars(self) -> Iterator[Markup]:
        width = round(76 / max(1, len(self.labels)), 3)
        for place in range(len(self.labels)):
            x, base = self._x(place + 0.12), 0.0
            if any(one.values[place] is None for one in self.series):
                yield Markup('<text class="untold" x="{x}%" y="{y}" text-anchor="middle">·</text>').format(
                    x=self._x(place + 0.5), y=_BOTTOM - 3
                )
            for one, pattern in zip(self.series, _PATTERNS, strict=False):
                value = one.values[place] or 0
                if value:
                    high, low = _y((base + value) / self.top), _y(base / self.top)
                    yield Markup(
                        '<rect class="{pattern}" x="{x}%" y="{y}" width="{width}%" height="{height}"{fill}/>'
                    ).format(
                        pattern=pattern,
                        x=x,
                        y=high,
                        width=width,
                        height=round(low - high, 1),
                        fill=_fill(self.id, pattern),
                    )
                base += value

    def _line(self) -> Iterator[Markup]:
        (one,) = self.series
        points = [(self._x(place + 0.5), value) for place, value in enumerate(one.values)]
        for (x1, from_), (x2, to) in pairwise(points):
            if from_ is not None and to is not None:
                yield Markup('<line class="line" x1="{x1}%" y1="{y1}" x2="{x2}%" y2="{y2}"/>').format(
                    x1=x1, y1=_y(from_), x2=x2, y2=_y(to)
                )
        for x, value in points:
            if value is not None:
                yield Markup('<circle class="point" cx="{x}%" cy="{y}" r="3.5"/>').format(x=x, y=_y(value))

    def _x(self, place: float) -> float:
        return round(place / max(1, len(self.labels)) * 100, 3)


def share(part: float, whole: float) -> Markup:
    """Return a bar in the size of a share, for the row of a table that has the number too."""
    width = round(100 * part / whole, 1) if whole else 0
    return Markup(
        '<svg class="share" aria-hidden="true" width="100%" height="10"><rect class="rest" width="100%" height="10"/>'
        '<rect class="solid" width="{width}%" height="10"/></svg>'
    ).format(width=width)


def number(value: float) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,.0f}".replace(",", "\u202f")


def _y(part: float) -> float:
    return round(_BOTTOM - part * (_BOTTOM - _TOP), 1)


def _round_up(value: float) -> float:
    """Return the next of 10, 20, 40, 60, 80, 100, 200 …, whose halves are whole."""
    step = 10.0
    while step * 10 < value:
        step *= 10
    return next(step * factor for factor in (1, 2, 4, 6, 8, 10) if step * factor >= value)


def _fill(chart: str, pattern: str) -> Markup:
    if pattern not in {"striped", "dotted"}:
        return Markup("")
    return Markup(' fill="url(#{chart}-{pattern})"').format(chart=chart, pattern=pattern)


def _patterns(chart: str) -> Markup:
    return Markup(
        '<defs><pattern id="{chart}-striped" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="ground" width="6" height="6"/>'
        '<rect class="ink" width="2.5" height="6"/></pattern><pattern id="{chart}-dotted" width="5" height="5" '
        'patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"/>'
        '<circle class="ink" cx="2.5" cy="2.5" r="1.2"/></pattern></defs>'
    ).format(chart=chart)
