"""The catalogue turned into listings for a given day, each with the behaviour of its market."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Literal

from ibtui.domain.calendar.expiries import MONTH_CODES, monthly_gold, monthly_oil, quarterly
from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.instrument import Instrument
from ibtui.exchange.listed import catalogue
from ibtui.exchange.listed.grid import GridBand
from ibtui.exchange.listed.instruments import BondTerms, Listing
from ibtui.exchange.listed.replayed import REPLAYED_IDS, first_price, name_in_files, replayed
from ibtui.exchange.replay import Replay

Listed = tuple[Listing, catalogue.Behaviour]
Loads = tuple[tuple[str, float], ...]

US_RULE, PENNY_RULE, EUROPEAN_RULE = 26, 557, 1874
"""Market rules; the second and third number were not seen at IB."""

_STOCK_EXCHANGES = "SMART,AMEX,NYSE,CBOE,ISE,CHX,ARCA,NASDAQ,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX,PSX,LTSE,MEMX"
_STOCK_MAKERS = ("ARCA", "NASDAQ", "BATS", "NYSE", "IEX", "DRCTEDGE", "EDGEA", "MEMX")
_MINUTES = 1440
COIN_ORDER_TYPES = "ACTIVETIM,AON,COND,DAY,FOK,GAT,GTC,GTD,IOC,LIT,LMT,MIT,MKT,MTL,STP,STPLMT,TRAIL,TRAILLMT,WHATIF"
_EUROPEAN_BANDS = tuple(GridBand(Decimal(edge), Decimal(step)) for edge, step in catalogue.EUROPEAN_STEPS)
_PENNY_BANDS = (GridBand(Decimal(0), Decimal("0.0001")), GridBand(Decimal(1), Decimal("0.01")))
_MONTHS: dict[str, Callable[[date, int], list[tuple[date, date]]]] = {
    "quarterly": quarterly,
    "oil": monthly_oil,
    "gold": monthly_gold,
}


def listed(today: date) -> list[Listed]:
    """Everything but options that is listed on `today`."""
    rows = [_stock(row, "COMMON") for row in catalogue.STOCKS] + [_stock(row, "ETF") for row in catalogue.FUNDS]
    rows += [future for index, row in enumerate(catalogue.FUTURES) for future in _futures(row, index, today)]
    rows += [_currency(row) for row in catalogue.CURRENCIES]
    rows += [_index(row) for row in catalogue.INDEXES]
    rows += [_european(row) for row in catalogue.EUROPEANS]
    return [*rows, *(_coin(row) for row in catalogue.COINS), *(_bond(row) for row in catalogue.BONDS)]


def _stock(row: catalogue.StockRow, kind: Literal["COMMON", "ETF"]) -> Listed:
    industry, category, subcategory = row.sector
    trading_class = "NMS" if row.primary == "NASDAQ" else row.symbol
    listing = Listing(
        instrument=Instrument(
            symbol=row.symbol,
            con_id=row.con_id,
            sec_type="STK",
            root=row.symbol,
            exchange="SMART",
            currency="USD",
            primary_exchange=row.primary,
            local_symbol=row.symbol,
            trading_class=trading_class,
            tick=Decimal("0.0001" if row.pennies else "0.01"),
            name=row.name,
        ),
        industry=industry,
        category=category,
        subcategory=subcategory,
        valid_exchanges=_STOCK_EXCHANGES,
        makers=_STOCK_MAKERS,
        market_rule=PENNY_RULE if row.pennies else US_RULE,
        bands=_PENNY_BANDS if row.pennies else (),
        stock_type=kind,
        isin=row.isin,
        permitted=row.access != "none",
        delayed_only=row.access == "delayed",
    )
    shared = (("market", row.market), ("tech", row.tech), ("oil", row.oil), ("gold", row.gold), ("rates", row.rates))
    loads = tuple(load for load in (*shared, (row.symbol, row.own)) if load[1])
    lots = row.millions * 1e6 / 100 / _MINUTES
    return listing, catalogue.Behaviour(row.level, loads, row.spread, row.depth, 100, row.trades, lots)


def _european(row: catalogue.EuropeanRow) -> Listed:
    instrument = Instrument(
        symbol=row.symbol,
        con_id=row.con_id,
        sec_type="STK",
        root=row.symbol,
        exchange="SMART",
        currency=row.currency,
        primary_exchange=row.primary,
        local_symbol=row.symbol,
        trading_class=row.symbol,
        tick=_EUROPEAN_BANDS[0].increment,
        name=row.name,
    )
    listing = Listing(
        instrument=instrument,
        valid_exchanges=f"SMART,{row.primary},CHIXEN,BATEEN,TRQXEN,AQXEEN",
        makers=(row.primary, "CHIXEN", "BATEEN", "TRQXEN"),
        market_rule=EUROPEAN_RULE,
        bands=_EUROPEAN_BANDS,
        time_zone=hours_of(instrument).zone,
        stock_type="COMMON",
        isin=row.isin,
        permitted=row.access != "none",
        delayed_only=row.access == "delayed",
    )
    loads = (("market", row.market), (row.symbol, row.own))
    lots = row.millions * 1e6 / _MINUTES
    return listing, catalogue.Behaviour(row.level, loads, row.spread, row.depth * 100, 1, row.trades, lots)


def _futures(row: catalogue.FutureRow, number: int, today: date) -> list[Listed]:
    contracts = _MONTHS[row.months](today, row.listed)
    return [_future(row, number, month, last, index) for index, (month, last) in enumerate(contracts)]


def _future(row: catalogue.FutureRow, number: int, month: date, last: date, index: int) -> Listed:
    """The contract `index` months behind the front: the further out, the thinner."""
    symbol = f"{row.root}{MONTH_CODES[month.month - 1]}{month.year % 10}"
    listing = Listing(
        instrument=Instrument(
            symbol=symbol,
            con_id=700_000_000 + number * 1_000_000 + (month.year - 2000) * 100 + month.month,
            sec_type="FUT",
            root=row.root,
            exchange=row.exchange,
            currency="USD",
            local_symbol=symbol,
            trading_class=row.root,
            expiry=f"{last:%Y%m%d}",
            multiplier=Decimal(row.multiplier),
            tick=Decimal(row.tick),
            name=row.name,
        ),
        valid_exchanges=row.exchange,
        makers=(row.exchange,),
        market_rule=row.market_rule,
        time_zone=row.zone,
        under_con_id=row.under_con_id,
        under_symbol=row.root,
        under_sec_type="IND",
        contract_month=f"{month:%Y%m}",
        initial_margin=row.initial,
        maintenance_margin=row.maintenance,
    )
    loads = catalogue.NASDAQ_LOADS if row.factor == "nasdaq" else ((row.factor, row.load),)
    thin = 8 ** min(index, 5)
    return listing, catalogue.Behaviour(
        row.level * (1 + row.carry) ** index,
        loads,
        1 + 2 * min(index, 6),
        max(row.depth // thin, 2),
        1,
        max(row.trades // (1 + 2 * index), 15),
        row.lots / thin,
    )


def _currency(row: catalogue.CurrencyRow) -> Listed:
    symbol = f"{row.base}.{row.quote}"
    listing = Listing(
        instrument=Instrument(
            symbol=symbol,
            con_id=row.con_id,
            sec_type="CASH",
            root=row.base,
            exchange="IDEALPRO",
            currency=row.quote,
            local_symbol=symbol,
            trading_class=symbol,
            tick=Decimal(row.tick),
            name=row.name,
        ),
        valid_exchanges="IDEALPRO",
        makers=("IDEALPRO",),
        market_rule=row.market_rule,
    )
    return listing, catalogue.Behaviour(row.level, _pair_loads(row), 1, 40, 25_000, 70, 150.0)


def _pair_loads(row: catalogue.CurrencyRow) -> Loads:
    """A pair without dollars moves exactly as the two pairs through the dollar together."""
    if "USD" in (row.base, row.quote):
        return ("dollar", row.dollar), (f"{row.base}.{row.quote}", row.own)
    total = 0.0
    loads: list[tuple[str, float]] = []
    for currency, sign in ((row.base, 1), (row.quote, -1)):
        major = next(pair for pair in catalogue.CURRENCIES if {pair.base, pair.quote} == {currency, "USD"})
        sign *= 1 if major.base == currency else -1
        total += sign * major.dollar
        loads.append((f"{major.base}.{major.quote}", sign * major.own))
    return ("dollar", total), *loads


def _index(row: catalogue.IndexRow) -> Listed:
    listing = Listing(
        instrument=Instrument(
            symbol=row.symbol,
            con_id=row.con_id,
            sec_type="IND",
            root=row.symbol,
            exchange=row.exchange,
            currency="USD",
            local_symbol=row.symbol,
            trading_class=row.symbol,
            name=row.name,
        ),
        industry="Indices",
        category=row.category,
        subcategory="*",
        valid_exchanges=row.exchange,
        market_rule=US_RULE,
        time_zone="US/Central" if row.exchange == "CBOE" else "US/Eastern",
    )
    return listing, catalogue.Behaviour(row.level, row.loads, 1, 1, 1, 55, 60.0)


def _coin(row: catalogue.CoinRow) -> Listed:
    listing = Listing(
        instrument=Instrument(
            symbol=row.symbol,
            con_id=row.con_id,
            sec_type="CRYPTO",
            root=row.symbol,
            exchange="PAXOS",
            currency="USD",
            local_symbol=f"{row.symbol}.USD",
            trading_class=row.symbol,
            tick=Decimal(row.tick),
            lot=Decimal("0.00000001"),
            name=row.name,
        ),
        valid_exchanges="PAXOS",
        order_types=COIN_ORDER_TYPES,
        makers=("PAXOS",),
        market_rule=1676,
    )
    loads = (("coins", 0.0230), ("market", 0.0070), (row.symbol, row.own / 3))
    return listing, catalogue.Behaviour(row.level, loads, 4, 200, 1_000_000, 40, 6000.0)


def _bond(row: catalogue.BondRow) -> Listed:
    listing = Listing(
        instrument=Instrument(
            symbol=f"{row.symbol} {row.coupon:g} {row.maturity[2:6]}",
            con_id=row.con_id,
            sec_type="BOND",
            root=row.symbol,
            exchange="SMART",
            currency="USD",
            local_symbol=row.cusip,
            trading_class=row.symbol,
            expiry=row.maturity,
            multiplier=Decimal(10),
            tick=Decimal("0.001"),
            name=row.name,
        ),
        valid_exchanges="SMART",
        market_rule=2100,
        bond=BondTerms(cusip=row.cusip, coupon=row.coupon, issued=row.issued, ratings=row.ratings, kind=row.kind),
    )
    loads = (("rates", row.rates), (row.cusip, row.rates / 3))
    return listing, catalogue.Behaviour(row.level, loads, 12, 50, 1, 6, 40.0)


def with_replay(rows: list[Listed], replay: Replay) -> list[Listed]:
    """The listings with those that a replay drives at its prices, and one for every symbol that is not listed.

    Raises IbtuiError `no_contract` for the month of a future whose root nothing knows.
    """
    levels = {symbol: first_price(series) for symbol, series in replay.series.items()}
    known = {name_in_files(listing.instrument) for listing, _ in rows}
    moved = [
        (listing, behaviour._replace(level=levels.get(name_in_files(listing.instrument), behaviour.level)))
        for listing, behaviour in rows
    ]
    new = [symbol for symbol in sorted(levels) if symbol not in known]
    return moved + [
        replayed(symbol, number, replay) or _plain(symbol, number, levels[symbol]) for number, symbol in enumerate(new)
    ]


def _plain(symbol: str, number: int, level: float) -> Listed:
    name = f"{symbol} (replayed)"
    row = catalogue.StockRow(symbol, REPLAYED_IDS + number, name, "NASDAQ", level, 0.0, 0.0, 0.0, 1, 1, 4, 1.0, "")
    return _stock(row, "COMMON")
