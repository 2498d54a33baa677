"""Everything that can befall an engine, in any order: it may not know, but it never says what is not so."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ibtui.domain.order import Side
from tests.exits.jumping import JumpingLoop
from tests.exits.stage import MARKETS
from tests.machine.lies import at_any_moment, once_settled
from tests.machine.world import SETTLED, STRANGER, Misfortunes, misfortunes

LONG = bool(os.environ.get("IBTUI_LONG"))
STEPS = 50
EXAMPLES = 800 if LONG else 4
LEAST_STEPS = 20_000 if LONG else 1
"""`.ci/run long` takes 20,000 steps and more, other ones each time; the suite takes the same few. An example is seldom
as long as it may be."""
pytestmark = pytest.mark.timeout(36_000 if LONG else 180)

SYMBOLS = st.sampled_from(sorted(MARKETS))
SIDES = st.sampled_from(["buy", "sell"])
QUANTITIES = st.sampled_from([1, 7, 50, 100])
SECONDS = st.sampled_from([0.0, 0.02, 0.3, 2.0, 6.0, 40.0])
PICKS = st.integers(0, 1000)
TOLD, ENDS, ASKED = (3, 5, 11, 59, 61), (53, 55, 62, 102), (3, 4)
"""Of orders, fills and positions; the ends of lists; to place and to cancel: messages by their numbers on the wire."""
FAULTS = st.sampled_from(
    [(name, message) for name in ("duplicate", "reverse") for message in TOLD]
    + [("suppress", message) for message in (*TOLD[:3], *ENDS)]
    + [("swallow", message) for message in ASKED]
    + [("freeze", 0), ("outage", 1100), ("outage", 2110)]
)


class Engine(RuleBasedStateMachine):
    """One example: at most `STEPS` things that happen, and after each the engine is asked what it says."""

    taken = 0
    """Steps in all examples."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=JumpingLoop)
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()

    @initialize()
    def begin(self) -> None:
        self.world: Misfortunes = self.wait(self.stack.enter_async_context(misfortunes(Path(self.folder.name))))

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def step(self, work: Coroutine[Any, Any, Any], seconds: float) -> None:
        Engine.taken += 1

        async def happen() -> None:
            await work
            await self.world.stage.passes(seconds)
            lies = at_any_moment(self.world, await self.world.status())
            assert not lies, f"{lies}\n{self.world.report()}"

        self.wait(happen())

    def ref(self, pick: int, live: bool = True) -> str:
        """One of our orders."""
        orders = [order.ref for order in self.wait(self.world.status()).orders if order.live or not live]
        return orders[pick % len(orders)] if orders else "nothing"

    # a person

    @rule(symbol=SYMBOLS, side=SIDES, quantity=QUANTITIES, off=st.sampled_from([-2.0, -0.5, 0.0, 0.5]), seconds=SECONDS,
          tif=st.sampled_from(["", " gtc"]))  # fmt: skip
    def limit(self, symbol: str, side: str, quantity: int, off: float, seconds: float, tif: str) -> None:
        bid, ask = MARKETS[symbol]
        price = ask * (1 + off / 100) if side == "buy" else bid * (1 - off / 100)
        self.step(self.world.say(f"{side} {quantity} {symbol} @ {price:.2f}{tif}"), seconds)

    @rule(symbol=SYMBOLS, side=SIDES, quantity=QUANTITIES, seconds=SECONDS)
    def market(self, symbol: str, side: str, quantity: int, seconds: float) -> None:
        self.step(self.world.say(f"{side} {quantity} {symbol} market"), seconds)

    @rule(symbol=SYMBOLS, quantity=QUANTITIES, seconds=SECONDS, market=st.booleans())
    def bracket(self, symbol: str, quantity: int, seconds: float, market: bool) -> None:
        bid = MARKETS[symbol][0]
        price = "market" if market else f"@ {bid * 0.99:.2f}"
        line = f"buy {quantity} {symbol} {price} tp {bid * 1.05:.2f} sl {bid * 0.95:.2f}"
        self.step(self.world.say(line), seconds)

    @rule(pick=PICKS, seconds=SECONDS)
    def cancel(self, pick: int, seconds: float) -> None:
        self.step(self.world.say(f"cancel {self.ref(pick)}"), seconds)

    @rule(pick=PICKS, by=st.sampled_from([0.99, 0.995, 1.005]), seconds=SECONDS)
    def change(self, pick: int, by: float, seconds: float) -> None:
        self.step(self.world.change(self.ref(pick), by), seconds)

    @rule(line=st.sampled_from(["cancel all", "flatten all", "halt", "resume"]), seconds=SECONDS)
    def all(self, line: str, seconds: float) -> None:
        self.step(self.world.say(line), seconds)

    @rule(symbol=SYMBOLS, word=st.sampled_from(["close", "accept"]), seconds=SECONDS)
    def one(self, symbol: str, word: str, seconds: float) -> None:
        self.step(self.world.say(f"{word} {symbol}"), seconds)

    # the market and others

    @rule(symbol=SYMBOLS, by=st.sampled_from([0.94, 0.98, 0.999, 1.001, 1.02, 1.06]), seconds=SECONDS)
    def price(self, symbol: str, by: float, seconds: float) -> None:
        self.step(self.world.price(symbol, MARKETS[symbol][0] * by), seconds)

    @rule(symbol=SYMBOLS, size=st.sampled_from([1, 10]), seconds=SECONDS)
    def thin(self, symbol: str, size: int, seconds: float) -> None:
        self.step(self.world.thin(symbol, size), seconds)

    @rule(symbol=SYMBOLS, side=st.sampled_from(Side), quantity=QUANTITIES, client=st.sampled_from([0, STRANGER]))
    def stranger(self, symbol: str, side: Side, quantity: int, client: int) -> None:
        self.step(self.world.stranger(symbol, side, quantity, client), 0.3)

    @rule(pick=PICKS, seconds=SECONDS)
    def forgotten(self, pick: int, seconds: float) -> None:
        self.step(self.world.forgotten(self.ref(pick)), seconds)

    @rule(pick=PICKS, left=st.sampled_from([0, 3]), seconds=SECONDS)
    def corrected(self, pick: int, left: int, seconds: float) -> None:
        self.step(self.world.correct(pick, left), seconds)

    # the link

    @rule(fault=FAULTS, seconds=SECONDS, lasting=st.booleans())
    def fault(self, fault: tuple[str, int], seconds: float, lasting: bool) -> None:
        self.step(self.world.fault(*fault), seconds)
        if not lasting:
            self.step(self.world.heal(), 2.0)

    @rule(broken=st.sampled_from(["cut", "refuse", "rolled_back"]), seconds=SECONDS)
    def broken(self, broken: str, seconds: float) -> None:
        self.step(getattr(self.world, broken)(), seconds)

    @precondition(lambda self: self.world.sentences and not self.world.sentences[-1].endswith("well again"))
    @rule(seconds=SECONDS)
    def healed(self, seconds: float) -> None:
        self.step(self.world.heal(), seconds)

    # processes and days

    @rule(written=st.booleans(), seconds=SECONDS)
    def killed(self, written: bool, seconds: float) -> None:
        self.step(self.world.crash(written), seconds)

    @rule(symbol=SYMBOLS, quantity=QUANTITIES, written=st.booleans(), after=st.integers(0, 12))
    def killed_while_it_sends(self, symbol: str, quantity: int, written: bool, after: int) -> None:
        async def befall() -> None:
            bid = MARKETS[symbol][0]
            line = f"buy {quantity} {symbol} @ {bid * 0.99:.2f} tp {bid * 1.05:.2f} sl {bid * 0.95:.2f}"
            self.world.note(f"{line}, not waited for")
            asked = asyncio.create_task(self.world.stage.driver.do(line, wait=False))
            for _ in range(after):
                await asyncio.sleep(0)
            asked.add_done_callback(lambda task: task.cancelled() or task.exception())
            await self.world.crash(written)
            asked.cancel()

        self.step(befall(), 0.3)

    @rule(visits=st.sampled_from([0.93, 0.98, 1.0, 1.03, 1.07]), seconds=SECONDS)
    def away(self, visits: float, seconds: float) -> None:
        self.step(self.world.night_away(visits), seconds)

    @rule(symbol=SYMBOLS, quantity=QUANTITIES, visits=st.sampled_from([0.98, 1.0]))
    def rests_over_night(self, symbol: str, quantity: int, visits: float) -> None:
        self.step(self.world.say(f"buy {quantity} {symbol} @ {MARKETS[symbol][0] * 0.99:.2f}"), 2.0)
        self.step(self.world.night_away(visits), 6.0)

    @rule(ended=st.sampled_from(["restart", "anew", "night"]), seconds=SECONDS)
    def ended(self, ended: str, seconds: float) -> None:
        self.step(getattr(self.world, ended)(), seconds)

    @precondition(lambda self: self.world.sentences and not self.world.sentences[-1].endswith("well again"))
    @rule()
    def settled(self) -> None:
        self.wait(self._settle())

    async def _settle(self) -> None:
        await self.world.heal()
        await self.world.stage.passes(SETTLED)
        lies = once_settled(self.world, await self.world.status())
        assert not lies, f"{lies}\n{self.world.report()}"

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                try:
                    self.wait(self._settle())
                finally:
                    self.wait(self.stack.aclose())
        finally:
            self.runner.close()
            self.folder.cleanup()


def test_whatever_befalls_the_engine_it_says_nothing_that_is_not_so() -> None:
    run_state_machine_as_test(
        Engine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
            derandomize=not LONG,
            database=None,
            report_multiple_bugs=False,
            print_blob=True,
        ),
    )
    assert Engine.taken >= LEAST_STEPS
