"""One session of the whole cast on the stepped gateway, live and in shadow, and what its recording makes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from ibtui.backtest import run
from ibtui.backtest.decisions import DecisionLog
from ibtui.cli.past import PastOptions, choose
from tests.clocks import ManualClock
from tests.parity.cast import CAST, THIN, THIN_ROLE, Role, write_strategies
from tests.parity.deeds import Course, lived, replayed, shadowed
from tests.parity.hand_loop import run_by_hand
from tests.parity.stage import HandMarket, hand_market

BEGIN = datetime(2026, 11, 23, 14, 31, tzinfo=UTC)
"""09:31 in New York, a Monday; the market is recorded from here on."""
START = BEGIN + timedelta(seconds=150)
"""When the strategies are switched on: a bar of each length begins."""
END = START + timedelta(minutes=4)
SECOND = timedelta(seconds=1)
ROLES = {**CAST, THIN: THIN_ROLE}
SYMBOLS = tuple(dict.fromkeys(symbol for role in ROLES.values() for symbol in role.symbols))


class Played(NamedTuple):
    """A session that is over."""

    live: dict[str, Course]
    shadow: dict[str, Course]
    recording: Path

    def past(self, name: str) -> Course:
        """The course of a role over the recording, as `ibtui backtest` runs it from the start on."""
        role = ROLES[name]
        typed = [f"{key}={value}" for key, value in role.parameters.items()]
        where = str(self.recording.parent.parent / "strategies" / f"{name}.py")
        named = where if Path(where).exists() else name.partition(".")[0] if name != THIN else "sma_cross"
        options = PastOptions(data=(str(self.recording),), cash=1_000_000.0, commission="none")
        chosen, log = choose(named, typed, options), DecisionLog()
        result = run(
            chosen.strategy,
            chosen.source.of(chosen.traded),
            chosen.values,
            replace(chosen.settings, since=START),
            seconds=chosen.source.seconds,
            symbols=chosen.symbols,
            signals=chosen.signals(),
            decisions=log,
        )
        return replayed(log, result.trades.fills())


def play(folder: Path) -> Played:
    """Play the session."""
    clock = ManualClock(BEGIN)
    write_strategies(folder / "strategies")
    return run_by_hand(clock, lambda: _played(folder, clock))


async def _played(folder: Path, clock: ManualClock) -> Played:
    async with hand_market(folder, clock, SYMBOLS, folder / "strategies") as market:
        while len((await market.engine.status()).quotes) < len(SYMBOLS):
            await market.go(clock.now() + SECOND / 4)
        for symbol in SYMBOLS:
            market.hold(symbol, 100, size=100 if symbol in THIN_ROLE.symbols else 10_000)
        await market.record(SYMBOLS)
        await market.go(BEGIN + 10 * SECOND)
        walk = _walk()
        await _go(market, walk, START)
        for name, role in ROLES.items():
            await _start(market, name, role)
        await _go(market, walk, END)
        instruments = dict(market.engine.engine.parts.state.instruments)
        live = {name: lived(market.talked(_label(name, "live")).story, instruments) for name in ROLES}
        shadow = {name: shadowed(market.talked(_label(name, "shadow")).story) for name in ROLES}
        return Played(live, shadow, await market.stop_recording())


def _label(name: str, how: str) -> str:
    """The name of a run: what goes out with an order is short."""
    return f"sma_cross.thin{how[0]}" if name == THIN else f"{name}.{how[0]}"


async def _start(market: HandMarket, name: str, role: Role) -> None:
    for how in ("live", "shadow"):
        await market.start(_label(name, how), role.parameters, shadow=how == "shadow")


def _walk() -> Iterator[dict[str, float]]:
    """Prices of every symbol, second by second, in cents."""
    dice, prices = random.Random(3), dict.fromkeys(SYMBOLS, 100.0)
    while True:
        yield dict(prices)
        prices = {symbol: round(price + dice.randint(-4, 4) / 100, 2) for symbol, price in prices.items()}


async def _go(market: HandMarket, walk: Iterator[dict[str, float]], until: datetime) -> None:
    """The market walks on, between two seconds; where bars close everybody decides on a market that stands."""
    while (second := market.clock.now().replace(microsecond=0)) < until:
        await market.go(second + SECOND / 2)
        if second.second % 20 == 7:
            await _speak(market, second)
        await market.tell(next(walk))
        await market.go(second + SECOND)
        if (second + SECOND).second % 5 == 0:
            await market.go(second + SECOND * 1.05)


async def _speak(market: HandMarket, second: datetime) -> None:
    """Another program says something of what is traded by it."""
    await market.say("prediction", "AMD", 0.8 if second.second < 20 else -0.8)
    await market.say("economic", "BAC", 1.0, expected=0.5)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The session, played once for all tests of a module."""
    return play(tmp_path_factory.mktemp("parity"))
