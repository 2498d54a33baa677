"""What one run was told of fills and positions, so that it is told each of them once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.fill import Fill
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run_facts import Launch, RunFacts
from ibtui.link.worker import FillSeen, Held, ToWorker


class ToldFacts:
    """Tells a run of its fills, and an execution algorithm of the account's position; a shadow has neither."""

    def __init__(
        self,
        launch: Launch,
        facts: RunFacts,
        host: Host,
        clock: Clock,
        position: Callable[[str], dict[str, Decimal]],
        tell: Callable[[ToWorker], None],
    ) -> None:
        """`position` tells what a strategy holds by its own fills."""
        self._launch = launch
        self._facts = facts
        self._host = host
        self._clock = clock
        self._position = position
        self._tell = tell
        self.begun = False
        """Its orders and fills are told as they come."""
        self._fills: dict[str, Decimal] = {}
        """By base, the signed quantity that it was told of."""
        self._standing: dict[str, tuple[Decimal, Decimal]] = {}
        """Of an algorithm, by symbol: the position, and what stops of others cover of it, as it was told."""

    def begin(self) -> None:
        """Go on from the fills that there are."""
        self.begun = True
        self._fills = {fill.base: fill.signed for fill in self._host.fills_of(self._launch.name)}

    def own(self) -> dict[str, Decimal]:
        """What it holds by its own fills, by symbol."""
        return self._position(self._launch.name)

    def held(self) -> dict[str, Decimal]:
        """What it may close, by symbol: its own position, or the trader's."""
        if not self._facts.for_trader:
            return self.own()
        return {symbol: self._host.held(symbol) for symbol in self._facts.instruments}

    def fill(self, fill: Fill) -> None:
        """Tell of a fill, once; of a correction, what became of its position; of a commission nothing."""
        told = self._fills.get(fill.base)
        if not self.begun or self._launch.shadow or told == fill.signed:
            return
        self._fills[fill.base] = fill.signed
        held = self.held().get(fill.symbol, Decimal(0))
        correction = None if told is None else fill.signed - told
        self._tell(FillSeen(fill=fill, position=held, correction=correction, time=self._clock.now()))

    def position(self, symbol: str) -> None:
        """The account's position changed, or what stops of others cover of it; nothing is told while that is open."""
        facts = self._facts
        if not facts.for_trader or symbol not in facts.instruments or self._host.held_words((symbol,)):
            return
        held, covered = self._host.held(symbol), self._host.covered(symbol, self._launch.name)
        if self._standing.get(symbol) != (held, covered):
            self._standing[symbol] = held, covered
            self._tell(Held(symbol=symbol, quantity=held, covered=covered, time=self._clock.now()))
