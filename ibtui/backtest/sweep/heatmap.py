"""Figures over one or two parameters as a picture for a terminal: numbers where there is room, shades where not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from rich.style import Style
from rich.text import Text

from ibtui.backtest.sweep.axes import Axis
from ibtui.backtest.sweep.metrics import Metric
from ibtui.backtest.sweep.trial import TrialOutcome

_SHADES = "·░▒▓█"
_NUMBER = 7
"""Columns of a cell with a number."""
_SHADE = 2
_ROWS = 40
_COARSE = 10
"""Groups of values each way where points were tried here and there."""
_DENSE = 0.4
Cells = dict[tuple[str, str], float]


def heatmap(axes: Sequence[Axis], outcomes: Sequence[TrialOutcome], metric: Metric, width: int) -> Text:
    """Rows are the first axis, columns the second; over every further axis a cell shows the best.

    With one axis there is one column. Of more values than fit, neighbours share a cell, named by the first of them,
    that shows the best of them; values that were not tried are left out.
    """
    rows, columns = axes[0], axes[1] if len(axes) > 1 else Axis("", ("",))
    cells = _cells(rows, columns, outcomes, metric)
    label = max(len(value) for value in (*rows.values, rows.name)) + 4
    tried_rows, tried = (
        [v for v in axis.values if v in {key[n] for key in cells}] for n, axis in enumerate((rows, columns))
    )
    dense = len(cells) > _DENSE * len(tried_rows) * len(tried)
    numbers = min(len(tried), _ROWS if dense else _COARSE) * _NUMBER <= width - label
    room = max((width - label) // (_NUMBER if numbers else _SHADE), 1)
    across = _shared(tried, room if dense else min(room, _COARSE))
    down = _shared(tried_rows, _ROWS if dense else _COARSE)
    low, high = min(cells.values(), default=0.0), max(cells.values(), default=0.0)
    text = Text(_title(rows, columns, metric, len(axes)), "dim")
    text.append(_header(columns, [values[0] for values in across], label, numbers), "dim")
    for row in down:
        text.append(f"{row[0]:>{label - 1}} ", "dim")
        for column in across:
            _cell(text, _best(cells, row, column, metric), low, high, metric, numbers)
        text.append("\n")
    return text


def _cells(rows: Axis, columns: Axis, outcomes: Sequence[TrialOutcome], metric: Metric) -> Cells:
    found: Cells = {}
    for outcome in outcomes:
        value = metric.of(outcome)
        if value is not None:
            point = outcome.trial.values
            key = point[rows.name], point[columns.name] if columns.name else ""
            known = found.get(key)
            found[key] = value if known is None or metric.sign * value > metric.sign * known else known
    return found


def _best(cells: Cells, rows: Sequence[str], columns: Sequence[str], metric: Metric) -> float | None:
    found = [cells[key] for key in product(rows, columns) if key in cells]
    return max(found, key=lambda value: metric.sign * value) if found else None


def _shared(values: Sequence[str], most: int) -> list[Sequence[str]]:
    """Neighbours together, at most so many groups of them."""
    each = max(-(-len(values) // most), 1)
    return [values[place : place + each] for place in range(0, len(values), each)]


def _title(rows: Axis, columns: Axis, metric: Metric, axes: int) -> str:
    across = f", {columns.name} across" if columns.name else ""
    rest = "; the best over the other parameters" if axes > 2 else ""
    return f"\n  {metric.name}: {rows.name} down{across}{rest}\n"


def _header(columns: Axis, across: Sequence[str], label: int, numbers: bool) -> str:
    if not columns.name:
        return ""
    if numbers:
        return " " * label + "".join(f"{value[: _NUMBER - 1]:>{_NUMBER}}" for value in across) + "\n"
    last = across[-1]
    room = _SHADE * len(across) - len(across[0])
    return " " * label + across[0] + (f"{last:>{room}}" if room > len(last) else "") + "\n"


def _cell(text: Text, value: float | None, low: float, high: float, metric: Metric, numbers: bool) -> None:
    if value is None:
        text.append(f"{'–':>{_NUMBER}}" if numbers else "  ", "dim")
        return
    share = 0.5 if high <= low else (value - low) / (high - low)
    share = share if metric.sign > 0 else 1 - share
    if numbers:
        text.append(
            f"{_short(value):>{_NUMBER}}", Style(color="black" if share > 0.35 else "white", bgcolor=_hue(share))
        )
    else:
        text.append(_SHADES[min(int(share * len(_SHADES)), len(_SHADES) - 1)] * _SHADE, Style(color=_hue(share)))


def _hue(share: float) -> str:
    """From dark blue over teal to yellow, told apart by brightness alone too."""
    stops = ((40, 40, 90), (40, 120, 130), (90, 180, 100), (240, 220, 80))
    place = min(share, 0.9999) * (len(stops) - 1)
    one, two, part = stops[int(place)], stops[int(place) + 1], place % 1
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, two, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _short(value: float) -> str:
    """The value as text of at most six characters."""
    for text in (f"{value:.2f}", f"{value:.1f}", f"{value:.0f}", f"{value / 1e3:.0f}k", f"{value / 1e6:.0f}M"):
        if len(text) <= _NUMBER - 1:
            return text
    return f"{value:.0e}"
