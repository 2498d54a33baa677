"""The figures of a finished run: what it earned, what it risked, and what it cost.

Ratios are made of the returns from one day's last bar to the next, a year has 252 days, and the riskless rate is 0:

| figure | formula |
|---|---|
| CAGR | (end / start) ^ (252 / days) - 1 |
| volatility | standard deviation (n - 1) x sqrt(252) |
| Sharpe | mean / standard deviation (n - 1) x sqrt(252) |
| Sortino | mean / sqrt(mean of squared negative returns, others 0) x sqrt(252) |
| Calmar | CAGR / deepest drawdown |
| profit factor | sum of winning trades / sum of losing ones |
| turnover | money that changed hands a year / mean equity |
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise
from statistics import fmean, stdev

from msgspec import Struct

from ibtui.backtest.result import Result
from ibtui.backtest.trades import ClosedTrade

YEAR = 252
"""Trading days of one year, which daily figures are scaled by."""


class Statistics(Struct, frozen=True, kw_only=True):
    """Figures of one run; shares are in percent, None is what the run does not tell (no trades, no spread)."""

    return_percent: float
    buy_and_hold_percent: float | None
    """Money spread evenly over the symbols at their first open and held to the last close."""
    cagr_percent: float | None
    volatility_percent: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown_percent: float
    """At the close of any bar, negative."""
    longest_drawdown_days: float
    """Calendar days from a peak of a day's end to the next higher one, or to the end."""
    exposure_percent: float
    """Share of the moments at which a position was held, in percent."""
    turnover: float | None
    commissions: float
    cost_share_percent: float | None
    """Commissions in percent of the gross profit or loss of all trades."""
    orders_per_day: float
    """Fills, by day with bars."""
    win_rate_percent: float | None
    profit_factor: float | None
    expectancy: float | None
    """Mean profit of a trade."""
    average_win: float | None
    average_loss: float | None
    best_trade: float | None
    worst_trade: float | None
    average_days_held: float | None


def statistics(result: Result) -> Statistics:
    """Every figure; reads the trades once."""
    cash, end = result.settings.cash, result.final_equity
    returns = daily_returns(chain((cash,), result.day_equity))
    years = len(returns) / YEAR
    growth = annual(end / cash, years)
    drawdown = result.max_drawdown
    account = TradeTotals(result.trades.closed())
    return Statistics(
        return_percent=(end / cash - 1) * 100,
        buy_and_hold_percent=_held(result),
        cagr_percent=_percent(growth),
        volatility_percent=_percent(volatility(returns)),
        sharpe=sharpe(returns),
        sortino=sortino(returns),
        calmar=growth / -drawdown if growth is not None and drawdown < 0 else None,
        max_drawdown_percent=drawdown * 100,
        longest_drawdown_days=longest_drawdown(chain(((result.begin, cash),), result.daily)),
        exposure_percent=100 * result.exposed / result.moments,
        turnover=_turnover(result, years),
        commissions=result.trades.commissions,
        cost_share_percent=account.cost_share,
        orders_per_day=result.trades.fill_count / max(len(result.day_equity), 1),
        win_rate_percent=account.win_rate,
        profit_factor=account.profit_factor,
        expectancy=account.mean,
        average_win=account.wins / account.won if account.won else None,
        average_loss=account.losses / account.lost if account.lost else None,
        best_trade=account.best,
        worst_trade=account.worst,
        average_days_held=account.held / account.count / 86_400 if account.count else None,
    )


class TradeTotals:
    """What the closed trades of a run come to, added up."""

    def __init__(self, trades: Iterable[ClosedTrade]) -> None:
        self.count = self.won = self.lost = 0
        self.wins = self.losses = self.gross = self.fees = self.held = 0.0
        self.best: float | None = None
        self.worst: float | None = None
        for trade in trades:
            self._add(trade)

    def _add(self, trade: ClosedTrade) -> None:
        profit = trade.profit
        self.count += 1
        self.held += (trade.closed - trade.opened).total_seconds()
        self.fees += trade.commission
        self.gross += abs(profit + trade.commission)
        self.best = profit if self.best is None else max(self.best, profit)
        self.worst = profit if self.worst is None else min(self.worst, profit)
        if profit > 0:
            self.won += 1
            self.wins += profit
        else:
            self.lost += 1
            self.losses += profit

    @property
    def cost_share(self) -> float | None:
        return 100 * self.fees / self.gross if self.gross else None

    @property
    def win_rate(self) -> float | None:
        return 100 * self.won / self.count if self.count else None

    @property
    def profit_factor(self) -> float | None:
        return self.wins / -self.losses if self.losses else None

    @property
    def mean(self) -> float | None:
        return (self.wins + self.losses) / self.count if self.count else None


def daily_returns(equity: Iterable[float]) -> array[float]:
    """From each value to the next; a value that is not positive ends the series, since nothing can be earned on it."""
    returns = array("d")
    for before, after in pairwise(equity):
        if before <= 0:
            break
        returns.append(after / before - 1)
    return returns


def annual(growth: float, years: float) -> float | None:
    """Yearly rate of a growth over so many years; None when there is nothing to take the root of."""
    if growth <= 0 or years <= 0:
        return None
    try:
        return float(growth ** (1 / years) - 1)
    except OverflowError:
        return None


def volatility(returns: Sequence[float]) -> float | None:
    """Standard deviation of the daily returns scaled to a year, a share of one."""
    return stdev(returns) * math.sqrt(YEAR) if len(returns) > 1 else None


def sharpe(returns: Sequence[float]) -> float | None:
    """Of a year; None without a spread of returns."""
    spread = stdev(returns) if len(returns) > 1 else 0.0
    return fmean(returns) / spread * math.sqrt(YEAR) if spread > 1e-15 else None


def sortino(returns: Sequence[float]) -> float | None:
    """Of a year; None when no day lost."""
    if not returns:
        return None
    below = math.sqrt(fmean(min(one, 0.0) ** 2 for one in returns))
    return fmean(returns) / below * math.sqrt(YEAR) if below > 1e-15 else None


def longest_drawdown(points: Iterable[tuple[datetime, float]]) -> float:
    """Days from a peak to the next higher value."""
    longest, since, peak = 0.0, _NEVER, float("-inf")
    for time, equity in points:
        if equity >= peak:
            since, peak = time, equity
        else:
            longest = max(longest, (time - since).total_seconds() / 86_400)
    return longest


_NEVER = datetime.min.replace(tzinfo=UTC)


def months(result: Result) -> dict[str, float]:
    """Return in percent of each month, `2026-03`, from the last day of the month before."""
    before, made = result.settings.cash, {}
    ends = {f"{time:%Y-%m}": equity for time, equity in result.daily}
    for month, equity in ends.items():
        made[month] = (equity / before - 1) * 100 if before > 0 else 0.0
        before = equity
    return made


class SymbolRow(Struct, frozen=True, kw_only=True):
    """One symbol's closed trades and what is open."""

    symbol: str
    trades: int
    won: int
    profit: float
    commissions: float
    open_quantity: float


def by_symbol(result: Result) -> list[SymbolRow]:
    """One row for each symbol that was traded, in order of profit."""
    totals: dict[str, list[float]] = {}
    for trade in result.trades.closed():
        row = totals.setdefault(trade.symbol, [0, 0, 0.0, 0.0])
        row[0] += 1
        row[1] += trade.profit > 0
        row[2] += trade.profit
        row[3] += trade.commission
    for symbol in result.trades.open:
        totals.setdefault(symbol, [0, 0, 0.0, 0.0])
    rows = [
        SymbolRow(
            symbol=symbol,
            trades=int(count),
            won=int(won),
            profit=profit,
            commissions=fees,
            open_quantity=result.trades.quantity(symbol),
        )
        for symbol, (count, won, profit, fees) in totals.items()
    ]
    return sorted(rows, key=lambda row: -row.profit)


def _held(result: Result) -> float | None:
    gains = [result.lasts[symbol] / bar.open - 1 for symbol, bar in result.opens.items() if symbol in result.lasts]
    return 100 * fmean(gains) if gains else None


def _turnover(result: Result, years: float) -> float | None:
    mean = fmean(result.day_equity) if result.day_equity else 0.0
    return result.trades.turnover / mean / years if mean > 0 and years > 0 else None


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
