"""Faults: ways for a gateway to misbehave on purpose, so that what talks to it can be proved.

Each works on its own and until it is undone; `reset` undoes all. Messages are named by their ids on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ibtui.gateway.outbox import Filter, Outgoing
from ibtui.gateway.registry import Registry

Undo = Callable[[], None]


class Faulty(Protocol):
    """The gateway, as faults handle it."""

    @property
    def registry(self) -> Registry: ...

    def abort_all(self) -> None: ...

    def hold_all(self, held: bool) -> None: ...

    def announce(self, request: int, code: int, text: str) -> None: ...

    async def listen(self) -> None: ...

    async def stop_listening(self) -> None: ...


class Faults:
    """What is wrong with a gateway at the moment; nothing, to begin with."""

    def __init__(self, gateway: Faulty) -> None:
        self._gateway = gateway
        self.outgoing: list[Filter] = []
        """Each changes every batch that goes out to any client."""
        self.incoming: list[Callable[[int], bool]] = []
        """Each sees the id of every request; True swallows it."""

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

    def error(self, code: int, text: str, request: int = -1) -> None:
        """Send every client an error: 1100, 1101 and 1102 for a connection to IB that breaks and comes back."""
        self._gateway.announce(request, code, text)

    def roll_back(self, client_id: int, count: int) -> None:
        """Offer a client's last `count` order ids again as its next valid id."""
        self._gateway.registry.roll_back(client_id, count)

    def reset(self) -> None:
        """Undo every filter, and thaw."""
        self.outgoing.clear()
        self.incoming.clear()
        self.thaw()

    def _add(self, change: Filter) -> Undo:
        self.outgoing.append(change)
        return lambda: self.outgoing.remove(change)
