"""An intraday chart in block eighths: columns of closes with price labels at the right and times below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from ibtui.domain.bar import Bar
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line, Run
from ibtui.terminal.drawing.glyphs import CHART

_LABEL = 10
"""Cells of the price labels."""
_EIGHTHS = 8
_STEPS = (5, 10, 15, 30, 60, 120, 240, 480, 1440)
"""Minutes between two labels of the time axis."""
_LABEL_EVERY = 10
"""At least this many columns apart."""


def buckets(bars: Sequence[Bar], columns: int) -> list[tuple[Bar, float]]:
    """Bars merged into at most `columns` columns of the same number of bars: the first bar of each, and its close."""
    if not bars or columns < 1:
        return []
    size = -(-len(bars) // columns)
    return [(bars[start], bars[min(start + size, len(bars)) - 1].close) for start in range(0, len(bars), size)]


def heights(closes: Sequence[float], rows: int) -> list[int]:
    """Eighths of each column; the lowest is one eighth, so that every column is seen."""
    low, high = min(closes), max(closes)
    top = rows * _EIGHTHS
    if high == low:
        return [top // 2] * len(closes)
    return [1 + round((close - low) / (high - low) * (top - 1)) for close in closes]


def chart(bars: Sequence[Bar], last: float | None, decimals: int, zone: tzinfo, width: int, rows: int) -> list[Line]:
    """`rows` lines of columns and one of times; `last` is the running price and the bright last column."""
    wide = fmt.room(decimals, _LABEL)
    columns = buckets(bars, width - 1 - wide - 1)
    if not columns or rows < 1:
        return []
    closes = [close for _, close in columns]
    if last is not None:
        closes[-1] = last
    tall = heights(closes, rows)
    labels = _labels(closes, tall[-1], decimals, rows)
    space = max(width - 1 - len(closes) - wide - 1, 0)
    lines = [_row(tall, row, rows, _right(labels.get(row, Run("")), space + wide)) for row in range(rows)]
    return [*lines, _axis(columns, zone, width)]


def _right(label: Run, width: int) -> Run:
    return label._replace(text=label.text.rjust(width))


def _row(tall: Sequence[int], row: int, rows: int, label: Run) -> Line:
    base = (rows - 1 - row) * _EIGHTHS
    signs = [CHART[min(max(height - base, 0), _EIGHTHS)] for height in tall]
    return Line(
        (
            Run(" "),
            Run("".join(signs[:-1]), "faint"),
            Run(signs[-1], "bright"),
            label,
        )
    )


def _labels(closes: Sequence[float], last_height: int, decimals: int, rows: int) -> dict[int, Run]:
    """Price labels by row: high at the top, low at the bottom, the last price where it stands."""
    at = rows - 1 - min((last_height - 1) // _EIGHTHS, rows - 1)
    labels = {0: Run(fmt.price(max(closes), decimals, _LABEL), "dim")}
    if rows > 1:
        labels[rows - 1] = Run(fmt.price(min(closes), decimals, _LABEL), "dim")
    labels[at] = Run(fmt.price(closes[-1], decimals, _LABEL), "bright", True)
    return labels


def _axis(columns: Sequence[tuple[Bar, float]], zone: tzinfo, width: int) -> Line:
    """Times of day under the columns where a round time begins."""
    minutes = [_minute(bar, zone) for bar, _ in columns]
    step = _step(minutes)
    text = " "
    for index, minute in enumerate(minutes):
        round_time = index == 0 or minute // step != minutes[index - 1] // step
        label = f"{minute // 60 % 24}:{minute % 60:02}" if index == 0 else _round_label(minute, step)
        if round_time and (index == 0 or len(text) < index) and 1 + index + len(label) <= width:
            text = text.ljust(1 + index) + label
    return Line((Run(text, "dim"),))


def _minute(bar: Bar, zone: tzinfo) -> int:
    local = bar.time.astimezone(zone)
    return local.toordinal() * 1440 + local.hour * 60 + local.minute


def _round_label(minute: int, step: int) -> str:
    at = minute // step * step % 1440
    return f"{at // 60}:{at % 60:02}"


def _step(minutes: Sequence[int]) -> int:
    """The smallest round step whose labels stand far enough apart."""
    span = max(minutes[-1] - minutes[0], 1)
    return next((step for step in _STEPS if step * len(minutes) / span >= _LABEL_EVERY), _STEPS[-1])
