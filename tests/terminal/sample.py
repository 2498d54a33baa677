"""A day at the desk as frames, and a stage to show a main screen on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from textual.app import App
from textual.pilot import Pilot

from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Role, Side
from ibtui.domain.position import Cover, Position
from ibtui.domain.quote import Quote
from ibtui.link.messages import Frame, LogEntry, SessionHeader
from ibtui.link.status import StrategyStatus
from ibtui.terminal.drawing import palette
from ibtui.terminal.drawing.canvas import Line
from ibtui.terminal.layout.main import MainScreen, SelectionChanged
from ibtui.terminal.model import Model
from tests.clocks import ManualClock
from tests.flat_orders import flat_order

NOW = datetime(2026, 11, 20, 20, 42, 7, tzinfo=UTC)
"""15:42:07 in New York."""
ZONE = ZoneInfo("America/New_York")
PRICES = {
    "AAPL": 187.42, "MSFT": 402.11, "NVDA": 182.31, "AMZN": 221.07, "TSLA": 391.55, "GOOG": 288.90,
    "JPM": 301.12, "XOM": 117.80, "SPY": 671.24, "QQQ": 608.02, "ESZ6": 6712.25, "EUR.USD": 1.08523,
}  # fmt: skip


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def instrument(symbol: str) -> Instrument:
    if symbol == "ESZ6":
        tick, kind, multiplier = Decimal("0.25"), "FUT", Decimal(50)
    elif symbol == "EUR.USD":
        tick, kind, multiplier = Decimal("0.00001"), "CASH", Decimal(1)
    else:
        tick, kind, multiplier = Decimal("0.01"), "STK", Decimal(1)
    return Instrument(
        symbol=symbol,
        con_id=len(symbol),
        sec_type=kind,  # type: ignore[arg-type]
        root=symbol[:2],
        exchange="SMART",
        primary_exchange="NASDAQ" if kind == "STK" else "",
        currency="USD",
        multiplier=multiplier,
        tick=tick,
        name="Apple Inc" if symbol == "AAPL" else "",
    )


def quote(symbol: str, last: float | None = None, **facts: object) -> Quote:
    price = PRICES.get(symbol, 100.0) if last is None else last
    tick = float(instrument(symbol).tick)
    known: dict[str, object] = {
        "bid": price - tick, "ask": price, "last": price, "bid_size": 300.0, "ask_size": 200.0, "volume": 12.3e6,
        "open": price - 1, "high": price + 1, "low": price - 2, "close": price - 0.5, "received": 1.0,
    }  # fmt: skip
    return Quote(symbol=symbol, **(known | facts))  # type: ignore[arg-type]


def order(ref: str, symbol: str = "AAPL", status: OrderStatus = OrderStatus.WORKING, **facts: object) -> Order:
    known: dict[str, object] = {
        "side": Side.BUY, "quantity": Decimal(100), "type": "LMT", "limit_price": Decimal("187.25"),
        "created": ago(12), "changed": ago(12),
    }  # fmt: skip
    return flat_order(Order, {"ref": ref, "symbol": symbol, "status": status} | known | facts)


def child(ref: str, parent: str, role: Role, price: str, **facts: object) -> Order:
    stop = role == "stop"
    known: dict[str, object] = {
        "parent": parent, "role": role, "side": Side.SELL, "tif": "GTC", "type": "STP" if stop else "LMT",
        "limit_price": None if stop else Decimal(price), "stop_price": Decimal(price) if stop else None,
    }  # fmt: skip
    return order(ref, **(known | facts))  # type: ignore[arg-type]


def position(
    symbol: str, quantity: int | Decimal, cover: Cover, stop: float | None = None, **facts: object
) -> Position:
    known: dict[str, object] = {"average_cost": 187.25, "unrealized_pnl": 17.0, "day_pnl": -174.0}
    return Position(symbol=symbol, quantity=Decimal(quantity), cover=cover, stop=stop, **(known | facts))  # type: ignore[arg-type]


def session(**facts: object) -> SessionHeader:
    known: dict[str, object] = {
        "profile": "paper", "mode": "paper", "state": "active", "since": ago(7), "round_trip": 0.012, "lines": 14,
        "history_requests": 3,
    }  # fmt: skip
    return SessionHeader(**(known | facts))  # type: ignore[arg-type]


def entry(seq: int, text: str = "BUY 100 AAPL working", kind: str = "ORDER") -> LogEntry:
    return LogEntry(seq=seq, time=ago(100 - seq), kind=kind, text=text)  # type: ignore[arg-type]


def snapshot() -> Frame:
    """A session with every kind of row."""
    return Frame(
        snapshot=True,
        session=session(),
        account=Account(
            id="DU1234567",
            currency="USD",
            net_liquidation=1002341.2,
            day_pnl=2341.2,
            unrealized_pnl=117.0,
            buying_power=3.98e6,
        ),
        instruments=tuple(map(instrument, PRICES)),
        watchlist=tuple(PRICES),
        quotes=tuple(map(quote, PRICES)),
        positions=(
            position("AAPL", 100, "full", 180.0),
            position("MSFT", 200, "part", 398.0),
            position("ESZ6", 1, "BARE"),
        ),
        orders=(
            order("n", "NVDA", limit_price=Decimal("181.90")),
            order("b", status=OrderStatus.FILLED, filled=Decimal(100)),
            child("b-t", "b", "target", "195"),
            child("b-s", "b", "stop", "180"),
            order("u", "ESZ6", OrderStatus.UNKNOWN, type="MKT", limit_price=None),
            order("r", "XOM", OrderStatus.REJECTED, reason="201 not enough margin", changed=ago(240)),
        ),
        strategies=(
            StrategyStatus(
                name="sma_cross",
                state="running",
                symbol="MSFT",
                position=Decimal(200),
                pnl=12.4,
                trades=3,
                decision="fast 402.18 above slow 402.05 · holds",
                decided=ago(9),
                next_bar=NOW + timedelta(seconds=4),
                limit_left=Decimal(800),
            ),
            StrategyStatus(name="breakout", state="off"),
        ),
        log=tuple(entry(number) for number in range(1, 5)),
    )


def model(*frames: Frame) -> Model:
    """A model that took a snapshot and then these frames."""
    known = Model()
    for frame in (snapshot(), *frames):
        known.apply(frame)
    return known


def minutes(symbol: str = "AAPL", count: int = 120) -> list[Bar]:
    """One-minute bars that rise by a cent each, the last one a minute old."""
    start = PRICES[symbol] - count / 100
    prices = [start + number / 100 for number in range(count)]
    return [
        Bar(symbol, ago(60 * (count - number)), price, price, price, price, 1.0) for number, price in enumerate(prices)
    ]


def text_of(line: Line) -> str:
    return "".join(run.text for run in line.runs)


class Stage(App[None]):
    """An application with nothing but a main screen."""

    def __init__(self, known: Model, clock: ManualClock) -> None:
        super().__init__()
        palette.install(self)
        self.clock = clock
        self.main = MainScreen(known, clock)
        self.selections = 0

    def on_mount(self) -> None:
        self.push_screen(self.main)

    def on_selection_changed(self, event: SelectionChanged) -> None:
        self.selections += 1

    def lines(self) -> list[str]:
        """What the terminal shows."""
        return [strip.text.rstrip() for strip in self.main._compositor.render_strips()]


@asynccontextmanager
async def staged(known: Model, size: tuple[int, int] = (160, 45)) -> AsyncIterator[tuple[Stage, Pilot[None]]]:
    """A main screen of a model that has had its snapshot, drawn."""
    stage = Stage(known, ManualClock(NOW))
    async with stage.run_test(size=size) as pilot:
        stage.main.apply(known.apply(snapshot()))
        await pilot.pause()
        yield stage, pilot
