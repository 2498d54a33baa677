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
        self._wishes: dict[str, PursuedCancel] = {}
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
        return self._wishes.keys()

    @property
    def counts(self) -> Cancelling:
        """How many cancels are under way since the last time that none was."""
        return Cancelling(asked=len(self._asked), sent=len(self._sent), confirmed=len(self._confirmed))

    def wish(self, ref: str) -> PursuedCancel | None:
        """How far the cancel of an order has come; None when it is done, or was never asked for."""
        return self._wishes.get(ref)

    def begin(self, ref: str, after: str | None = None) -> None:
        """Ask for a cancel, now, and go on until the order is done; once more at once when it is asked for already.

        `after` is the parent that takes the order with it. What IB has not listed on this connection yet is asked for
        once it has. Raises what else the session's `cancel` raises, and then the order is not followed.
        """
        known = self._wishes.get(ref)
        wish = known or PursuedCancel(ref, after)
        self._wishes[ref] = wish
        self.needless.discard(ref)
        if self._waits_for_parent(wish):
            return
        try:
            self._ask(wish)
        except IbtuiError as error:
            if error.code in ("not_listed", "not_arrived"):
                self._wait_for_list(wish, NOT_LISTED_YET if error.code != "not_arrived" else error.message)
                return
            if known is None:
                del self._wishes[ref]
            raise
        finally:
            self._count()

    def settled(self, ref: str) -> bool:
        """Nothing more is to be waited for: the order is done, or IB does not list it."""
        wish = self._wishes.get(ref)
        return wish is None or wish.gone

    def close(self) -> None:
        """Ask for no cancel any more."""
        for wish in self._wishes.values():
            wish.rest()
        if self._telling is not None:
            self._telling.cancel()

    # asking

    def _ask(self, wish: PursuedCancel) -> None:
        if wish.queued:
            return
        wish.rest()
        wish.queued = True
        try:
            self._session.cancel(wish.ref, partial(self._written, wish), self._state.orders.get(wish.ref))
        except IbtuiError:
            wish.queued = False
            raise
        self._asked.add(wish.ref)

    def _wait_for_list(self, wish: PursuedCancel, why: str) -> None:
        """IB tells the ids of orders anew on every connection; without one nothing can be asked for."""
        absence = self._state.absent.get(wish.ref)
        wish.gone = absence is not None and absence.epoch == self._session.epoch and not self._by_number(wish)
        wish.stale, wish.refusal = True, why
        self._asked.add(wish.ref)
        if not wish.gone:
            self._later(wish)

    def _written(self, wish: PursuedCancel, written: bool) -> None:
        wish.queued = False
        if written:
            wish.sent += 1
            wish.written = self._clock.monotonic()
            wish.stale, wish.refusal = False, ""
            self._sent.add(wish.ref)
            self._repeated += wish.sent > 1
            if self._repeated and self._telling is None:
                self._telling = asyncio.get_running_loop().call_later(TELL, self._tell_repeated)
        if wish.ref in self._wishes:
            self._later(wish)
        self._count()

    def _later(self, wish: PursuedCancel) -> None:
        wish.rest()
        seconds = AGAIN[min(max(wish.sent - 1, 0), len(AGAIN) - 1)]
        wish.timer = asyncio.get_running_loop().call_later(seconds, self._ask_again, wish)

    def _ask_again(self, wish: PursuedCancel) -> None:
        """Ask once more for what is not done; what cannot be asked now is asked later."""
        order = self._state.orders.get(wish.ref)
        if order is None or order.status.done or wish.gone or self._waits_for_parent(wish):
            return
        try:
            self._ask(wish)
        except IbtuiError as error:
            wish.refusal = error.message
            self._later(wish)

    def _waits_for_parent(self, wish: PursuedCancel) -> bool:
        parent = self._state.orders.get(wish.after) if wish.after is not None else None
        return parent is not None and parent.live

    # what becomes of it

    def _moved(self, order: Order) -> None:
        wish = self._wishes.get(order.ref)
        if wish is not None and order.status.done:
            self._end(wish, order)
        elif wish is not None and wish.gone and order.ref not in self._state.absent:
            wish.gone = False
            self._ask_again(wish)
        if order.status.done:
            for child in [child for child in self._wishes.values() if child.after == order.ref]:
                self._later(child)

    def _take_along(self, parent: Order) -> None:
        """IB ends the children of an order that ends; of those that it never showed nothing would be heard."""
        for child in self._state.orders.children(parent.ref):
            known = child.perm_id is not None or child.ref in self._state.acknowledged
            if child.status is OrderStatus.UNKNOWN and not known and child.ref not in self._wishes:
                with suppress(IbtuiError):  # what it is stays UNKNOWN then, with its own way out
                    self.begin(child.ref)

    def _end(self, wish: PursuedCancel, order: Order) -> None:
        wish.rest()
        del self._wishes[wish.ref]
        if not wish.sent:
            self.needless.add(wish.ref)
        if wish.ref in self._asked:
            self._confirmed.add(wish.ref)
        if order.status is OrderStatus.FILLED:
            self._state.log.say("ORDER", f"{order.ref} filled before its cancel")
        elif not order.filled:
            self._take_along(order)
        self._count()

    def _refused(self, refused: CancelRefused) -> None:
        wish = self._wishes.get(refused.ref)
        if wish is not None:
            wish.refusal = f"IB says: {refused.text} ({refused.code})"

    def _rate_exceeded(self) -> None:
        """What was written just now may be lost; the lane rests for a second before it goes on."""
        since = self._clock.monotonic() - LOST_WITHIN
        for wish in list(self._wishes.values()):
            if wish.written >= since:
                self._ask_again(wish)

    def _connection_changed(self, event: ConnectionChanged) -> None:
        if event.state != "active":
            for wish in self._wishes.values():
                wish.stale = True

    def _reconciled(self) -> None:
        """IB has shown everything: ask again what an earlier connection was asked, unless the order is gone."""
        for wish in list(self._wishes.values()):
            wish.gone = wish.ref in self._state.absent and not self._by_number(wish)
            if wish.gone:
                wish.rest()
            elif wish.stale:
                self._ask_again(wish)
        self._count()

    def _by_number(self, wish: PursuedCancel) -> bool:
        """An earlier connection sent it and IB never showed it: it is asked for by its number, listed or not."""
        order, here = self._state.orders.get(wish.ref), self._state.sent_on.get(wish.ref) == self._session.epoch
        return order is not None and not here and order.perm_id is None and order.number is not None

    def _count(self) -> None:
        """Tell the numbers; they begin anew once nothing is asked for any more."""
        if self._asked and all(wish.gone for wish in self._wishes.values()):
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
