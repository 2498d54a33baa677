"""New orders of people and scripts: drawn up, checked, sent, and one sentence on what became of them."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from ibtui.commands.command import Close, Flatten, NewOrders
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import new_ref
from ibtui.domain.words import order_words
from ibtui.engine.commands import plan
from ibtui.engine.commands.cancels import Cancels
from ibtui.engine.commands.closes import Closes
from ibtui.engine.commands.ids import Refs
from ibtui.engine.commands.plan import Draft
from ibtui.engine.commands.wanted import (
    CommandOrders,
    InstrumentState,
    bare_calls,
    bought_back,
    close,
    flatten,
    together,
    trade,
    uncovering,
    without,
)
from ibtui.engine.desk.answers import Answers, answered
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.waiting_words import market_now
from ibtui.engine.journal.journal import Journal
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.truth.state import State
from ibtui.engine.wording import fate_words
from ibtui.link.messages import Outcome
from ibtui.risk.doubt import doubtful

DESCRIBED = 1.0
"""Seconds that a flatten waits for IB to describe an instrument that was only met in a position."""


@dataclass(eq=False, repr=False, kw_only=True)
class Trades:
    """Draws up what a trade, a close or a flatten comes to, and sends it through the desk."""

    state: State
    desk: Desk
    answers: Answers
    cancels: Cancels
    watchlist: Watchlist
    journal: Journal
    zone: str

    def __post_init__(self) -> None:
        self._closes = Closes(
            state=self.state, desk=self.desk, answers=self.answers, journal=self.journal, zone=self.zone
        )

    async def draft(self, command: NewOrders, refs: Refs = new_ref) -> Draft:
        """What a command would send, its orders with these refs; raises IbtuiError when it may not be sent."""
        return self._checked(self._bought_back(await self._wanted(command, refs)))

    async def previewed(self, command: NewOrders, refs: Refs = new_ref) -> Draft:
        """What a command would send after a look at it: also where its plan names outcomes that are not certain."""
        wanted = self._bought_back(plan.previewed(await self._wanted(command, refs)))
        return self._checked(uncovering(wanted, self._uncovers(wanted)))

    def _bought_back(self, wanted: CommandOrders) -> CommandOrders:
        """What covers calls may go where the same command buys these back."""
        root = {one.instrument.symbol: one.instrument.root for _, one in wanted.orders}
        left = self._uncovers(wanted)
        return bare_calls(wanted, {symbol for symbol in left if left[symbol] <= bought_back(wanted, root[symbol])})

    def _uncovers(self, wanted: CommandOrders) -> dict[str, Decimal]:
        """By symbol, the units of calls that a close takes the cover from and that nobody was told of."""
        closes = [i for i, _ in together(wanted.orders) if i.reduce_only and not i.despite_uncovered]
        found = {intent.symbol: self.desk.uncovers(intent, wanted.cancels) for intent in closes}
        return {symbol: units for symbol, units in found.items() if units}

    def _checked(self, wanted: CommandOrders) -> Draft:
        """Past the gate; of several closes, those that pass, and the others are left with the reason."""
        refused: dict[str, IbtuiError] = {}
        said: list[str] = []
        for intent, _ in wanted.orders:
            try:
                said += self.desk.check(intent, without=wanted.cancels)
            except IbtuiError as error:
                refused.setdefault(intent.symbol, error)
        kept = without(wanted, refused)
        if not kept.orders:
            raise next(iter(refused.values()), None) or IbtuiError("not_closed", "; ".join(c.why for c in wanted.left))
        return plan.draft(kept, self.state.account, tuple(dict.fromkeys(said)))

    async def _wanted(self, command: NewOrders, refs: Refs) -> CommandOrders:
        if isinstance(command, Flatten):
            return await self._flatten(command, refs)
        instrument = await self.watchlist.quoted(command.symbol)
        holding = self._holding(instrument.symbol)
        if isinstance(command, Close):
            return close(replace(command, symbol=instrument.symbol), holding, refs, alone=self._closes.alone)
        return trade(command.with_terms(symbol=instrument.symbol), holding, refs)

    async def _flatten(self, command: Flatten, refs: Refs) -> CommandOrders:
        self._check_told()
        held = [symbol for symbol in self._symbols(command.target) if self.state.positions.held(symbol)]
        await asyncio.gather(*map(self._describe, held))
        loose = [order for order in self.cancels.live("all") if order.symbol not in held]
        return flatten(
            command,
            [self._holding(symbol) for symbol in held],
            refs,
            loose if command.target == "all" else (),
            alone=self._closes.alone,
        )

    async def _describe(self, symbol: str) -> None:
        """Learn the lot of an instrument that was only met in a position, as far as IB says it at once."""
        with contextlib.suppress(IbtuiError, TimeoutError):
            async with asyncio.timeout(DESCRIBED):
                await self.watchlist.resolve(symbol)

    def _symbols(self, target: str) -> list[str]:
        """The instruments that a target names: all that we hold, or one."""
        if target != "all":
            return [target.upper()] if target.upper() in self.state.instruments else []
        return [position.symbol for position in self.state.positions.all()]

    def _check_told(self) -> None:
        """Raise IbtuiError not_connected while IB has never told what is held: that is not flat."""
        if not self.state.positions.whole:
            self.desk.check_session()

    def held(self, target: str) -> bool:
        """Whether there is a position in what the target names; IbtuiError not_connected while IB has not told."""
        self._check_told()
        return any(self.state.positions.held(symbol) for symbol in self._symbols(target))

    def _holding(self, symbol: str) -> InstrumentState:
        return InstrumentState(
            instrument=self.state.instruments[symbol],
            quote=self.state.quotes.get(symbol),
            held=self.state.positions.held(symbol),
            orders=self.state.orders.live(symbol),
            market=market_now(
                self.state.instruments[symbol], self.state.hours.get(symbol), self.state.clock.now(), self.zone
            ),
        )

    async def carry(self, draft: Draft, wait: bool, refs: Refs = new_ref) -> Outcome:
        """Send what a draft holds; `wait` for the broker's answer. What a close comes to by then gets these refs."""
        self._check_outcomes(draft)
        outcome = await (self._closes.carry(draft, wait, refs) if draft.aims else self._carry(draft, wait))
        more = (text for text in draft.said if text not in outcome.message)
        return replace(outcome, message="; ".join((outcome.message, *more)))

    def _check_outcomes(self, draft: Draft) -> None:
        """What was shown beside one UNKNOWN order is not sent beside another as well."""
        named = {*draft.unsure, *draft.cancels}
        found = (order for i in draft.intents for order in doubtful(i.side, self.state.orders.live(i.symbol)))
        more = [order.ref for order in found if order.ref not in named]
        if draft.unsure and more:
            raise IbtuiError(
                "unknown_order",
                f"Order {more[0]} is UNKNOWN, too, since the preview: nothing was sent; check it again.",
            )

    async def _carry(self, draft: Draft, wait: bool) -> Outcome:
        sent = [(intent, await self.desk.submit(intent)) for intent in draft.intents]
        orders = [order for _, legs in sent for order in legs]
        came = not wait or await self.answers.wait(lambda: all(answered(self.state, order) for order in orders))
        instruments, now = self.state.instruments, self.state.orders.now
        words = [
            f"{order_words(intent, instruments.get(intent.symbol))} {fate_words(*now(legs[:1]))}"
            for intent, legs in sent
        ]
        return Outcome(message="; ".join(words), orders=tuple(now(orders)), answered=came)
