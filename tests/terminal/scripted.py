"""An engine that says what a test wants it to say, over a real socket, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from ibtui.commands.command import Accept, Adjust, Cancel, Close, Command, Flatten, Start, Trade
from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.position import Position, closing_side, effect
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms
from ibtui.domain.words import effect_words, order_sentence, standing_words, trade_words
from ibtui.link.codec import encode, from_client
from ibtui.link.messages import (
    Answer,
    Ask,
    Bars,
    Do,
    Ended,
    Failure,
    Found,
    Frame,
    GetBars,
    GetStatus,
    Hello,
    LogEntry,
    Match,
    Next,
    Outcome,
    Plan,
    PlannedLeg,
    Preview,
    Record,
    Recording,
    Reply,
    Request,
    Search,
    Send,
    SessionHeader,
    Shutdown,
    StopRecording,
    Subscribe,
)
from ibtui.link.status import ConnectionStatus, ParameterStatus, Status, StrategyStatus
from tests.clocks import PATIENCE
from tests.flat_orders import altered

NOW = datetime(2026, 11, 23, 15, 42, 7, tzinfo=UTC)
HELD = Decimal(100)
"""What the engine says is held of what is asked about."""

AAPL = Instrument(
    symbol="AAPL",
    con_id=265598,
    sec_type="STK",
    root="AAPL",
    exchange="SMART",
    primary_exchange="NASDAQ",
    currency="USD",
    name="Apple Inc",
)
ESZ6 = Instrument(
    symbol="ESZ6",
    con_id=495512563,
    sec_type="FUT",
    root="ES",
    exchange="CME",
    currency="USD",
    multiplier=Decimal(50),
    tick=Decimal("0.25"),
    name="E-mini S&P 500",
)
_OTHERS = (
    ("MSFT", "Microsoft Corp", 402.11),
    ("NVDA", "NVIDIA Corp", 182.31),
    ("AMZN", "Amazon.com Inc", 221.07),
    ("TSLA", "Tesla Inc", 391.55),
    ("GOOG", "Alphabet Inc", 288.90),
    ("JPM", "JPMorgan Chase & Co", 301.12),
    ("XOM", "Exxon Mobil Corp", 117.80),
    ("SPY", "SPDR S&P 500 ETF", 671.24),
    ("QQQ", "Invesco QQQ Trust", 608.02),
)


def instruments() -> tuple[Instrument, ...]:
    """AAPL first, then stocks, then the future."""
    others = (replace(AAPL, symbol=s, con_id=1000 + i, root=s, name=n) for i, (s, n, _) in enumerate(_OTHERS))
    return (AAPL, *others, ESZ6)


def quote(symbol: str, bid: float, ask: float, last: float | None = None) -> Quote:
    """A fresh quote of 300 by 200."""
    return Quote(
        symbol=symbol,
        bid=bid,
        ask=ask,
        last=ask if last is None else last,
        bid_size=300,
        ask_size=200,
        last_size=100,
        volume=12_300_000,
        open=bid - 1.3,
        high=ask + 0.8,
        low=bid - 1.5,
        close=bid - 1.2,
        received=time.monotonic(),
    )


def quotes() -> tuple[Quote, ...]:
    """A market for every instrument."""
    stocks = tuple(quote(symbol, last - 0.01, last, last) for symbol, _, last in _OTHERS)
    return (quote("AAPL", 187.41, 187.42), *stocks, quote("ESZ6", 6712.0, 6712.25))


def order(ref: str, **changes: object) -> Order:
    """A working entry of 200 NVDA, changed as said."""
    plain = Order(
        ref=ref,
        terms=Terms(symbol="NVDA", side=Side.BUY, quantity=Decimal(200), type="LMT", limit_price=Decimal("181.90")),
        perm_id=1382,
        status=OrderStatus.WORKING,
        created=NOW,
        changed=NOW,
    )
    return altered(plain, **changes)


SESSION = SessionHeader(
    profile="paper",
    mode="paper",
    state="active",
    since=NOW,
    round_trip=0.012,
    host="127.0.0.1",
    port=4002,
    client_id=17,
    server_version=176,
    lines=12,
    clients=1,
)
STRATEGY = StrategyStatus(
    name="sma_cross",
    state="off",
    summary="Buys when a fast average crosses above a slow one.",
    parameters=(
        ParameterStatus(name="symbol", kind="symbol", default=""),
        ParameterStatus(name="fast", kind="int", default="3", low=1, high=500, help="bars of the fast average"),
        ParameterStatus(name="slow", kind="int", default="8", low=2, high=1000, help="bars of the slow average"),
        ParameterStatus(name="bar", kind="bar", default="1s", help="length of a bar"),
    ),
    limit_left=Decimal(500),
)


def snapshot(**changes: object) -> Frame:
    """Everything an engine shows at first: one long AAPL position, one order, one strategy that is off."""
    whole = Frame(
        snapshot=True,
        session=SESSION,
        account=Account(
            id="DU1234567",
            currency="USD",
            net_liquidation=1_002_341.20,
            cash=900_000.0,
            buying_power=3_980_000.0,
            day_pnl=2341.20,
            unrealized_pnl=117.0,
            realized_pnl=12.34,
        ),
        instruments=instruments(),
        watchlist=tuple(instrument.symbol for instrument in instruments()),
        quotes=quotes(),
        positions=(
            Position(symbol="AAPL", quantity=Decimal(100), average_cost=187.25, unrealized_pnl=17.0, day_pnl=17.0),
        ),
        orders=(order("aaaabbbbcccc"),),
        strategies=(STRATEGY,),
        log=(LogEntry(seq=1, time=NOW, kind="ORDER", text=standing_words(order("aaaabbbbcccc"), None)),),
    )
    return replace(whole, **changes)


def status_of(frame: Frame) -> Status:
    """What a frame shows, as an engine that is asked for its status says it."""
    session = frame.session or SESSION
    return Status(
        profile=session.profile,
        mode=session.mode,
        state=session.state,
        reason=session.reason,
        pid=os.getpid(),
        connection=ConnectionStatus(
            state="active", host=session.host, port=session.port, server_version=176, client_id=session.client_id
        ),
        account=frame.account,
        quotes=(),
        positions=frame.positions or (),
        orders=frame.orders,
        strategies=frame.strategies or (),
    )


def plan_of(command: Command, token: str) -> Plan:
    """A plan of one order beside a long of 100, in the words of an engine."""
    if isinstance(command, Start):
        return start_plan_of(command, token)
    if isinstance(command, (Accept, Adjust)):
        return accept_plan_of(command, token)
    order = _order(command)
    side, quantity, symbol, price = order.side, order.quantity, order.symbol, order.limit_price
    leg = PlannedLeg(
        role="entry",
        terms=Terms(
            side=side,
            quantity=quantity,
            symbol=symbol,
            type=OrderType.MKT if price is None else OrderType.LMT,
            limit_price=price,
        ),
    )
    return Plan(
        token=token,
        sentence=order_sentence(order, AAPL, target=order.target, protect=order.protect),
        legs=(leg,),
        effect=effect(HELD, side, quantity),
        effect_sentence=effect_words(HELD, side, quantity),
        value=18742.0,
        value_percent=1.9,
        commission=1.0,
        bare=quantity,
    )


def start_plan_of(command: Start, token: str) -> Plan:
    """A plausible plan of an algorithm."""
    terms = command.parameters
    side, quantity = Side(terms["side"].upper()), Decimal(terms["quantity"])
    return Plan(
        token=token,
        sentence=f"{trade_words(side, quantity, terms['symbol'])} by {command.strategy}",
        legs=(),
        effect="opens",
        effect_sentence=effect_words(Decimal(0), side, quantity),
        cancels=(command.replaces,) if command.replaces else (),
    )


def accept_plan_of(command: Accept | Adjust, token: str) -> Plan:
    """A plausible plan of ending a hold."""
    verb = "accept" if isinstance(command, Accept) else "adjust"
    return Plan(
        token=token,
        verb=verb,
        sentence=f"{verb.upper()} IB's count of {command.symbol}, 60, is the base from now on",
        legs=(),
        effect="reduces",
        effect_sentence="HELD since 2026-11-20 20:00 UTC: IB counts 60, our books 100",
        collar_ticks=0,
    )


def _order(command: Command) -> Trade:
    """The order that a command comes to while a long of 100 is held."""
    if isinstance(command, Trade):
        return command
    if isinstance(command, Close):
        quantity, symbol, price = command.quantity or HELD, command.symbol, command.limit_price
    else:
        assert isinstance(command, Flatten)
        quantity, symbol, price = HELD, command.target, None
    kind = OrderType.MKT if price is None else OrderType.LMT
    return Trade(terms=Terms(side=closing_side(HELD), quantity=quantity, symbol=symbol, type=kind, limit_price=price))


class ScriptedEngine:
    """Answers like an engine; `refuse` and `answer` change how, `push` shows a frame."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.sent: list[str] = []
        self.nexts = 0
        self.subscribed: list[int] = []
        self.first: Callable[[], Frame] = snapshot
        self.refuse: dict[type, IbtuiError] = {}
        self.answer: Callable[[Ask], Answer | None] = lambda ask: None
        self.failures: list[AssertionError] = []
        """What `answer` found wrong about a question; that question stays unanswered."""
        self.pid = os.getpid()
        self.silent = False
        self._tokens = 0
        self._pending: list[Frame] = []
        self._owed = asyncio.Event()
        self._changed = asyncio.Condition()
        self.cancelled: tuple[Order, ...] = ()
        """What a cancel answers with."""
        self._writers: set[asyncio.StreamWriter] = set()

    def commands(self) -> list[Command]:
        """Every command done at once, in order."""
        return [ask.command for ask in self.asked if isinstance(ask, Do)]

    def previews(self) -> list[Command]:
        """Every command that was asked about."""
        return [ask.command for ask in self.asked if isinstance(ask, Preview)]

    async def until(self, holds: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait until something became true of what was asked."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(holds)

    def push(self, frame: Frame) -> None:
        """Show a frame as soon as the terminal asks for one."""
        self._pending.append(frame)
        self._deliver()

    def drop(self) -> None:
        """Break every conversation."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        self._writers.add(writer)
        self._owed.clear()
        with suppress(ConnectionError):
            while line := await reader.readline():
                self._take(from_client(line), writer)
                async with self._changed:
                    self._changed.notify_all()
        self._writers.discard(writer)
        writer.close()

    def _take(self, message: object, writer: asyncio.StreamWriter) -> None:
        if isinstance(message, Hello):
            writer.write(encode(Hello(program="0", pid=self.pid, role="engine", profile="paper")))
        elif isinstance(message, Subscribe):
            self.subscribed.append(message.after)
            self._pending = [self.first()]
        elif isinstance(message, Next):
            self.nexts += 1
            self._owed.set()
            self._deliver()
        elif isinstance(message, Request) and not self.silent:
            self.asked.append(message.ask)
            try:
                writer.write(encode(self._reply(message)))
            except AssertionError as error:
                self.failures.append(error)

    def _deliver(self) -> None:
        if self._pending and self._owed.is_set():
            self._owed.clear()
            frame = self._pending.pop(0)
            for writer in self._writers:
                writer.write(encode(frame))

    def _reply(self, request: Request) -> Reply | Failure:
        try:
            return Reply(id=request.id, answer=self._answer(request.ask))
        except IbtuiError as error:
            return Failure(id=request.id, code=error.code, message=error.message)

    def _answer(self, ask: Ask) -> Answer:
        if type(ask) in self.refuse:
            raise self.refuse[type(ask)]
        special = self.answer(ask)
        if special is not None:
            return special
        if isinstance(ask, Preview):
            self._tokens += 1
            return plan_of(ask.command, f"token{self._tokens}")
        if isinstance(ask, Send):
            self.sent.append(ask.token)
            return Outcome(message=f"{trade_words(Side.BUY, HELD, 'AAPL')} sent")
        if isinstance(ask, Do):
            orders = self.cancelled if isinstance(ask.command, Cancel) else ()
            return Outcome(message=f"{type(ask.command).__name__.lower()} done", orders=orders)
        if isinstance(ask, GetBars):
            return Bars(symbol=ask.symbol, seconds=60, bars=tuple(_bars(ask.symbol)))
        if isinstance(ask, Record):
            return Recording(on=True, message="recording AAPL, MSFT", symbols=("AAPL", "MSFT"))
        if isinstance(ask, StopRecording):
            return Recording(on=False, message="recording ended after 9 rows")
        if isinstance(ask, Search):
            match = Match(symbol="NFLX", name="Netflix Inc", sec_type="STK", exchange="NASDAQ", currency="USD")
            return Found(matches=(match,))
        if isinstance(ask, GetStatus):
            return status_of(self.first())
        assert isinstance(ask, Shutdown)
        return Ended(message="The engine has ended; 1 order stays at the broker.")


def _bars(symbol: str) -> list[Bar]:
    start = NOW - timedelta(minutes=60)
    return [
        Bar(symbol, start + timedelta(minutes=i), 187 + i % 7, 188 + i % 7, 186 + i % 7, 187.4 + i % 7, 1000.0)
        for i in range(60)
    ]


@asynccontextmanager
async def scripted_engine(path: Path, engine: ScriptedEngine | None = None) -> AsyncIterator[ScriptedEngine]:
    """A scripted engine on a socket at `path`."""
    engine = engine or ScriptedEngine()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(engine.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_unix_server(accept, str(path))
    try:
        yield engine
    finally:
        server.close()
        engine.drop()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
