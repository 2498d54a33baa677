"""The strategies of an engine: which there are, which run, what they hold; starts and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from ibtui.domain.clock import Clock, SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import plain
from ibtui.domain.order import Order
from ibtui.domain.quote import Quote
from ibtui.engine import strategy_limit, strategy_orders, strategy_pnl
from ibtui.engine.bars import Bars
from ibtui.engine.host import Host
from ibtui.engine.strategy_catalog import Catalog, Entry
from ibtui.engine.strategy_pnl import Holding
from ibtui.engine.strategy_pulse import Timing
from ibtui.engine.strategy_run import Run
from ibtui.link.status import StrategyStatus


class Supervisor:
    """Every strategy, by name. Quotes, orders and fills are fed to it; `bars` are made from the quotes."""

    def __init__(self, host: Host, *, folder: Path, clock: Clock | None = None, timing: Timing | None = None) -> None:
        self._host = host
        self._clock = clock or SystemClock()
        self._timing = timing or Timing()
        self._catalog = Catalog(folder, self._timing.load)
        self._runs: dict[str, Run] = {}
        self._instruments: dict[str, Instrument] = {}
        self._counted: dict[str, tuple[tuple[int, datetime], dict[str, Holding]]] = {}
        self._active = False
        self._resolving: asyncio.Task[None] | None = None
        self.bars = Bars(self._clock)

    async def describe_all(self) -> None:
        """Learn what strategies there are; a file that does not import is one that failed, with its reason."""
        for sentence in await self._catalog.refresh():
            self._host.say("ERROR", sentence)
        self._cancel_left_over()
        self._host.strategies_changed()

    async def start(self, name: str, parameters: dict[str, str]) -> str:
        """Switch a strategy on and say so in one sentence.

        Raises IbtuiError: unknown_strategy, strategy_on, not_active, bad_parameter, strategy_failed, stopped,
        no_process, or what resolving its instrument raised. It is off, or failed with its reason, after any of them.
        """
        if name not in self._catalog.entries:
            await self._catalog.refresh()
        entry = self._entry(name)
        old = self._runs.get(name)
        if old is not None and old.state in ("starting", "warming", "running", "stopping"):
            raise IbtuiError("strategy_on", f"{name} is {old.state} already; stop it first.")
        if not self._active:
            raise IbtuiError("not_active", f"{name} was not started: there is no session to trade in; wait for READY.")
        run = Run(
            name,
            entry.file,
            host=self._host,
            bars=self.bars,
            clock=self._clock,
            position=self._positions,
            timing=self._timing,
        )
        self._runs[name] = run
        self._host.strategies_changed()
        if old is not None:
            await old.stop()
        try:
            await run.start(parameters)
        finally:
            self._instruments.update(run.instruments)
            if run.described is not None:
                self._catalog.learn(run.described, entry.file)
        return self._started(run)

    def _entry(self, name: str) -> Entry:
        entries = self._catalog.entries
        if name in entries:
            return entries[name]
        near = difflib.get_close_matches(name, entries, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"There are {', '.join(entries) or 'none'}."
        raise IbtuiError("unknown_strategy", f"There is no strategy {name[:20]!r}: {hint}")

    def _started(self, run: Run) -> str:
        values = " ".join(f"{key}={value}" for key, value in run.running_with.items())
        held = self._held_words(run.name)
        sentence = f"{run.name} is on: {values}.{f' It still holds {held}.' if held else ''}"
        self._host.say("STRAT", sentence)
        return sentence

    async def stop(self, name: str, reason: str = "") -> str:
        """Switch a strategy off and say what it leaves; its entries are cancelled before anything is awaited.

        Raises IbtuiError unknown_strategy. Stopping what is off is no mistake.
        """
        self._entry(name)
        run = self._runs.get(name)
        if run is None or run.state == "off":
            return f"{name} is off."
        if run.state == "failed":
            await run.stop()
            return f"{name} had failed already: {run.reason}"
        cancelled = await run.stop(reason)
        sentence = self._stopped(name, cancelled, reason)
        self._host.say("STRAT", sentence)
        return sentence

    async def stop_all(self, reason: str) -> list[str]:
        """Stop every running strategy at once; one sentence for each."""
        names = [name for name, run in self._runs.items() if run.state not in ("off", "failed")]
        return list(await asyncio.gather(*(self.stop(name, reason) for name in names)))

    def _stopped(self, name: str, cancelled: int, reason: str) -> str:
        staying = [order for order in self._host.orders_of(name) if order.live and order.role != "entry"]
        stops = sum(order.protective for order in staying)
        entries = len(self._entries(name))
        parts = [f"{_entries_words(cancelled)} cancelled"] if cancelled else []
        if entries and not self._active:
            parts = [f"{_entries_words(entries)} cannot be cancelled before the session is back"]
        parts += [f"{stops} protective {'stop stays' if stops == 1 else 'stops stay'}"] if stops else []
        parts += [f"it holds {self._held_words(name) or 'nothing'}"]
        return f"{name} is off{f' ({reason})' if reason else ''}: {', '.join(parts)}."

    def _held_words(self, name: str) -> str:
        """`+200 MSFT`; empty when it holds nothing."""
        return ", ".join(f"{_signed(held)} {symbol}" for symbol, held in self._positions(name).items() if held)

    async def close(self) -> None:
        """End every worker; nothing of it is left running."""
        if self._resolving is not None:
            self._resolving.cancel()
        await asyncio.gather(*(run.stop("the engine ends") for run in self._runs.values()))

    # what the engine feeds

    def on_quote(self, quote: Quote, moment: datetime | None = None) -> None:
        """A quote changed at `moment`: bars are made of it, and strategies that trade it see it."""
        self.bars.on_quote(quote, moment)
        for run in self._runs.values():
            if quote.symbol in run.instruments and run.on:
                run.on_quote(quote)
                self._host.strategies_changed()

    def on_order(self, order: Order) -> None:
        """An order changed."""
        run = self._runs.get(order.owner)
        if run is not None:
            run.on_order(order)
            self._host.strategies_changed()

    def on_fill(self, fill: Fill) -> None:
        """A fill came, or its commission, or its correction; `host.fills_of` has it already."""
        self._counted.pop(fill.owner, None)
        run = self._runs.get(fill.owner)
        if run is not None:
            self._instruments.update(run.instruments)
            run.on_fill(fill)
        self._host.strategies_changed()

    def on_session(self, active: bool) -> None:
        """The session became active or stopped being so: while it is not, bars are withheld."""
        self._active = active
        for run in self._runs.values():
            run.active = active
        self._cancel_left_over()
        if active and (self._resolving is None or self._resolving.done()):
            self._resolving = asyncio.create_task(self._resolve_traded())
        self._host.strategies_changed()

    def _cancel_left_over(self) -> None:
        """Cancel entries of strategies that are off: it was not possible when they ended, or the engine was killed."""
        if not self._active:
            return
        for name in self._catalog.entries:
            run = self._runs.get(name)
            entries = self._entries(name) if run is None or run.state in ("off", "failed") else []
            for order in entries:
                self._host.say("STRAT", f"{name} is off: its entry {order.side} {order.symbol} is cancelled.")
                with contextlib.suppress(IbtuiError):
                    self._host.cancel(order.ref)

    def _entries(self, name: str) -> list[Order]:
        """Live orders of a strategy that may add risk."""
        return strategy_orders.adding_risk(self._host.orders_of(name), self._positions(name))

    async def _resolve_traded(self) -> None:
        """Know the instruments of fills that were made before this engine started: their profit needs a price."""
        for name in self._catalog.entries:
            for fill in self._host.fills_of(name):
                gone = strategy_pnl.expired(fill.symbol, strategy_pnl.day_began(self._clock.now()))
                if fill.symbol not in self._instruments and not gone:
                    try:
                        self._instruments[fill.symbol] = await self._host.resolve(fill.symbol)
                    except IbtuiError as error:
                        self._host.say("ERROR", f"The profit of {name} is not known: {error.message}")
                        return
        self._host.strategies_changed()

    # what is shown

    def statuses(self) -> tuple[StrategyStatus, ...]:
        """Every strategy as it stands now, built-ins first."""
        return tuple(self._status(entry) for entry in self._catalog.entries.values())

    def _status(self, entry: Entry) -> StrategyStatus:
        run = self._runs.get(entry.name)
        found = self._holdings(entry.name)
        ran = run is not None or bool(found)
        symbol = _shown_symbol(run, found)
        held = found[symbol].quantity if symbol in found else Decimal(0)
        shown = StrategyStatus(
            name=entry.name,
            state="failed" if entry.failure else "off",
            reason=entry.failure,
            symbol=symbol,
            position=held if ran else None,
            pnl=strategy_pnl.profit(found, self._instruments, self._host.quote) if ran else None,
            trades=sum(holding.trades for holding in found.values()),
            parameters=entry.parameters,
            limit_left=self._limit_left(entry.name, symbol, held),
            summary=entry.summary,
        )
        return shown if run is None else self._running(shown, run)

    def _running(self, shown: StrategyStatus, run: Run) -> StrategyStatus:
        """What a run adds to the facts that stay when it ends."""
        live = run.state in ("warming", "running")
        waits = "waits: there is no session to trade in" if live and not self._active else ""
        return msgspec.structs.replace(
            shown,
            state=shown.state if run.state == "off" else run.state,
            reason=waits or run.reason or shown.reason,
            decision=run.decision,
            decided=run.decided,
            next_bar=self._next_bar(run.bar_seconds) if live and self._active else None,
            running_with=run.running_with if run.on else {},
        )

    def _next_bar(self, seconds: int) -> datetime:
        """When the running bar ends."""
        now = self._clock.now().timestamp()
        return datetime.fromtimestamp((now // seconds + 1) * seconds, UTC)

    def _limit_left(self, name: str, symbol: str, held: Decimal) -> Decimal | None:
        instrument = self._instruments.get(symbol)
        return None if instrument is None else strategy_limit.left(instrument, held, self._host.orders_of(name))

    def _positions(self, name: str) -> dict[str, Decimal]:
        """What a strategy holds, by its own fills."""
        return {symbol: holding.quantity for symbol, holding in self._holdings(name).items()}

    def _holdings(self, name: str) -> dict[str, Holding]:
        """Counted anew only when a fill came or a day began: a busy day has thousands, and every frame asks."""
        fills = self._host.fills_of(name)
        basis = (len(fills), strategy_pnl.day_began(self._clock.now()))
        known = self._counted.get(name)
        if known is None or known[0] != basis:
            known = self._counted[name] = (basis, strategy_pnl.holdings(fills, basis[1]))
        return known[1]


def _shown_symbol(run: Run | None, found: dict[str, Holding]) -> str:
    """What it trades while it runs; else what it still holds, else what it traded last."""
    if run is not None and run.symbols:
        return run.symbols[0]
    held = [symbol for symbol, holding in found.items() if holding.quantity]
    return next(iter(held or list(found)[::-1]), "")


def _entries_words(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _signed(quantity: Decimal) -> str:
    return f"{'+' if quantity > 0 else ''}{plain(quantity)}"
