"""A day's loss over the real gateway: who reached its limit only reduces, until midnight and over a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ibtui.config import Limits
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings
from ibtui.engine.desk.day_lows import DAILY_LOW, Lows
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, hold, trades
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


def _state(status: Status, name: str) -> str:
    return next(one.state for one in status.strategies if one.name == name)


def _kept(engine: Driver) -> float:
    """The account's loss as the safety file has it."""
    return msgspec.json.decode(engine.engine.parts.safety.text(DAILY_LOW), type=Lows).by_owner[""]


ENTERS = """
from ibtui.strategies import Strategy, param

class Mine(Strategy):
    symbol: str = param("AAPL", kind="symbol")
    bar: str = param("1s", kind="bar")

    def on_bar(self, bar):
        if len(self.orders(bar.symbol)) == 0 and self.position(bar.symbol) < 100:
            self.buy(bar.symbol, 100, limit=bar.close + 0.05)
        elif not any(order.limit_price < 180 for order in self.orders(bar.symbol)):
            self.buy(bar.symbol, 1, limit=179.0)
        self.explain("asks")
"""


async def test_a_persons_loss_of_the_day_over_the_gateway_and_over_a_restart(tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        **CALM,
        "limits": Limits(duplicate_seconds=1e-9, daily_loss=500, quote_age=60),
        "watchlist": ("AAPL",),
    }
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **rules) as engine:
            hold(gateway)
            await engine.do("buy 100 AAPL market")
            resting = (await engine.do("buy 10 AAPL @ 180.00")).orders[0]
            await engine.until(lambda s: bool(s.positions))
            hold(gateway, 181.00, 181.02)
            gateway.backend.exchange.set_price(AAPL, 181.01)
            await engine.order(resting.ref, lambda o: not o.live)
            await engine.said(
                "the limit daily_loss is 500.00 USD: only reducing orders pass until midnight in New York"
            )
            with pytest.raises(IbtuiError, match=r"Today .*lost .*daily_loss is 500"):
                await engine.preview("buy 1 AAPL market")
            hold(gateway, 175.00, 175.02)
            gateway.backend.exchange.set_price(AAPL, 175.01)
            await engine.until(lambda s: _kept(engine) < -1200)
            hold(gateway)
            gateway.backend.exchange.set_price(AAPL, 187.41)
            await engine.until(lambda s: s.account is not None and (s.account.day_pnl or -501) > -500)
            assert "Today had lost" in (await engine.refused("buy 1 AAPL market")).message
        async with running_engine(tmp_path, gateway.port, **rules) as engine:
            assert "Today had lost" in (await engine.refused("buy 1 AAPL market")).message
            await engine.do("sell 100 AAPL market")


async def test_a_strategys_loss_of_the_day_is_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / "mine.py").write_text(ENTERS)
    rules: dict[str, Any] = {**CALM, "held_to": {"mine": Ceilings(daily_loss=300)}, "watchlist": ("AAPL",)}
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, strategies=folder, **rules) as engine,
    ):
        hold(gateway)
        await engine.do("start mine")
        async with trades(gateway, [187.41]):
            await engine.until(lambda s: any(o.owner == "mine" and o.live for o in s.orders))
            await engine.until(lambda s: bool(s.positions))
        hold(gateway, 181.00, 181.02)
        async with trades(gateway, [181.01]):
            status = await engine.until(lambda s: _state(s, "mine") == "suspended")
            reason = next(one.reason for one in status.strategies if one.name == "mine")
            assert "the limit daily_loss is 300.00 USD: only reducing orders pass until midnight" in reason
            await engine.until(lambda s: not any(o.owner == "mine" and o.live for o in s.orders))
        await engine.do("buy 1 AAPL market")


async def test_groups_count_together_over_the_gateway(tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        **CALM,
        "limits": Limits(duplicate_seconds=1e-9, group_percent=5, quote_age=60),
        "groups": {"tech": ("AAPL", "MSFT")},
    }
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **rules) as engine:
        await engine.do("buy 100 AAPL market")
        error = await engine.refused("buy 100 MSFT market")
        assert (error.code, "The group tech would be" in error.message) == ("over_limit", True)
        assert "the limit group_percent is 5 %" in error.message
        await engine.do("buy 10 MSFT market")
        await engine.do("sell 100 AAPL market")
