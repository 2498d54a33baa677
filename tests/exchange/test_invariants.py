"""What holds whatever is ordered and wherever prices go."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibtui.exchange import Refused
from ibtui.exchange.terms.kinds import KINDS as KIND
from ibtui.exchange.told.reports import Execution, OrderReport
from tests.exchange.floor import AAPL, ACCOUNT, USDJPY, Floor

CASH = 1_000_000.0
DONE = ("Filled", "Cancelled", "Inactive")
TICK = {AAPL: Decimal("0.01"), USDJPY: Decimal("0.005"), 0: Decimal("0.25")}

KINDS = ["MKT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT", "MTL", "REL", "MIDPRICE", "SNAP MID"]
TERMS: list[dict[str, Any]] = [{}, {"tif": "IOC"}, {"tif": "FOK"}, {"all_or_none": True}, {"display_size": 1}]
offsets = st.integers(-40, 40)
markets = st.sampled_from([AAPL, USDJPY, 0])
actions = st.one_of(
    st.tuples(st.just("order"), markets, st.sampled_from(["BUY", "SELL"]), st.sampled_from(KINDS),
              st.integers(1, 900), offsets, st.sampled_from(TERMS)),
    st.tuples(st.just("bracket"), markets, st.integers(1, 900), offsets, st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.just("price"), markets, offsets),
    st.tuples(st.just("book"), markets, offsets, st.integers(1, 500)),
    st.tuples(st.just("release"), markets),
    st.tuples(st.just("wait"), st.floats(0.01, 20)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("change"), st.integers(0, 30), offsets, st.integers(1, 900)),
)  # fmt: skip


class Player:
    """Plays any list of actions; what is refused is refused."""

    def __init__(self) -> None:
        self.floor = Floor(cash=CASH)
        self.es = self.floor.con_id("ESZ6")
        self.placed: list[int] = []

    def play(self, action: tuple[object, ...]) -> None:
        name, *rest = action
        with suppress(Refused):
            getattr(self, f"_{name}")(*rest)

    def _market(self, key: int) -> int:
        return key or self.es

    def _price(self, key: int, offset: int) -> None:
        self.floor.exchange.set_price(self._market(key), float(self._near(key, offset)))

    def _near(self, key: int, offset: int) -> Decimal:
        last = Decimal(str(self.floor.exchange.tick(self._market(key)).last))
        return last + offset * TICK[key]

    def _size(self, key: int, size: int) -> int:
        return size * 100 if key == USDJPY else max(size // 100, 1) if not key else size

    def _order(self, key: int, side: str, kind: str, size: int, offset: int, more: dict[str, Any]) -> None:
        terms = self._terms(key, kind, offset) | more
        self.placed.append(self.floor.place(side, self._size(key, size), con_id=self._market(key), type=kind, **terms))

    def _terms(self, key: int, kind: str, offset: int) -> dict[str, Any]:
        """Prices for a type, all near the market."""
        price, trail = self._near(key, offset), (abs(offset) + 1) * TICK[key]
        prices = {"limit_price": price, "stop_price": price, "trail_amount": trail, "limit_offset": offset * TICK[key]}
        needs = (*KIND[kind].needs, *(("trail_amount",) if KIND[kind].trails else ()))
        return {name: prices[name] for name in needs}

    def _bracket(self, key: int, size: int, offset: int, above: int, below: int) -> None:
        size, con_id, place = self._size(key, size), self._market(key), self.floor.place
        limit = self._near(key, offset)
        parent = place("BUY", size, limit=str(limit), con_id=con_id, transmit=False)
        target = place("SELL", size, limit=str(limit + above * TICK[key]), parent=parent, con_id=con_id, transmit=False)
        stop = place("SELL", size, stop=str(limit - below * TICK[key]), parent=parent, con_id=con_id)
        self.placed += [parent, target, stop]

    def _book(self, key: int, offset: int, size: int) -> None:
        bid = self._near(key, offset)
        self.floor.hold(float(bid), float(bid + TICK[key]), size, self._market(key))

    def _release(self, key: int) -> None:
        self.floor.exchange.release(self._market(key))

    def _wait(self, seconds: float) -> None:
        self.floor.wait(seconds=seconds)

    def _cancel(self, index: int) -> None:
        if index < len(self.placed):
            self.floor.exchange.cancel(self.placed[index])
            assert self.floor.order(self.placed[index]).state == "Cancelled"

    def _change(self, index: int, offset: int, size: int) -> None:
        if index >= len(self.placed):
            return
        perm_id = self.placed[index]
        ticket = self.floor.order(perm_id).ticket
        key = 0 if ticket.con_id == self.es else ticket.con_id
        price = self._near(key, offset)
        self.floor.exchange.modify(
            perm_id,
            self.floor.changed(
                perm_id,
                quantity=Decimal(self._size(key, size)),
                limit_price=ticket.limit_price and price,
                stop_price=ticket.stop_price and price,
            ),
        )


def check_money(floor: Floor) -> None:
    account = floor.account()
    assert abs(account.net_liquidation - (CASH + account.realized_pnl + account.unrealized_pnl)) < 0.01
    held: dict[int, Decimal] = defaultdict(Decimal)
    for fill in floor.exchange.executions(ACCOUNT):
        held[fill.con_id] += fill.quantity * fill.side.sign
    assert {con_id: position.quantity for con_id, position in account.positions.items()} == held


def check_orders(floor: Floor, placed: list[int]) -> None:
    filled: dict[int, Decimal] = defaultdict(Decimal)
    for fill in floor.heard(Execution):
        ticket = floor.order(fill.perm_id).ticket
        filled[fill.perm_id] += fill.quantity
        assert fill.quantity > 0
        assert fill.cumulative == filled[fill.perm_id]
        assert fill.commission >= 0
        assert ticket.side is fill.side
    for perm_id in placed:
        order = floor.order(perm_id)
        assert filled[perm_id] == order.filled <= order.ticket.quantity
        assert (order.state == "Filled") == (order.remaining == 0)
        if order.ticket.all_or_none or order.ticket.tif == "FOK":
            assert order.state == "Filled" or not order.filled
        if order.ticket.tif in ("IOC", "FOK"):
            assert order.state in (*DONE, "PreSubmitted")


def check_limits(floor: Floor) -> None:
    """No fill was worse than the limit that its order has in the report that tells of it."""
    fills: dict[int, Execution] = {}
    for report in floor.reports:
        if isinstance(report, Execution):
            fills[report.perm_id] = report
        elif isinstance(report, OrderReport) and report.perm_id in fills:
            fill, limit = fills.pop(report.perm_id), report.limit_price
            assert limit is None or (Decimal(str(fill.price)) - limit) * fill.side.sign <= 0
            assert report.filled == fill.cumulative
    assert not fills


def check_brackets(floor: Floor, placed: list[int]) -> None:
    """Children together never sold more than their parent bought."""
    exits: dict[int, Decimal] = defaultdict(Decimal)
    for perm_id in placed:
        order = floor.order(perm_id)
        if order.ticket.parent is not None:
            exits[order.ticket.parent] += order.filled
    for parent, sold in exits.items():
        assert sold <= floor.order(parent).filled


def check_ends(floor: Floor) -> None:
    """Nothing is told of an order after its end."""
    ended: set[int] = set()
    for report in floor.heard(OrderReport):
        assert report.perm_id not in ended
        if report.state in DONE:
            ended.add(report.perm_id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(actions, min_size=5, max_size=40))
def test_books_always_balance(played: list[tuple[object, ...]]) -> None:
    player = Player()
    for action in played:
        player.play(action)
        check_money(player.floor)
    check_orders(player.floor, player.placed)
    check_limits(player.floor)
    check_ends(player.floor)
    if not any(action[0] == "change" for action in played):
        check_brackets(player.floor, player.placed)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 30), actions), min_size=1, max_size=12), st.floats(0.01, 1))
def test_cutting_time_changes_nothing_whatever_is_done(
    played: list[tuple[float, tuple[object, ...]]], cut: float
) -> None:
    whole, fine = Player(), Player()
    for seconds, action in played:
        whole.play(action)
        fine.play(action)
        whole.floor.wait(seconds=seconds)
        until = whole.floor.exchange.now
        fine.floor.wait(seconds=seconds * cut)
        fine.floor.exchange.advance(until)
    assert whole.floor.reports == fine.floor.reports
