"""What the terminal knows: the newest state that the engine's frames add up to, and what the last one changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ibtui.domain.account import Account
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order
from ibtui.domain.position import Position
from ibtui.domain.quote import Quote
from ibtui.link.messages import Frame, LogEntry, SessionHeader
from ibtui.link.status import StrategyStatus
from ibtui.terminal.naming import Names

LOG_LINES = 5_000


@dataclass(slots=True)
class FrameChanges:
    """What one frame touched, for the panes that draw it."""

    snapshot: bool = False
    session: bool = False
    account: bool = False
    watchlist: bool = False
    positions: bool = False
    strategies: bool = False
    quotes: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    log: int = 0
    """Number of new log lines."""


class Model:
    """The terminal's copy of the engine's state; only frames write to it."""

    def __init__(self) -> None:
        self.session: SessionHeader | None = None
        self.account: Account | None = None
        self.instruments: dict[str, Instrument] = {}
        self.watchlist: tuple[str, ...] = ()
        self.quotes: dict[str, Quote] = {}
        self.positions: dict[str, Position] = {}
        self.orders: dict[str, Order] = {}
        """By ref, in the order they were placed."""
        self.strategies: dict[str, StrategyStatus] = {}
        self.log: deque[LogEntry] = deque(maxlen=LOG_LINES)
        self.log_gap = False
        """Log lines were lost at some point; the log pane says so."""
        self.names = Names(self.instruments)
        self.lost_since: float | None = None
        """Monotonic seconds when the engine went away; None while attached."""
        self.earlier = ""
        """What to do about an engine of the version before: it answers and shows nothing. Empty for any other."""

    @property
    def seen(self) -> int:
        """The newest log sequence number."""
        return self.log[-1].seq if self.log else 0

    @property
    def positions_known(self) -> bool:
        """Positions are what IB has told; before that, what is not listed is unknown, not flat."""
        return self.session is not None and self.session.positions_known

    def apply(self, frame: Frame) -> FrameChanges:
        """Take a frame over; the answer says what to draw again."""
        if frame.snapshot:
            self._forget()
        changes = FrameChanges(
            snapshot=frame.snapshot,
            session=frame.session is not None,
            account=frame.account is not None,
            watchlist=frame.watchlist is not None or bool(frame.instruments),
            positions=frame.positions is not None,
            strategies=frame.strategies is not None,
            quotes={quote.symbol for quote in frame.quotes},
            orders={order.ref for order in frame.orders},
            log=len(frame.log),
        )
        self._take(frame)
        return changes

    def _forget(self) -> None:
        for held in (self.instruments, self.quotes, self.positions, self.orders, self.strategies):
            held.clear()
        self.names.learnt()

    def _take(self, frame: Frame) -> None:
        self.session = frame.session or self.session
        self.account = frame.account or self.account
        if frame.instruments:
            self.names.learnt()
        self.instruments.update((instrument.symbol, instrument) for instrument in frame.instruments)
        if frame.watchlist is not None:
            self.watchlist = frame.watchlist
        self.quotes.update((quote.symbol, quote) for quote in frame.quotes)
        if frame.positions is not None:
            self.positions = {position.symbol: position for position in frame.positions}
        self.orders.update((order.ref, order) for order in frame.orders)
        if frame.strategies is not None:
            self.strategies = {strategy.name: strategy for strategy in frame.strategies}
        self.log_gap = self.log_gap or frame.gap
        self.log.extend(entry for entry in frame.log if entry.seq > self.seen)
