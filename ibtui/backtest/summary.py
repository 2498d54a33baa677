"""A run in figures: what `--json` prints and the reports are made of."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from ibtui.backtest.assumptions import assumptions
from ibtui.backtest.causes import prices_words
from ibtui.backtest.larger import larger_than_live
from ibtui.backtest.refused import AppliedLimit, RefusedOrders, applied
from ibtui.backtest.result import Result
from ibtui.backtest.statistics import Statistics, SymbolRow, by_symbol, months, statistics
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import exact, plain
from ibtui.domain.reference.reference import is_plain


class TradeCounts(Struct, frozen=True, kw_only=True):
    """Round trips that ended, and positions that are still open at the end."""

    closed: int
    open: int


class AssumedContract(Struct, frozen=True, kw_only=True):
    """What a symbol was taken for, in the words of IB's contracts."""

    symbol: str
    kind: str
    currency: str
    multiplier: float
    tick: float
    exchange: str

    @property
    def words(self) -> str:
        """`ZNH6 is FUT USD 1000 0.015625 CBOT`, the line that `--as` takes."""
        figures = f"{plain(exact(self.multiplier))} {plain(exact(self.tick))}"
        return f"{self.symbol} is {self.kind} {self.currency} {figures} {self.exchange}"


class Summary(Struct, frozen=True, kw_only=True):
    """One run; names only ever grow, since programs read them."""

    strategy: str
    parameters: dict[str, str]
    symbols: tuple[str, ...]
    contracts: tuple[AssumedContract, ...]
    """What the symbols were taken for, where that is no stock in dollars."""
    begin: datetime
    """Of the first bar, UTC."""
    end: datetime
    """Close of the last bar."""
    bar_seconds: int
    bar_hours: str = ""
    """Of which hours they are, in words; empty for bars as they were read, and for less than an hour."""
    bars: int
    """Moments at which bars closed."""
    cash: float
    currency: str = "USD"
    """The account's, in which all money is told but prices, which are in their instrument's."""
    rates: dict[str, float] = {}
    """What other currencies were worth, by pair; those that bars told, as they told last."""
    prices: str = ""
    """What prices of shares are taken to be, and what is paid on them, in words; empty where none are traded."""
    commission: str
    slippage_ticks: float
    assumptions: tuple[str, ...] = ()
    """What it takes for granted of its account, a clause each."""
    ruined: date | None = None
    """The day on which equity was at or below zero, which ended the run."""
    borrow_fees: float = 0.0
    """Paid for shares that were sold short."""
    interest: float = 0.0
    """Received on money, less what was paid."""
    dividends: float
    """Received, less those that shorts paid."""
    causes: dict[str, int] = {}
    """How often a position changed without an order, by the words of `ibtui.domain.cause`."""
    final_equity: float
    fills: int
    trades: TradeCounts
    statistics: Statistics
    months: dict[str, float]
    """Return of each month in percent."""
    by_symbol: tuple[SymbolRow, ...]
    refusals: tuple[RefusedOrders, ...] = ()
    limits: tuple[AppliedLimit, ...] = ()
    """Those of the profile that every profile has, and those that somebody set."""
    warnings: tuple[str, ...] = ()
    sha256: str = ""
    """SHA-256 of the strategy's source, in hexadecimal digits."""


def summary(
    result: Result,
    *,
    strategy: str,
    parameters: dict[str, str],
    sha256: str = "",
    warnings: tuple[str, ...] = (),
    bar_hours: str = "",
) -> Summary:
    """Every figure of a run, rounded to what is worth reading."""
    figures = statistics(result)
    return Summary(
        strategy=strategy,
        parameters=parameters,
        symbols=tuple(result.opens),
        prices=prices_words(result.assumed, (*result.settings.dividends, *result.settings.splits)),
        contracts=tuple(_assumed(instrument) for instrument in result.assumed if not is_plain(instrument)),
        begin=result.begin,
        end=result.end,
        bar_seconds=result.seconds,
        bar_hours=bar_hours,
        bars=result.moments,
        cash=result.settings.cash,
        currency=result.settings.currency,
        rates=result.rates,
        commission=result.settings.commission,
        slippage_ticks=result.settings.slippage,
        assumptions=assumptions(result.settings, result.assumed),
        ruined=result.ruined,
        borrow_fees=round(result.borrow_fees, 2),
        interest=round(result.interest, 2),
        dividends=round(result.trades.dividends, 2),
        causes=dict(result.trades.causes),
        final_equity=round(result.final_equity, 2),
        fills=result.trades.fill_count,
        trades=TradeCounts(closed=result.trades.closed_count, open=result.open_trades),
        statistics=figures,
        months=months(result),
        by_symbol=tuple(by_symbol(result)),
        refusals=result.refused,
        limits=applied(result.settings.rules.limits),
        warnings=(*warnings, *_doubts(result, figures, strategy)),
        sha256=sha256,
    )


def _assumed(instrument: Instrument) -> AssumedContract:
    return AssumedContract(
        symbol=instrument.symbol,
        kind=instrument.sec_type,
        currency=instrument.currency,
        multiplier=float(instrument.multiplier),
        tick=float(instrument.tick),
        exchange=instrument.primary_exchange or instrument.exchange,
    )


def ruin_words(day: date) -> str:
    """`Ruined on 2026-03-05`, and what that means."""
    return f"Ruined on {day}: equity was at or below zero, and the run ends there."


def _doubts(result: Result, figures: Statistics, strategy: str) -> tuple[str, ...]:
    """What a reader should know before believing the figures."""
    found = [] if result.ruined is None else [ruin_words(result.ruined)]
    if result.settings.rules.strategy.position_quantity is None and (
        larger := larger_than_live(result.largest, strategy)
    ):
        found.append(larger)
    if result.trades.closed_count < 30:
        found.append(f"{result.trades.closed_count} closed trades are too few to tell skill from luck.")
    if figures.orders_per_day > 20:
        found.append(f"{figures.orders_per_day:.0f} fills a day: look at the costs.")
    if result.settings.options == "model" and result.optioned:
        found.append("Options were priced by a model at one volatility: no smile, no jumps, no early exercise.")
    if result.settings.commission == "none" and result.trades.fill_count:
        found.append("No commissions were counted.")
    return tuple(found)
