"""What a replay drives: the instruments of its symbols, listed where the exchange does not list them already."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.calendar.new_york import add_months
from ibtui.domain.instrument import Instrument
from ibtui.domain.past import SECOND, PastBar, Series
from ibtui.domain.reference.futures import FutureName, future_name
from ibtui.domain.reference.reference import is_plain, unnamed
from ibtui.exchange.listed.catalogue import Behaviour
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.replay import Replay

REPLAYED_IDS = 600_000_000
_RULES = 600_000
"""Numbers of contracts and of market rules that no listing of the exchange has."""
_LISTED_KINDS = frozenset({"STK", "FUT", "CASH", "CRYPTO", "IND"})
_MARGIN = Decimal("0.1")
"""Of a future's worth, where nobody says it."""


def name_in_files(instrument: Instrument) -> str:
    """The name under which files and recordings have an instrument: BTC.USD, SAP.EUR; its own otherwise."""
    foreign = instrument.sec_type == "STK" and instrument.currency != "USD"
    coin = instrument.sec_type == "CRYPTO"
    return f"{instrument.root}.{instrument.currency}" if foreign or coin else instrument.symbol


def replayed(symbol: str, number: int, replay: Replay) -> tuple[Listing, Behaviour] | None:
    """The listing of a symbol that only a replay knows; None for a stock in dollars, which the unknown is taken for.

    Raises IbtuiError `no_contract` for the month of a future whose root nothing knows.
    """
    series = replay.series[symbol]
    found = replay.reference.find(symbol)
    month = future_name(symbol)
    if found is None and month is not None:
        raise unnamed(symbol)
    if found is None or found.sec_type not in _LISTED_KINDS or is_plain(found):
        return None
    level = first_price(series)
    return _listing(found, number, level, month, _day_of(series)), Behaviour(level, (), 1, 1, 100, 4, 1.0)


def _listing(found: Instrument, number: int, level: float, month: FutureName | None, day: date) -> Listing:
    future = found.sec_type == "FUT" and month is not None
    first = month.contract_month(day) if future and month is not None else None
    margin = float(Decimal(str(level)) * found.multiplier * _MARGIN) if future else 0.0
    return Listing(
        instrument=replace(
            found,
            con_id=REPLAYED_IDS + number,
            local_symbol=found.symbol,
            trading_class=found.trading_class or found.root,
            primary_exchange=found.primary_exchange,
            expiry="" if first is None else f"{add_months(first, 1) - timedelta(days=1):%Y%m%d}",
            name=f"{found.symbol} (replayed)",
        ),
        valid_exchanges=found.exchange,
        makers=(found.exchange,),
        market_rule=_RULES + number,
        time_zone=hours_of(found).zone,
        stock_type="COMMON" if found.sec_type == "STK" else "",
        contract_month="" if first is None else f"{first:%Y%m}",
        initial_margin=margin,
        maintenance_margin=margin,
    )


def first_price(series: Series) -> float:
    """What an instrument costs when its replay begins."""
    first = series[0]
    if isinstance(first, PastBar):
        return first.open
    return first.price or first.bid or 1.0


def _day_of(series: Series) -> date:
    return datetime.fromtimestamp(series[0].time // SECOND, UTC).date()
