"""The simulated broker of a backtest: takes a strategy's orders and fills them on the bars that come after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec.structs import replace

from ibtui.backtest.causes import future_ends, split_words
from ibtui.backtest.curve import Curve
from ibtui.backtest.money import PastRates
from ibtui.backtest.options import BacktestOptions, crossed, no_options
from ibtui.backtest.refused import AlikeRefusals
from ibtui.backtest.settings import Settings
from ibtui.backtest.trades import TradeList
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.cutting import HOUR, Cutting, cutting_of
from ibtui.domain.calendar.new_york import day_ends, exchange_day
from ibtui.domain.calendar.session import InstrumentSessions, day_order_over
from ibtui.domain.cause import CauseKind
from ibtui.domain.combo import combo_instrument, combo_legs
from ibtui.domain.commission import commission
from ibtui.domain.currency import unknown_rate
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.money import exact, to_tick
from ibtui.domain.options.chain import Chain
from ibtui.domain.order import Change, Order, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.reference.reference import Reference
from ibtui.domain.refusal import Refusal
from ibtui.domain.terms import Terms
from ibtui.risk.adding import adding
from ibtui.risk.margin import MarginLeg, bared, carried
from ibtui.risk.paper import PaperDesk
from ibtui.risk.paper_facts import PaperWorld, last_quote
from ibtui.risk.prices import change_on_grid, on_grid, terms_on_grid
from ibtui.strategies.paper.book import PaperBook, PaperTrade
from ibtui.strategies.paper.market import PaperMarket
from ibtui.strategies.paper.working import Working

Check = Callable[["Simulated", Working, Sequence[MarginLeg]], Refusal | None]
"""Why an order that adds risk may not trade these, None when it may."""
DAY = 86_400
_EARLY = datetime.min.replace(tzinfo=UTC)
_NAMES = Reference()


class _Met(NamedTuple):
    """What has met the open of a market's bar, and that bar as buyers and as sellers meet it."""

    orders: list[Working]
    asks: Bar
    bids: Bar


class Simulated:
    """One strategy's account over past bars; implements `ibtui.strategies.author.base.Broker`.

    Orders fill by the rules of `strategies.paper`. Equity is cash plus positions at the last close; a future counts
    with its whole value on both sides, which comes to the same.
    """

    def __init__(
        self, settings: Settings, symbols: tuple[str, ...], seconds: int, *, owner: str = "backtest", check: Check
    ) -> None:
        self._settings = settings
        self._symbols = symbols
        self._seconds = timedelta(seconds=seconds)
        self._owner = owner
        self._check = check
        self._instruments: dict[str, Instrument] = {}
        self._book = PaperBook(self, owner, "b")
        self._market = PaperMarket(self._instruments)
        self._standing = self._book.standing.by_ref
        self._options = BacktestOptions(settings.volatility) if settings.options == "model" else None
        self._listed = {} if self._options is None else self._options.listed
        self.optioned = False
        """Options were shown to the strategy."""
        self._actions = sorted((*settings.dividends, *settings.splits), key=lambda action: action.day, reverse=True)
        self._cuttings: tuple[Cutting, ...] | None = () if seconds < HOUR else None
        """How the bars of what it trades end, when they are so long that sessions count; None before that was asked."""
        self._sessions: dict[tuple[str, bool], InstrumentSessions] = {}
        self._last: dict[str, float] = {}
        self._opened = _EARLY
        """Begin of the newest bars."""
        self._day_end = _EARLY
        self.trades = TradeList(list(symbols))
        self._open = self.trades.open
        self._desk = PaperDesk(
            replace(settings.rules, timed=seconds < DAY),
            PaperWorld(
                working=self._standing,
                positions=self._quantities,
                orders=self.orders,
                quote=self._quote,
                instrument=self._instrument,
                currency=lambda: settings.currency,
                rate=self._rate_of,
            ),
        )
        self._watched = self._desk.limits_loss
        self.curve = Curve(settings.cash)
        self.cash = settings.cash
        """In the account's currency: without what open trips in other currencies have cost or brought."""
        self.rates = PastRates(settings.currency, settings.rates)
        self._foreign: dict[str, str] = {}
        """By symbol, the currency of what is not of the account's."""
        self._pairs: dict[str, Instrument] = {}
        """Pairs that are traded, whose bars tell a rate."""
        self.sending = True
        """Off while bars of the past only warm a strategy up."""
        self.listening = True
        """Whether fills are told; a strategy without `on_fill` need not wait for them to be made."""
        self.opens: dict[str, Bar] = {}
        """The first bar of each symbol."""
        self.days = 0
        self.refusals: dict[tuple[str, str, str], AlikeRefusals] = {}
        """Orders that were not filled, by the kind of what refused them."""
        self.explanation: tuple[str, tuple[object, ...]] = ("", ())
        self._fills: list[Fill] = []
        """Those of the newest bars."""
        self._told_at: datetime | None = None
        """When something is told that no bar's close tells."""
        self._combos: list[Working] = []
        self._met: list[_Met] | None = None
        """What met the open of bars that have not closed, None between bars."""

    # the driver's side

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        if self._met is None:
            opened = bars[0][1]
            if opened >= self._day_end:
                self._begin_day(opened)
            self._opened = opened
            if self._foreign:
                self._learn(bars, "open")
            if self._standing:
                self._book.standing.expire(opened)
                self._match(bars)
        else:
            self._match_rest(bars)
        last = self._last
        for bar in bars:
            last[bar[0]] = bar[5]
        if self._foreign:
            self._learn(bars, "close")
        if self._listed:
            self._end_options(bars)
        fills = self._fills
        if fills:
            self._fills = []
        return fills

    def open(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        """Let orders meet the opens of bars inside which something is told; `match` lets them meet the rest.

        What is asked for in between meets the bars that follow: nobody knows what these do after that moment.
        """
        opened = bars[0].time
        if opened >= self._day_end:
            self._begin_day(opened)
        self._opened = opened
        if self._foreign:
            self._learn(bars, "open")
        self._book.standing.expire(opened)
        self._met = []
        for bar in bars:
            self._last[bar.symbol] = bar.open
            for symbol, asks, bids in self._carried(bar):
                queue = self._book.on_open(symbol, asks, bids)
                self._met.append(_Met(queue, asks, bids))
        self._combos = list(self._book.standing.combos.values())
        return self._taken()

    def quoted(self, quote: Quote, moment: datetime) -> Sequence[Fill]:
        """A quote came: orders meet it. What is told next is told at that moment; the fills."""
        if moment >= self._day_end:
            self._begin_day(moment)
            self._opened = moment
        self._told_at = moment
        self._book.standing.expire(moment)
        if quote.mark is not None:
            self._last[quote.symbol] = quote.mark
        self._market.quoted(self._book, quote, moment)
        return self._taken()

    def settle(self) -> Sequence[Fill]:
        """Let what was asked for meet the quotes as they stand; its fills."""
        self._market.asked(self._book, self.now)
        return self._taken()

    def _taken(self) -> Sequence[Fill]:
        """The fills that nobody was told of."""
        if not self._fills:
            return ()
        fills, self._fills = self._fills, []
        return fills

    @property
    def priced(self) -> bool:
        """Whether any price is known."""
        return bool(self._last)

    def at(self, moment: datetime | None) -> None:
        """What is told next is told at a moment between closes; None at the next close."""
        self._told_at = moment

    def mark(self) -> None:
        """Put what the account is worth now on its curve."""
        if self._foreign:
            value = self.worth
        else:
            value, last = self.cash, self._last
            for symbol, holding in self._open.items():
                value += holding.quantity * last[symbol] * holding.multiplier
        self.curve.add(self._opened, value)
        if self._watched and self._desk.look(value):
            self._cancel_entries()

    def finish(self) -> None:
        """The last bars have been seen; what has its last day with them is over."""
        if self._opened > _EARLY:
            self._end_futures(exchange_day(self._opened) + timedelta(days=1))
            self.curve.end_day(self._opened, self.worth, self._if_held())

    def _cancel_entries(self) -> None:
        """From here on today only what reduces may trade."""
        standing = list(self._standing.values())
        for symbol in dict.fromkeys(order.symbol for order in standing):
            working = [self._book.shown(order) for order in standing if order.symbol == symbol]
            for order in adding(working, Decimal(str(self.trades.quantity(symbol)))):
                self._book.standing.cancel(self._standing[order.ref])

    @property
    def worth(self) -> float:
        """Equity in the account's currency; money of an open trip in another one counts at the rate of now."""
        value = self.cash
        for symbol, holding in self.trades.open.items():
            held = holding.quantity * self._last[symbol] * holding.multiplier
            if symbol in self._foreign:
                held = (held + holding.flow - holding.commission) * self._rate(symbol)
            value += held
        return value

    @property
    def converts(self) -> bool:
        """Whether it trades anything in another currency than the account's."""
        return bool(self._foreign)

    def _rate(self, symbol: str) -> float:
        """What one of an instrument's currency is in the account's; not a number while that is not known."""
        return self._rate_of(self._foreign.get(symbol, self._settings.currency))

    def _rate_of(self, currency: str) -> float:
        """The same of a currency."""
        rate = 1.0 if currency == self._settings.currency else self.rates.rate(currency)
        return float("nan") if rate is None else rate

    def _learn(self, bars: tuple[Bar, ...], moment: Literal["open", "close"]) -> None:
        """What pairs among the bars tell of currencies."""
        for bar in bars:
            if bar.symbol in self._pairs:
                self.rates.learn(self._pairs[bar.symbol], bar.open if moment == "open" else bar.close)

    def _if_held(self) -> float:
        """What the account would be worth had each symbol got an equal share of the cash at its first open."""
        growth = sum(self._last[symbol] / bar.open - 1 for symbol, bar in self.opens.items())
        return self._settings.cash * (1 + growth / max(len(self._symbols), len(self.opens), 1))

    def _begin_day(self, opened: datetime) -> None:
        if self._opened > _EARLY:
            self.curve.end_day(self._opened, self.worth, self._if_held())
            self._end_futures(exchange_day(opened))
        if self._options is not None:
            for symbol in self._symbols:
                if symbol in self._last:
                    self._options.end_day(symbol, self._last[symbol])
        self._desk.begin_day(self.worth)
        self.days += 1
        today = exchange_day(opened)
        self._day_end = day_ends(opened)
        self._pay(today)

    def _pay(self, today: date) -> None:
        """Dividends whose ex-day has come, on what was held before it; splits are in the bars already."""
        while self._actions and self._actions[-1].day <= today:
            action = self._actions.pop()
            held = self.trades.quantity(action.symbol)
            if held and action.kind == "dividend":
                self._caused(action.symbol, "dividend", f"dividend {held * action.amount:+,.2f}")
                money = held * action.amount
                self.cash += 0.0 if action.symbol in self._foreign else money
                self.trades.income(action.symbol, money, self._rate(action.symbol))
            elif held:
                words = split_words(action.amount)
                self._caused(action.symbol, "split", words)
                self.trades.caused(action.symbol, "split", words)

    def _caused(self, symbol: str, kind: CauseKind, words: str) -> None:
        """What is held changes without an order; a run with a decision log writes it there."""

    def _end_futures(self, today: date) -> None:
        """Futures whose last day was before today are settled at their last price."""
        for symbol, holding in list(self._open.items()):
            opened = exchange_day(datetime.fromtimestamp(holding.opened, UTC))
            ends = future_ends(self._instrument(symbol), opened)
            if ends is not None and opened <= ends < today:  # bars may be of another year than their name says
                self._settle(symbol, "expiry", f"expired on {ends}")

    def _settle(self, symbol: str, kind: CauseKind, words: str) -> None:
        """A contract is over: its orders are gone, what is held of it ends at its last price, free of commission."""
        self._book.standing.cancel_all(self._book.standing.of(symbol))
        quantity = self.trades.quantity(symbol)
        if quantity:
            self._caused(symbol, kind, words)
            self.trades.caused(symbol, kind, words)
            ended = Working(f"{symbol}-end", symbol, -1 if quantity > 0 else 1, abs(quantity), "MKT", 0.0)
            self.traded(ended, PaperTrade(symbol, -quantity, self._last[symbol]), free=True)

    # fills

    def _match(self, bars: tuple[Bar, ...]) -> None:
        standing = self._book.standing
        for bar in bars:
            if standing.of(bar.symbol) and not self._market.knows(bar.symbol):
                self._last[bar.symbol] = bar.open
                self._book.on_bar(bar.symbol, bar, bar)
            if self._listed:
                for symbol, asks, bids in self._options_of(bar):
                    self._book.on_bar(symbol, asks, bids)
        for order in list(standing.combos.values()):
            if not all(map(self._market.knows, order.symbols)):
                self._match_combo(order, bars)

    def _match_rest(self, bars: tuple[Bar, ...]) -> None:
        """What met the opens of these bars, and has not been taken back since, meets the rest of them."""
        assert self._met is not None
        for met in self._met:
            self._book.on_rest(*met)
        self._met = None
        for order in self._combos:
            if order.ref in self._standing:
                self._match_combo(order, bars)

    def _carried(self, bar: Bar) -> Iterator[tuple[str, Bar, Bar]]:
        """Every symbol with orders whose market a bar is or moves, with its asks and its bids."""
        if self._book.standing.of(bar.symbol):
            yield bar.symbol, bar, bar
        if self._listed:
            yield from self._options_of(bar)

    def _options_of(self, bar: Bar) -> Iterator[tuple[str, Bar, Bar]]:
        """Options of a bar's symbol that have orders, with their asks and their bids."""
        assert self._options is not None
        closed = self.closing(bar.time)
        for symbol, listed in self._listed.items():
            if listed.underlying == bar.symbol and self._book.standing.of(symbol):
                asks, bids = (self._options.bar(symbol, bar, closed, sign) for sign in (1, -1))
                yield symbol, asks, bids

    def _match_combo(self, order: Working, bars: tuple[Bar, ...]) -> None:
        """A combo trades whole: at the open, or where a bar that all its legs follow carries it to its limit."""
        seen = {bar.symbol: bar for bar in bars}
        under = {symbol: self._underlying(symbol) for symbol in order.symbols}
        if all(symbol in seen for symbol in under.values()):
            known = {symbol: self._instrument(symbol) for symbol in order.symbols}
            self._book.on_combo(order, known, self._markets(order, under, seen))

    def _markets(
        self, order: Working, under: Mapping[str, str], seen: Mapping[str, Bar]
    ) -> Iterator[tuple[Mapping[str, float], bool]]:
        """The prices of a combo's legs at the open, and at low and high where those are of one bar."""
        for moment in ("open", "low", "high") if len(set(under.values())) == 1 else ("open",):
            met = {symbol: self._leg_price(order, symbol, seen[of], moment) for symbol, of in under.items()}
            yield met, moment != "open"

    def _underlying(self, symbol: str) -> str:
        """Whose bars carry it: an option's underlying, else itself."""
        listed = self._listed.get(symbol)
        return symbol if listed is None else listed.underlying

    def _leg_price(self, order: Working, symbol: str, bar: Bar, moment: str) -> float:
        """What a leg costs where its underlying is at a bar's open, low or high."""
        spot: float = getattr(bar, moment)
        if self._options is None or symbol not in self._listed:
            return spot
        when = bar.time if moment == "open" else self.now
        return crossed(self._options.value(symbol, spot, when), order.sign * dict(order.legs)[symbol])

    # the account of the book's orders

    def slipped(self, order: Working, price: float) -> float:
        """What an order pays that the market fills at `price`."""
        if order.kind == "LMT" or not self._settings.slippage:
            return price
        instrument = self._instrument(order.symbol)
        slipped = price + order.sign * self._settings.slippage * float(instrument.tick)
        return slipped if trades_at_zero(instrument.sec_type) else max(slipped, float(instrument.tick))

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        """Whether an order may trade; one that only reduces may, unless calls would be left uncovered."""
        legs = [MarginLeg(self._instrument(trade.symbol), trade.signed, trade.price) for trade in trades]
        refusal = bared(legs, self._holdings()) if self._listed else None
        if refusal is None and any(self._adds(leg) for leg in legs):
            refusal = self._unrated(legs) or self._check(self, order, legs)
        if refusal is not None:
            self._count(refusal)
        return refusal is None

    def traded(self, order: Working, trade: PaperTrade, *, free: bool = False) -> None:
        """Money, position and record of one fill; `free` of commissions."""
        symbol, signed, price = trade
        instrument = self._instrument(symbol)
        fee = 0.0
        if self._foreign and symbol in self._pairs:
            self.rates.learn(instrument, price)
        if self._settings.commission == "ib" and not free:
            fee = commission(instrument, abs(signed), price, self.rates.known)
        multiplier = float(instrument.multiplier)
        when = (self._told_at or self._opened).timestamp()
        if symbol in self._foreign:
            rate = self._rate(symbol)
            self.cash += self.trades.fill(when, symbol, signed, price, fee, multiplier, rate)
        else:
            self.trades.fill(when, symbol, signed, price, fee, multiplier)
            self.cash -= signed * price * multiplier + fee
        self._last.setdefault(symbol, price)
        if self.listening:
            self._fills.append(self._told(order.ref, trade, fee))

    def _unrated(self, legs: Sequence[MarginLeg]) -> Refusal | None:
        """Why nothing may be opened yet in a currency whose rate no bar has told."""
        for symbol in (leg.instrument.symbol for leg in legs):
            if self._foreign and (rate := self._rate(symbol)) != rate:
                why = unknown_rate(self._foreign[symbol], self.rates.currency).partition(":")[0]
                return Refusal("no_rate", f"{symbol} trades in {self._foreign[symbol]}, and {why}.")
        return None

    def _adds(self, leg: MarginLeg) -> bool:
        held = self.trades.quantity(leg.instrument.symbol)
        return abs(held + leg.signed) > abs(held)

    def _quantities(self) -> dict[str, float]:
        return {symbol: holding.quantity for symbol, holding in self._open.items()}

    def _holdings(self) -> list[tuple[Instrument, float]]:
        return [(self._instrument(symbol), holding.quantity) for symbol, holding in self._open.items()]

    def _count(self, refusal: Refusal) -> None:
        """Alike refusals are counted together, under the sentence of the first."""
        self.refusals.setdefault(refusal.kind, AlikeRefusals(refusal)).count += 1

    def _told(self, ref: str, trade: PaperTrade, fee: float) -> Fill:
        return Fill(
            exec_id=f"{self.trades.fill_count}.01",
            ref=ref,
            symbol=trade.symbol,
            side=Side.BUY if trade.signed > 0 else Side.SELL,
            quantity=exact(abs(trade.signed)),
            price=trade.price,
            time=self._told_at or self._opened,
            owner=self._owner,
            commission=fee,
            commission_currency=self._foreign.get(trade.symbol, ""),
        )

    def _end_options(self, bars: tuple[Bar, ...]) -> None:
        """Mark options at the close; those whose last day is over bring what exercise would, and are gone."""
        assert self._options is not None
        now = self.now
        for symbol, listed in list(self._listed.items()):
            held, over = symbol in self._open, now >= listed.ends
            if not held and not over:
                self._last.pop(symbol, None)
                continue
            self._last[symbol] = self._options.value(symbol, self._last[listed.underlying], now)
            if over:
                self._settle(symbol, *_option_end(self.trades.quantity(symbol), self._last[symbol]))
                del self._listed[symbol]

    # the strategy's side

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        self._tradable(terms.symbol)
        item = self._instrument(terms.symbol)
        terms, target, protect = terms_on_grid(terms, item), on_grid(target, item), on_grid(protect, item)
        order = self._book.order(terms)
        if self._passes(order.ref, terms, target, protect):
            self._book.enter(order, protect, target)
        return order.ref if self.sending else ""

    def _passes(self, ref: str, terms: Terms, target: Decimal | None = None, protect: Decimal | None = None) -> bool:
        """Whether an order may go out: not while it only warms up, nor against the rules of the desk."""
        if not self.sending:
            return False
        intent = OrderIntent(ref=ref, owner=self._owner, terms=terms, target=target, protect=protect)
        return self._agreed(self._desk.refuses(intent, self.worth, self.now))

    def _agreed(self, refusal: Refusal | None) -> bool:
        if refusal is not None:
            self._count(refusal)
        return refusal is None

    def _tradable(self, symbol: str) -> None:
        """It trades its parameters' symbols, and the options that it was shown."""
        if symbol not in self._symbols and symbol not in self._listed:
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        wanted = combo_legs(legs)
        for leg in wanted:
            self._tradable(leg.symbol)
        if not 0 < quantity < float("inf"):
            raise ValueError(f"the quantity must be a positive number, not {quantity!r}")
        item = combo_instrument(wanted, {leg.symbol: self._instrument(leg.symbol) for leg in wanted})
        price = None if limit is None else float(to_tick(limit, item.tick))
        signed = ((leg.symbol, leg.side.sign * leg.ratio) for leg in wanted)
        order = self._book.combo(item.symbol, side.sign, quantity, price, signed)
        if self._passes(order.ref, order.terms()):
            self._book.enter(order)
        return order.ref if self.sending else ""

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        if self._options is None:
            raise no_options()
        if symbol not in self._symbols:
            raise ValueError(f"{symbol!r} is not what it trades ({', '.join(self._symbols)})")
        self.optioned = True
        return self._options.chain(symbol, self._last.get(symbol), self.now, days)

    def modify(self, change: Change) -> None:
        order = self._standing.get(change.ref)
        if order is None or not self.sending:
            return
        change = change_on_grid(change, self._item(order))
        if self._agreed(self._desk.refuses_change(change, self._book.shown(order), self.worth, self.now)):
            becomes = Working.of(order.ref, change.applied(order.terms()))
            order.price, order.quantity = becomes.price, becomes.quantity

    def _item(self, order: Working) -> Instrument:
        """What an order trades: an instrument, or a combo of several."""
        known = {symbol: self._instrument(symbol) for symbol in order.symbols}
        return combo_instrument(combo_legs(order.legs), known) if order.legs else known[order.symbol]

    def close(self, symbol: str) -> None:
        if self.sending:
            self._book.close(symbol)

    def cancel(self, ref: str) -> None:
        order = self._standing.get(ref)
        if order is not None and self.sending:
            self._book.standing.cancel(order)

    def orders(self, symbol: str) -> tuple[Order, ...]:
        return self._book.orders(symbol)

    def position(self, symbol: str) -> float:
        holding = self._open.get(symbol)
        return 0.0 if holding is None else holding.quantity

    def covered(self, symbol: str) -> float:
        return 0.0

    def last(self, symbol: str) -> float | None:
        return self._last.get(symbol)

    def instrument(self, symbol: str) -> Instrument:
        return self._instrument(symbol)

    def _instrument(self, symbol: str) -> Instrument:
        found = self._instruments.get(symbol)
        if found is None:
            listed = self._listed.get(symbol)
            found = self._settings.instruments.get(symbol) or (listed.instrument if listed else _NAMES.of(symbol))
            self._instruments[symbol] = found
            if found.currency != self._settings.currency:
                self._foreign[symbol] = found.currency
            if found.sec_type == "CASH":
                self._pairs[symbol] = found
        return found

    def rate(self, symbol: str) -> float | None:
        own = self._settings.currency
        currency = self._instrument(symbol).currency
        return 1.0 if currency == own else self.rates.rate(currency)

    def unrated(self, symbol: str) -> str:
        return unknown_rate(self._instrument(symbol).currency, self._settings.currency)

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        found = self._sessions.get((symbol, whole))
        if found is None:
            found = InstrumentSessions.of(self._instrument(symbol), regular=False if whole else None)
            self._sessions[symbol, whole] = found
        return found

    def day_ends(self, symbol: str) -> datetime:
        return day_order_over(self.sessions(symbol), self.now)

    def _quote(self, symbol: str) -> Quote | None:
        """Its market as it was told, else as far as bars tell of it; an option's is made by the model."""
        if (told := self._market.quote(symbol)) is not None:
            return told
        price = self._price(symbol)
        if symbol in self._listed and price == price:
            return Quote(symbol=symbol, bid=crossed(price, -1), ask=crossed(price, 1), last=price)
        return last_quote(symbol, price)

    def _price(self, symbol: str) -> float:
        """What it is worth now; not a number when no bar of it was seen."""
        listed = self._listed.get(symbol)
        if symbol in self._last or listed is None or self._options is None:
            return self._last.get(symbol, float("nan"))
        return self._options.value(symbol, self._last[listed.underlying], self.now)

    @property
    def now(self) -> datetime:
        return self._told_at or self.closing(self._opened)

    def closing(self, opened: datetime) -> datetime:
        """When bars end that bear this time: those of an hour and more at the latest with their session."""
        if self._cuttings is None:
            instruments = map(self._instrument, self._symbols)
            length = int(self._seconds.total_seconds())
            self._cuttings = tuple({cutting_of(one, length, self._settings.hours) for one in instruments})
        return max((one.at(opened).end for one in self._cuttings), default=opened + self._seconds)

    @property
    def held(self) -> tuple[str, ...]:
        held = self.trades.open
        return tuple(symbol for symbol in (*self._symbols, *self._listed) if symbol in held)

    @property
    def equity(self) -> float | None:
        return self.worth

    def log(self, text: str) -> None:
        """Nobody reads it, but for a run with a decision log: see `ibtui.backtest.deciding`."""

    def explain(self, text: str, *values: object) -> None:
        self.explanation = (text, values)


def _option_end(quantity: float, worth: float) -> tuple[CauseKind, str]:
    """How an option ends, by what exercise brings in cash."""
    if not worth:
        return "expiry", "expired worthless"
    kind: CauseKind = "exercise" if quantity > 0 else "assignment"
    return kind, f"{'exercised' if quantity > 0 else 'assigned'}, in cash"


def buying_power(broker: Simulated, order: Working, legs: Sequence[MarginLeg]) -> Refusal | None:
    """Refuse what would make the gross position more than the account carries."""
    return carried(
        legs,
        broker._holdings(),
        broker._last,
        broker.worth,
        broker._settings.leverage,
        lambda i: broker._rate(i.symbol),
    )
