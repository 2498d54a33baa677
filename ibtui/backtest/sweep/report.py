"""What a sweep found, for a terminal and as files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ibtui.backtest.statistics import Statistics
from ibtui.backtest.sweep.axes import Axis
from ibtui.backtest.sweep.findings import Findings, Point
from ibtui.backtest.sweep.heatmap import heatmap
from ibtui.backtest.sweep.luck import BELIEVABLE, percent
from ibtui.backtest.sweep.metrics import Metric
from ibtui.backtest.sweep.trial import TrialOutcome
from ibtui.domain.failure import IbtuiError

SHOWN = 10
"""Points that are listed; `points.csv` has them all."""


def print_findings(
    found: Findings, axes: Sequence[Axis], outcomes: Sequence[TrialOutcome], metric: Metric, console: Console
) -> None:
    """Write the findings of a sweep to the terminal."""
    parts: list[RenderableType] = [_head(found)]
    if axes and found.best is not None:
        parts.append(heatmap(axes, outcomes, metric, min(console.width, 120)))
    parts.append(_points(found))
    if found.walk_forward:
        parts.append(_walk(found))
    parts.append(_luck(found))
    problem = next((point.problem for point in found.points if point.problem and found.failed), "")
    parts += [Text(f"  {line}", "yellow") for line in (*found.warnings, problem) if line]
    console.print(Group(*parts))


def _head(found: Findings) -> Text:
    text = Text(f"{found.strategy} on {', '.join(found.symbols[:8])}", "bold")
    fixed = " ".join(f"{name}={value}" for name, value in found.parameters.items())
    counts = [f"{found.runs:,} runs"]
    counts += [f"{found.skipped:,} points whose values do not fit together"] if found.skipped else []
    counts += [f"{found.failed:,} failed"] if found.failed else []
    return text.append(f"\n  {fixed}\n  {' · '.join(counts)}", "dim")


def _luck(found: Findings) -> Text:
    """Said in the warnings already where it is bad."""
    if found.deflated_sharpe is None or found.expected_luck_sharpe is None or found.deflated_sharpe < BELIEVABLE:
        return Text("")
    return Text(
        f"\n  overfitting: luck alone would show a Sharpe ratio of {found.expected_luck_sharpe:.2f} in {found.runs:,} "
        f"runs; deflated Sharpe ratio {percent(found.deflated_sharpe)}",
        "dim",
    )


def _points(found: Findings) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    names = list(found.points[0].parameters) if found.points else []
    for name in (*names, found.metric, "return", "drawdown", "trades", "final equity"):
        table.add_column(name.replace("_percent", " %"), justify="right", no_wrap=True)
    for point in found.points[:SHOWN]:
        if point.statistics is not None:
            table.add_row(*(point.parameters[name] for name in names), *_figures(point))
    return table


def _figures(point: Point) -> list[str]:
    s = point.statistics
    assert s is not None
    return [
        "–" if point.metric is None else f"{point.metric:,.2f}",
        f"{s.return_percent:,.2f} %",
        f"{s.max_drawdown_percent:,.2f} %",
        f"{point.trades.closed:,}",
        f"ruined on {point.ruined}" if point.ruined else f"{point.final_equity:,.2f}",
    ]


def _walk(found: Findings) -> Group:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in ("chosen on", "tried until", "values", "before", "after", "return"):
        table.add_column(name, justify="left" if name == "values" else "right")
    for step in found.walk_forward:
        table.add_row(
            f"{step.chosen_from:%Y-%m-%d} to {step.split:%Y-%m-%d}",
            f"{step.end:%Y-%m-%d}",
            " ".join(f"{name}={value}" for name, value in step.parameters.items()),
            _ratio(step.metric_before),
            _ratio(step.metric_after),
            "–" if step.return_percent is None else f"{step.return_percent:,.2f} %",
        )
    total = found.walk_forward_return_percent or 0.0
    return Group(
        Text(f"\n  walking forward: {found.metric} where it was chosen and on the bars after", "dim"),
        table,
        Text(f"  together {total:+,.2f} % on bars that no choice was made on"),
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def write_findings(folder: Path, found: Findings) -> list[Path]:
    """Write `sweep.json` and `points.csv`; raises IbtuiError `no_file` when the folder cannot be written."""
    whole, points = folder / "sweep.json", folder / "points.csv"
    names = list(found.points[0].parameters) if found.points else []
    figures = [field.name for field in msgspec.structs.fields(Statistics)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
        with points.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow([*names, "final_equity", "fills", "closed", "open", *figures, "ruined", "problem"])
            writer.writerows(_row(point, names, figures) for point in found.points)
    except OSError as error:
        raise IbtuiError("no_file", f"The report cannot be written to {folder}: {error.strerror}.") from None
    return [whole, points]


def _row(point: Point, names: Sequence[str], figures: Sequence[str]) -> list[object]:
    return [
        *(point.parameters[name] for name in names),
        point.final_equity,
        point.fills,
        point.trades.closed,
        point.trades.open,
        *("" if point.statistics is None else getattr(point.statistics, name) for name in figures),
        point.ruined or "",
        point.problem,
    ]
