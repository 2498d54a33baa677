"""The report as one page of HTML that needs nothing else, and the files beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from pathlib import Path

import msgspec

from ibtui.backtest import chart
from ibtui.backtest.decision_lines import COLUMNS, row, rows
from ibtui.backtest.refused import limits_words
from ibtui.backtest.report import figures, money_words
from ibtui.backtest.result import Result
from ibtui.backtest.summary import Summary
from ibtui.domain.failure import IbtuiError
from ibtui.domain.text.blocks import falls as falls_of

LISTED = 500
"""Trades and decisions on the page; `trades.csv` and `decisions.csv` have them all."""
_STYLE = """
:root { color-scheme: light dark; --ink: #1a2028; --dim: #5f6b78; --ground: #ffffff; --rule: #d9dfe6; --up: #1f8a4c;
  --down: #c5283d; --line: #1f6fd0; }
@media (prefers-color-scheme: dark) { :root { --ink: #b9c2cc; --dim: #7d8896; --ground: #0f1318; --rule: #2b333e;
  --up: #4fbf7f; --down: #f0717a; --line: #6cb6ff; } }
body { background: var(--ground); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; } .dim { color: var(--dim); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .2rem 1.5rem; }
.figures div { border-bottom: 1px solid var(--rule); display: flex; justify-content: space-between; padding: .15rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { color: var(--dim); font-weight: normal; } td, th { border-bottom: 1px solid var(--rule); padding: .2rem .4rem;
  text-align: right; white-space: nowrap; } td:first-child, th:first-child { text-align: left; }
.up { color: var(--up); } .down { color: var(--down); } .wide { overflow-x: auto; }
svg { width: 100%; height: auto; } svg text { fill: var(--dim); font-size: 11px; } svg .grid { stroke: var(--rule); }
svg polyline { fill: none; stroke-width: 1.5; } svg polyline.line { stroke: var(--line); }
svg polyline.fall { stroke: var(--down); } svg .area { opacity: .15; stroke: none; }
svg polyline.beside { stroke: var(--dim); stroke-dasharray: 4 3; }
svg polygon.line { fill: var(--line); } svg polygon.fall { fill: var(--down); }
"""


def write_report(folder: Path, summary: Summary, result: Result) -> list[Path]:
    """Write `report.html`, `summary.json`, `trades.csv`, `fills.csv`, `equity.csv` and `refusals.csv`; the page first.

    A run that kept a decision log has `decisions.csv`, too.
    Raises IbtuiError `no_file` when the folder cannot be written.
    """
    page, figures_, trades, fills, equity, refusals = (folder / name for name in _FILES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(html(summary, result), encoding="utf-8")
        figures_.write_bytes(msgspec.json.format(msgspec.json.encode(summary)) + b"\n")
        _write(trades, _TRADE, ((*trade, summary.currency) for trade in result.trades.closed()))
        _write(fills, _FILL, ((*fill, summary.currency) for fill in result.trades.fills()))
        _write(equity, ("time", "equity"), result.curve_points)
        _write(refusals, _REFUSAL, ([getattr(one, name) for name in _REFUSAL] for one in summary.refusals))
        decisions = [] if result.decisions is None else [folder / "decisions.csv"]
        for file in decisions:
            _write(file, COLUMNS, rows(result.decisions or ()))
    except OSError as error:
        raise IbtuiError("no_file", f"The report cannot be written to {folder}: {error.strerror}.") from None
    return [page, figures_, trades, fills, equity, refusals, *decisions]


_FILES = ("report.html", "summary.json", "trades.csv", "fills.csv", "equity.csv", "refusals.csv")
_REFUSAL = ("count", "code", "limit", "owner", "default", "sentence")
_TRADE = ("symbol", "opened", "closed", "quantity", "entry", "exit", "profit", "commission", "cause", "currency")
_FILL = ("time", "symbol", "side", "quantity", "price", "commission", "currency")


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else round(value, 8) if isinstance(value, float) else value


def html(summary: Summary, result: Result) -> str:
    """The report as one page of HTML that needs no other file."""
    points = [(result.begin, summary.cash), *result.curve_points]
    falls = list(zip([t for t, _ in points], falls_of([equity for _, equity in points]), strict=True))
    held = [(result.begin, summary.cash), *result.daily_held]
    title = escape(f"{summary.strategy} on {', '.join(summary.symbols[:8])}")
    chosen = escape(" ".join(f"{name}={value}" for name, value in summary.parameters.items()))
    span = f"{summary.begin:%Y-%m-%d} to {summary.end:%Y-%m-%d}, {summary.bars:,} bars"
    assumed = "".join(f"<br>{escape(contract.words)}" for contract in summary.contracts)
    prices = f"<br>{escape(summary.prices)}" if summary.prices else ""
    taken = "".join(f"<br>{escape(one)}" for one in summary.assumptions)
    money = f"<br>{escape(money_words(summary))}" if summary.rates else f", money in {escape(summary.currency)}"
    cells = "".join(f"<div><span class=dim>{name}</span><span>{value}</span></div>" for name, value in figures(summary))
    warnings = "".join(f"<p class=down>{escape(one)}</p>" for one in summary.warnings)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p class=dim>{chosen}<br>"
        f"{span}{prices}{money}{taken}{assumed}</p>{warnings}"
        f"<h2>Equity <span class=dim>and, dashed, buying and holding</span></h2>{chart.svg(points, beside=held)}"
        f"<h2>Drawdown</h2>{chart.svg(falls, height=140, role='fall', share=True)}"
        f"<h2>Figures</h2><div class=figures>{cells}</div>"
        f"<h2>Months</h2><div class=wide>{_months(summary)}</div>{_symbols(summary)}{_refusals(summary)}"
        f"<h2>Trades</h2><div class=wide>{_trades(result, summary.currency)}</div>{_decisions(result)}</html>\n"
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in header)
    body = "".join("<tr>" + "".join(cells) + "</tr>" for cells in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _td(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _signed(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "<td></td>"
    return f'<td class="{"up" if value > 0 else "down" if value < 0 else "dim"}">{value:+,.{digits}f}</td>'


def _months(summary: Summary) -> str:
    years = sorted({month[:4] for month in summary.months})
    rows = [[_td(year), *(_signed(summary.months.get(f"{year}-{n:02}"), 1) for n in range(1, 13))] for year in years]
    return _table(("Year", *(str(number) for number in range(1, 13))), rows)


def _symbols(summary: Summary) -> str:
    rows = [
        [
            _td(row.symbol),
            _td(f"{row.trades:,}"),
            _td(f"{row.won:,}"),
            _signed(row.profit),
            _td(f"{row.commissions:,.2f}"),
        ]
        for row in summary.by_symbol
    ]
    return f"<h2>Symbols</h2>{_table(('Symbol', 'trades', 'won', 'profit', 'commissions'), rows)}"


def _refusals(summary: Summary) -> str:
    lines = "<br>".join(escape(line) for line in limits_words(summary.limits, summary.refusals))
    if not summary.refusals:
        return f"<p class=dim>{lines}</p>"
    rows = [[_td(one.sentence), _td(one.code), _td(f"{one.count:,}")] for one in summary.refusals]
    return f"<h2>Refused orders</h2>{_table(('Why', 'code', 'count'), rows)}<p class=dim>{lines}</p>"


def _trades(result: Result, currency: str) -> str:
    header = (
        "Symbol",
        "opened (UTC)",
        "closed",
        "quantity",
        "entry",
        "exit",
        f"profit, {currency}",
        "without an order",
    )
    rows = [
        [
            _td(trade.symbol),
            _td(f"{trade.opened:%Y-%m-%d %H:%M}"),
            _td(f"{trade.closed:%Y-%m-%d %H:%M}"),
            _td(f"{trade.quantity:+,g}"),
            _td(f"{trade.entry:,.4f}"),
            _td(f"{trade.exit:,.4f}"),
            _signed(trade.profit),
            _td(trade.cause),
        ]
        for trade in islice(result.trades.closed(), LISTED)
    ]
    more = result.trades.closed_count - LISTED
    note = f"<p class=dim>{more:,} more in trades.csv</p>" if more > 0 else ""
    return _table(header, rows) + note


def _decisions(result: Result) -> str:
    """The first of them; nothing for a run that kept none."""
    log = result.decisions
    if log is None or not len(log):
        return ""
    header = ("Time (UTC)", "order", "symbol", "asked or said", "why", "what became of it")
    shown = [[_td(cell) for cell in row(record)[: len(header)]] for record in islice(log, LISTED)]
    more = len(log) - LISTED
    note = f"<p class=dim>{more:,} more in decisions.csv</p>" if more > 0 else ""
    return f"<h2>Decisions</h2><div class=wide>{_table(header, shown)}</div>{note}"
