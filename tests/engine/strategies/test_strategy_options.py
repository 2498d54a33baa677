"""Strategies that trade options: a real worker, a real session, a real gateway."""

from __future__ import annotations

import re
import textwrap
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ibtui.domain.failure import IbtuiError
from ibtui.engine.strategies.chains import REQUESTS_PER_SECOND
from tests.clocks import CLOCK
from tests.engine.market.options import held
from tests.engine.markets import CALM, placed
from tests.engine.supervisor_house import house
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway

HEAD = """
    from ibtui.domain.failure import IbtuiError
    from ibtui.strategies import Bar, Fill, Strategy, param

    class Mine(Strategy):
        symbol: str = param("AAPL", kind="symbol")
        bar: str = param("1s", kind="bar")
"""

STRADDLE = """
        done: bool = False

        def on_bar(self, bar: Bar) -> None:
            if self.done or self.position(self.symbol) < 0:
                return
            chain = self.chain(self.symbol, days=20)
            self.explain(f"chain of {chain.expiries[0]} around {chain.spot}")
            if not self.done and bar.volume >= 0 and self._broker.live:
                self.done = True
                call, put = chain.straddle()
                self.log(f"deltas {call.delta:.1f} {put.delta:.1f} {len(chain.options)}")
                self.combo([(call, 1), (put, 1)], 1)

        def on_fill(self, fill: Fill) -> None:
            self.log(f"filled {fill.symbol} {self.position(fill.symbol):g} {len(self.orders(fill.symbol))}")
            if len(self.held) == 2:
                self.log(f"holds {' '.join(self.held)}")
"""

COVERED = """
        asked: bool = False

        def on_bar(self, bar: Bar) -> None:
            if not self._broker.live or self.asked:
                return
            call = self.chain(self.symbol, days=20).pick("C", delta=0.30)
            if self.position(self.symbol) < 100:
                self.sell(call.symbol, 1)
                self.buy(self.symbol, 100)
                self.asked = True

        def on_fill(self, fill: Fill) -> None:
            if fill.symbol == self.symbol:
                call = self.chain(self.symbol, days=20).pick("C", delta=0.30)
                self.log(f"sells {call.symbol} {self.sell(call.symbol, 1, limit=call.bid)}")
"""


def write(folder: Path, name: str, body: str) -> Path:
    """A strategy file; its folder."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(textwrap.dedent(HEAD) + textwrap.dedent(body).replace("\n", "\n    "))
    return folder


async def test_a_strategy_buys_a_straddle_from_a_chain(tmp_path: Path) -> None:
    folder = write(tmp_path / "strategies", "mine", STRADDLE)
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, strategies=folder, limits=CALM["limits"]) as engine,
    ):
        await engine.do("start mine")
        status = await engine.until(lambda s: len(s.positions) == 2)
        (order,) = (order for order in status.orders if order.combo)
        await engine.order(order.ref, lambda o: o.status == "filled")
        assert placed(gateway) == 1
        assert (
            {leg.symbol for leg in order.combo}
            == {position.symbol for position in status.positions}
            == set(held(gateway))
        )
        assert order.symbol.startswith("AAPL 18DEC26 C")
        await engine.until(lambda s: engine.logged("holds AAPL261218C"))
        await engine.said("deltas 0.")
        run = engine.engine.parts.supervisor._runs.by_name["mine"]
        status = await engine.until(lambda s: any(x.name == "mine" and x.pnl is not None for x in s.strategies))
        assert run.facts.state in ("warming", "running")
        await engine.do("stop mine")


async def test_a_straddle_in_shadow_fills_on_the_quotes_of_its_options_and_nothing_is_placed(tmp_path: Path) -> None:
    folder = write(tmp_path / "strategies", "mine", STRADDLE)
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, strategies=folder, limits=CALM["limits"]) as engine,
    ):
        await engine.do("start mine shadow")
        status = await engine.until(
            lambda s: any(x.shadow is not None and len(x.shadow.held) == 2 for x in s.strategies)
        )
        (mine,) = (one for one in status.strategies if one.name == "mine")
        assert mine.shadow is not None
        assert len({fill.ref for fill in mine.shadow.fills}) == 1
        assert all(symbol.startswith("AAPL261218") for symbol in mine.shadow.held)
        await engine.until(lambda s: engine.logged("holds AAPL261218C"))
        await engine.until(lambda s: any(x.shadow is not None and x.shadow.pnl is not None for x in s.strategies))
        assert (placed(gateway), held(gateway)) == (0, {})
        await engine.do("stop mine")


async def test_a_call_is_written_once_the_shares_are_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "strategies", "mine", COVERED)
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, strategies=folder, limits=CALM["limits"]) as engine,
    ):
        await engine.do("start mine")
        await engine.until(lambda s: engine.logged("uncovered, whose loss has no limit"))
        await engine.until(lambda s: len(s.positions) == 2)
        positions = held(gateway)
        assert positions.pop("AAPL") == 100
        assert list(positions.values()) == [-1]


async def worth_is_known(engine: Driver) -> None:
    """The running straddle knows what its two options are worth."""
    holds = re.compile(r"holds (?!0\.00)[0-9.]+, cost .* waits")
    await engine.until(lambda s: any(holds.search(x.decision) for x in s.strategies if x.name == "straddle"))


async def test_the_straddle_buys_before_an_event_and_sells_when_switched(tmp_path: Path) -> None:
    event = CLOCK.now().astimezone(ZoneInfo("America/New_York")) + timedelta(minutes=10)
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, limits=CALM["limits"]) as engine,
    ):
        await engine.engine.parts.supervisor.start(
            "straddle", {"symbol": "AAPL", "bar": "1s", "event": f"{event:%Y-%m-%d %H:%M}", "before": "60"}
        )
        status = await engine.until(lambda s: len(s.positions) == 2)
        (order,) = status.orders
        assert (order.owner, len(order.combo), placed(gateway)) == ("straddle", 2, 1)
        assert len({position.symbol[-8:] for position in status.positions}) == 1
        decided = await engine.until(
            lambda s: any("cost" in x.decision and "waits" in x.decision for x in s.strategies)
        )
        assert decided.state == "active"
        await engine.do("stop straddle")
        await engine.do("flatten all")
        await engine.until(lambda s: not s.positions)


async def test_the_covered_call_buys_shares_and_sells_a_call(tmp_path: Path) -> None:
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, limits=CALM["limits"]) as engine,
    ):
        await engine.do("start covered_call symbol=AAPL bar=1s days=20")
        await engine.until(lambda s: len(s.positions) == 2)
        positions = held(gateway)
        assert positions.pop("AAPL") == 100
        assert list(positions.values()) == [-1]
        await engine.until(lambda s: any("of the income earned" in x.decision for x in s.strategies))
        assert not engine.logged("uncovered")
        await engine.do("stop covered_call")


async def test_while_it_waits_for_a_chain_other_news_queue_up_in_order(tmp_path: Path) -> None:
    body = """
        def on_bar(self, bar: Bar) -> None:
            if not self._broker.live:
                return
            try:
                self.chain(self.symbol)
            except IbtuiError as error:
                self.log(f"{bar.close:g} {error.code}: {error.message}")
    """
    async with house(write(tmp_path / "strategies", "mine", body)) as made:
        await made.supervisor.describe_all()
        await made.supervisor.start("mine", {"symbol": "SPY"})
        made.host.library.clear()
        made.trade(99)  # the first price opens no bar
        made.trade(100)
        await made.host.until(lambda: made.host.asked_chains)
        made.trade(101)
        made.trade(102)
        assert made.host.asked_chains == [("SPY", None, 14)]
        made.host.refuse = IbtuiError("no_option", "There are none.")
        made.host.library.set()
        await made.host.until(lambda: len([line for line in made.host.lines if "no_option" in line]) == 3)
        said = [line for line in made.host.lines if "no_option" in line]
        assert said == [f"STRAT mine: {price} no_option: There are none." for price in (100, 101, 102)]


async def test_a_chain_that_does_not_come_is_an_error_in_time(tmp_path: Path) -> None:
    body = """
        def on_bar(self, bar: Bar) -> None:
            if self._broker.live:
                self.chain(self.symbol)
    """
    async with house(write(tmp_path / "strategies", "mine", body)) as made:
        await made.supervisor.describe_all()
        await made.supervisor.start("mine", {"symbol": "SPY"})
        made.host.library.clear()
        made.trade(99)  # the first price opens no bar
        made.trade(100)
        status = await made.until_state("mine", "failed")
        assert "The options of SPY did not come within 4 s." in status.reason
        made.host.library.set()


async def test_it_asks_for_chains_of_what_it_trades_and_not_too_often(tmp_path: Path) -> None:
    body = """
        def on_bar(self, bar: Bar) -> None:
            for _ in range(50 if self._broker.live else 0):
                try:
                    self.chain("QQQ")
                except IbtuiError as error:
                    self.log(error.message)
    """
    async with house(write(tmp_path / "strategies", "mine", body)) as made:
        await made.supervisor.describe_all()
        await made.supervisor.start("mine", {"symbol": "SPY"})
        made.trade(99)  # the first price opens no bar
        made.trade(100)
        status = await made.until_state("mine", "failed")
        assert status.reason == f"it asked for more than {REQUESTS_PER_SECOND} chains within a second"
        assert made.host.asked_chains == []
        assert any("QQQ is not what it trades." in line for line in made.host.lines)
