"""Built-in strategies end to end: a real worker, a real session, a real gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from ibtui.domain.order import Order
from ibtui.domain.signal import signal
from ibtui.gateway.server import Gateway
from ibtui.link.messages import Tell
from tests.clocks import CLOCK, PATIENCE
from tests.engine.markets import AAPL, CALM, hold, trades
from tests.engine.supervisor_house import house
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

MSFT = 272093


@asynccontextmanager
async def trading(tmp_path: Path) -> AsyncIterator[tuple[Gateway, Driver]]:
    """An engine on a market of AAPL that holds still around 187.41."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        yield gateway, engine


def of(orders: Iterable[Order], owner: str) -> list[Order]:
    return [order for order in orders if order.owner == owner and order.live]


async def decided(engine: Driver, text: str, within: float = PATIENCE) -> None:
    """Until a strategy says so."""
    await engine.until(lambda s: any(text in one.decision for one in s.strategies), within)


async def test_the_guard_covers_a_position_of_the_trader_and_its_stop_outlives_it(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("buy 100 AAPL market")
        await engine.do("start guard symbol=AAPL bar=1s stop=2 trail=1")
        status = await engine.until(lambda s: bool(of(s.orders, "guard.AAPL")) and bool(s.positions))
        (stop,) = of(status.orders, "guard.AAPL")
        assert f"{stop.side} {stop.quantity:.0f} {stop.type} {stop.tif}" == "SELL 100 STP GTC"
        assert stop.protective
        await decided(engine, "+100 from 187.4")
        await engine.do("buy 50 AAPL market")
        await engine.order(stop.ref, lambda o: o.quantity == 150)
        async with trades(gateway, [187.41, 190.0]):
            moved = await engine.order(stop.ref, lambda o: float(o.stop_price or 0) > 188.0)
            outcome = await engine.do("stop guard.AAPL")
            assert "1 protective stop stays" in outcome.message
        assert float(moved.stop_price or 0) == 188.1
        hold(gateway, 187.00, 187.02)
        gateway.backend.exchange.set_price(AAPL, 187.01)
        await engine.until(lambda s: not s.positions)
        assert not of((await engine.status()).orders, "guard.AAPL")


async def test_the_chase_steps_to_the_market_and_is_done(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        hold(gateway, 187.00, 187.40)
        await engine.do("start chase symbol=AAPL quantity=100 seconds=1 step=5 slippage=100")
        status = await engine.until(lambda s: bool(of(s.orders, "chase.AAPL")))
        (order,) = of(status.orders, "chase.AAPL")
        assert float(order.limit_price or 0) == 187.20
        async with trades(gateway, [187.30]):
            await engine.order(order.ref, lambda o: float(o.limit_price or 0) > 187.2 or o.status == "filled")
            await engine.until(lambda s: sum(float(p.quantity) for p in s.positions) == 100)
            await decided(engine, "buy 100 of 100")
        assert len([o for o in (await engine.status()).orders if o.owner == "chase.AAPL"]) == 1


async def test_slices_add_up(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start twap symbol=AAPL bar=1s quantity=30 minutes=0.02 slices=3 vary=0")
        await engine.do("start vwap symbol=AAPL bar=1s quantity=20 minutes=0.02 side=buy days=1")
        async with trades(gateway, [187.41]):
            status = await engine.until(lambda s: sum(float(p.quantity) for p in s.positions) == 50)
            await decided(engine, "buy 30 of 30")
            await decided(engine, "buy 20 of 20")
        assert len([o for o in status.orders if o.owner == "twap.AAPL"]) >= 2


async def test_the_scalper_goes_round(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start scalper symbol=AAPL bar=1s price=187.3 gain=0.2 loss=1 shares=10 rounds=1 pause=0")
        async with trades(gateway, [187.41]):
            await engine.until(lambda s: len(of(s.orders, "scalper")) == 3)
            hold(gateway, 187.28, 187.30)
            await engine.until(lambda s: bool(s.positions))
            hold(gateway, 187.60, 187.62)
            await engine.until(lambda s: not s.positions)
            await decided(engine, "1 won · done")


async def test_the_strongest_are_bought(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        hold(gateway, size=100_000)
        await engine.do("start momentum symbols=AAPL,MSFT bar=1s lookback=1 top=1 rank_every=500 share=1")
        async with trades(gateway, [187.5 + n * 0.01 for n in range(100)]):
            status = await engine.until(lambda s: bool(s.positions))
        assert [p.symbol for p in status.positions] == ["AAPL"]
        assert float(status.positions[0].quantity) == 53


async def test_it_buys_what_is_far_from_its_mean(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start mean_reversion symbol=AAPL bar=1s window=10 enter=1 give_up=20 shares=10 sides=both")
        async with trades(gateway, [187.41] * 30 + [180.0 + n * 0.01 for n in range(100)]):
            await engine.until(lambda s: any(o.owner == "mean_reversion" for o in s.orders))
            await engine.until(lambda s: bool(s.positions))


async def test_a_headline_fires_the_trigger(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start trigger symbol=AAPL bar=1s words=merger stop=2 shares=10")
        async with trades(gateway, [187.41]):
            await decided(engine, "waits for an event")
            await engine.ask(Tell(signals=(signal(CLOCK.now(), "news", "AAPL", text="no news"),)))
            await engine.ask(Tell(signals=(signal(CLOCK.now(), "news", "AAPL", text="A merger!"),)))
            status = await engine.until(lambda s: bool(s.positions) and len(of(s.orders, "trigger")) == 1)
        (stop,) = of(status.orders, "trigger")
        assert (stop.role, float(stop.stop_price or 0)) == ("stop", 183.66)
        assert len([o for o in status.orders if o.role == "entry"]) == 1


async def test_both_legs_of_a_pair(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start pairs first=AAPL second=MSFT bar=1s window=5 enter=0.5 leave=-5 give_up=20 cash=1000")
        up = [187.41] * 20 + [187 + n * 0.02 for n in range(100)]
        level = [420.0 + n % 2 * 0.05 for n in range(100)]
        async with trades(gateway, up), trades(gateway, level, MSFT):
            status = await engine.until(lambda s: len(s.positions) == 2)
        assert sorted(float(p.quantity) for p in status.positions)[0] < 0


async def test_flat_at_the_end_of_the_day(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: bool(s.positions))
        await engine.do("start eod_flatten symbols=AAPL,MSFT bar=1s when=00:00")
        async with trades(gateway, [187.41]):
            await engine.until(lambda s: not s.positions)


async def test_what_the_trader_protected_himself_is_closed_too(tmp_path: Path) -> None:
    """A stop of the trader's own does not keep the close from going out, and goes with the position it guarded."""
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("buy 100 AAPL market sl 180")
        await engine.until(lambda s: any(p.cover == "full" for p in s.positions))
        await engine.do("start eod_flatten symbols=AAPL bar=1s when=00:00")
        async with trades(gateway, [187.41]):
            await engine.until(
                lambda s: not s.positions and [str(o.status) for o in s.orders if o.role == "stop"] == ["cancelled"]
            )


async def test_the_opening_range_is_waited_for(tmp_path: Path) -> None:
    async with trading(tmp_path) as (gateway, engine):
        await engine.do("start orb symbol=AAPL bar=1s minutes=1 opens=23:57 latest=23:58 flat=23:59")
        async with trades(gateway, [187.41]):
            await decided(engine, "waits for the range of 1 min from 23:57")


async def test_the_breakout_of_the_opening_range(tmp_path: Path) -> None:
    """A minute of range, which a clock in the test's hand passes at once."""
    async with house(tmp_path) as here:
        await here.supervisor.describe_all()
        here.host.fill_at_once = True
        await here.supervisor.start("orb", {"bar": "1s", "minutes": "1", "opens": "10:00", "buffer": "0"})
        for n in range(61):
            here.trade(100 + n % 2)
        await here.decide("orb", 100)
        assert here.status("orb").decision.startswith("range 100.00 to 101.00, now 100.00 · waits for a breakout")
        await here.decide("orb", 102)
        await here.host.until(lambda: here.host.intents)
        (intent,) = here.host.intents
        assert f"{intent.side} {intent.protect} {intent.target}" == "BUY 100.00 106.00"
        await here.decide("orb", 102.5)
        assert "holds +100" in here.status("orb").decision


async def test_a_chase_that_was_switched_off_begins_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.supervisor.describe_all()
        here.quote(100)
        await here.supervisor.start("chase", {"symbol": "SPY"})
        await here.host.until(lambda: here.host.orders)
        (first,) = here.host.intents
        here.host.execute(first.ref, Decimal(40), 100.0)
        await here.host.until(lambda: "buy 40 of 100" in here.status("chase.SPY").decision)
        await here.supervisor.stop("chase.SPY")
        assert here.host.cancelled == [first.ref]
        await here.supervisor.start("chase", {"symbol": "SPY"})
        await here.host.until(lambda: len(here.host.intents) == 2)
        assert here.host.intents[1].quantity == 100


async def test_the_guard_in_shadow_draws_its_stop(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.supervisor.describe_all()
        here.host.account_holds["SPY"] = Decimal(100)
        here.quote(100)
        await here.supervisor.start("guard", {"symbol": "SPY", "stop": "2"}, shadow=True)
        await here.host.until(lambda: here.status("guard.SPY").drawn)
        assert here.status("guard.SPY").drawn == ("would SELL 100 SPY at 98.00 stop",)
        assert here.host.intents == []


async def test_the_stop_of_a_guard_that_is_off_survives_a_reconnect(tmp_path: Path) -> None:
    """It guards the account's position, not one of the guard's own: it is no left-over entry."""
    async with house(tmp_path) as here:
        await here.supervisor.describe_all()
        here.host.account_holds["SPY"] = Decimal(100)
        here.quote(100)
        await here.supervisor.start("guard", {"symbol": "SPY", "stop": "2"})
        await here.host.until(lambda: here.host.orders)
        assert await here.supervisor.stop("guard.SPY") == "guard.SPY is off: 1 protective stop stays."
        here.supervisor.on_session(False)
        here.supervisor.on_session(True)
        assert here.host.cancelled == []
        here.host.account_holds["SPY"] = Decimal(0)
        here.supervisor.on_session(False)
        here.supervisor.on_session(True)
        assert len(here.host.cancelled) == 1, "with nothing left to guard it would open a position"


async def test_a_guard_is_not_told_that_a_held_instrument_is_flat(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.supervisor.describe_all()
        here.host.account_holds["SPY"] = Decimal(100)
        here.quote(100)
        await here.supervisor.start("guard", {"symbol": "SPY", "stop": "2"})
        await here.host.until(lambda: here.host.orders)
        here.host.in_doubt.add("SPY")
        here.host.account_holds["SPY"] = Decimal(0)
        here.telling.on_position("SPY")
        assert here.status("guard.SPY").state == "paused"
        here.host.account_holds["SPY"] = Decimal(50)
        here.host.in_doubt.clear()
        here.telling.on_hold("SPY")
        await here.host.until(lambda: here.host.changed)
        assert here.host.cancelled == []
