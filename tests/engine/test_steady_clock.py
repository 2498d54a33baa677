"""A clock that jumps, a machine that sleeps: noticed, told, asked about; and no day begins anew by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibtui.domain.calendar.clock import Clock, SystemClock
from ibtui.domain.failure import IbtuiError
from ibtui.engine.steady_clock import AGREED, LATE, STEP, SteadyClock
from tests.clocks import CLOCK, MORNING, ManualClock
from tests.engine.markets import AAPL, CAREFUL, hold
from tests.engines import running_engine
from tests.gateways import running_gateway


class Machine:
    """A machine whose clock can be set, and which can sleep."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.set_by = timedelta()
        self.slept = 0.0

    def now(self) -> datetime:
        return self._clock.now() + self.set_by + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return self._clock.monotonic() + self.slept


class Kit:
    def __init__(self) -> None:
        self.hand = ManualClock(MORNING)
        self.machine = Machine(self.hand)
        self.clock = SteadyClock(self.machine)

    def second(self, seconds: float = 1.0) -> list[str]:
        self.hand.advance(seconds)
        return self.clock.look()


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_a_clock_that_is_set_is_told_and_not_followed(hours: int) -> None:
    kit = Kit()
    kit.machine.set_by = timedelta(hours=hours)
    assert kit.clock.now() == MORNING, "also before the next look"
    (told,) = kit.second()
    assert f"went {'forward' if hours > 0 else 'back'} by {abs(hours) * 3600} s" in told
    assert kit.second() == []
    assert kit.clock.now() == MORNING + timedelta(seconds=2)
    kit.machine.set_by = timedelta()
    (told,) = kit.second()
    assert "is back where it was" in told
    assert kit.clock.now() == kit.machine.now()


def test_a_clock_that_ib_agrees_with_is_followed() -> None:
    kit = Kit()
    kit.machine.set_by = timedelta(hours=3)
    kit.second()
    assert not kit.clock.confirm(MORNING)
    assert kit.clock.now() < kit.machine.now()
    assert kit.clock.confirm(kit.machine.now() - timedelta(seconds=AGREED - 1))
    assert kit.clock.now() == kit.machine.now()
    assert kit.second() == []


def test_a_second_jump_is_told_too() -> None:
    kit = Kit()
    for hours, words in ((8, "forward by 28800 s"), (-8, "back by 28800 s"), (72, "forward by 259200 s")):
        kit.machine.set_by = timedelta(hours=hours)
        (told,) = kit.second()
        assert words in told


@given(st.lists(st.floats(-STEP * 0.9, STEP * 0.9), max_size=30))
def test_a_clock_that_drifts_is_followed_in_silence(drifts: list[float]) -> None:
    kit = Kit()
    for drift in drifts:
        kit.machine.set_by += timedelta(seconds=drift)
        assert kit.second() == []
        assert kit.clock.now() == kit.machine.now()


def test_a_machine_that_slept_is_told_and_its_time_is_right() -> None:
    kit = Kit()
    kit.machine.slept = 3600.0
    (told,) = kit.second()
    assert "the engine stood still for 3600 s" in told
    assert kit.clock.now() == kit.machine.now()
    assert kit.second(LATE) == []


def test_the_machines_monotonic_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    first = before = clock.monotonic()
    for slept in (100.0, 50.0, 4000.0, -4000.0):
        monkeypatch.setattr("time.clock_gettime", lambda _, by=slept: first + by)
        assert clock.monotonic() >= before
        before = clock.monotonic()
    assert before >= first + 4000


async def test_a_jump_kills_previews_and_old_markets_and_asks_ib(tmp_path: Path) -> None:
    machine = Machine(CLOCK)
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, clock=machine, **CAREFUL) as engine:
            plan = await engine.preview("buy 1 AAPL market")
            before = engine.engine.parts.session.epoch
            hold(gateway, 187.40, 187.42)
            machine.set_by = timedelta(hours=-30)
            engine.engine.parts.clock_watch.look()
            status = await engine.status()
            assert status.state == "reconciling"
            assert all(quote.age is not None and quote.age > 3600 for quote in status.quotes if quote.bid)
            await engine.until(lambda s: s.state == "active")
            await engine.said("the clock of this machine went back by 108000 s; the engine keeps its time")
            with pytest.raises(IbtuiError, match="not known any more"):
                await engine.send(plan.token)
            assert engine.engine.parts.session.epoch == before
            assert abs((engine.engine.setting.clock.now() - CLOCK.now()).total_seconds()) < STEP


async def test_a_day_of_losses_does_not_end_with_a_clock_that_is_set(tmp_path: Path) -> None:
    machine = Machine(CLOCK)
    async with running_gateway() as gateway:
        hold(gateway)
        async with running_engine(tmp_path, gateway.port, clock=machine, **CAREFUL) as engine:
            await engine.do("buy 100 AAPL market")
            await engine.until(lambda s: bool(s.positions))
            hold(gateway, 181.00, 181.02)
            gateway.backend.exchange.set_price(AAPL, 181.01)
            await engine.until(lambda s: engine.logged("the limit daily_loss is 500.00"))
            hold(gateway)
            gateway.backend.exchange.set_price(AAPL, 187.41)
            await engine.until(lambda s: s.account is not None and (s.account.day_pnl or -501) > -500)
            for hours in (30, -30, 0):
                machine.set_by = timedelta(hours=hours)
                engine.engine.parts.clock_watch.look()
                await engine.until(lambda s: s.state == "active")
                engine.engine.parts.losses.look()
                assert engine.engine.parts.lows.of("") is not None
        machine.set_by = timedelta(hours=-30)
        async with running_engine(tmp_path, gateway.port, clock=machine, **CAREFUL) as engine:
            engine.engine.parts.losses.look()
            assert engine.engine.parts.lows.of("") is not None


async def test_ibs_time_ends_a_jump(tmp_path: Path) -> None:
    machine = Machine(CLOCK)
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, clock=machine, **CAREFUL) as engine:
        machine.set_by = gateway.backend.exchange.now - CLOCK.now() + timedelta(hours=5)
        engine.engine.parts.clock_watch.look()
        engine.engine.parts.intake.hear(int(machine.now().timestamp()))
        assert engine.engine.setting.clock.now() - machine.now() < timedelta(seconds=STEP)
        await engine.until(lambda s: engine.logged("IB's time agrees with this machine's clock"))
