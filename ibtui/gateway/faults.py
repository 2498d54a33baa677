"""Faults: ways for a gateway to misbehave on purpose, so that what talks to it can be proved.

Each works on its own and until it is undone; `reset` undoes all. Messages are named by their ids on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ibtui.exchange.refusal import Refused
from ibtui.gateway.dialogs import Asking, Dialogs, HeldRequest
from ibtui.gateway.running.outbox import Filter, Outgoing
from ibtui.gateway.running.registry import Registry
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout

Undo = Callable[[], None]

ORDERING = (3, 4, 58)
"""Requests that have to reach IB's servers: to place or change an order, to cancel one, to cancel all."""
OUTAGES = {
    1100: "Connectivity between IB and Trader Workstation has been lost.",
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored automatically.",
}
RECOVERIES = {
    1101: "Connectivity between IB and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IB and Trader Workstation has been restored - data maintained.",
}


FARM_DOWN = 2103, "Market data farm connection is broken:"
FARM_UP = 2104, "Market data farm connection is OK:"
TICKS = (1, 2, 45, 46)
"""What is told of a market: prices, sizes, and the rest of a quote."""
ERROR = 4
SERVED = (99,)
"""Requests that TWS cannot answer without IB's servers: those for completed orders. Not verified."""

LISTED = (3, 5, 11, 59, 61, 101)
"""What the lists of a client are made of: orders, executions and their commissions, positions, completed orders."""
SPEAKING = (3, 5)
"""What is told of an open order: its status, and all of it; its id comes first in both."""


class Faulty(Protocol):
    """The gateway, as faults handle it."""

    @property
    def registry(self) -> Registry: ...

    def abort_all(self) -> None: ...

    def hold_all(self, held: bool) -> None: ...

    def lock_groups(self, locked: bool) -> None: ...

    def announce(self, request: int, code: int, text: str) -> None: ...

    async def listen(self) -> None: ...

    async def stop_listening(self) -> None: ...


class GatewayFaults:
    """What is wrong with a gateway at the moment; nothing, to begin with."""

    def __init__(self, gateway: Faulty) -> None:
        self._gateway = gateway
        self.outgoing: list[Filter] = []
        """Each changes every batch that goes out to any client."""
        self.incoming: list[Callable[[int], bool]] = []
        """Each sees the id of every request; True swallows it."""
        self.denials: list[tuple[frozenset[int], Refused]] = []
        """Requests, by id, that are answered by an error; no id stands for every request."""
        self.waiting: list[HeldRequest] | None = None
        """While TWS has no connection to IB: what it took of orders and cancels since."""
        self.dialogs = Dialogs()
        self._farms: dict[str, Undo] = {}

    def drop(self) -> None:
        """Cut every connection, as a killed gateway does."""
        self._gateway.abort_all()

    async def refuse(self) -> None:
        """Stop listening: new connections are refused, standing ones live on."""
        await self._gateway.stop_listening()

    async def accept(self) -> None:
        """Listen again, on the same port."""
        await self._gateway.listen()

    def freeze(self) -> None:
        """Read nothing and write nothing; connections stay open, new ones open and hear nothing."""
        self._gateway.hold_all(True)

    def thaw(self) -> None:
        """Read and write again, beginning with what piled up."""
        self._gateway.hold_all(False)

    def suppress(self, *messages: int) -> Undo:
        """Never send these: 53, 55, 62 or 102 to leave a list without end, 3 and 5 to keep quiet about orders."""
        return self._add(lambda batch: [message for message in batch if message.id not in messages])

    def mute(self, *orders: int) -> Undo:
        """Never speak of these orders, by the ids that clients gave them: no openOrder and no orderStatus goes out."""

        def speaks(message: Outgoing) -> bool:
            return message.id in SPEAKING and int(message.frame[4:].split(b"\0")[1]) in orders

        return self._add(lambda batch: [message for message in batch if not speaks(message)])

    def empty_lists(self) -> Undo:
        """Answer every list, of positions, orders and executions, with its end alone, as TWS does that has just begun.

        What happens meanwhile is not told either.
        """
        return self.suppress(*LISTED)

    def duplicate(self, *messages: int) -> Undo:
        """Send these twice in a row."""
        return self._add(lambda batch: [message for message in batch for _ in range(1 + (message.id in messages))])

    def reverse(self, *messages: int) -> Undo:
        """Send these, within a batch, in reverse order; everything else keeps its place."""

        def reversed_batch(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
            turned = iter([message for message in reversed(batch) if message.id in messages])
            return [next(turned) if message.id in messages else message for message in batch]

        return self._add(reversed_batch)

    def swallow(self, *requests: int) -> Undo:
        """Take these requests and do nothing: 3 for orders that never reach the exchange, 49 for a dead heartbeat."""

        def swallows(request: int) -> bool:
            return request in requests

        self.incoming.append(swallows)
        return lambda: self.incoming.remove(swallows)

    def deny(self, code: int, text: str, *requests: int) -> Undo:
        """Answer these requests, all where none is named, with an error and do nothing.

        321 to 3, 4 and 58 is TWS with its Read-Only box ticked; 100 to all is one message too many a second.
        """
        denial = frozenset(requests), Refused(code, text)
        self.denials.append(denial)
        return lambda: self.denials.remove(denial)

    def denied(self, request: int) -> Refused | None:
        """The error that a request is answered with; None for one that is carried out."""
        return next((refused for ids, refused in self.denials if not ids or request in ids), None)

    def lock_groups(self) -> None:
        """Refuse, by 10326, orders that would join an OCA group at work, and changes of orders in one.

        Reports of live gateways have both; that TWS lets a new order join is not verified.
        """
        self._gateway.lock_groups(True)

    def outage(self, code: int = 1100) -> None:
        """TWS loses its connection to IB: 1100 or 2110 is told; orders and cancels wait in TWS until `recover`.

        That TWS keeps them and sends them later, in order, is not verified.
        """
        if self.waiting is None:
            self.waiting = []
        self.error(code, OUTAGES[code])

    def recover(self, code: int = 1102) -> None:
        """The connection is back: what waited is carried out, then 1101 (data lost) or 1102 is told."""
        waiting, self.waiting = self.waiting or [], None
        for request in waiting:
            request.client.fulfil(request.layout, request.values)
        self.error(code, RECOVERIES[code])

    def holds_back(self, client: Asking, layout: Layout, values: Values) -> bool:
        """Whether a request waits for the connection to IB, or for a click in TWS."""
        if self.dialogs.keeps(client, layout, values):
            return True
        if self.waiting is None or layout.id not in ORDERING + SERVED:
            return False
        self.waiting.append(HeldRequest(client, layout, values))
        return True

    def dialog(self, code: int = 0, text: str = "") -> None:
        """TWS asks at its own screen before it sends an order on: by a precaution that it tells of as `code`, which is
        109, 163, 382, 383 or 451, or silently for 0. The order is in no list until `click`.
        """
        self.dialogs.ask(code, text)

    def click(self, *, send: bool = True) -> None:
        """Somebody sends on what waits in TWS, or deletes it."""
        self.dialogs.click(send=send)

    def farm(self, name: str = "usfarm", *, down: bool = True) -> None:
        """A market data farm breaks, 2103, and no price comes any more; or it is back, 2104."""
        undo = self._farms.pop(name, None)
        if undo is not None:
            undo()
        if down:
            self._farms[name] = self._add(_silent)
        code, text = FARM_DOWN if down else FARM_UP
        self.error(code, text + name)

    def error(self, code: int, text: str, request: int = -1) -> None:
        """Send every client an error: 1100, 1101 and 1102 for a connection to IB that breaks and comes back."""
        self._gateway.announce(request, code, text)

    def roll_back(self, client_id: int, count: int) -> None:
        """Offer a client's last `count` order ids again as its next valid id."""
        self._gateway.registry.roll_back(client_id, count)

    def reset(self) -> None:
        """Undo every filter and denial, end an outage, and thaw."""
        self.outgoing.clear()
        self.incoming.clear()
        self.denials.clear()
        self._farms.clear()
        self.dialogs.click(send=False)
        self._gateway.lock_groups(False)
        if self.waiting is not None:
            self.recover()
        self.thaw()

    def _add(self, change: Filter) -> Undo:
        self.outgoing.append(change)
        return lambda: self.outgoing.remove(change)


def _silent(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """A batch without prices, and without the notice that the farm works."""
    up = str(FARM_UP[0]).encode()
    return [
        message
        for message in batch
        if message.id not in TICKS and not (message.id == ERROR and up in message.frame.split(b"\0"))
    ]
