"""The engine's end of the pipe without a process: it says what a test gives it, and keeps what a strategy says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.instrument import Instrument
from ibtui.domain.signal import signal
from ibtui.link.worker import (
    BarClosed,
    Drawn,
    Finish,
    FromWorker,
    OrderRequest,
    Past,
    Said,
    SignalSeen,
    ToWorker,
)

SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")
BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Engine:
    """The engine's end of the pipe: bars, then a headline."""

    def __init__(self) -> None:
        self.said: list[str] = []
        bars = [BarClosed(bars=(Bar("SPY", BEGAN + timedelta(minutes=n), 100, 100, 100, 100),)) for n in range(6)]
        news = SignalSeen(signal=signal(BEGAN + timedelta(minutes=7), "news", "SPY", text="up"))
        self.asked: list[str] = []
        self.tell(Past(instruments=(SPY,), bars=()), *bars, news)

    def tell(self, *told: ToWorker) -> None:
        """What it says next, and then the end."""
        self._told = iter((*told, Finish()))

    def receive(self) -> ToWorker:
        return next(self._told)

    def send(self, message: FromWorker) -> None:
        if isinstance(message, Said):
            self.said.append(message.text)
        if isinstance(message, OrderRequest | Drawn):
            self.asked.append(message.text if isinstance(message, Drawn) else message.terms.symbol)
