"""One rule, four users: a strategy's wish, the desk, a strategy in shadow and a backtest say the same of one order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ibtui.backtest import Settings
from ibtui.config import Limits
from ibtui.domain.bar import Bar
from ibtui.domain.event import Filled, InstrumentSeen, QuoteChanged
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import UNLIMITED, Ceilings
from ibtui.domain.order import Order, OrderIntent, OrderStatus, Role, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.truth.state import State
from ibtui.link.worker import Begin, Drawn, FromWorker, ShadowLimits
from ibtui.risk.paper_ceilings import PaperRules
from ibtui.risk.positions import check_own
from ibtui.strategies.author.asking import asked
from ibtui.worker.shadow import Shadow
from tests.backtest.past import Script, bars, play
from tests.clocks import ManualClock
from tests.engine.truth import kept

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
A = Instrument(symbol="A", con_id=1, sec_type="STK", root="A", exchange="SMART", currency="USD")
MOST = 12
FAR = {Side.BUY: 50.0, Side.SELL: 150.0}
"""Limits that no bar reaches."""


class Story(NamedTuple):
    """What is held, whether its close is under way, and the entries that are asked for then, each still to fill."""

    held: int
    closing: bool
    asked: Sequence[tuple[Side, int]]


def out(ref: str, side: Side, quantity: int, role: Role = "entry") -> Order:
    terms = Terms(symbol="A", side=side, quantity=Decimal(quantity), type="LMT", limit_price=Decimal(str(FAR[side])))
    return Order(ref=ref, owner="dip", role=role, terms=terms, status=OrderStatus.WORKING)


def exits(story: Story) -> list[Order]:
    side = Side.SELL if story.held > 0 else Side.BUY
    return [out("close", side, abs(story.held), "exit")] if story.closing and story.held else []


def by_hand(story: Story) -> list[bool]:
    """The rule, written out: everything out on the order's side fills, the close as well, and nothing on the other."""
    working = {side: [order.remaining for order in exits(story) if order.side is side] for side in Side}
    passed: list[bool] = []
    for side, quantity in story.asked:
        end = story.held + side.sign * (sum(working[side], Decimal(0)) + quantity)
        only_closes = story.held * side.sign < 0 and story.held * end >= 0
        passed.append(only_closes or abs(end) <= MOST)
        if passed[-1]:
            working[side].append(Decimal(quantity))
    return passed


def by_wish(story: Story) -> list[bool]:
    orders, passed = exits(story), []
    for number, (side, quantity) in enumerate(story.asked):
        refusal = check_own(side, Decimal(quantity), A, Decimal(story.held), orders, MOST)
        passed.append(refusal is None)
        if refusal is None:
            orders.append(out(f"e{number}", side, quantity))
    return passed


def by_desk(story: Story) -> list[bool]:
    clock = ManualClock(NOW)
    state = State(clock, lambda record: None)
    books = Books(state.fills, StrategyStore(kept.Kept()), lambda owner: False, clock)
    limited = Limited(state, clock, Limits(), {}, {"dip": Ceilings(position_quantity=MOST)}, books, lambda owner: None)
    state.apply(InstrumentSeen(instrument=A))
    state.apply(QuoteChanged(quote=Quote(symbol="A", bid=100.0, ask=100.0, received=clock.monotonic())))
    if story.held:
        side = Side.BUY if story.held > 0 else Side.SELL
        fill = Fill(
            exec_id="1.01",
            ref="held",
            symbol="A",
            side=side,
            quantity=Decimal(abs(story.held)),
            price=100.0,
            time=NOW,
            owner="dip",
            commission=0.0,
        )
        state.apply(Filled(fill=fill))
    for order in exits(story):
        state.order(order)
    passed = []
    for number, (side, quantity) in enumerate(story.asked):
        order = out(f"e{number}", side, quantity)
        intent = OrderIntent(ref=order.ref, owner="dip", terms=order.terms)
        passed.append(limited.refuses(intent, (), reduces=False) is None)
        if passed[-1]:
            state.order(order)
    return passed


def by_shadow(story: Story) -> list[bool]:
    said: list[FromWorker] = []
    limits = ShadowLimits(account=UNLIMITED, strategy=Ceilings(position_quantity=MOST), bounded=True)
    shadow = Shadow(said.append, Begin(parameters={}, position={}, orders=(), equity=1e6, limits=limits), ("A",))
    shadow.trade((A,))
    shadow.live = shadow.sending = True

    def tick(minute: int) -> None:
        bar = Bar("A", NOW + timedelta(minutes=minute), 100.0, 101.0, 99.0, 100.0)
        shadow.bars_closed((bar,), 60)
        shadow.match((bar,))

    tick(0)
    if story.held:
        place(shadow, Side.BUY if story.held > 0 else Side.SELL, abs(story.held), None)
        tick(1)
    tick(2)
    assert shadow.position("A") == story.held
    if story.closing:
        shadow.close("A")
    passed = []
    for side, quantity in story.asked:
        before = len(shadow.orders("A"))
        place(shadow, side, quantity, FAR[side])
        passed.append(len(shadow.orders("A")) > before)
    refused = sum("would be refused" in one.text for one in said if isinstance(one, Drawn))
    assert bool(refused) == (not all(passed))
    return passed


def place(shadow: Shadow, side: Side, quantity: int, limit: float | None) -> None:
    shadow.place(asked("A", side, quantity, limit))


def by_backtest(story: Story) -> list[bool]:
    passed = []

    def hold(script: Script) -> None:
        if story.held:
            (script.buy if story.held > 0 else script.sell)("A", abs(story.held))

    def ask(script: Script) -> None:
        if story.closing:
            script.close("A")
        for side, quantity in story.asked:
            before = len(script.orders("A"))
            (script.buy if side is Side.BUY else script.sell)("A", quantity, limit=FAR[side])
            passed.append(len(script.orders("A")) > before)

    rules = PaperRules(strategy=Ceilings(position_quantity=MOST))
    play(bars(*[(100.0, 101.0, 99.0, 100.0)] * 4), {0: hold, 2: ask}, Settings(commission="none", rules=rules))
    return passed


USERS: tuple[Callable[[Story], list[bool]], ...] = (by_hand, by_wish, by_desk, by_shadow, by_backtest)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Story,
        st.integers(-MOST, MOST),
        st.booleans(),
        st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 30)), min_size=1, max_size=4),
    )
)
@example(Story(10, True, [(Side.SELL, 15)]))
@example(Story(10, False, [(Side.SELL, 10), (Side.SELL, 12), (Side.SELL, 13)]))
@example(Story(-10, True, [(Side.BUY, 13), (Side.SELL, 2), (Side.SELL, 1)]))
def test_whoever_judges_says_the_same_of_a_position(story: Story) -> None:
    verdicts = {user.__name__: user(story) for user in USERS}
    assert len(set(map(tuple, verdicts.values()))) == 1, verdicts
