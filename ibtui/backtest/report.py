"""The report for a terminal: aligned figures, a small chart, tables by symbol and by month."""

from __future__ import annotations

from itertools import islice

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ibtui.backtest.decision_lines import line
from ibtui.backtest.decisions import DecisionLog
from ibtui.backtest.refused import limits_words
from ibtui.backtest.result import Result
from ibtui.backtest.statistics import Statistics
from ibtui.backtest.summary import Summary
from ibtui.domain.text import blocks

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHART_ROWS = 8
LISTED = 8
"""Symbols whose contract is told."""
DECISIONS = 10
"""Records of the decision log that are shown."""
WIDE = 96
"""Columns from which three figures stand side by side, and months have a digit after the point."""


def print_report(summary: Summary, result: Result, console: Console, *, decisions: bool = True) -> None:
    """Write the report of a run to the terminal: figures, curve, trades, and decisions where they were kept."""
    parts = _parts(summary, result, min(console.width, 100))
    if decisions and result.decisions is not None:
        parts.append(_decisions(result.decisions))
    console.print(Group(*parts, *(Text(f"  {warning}", "yellow") for warning in summary.warnings)))


def _parts(summary: Summary, result: Result, width: int) -> list[RenderableType]:
    parts: list[RenderableType] = [_head(summary), _equity(summary, result, width), _figures(summary, width)]
    if len(summary.by_symbol) > 1:
        parts.append(_symbols(summary))
    parts.append(_by_month(summary, width))
    parts.append(_refusals(summary))
    if summary.causes:
        found = ", ".join(f"{count:,} x {kind}" for kind, count in summary.causes.items())
        parts.append(Text(f"\n  positions changed without an order: {found}\n", "dim"))
    return parts


def _decisions(log: DecisionLog) -> Text:
    """The first few; how many are left out is said."""
    if not len(log):
        return Text("\n  no order was asked for", "dim")
    text = Text("\n  decisions\n", "dim", no_wrap=True, overflow="ellipsis")
    for record in islice(log, DECISIONS):
        text.append(f"  {line(record)}\n", "default")
    more = len(log) - DECISIONS
    return text.append(f"  {more:,} more: --log FILE, or decisions.csv of --report\n", "dim") if more > 0 else text


def _head(summary: Summary) -> Text:
    chosen = " ".join(f"{name}={value}" for name, value in summary.parameters.items())
    costs = "no commissions" if summary.commission == "none" else "IB's commissions"
    text = Text(f"{summary.strategy} on {', '.join(summary.symbols[:8])}", "bold")
    text.append(f"\n  {chosen}\n", "dim")
    span = f"{summary.begin:%Y-%m-%d} to {summary.end:%Y-%m-%d}"
    bars = f"{summary.bars:,} bars of {_length(summary.bar_seconds)}"
    hours = f", {summary.bar_hours}" if summary.bar_hours else ""
    text.append(f"  {span} · {bars}{hours} · {costs}", "dim")
    if summary.prices:
        text.append(f"\n  {summary.prices}", "dim")
    if summary.rates:
        text.append(f"\n  {money_words(summary)}", "dim")
    for assumed in summary.assumptions:
        text.append(f"\n  {assumed}", "dim")
    for contract in summary.contracts[:LISTED]:
        text.append(f"\n  {contract.words}", "dim")
    more = len(summary.contracts) - LISTED
    return text.append(f"\n  and {more} more contracts: --json lists them", "dim") if more > 0 else text


def money_words(summary: Summary) -> str:
    """`all money in USD, at USD.JPY 150`: at which rates other currencies count."""
    told = ", ".join(f"{pair} {rate:,.6g}" for pair, rate in summary.rates.items())
    return f"all money but prices in {summary.currency}, by {told} at the end"


def _length(seconds: int) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _equity(summary: Summary, result: Result, width: int) -> Text:
    values = [summary.cash, *(equity for _, equity in result.curve_points)]
    room = max(width - 16, 10)
    low, high = min(values), max(values)
    rows = blocks.rows(values, room, CHART_ROWS)
    labels = {0: f"{high:>13,.0f}", len(rows) - 1: f"{low:>13,.0f}"}
    text = Text("\n")
    for number, row in enumerate(rows):
        text.append(f"{labels.get(number, ''):>13} ", "dim")
        text.append(f"{row}\n", "green" if summary.final_equity >= summary.cash else "red")
    fall = blocks.rows([-one for one in blocks.falls(values)], room, 1)
    text.append(f"{summary.statistics.max_drawdown_percent:>12.1f}% ", "dim")
    return text.append("".join(fall) + "\n", "red")


def _figures(summary: Summary, width: int) -> Table:
    """Names and figures side by side, as many pairs as fit."""
    table = Table.grid(padding=(0, 2))
    across = 3 if width >= WIDE else 2
    for _ in range(across):
        table.add_column(justify="left", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    cells = figures(summary)
    down = -(-len(cells) // across)
    for row in range(down):
        line: list[Text] = []
        for name, value in cells[row::down]:
            line += [Text(f"  {name}", "dim"), Text(value, "bold" if name == "final equity" else "")]
        table.add_row(*line)
    return table


def figures(summary: Summary) -> list[tuple[str, str]]:
    """Names and figures as they are shown, the most wanted first."""
    s: Statistics = summary.statistics
    return [
        ("final equity", f"{summary.final_equity:,.2f} {summary.currency}"),
        ("return", _share(s.return_percent)),
        ("buy and hold", _share(s.buy_and_hold_percent)),
        ("CAGR", _share(s.cagr_percent)),
        ("volatility", _share(s.volatility_percent)),
        ("max drawdown", _share(s.max_drawdown_percent)),
        ("longest drawdown", f"{s.longest_drawdown_days:,.0f} d"),
        ("Sharpe", _ratio(s.sharpe)),
        ("Sortino", _ratio(s.sortino)),
        ("Calmar", _ratio(s.calmar)),
        ("exposure", _share(s.exposure_percent)),
        ("turnover", "–" if s.turnover is None else f"{s.turnover:,.1f} x a year"),
        ("fills", f"{summary.fills:,}"),
        ("closed trades", f"{summary.trades.closed:,}"),
        ("open trades", f"{summary.trades.open:,}"),
        ("win rate", _share(s.win_rate_percent)),
        ("profit factor", _ratio(s.profit_factor)),
        ("expectancy", _money(s.expectancy)),
        ("average win", _money(s.average_win)),
        ("average loss", _money(s.average_loss)),
        ("held", "–" if s.average_days_held is None else f"{s.average_days_held:,.1f} d"),
        ("commissions", _money(s.commissions)),
        ("cost share", _share(s.cost_share_percent)),
        ("fills a day", f"{s.orders_per_day:,.2f}"),
        *_carried(summary),
    ]


def _carried(summary: Summary) -> list[tuple[str, str]]:
    """What carrying positions cost, where it cost anything; the account's ruin."""
    found = [("borrow fees", _money(summary.borrow_fees))] if summary.borrow_fees else []
    found += [("interest", f"{summary.interest:+,.2f}")] if summary.interest else []
    return found + ([("ruined on", f"{summary.ruined}")] if summary.ruined else [])


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f} %"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _symbols(summary: Summary) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("  Symbol")
    for name in ("trades", "won", "profit", "commissions", "open"):
        table.add_column(name, justify="right")
    for row in summary.by_symbol:
        won = f"{100 * row.won / row.trades:.0f} %" if row.trades else "–"
        held = f"{row.open_quantity:+,g}" if row.open_quantity else ""
        table.add_row(f"  {row.symbol}", f"{row.trades:,}", won, f"{row.profit:+,.2f}", f"{row.commissions:,.2f}", held)
    return table


def _by_month(summary: Summary, width: int) -> Table:
    digits = 1 if width >= WIDE else 0
    table = Table(box=None, padding=(0, 0, 0, 1), header_style="dim")
    table.add_column(" Year", no_wrap=True)
    for name in (*_MONTHS, "year"):
        table.add_column(name, justify="right", no_wrap=True)
    years = sorted({month[:4] for month in summary.months})
    for year in years[-12:]:
        cells, growth = [], 1.0
        for number in range(1, 13):
            value = summary.months.get(f"{year}-{number:02}")
            growth *= 1 + (value or 0.0) / 100
            cells.append(Text("") if value is None else _signed(value, digits))
        table.add_row(f" {year}", *cells, _signed((growth - 1) * 100, digits))
    return table


def _signed(value: float, digits: int) -> Text:
    return Text(f"{value:+.{digits}f}", "green" if value > 0 else "red" if value < 0 else "dim")


def _refusals(summary: Summary) -> Text:
    """Orders that were refused, and the limits that held."""
    text = Text("\n")
    if summary.refusals:
        text.append("  orders that were refused\n", "yellow")
    for refusal in summary.refusals:
        text.append(f"  {refusal.count:>6,} x {refusal.sentence}\n")
    for words in limits_words(summary.limits, summary.refusals):
        text.append(f"  {words}\n", "dim")
    return text
