"""What all clients share: the exchange, whose orders are whose, and the order of the exchange's reports."""

from __future__ import annotations

from ibtui.domain.instrument import Instrument
from ibtui.exchange.exchange import Exchange
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.told.reports import Report, Tick
from ibtui.gateway.running.limits import GatewayLimits
from ibtui.gateway.running.registry import PlacedOrder, Registry
from ibtui.gateway.running.statistics import MarketStatistics
from ibtui.gateway.running.windows import Windows


class Backend:
    """The exchange behind the clients."""

    def __init__(self, exchange: Exchange, registry: Registry | None = None, *, read_only: bool = False) -> None:
        """`registry` knows whose the orders are that the exchange has already."""
        self.exchange = exchange
        self.read_only = read_only
        self.groups_locked = False
        """No order is let into an OCA group that works, and none in it may be changed: what IB answers by 10326."""
        self.master: int | None = None
        """The id of the client that hears of everybody's orders and executions."""
        self.limits = GatewayLimits()
        self.windows = Windows()
        self.statistics = MarketStatistics(exchange)
        self.registry = registry or Registry()
        self._reports: list[Report] = []
        self._traded: dict[int, tuple[float, float]] = {}
        exchange.listen(self._hear)

    def take(self) -> list[Report]:
        """Reports since the last call.

        The exchange reports while it is being called; an order's first report comes before its number is returned
        and so before anyone could tell whose order it is.
        """
        reports, self._reports = self._reports, []
        return reports

    def listing(self, con_id: int) -> Listing:
        """What is listed under a contract id; raises KeyError."""
        listing = self.exchange.listings.by_con_id(con_id)
        if listing is None:
            raise KeyError(con_id)
        return listing

    def instrument(self, con_id: int) -> Instrument:
        return self.listing(con_id).instrument

    def concerns(self, client_id: int, order: PlacedOrder) -> bool:
        """Whether a client hears what becomes of an order: its own, or any if it is the master client."""
        return client_id == self.master or (order.order_id != 0 and order.client_id == client_id)

    def average_price(self, con_id: int) -> float | None:
        """Volume-weighted price of every trade since the gateway started; None before the first."""
        value, quantity = self._traded.get(con_id, (0.0, 0.0))
        return value / quantity if quantity else None

    def _hear(self, report: Report) -> None:
        self._reports.append(report)
        if isinstance(report, Tick) and report.traded:
            value, quantity = self._traded.get(report.con_id, (0.0, 0.0))
            size = report.last_size
            self._traded[report.con_id] = (value + report.last * size, quantity + size)
