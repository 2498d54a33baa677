"""A strategy's requests on their way to the desk: counted, checked against its own limit, sent one after the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain import leaving
from ibtui.domain.coins import as_taken
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Change, Order, OrderIntent, Side
from ibtui.domain.position import closing_side
from ibtui.domain.rate import Rate
from ibtui.domain.terms import OrderType, TimeInForce, unaskable
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import trade_words
from ibtui.engine.desk import exits
from ibtui.engine.strategies.hold import Hold
from ibtui.engine.strategies.host import Host
from ibtui.link.worker import CancelRequest, ChangeRequest, OrderRequest, OrderUpdate, RequestRefused, ToWorker
from ibtui.risk.adding import adding_risk
from ibtui.risk.positions import check_own
from ibtui.risk.prices import far_side

REQUESTS_PER_SECOND = 20
"""Orders and cancels a strategy may ask for; IB itself takes 50 messages a second from a whole account."""
_REF = re.compile(r"[a-z2-7]{12}")

Asked = OrderRequest | CancelRequest | ChangeRequest


@dataclass(eq=False, repr=False)
class StrategyRequests:
    """Orders and cancels of one run; `close` ends it, and what was on its way by then is cancelled once it is out.

    `tell` answers the worker, `fail` ends the run; `instruments` are what it trades, `position` what it holds.
    """

    name: str
    host: Host
    instruments: dict[str, Instrument]
    for_trader: Callable[[], bool]
    """Whether it trades the trader's own position, which no limit of its own bounds."""
    position: Callable[[str], dict[str, Decimal]]
    hold: Hold
    tell: Callable[[ToWorker], None]
    fail: Callable[[str], None]

    def __post_init__(self) -> None:
        self.offered: set[str] = set()
        """Options of chains that it was shown."""
        self._queue: asyncio.Queue[Asked | None] = asyncio.Queue()
        self._rate = Rate(REQUESTS_PER_SECOND)
        self._cancelled: set[str] = set()
        self._logged: set[tuple[str, ...]] = set()
        """Refusals that the log has told of since an order last went out: those alike once, whatever figures they
        name."""
        self._closed = False
        self._server: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to carry out what the strategy asks for."""
        self._server = asyncio.create_task(self._serve())

    def ask(self, request: Asked) -> None:
        """Take a request; too many of them fail the run."""
        if self._rate.allows(asyncio.get_running_loop().time()):
            self._queue.put_nowait(request)
        else:
            self.fail(f"it asked for more than {REQUESTS_PER_SECOND} orders and cancels within a second")

    def close(self) -> int:
        """Take no more requests and cancel the entries; returns how many were cancelled."""
        self._closed = True
        self._queue.put_nowait(None)
        return self._cancel_entries()

    async def ended(self) -> int:
        """Wait until nothing is on its way any more; returns how many entries were cancelled since `close`."""
        if self._server is not None:
            await asyncio.wait({self._server})
        return self._cancel_entries()

    async def _serve(self) -> None:
        while (request := await self._queue.get()) is not None:
            if self._closed:
                continue
            try:
                await self._carry(request)
            except IbtuiError as error:
                self._refuse(request, error)
            except Exception as error:
                # A mistake of the engine must not leave a strategy running whose orders go nowhere.
                self.fail(f"its order could not be handled: {sanitize(repr(error))}")

    async def _carry(self, request: Asked) -> None:
        if isinstance(request, CancelRequest):
            self._cancel_own(request.ref)
            return
        if isinstance(request, ChangeRequest):
            await self._change_own(request)
            return
        sent = tuple([order for intent in await self._checked(request) for order in await self.host.submit(intent)])
        self._logged.clear()
        self.hold.passed()
        if self._closed:
            self._cancel_entries()
            return
        refs = {order.ref for order in sent}
        # Not as they were sent but as they stand: one may have filled meanwhile.
        for order in self.host.orders_of(self.name):
            if order.ref in refs:
                self.tell(OrderUpdate(order=order))

    async def _checked(self, request: OrderRequest) -> tuple[OrderIntent, ...]:
        if not _REF.fullmatch(request.ref):
            raise IbtuiError("bad_order", "The order's ref is not one of this program's.")
        if why := unaskable(request.terms):
            raise IbtuiError("bad_order", why)
        if not request.quantity.is_finite() or request.quantity <= 0:
            raise IbtuiError("bad_order", "The quantity must be a positive number.")
        held = {part.symbol: self.position(self.name).get(part.symbol, Decimal(0)) for part in _parts(request)}
        reduces = all(self._reduces(part, held[part.symbol]) for part in _parts(request))
        if not reduces:
            self._may_enter()
        await self._within_limit(request, self.host.orders_of(self.name))
        symbol = (await self.host.combined(request.combo)).symbol if request.combo else request.symbol
        stops = request.type == OrderType.STP
        # A stop that guards a position guards it overnight, too.
        terms = replace(request.terms, symbol=symbol, tif=TimeInForce.GTC if reduces and stops else TimeInForce.DAY)
        if not request.combo:
            instrument = await self._instrument(symbol)
            terms = as_taken(terms, instrument, far_side(terms.side, self.host.quote(symbol), instrument))
        # An algorithm's stop is an exit of the trader's position: left behind, it must not pass for an entry.
        only = request.reduce_only or (self.for_trader() and reduces and stops)
        intent = OrderIntent(
            ref=request.ref,
            owner=self.name,
            terms=terms,
            target=request.target,
            protect=request.protect,
            reduce_only=only,
        )
        return self._beside_stops(intent, held[request.symbol]) if reduces and not request.combo else (intent,)

    def _beside_stops(self, intent: OrderIntent, held: Decimal) -> tuple[OrderIntent, ...]:
        """An exit in the groups of its own stops, so that only one of them fills; what closes all may be several."""
        if intent.type == OrderType.STP or intent.target is not None or intent.protect is not None:
            return (intent,)
        orders = [order for order in self.host.orders_of(self.name) if order.live and order.symbol == intent.symbol]
        if self.for_trader() or intent.side is not closing_side(held):
            return (intent,)
        return exits.sliced(intent, leaving.slices(held, intent.quantity, orders, self.name))

    async def _within_limit(self, request: OrderRequest, orders: Collection[Order]) -> None:
        """Raise IbtuiError `strategy_limit` or `would_flip` when a position would pass the strategy's own limit."""
        for part in _parts(request):
            instrument = await self._instrument(part.symbol)
            if not self.for_trader():
                held = self.position(self.name).get(part.symbol, Decimal(0))
                most = self.host.ceilings(self.name).position_quantity
                refusal = check_own(
                    part.side, part.quantity, instrument, held, orders, most, reduce_only=part.reduce_only
                )
                if refusal is not None:
                    raise IbtuiError.of(refusal)

    def _reduces(self, request: OrderRequest, held: Decimal) -> bool:
        return request.reduce_only or (held * request.side.sign < 0 and request.quantity <= abs(held))

    def _may_enter(self) -> None:
        """Held back, it may only get out; raises IbtuiError `held_back`."""
        if self.hold.state:
            raise IbtuiError("held_back", f"{self.name} is {self.hold.state}: {self.hold.reason}")

    async def _instrument(self, symbol: str) -> Instrument:
        """What it trades under that name; an option that it was shown or holds is looked up when it is first used."""
        if symbol not in self.instruments:
            if symbol not in self.offered and not self.position(self.name).get(symbol):
                raise IbtuiError("bad_order", f"{sanitize(symbol, 24)} is not what it trades.")
            self.instruments[symbol] = await self.host.resolve(symbol)
        return self.instruments[symbol]

    def _refuse(self, request: Asked, error: IbtuiError) -> None:
        if not isinstance(request, OrderRequest):
            doing = "cancelled" if isinstance(request, CancelRequest) else "changed"
            self.host.say("ERROR", f"{self.name}: {sanitize(request.ref, 20)} could not be {doing}: {error.message}")
            return
        if error.code not in ("held_back", "over_limit", "held"):  # no mistake: it ends with the day or the position
            self.hold.refused(error.message)
        if not self._closed:
            self.tell(RequestRefused(ref=request.ref, code=error.code, message=error.message))
        known = request.symbol if request.symbol in self.instruments else ""
        alike = known, self.hold.state, *error.kind
        if alike not in self._logged:
            self._logged.add(alike)
            what = trade_words(request.side, request.quantity, sanitize(request.symbol, 20))
            self.host.say("STRAT", f"{self.name}: {what} not sent: {error.message}")

    async def _change_own(self, request: ChangeRequest) -> None:
        refs = (request.ref, f"{request.ref}-x")
        orders = self.host.orders_of(self.name)
        own = next((order for order in orders if order.live and order.ref in refs), None)
        if own is None:
            raise IbtuiError("no_order", "It is done, or not one of its orders.")
        quantity = request.change.quantity
        if quantity is not None and not (quantity.is_finite() and quantity > 0):
            raise IbtuiError("bad_order", "The quantity must be a positive number.")
        if not _only_less(own, request.change) and adding_risk([own], self.position(self.name)):
            self._may_enter()
        if quantity is not None and quantity > own.quantity and own.role in ("entry", "exit"):
            await self._within_limit(_left(own, quantity), [order for order in orders if order.ref != own.ref])
        await self.host.modify(replace(request.change, ref=own.ref))

    def _cancel_own(self, ref: str) -> None:
        for order in self.host.orders_of(self.name):
            # The strategy knows its request's ref; an exit leg carries a suffix.
            if order.live and order.ref in (ref, f"{ref}-x"):
                self._cancel(order)

    def _cancel_entries(self) -> int:
        """Cancel every live order that may add risk, each once; returns how many that were. The others stay."""
        entries = [
            order
            for order in adding_risk(self.host.orders_of(self.name), self.position(self.name))
            if order.ref not in self._cancelled
        ]
        self._cancelled.update(order.ref for order in entries)
        return sum(self._cancel(order) for order in entries)

    def _cancel(self, order: Order) -> bool:
        try:
            self.host.cancel(order.ref)
        except IbtuiError as error:
            what = f"{order.side} {order.symbol}"
            self.host.say("ERROR", f"{self.name}: {what} could not be cancelled: {error.message}")
            return False
        return True


def _only_less(order: Order, change: Change) -> bool:
    wanted = change.applied(order.terms)
    return wanted.quantity <= order.quantity and replace(wanted, quantity=order.quantity) == order.terms


def _left(order: Order, quantity: Decimal) -> OrderRequest:
    """What an order of that quantity may still trade, as if it were asked for now; targets and stops only follow."""
    terms = replace(order.terms, quantity=quantity - order.filled)
    return OrderRequest(ref=order.ref, terms=terms, reduce_only=order.role == "exit")


def _parts(request: OrderRequest) -> list[OrderRequest]:
    """What a request trades of each instrument."""
    if not request.combo:
        return [request]
    return [
        request.with_terms(
            symbol=leg.symbol,
            side=leg.side if request.side is Side.BUY else leg.side.other,
            quantity=request.quantity * leg.ratio,
            combo=(),
        )
        for leg in request.combo
    ]
