"""A strategy's own position and profit, from its own fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from ibtui.domain.account import Account
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.options.chain import option_name
from ibtui.domain.quote import Quote


class StrategyHolding(Struct):
    """What a strategy did in one instrument; prices per unit, money before the multiplier."""

    quantity: Decimal = Decimal(0)
    average: float = 0.0
    """Price of the open quantity, average-cost method."""
    realized: float = 0.0
    """Of today's fills, in price times quantity."""
    commissions: dict[str, float] = {}
    """Of today's fills, as far as reported, by currency as IB told it; empty stands for the instrument's."""
    trades: int = 0
    """How many fills the strategy had in it today."""
    free: bool = False
    """Some of it traded at zero or below, which is a price of some instruments only."""


def holdings(fills: Iterable[Fill], today: datetime) -> dict[str, StrategyHolding]:
    """Each instrument's holding after `fills`, oldest first; a correction replaces the execution it corrects.

    Fills at or after `today` count as today's. Options that expired before it are left out: nothing of them is held.
    """
    found: dict[str, StrategyHolding] = {}
    for fill in {fill.base: fill for fill in fills}.values():
        if expired(fill.symbol, today):
            continue
        _add(found.setdefault(fill.symbol, StrategyHolding()), fill, fill.time >= today)
    return found


def expired(symbol: str, today: datetime) -> bool:
    """Whether it names an option whose last day was before `today`; exercise and assignment are the account's."""
    option = option_name(symbol)
    return option is not None and option.expiry < exchange_day(today)


def _add(holding: StrategyHolding, fill: Fill, of_today: bool) -> None:
    before, signed = holding.quantity, fill.signed
    holding.quantity = before + signed
    holding.free |= bool(signed) and fill.price <= 0
    if not signed:
        pass
    elif before * signed >= 0:
        total = abs(float(before)) * holding.average + float(fill.quantity) * fill.price
        holding.average = total / abs(float(holding.quantity)) if holding.quantity else 0.0
    else:
        closed = float(min(abs(before), fill.quantity)) * (1 if before > 0 else -1)
        if of_today:
            holding.realized += (fill.price - holding.average) * closed
        if holding.quantity * before <= 0:
            holding.average = fill.price if holding.quantity else 0.0
    if of_today and fill.quantity:  # a busted one is none and costs nothing
        holding.trades += 1
        paid, currency = fill.commission or 0.0, fill.commission_currency
        holding.commissions[currency] = holding.commissions.get(currency, 0.0) + paid


def profit(
    found: Mapping[str, StrategyHolding],
    instruments: Mapping[str, Instrument],
    quote: Callable[[str], Quote | None],
    account: Account | None,
) -> float | None:
    """Today's realized profit less commissions, plus the unrealized of what is open, in the account's currency.

    All of it counts at the exchange rates of now. None while a price or a rate is unknown.
    """
    total = 0.0
    for symbol, holding in found.items():
        instrument = instruments.get(symbol)
        if instrument is None or (holding.free and not trades_at_zero(instrument.sec_type)):
            return None
        money = holding.realized
        if holding.quantity:
            market = quote(symbol)
            mark = None if market is None else market.mark
            if mark is None:
                return None
            money += (mark - holding.average) * float(holding.quantity)
        made = {instrument.currency: money * float(instrument.multiplier)}
        for currency, paid in holding.commissions.items():
            made[currency or instrument.currency] = made.get(currency or instrument.currency, 0.0) - paid
        for currency, amount in made.items():
            worth = _worth(amount, currency, account)
            if worth is None:
                return None
            total += worth
    return round(total, 2)


def _worth(amount: float, currency: str, account: Account | None) -> float | None:
    if amount == 0:
        return 0.0
    return None if account is None else account.worth(amount, currency)
