"""Ending a hold by hand: IB's count becomes the base, and a strategy's own book is set where a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ibtui.commands.command import Accept, Adjust
from ibtui.domain.calendar.clock import Clock, shown
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.order import Side, new_ref
from ibtui.domain.position import effect
from ibtui.engine.commands.acceptance import Acceptance, AcceptCommand, beyond, check_share, is_beyond, sentence
from ibtui.engine.commands.plan import SECONDS, Draft
from ibtui.engine.journal import records
from ibtui.engine.journal.journal import Journal
from ibtui.engine.session import SessionPort
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome, Plan

_ZERO = Decimal(0)


@dataclass(eq=False, repr=False, kw_only=True)
class Accepting:
    """Draws up and carries out `accept` and `adjust`; IB is asked for its count each time."""

    session: SessionPort
    state: State
    journal: Journal
    supervisor: Supervisor
    books: Books
    clock: Clock

    async def previewed(self, command: AcceptCommand) -> Draft:
        """What it would come to; raises IbtuiError as `carry` does."""
        found = await self._drawn(command)
        return Draft(plan=self._plan(found), intents=(), cancels=(), market={}, steps={}, acceptance=found)

    async def carry(self, command: AcceptCommand, shown: Acceptance | None = None) -> Outcome:
        """End the hold; answered once it is on disk.

        Raises IbtuiError not_held, not_connected, incomplete, unknown_strategy, not_its_share, no_quote,
        journal_failed, and count_moved when IB counts something else than was shown: nothing has changed then.
        """
        await self._drawn(command)
        await self.journal.commit(records.note(_KIND[type(command)], command=command))
        found = self._worked_out(command)
        if shown is not None and (shown.counted, shown.change) != (found.counted, found.change):
            raise IbtuiError(
                "count_moved", f"IB's count of {found.hold.symbol} or a book moved since the preview: check again."
            )
        words = self._end(found)
        await self.journal.commit()
        return Outcome(message=words)

    # what it comes to

    async def _drawn(self, command: AcceptCommand) -> Acceptance:
        self._held(command.symbol)
        if self.state.connection.state != "active":
            raise IbtuiError(
                "not_connected",
                f"IB cannot be asked what it counts of {command.symbol} now: wait until the session is active.",
            )
        if isinstance(command, Adjust):
            entry = await self.supervisor.approvals.known(command.strategy)
            if entry.for_trader:
                raise IbtuiError(
                    "not_its_share",
                    f"{command.strategy} trades your own position and has no book: use `accept {command.symbol}`.",
                )
        await self.session.reconcile()
        return self._worked_out(command)

    def _held(self, symbol: str) -> HeldInstrument:
        hold = self.state.holds.held(symbol)
        if hold is None:
            raise IbtuiError(
                "not_held", f"{symbol} is not held: its position is what IB counts already. Nothing was changed."
            )
        return hold

    def _worked_out(self, command: AcceptCommand) -> Acceptance:
        symbol = command.symbol
        hold = self._held(symbol)
        counted, books = self.state.closable(symbol), self.books.holders(symbol)
        if isinstance(command, Accept):
            return Acceptance(command=command, hold=hold, counted=counted, books=books)
        before = books.pop(command.strategy, _ZERO)
        check_share(command, counted, books)
        change = command.quantity - before
        return Acceptance(
            command=command,
            hold=hold,
            counted=counted,
            books={**books, command.strategy: command.quantity},
            change=change,
            price=self._price(command, before, change),
        )

    def _price(self, command: Adjust, before: Decimal, change: Decimal) -> float:
        """What the change costs: as said; else what is given up goes at its own cost, what comes at IB's."""
        if command.price is not None:
            return float(command.price)
        if before * change < 0 and abs(change) <= abs(before):
            return self.books.holdings(command.strategy)[command.symbol].average
        position, quote = self.state.positions.get(command.symbol), self.state.quotes.get(command.symbol)
        cost = None if position is None else position.average_cost
        price = cost if cost is not None else None if quote is None else quote.mark
        if price is None and change:
            raise IbtuiError("no_quote", f"IB tells no cost of {command.symbol}: say at what price, with @ PRICE.")
        return price or 0.0

    # in words

    def _plan(self, found: Acceptance) -> Plan:
        command, expected = found.command, found.hold.expected
        moved = found.counted - (found.counted if expected is None else expected)
        verb = _KIND[type(command)].lower()
        return Plan(
            token="",
            verb=verb,
            sentence=sentence(found, self.state.instruments.get(found.hold.symbol)),
            legs=(),
            effect=effect(expected or _ZERO, Side.SELL if moved < 0 else Side.BUY, abs(moved)),
            effect_sentence=f"HELD since {shown(found.hold.since, self.state.zone)}: {found.hold.reason}",
            warnings=tuple(
                beyond(name, quantity, found)
                for name, quantity in found.books.items()
                if is_beyond(quantity, found.counted)
            ),
            seconds=SECONDS,
            collar_ticks=0,
        )

    # carrying it out; nothing is awaited here

    def _end(self, found: Acceptance) -> str:
        symbol, state = found.hold.symbol, self.state
        command = found.command
        if isinstance(command, Adjust) and found.change:
            state.adjusted(self._booked(command, found))
        if found.counted == 0:
            state.flat(symbol)
        state.rebase(symbol, found.counted)
        words = sentence(found, self.state.instruments.get(found.hold.symbol))
        state.holds.end(symbol, words)
        stay = [
            self.supervisor.keep_paused(name, beyond(name, quantity, found))
            for name, quantity in found.books.items()
            if is_beyond(quantity, found.counted)
        ]
        return ". ".join([f"{symbol} is no longer held: {words}", *filter(None, stay)])

    def _booked(self, command: Adjust, found: Acceptance) -> Fill:
        ref = new_ref()
        return Fill(
            exec_id=f"adjust-{ref}.01",
            ref=ref,
            symbol=command.symbol,
            side=Side.BUY if found.change > 0 else Side.SELL,
            quantity=abs(found.change),
            price=found.price,
            time=self.clock.now(),
            owner=command.strategy,
            commission=0.0,
        )


_KIND: dict[type[AcceptCommand], str] = {Accept: "ACCEPT", Adjust: "ADJUST"}
