"""Generic ticks: what each number in a generic tick list brings, at the start and as it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from ibtui.domain.calendar.new_york import exchange_day
from ibtui.exchange.told.reports import HistoryBar, Tick
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.services.lines import MarketDataLine, known

TAPE, TRADE_TAPE, NEWS = 233, 375, 292
RT_VOLUME, RT_TRADE_VOLUME = 48, 77
FUNDAMENTALS = 258
"""Answered by an error: the account has no subscription to them."""

LEGAL = frozenset(
    (100, 101, 104, 105, 106, 162, 165, 221, 225, 232, 233, 236, 256, 258, 292, 293, 294, 295)
) | frozenset((318, 375, 411, 456, 460, 576, 577, 586, 588, 595, 619))
"""The numbers that TWS takes; those of which nothing is simulated stay silent, as with TWS where there is no data."""
INDEPENDENT = frozenset((104, 106, 165, 236, 256, 292, 411, 456))
"""What needs no permission to see the instrument's quotes."""

RANGES = {13: (15, 16), 26: (17, 18), 52: (19, 20)}
"""Tick types of the lowest and the highest price, by how many weeks they are of."""
CALL_INTEREST, PUT_INTEREST, CALL_VOLUME, PUT_VOLUME = range(27, 31)
IMPLIED_VOLATILITY, PREMIUM = 24, 31
AVERAGE_VOLUME, VOLATILITY, AUCTION_VOLUME, AUCTION_PRICE, IMBALANCE, MARK, SHORTABLE = 21, 23, 34, 35, 36, 37, 46
TRADE_COUNT, TRADE_RATE, VOLUME_RATE, LAST_REGULAR_TRADE, REAL_TIME_VOLATILITY = 54, 55, 56, 57, 58
DIVIDENDS, REGULATORY_IMBALANCE, SHORTABLE_SHARES = 59, 61, 89

EASY_TO_BORROW = 3.0
"""TWS writes a number above 2.5 for at least a thousand shares."""
DAY = 86400
YEAR = timedelta(days=365)


def send_generic(line: MarketDataLine, backend: Backend, tick: Tick) -> None:
    """Send what a line's numbers ask for and what is known and new of it."""
    for number in sorted(line.generic):
        sender = SENDERS.get(number)
        if sender is not None:
            sender(line, backend, tick)


def tape(tick: Tick, average: float) -> str:
    """A trade as RTVolume: price, size, epoch milliseconds, day's volume, average price, single trade."""
    milliseconds = int(tick.time.timestamp() * 1000)
    return f"{tick.last};{tick.last_size:.10f};{milliseconds};{tick.volume:.10f};{average:.8f};true"


def legal(text: str) -> tuple[frozenset[int], frozenset[str], bool]:
    """The numbers of a generic tick list, the news providers in it as in 292:BRFG+DJNL, and whether quotes are wanted.

    `mdoff` turns the quotes off. Raises ValueError for what is no number that TWS takes.
    """
    numbers, providers, quoting = set[int](), set[str](), True
    for word in filter(None, (word.strip() for word in text.split(","))):
        number, _, rest = word.partition(":")
        if number.lower() == "mdoff":
            quoting = False
            continue
        if not (number.isascii() and number.isdecimal()) or int(number) not in LEGAL:
            raise ValueError(word)
        numbers.add(int(number))
        providers.update(filter(None, rest.split("+")))
    return frozenset(numbers), frozenset(providers), quoting


def _option_volume(line: MarketDataLine, _: Backend, tick: Tick) -> None:
    """Of the option itself; what trades in all options of an underlying is not counted."""
    right = line.listing.instrument.right
    if right and tick.volume >= 0:
        line.size(CALL_VOLUME, tick.volume if right == "C" else 0.0)
        line.size(PUT_VOLUME, tick.volume if right == "P" else 0.0)


def _open_interest(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    """Of the option itself, as for its volume."""
    right = line.listing.instrument.right
    if right:
        contracts = float(backend.exchange.open_interest(line.con_id))
        line.size(CALL_INTEREST, contracts if right == "C" else 0.0)
        line.size(PUT_INTEREST, contracts if right == "P" else 0.0)


def _implied_volatility(line: MarketDataLine, backend: Backend, tick: Tick) -> None:
    line.generic_value(IMPLIED_VOLATILITY, backend.statistics.implied_volatility(line.listing, tick.last))


def _premium(line: MarketDataLine, backend: Backend, tick: Tick) -> None:
    """How far the nearest future of an index stands above it."""
    future = backend.statistics.front_future(line.listing)
    if future is not None:
        quote = backend.exchange.tick(future)
        line.generic_value(PREMIUM, round((quote.bid + quote.ask) / 2 - tick.last, 8))


def _ranges(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    figures = backend.statistics.of(line.con_id)
    for weeks, (low, high) in RANGES.items():
        if weeks in figures.ranges:
            line.price(low, figures.ranges[weeks].low)
            line.price(high, figures.ranges[weeks].high)
    if figures.average_volume is not None and line.listing.instrument.sec_type != "CASH":
        line.size(AVERAGE_VOLUME, round(figures.average_volume / 100))


def _volatility(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    line.generic_value(VOLATILITY, backend.statistics.of(line.con_id).volatility)


def _real_time_volatility(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    line.generic_value(REAL_TIME_VOLATILITY, backend.statistics.of(line.con_id).volatility)


def _mark(line: MarketDataLine, _: Backend, tick: Tick) -> None:
    """The last trade if it lies within the quotes, else their middle; without quotes the last trade."""
    if not (known(tick.bid) and known(tick.ask)) or tick.bid < 0 or tick.bid <= tick.last <= tick.ask:
        line.price(MARK, tick.last)
    else:
        line.price(MARK, round((tick.bid + tick.ask) / 2, 8))


def _auction(line: MarketDataLine, backend: Backend, tick: Tick) -> None:
    """What waits for the auction at an opening or a close; nothing while none is near."""
    volume, surplus = backend.exchange.auction(line.con_id)
    line.size(AUCTION_VOLUME, volume)
    for kind in (IMBALANCE, REGULATORY_IMBALANCE):
        line.size(kind, surplus)
    if volume:
        line.price(AUCTION_PRICE, tick.last)


def _shortable(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    if line.listing.instrument.sec_type != "STK":
        return
    volume = backend.statistics.of(line.con_id).average_volume
    line.generic_value(SHORTABLE, EASY_TO_BORROW)
    if volume is not None:
        line.size(SHORTABLE_SHARES, round(volume / 10))


def _session(line: MarketDataLine, backend: Backend) -> HistoryBar | None:
    exchange = backend.exchange
    bars = exchange.history(line.con_id, end=exchange.now + timedelta(microseconds=1), seconds=DAY, bar=DAY)
    return bars[-1] if bars and bars[-1].count >= 0 else None


def _trade_count(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    session = _session(line, backend)
    line.generic_value(TRADE_COUNT, None if session is None else float(session.count))


def _trade_rate(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    minute = _minute(line, backend)
    line.generic_value(TRADE_RATE, None if minute is None else float(minute.count))


def _volume_rate(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    minute = _minute(line, backend)
    line.generic_value(VOLUME_RATE, None if minute is None else minute.volume)


def _minute(line: MarketDataLine, backend: Backend) -> HistoryBar | None:
    """The trades of the last minute that is over, added up."""
    now = backend.exchange.now.replace(second=0, microsecond=0)
    bars = backend.exchange.history(line.con_id, end=now, seconds=60, bar=60)
    return bars[-1] if bars and bars[-1].count >= 0 else None


def _last_regular_trade(line: MarketDataLine, _: Backend, tick: Tick) -> None:
    line.price(LAST_REGULAR_TRADE, tick.last)


def _dividends(line: MarketDataLine, backend: Backend, _: Tick) -> None:
    """Past and next twelve months, next ex-date and amount; all empty, as from TWS, where there are none."""
    if line.listing.instrument.sec_type != "STK":
        return
    today = exchange_day(backend.exchange.now)
    past = backend.exchange.dividends(line.con_id, today - YEAR, today)
    coming = backend.exchange.dividends(line.con_id, today, today + YEAR)
    if not past and not coming:
        line.text(DIVIDENDS, ",,,")
        return
    sums = (f"{sum(payment.amount for payment in payments):g}" for payments in (past, coming))
    following = f"{coming[0].ex_day:%Y%m%d},{coming[0].amount:g}" if coming else ","
    line.text(DIVIDENDS, ",".join((*sums, following)))


SENDERS: Mapping[int, Callable[[MarketDataLine, Backend, Tick], None]] = {
    100: _option_volume,
    101: _open_interest,
    104: _volatility,
    106: _implied_volatility,
    162: _premium,
    165: _ranges,
    221: _mark,
    225: _auction,
    232: _mark,
    236: _shortable,
    256: _shortable,
    293: _trade_count,
    294: _trade_rate,
    295: _volume_rate,
    318: _last_regular_trade,
    411: _real_time_volatility,
    456: _dividends,
}
"""Who sends what for a number; the tapes and the news come with trades and headlines instead."""
