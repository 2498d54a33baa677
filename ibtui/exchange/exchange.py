"""The exchange: one clock, every market, every order and account, and reports of what happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from math import inf, isfinite
from typing import Any

from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.domain.money import exact
from ibtui.domain.options.pricing import OptionFigures
from ibtui.exchange.accounts.account import AccountState, AccountTerms, Ledger, WhatIf
from ibtui.exchange.listed.chains import OptionParameters, chains, open_interest
from ibtui.exchange.listed.dividends import Payment
from ibtui.exchange.listed.grid import GridBand
from ibtui.exchange.listed.instruments import Listing, Listings
from ibtui.exchange.listed.listings import listed, with_replay
from ibtui.exchange.listed.locates import Locates
from ibtui.exchange.markets.book import Depth
from ibtui.exchange.markets.combo_history import combo_history
from ibtui.exchange.markets.combos import ComboMarket, combo
from ibtui.exchange.markets.history import PastTick, What, head_time, histogram, history, ticks
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.markets import Markets
from ibtui.exchange.markets.option_market import OptionMarket
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.markets.scanner import Scan, scan
from ibtui.exchange.orders.actions import Actions, Kind
from ibtui.exchange.orders.clearing import Clearing
from ibtui.exchange.orders.entry import OrderEntry
from ibtui.exchange.orders.expiry import Expiries
from ibtui.exchange.orders.funds import Funds
from ibtui.exchange.orders.matching import Matching
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder, family
from ibtui.exchange.orders.sessions import Sessions
from ibtui.exchange.orders.watch import ConditionWatch
from ibtui.exchange.paths.stories import HOUR
from ibtui.exchange.refusal import Refused
from ibtui.exchange.replay import Replay
from ibtui.exchange.resuming import load_ledger, load_market, load_order, save_ledger, save_market, save_order
from ibtui.exchange.saved import VERSION, Course, Saved, SavedChanges
from ibtui.exchange.time.calendar import MINUTE, micros, moment
from ibtui.exchange.timeline import Timeline
from ibtui.exchange.told.news import Bulletin, Headline, NewsArchive, companies
from ibtui.exchange.told.reports import ClientOrder, Execution, HistoryBar, OrderReport, Report, Tick


class Exchange:
    """A simulated exchange.

    Deterministic: the same seed, start and calls give the same reports, however `advance` is cut into steps of up to
    two minutes; longer steps thin out the ticks but change no order, execution or account. Sessions run from midnight
    to midnight in New York; day orders end there, and contracts that have expired. Which futures there are is
    decided at the start, up to two years ahead.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        start: datetime | None = None,
        accounts: Sequence[str | AccountTerms] = ("DU1234567",),
        cash: float = 1_000_000.0,
        replay: Replay | None = None,
        always_open: bool = True,
        at: datetime | None = None,
    ) -> None:
        """`start` is aware, by default the current minute; `cash` is what each account begins with, in its currency.

        Accounts are given by their terms, or as `AccountTerms.parse` reads them: `DU1234567`, `DU7654321:EUR:cash`.
        With a `replay` time starts by default where its data do, and its symbols trade as they did. Unless it is
        `always_open`, every market keeps its hours and holidays: closed it has no book and nothing trades. Time stands
        `at` a later moment than the start where one is given: every market is where it would be then.
        """
        first = datetime.now(UTC) if replay is None else replay.start
        begin = micros(start or first.replace(second=0, microsecond=0))
        now = begin if at is None else micros(at)
        today = exchange_day(moment(begin))
        rows = listed(today) if replay is None else with_replay(listed(today), replay)
        terms = [AccountTerms.parse(account) if isinstance(account, str) else account for account in accounts]
        self.accounts = tuple(account.id for account in terms)
        self._seed, self._start, self._always_open = seed, begin, always_open
        self._chains = chains(((listing, behaviour.level) for listing, behaviour in rows), today)
        self.listings = Listings((listing for listing, _ in rows), self._chains)
        self.replayed = sorted(replay.series) if replay is not None else []
        """The symbols that a replay drives."""
        self._markets = Markets(self.listings, rows, self._chains, seed, begin, replay, always_open=always_open)
        self.news = NewsArchive(seed, companies(self.listings, replay.series if replay else ()))
        self._prices = prices = Prices(self._markets)
        self._ledgers = {account.id: Ledger(account, cash, prices) for account in terms}
        self._orders = ExchangeOrders(_first_perm_id(begin))
        self._funds = Funds(self._ledgers, self._orders, prices)
        self._locates = Locates()
        self._clearing = Clearing(self._ledgers, self._emit, begin)
        self._matching = Matching(
            self._orders,
            self._clearing,
            ConditionWatch(self._ledgers, prices),
            Sessions(always_open=always_open),
            self._must_borrow,
            self._emit,
            now,
            self._at,
        )
        self._entry = OrderEntry(self._ledger, self._market, self._markets, self._orders, self._funds, self._matching)
        self._actions = Actions(
            self.listings,
            self._market,
            self._ledgers,
            self._orders,
            self._matching,
            self._emit,
            self._show,
            scheduled=replay is None,
        )
        self._expiry = Expiries(self.listings, self._market, self._ledgers, self._orders, self._matching, self._emit)
        for time in (*range(begin, now, 7 * 1440 * MINUTE), now) if at is not None else ():
            self.listings.begin_day(exchange_day(moment(time)))
        self._timeline = Timeline(self._orders, self._matching, self._emit, self._deliver, self._begin_session)
        self._markets.follow(self._timeline)
        self._listeners: list[Callable[[Report], None]] = []
        self._outbox: deque[Report] = deque()
        self._delivering = False
        self._tell_news()

    @property
    def always_open(self) -> bool:
        """Whether no market ever closes here."""
        return self._always_open

    @property
    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        return moment(self._matching.time)

    def listen(self, callback: Callable[[Report], None]) -> None:
        """Call back with every report, in the order things happen, before the call that caused them returns.

        A callback may place, change and cancel orders; what follows from that is reported after what it is hearing of.
        """
        self._listeners.append(callback)

    def advance(self, to: datetime) -> None:
        """Let simulated time pass; raises ValueError for a time that has passed."""
        target = micros(to)
        if target < self._matching.time:
            raise ValueError(f"time is {self.now.isoformat()} already")
        if self._delivering:
            raise RuntimeError("a listener cannot move time")
        self._timeline.advance(target)

    def tick(self, con_id: int) -> Tick:
        """What a market shows now; raises Refused(200) for an unknown contract, as every method with a `con_id`."""
        return self._market(con_id).tick(self._matching.time, traded=False)

    def is_open(self, con_id: int) -> bool:
        """Whether a market has a book now: always, unless the exchange keeps trading hours."""
        market = self._market(con_id)
        return not market.path.shut(self._matching.time // MINUTE)

    def history(
        self,
        con_id: int,
        *,
        end: datetime,
        seconds: int,
        bar: int,
        what: str = "TRADES",
        since: datetime | None = None,
    ) -> list[HistoryBar]:
        """Bars of `bar` seconds in the `seconds` before `end`; see `ibtui.exchange.markets.history.history`."""
        begin, market = None if since is None else micros(since), self._market(con_id)
        make = combo_history if isinstance(market, ComboMarket) else history
        return make(market, self._matching.time, micros(end), seconds, bar, what, begin)  # type: ignore[arg-type]

    def watch(self, con_id: int) -> None:
        """Let a market tick until `unwatch` was called as often; only options and combos need it, others always do."""
        self._market(con_id)
        self._markets.watch(con_id)

    def unwatch(self, con_id: int) -> None:
        """End one `watch`; an option that nobody watches stops to tick unless it has an order."""
        market = self._market(con_id)
        if not self._orders.of(market):
            self._markets.unwatch(con_id)

    def ticks(
        self, con_id: int, *, start: datetime | None = None, end: datetime | None = None, count: int, what: What
    ) -> list[PastTick]:
        """Past trades or changes of the touch; see `ibtui.exchange.markets.history.ticks`."""
        begin, stop = (micros(time) if time is not None else None for time in (start, end))
        return ticks(self._market(con_id), self._matching.time, begin, stop, count, what)

    def histogram(self, con_id: int, seconds: int) -> list[tuple[float, float]]:
        """Price and size traded there in the last `seconds`; see `ibtui.exchange.markets.history.histogram`."""
        return histogram(self._market(con_id), self._matching.time, seconds)

    def head_time(self, con_id: int, what: str = "TRADES") -> datetime:
        """The first moment of a contract's history, the same for every kind of it."""
        if what == "TRADES" and self._market(con_id).listing.instrument.sec_type == "CASH":
            raise Refused(162, "Historical Market Data Service error message:No head time stamp")
        return head_time(self._market(con_id), self._matching.time)

    def depth(self, con_id: int, rows: int = 10) -> Depth:
        """The first `rows` levels of either side, best first; the first ones are the touch that `tick` shows."""
        return self._market(con_id).depth(rows)

    def auction(self, con_id: int) -> tuple[float, float]:
        """Size and surplus of the auction to come, 0 where none is near; its market knows them."""
        return self._market(con_id).auction(self._matching.time)

    def option_parameters(self, con_id: int) -> list[OptionParameters]:
        """Which options are listed on an underlying, by exchange and trading class; empty when none are."""
        return [found for chain in self._chains for found in chain.parameters(con_id)]

    def market_rule(self, number: int) -> tuple[GridBand, ...]:
        """The price grid behind one of IB's numbers; empty for a number that nothing listed has."""
        listing = next((listing for listing in self.listings if listing.market_rule == number), None)
        if listing is not None:
            return listing.bands or (GridBand(Decimal(0), listing.instrument.tick),)
        return next((chain.bands for chain in self._chains if chain.row.market_rule == number), ())

    def open_interest(self, con_id: int) -> int:
        """Open contracts of an option."""
        market = self._option(con_id)
        return open_interest(market.listing, market.under.middle())

    def greeks(self, con_id: int) -> OptionFigures:
        """An option by the exchange's own model, at its underlying's middle; raises Refused(200) for what is none."""
        return self._option(con_id).figures(self._matching.time)

    def implied_volatility(self, con_id: int, price: float, under: float) -> OptionFigures:
        """An option at `price` while its underlying is at `under`; `iv` None when no volatility gives that price."""
        return self._option(con_id).implied(self._matching.time, price, under)

    def option_price(self, con_id: int, volatility: float, under: float) -> OptionFigures:
        """An option at a volatility (0.2 is 20 %) while its underlying is at `under`."""
        return self._option(con_id).at_volatility(self._matching.time, volatility, under)

    def scan(
        self,
        scan_code: str,
        *,
        location: str = "STK.US.MAJOR",
        instrument: str = "STK",
        above_price: float = 0.0,
        below_price: float = inf,
        above_volume: int = 0,
        rows: int = 50,
    ) -> list[Listing]:
        """The listings that a market scanner finds, best first; see `ibtui.exchange.markets.scanner.scan`."""
        wanted = Scan(scan_code, location, instrument, above_price, below_price, above_volume, rows)
        return scan(wanted, self.listings, self._markets)

    def publish(
        self,
        text: str,
        *,
        provider: str = "BRFG",
        con_ids: tuple[int, ...] = (),
        impact: float = 0.0,
        article: str = "",
    ) -> Headline:
        """Tell a headline now, on the broad tape when it names no contract, and move what it names.

        `impact` is the relative change of every named contract's price: 0.02 is up 2 %.
        """
        if not -1 < impact < inf:
            raise ValueError(f"{impact!r} is no change of a price")
        markets = [self._market(con_id) for con_id in con_ids] if impact else []
        told = self.news.publish(self.now, text, provider, con_ids, article)
        self._emit(told)
        for market in markets:
            market.scale(self._matching.time, 1 + impact)
            self._show(market)
        self._deliver()
        return told

    def dividend(self, con_id: int, amount: float, on: date | None = None) -> None:
        """Let a stock go without its dividend of `amount` a share, now or on a day."""
        self._act(con_id, "dividend", amount, on)

    def split(self, con_id: int, ratio: float, on: date | None = None) -> None:
        """Give `ratio` new shares of a stock for one old, now or on a day."""
        self._act(con_id, "split", ratio, on)

    def dividends(self, con_id: int, first: date, stop: date) -> list[Payment]:
        """What a stock pays from one ex-day to before another, soonest first."""
        return self._actions.dividends(con_id, first, stop)

    def _act(self, con_id: int, kind: Kind, amount: float, on: date | None) -> None:
        if on is not None and on > exchange_day(self.now):
            self._actions.plan(con_id, kind, amount, on)
        else:
            self._actions.carry_out(con_id, kind, amount)
            self._deliver()

    def bulletin(self, text: str, *, kind: int = 1, exchange: str = "") -> Bulletin:
        """Tell all clients something: 1 news, 2 an exchange that became unavailable, 3 one that is back."""
        told = self.news.bulletin(self.now, text, kind, exchange)
        self._emit(told)
        self._deliver()
        return told

    # --- the whole of it as data

    def snapshot(self) -> Saved:
        """Everything that `restore` needs; raises RuntimeError within a listener."""
        if self._delivering:
            raise RuntimeError("a listener cannot save the exchange")
        return Saved(
            seed=self._seed,
            start=moment(self._start),
            always_open=self._always_open,
            orders=[save_order(order, self._orders) for order in self._orders.kept()],
            ended=[order.perm_id for order in self._orders.ended()],
            executions=self._clearing.executions(),
            **self._standing(),
        )

    @property
    def course(self) -> Course:
        """Where its lists of what happened in this session stand."""
        ended = self._orders.ended()
        count = len(self._clearing.executions())
        return Course(ended[0].perm_id if ended else 0, len(ended), self._clearing.count - count, count)

    def changes(self, since: Course, touched: Iterable[int]) -> SavedChanges | None:
        """What happened since then, with every order named in `touched`; None when the session has turned meanwhile."""
        if self._delivering:
            raise RuntimeError("a listener cannot save the exchange")
        if not self.course.follows(since):
            return None
        live = self._orders.open()
        named = [order for number in touched if (order := self._orders.get(number)) is not None]
        orders = {member.perm_id: member for order in (*live, *named) for member in family(order)}
        return SavedChanges(
            orders=[save_order(orders[number], self._orders) for number in sorted(orders)],
            open={order.perm_id for order in live},
            ended=[order.perm_id for order in self._orders.ended()[since.ended :]],
            executions=self._clearing.executions()[since.executions :],
            **self._standing(),
        )

    def _standing(self) -> dict[str, Any]:
        placed, ranks = self._orders.counts
        return {
            "now": self.now,
            "combinations": self.listings.combined(),
            "ledgers": [save_ledger(ledger) for ledger in self._ledgers.values()],
            "markets": [save_market(market) for market in self._markets.made()],
            "placed": placed,
            "ranks": ranks,
            "executed": self._clearing.count,
            "hard_to_borrow": self._locates.said(),
            "planned": list(self._actions.planned),
        }

    @classmethod
    def restore(cls, saved: Saved, *, replay: Replay | None = None, ahead: int = 0) -> Exchange:
        """An exchange that goes on where the saved one stood; `replay` is the same as that one's.

        Its next order and execution are `ahead` numbers further on. Raises ValueError for data of another version.
        """
        if saved.version != VERSION:
            raise ValueError(f"the saved state is of version {saved.version}, and this program reads {VERSION}")
        accounts = [ledger.terms for ledger in saved.ledgers]
        exchange = cls(
            seed=saved.seed,
            start=saved.start,
            accounts=accounts,
            replay=replay,
            always_open=saved.always_open,
            at=saved.now,
        )
        exchange._resume(saved, ahead)
        return exchange

    # --- orders

    def place(self, ticket: ClientOrder) -> int:
        """Take an order and return its number; what becomes of it, a rejection too, is reported.

        An order with `transmit` False is held in silence (state PendingSubmit) until one of its bracket is sent. Raises
        Refused for what is no order at all: unknown account, contract, parent, type, or a number missing.
        """
        perm_id = self._entry.place(ticket)
        self._deliver()
        return perm_id

    def modify(self, perm_id: int, ticket: ClientOrder) -> None:
        """Change an open order, or send a held one by `transmit`; see `ibtui.exchange.orders.entry`."""
        self._entry.modify(perm_id, ticket)
        self._deliver()

    def cancel(self, perm_id: int) -> None:
        """Cancel an open order, with the children of an unfilled parent; children of a partly filled one shrink.

        A sibling stays. Raises Refused: 10147 when the order is not known, 10148 when it has ended.
        """
        self._entry.cancel(perm_id)
        self._deliver()

    def forget(self, perm_id: int) -> None:
        """Lose an open order without a word: it is in no list any more. Raises Refused(10147) for one that is not open.

        Nobody has reported that IB does this; a client must bear it.
        """
        order = self._orders.get(perm_id)
        if order is None or order.done:
            raise Refused(10147, f"OrderId {perm_id} that needs to be cancelled is not found.")
        self._orders.forget(order)

    def exercise(self, account: str, con_id: int, quantity: Decimal, *, override: bool = False) -> None:
        """Exercise options now; see `ibtui.exchange.orders.expiry`."""
        self._expiry.exercise(account, con_id, quantity, override=override)
        self._deliver()

    def lapse(self, account: str, con_id: int, quantity: Decimal) -> None:
        """Let options of an account expire now instead of on their last day."""
        self._expiry.lapse(account, con_id, quantity)
        self._deliver()

    def order(self, perm_id: int) -> OrderReport | None:
        """How an order stands; None when the exchange never had it."""
        order = self._orders.get(perm_id)
        return order.report() if order else None

    def orders(self, account: str = "") -> list[OrderReport]:
        """Open orders, oldest first, the held ones too (PendingSubmit); of every account when none is named."""
        return [order.report() for order in self._of(account, self._orders.open())]

    def completed(self, account: str = "") -> list[OrderReport]:
        """Orders that ended in this session, in the order they did."""
        return [order.report() for order in self._of(account, self._orders.ended())]

    def executions(self, account: str = "") -> list[Execution]:
        """Executions of this session, oldest first."""
        if account:
            self._ledger(account)
        return [fill for fill in self._clearing.executions() if account in ("", fill.account)]

    # --- money

    def account(self, account: str) -> AccountState:
        """An account valued now; raises Refused(321) for an unknown one."""
        return self._ledger(account).state()

    def preview(self, ticket: ClientOrder) -> WhatIf:
        """What an order would cost and bind; raises Refused where it would be rejected for anything but money."""
        return self._entry.preview(ticket)

    def transfer(self, account: str, con_id: int, quantity: Decimal, price: float | None = None) -> None:
        """Bring a position into an account without an order, also one that no order could make: 1.5 shares.

        `quantity` is signed; `price` is what a unit cost, by default what it is worth now.
        """
        market = self._market(con_id)
        self._clearing.transfer(self._ledger(account).id, market, quantity, market.mark() if price is None else price)
        self._deliver()

    def correct(self, exec_id: str, quantity: Decimal, price: float | None = None) -> None:
        """Correct an execution of this session, in its newest revision; a quantity of 0 busts it.

        Raises Refused(162) for an execution that there is not, for one of a combination, and for a quantity that is
        more than its order's.
        """
        execution = next((fill for fill in self._clearing.executions() if fill.exec_id == exec_id), None)
        order = self._orders.get(execution.perm_id) if execution is not None else None
        if execution is None or order is None or order.market.con_id != execution.con_id or order.market.listing.legs:
            raise Refused(162, f"There is no execution {exec_id!r} that can be corrected.")
        if not 0 <= order.filled + quantity - execution.quantity <= order.ticket.quantity:
            raise Refused(162, f"Execution {exec_id} cannot be of {quantity}: its order is of {order.ticket.quantity}.")
        self._clearing.correct(order, execution, quantity, execution.price if price is None else price)
        self._deliver()

    def set_borrowable(self, con_id: int, borrowable: bool) -> None:
        """Make a stock easy or hard to borrow; short sales that were held for it go when it becomes easy."""
        market = self._market(con_id)
        self._locates.say(con_id, not borrowable)
        for order in self._orders.of(market):
            if borrowable and "locate" in order.holds:
                self._matching.waiting.locate(order)
        self._deliver()

    # --- markets moved by hand

    def halt(self, con_id: int, halted: bool = True) -> None:
        """Halt trading in an instrument, or let it go on: orders wait meanwhile, and can be cancelled."""
        market = self._market(con_id)
        if market.halted is not halted:
            self._matching.halt(market, halted)
            self._deliver()

    def is_halted(self, con_id: int) -> bool:
        """Whether trading in an instrument is halted."""
        return self._market(con_id).halted

    def set_price(self, con_id: int, price: float) -> None:
        """Trade one lot at `price` (moved to the nearest tick) now, the book around it as wide as it was.

        From there the market goes on by itself, or stays if its book is held. Orders meet the trade and the new book.
        """
        market = self._market(con_id)
        if not isfinite(price) or price <= 0:
            raise ValueError(f"{price!r} is not a price")
        market.move(self._matching.time, market.grid.nearest(price))
        self._emit(market.tick(self._matching.time, traded=True))
        self._matching.meet(market, market.last, market.last_size)
        self._follow(market)
        self._deliver()

    def set_book(
        self, con_id: int, *, bid: float, ask: float, bid_size: float = 100.0, ask_size: float = 100.0
    ) -> None:
        """Show this book and hold it until `release` or the next call; orders meet it."""
        market = self._market(con_id)
        low, high = market.grid.nearest(bid), market.grid.nearest(ask)
        sizes = market.units(exact(bid_size)), market.units(exact(ask_size))
        if not low < high or min(sizes) < 1:
            raise ValueError("a book needs a bid below the ask, and sizes of at least 1")
        market.hold(self._matching.time, low, high, *sizes)
        self._show(market)
        self._deliver()

    def release(self, con_id: int) -> None:
        """Let a held market go on from where it stands."""
        self._market(con_id).release(self._matching.time)

    # --- within

    def _resume(self, saved: Saved, ahead: int) -> None:
        for legs in saved.combinations:
            combo(self.listings, legs)
        for kept in saved.markets:
            market = self._market(kept.con_id)
            self._markets.wake(market)
            load_market(kept, market)
        self._ledgers |= {ledger.terms.id: load_ledger(ledger, self._prices) for ledger in saved.ledgers}
        for con_id, hard in saved.hard_to_borrow.items():
            self._locates.say(con_id, hard)
        self._actions.planned = list(saved.planned)
        self._clearing.resume(saved.executions, saved.executed + ahead)
        orders: dict[int, WorkingOrder] = {}
        for order in saved.orders:
            parent = None if order.ticket.parent is None else orders[order.ticket.parent]
            orders[order.perm_id] = load_order(order, self._market(order.ticket.con_id), parent)
        self._orders.resume(orders.values(), saved.ended, (saved.placed + ahead, saved.ranks))
        for order in saved.orders:
            if not orders[order.perm_id].done:
                self._matching.resume(orders[order.perm_id], order.watched)

    def _must_borrow(self, order: WorkingOrder) -> bool:
        listing = order.market.listing
        return listing.instrument.sec_type == "STK" and self._locates.hard(listing) and self._funds.goes_short(order)

    def _at(self, time: int, action: Callable[[], None]) -> None:
        self._timeline.at(time, action)

    def _begin_session(self) -> None:
        self._orders.begin_session()
        self._clearing.begin_session()
        self._expiry.begin_day(exchange_day(self.now))
        for market in self._orders.markets() if self._always_open else ():
            self._matching.end_session(market)
            self._matching.begin_session(market)
        for ledger in self._ledgers.values():
            ledger.begin_day()
            if self.now.astimezone(NEW_YORK).day == 1:
                ledger.begin_month()
        for market in self._markets.awake():
            market.session.begin(market.last)
        self._actions.begin_day(exchange_day(self.now))

    def _market(self, con_id: int) -> Market:
        try:
            return self._markets[con_id]
        except KeyError:
            raise Refused(200, "No security definition has been found for the request") from None

    def _show(self, market: Market) -> None:
        """Let everyone see a market that was moved without a trade."""
        self._emit(market.tick(self._matching.time, traded=False))
        self._matching.meet(market, 0, 0)
        self._follow(market)

    def _follow(self, market: Market) -> None:
        """Let what follows a market that was moved by hand move with it."""
        for follower in self._markets.followers(market.con_id):
            follower.follow(self._matching.time)
            self._emit(follower.tick(self._matching.time, traded=False))
            self._matching.meet(follower, 0, 0)

    def _option(self, con_id: int) -> OptionMarket:
        market = self._market(con_id)
        if not isinstance(market, OptionMarket):
            raise Refused(200, "No security definition has been found for the request")
        return market

    def _tell_news(self) -> None:
        """Tell the headlines of this hour when their time comes, and look again in the next."""
        hour = self._matching.time // (HOUR * MINUTE)
        for told in self.news.all_in(hour):
            if micros(told.time) > self._matching.time:
                self._timeline.at(micros(told.time), partial(self._emit, told), quiet=True)
        self._timeline.at((hour + 1) * HOUR * MINUTE, self._tell_news, quiet=True)

    def _ledger(self, account: str) -> Ledger:
        ledger = self._ledgers.get(account)
        if ledger is None:
            raise Refused(321, "Error validating request.-'bW' : cause - Invalid account code")
        return ledger

    def _of(self, account: str, orders: Iterable[WorkingOrder]) -> list[WorkingOrder]:
        if account:
            self._ledger(account)
        return [order for order in orders if account in ("", order.ticket.account)]

    def _emit(self, report: Report) -> None:
        if self._listeners:
            self._outbox.append(report)

    def _deliver(self) -> None:
        """Pass on what was emitted, once everything of this moment is in order."""
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._outbox:
                report = self._outbox.popleft()
                for listener in self._listeners:
                    listener(report)
        finally:
            self._delivering = False


def _first_perm_id(begin: int) -> int:
    """Order numbers that an exchange started at another minute is unlikely to give again; below 2**31."""
    return begin // MINUTE * 1009 % 2_000_000_000 + 1
