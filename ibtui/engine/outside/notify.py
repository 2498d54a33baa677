"""Telling a person who is not looking: a command that is run, or an address that is posted to."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec
from msgspec import Struct

from ibtui.config import Notify
from ibtui.domain.fill import Fill
from ibtui.domain.order import SETTLED, Order, OrderStatus
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import order_words
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.engine.wording import traded_words

PATIENCE = 10.0
"""Seconds that one notification may take."""
WAITING = 50
"""Notifications that may wait; what comes beyond is counted and said."""


class WebhookNotice(Struct, frozen=True, kw_only=True):
    """What is posted to a webhook, as JSON."""

    kind: str
    text: str
    time: datetime
    profile: str


class Notifier:
    """Sends what the profile asks for, one after the other, never in the way of an order."""

    def __init__(
        self, settings: Notify, *, profile: str, state: State, tasks: Tasks, halts: list[Callable[[str], None]]
    ) -> None:
        """`halts` are called with the reason of every halt; this joins them."""
        self._settings = settings
        self._profile = profile
        self._state = state
        self._waiting: asyncio.Queue[WebhookNotice] = asyncio.Queue(WAITING)
        self._lost = 0
        self._orders: dict[str, OrderStatus] = {}
        self._fills: dict[str, Fill] = {}
        """Those that were told of, by base, as they were then."""
        self._holds: dict[str, str] = {}
        """By symbol, the reason that was told last."""
        if settings.command or settings.webhook:
            state.listeners.order.append(self._order)
            state.listeners.fill.append(self._fill)
            state.listeners.signal.append(lambda s: self.notify("alert", s.text) if s.kind == "alert" else None)
            state.listeners.connection.append(
                lambda change: self.notify("link", change.reason) if change.code == "lost" else None
            )
            state.holds.listeners.append(self._held)
            halts.append(lambda reason: self.notify("halt", f"Halted: {reason}"))
            tasks.start("notify", self._run())

    def notify(self, kind: str, text: str) -> None:
        """Queue one, if the profile wants its kind."""
        if kind not in self._settings.on:
            return
        notice = WebhookNotice(kind=kind, text=sanitize(text), time=self._state.clock.now(), profile=self._profile)
        try:
            self._waiting.put_nowait(notice)
        except asyncio.QueueFull:
            self._lost += 1

    def _order(self, order: Order) -> None:
        before = self._orders.get(order.ref)
        self._orders[order.ref] = order.status
        if before is order.status or not ours(order):
            return
        words = order_words(order, self._state.instruments.get(order.symbol))
        if order.status is OrderStatus.REJECTED:
            self.notify("reject", f"{words} rejected: {order.reason}")
        elif order.status is OrderStatus.UNKNOWN:
            self.notify("unknown", f"{words} is UNKNOWN: do not send it again")
        elif order.status is OrderStatus.ENDED and not order.reason.startswith(SETTLED):
            self.notify("unknown", f"{words} ended, outcome unknown: {order.reason}")

    def _held(self, symbol: str) -> None:
        hold = self._state.holds.held(symbol)
        reason = "" if hold is None else hold.reason
        if hold is not None and self._holds.get(symbol) != reason:
            self.notify("hold", hold.words)
        self._holds[symbol] = reason

    def _fill(self, fill: Fill) -> None:
        """A new one, or what became of one that IB corrects; a commission that comes later is no news."""
        told = self._fills.get(fill.base)
        if told is not None and (told.signed, told.price) == (fill.signed, fill.price):
            return
        self._fills[fill.base] = fill
        self.notify("fill", traded_words(fill, told, self._state.instruments.get(fill.symbol)))

    async def _run(self) -> None:
        while True:
            notice = await self._waiting.get()
            if self._lost:
                notice = msgspec.structs.replace(notice, text=f"{notice.text} (and {self._lost} more)")
                self._lost = 0
            for failure in [await way for way in self._ways(notice)]:
                if failure:
                    self._state.log.say("ERROR", f"a notification was not delivered: {failure}")

    def _ways(self, notice: WebhookNotice) -> Iterator[asyncio.Future[str]]:
        if self._settings.command:
            yield asyncio.ensure_future(_command(self._settings.command, notice))
        if self._settings.webhook:
            body = msgspec.json.encode(notice)
            yield asyncio.ensure_future(asyncio.to_thread(_post, self._settings.webhook, body))


async def _command(words: tuple[str, ...], notice: WebhookNotice) -> str:
    """Run the command; what went wrong, or nothing."""
    arguments = [word.replace("{kind}", notice.kind).replace("{text}", notice.text) for word in words]
    nowhere = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
    except (OSError, ValueError) as error:
        return f"{words[0]}: {error}"
    try:
        async with asyncio.timeout(PATIENCE):
            code = await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return f"{words[0]} did not end within {PATIENCE:g} s"
    return f"{words[0]} ended with exit code {code}" if code else ""


def _post(address: str, body: bytes) -> str:
    """Post the body; what went wrong, or nothing. Blocks."""
    try:
        request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE):
            return ""
    except (urllib.error.URLError, OSError, ValueError) as error:
        return f"the webhook answered: {error}"
