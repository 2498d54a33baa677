"""The catalogue turned into listings for a given day, each with the behaviour of its market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ibtui.domain.instrument import Instrument
from ibtui.exchange.calendar import MONTH_CODES, monthly_oil, quarterly
from ibtui.exchange.catalogue import (
    CURRENCIES,
    FUNDS,
    FUTURES,
    INDEX_CON_ID,
    INDEX_LEVEL,
    NASDAQ_LOADS,
    STOCKS,
    Behaviour,
    CurrencyRow,
    FutureRow,
    StockRow,
)
from ibtui.exchange.instruments import Listing

MONTHS_LISTED = 4
_STOCK_EXCHANGES = "SMART,AMEX,NYSE,CBOE,ISE,CHX,ARCA,NASDAQ,DRCTEDGE,BEX,BATS,EDGEA,BYX,IEX,PSX,LTSE,MEMX"
_MINUTES = 1440

Listed = tuple[Listing, Behaviour]


def listed(today: date) -> list[Listed]:
    """Everything that is listed on `today`: stocks, funds, futures, currencies, the index."""
    rows = [_stock(row, "COMMON") for row in STOCKS] + [_stock(row, "ETF") for row in FUNDS]
    rows += [future for index, row in enumerate(FUTURES) for future in _futures(row, index, today)]
    return [*rows, *(_currency(row) for row in CURRENCIES), _index()]


def _stock(row: StockRow, kind: str) -> Listed:
    industry, category, subcategory = row.sector
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
            trading_class="NMS" if row.primary == "NASDAQ" else row.symbol,
            name=row.name,
        ),
        long_name=row.name,
        market_name="NMS" if row.primary == "NASDAQ" else row.symbol,
        industry=industry,
        category=category,
        subcategory=subcategory,
        valid_exchanges=_STOCK_EXCHANGES,
        market_rule=26,
        stock_type=kind,
        isin=row.isin,
    )
    loads = (("market", row.market), ("tech", row.tech), ("oil", row.oil), (row.symbol, row.own))
    lots = row.millions * 1e6 / 100 / _MINUTES
    return listing, Behaviour(
        row.level, tuple(load for load in loads if load[1]), row.spread, row.depth, 100, row.trades, lots
    )


def _futures(row: FutureRow, number: int, today: date) -> list[Listed]:
    contracts = (monthly_oil if row.monthly else quarterly)(today, MONTHS_LISTED)
    return [_future(row, number, month, last, index) for index, (month, last) in enumerate(contracts)]


def _future(row: FutureRow, number: int, month: date, last: date, index: int) -> Listed:
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
        long_name=row.name,
        market_name=row.root,
        valid_exchanges=row.exchange,
        market_rule=row.market_rule,
        time_zone="US/Central" if row.exchange == "CME" else "US/Eastern",
        under_con_id=row.under_con_id,
        under_symbol=row.root,
        under_sec_type="IND",
        contract_month=f"{month:%Y%m}",
        initial_margin=row.initial,
        maintenance_margin=row.maintenance,
    )
    loads = NASDAQ_LOADS if row.factor == "nasdaq" else ((row.factor, row.load),)
    thin = 8**index
    return listing, Behaviour(
        row.level * (1 + row.carry) ** index,
        loads,
        1 + 2 * index,
        max(row.depth // thin, 2),
        1,
        max(row.trades // (1 + 2 * index), 15),
        row.lots / thin,
    )


def _currency(row: CurrencyRow) -> Listed:
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
        long_name=row.name,
        market_name=symbol,
        valid_exchanges="IDEALPRO",
        market_rule=row.market_rule,
    )
    loads = (("dollar", row.dollar), (symbol, row.own))
    return listing, Behaviour(row.level, loads, 1, 40, 25_000, 70, 150.0)


def _index() -> Listed:
    listing = Listing(
        instrument=Instrument(
            symbol="SPX",
            con_id=INDEX_CON_ID,
            sec_type="IND",
            root="SPX",
            exchange="CBOE",
            currency="USD",
            local_symbol="SPX",
            trading_class="SPX",
            name="S&P 500 Stock Index",
        ),
        long_name="S&P 500 Stock Index",
        market_name="SPX",
        industry="Indices",
        category="Broad Range Equity Index",
        subcategory="*",
        valid_exchanges="CBOE",
        market_rule=26,
        time_zone="US/Central",
    )
    return listing, Behaviour(INDEX_LEVEL, (("market", 0.0100),), 1, 1, 1, 55, 60.0)
