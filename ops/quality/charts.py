"""Charts as shapes: where each bar and line of a chart stands. The template draws them as inline SVG.

Our own, and not a plotting library's: the file must do without scripts, be the same bytes for the same store,
follow the reader's light or dark, and link each bar to its documents. What is left to draw is simple.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 14.0, 24.0, 26.0
_LABELS = 6
"""Days that are named below a chart, at the most."""
_LINES = 4
"""Lines of its grid, at the most."""
_UNITS = (("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400))
_FEW = 180
"""Of a unit of time, from which on the next one is easier to read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar, or a point of a line: `x` and `y` of its upper left corner, `width`, `height`, and its words."""

    x: float
    y: float
    width: float
    height: float
    series: int
    day: date
    says: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of an axis, and where it stands on it."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that a template needs to draw one; lengths in units of a drawing of `WIDTH` by `HEIGHT`."""

    unit: str
    """What the axis counts."""
    series: tuple[str, ...]
    """The names, in order of their numbers."""
    shapes: tuple[Shape, ...]
    lines: tuple[str, ...]
    """For each series the points of a line, as SVG has them; none where there are bars."""
    values: tuple[Mark, ...]
    days: tuple[Mark, ...]
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = HEIGHT - _BOTTOM


def bars(
    unit: str, days: Sequence[date], counts: Mapping[str, Sequence[int]], *, of_whole: bool = False
) -> Chart:
    """Bars by day, the kinds on top of each other; `of_whole` shows percents of each day's."""
    totals = [sum(row[n] for row in counts.values()) for n in range(len(days))]
    highest = 100 if of_whole else max(totals, default=0)
    marks, top = _scale(highest)
    step = (WIDTH - _LEFT - _RIGHT) / len(days)
    width = max(1.0, step * 0.8)
    shapes = []
    for n, day in enumerate(days):
        height = 0.0
        for series, (kind, row) in enumerate(counts.items()):
            if not row[n]:
                continue
            value = 100 * row[n] / totals[n] if of_whole else row[n]
            tall = value / top * (HEIGHT - _TOP - _BOTTOM)
            height += tall
            y = HEIGHT - _BOTTOM - height
            told = f"{day}: {row[n]:,} {kind}" + (f" ({value:.1f} %)" if of_whole else "")
            x = _LEFT + n * step + (step - width) / 2
            shapes.append(Shape(_short(x), _short(y), _short(width), _short(tall), series, day, told))
    return Chart(unit, tuple(counts), tuple(shapes), (), marks, _day_marks(days, step))


def times(
    days: Sequence[date], values: Mapping[str, Mapping[date, float]], say: Callable[[float], str]
) -> Chart:
    """Lines by day of lengths of time, given in seconds and told by `say`.

    A day without one has no point, and the line goes on at the next.
    """
    longest = max((value for row in values.values() for value in row.values()), default=0.0)
    unit, seconds = next((one for one in _UNITS if longest < _FEW * one[1]), _UNITS[-1])
    marks, top = _scale(longest / seconds)
    step = (WIDTH - _LEFT - _RIGHT) / len(days)
    shapes, paths = [], []
    for series, (kind, row) in enumerate(values.items()):
        points = []
        for n, day in enumerate(days):
            if day in row:
                x = _short(_LEFT + (n + 0.5) * step)
                y = _short(HEIGHT - _BOTTOM - row[day] / seconds / top * (HEIGHT - _TOP - _BOTTOM))
                points.append(f"{x:g},{y:g}")
                shapes.append(Shape(x, y, 0, 0, series, day, f"{day}: {kind} {say(row[day])}"))
        paths.append(" ".join(points))
    return Chart(unit, tuple(values), tuple(shapes), tuple(paths), marks, _day_marks(days, step))


def _scale(highest: float) -> tuple[tuple[Mark, ...], float]:
    """The lines of the grid, at round numbers, and what the upper edge stands for."""
    if highest <= 0:
        return (Mark(HEIGHT - _BOTTOM, "0"),), 1.0
    magnitude = 10 ** floor(log10(highest / _LINES))
    step = max(1, next(magnitude * n for n in (1, 2, 5, 10) if highest / (magnitude * n) <= _LINES))
    top = step * ceil(highest / step)
    count = round(top / step)
    height = HEIGHT - _TOP - _BOTTOM
    marks = (Mark(_short(HEIGHT - _BOTTOM - n / count * height), f"{n * step:,g}") for n in range(count + 1))
    return tuple(marks), top


def _day_marks(days: Sequence[date], step: float) -> tuple[Mark, ...]:
    each = -(-len(days) // _LABELS)
    return tuple(
        Mark(_short(_LEFT + (n + 0.5) * step), f"{days[n]:%m-%d}" if len(days) < 300 else f"{days[n]:%Y-%m}")
        for n in range(len(days) - 1, -1, -each)
    )


def _short(length: float) -> float:
    """To a tenth of a unit: what is finer nobody sees."""
    return round(length, 1)
