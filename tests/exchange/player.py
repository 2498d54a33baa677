"""A player who does anything at an exchange."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ibtui.exchange import Refused
from ibtui.exchange.terms.kinds import KINDS as KIND
from tests.exchange.floor import AAPL, USDJPY, Floor

CASH = 1_000_000.0
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
