"""What is shown of a strategy: the facts that stay, and what its run adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.cutting import HOUR, cutting_of
from ibtui.domain.calendar.new_york import day_began
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.catalog import Entry
from ibtui.engine.strategies.host import Host
from ibtui.engine.strategies.run import StrategyRun
from ibtui.engine.strategies.run_facts import RunFacts
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.truth import pnl
from ibtui.engine.truth.pnl import StrategyHolding
from ibtui.link.status import ShadowBook, StrategyState, StrategyStatus
from ibtui.risk.positions import left


class Shown:
    """Makes the status of a strategy or of a labelled run of it."""

    def __init__(self, host: Host, store: StrategyStore, books: Books, clock: Clock) -> None:
        self._host = host
        self._store = store
        self._books = books
        self._clock = clock

    def status(self, name: str, entry: Entry, run: StrategyRun | None) -> StrategyStatus:
        """The status of the strategy as it stands now."""
        found = self._holdings(name, run)
        ran = run is not None or bool(found)
        symbol = _symbol(run, found)
        held = found[symbol].quantity if symbol in found else Decimal(0)
        if entry.for_trader and symbol:
            held = self._host.held(symbol)
        unapproved = self._unapproved(entry)
        shown = StrategyStatus(
            name=name,
            strategy=entry.name if name != entry.name else "",
            state="failed" if entry.failure else "off",
            reason=entry.failure or unapproved,
            approved=not unapproved,
            for_trader=entry.for_trader,
            previewed=entry.previewed,
            symbol=symbol,
            position=held if ran else None,
            pnl=self._profit(found) if ran else None,
            currency=self._currency(),
            trades=sum(holding.trades for holding in found.values()),
            parameters=entry.parameters,
            limit_left=None if entry.for_trader else self._limit_left(name, symbol, held),
            summary=entry.summary,
        )
        return shown if run is None else self._running(shown, run)

    def _holdings(self, name: str, run: StrategyRun | None) -> dict[str, StrategyHolding]:
        """What it holds; while it runs in shadow what it would hold, unless it still holds something."""
        found = self._books.holdings(name)
        shadow = run is not None and run.launch.shadow and not run.facts.over
        if run is None or not shadow or any(holding.quantity for holding in found.values()):
            return found
        found = run.facts.shadow.holdings(day_began(self._clock.now()))
        if not found.keys() <= self._books.instruments.keys():  # options that it was shown since it began
            self._books.instruments.update(run.facts.instruments)
        return found

    def _profit(self, held: Mapping[str, StrategyHolding]) -> float | None:
        """Today's, realized and unrealized, commissions paid; None while a price or an exchange rate is unknown."""
        return pnl.profit(held, self._books.instruments, self._host.quote, self._host.account())

    def _currency(self) -> str:
        account = self._host.account()
        return "" if account is None else account.currency

    def _limit_left(self, name: str, symbol: str, held: Decimal) -> Decimal | None:
        """Quantity it may still add; None for an instrument that is not known."""
        instrument = self._books.instruments.get(symbol)
        if instrument is None:
            return None
        return left(instrument, held, self._host.orders_of(name), self._host.ceilings(name).position_quantity)

    def _unapproved(self, entry: Entry) -> str:
        """What a person does about a file that was not approved as it is; empty when it was."""
        approved = self._store.approved(entry.name)
        if not entry.file or approved == entry.sha256:
            return ""
        if not approved:
            return f"new, nothing of it has run: look at it, then `approve {entry.name}`; a first start approves it"
        return f"changed since it was approved: look at it, then `approve {entry.name}`"

    def _running(self, shown: StrategyStatus, run: StrategyRun) -> StrategyStatus:
        facts = run.facts
        age = run.hold.look(facts.instruments) if facts.live else None
        return replace(
            shown,
            state=shown.state if facts.state == "off" else _state(run),
            reason=(run.hold.reason if facts.live else "") or facts.reason or shown.reason,
            decision=facts.decision,
            decided=facts.decided,
            next_bar=self._next_bar(run) if facts.live and not run.hold.away else None,
            running_with=facts.running_with if facts.on else {},
            data_age=None if age is None else round(age, 1),
            drawn=tuple(facts.shadow.drawn) if run.launch.shadow else (),
            shadow=self._shadow(facts) if run.launch.shadow else None,
        )

    def _shadow(self, facts: RunFacts) -> ShadowBook:
        """Its own book; of one that has ended nothing works any more."""
        today = day_began(self._clock.now())
        book, made = facts.shadow.book(today), self._profit(facts.shadow.holdings(today))
        return replace(book, pnl=made, orders=() if facts.over else book.orders)

    def _next_bar(self, run: StrategyRun) -> datetime:
        """When the running bar ends; from an hour on with its session, and between sessions that of the next."""
        seconds, now = run.facts.bar_seconds, self._clock.now()
        instrument = run.facts.instruments.get(_symbol(run, {}))
        if seconds >= HOUR and instrument is not None:
            cutting = cutting_of(instrument, seconds, self._host.kept.hours)
            span = cutting.of(now) or cutting.of(cutting.closed_until(now) or now)
            if span is not None:
                return span.end
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


def _state(run: StrategyRun) -> StrategyState:
    """What a trader is told: what holds it back matters more than that it runs."""
    if run.facts.state != "running":
        return "paused" if run.facts.state == "warming" and run.hold.state == "paused" else run.facts.state
    return run.hold.state or ("shadow" if run.launch.shadow else "running")


def _symbol(run: StrategyRun | None, found: dict[str, StrategyHolding]) -> str:
    """What it trades while it runs; else what it still holds, else what it traded last."""
    if run is not None and run.facts.symbols:
        return run.facts.symbols[0]
    held = [symbol for symbol, holding in found.items() if holding.quantity]
    return next(iter(held or list(found)[::-1]), "")
