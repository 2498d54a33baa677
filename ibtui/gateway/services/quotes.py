"""Quotes: market data subscriptions and snapshots, live or as far as the account may see them, and breaking news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.news import Headline
from ibtui.exchange.told.reports import Report, Tick, TradingHalt
from ibtui.gateway import refusals
from ibtui.gateway.services import generic_ticks
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.delayed import delayed_tick, past_tick
from ibtui.gateway.services.lines import DELAYED, DELAYED_FROZEN, FROZEN, LAST_TIME, LIVE, MarketDataLine
from ibtui.gateway.services.options import ASK, BID, LAST, MODEL
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import requests, research, responses
from ibtui.gateway.wire.codec import Values

OPTIONS = ("OPT", "FOP")


class QuotesService(Service):
    """Market data for one client. Of several ticks within one step only the newest goes out, but for the tape."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lines: dict[int, MarketDataLine] = {}
        self._by_con_id: defaultdict[int, list[MarketDataLine]] = defaultdict(list)
        self._broad: dict[int, frozenset[str]] = {}
        """News lines that name no instrument: the providers each one wants."""
        self._newest: dict[int, Tick] = {}
        self._traded: set[int] = set()
        self._wanted = LIVE

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_MKT_DATA.id: self._subscribe,
            requests.CANCEL_MKT_DATA.id: self._cancel,
            requests.REQ_MARKET_DATA_TYPE.id: self._data_type,
        }

    def report(self, report: Report) -> None:
        if isinstance(report, Tick):
            self._hear(report)
        elif isinstance(report, Headline):
            self._tell(report)
        elif isinstance(report, TradingHalt):
            for line in self._by_con_id.get(report.con_id, ()):
                line.halt(report.halted)

    def settle(self) -> None:
        if self.client.congested:
            return
        for tick in self._newest.values():
            for line in self._live(tick.con_id):
                self._show(line, tick)
        self._newest.clear()
        self._traded.clear()

    def each_second(self) -> None:
        if self.client.congested:
            return
        for line in self._lines.values():
            self._refresh(line)

    def _refresh(self, line: MarketDataLine) -> None:
        """What does not come with ticks: the type of data, delayed quotes, options' figures, generic numbers."""
        mode = line.mode_at(self.backend.exchange.now)
        if line.quoting and mode != line.mode:
            line.turn(mode)
            if line.frozen:
                self._show(line, self._tick(line))
        option = line.listing.instrument.sec_type in OPTIONS
        if line.frozen or not (line.delayed or line.generic or option):
            return
        tick = self._tick(line)
        if line.delayed and line.quoting:
            self._show(line, tick)
        if option and line.quoting:
            self._compute(line, tick)
        generic_ticks.send_generic(line, self.backend, tick)

    def ended(self) -> None:
        for line in self._lines.values():
            self.backend.exchange.unwatch(line.con_id)
        self._lines.clear()
        self._by_con_id.clear()

    def _hear(self, tick: Tick) -> None:
        lines = self._by_con_id.get(tick.con_id)
        if not lines:
            return
        self._newest[tick.con_id] = tick
        if tick.traded:
            self._traded.add(tick.con_id)
            for line in lines:
                if line.quoting and line.mode == LIVE and not self.client.congested:
                    self._print(line, tick)

    def _live(self, con_id: int) -> Iterator[MarketDataLine]:
        return (line for line in self._by_con_id.get(con_id, ()) if line.quoting and line.mode == LIVE)

    # --- requests

    def _subscribe(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._lines or number in self._broad:
            raise refusals.processing("Duplicate ticker id")
        snapshot = request["snapshot"] or request["regulatorySnapshot"]
        generic, providers, quoting = _generic(request["genericTickList"])
        if request["snapshot"] and generic:
            raise refusals.validation("Snapshot market data subscription is not applicable to generic ticks")
        if not snapshot and len(self._lines) + len(self._broad) >= self.backend.limits.lines:
            raise refusals.too_many_tickers()
        if request["secType"] == "NEWS":
            self._broad[number] = self._feed(request)
            self.client.send(responses.MARKET_DATA_TYPE, reqId=number, marketDataType=LIVE)
            return
        listing = resolve(self.backend.exchange.listings, request)
        line = MarketDataLine(self.client, number, listing, generic, self._wanted)
        line.providers, line.quoting = providers, quoting
        self._admit(line)
        self._begin(line)
        if snapshot:
            self.client.send(responses.TICK_SNAPSHOT_END, reqId=number)
        else:
            self._lines[number] = line
            self._by_con_id[line.con_id].append(line)
            self.backend.exchange.watch(line.con_id)

    def _admit(self, line: MarketDataLine) -> None:
        """Give a line the type of data that its account may see, with IB's warnings; raises Refused for none."""
        listing, wants_delayed = line.listing, self._wanted in (DELAYED, DELAYED_FROZEN)
        if listing.permitted and (wants_delayed or not listing.delayed_only):
            line.mode = line.mode_at(self.backend.exchange.now)
            if listing.delayed_only:
                self._warn(line, refusals.showing_delayed())
        elif line.generic & generic_ticks.INDEPENDENT:
            line.quoting = False
            self._warn(line, refusals.partly_subscribed(_place(listing)))
        else:
            raise refusals.not_subscribed(_place(listing), delayed=listing.permitted)
        if generic_ticks.FUNDAMENTALS in line.generic:
            self._warn(line, refusals.no_fundamentals())

    def _begin(self, line: MarketDataLine) -> None:
        line.open(halted=self.backend.exchange.is_halted(line.con_id))
        tick = self._tick(line)
        if line.quoting:
            self._traded.discard(line.con_id)
            line.text(LAST_TIME, str(int(tick.time.timestamp())))
            self._show(line, tick)
            if line.listing.instrument.sec_type in OPTIONS:
                self._compute(line, tick)
        generic_ticks.send_generic(line, self.backend, tick)

    def _cancel(self, request: Values) -> None:
        number = request["reqId"]
        if self._broad.pop(number, None) is not None:
            return
        line = self._lines.pop(number, None)
        if line is None:
            raise refusals.unknown_ticker(number)
        self._by_con_id[line.con_id].remove(line)
        self.backend.exchange.unwatch(line.con_id)

    def _data_type(self, request: Values) -> None:
        """What later subscriptions get where live data is not allowed: TWS sends live data wherever it can."""
        if request["marketDataType"] not in (LIVE, FROZEN, DELAYED, DELAYED_FROZEN):
            raise refusals.validation("Invalid market data type")
        self._wanted = request["marketDataType"]

    # --- data

    def _tick(self, line: MarketDataLine) -> Tick:
        exchange = self.backend.exchange
        if line.delayed:
            return delayed_tick(exchange, line.con_id)
        if line.frozen and not exchange.is_open(line.con_id):
            return past_tick(exchange, line.con_id, exchange.now)
        return exchange.tick(line.con_id)

    def _show(self, line: MarketDataLine, tick: Tick) -> None:
        line.show(tick)
        if line.con_id in self._traded or line.delayed:
            line.text(LAST_TIME, str(int(tick.time.timestamp())))

    def _compute(self, line: MarketDataLine, tick: Tick) -> None:
        """An option's figures at its bid, its ask and its last price, and by the model; once a second is enough."""
        exchange = self.backend.exchange
        model = exchange.greeks(line.con_id)
        under = model.underlying_price
        for kind, price in ((BID, tick.bid), (ASK, tick.ask), (LAST, tick.last)):
            if under is not None and price > 0:
                line.computation(kind, exchange.implied_volatility(line.con_id, price, under))
        line.computation(MODEL, model)

    def _print(self, line: MarketDataLine, tick: Tick) -> None:
        """A trade's line of the tape, for whoever asked for it."""
        average = self.backend.average_price(tick.con_id) if line.generic else None
        if average is None:
            return
        for number, kind in (
            (generic_ticks.TAPE, generic_ticks.RT_VOLUME),
            (generic_ticks.TRADE_TAPE, generic_ticks.RT_TRADE_VOLUME),
        ):
            if number in line.generic:
                line.tape(kind, generic_ticks.tape(tick, average))

    # --- news

    def _feed(self, request: Values) -> frozenset[str]:
        """The provider of a broad tape, whose symbol is written BRFG:BRFG_ALL; raises Refused."""
        provider = (request["symbol"] or request["localSymbol"]).partition(":")[0]
        if provider not in {code for code, _ in self.backend.exchange.news.providers}:
            raise refusals.no_definition()
        return frozenset((provider,))

    def _tell(self, told: Headline) -> None:
        for con_id in told.con_ids:
            for line in self._by_con_id.get(con_id, ()):
                if generic_ticks.NEWS in line.generic and (not line.providers or told.provider in line.providers):
                    self._send_headline(line.request, told)
        for number, providers in self._broad.items():
            if told.provider in providers:
                self._send_headline(number, told)

    def _send_headline(self, request: int, told: Headline) -> None:
        self.client.send(
            research.TICK_NEWS,
            reqId=request,
            timeStamp=int(told.time.timestamp() * 1000),
            providerCode=told.provider,
            articleId=told.article_id,
            headline=told.text,
        )

    def _warn(self, line: MarketDataLine, refused: Refused) -> None:
        self.client.error(line.request, refused.code, refused.text)


def _place(listing: Listing) -> str:
    """What is not subscribed, as IB ends such messages: `AAPL NASDAQ/TOP/ALL`."""
    instrument = listing.instrument
    return f"{instrument.symbol} {instrument.primary_exchange or instrument.exchange}/TOP/ALL"


def _generic(text: str) -> tuple[frozenset[int], frozenset[str], bool]:
    try:
        return generic_ticks.legal(text)
    except ValueError:
        known = ",".join(str(tick) for tick in sorted(generic_ticks.LEGAL))
        raise refusals.validation(f"Incorrect generic tick list of {text}. Legal ones are: {known}") from None
