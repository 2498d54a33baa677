"""The sheet of a strategy in shadow: its own book, times in the trader's zone, and that nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.link.status import ShadowBook, StrategyStatus
from ibtui.terminal.places.details import strategy_facts
from ibtui.terminal.places.shadow_facts import shadow_facts

ZONE = ZoneInfo("America/New_York")
ES = Instrument(
    symbol="ESZ6", con_id=1, sec_type="FUT", root="ES", exchange="CME", currency="USD", tick=Decimal("0.25")
)
AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def book() -> ShadowBook:
    stop = Terms(symbol="ESZ6", side=Side.SELL, quantity=Decimal(2), type="STP", stop_price=Decimal(5000), tif="GTC")
    bid = Terms(symbol="ESZ6", side=Side.BUY, quantity=Decimal(1), type="LMT", limit_price=Decimal("5001.5"))
    orders = (
        Order(ref="s1-s", owner="shadow", role="stop", terms=stop, status=OrderStatus.WORKING),
        Order(ref="s2", owner="shadow", terms=bid, status=OrderStatus.WORKING, over_by=AT.replace(hour=22)),
    )
    fills = tuple(
        Fill(
            exec_id=f"shadow.{number}.01",
            ref="s1",
            symbol="ESZ6",
            side=Side.BUY,
            quantity=Decimal(1),
            price=5010.0 + number,
            time=AT.replace(minute=number),
            owner="shadow",
        )
        for number in (1, 2)
    )
    return ShadowBook(held={"ESZ6": Decimal(2)}, orders=orders, fills=fills, pnl=-12.5)


def test_every_line_of_its_book() -> None:
    assert list(shadow_facts(book(), {"ESZ6": ES}, ZONE)) == [
        ("in shadow", "nothing is sent; its orders fill on the live quotes"),
        ("would hold", "2 ESZ6"),
        ("would earn", "−12.50 today, without commissions"),
        ("would work", "SELL 2 ESZ6 STP 5000.00 working, until it is cancelled"),
        ("", "BUY 1 ESZ6 LMT 5001.50 working, until 2026-11-23 17:00:00 EST"),
        ("traded", "2026-11-23 10:02:00 EST BUY 1 ESZ6 at 5012.00"),
        ("", "2026-11-23 10:01:00 EST BUY 1 ESZ6 at 5011.00"),
    ]


def test_a_strategy_has_these_lines_in_shadow_only() -> None:
    live = StrategyStatus(name="x", state="running")
    shadow = StrategyStatus(name="x", state="shadow", shadow=ShadowBook())
    assert not any("hold" in name for name, _ in strategy_facts(live))
    assert ("would hold", "nothing") in strategy_facts(shadow)
    assert "position" not in dict(strategy_facts(shadow))
    held = StrategyStatus(name="x", state="shadow", symbol="SPY", position=Decimal(5), shadow=ShadowBook())
    assert dict(strategy_facts(held))["position"] == "5 SPY", "what it still holds is in the account"
