"""Closes outside regular hours, over a gateway that keeps them: nothing is stripped, and every sentence is true."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.calendar.clock import SetClock
from ibtui.domain.order import Order
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, held
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

EVENING = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
"""Monday, 17:30 in New York."""
NIGHT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)
HALF_DAY = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
"""Friday after Thanksgiving, 13:30: regular hours ended at one."""
SPX_FUTURE = "ESZ6"


@asynccontextmanager
async def evening(
    tmp_path: Path, start: datetime = EVENING, symbol: str = "AAPL", con_id: int = AAPL, quantity: int = 100
) -> AsyncIterator[tuple[Gateway, Driver]]:
    """An engine at that moment, with a position that has been there since regular hours, and its market."""
    exchange = Exchange(seed=7, start=datetime(2026, 11, 23, 15, tzinfo=UTC), cash=1_000_000.0, always_open=False)
    exchange.transfer(exchange.accounts[0], con_id, Decimal(quantity))
    exchange.advance(start)
    settings = CALM | {"watchlist": (symbol,)}
    async with (
        running_gateway(exchange=exchange) as gateway,
        running_engine(tmp_path, gateway.port, clock=SetClock(start), ready=False, **settings) as engine,
    ):
        await engine.until(lambda s: s.connection.state == "active" and any(p.symbol == symbol for p in s.positions))
        await engine.until(lambda s: symbol in engine.engine.parts.state.hours)
        yield gateway, engine


def cover(status: Status) -> str:
    return next((position.cover for position in status.positions), "flat")


def live(status: Status) -> list[Order]:
    return [order for order in status.orders if order.live]


async def guarded(engine: Driver) -> None:
    await engine.until(lambda s: any(q.symbol == "AAPL" and q.bid and q.ask for q in s.quotes))
    await engine.do("sell 100 AAPL stop 150 gtc")
    await engine.until(lambda s: cover(s) == "full")


def opens_beyond_the_stop(gateway: Gateway) -> None:
    """The next morning, at 140."""
    exchange = gateway.backend.exchange
    exchange.advance(datetime(2026, 11, 24, 14, 29, 50, tzinfo=UTC))
    exchange.set_price(AAPL, 140.0)
    exchange.advance(datetime(2026, 11, 24, 14, 31, tzinfo=UTC))


@pytest.mark.parametrize("text", ["close AAPL", "flatten AAPL", "flatten all"])
async def test_a_close_in_the_evening_keeps_the_stop_and_says_when_it_trades(tmp_path: Path, text: str) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        plan = await engine.preview(text)
        assert plan.sentence == "SELL 100 AAPL at market, day, waits until Tue 9:30"
        assert plan.offer.startswith("`outside` sends a limit instead, ")
        assert plan.offer.endswith("for AAPL, which may trade now")
        outcome = await engine.send(plan.token)
        assert outcome.message == "SELL 100 AAPL MKT waits until Tue 9:30, the stop stays until it fills"
        (closing,) = outcome.closings
        assert (int(closing.sent), int(closing.left), closing.why, closing.waits) == (100, 0, "", "until Tue 9:30")
        (order,) = outcome.orders
        assert order.reason == "held by IB until 2026-11-24 09:30:00 US/Eastern"
        status = await engine.status()
        assert cover(status) == "full"
        assert len(live(status)) == 2
        assert held(gateway) == 100


async def test_the_close_trades_at_the_open_and_takes_the_stop_with_it(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        await engine.do("flatten AAPL")
        gateway.backend.exchange.advance(datetime(2026, 11, 24, 14, 31, tzinfo=UTC))
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


@pytest.mark.parametrize("text", ["close AAPL outside", "flatten AAPL outside", "flatten all outside"])
async def test_the_word_outside_sends_a_limit_that_trades_now(tmp_path: Path, text: str) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        plan = await engine.preview(text)
        assert "limit, day, also outside regular hours" in plan.sentence
        assert "waits" not in plan.sentence
        assert plan.offer == ""
        (leg,) = plan.legs
        assert leg.limit_price is not None
        assert leg.limit_price == leg.limit_price.quantize(Decimal("0.01"))
        (order,) = (await engine.do(text)).orders
        assert order.outside_hours
        gateway.backend.exchange.advance(datetime(2026, 11, 23, 22, 32, tzinfo=UTC))
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


async def test_a_second_thought_replaces_the_waiting_close(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        (waiting,) = (await engine.do("flatten AAPL")).orders
        await engine.do("flatten AAPL outside")
        await engine.order(waiting.ref, lambda o: o.status == "cancelled")
        gateway.backend.exchange.advance(datetime(2026, 11, 23, 22, 32, tzinfo=UTC))
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


@pytest.mark.parametrize(
    ("start", "words", "offer"),
    [
        (NIGHT, "until Tue 9:30", "from Tue 4:00"),
        (SATURDAY, "until Mon 9:30", "from Mon 4:00"),
        (HALF_DAY, "until Mon 9:30", "now"),
        (datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "until 9:30", "now"),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "", ""),
    ],
)
async def test_what_is_said_at_other_hours(tmp_path: Path, start: datetime, words: str, offer: str) -> None:
    async with evening(tmp_path, start) as (_, engine):
        plan = await engine.preview("close AAPL")
        assert plan.sentence == "SELL 100 AAPL at market, day" + (f", waits {words}" if words else "")
        assert plan.offer == "" or plan.offer.endswith(f"which may trade {offer}")


async def test_unknown_hours_are_said_to_be_unknown(tmp_path: Path) -> None:
    async with evening(tmp_path) as (_, engine):
        engine.engine.parts.state.hours.clear()
        plan = await engine.preview("close AAPL")
        assert plan.sentence == "SELL 100 AAPL at market, day"
        assert "IB has not said when AAPL trades: it may wait for its market to open" in plan.warnings
        (closing,) = (await engine.do("close AAPL")).closings
        assert closing.waits == "until Tue 9:30", "as IB says of the order"


async def test_a_future_waits_for_the_end_of_its_daily_break(tmp_path: Path) -> None:
    number = Exchange(start=EVENING).listings.find(local_symbol=SPX_FUTURE)[0].instrument.con_id
    async with evening(tmp_path, EVENING, SPX_FUTURE, number, 1) as (gateway, engine):
        plan = await engine.preview(f"close {SPX_FUTURE} outside")
        assert plan.sentence == f"SELL 1 {SPX_FUTURE} at market, day, waits until 18:00"
        assert plan.offer == ""
        await engine.do(f"flatten {SPX_FUTURE}")
        gateway.backend.exchange.advance(datetime(2026, 11, 23, 23, 1, tzinfo=UTC))
        await engine.until(lambda s: not s.positions)


async def test_a_group_that_takes_no_order_leaves_the_stop_and_the_next_close_goes_beside_it(tmp_path: Path) -> None:
    async with evening(tmp_path, datetime(2026, 11, 24, 15, 0, tzinfo=UTC)) as (gateway, engine):
        await guarded(engine)
        gateway.faults.lock_groups()
        outcome = await engine.do("close AAPL")
        assert [order.status for order in outcome.orders] == ["rejected"]
        (closing,) = outcome.closings
        assert (int(closing.sent), int(closing.left)) == (0, 100)
        assert "its stop, which is still there" in closing.why
        assert cover(await engine.status()) == "full"
        await engine.do("close AAPL")
        gateway.backend.exchange.advance(datetime(2026, 11, 24, 15, 1, tzinfo=UTC))
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


async def test_a_close_beside_the_stop_says_before_the_open_that_both_may_fill(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        gateway.faults.lock_groups()
        await engine.do("close AAPL")
        says = "where the market opens beyond the stop both may fill: a short of 100"
        assert (await engine.preview("close AAPL")).warnings == (says,)
        assert says in (await engine.do("close AAPL")).message


async def test_a_stop_that_ib_does_not_change_is_exchanged_for_a_smaller_one(tmp_path: Path) -> None:
    async with evening(tmp_path, datetime(2026, 11, 24, 15, 0, tzinfo=UTC)) as (gateway, engine):
        await guarded(engine)
        gateway.faults.lock_groups()
        await engine.do("close AAPL 40")
        gateway.backend.exchange.advance(datetime(2026, 11, 24, 15, 1, tzinfo=UTC))
        status = await engine.until(lambda s: cover(s) == "full" and len(live(s)) == 1)
        assert [int(order.quantity) for order in live(status)] == [60]


async def test_a_part_that_waits_takes_a_part_of_the_stop_with_it(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        plan = await engine.preview("close AAPL 40")
        assert plan.warnings == ("the stop is split: 40 of it go with this order, the rest stays",)
        assert (await engine.preview("close AAPL 40 outside")).warnings == ()
        assert (await engine.preview("close AAPL")).warnings == ()
        (close,) = (await engine.do("close AAPL 40")).orders
        status = await engine.until(lambda s: cover(s) == "full" and len(live(s)) == 3)
        stops = {int(order.quantity): order for order in live(status) if order.type == "STP"}
        assert sorted(stops) == [40, 60]
        assert close.oca_group == stops[40].oca_group != stops[60].oca_group
        gateway.backend.exchange.advance(datetime(2026, 11, 24, 14, 31, tzinfo=UTC))
        status = await engine.until(lambda s: len(live(s)) == 1)
        assert [(int(order.quantity), order.type) for order in live(status)] == [(60, "STP")]
        assert (int(held(gateway)), cover(await engine.status())) == (60, "full")


async def test_a_halt_leaves_the_stop_of_what_a_waiting_close_is_to_close(tmp_path: Path) -> None:
    async with evening(tmp_path) as (_, engine):
        await guarded(engine)
        await engine.do("close AAPL")
        outcome = await engine.do("halt")
        assert outcome.message == "halted: no entry was working; 1 protective stop stays"
        assert cover(await engine.status()) == "full"


async def test_a_second_part_does_not_go_with_the_first_one(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        await engine.do("close AAPL 30")
        await engine.do("close AAPL 40")
        await engine.until(lambda s: cover(s) == "full")
        gateway.backend.exchange.advance(datetime(2026, 11, 24, 14, 31, tzinfo=UTC))
        status = await engine.until(lambda s: len(live(s)) == 1)
        assert (int(held(gateway)), cover(status)) == (30, "full")


async def test_a_split_is_in_the_journal_until_the_first_stop_is_smaller(tmp_path: Path) -> None:
    async with evening(tmp_path) as (_, engine):
        await guarded(engine)
        kept: list[tuple[str, str | None]] = []
        journal, state = engine.engine.parts.journal, engine.engine.parts.state
        state.listeners.order.append(lambda order: kept.append((order.ref, journal.latch("splits"))))
        (close,) = (await engine.do("close AAPL 40")).orders
        twin = f"{close.oca_group.removeprefix('ibtui-')}-x"
        assert (twin, twin) in kept
        assert journal.latch("splits") == ""


async def test_at_an_open_beyond_the_stop_a_part_that_waits_opens_no_short(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        await engine.do("close AAPL 40")
        await engine.until(lambda s: cover(s) == "full" and len(live(s)) == 3)
        opens_beyond_the_stop(gateway)
        await engine.until(lambda s: not live(s))
        assert held(gateway) == 0


async def test_parts_that_wait_count_what_no_stop_guards_once(tmp_path: Path) -> None:
    """200 held, a stop of 120: 50 and 40 are more than the 80 beside it, so the second takes 10 of the stop with it."""
    async with evening(tmp_path, quantity=200) as (gateway, engine):
        await engine.until(lambda s: any(q.symbol == "AAPL" and q.bid and q.ask for q in s.quotes))
        await engine.do("sell 120 AAPL stop 150 gtc")
        await engine.until(lambda s: cover(s) == "part")
        await engine.do("close AAPL 50")
        await engine.do("close AAPL 40")
        await engine.until(lambda s: sum(o.remaining for o in live(s) if o.type == "MKT") == 90)
        opens_beyond_the_stop(gateway)
        await engine.until(lambda s: not live(s))
        assert held(gateway) == 0


async def test_a_part_that_was_cancelled_leaves_the_whole_guarded(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        (close,) = (await engine.do("close AAPL 40")).orders
        await engine.do(f"cancel {close.ref}")
        status = await engine.until(lambda s: len(live(s)) == 2)
        assert cover(status) == "full"
        assert held(gateway) == 100


async def test_a_stop_that_cannot_be_split_guards_as_before(tmp_path: Path) -> None:
    async with evening(tmp_path) as (gateway, engine):
        await guarded(engine)
        gateway.faults.lock_groups()
        error = await engine.refused("close AAPL 40")
        assert (error.code, error.message) == (
            "not_closed",
            "IB does not change the stop of AAPL: nothing was closed.",
        )
        status = await engine.until(lambda s: len(live(s)) == 1)
        assert cover(status) == "full"
        assert [int(order.quantity) for order in live(status)] == [100]


async def test_a_part_beside_a_close_of_the_whole_says_that_nothing_is_left_to_close(tmp_path: Path) -> None:
    async with evening(tmp_path) as (_, engine):
        await engine.do("close AAPL")
        engine.engine.parts.state.quotes.clear()
        error = await engine.refused("close AAPL 40")
        assert (error.code, "leaves at most 0 to SELL" in error.message) == ("would_increase", True)


@pytest.mark.parametrize(
    ("symbol", "con_id", "quantity", "words"),
    [("EUR.USD", 12087792, 20_000, "day, waits until Sun 17:15"), ("BTC.USD", 479624278, 1, "at once or cancelled")],
)
async def test_a_currency_waits_for_sunday_and_a_coin_for_nothing(
    tmp_path: Path, symbol: str, con_id: int, quantity: int, words: str
) -> None:
    async with evening(tmp_path, SATURDAY, symbol, con_id, quantity) as (_, engine):
        plan = await engine.preview(f"close {symbol}")
        assert plan.sentence == f"SELL {quantity:,} {symbol} at market, {words}"
        assert plan.offer == ""
