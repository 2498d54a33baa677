"""Following cancels: each order that was to be cancelled is asked for until it is done, however often that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from functools import partial

from msgspec import Struct

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import CancelRefused, ConnectionChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.state import State
from ibtui.link.status import Cancelling

AGAIN = (3.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Seconds of silence after which a cancel is asked for again; the last one repeats."""
TELL = 1.0
"""Seconds for which repeated cancels are gathered into one line of the log."""
LOST_WITHIN = 2.0
"""Seconds before an error 100 within which a cancel that was written may have been thrown away."""

SILENT = "IB has not answered; asked again until it does"
QUEUED = "it waits for IB's message limit"
NOT_LISTED_YET = "IB has not listed it on this connection yet; asked for as soon as it has"
GONE = "IB shows it nowhere; look in TWS, then `settle` it"


class PursuedCancel:
    """One order that somebody wants cancelled, and how far that has come."""

    def __init__(self, ref: str, after: str | None) -> None:
        self.ref = ref
        self.after = after
        """The parent that takes this child with it: asked for only when that has ended and the child has not."""
        self.queued = False
        """It waits in the lane."""
        self.sent = 0
        """How often it was written."""
        self.written = float("-inf")
        """Monotonic seconds of the last time."""
        self.stale = False
        """The connection changed since: what was asked before may never have arrived."""
        self.gone = False
        """A complete reconcile did not show the order: it is asked for again only when IB shows it again."""
        self.refusal = ""
        """What IB, or the session, last had against it."""
        self.timer: asyncio.TimerHandle | None = None

    @property
    def why(self) -> str:
        """Why it is not confirmed yet."""
        if self.gone:
            return GONE
        return self.refusal or (QUEUED if self.queued else SILENT)

    def rest(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class CancelsAsked(Struct):
    """What became of asking for the cancels of several orders."""

    orders: list[Order] = []
    """Those that were asked for, as they stood."""
    children: list[Order] = []
    """Those that go with a parent among them."""
    before: list[Order] = []
    """Those whose cancel was under way already, and was not asked for again."""
    refused: dict[str, IbtuiError] = {}
    """By ref, why the others were not."""

    @property
    def concerned(self) -> list[Order]:
        """All whose cancel is under way."""
        return self.before + self.orders

    def join(self, more: CancelsAsked) -> CancelsAsked:
        """This, and what was asked for since."""
        return CancelsAsked(
            orders=self.orders + more.orders,
            children=self.children + more.children,
            before=self.before,
            refused={**self.refused, **more.refused},
        )


class Pursuit:
    """All cancels that are not confirmed yet, of whoever asked for them; asked again on silence, refusal and reconnect.

    A cancel whose order a complete reconcile does not show is no longer asked for: the order is UNKNOWN until IB shows
    it again or a person settles it.
    """

    def __init__(self, session: SessionPort, state: State, clock: Clock) -> None:
        self._session = session
        self._state = state
        self._clock = clock
        self._requests: dict[str, PursuedCancel] = {}
        self._asked: set[str] = set()
        self._sent: set[str] = set()
        self._confirmed: set[str] = set()
        self.needless: set[str] = set()
        """Orders that ended before a cancel of them was written."""
        self._repeated = 0
        """Cancels that were written again and not told of yet."""
        self._telling: asyncio.TimerHandle | None = None
        listeners = state.listeners
        listeners.order.append(self._moved)
        listeners.reconciled.append(self._reconciled)
        listeners.connection.append(self._connection_changed)
        listeners.cancel_refused.append(self._refused)
        listeners.rate_exceeded.append(self._rate_exceeded)

    @property
    def refs(self) -> Collection[str]:
        """Orders whose cancel is not confirmed."""
        return self._requests.keys()

    @property
    def counts(self) -> Cancelling:
        """How many cancels are under way since the last time that none was."""
        return Cancelling(asked=len(self._asked), sent=len(self._sent), confirmed=len(self._confirmed))

    def request(self, ref: str) -> PursuedCancel | None:
        """How far the cancel of an order has come; None when it is done, or was never asked for."""
        return self._requests.get(ref)

    def begin(self, ref: str, after: str | None = None) -> None:
        """Ask for a cancel, now, and go on until the order is done; once more at once when it is asked for already.

        `after` is the parent that takes the order with it. What IB has not listed on this connection yet is asked for
        once it has. Raises what else the session's `cancel` raises, and then the order is not followed.
        """
        known = self._requests.get(ref)
        request = known or PursuedCancel(ref, after)
        self._requests[ref] = request
        self.needless.discard(ref)
        if self._waits_for_parent(request):
            return
        try:
            self._ask(request)
        except IbtuiError as error:
            if error.code in ("not_listed", "not_arrived"):
                self._wait_for_list(request, NOT_LISTED_YET if error.code != "not_arrived" else error.message)
                return
            if known is None:
                del self._requests[ref]
            raise
        finally:
            self._count()

    def settled(self, ref: str) -> bool:
        """Nothing more is to be waited for: the order is done, or IB does not list it."""
        request = self._requests.get(ref)
        return request is None or request.gone

    def close(self) -> None:
        """Ask for no cancel any more."""
        for request in self._requests.values():
            request.rest()
        if self._telling is not None:
            self._telling.cancel()

    # asking

    def _ask(self, request: PursuedCancel) -> None:
        if request.queued:
            return
        request.rest()
        request.queued = True
        try:
            self._session.cancel(request.ref, partial(self._written, request), self._state.orders.get(request.ref))
        except IbtuiError:
            request.queued = False
            raise
        self._asked.add(request.ref)

    def _wait_for_list(self, request: PursuedCancel, why: str) -> None:
        """IB tells the ids of orders anew on every connection; without one nothing can be asked for."""
        absence = self._state.absent.get(request.ref)
        request.gone = absence is not None and absence.epoch == self._session.epoch and not self._by_number(request)
        request.stale, request.refusal = True, why
        self._asked.add(request.ref)
        if not request.gone:
            self._later(request)

    def _written(self, request: PursuedCancel, written: bool) -> None:
        request.queued = False
        if written:
            request.sent += 1
            request.written = self._clock.monotonic()
            request.stale, request.refusal = False, ""
            self._sent.add(request.ref)
            self._repeated += request.sent > 1
            if self._repeated and self._telling is None:
                self._telling = asyncio.get_running_loop().call_later(TELL, self._tell_repeated)
        if request.ref in self._requests:
            self._later(request)
        self._count()

    def _later(self, request: PursuedCancel) -> None:
        request.rest()
        seconds = AGAIN[min(max(request.sent - 1, 0), len(AGAIN) - 1)]
        request.timer = asyncio.get_running_loop().call_later(seconds, self._ask_again, request)

    def _ask_again(self, request: PursuedCancel) -> None:
        """Ask once more for what is not done; what cannot be asked now is asked later."""
        order = self._state.orders.get(request.ref)
        if order is None or order.status.done or request.gone or self._waits_for_parent(request):
            return
        try:
            self._ask(request)
        except IbtuiError as error:
            request.refusal = error.message
            self._later(request)

    def _waits_for_parent(self, request: PursuedCancel) -> bool:
        parent = self._state.orders.get(request.after) if request.after is not None else None
        return parent is not None and parent.live

    # what becomes of it

    def _moved(self, order: Order) -> None:
        request = self._requests.get(order.ref)
        if request is not None and order.status.done:
            self._end(request, order)
        elif request is not None and request.gone and order.ref not in self._state.absent:
            request.gone = False
            self._ask_again(request)
        if order.status.done:
            for child in [child for child in self._requests.values() if child.after == order.ref]:
                self._later(child)

    def _take_along(self, parent: Order) -> None:
        """IB ends the children of an order that ends; of those that it never showed nothing would be heard."""
        for child in self._state.orders.children(parent.ref):
            known = child.perm_id is not None or child.ref in self._state.acknowledged
            if child.status is OrderStatus.UNKNOWN and not known and child.ref not in self._requests:
                with suppress(IbtuiError):  # what it is stays UNKNOWN then, with its own way out
                    self.begin(child.ref)

    def _end(self, request: PursuedCancel, order: Order) -> None:
        request.rest()
        del self._requests[request.ref]
        if not request.sent:
            self.needless.add(request.ref)
        if request.ref in self._asked:
            self._confirmed.add(request.ref)
        if order.status is OrderStatus.FILLED:
            self._state.log.say("ORDER", f"{order.ref} filled before its cancel")
        elif not order.filled:
            self._take_along(order)
        self._count()

    def _refused(self, refused: CancelRefused) -> None:
        request = self._requests.get(refused.ref)
        if request is not None:
            request.refusal = f"IB says: {refused.text} ({refused.code})"

    def _rate_exceeded(self) -> None:
        """What was written just now may be lost; the lane rests for a second before it goes on."""
        since = self._clock.monotonic() - LOST_WITHIN
        for request in list(self._requests.values()):
            if request.written >= since:
                self._ask_again(request)

    def _connection_changed(self, event: ConnectionChanged) -> None:
        if event.state != "active":
            for request in self._requests.values():
                request.stale = True

    def _reconciled(self) -> None:
        """IB has shown everything: ask again what an earlier connection was asked, unless the order is gone."""
        for request in list(self._requests.values()):
            request.gone = request.ref in self._state.absent and not self._by_number(request)
            if request.gone:
                request.rest()
            elif request.stale:
                self._ask_again(request)
        self._count()

    def _by_number(self, request: PursuedCancel) -> bool:
        """An earlier connection sent it and IB never showed it: it is asked for by its number, listed or not."""
        order, here = self._state.orders.get(request.ref), self._state.sent_on.get(request.ref) == self._session.epoch
        return order is not None and not here and order.perm_id is None and order.number is not None

    def _count(self) -> None:
        """Tell the numbers; they begin anew once nothing is asked for any more."""
        if self._asked and all(request.gone for request in self._requests.values()):
            self._sum_up()
            self._asked.clear()
            self._sent.clear()
            self._confirmed.clear()
        self._state.touch("session")

    def _sum_up(self) -> None:
        asked, confirmed = len(self._asked), len(self._confirmed)
        if asked > 1:
            left = f"; IB shows {asked - confirmed} of the orders nowhere" if confirmed < asked else ""
            self._state.log.say("INFO", f"{confirmed} of {asked} cancels confirmed{left}")

    def _tell_repeated(self) -> None:
        self._telling = None
        counts = self.counts
        again = f"{self._repeated} {'cancel' if self._repeated == 1 else 'cancels'} asked again"
        self._state.log.say("INFO", f"{again}; {counts.confirmed} of {counts.asked} confirmed")
        self._repeated = 0
