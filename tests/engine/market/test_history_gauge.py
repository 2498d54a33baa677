"""How many history requests are open, as the clients of an engine are shown it."""

from __future__ import annotations

from pathlib import Path

from tests.clocks import PATIENCE
from tests.engine.markets import CALM
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def shown(engine: Driver, count: int) -> int:
    """The market data lines once so many history requests are told, in the status and in the header of the terminal."""
    status = await engine.until(
        lambda s: s.history_requests == count and engine.header is not None and engine.header.history_requests == count,
        PATIENCE,
    )
    assert engine.header is not None
    assert status.lines == engine.header.lines
    return status.lines


async def test_bars_that_are_kept_up_to_date_count_beside_the_market_data_lines(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        assert await shown(engine, 0) == 2
        await engine.do("start sma_cross symbol=AAPL bar=1d")
        await shown(engine, 1)
