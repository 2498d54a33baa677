"""What an exchange is made of: its table of parts, and how they are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.exchange.accounts.account import AccountTerms, Ledger
from ibtui.exchange.listed.chains import chains
from ibtui.exchange.listed.instruments import Listings
from ibtui.exchange.listed.listings import listed, with_replay
from ibtui.exchange.listed.locates import Locates
from ibtui.exchange.markets.market import Market
from ibtui.exchange.markets.markets import Markets
from ibtui.exchange.markets.option_market import OptionMarket
from ibtui.exchange.markets.prices import Prices
from ibtui.exchange.moments import MINUTE, micros, moment
from ibtui.exchange.orders.actions import Actions
from ibtui.exchange.orders.clearing import Clearing
from ibtui.exchange.orders.entry import OrderEntry
from ibtui.exchange.orders.expiry import Expiries
from ibtui.exchange.orders.funds import Funds
from ibtui.exchange.orders.matching import Matching
from ibtui.exchange.orders.order import ExchangeOrders, WorkingOrder
from ibtui.exchange.orders.sessions import Sessions
from ibtui.exchange.orders.watch import ConditionWatch
from ibtui.exchange.outbox import Outbox
from ibtui.exchange.paths.stories import HOUR
from ibtui.exchange.refusal import Refused
from ibtui.exchange.replay import Replay
from ibtui.exchange.timeline import Timeline
from ibtui.exchange.told.news import NewsArchive, companies


class ExchangeParts:
    """A table to be read from the top down, each part made of parts above it; and the look-ups that all doors share."""

    def __init__(
        self,
        *,
        seed: int,
        start: datetime | None,
        accounts: Sequence[str | AccountTerms],
        cash: float,
        replay: Replay | None,
        always_open: bool,
        at: datetime | None,
    ) -> None:
        """See `ibtui.exchange.exchange.Exchange`, which says what these are."""
        first = datetime.now(UTC) if replay is None else replay.start
        begin = micros(start or first.replace(second=0, microsecond=0))
        now = begin if at is None else micros(at)
        today = exchange_day(moment(begin))
        rows = listed(today) if replay is None else with_replay(listed(today), replay)
        terms = [AccountTerms.parse(account) if isinstance(account, str) else account for account in accounts]
        self.outbox = Outbox()
        self.accounts = tuple(account.id for account in terms)
        self.seed, self.start, self.always_open = seed, begin, always_open
        self.chains = chains(((listing, behaviour.level) for listing, behaviour in rows), today)
        self.listings = Listings((listing for listing, _ in rows), self.chains)
        self.replayed = sorted(replay.series) if replay is not None else []
        """The symbols that a replay drives."""
        self.markets = Markets(self.listings, rows, self.chains, seed, begin, replay, always_open=always_open)
        self.news = NewsArchive(seed, companies(self.listings, replay.series if replay else ()))
        self.prices = prices = Prices(self.markets)
        self.ledgers = {account.id: Ledger(account, cash, prices) for account in terms}
        self.orders = ExchangeOrders(_first_perm_id(begin))
        self.funds = Funds(self.ledgers, self.orders, prices)
        self.locates = Locates()
        self.clearing = Clearing(self.ledgers, self.outbox.emit, begin)
        self.matching = Matching(
            self.orders,
            self.clearing,
            ConditionWatch(self.ledgers, prices),
            Sessions(always_open=always_open),
            self._must_borrow,
            self.outbox.emit,
            now,
            self._at,
        )
        self.entry = OrderEntry(self.ledger, self.market, self.markets, self.orders, self.funds, self.matching)
        self.actions = Actions(
            self.listings,
            self.market,
            self.ledgers,
            self.orders,
            self.matching,
            self.outbox.emit,
            self.show,
            scheduled=replay is None,
        )
        self.expiry = Expiries(self.listings, self.market, self.ledgers, self.orders, self.matching, self.outbox.emit)
        for time in (*range(begin, now, 7 * 1440 * MINUTE), now) if at is not None else ():
            self.listings.begin_day(exchange_day(moment(time)))
        self.timeline = Timeline(self.orders, self.matching, self.outbox.emit, self.outbox.deliver, self._begin_session)
        self.markets.follow(self.timeline)
        self._tell_news()

    @property
    def time(self) -> int:
        """Simulated time in microseconds since 1970."""
        return self.matching.time

    @property
    def now(self) -> datetime:
        """Simulated time, aware, in UTC."""
        return moment(self.matching.time)

    def market(self, con_id: int) -> Market:
        """The market of a contract; raises Refused(200) for an unknown one."""
        try:
            return self.markets[con_id]
        except KeyError:
            raise Refused(200, "No security definition has been found for the request") from None

    def show(self, market: Market) -> None:
        """Let everyone see a market that was moved without a trade."""
        self.outbox.emit(market.tick(self.matching.time, traded=False))
        self.matching.meet(market, 0, 0)
        self.follow(market)

    def follow(self, market: Market) -> None:
        """Let what follows a market that was moved by hand move with it."""
        for follower in self.markets.followers(market.con_id):
            follower.follow(self.matching.time)
            self.outbox.emit(follower.tick(self.matching.time, traded=False))
            self.matching.meet(follower, 0, 0)

    def option(self, con_id: int) -> OptionMarket:
        """The market of an option; raises Refused(200) for what is none."""
        market = self.market(con_id)
        if not isinstance(market, OptionMarket):
            raise Refused(200, "No security definition has been found for the request")
        return market

    def ledger(self, account: str) -> Ledger:
        """The books of an account; raises Refused(321) for an unknown one."""
        ledger = self.ledgers.get(account)
        if ledger is None:
            raise Refused(321, "Error validating request.-'bW' : cause - Invalid account code")
        return ledger

    def _begin_session(self) -> None:
        self.orders.begin_session()
        self.clearing.begin_session()
        self.expiry.begin_day(exchange_day(self.now))
        for market in self.orders.markets() if self.always_open else ():
            self.matching.end_session(market)
            self.matching.begin_session(market)
        for ledger in self.ledgers.values():
            ledger.begin_day()
            if self.now.astimezone(NEW_YORK).day == 1:
                ledger.begin_month()
        for market in self.markets.awake():
            market.session.begin(market.last)
        self.actions.begin_day(exchange_day(self.now))

    def _must_borrow(self, order: WorkingOrder) -> bool:
        listing = order.market.listing
        return listing.instrument.sec_type == "STK" and self.locates.hard(listing) and self.funds.goes_short(order)

    def _at(self, time: int, action: Callable[[], None]) -> None:
        self.timeline.at(time, action)

    def _tell_news(self) -> None:
        """Tell the headlines of this hour when their time comes, and look again in the next."""
        hour = self.matching.time // (HOUR * MINUTE)
        for told in self.news.all_in(hour):
            if micros(told.time) > self.matching.time:
                self.timeline.at(micros(told.time), partial(self.outbox.emit, told), quiet=True)
        self.timeline.at((hour + 1) * HOUR * MINUTE, self._tell_news, quiet=True)


def _first_perm_id(begin: int) -> int:
    """Order numbers that an exchange started at another minute is unlikely to give again; below 2**31."""
    return begin // MINUTE * 1009 % 2_000_000_000 + 1
