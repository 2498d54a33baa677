"""What a backtest assumes about money and markets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from ibtui.domain.bar import BarHours
from ibtui.domain.currency import NO_RATES, ExchangeRates
from ibtui.domain.instrument import Instrument
from ibtui.recording.actions import DividendOrSplit
from ibtui.risk.margin_rule import MarginRule
from ibtui.risk.paper_ceilings import PaperRules


class Settings(Struct, frozen=True, kw_only=True):
    """One run's assumptions; the defaults are those of the command line."""

    cash: float = 100_000.0
    """Money at the start, in `currency`."""
    currency: str = "USD"
    """The account's, in which profit, commissions, limits and margin are told."""
    rates: ExchangeRates = NO_RATES
    """What other currencies are worth throughout the run; for those that are not here the bars of their pairs tell."""
    commission: Literal["ib", "none"] = "ib"
    """IB's fixed schedule for every order, or nothing."""
    slippage: float = 0.0
    """Ticks that market and stop orders trade worse than the price they met."""
    leverage: float = 2.0
    """Gross position over equity above which an order that adds to it is refused; 2 is Reg-T overnight."""
    margin: MarginRule = MarginRule()
    """What positions bind, and so when the account is called; see `ibtui.backtest.account.margin_calls`."""
    borrow_fee: float = 0.0
    """A year's share of the value of what is short (0.03 is 3 %); see `ibtui.backtest.account.carrying`."""
    interest: float = 0.0
    """The same that is paid on borrowed money."""
    credit_interest: float = 0.0
    """The same that is received on money that lies."""
    since: datetime | None = None
    """Bars before this time only warm the strategy up: it sees them and its orders go nowhere. Aware."""
    hours: BarHours | None = None
    """Of which hours bars of an hour and more are, which says when they end; None for each instrument's usual ones."""
    options: Literal["none", "model"] = "none"
    """Whether a model lists and prices options; see `ibtui.backtest.options`."""
    volatility: float | None = None
    """A year's, of that model (0.25 is 25 %); None for what the underlying realised."""
    dividends: tuple[DividendOrSplit, ...] = ()
    """Paid on what is held when their ex-day begins, in money for each share as the bars count shares."""
    splits: tuple[DividendOrSplit, ...] = ()
    """Those that the bars were told in new shares for: named with the positions that they happened to."""
    rules: PaperRules = PaperRules()
    """The limits by which orders are refused as the desk does it; `timed` is found by the length of the bars."""
    instruments: Mapping[str, Instrument] = {}
    """What the symbols are; those that are not here are what `ibtui.domain.reference` takes their names for."""
