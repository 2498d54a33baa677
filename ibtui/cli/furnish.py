"""The demo's first orders, placed through the same door as a person's, so that no pane opens empty."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from ibtui.commands.command import Command, Trade
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.money import to_tick
from ibtui.domain.order import Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.link.client import Client
from ibtui.link.messages import Do, Frame

SECONDS = 15.0


async def furnish(socket: Path) -> None:
    """Place a covered position, a bare one and a resting order; raises IbtuiError when the desk refuses one."""
    market = _Market()
    await market.client.connect(socket)
    try:
        async with asyncio.timeout(SECONDS):
            future = await market.wait_for_future()
            for symbol in ("AAPL", future, "NVDA"):
                await market.wait_for_quote(symbol)
            for command in _orders(market, future):
                await market.client.ask(Do(command=command, wait=True))
    except TimeoutError:
        raise IbtuiError("no_quote", f"no quotes came within {SECONDS:.0f} s.") from None
    finally:
        await market.client.close()


def _orders(market: _Market, future: str) -> tuple[Command, ...]:
    aapl, nvda = market.price("AAPL"), market.price("NVDA")
    return (
        Trade(
            terms=Terms(side=Side.BUY, quantity=Decimal(100), symbol="AAPL", type=OrderType.MKT),
            target=market.tick("AAPL", aapl * 1.03),
            protect=market.tick("AAPL", aapl * 0.97),
        ),
        Trade(terms=Terms(side=Side.BUY, quantity=Decimal(1), symbol=future, type=OrderType.MKT)),
        Trade(
            terms=Terms(
                side=Side.BUY,
                quantity=Decimal(200),
                symbol="NVDA",
                type=OrderType.LMT,
                limit_price=market.tick("NVDA", nvda * 0.99),
                tif=TimeInForce.GTC,
            )
        ),
    )


class _Market:
    """What the frames have shown so far."""

    def __init__(self) -> None:
        self.client = Client(self._take, lambda reason: None)
        self._instruments: dict[str, Instrument] = {}
        self._quotes: dict[str, Quote] = {}
        self._watchlist: tuple[str, ...] = ()
        self._active = False
        self._changed = asyncio.Event()

    def _take(self, frame: Frame) -> None:
        self._instruments.update((instrument.symbol, instrument) for instrument in frame.instruments)
        self._quotes.update((quote.symbol, quote) for quote in frame.quotes)
        self._watchlist = self._watchlist if frame.watchlist is None else frame.watchlist
        self._active = frame.session.state == "active" if frame.session else self._active
        self._changed.set()
        self.client.painted()

    async def _until_changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def wait_for_future(self) -> str:
        """The symbol of the watchlist's future."""
        while True:
            for symbol in self._watchlist:
                instrument = self._instruments.get(symbol)
                if instrument is not None and instrument.sec_type == "FUT":
                    return symbol
            await self._until_changed()

    async def wait_for_quote(self, symbol: str) -> None:
        while not self._active or symbol not in self._quotes or self._quotes[symbol].mid is None:
            await self._until_changed()

    def price(self, symbol: str) -> float:
        middle = self._quotes[symbol].mid
        assert middle is not None
        return middle

    def tick(self, symbol: str, price: float) -> Decimal:
        return to_tick(price, self._instruments[symbol].tick)
