"""Of positions that live would not hold, the warning names the one that is furthest beyond."""

from __future__ import annotations

from ibtui.backtest.larger import larger_than_live
from ibtui.domain.reference.reference import Reference
from ibtui.risk.positions import largest_position


def warned(**held: float) -> str:
    names = Reference()
    return larger_than_live([(names.of(symbol), most) for symbol, most in held.items()], "mine")


def test_the_worst_is_named_and_not_the_largest() -> None:
    shares, contracts = (int(largest_position(Reference().of(symbol))) for symbol in ("AAPL", "ESZ6"))
    assert shares > 4 * contracts, "the test wants a stock whose limit is far higher"
    one = warned(AAPL=2.0 * shares, ESZ6=3.0 * contracts)
    assert one.startswith(f"It held {3 * contracts:,.10g} ESZ6; live it may hold {contracts:,} until")
    one = warned(AAPL=4.0 * shares, ESZ6=3.0 * contracts)
    assert one.startswith(f"It held {4 * shares:,.10g} AAPL")
    assert warned(AAPL=1.0 * shares, ESZ6=1.0 * contracts) == ""
