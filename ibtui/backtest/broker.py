"""The simulated broker of a backtest: takes a strategy's orders and fills them on the bars that come after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, NoReturn

from msgspec.structs import replace

from ibtui.backtest.account.books import PastBooks
from ibtui.backtest.account.carrying import Carrying
from ibtui.backtest.account.contracts import PastContracts
from ibtui.backtest.account.judge import Check, PastJudge
from ibtui.backtest.account.margin_calls import ZERO, PastMargin, RuinedError
from ibtui.backtest.account.option_bars import OptionBars, option_end
from ibtui.backtest.causes import future_ends, split_words
from ibtui.backtest.curve import Curve
from ibtui.backtest.options import BacktestOptions, no_options
from ibtui.backtest.settings import Settings
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.new_york import day_ends, exchange_day
from ibtui.domain.calendar.session import InstrumentSessions, day_order_over
from ibtui.domain.cause import Cause, CauseKind
from ibtui.domain.combo import combo_instrument, combo_legs
from ibtui.domain.currency import unknown_rate
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument, trades_at_zero
from ibtui.domain.money import exact, to_tick
from ibtui.domain.options.chain import Chain
from ibtui.domain.order import Change, Order, OrderIntent, Side
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import Terms
from ibtui.risk.adding import adding
from ibtui.risk.paper import PaperDesk
from ibtui.risk.paper_facts import PaperWorld
from ibtui.risk.prices import change_on_grid, on_grid, terms_on_grid
from ibtui.strategies.paper.book import PaperBook, PaperTrade
from ibtui.strategies.paper.market import PaperMarket
from ibtui.strategies.paper.working import Working

DAY = 86_400
_EARLY = datetime.min.replace(tzinfo=UTC)


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
        self._owner = owner
        self._options = BacktestOptions(settings.volatility) if settings.options == "model" else None
        self._listed = {} if self._options is None else self._options.listed
        self.optioned = False
        """Options were shown to the strategy."""
        self.contracts = PastContracts(settings, symbols, seconds, self._listed)
        self._foreign = self.contracts.foreign
        self.books = PastBooks(settings, symbols, self.contracts)
        self._last = self.books.last
        self.trades = self.books.trades
        self._open = self.books.open
        self._book = PaperBook(self, owner, "b")
        self._market = PaperMarket(self.contracts.known)
        self._standing = self._book.standing.by_ref
        self._option_bars = OptionBars(self._options, self.contracts, self._last, lambda: self.now)
        self._actions = sorted((*settings.dividends, *settings.splits), key=lambda action: action.day, reverse=True)
        self._opened = _EARLY
        """Begin of the newest bars."""
        self._day_end = _EARLY
        self._desk = PaperDesk(
            replace(settings.rules, timed=seconds < DAY),
            PaperWorld(
                working=self._standing,
                positions=self.books.quantities,
                orders=self.orders,
                quote=self._quote,
                instrument=self.instrument,
                currency=lambda: settings.currency,
                rate=self.books.rate_of,
            ),
        )
        self.judge = PastJudge(self.books, self.contracts, self._desk, lambda: self.now, check)
        self._carrying = Carrying(self.books)
        self._margin = PastMargin(self.books)
        self._floor = self._margin.unlooked
        """Equity below which the account may have to give up positions."""
        self.ruined: datetime | None = None
        """When its equity was at or below zero; None for an account that lives."""
        self._watched = self._desk.limits_loss
        self.curve = Curve(settings.cash)
        self.sending = True
        """Off while bars of the past only warm a strategy up."""
        self.listening = True
        """Whether fills are told; a strategy without `on_fill` need not wait for them to be made."""
        self.days = 0
        self.explanation: tuple[str, tuple[object, ...]] = ("", ())
        self._fills: list[Fill] = []
        """Those of the newest bars."""
        self.happened: list[Signal] = []
        """What moved its positions without an order of its own, and was not told yet."""
        self._told_at: datetime | None = None
        """When something is told that no bar's close tells."""
        self._combos: list[Working] = []
        self._met: list[_Met] | None = None
        """What met the open of bars that have not closed, None between bars."""

    # the driver's side

    def match(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        if self._met is not None:
            self._match_rest(bars)
        else:
            opened = bars[0][1]
            if opened >= self._day_end:
                self._begin_day(opened)
            self._opened = opened
            if self._foreign:
                self.books.learn(bars, "open")
            if self._standing:
                self._book.standing.expire(opened)
                self._match(bars)
        last = self._last
        for bar in bars:
            last[bar[0]] = bar[5]
        if self._foreign:
            self.books.learn(bars, "close")
        if self._listed:
            self._end_options()
        return self._taken() if self._fills else ()

    def open(self, bars: tuple[Bar, ...]) -> Iterable[Fill]:
        """Let orders meet the opens of bars inside which something is told; `match` lets them meet the rest.

        What is asked for in between meets the bars that follow: nobody knows what these do after that moment.
        """
        opened = bars[0].time
        if opened >= self._day_end:
            self._begin_day(opened)
        self._opened = opened
        if self._foreign:
            self.books.learn(bars, "open")
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
            value, last = self.books.cash, self._last
            for symbol, holding in self._open.items():
                value += holding.quantity * last[symbol] * holding.multiplier
        self.curve.add(self._opened, value)
        if value < self._floor:
            self._look_at_margin(value)
        if self._watched and self._desk.look(value):
            self._cancel_entries()

    def _look_at_margin(self, worth: float) -> None:
        """Close positions, what binds most first, until equity keeps the others; raise RuinedError for none left.

        They are closed at the close that called them, as market orders are: with slippage and commission.
        """
        while worth <= 0 or worth < (needed := self._margin.keeps()):
            symbol = self._margin.first()
            if symbol is None:
                self._ruin()
            self._liquidate(symbol, "at or below zero" if worth <= 0 else f"below {needed:,.2f} that keeps positions")
            worth = self.worth
            self.curve.add(self._opened, worth)
        self._floor = self._margin.floor() if self._open else self._margin.unlooked

    def _liquidate(self, symbol: str, why: str) -> None:
        """Close a position with what it covers."""
        root = self.instrument(symbol).root
        words = f"liquidated: equity of {self.worth:,.2f} {self._settings.currency} is {why}"
        covered = [one for one in self._open if one in self._listed and self.instrument(one).root == root]
        for one in dict.fromkeys((*covered, symbol)):
            self._settle(one, "liquidation", words, free=False)

    def _ruin(self) -> NoReturn:
        """The account is over, and the run with it."""
        self.ruined = self.now
        self.curve.add(self._opened, self.worth)
        raise RuinedError

    def finish(self) -> None:
        """The last bars have been seen; what has its last day with them is over."""
        if self._opened > _EARLY:
            self._end_futures(exchange_day(self._opened) + timedelta(days=1))
            self.curve.end_day(self._opened, self.worth, self.books.if_held)

    def _cancel_entries(self) -> None:
        """From here on today only what reduces may trade."""
        standing = list(self._standing.values())
        for symbol in dict.fromkeys(order.symbol for order in standing):
            working = [self._book.shown(order) for order in standing if order.symbol == symbol]
            for order in adding(working, Decimal(str(self.trades.quantity(symbol)))):
                self._book.standing.cancel(self._standing[order.ref])

    @property
    def worth(self) -> float:
        """Equity in the account's currency."""
        return self.books.worth

    @property
    def converts(self) -> bool:
        """Whether it trades anything in another currency than the account's."""
        return bool(self._foreign)

    def _begin_day(self, opened: datetime) -> None:
        if self._opened > _EARLY:
            self.curve.end_day(self._opened, self.worth, self.books.if_held)
            self._end_futures(exchange_day(opened))
        if self._carrying.costs and self._opened > _EARLY:
            self._carrying.accrue((exchange_day(opened) - exchange_day(self._opened)).days)
            self._floor = self._margin.unlooked
        if self._options is not None:
            for symbol in self._symbols:
                if symbol in self._last:
                    self._options.end_day(symbol, self._last[symbol])
        self._desk.begin_day(self.worth)
        self.days += 1
        today = exchange_day(opened)
        self._day_end = day_ends(opened)
        before, self._told_at = self._told_at, opened
        self._pay(today)
        self._told_at = before

    def _pay(self, today: date) -> None:
        """Dividends whose ex-day has come, on what was held before it; splits are in the bars already."""
        while self._actions and self._actions[-1].day <= today:
            action = self._actions.pop()
            held = self.trades.quantity(action.symbol)
            if held and action.kind == "dividend":
                money = held * action.amount
                self._caused(action.symbol, "dividend", f"dividend {money:+,.2f}", money)
                self._floor = self._margin.unlooked
                self.books.receive(action.symbol, money)
            elif held:
                words = split_words(action.amount)
                self._caused(action.symbol, "split", words)
                self.trades.caused(action.symbol, "split", words)

    def _caused(self, symbol: str, kind: CauseKind, words: str, value: float = 0.0) -> None:
        """What is held changes without an order; a run with a decision log writes it there, and the strategy is told.

        `value` is by how much it changes, of a dividend the money.
        """
        held = exact(self.trades.quantity(symbol))
        after = Decimal(0) if value and kind != "dividend" else held
        told = Cause(kind=kind, symbol=symbol, before=held, after=after, words=words, time=self.now).event
        self.happened.append(replace(told, value=value))

    def _end_futures(self, today: date) -> None:
        """Futures whose last day was before today are settled at their last price."""
        for symbol, holding in list(self._open.items()):
            opened = exchange_day(datetime.fromtimestamp(holding.opened, UTC))
            ends = future_ends(self.instrument(symbol), opened)
            if ends is not None and opened <= ends < today:  # bars may be of another year than their name says
                self._settle(symbol, "expiry", f"expired on {ends}")

    def _settle(self, symbol: str, kind: CauseKind, words: str, *, free: bool = True) -> None:
        """What is held of a contract ends without an order of ours, at its last price, and its orders are gone.

        One that is over ends free of commission and slippage, one that is sold does not.
        """
        self._book.standing.cancel_all(self._book.standing.of(symbol))
        quantity = self.trades.quantity(symbol)
        if quantity:
            self._caused(symbol, kind, words, -quantity)
            self.trades.caused(symbol, kind, words)
            ended = Working(f"{symbol}-end", symbol, -1 if quantity > 0 else 1, abs(quantity), "MKT", 0.0)
            price = self._last[symbol] if free else self.slipped(ended, self._last[symbol])
            self.traded(ended, PaperTrade(symbol, -quantity, price), free=free)

    def _end_options(self) -> None:
        """Mark options at the close; those whose last day is over bring what exercise would, and are gone."""
        for symbol in self._option_bars.mark(self._open):
            self._settle(symbol, *option_end(self.trades.quantity(symbol), self._last[symbol]))
            del self._listed[symbol]

    # fills

    def _match(self, bars: tuple[Bar, ...]) -> None:
        standing = self._book.standing
        for bar in bars:
            if standing.of(bar.symbol) and not self._market.knows(bar.symbol):
                self._last[bar.symbol] = bar.open
                self._book.on_bar(bar.symbol, bar, bar)
            if self._listed:
                for symbol, asks, bids in self._option_bars.of(bar, self._book.standing):
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
            yield from self._option_bars.of(bar, self._book.standing)

    def _match_combo(self, order: Working, bars: tuple[Bar, ...]) -> None:
        """A combo trades whole: at the open, or where a bar that all its legs follow carries it to its limit."""
        markets = self._option_bars.combo_markets(order, bars)
        if markets is not None:
            self._book.on_combo(order, {symbol: self.instrument(symbol) for symbol in order.symbols}, markets)

    # the account of the book's orders

    def slipped(self, order: Working, price: float) -> float:
        """What an order pays that the market fills at `price`."""
        if order.kind == "LMT" or not self._settings.slippage:
            return price
        instrument = self.instrument(order.symbol)
        slipped = price + order.sign * self._settings.slippage * float(instrument.tick)
        return slipped if trades_at_zero(instrument.sec_type) else max(slipped, float(instrument.tick))

    def admits(self, order: Working, trades: tuple[PaperTrade, ...]) -> bool:
        """Whether an order may trade; one that only reduces may, unless calls would be left uncovered."""
        return not self.judge.refuses_fill(order, trades, optioned=bool(self._listed))

    def traded(self, order: Working, trade: PaperTrade, *, free: bool = False) -> None:
        """Money, position and record of one fill; `free` of commissions."""
        fee = self.books.fill((self._told_at or self._opened).timestamp(), trade, free=free)
        self._floor = floor = self._margin.unlooked
        if self.listening:
            self._fills.append(self._told(order.ref, trade, fee))
        if not self._open and self.books.cash < min(floor, ZERO):
            self._ruin()

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

    # the strategy's side

    def place(self, terms: Terms, *, target: Decimal | None = None, protect: Decimal | None = None) -> str:
        self.contracts.check_traded(terms.symbol)
        item = self.instrument(terms.symbol)
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
        return not self.judge.refuses(intent)

    def combo(self, legs: tuple[tuple[str, int], ...], side: Side, quantity: float, limit: float | None) -> str:
        wanted = combo_legs(legs)
        for leg in wanted:
            self.contracts.check_traded(leg.symbol)
        if not 0 < quantity < float("inf"):
            raise ValueError(f"the quantity must be a positive number, not {quantity!r}")
        item = combo_instrument(wanted, {leg.symbol: self.instrument(leg.symbol) for leg in wanted})
        price = None if limit is None else float(to_tick(limit, item.tick))
        signed = ((leg.symbol, leg.side.sign * leg.ratio) for leg in wanted)
        order = self._book.combo(item.symbol, side.sign, quantity, price, signed)
        if self._passes(order.ref, order.terms()):
            self._book.enter(order)
        return order.ref if self.sending else ""

    def chain(self, symbol: str, *, days: float | None) -> Chain:
        if self._options is None:
            raise no_options()
        self.contracts.check_traded(symbol, options=False)
        self.optioned = True
        return self._options.chain(symbol, self._last.get(symbol), self.now, days)

    def modify(self, change: Change) -> None:
        order = self._standing.get(change.ref)
        if order is None or not self.sending:
            return
        change = change_on_grid(change, self._item(order))
        if not self.judge.refuses_change(change, self._book.shown(order)):
            becomes = Working.of(order.ref, change.applied(order.terms()))
            order.price, order.quantity = becomes.price, becomes.quantity

    def _item(self, order: Working) -> Instrument:
        """What an order trades: an instrument, or a combo of several."""
        known = {symbol: self.instrument(symbol) for symbol in order.symbols}
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
        return self.contracts.instrument(symbol)

    def rate(self, symbol: str) -> float | None:
        return self.books.rates.rate(self.instrument(symbol).currency)

    def unrated(self, symbol: str) -> str:
        return unknown_rate(self.instrument(symbol).currency, self._settings.currency)

    def sessions(self, symbol: str, *, whole: bool = False) -> InstrumentSessions:
        return self.contracts.sessions(symbol, whole=whole)

    def day_ends(self, symbol: str) -> datetime:
        return day_order_over(self.sessions(symbol), self.now)

    def _quote(self, symbol: str) -> Quote | None:
        """Its market as it was told, else as far as bars tell of it."""
        told = self._market.quote(symbol)
        return self._option_bars.quote(symbol) if told is None else told

    @property
    def now(self) -> datetime:
        return self._told_at or self.closing(self._opened)

    def closing(self, opened: datetime) -> datetime:
        """When bars end that bear this time: those of an hour and more at the latest with their session."""
        return self.contracts.closing(opened)

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
