"""Positions as IB counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.numbers import decimal
from ibtui.domain.event import Event, PositionSeen
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import known


class WirePosition(NamedTuple):
    """A position as the wire tells it; `cost` is per contract, with the multiplier."""

    contract: Any
    quantity: float
    cost: float


class PositionFeed:
    """The account's positions: the answer to the question for all of them, and every change after it."""

    def __init__(
        self, contracts: Contracts, emit: Callable[[Event], None], on_held: Callable[[Instrument], None]
    ) -> None:
        self._contracts = contracts
        self._emit = emit
        self._on_held = on_held
        self._account = ""
        self.answer: dict[int, WirePosition] = {}
        """By contract id; those that were closed meanwhile stay, with quantity 0."""

    def start(self, account: str) -> None:
        """Ask for every position on a new connection."""
        self._account = account
        self.answer.clear()

    def held(self, account: str, contract: Any, quantity: float, average_cost: float) -> None:
        """A position, whether asked for or changed."""
        if account != self._account:
            return
        old = self.answer.get(contract.conId)
        new = self.answer[contract.conId] = WirePosition(contract, quantity, average_cost)
        if old is None or (old.quantity, old.cost) != (quantity, average_cost):
            seen = self._seen(new)
            self._emit(seen)
            self._on_held(seen.instrument)

    def all(self) -> tuple[PositionSeen, ...]:
        return tuple(self._seen(held) for held in self.answer.values())

    def _seen(self, held: WirePosition) -> PositionSeen:
        instrument = self._contracts.meet(held.contract)
        cost = known(held.cost) if held.quantity else None
        return PositionSeen(
            account=self._account,
            instrument=instrument,
            quantity=decimal(held.quantity),
            average_cost=None if cost is None else cost / float(instrument.multiplier),
        )
