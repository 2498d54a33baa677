"""An exchange with someone listening, and short ways to hand in orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from ibtui.domain.order import Side
from ibtui.exchange import AccountState, Exchange
from ibtui.exchange.told.reports import ClientOrder, Execution, OrderReport, Report, Tick

ACCOUNT = "DU1234567"
START = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
AAPL, MSFT, KO, EURUSD, USDJPY, SPX = 265598, 272093, 8894, 12087792, 15016059, 416904

R = TypeVar("R", bound=Report)


class Floor:
    """One exchange and every report it gave."""

    def __init__(
        self,
        *,
        seed: int = 7,
        start: datetime = START,
        cash: float = 1_000_000.0,
        accounts: tuple[str, ...] = (ACCOUNT, "DU2"),
    ) -> None:
        self.exchange = Exchange(seed=seed, start=start, cash=cash, accounts=accounts)
        self.reports: list[Report] = []
        self.exchange.listen(self.reports.append)

    def con_id(self, symbol: str) -> int:
        (listing,) = self.exchange.listings.find(local_symbol=symbol)
        return listing.instrument.con_id

    def watch(self, *con_ids: int) -> None:
        """Let these markets tick, every listed one when none is named."""
        for con_id in con_ids or [listing.instrument.con_id for listing in self.exchange.listings]:
            self.exchange.watch(con_id)

    def wait(self, **delta: float) -> None:
        self.exchange.advance(self.exchange.now + timedelta(**delta))

    def hold(self, bid: float, ask: float, size: float = 100, con_id: int = AAPL) -> None:
        """A held book with as much on either side."""
        self.exchange.set_book(con_id, bid=bid, ask=ask, bid_size=size, ask_size=size)

    def place(self, side: str, quantity: float | Decimal, *, limit: str = "", stop: str = "", **terms: object) -> int:
        return self.exchange.place(ticket(side, quantity, limit=limit, stop=stop, **terms))

    def bracket(
        self, quantity: int = 100, limit: str = "99", target: str = "110", stop: str = "90"
    ) -> tuple[int, int, int]:
        """A buy with target and stop, sent with its last child."""
        parent = self.place("BUY", quantity, limit=limit, transmit=False)
        first = self.place("SELL", quantity, limit=target, parent=parent, transmit=False)
        return parent, first, self.place("SELL", quantity, stop=stop, parent=parent)

    def changed(self, perm_id: int, **terms: object) -> ClientOrder:
        """An order's ticket with other terms."""
        return replace(self.order(perm_id).ticket, **terms)

    def order(self, perm_id: int) -> OrderReport:
        report = self.exchange.order(perm_id)
        assert report is not None
        return report

    def states(self, *perm_ids: int) -> list[str]:
        return [self.order(perm_id).state for perm_id in perm_ids]

    def heard(self, kind: type[R]) -> list[R]:
        return [report for report in self.reports if isinstance(report, kind)]

    def fills(self, perm_id: int) -> list[tuple[int, float]]:
        """Quantity and price of every execution of an order."""
        return [(int(fill.quantity), fill.price) for fill in self.heard(Execution) if fill.perm_id == perm_id]

    def ticks(self, con_id: int = AAPL) -> list[Tick]:
        return [tick for tick in self.heard(Tick) if tick.con_id == con_id]

    def held(self, con_id: int = AAPL) -> int:
        position = self.account().positions.get(con_id)
        return int(position.quantity) if position else 0

    def account(self) -> AccountState:
        return self.exchange.account(ACCOUNT)


def ticket(side: str, quantity: float | Decimal, *, limit: str = "", stop: str = "", **terms: object) -> ClientOrder:
    """A market order, or a limit or stop order where a price is given."""
    fields: dict[str, object] = {
        "account": ACCOUNT,
        "con_id": AAPL,
        "side": Side(side),
        "quantity": Decimal(quantity),
        "type": "LMT" if limit else "STP" if stop else "MKT",
        "limit_price": Decimal(limit) if limit else None,
        "stop_price": Decimal(stop) if stop else None,
    }
    return ClientOrder(**(fields | terms))  # type: ignore[arg-type]
