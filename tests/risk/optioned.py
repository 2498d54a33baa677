"""A stock and its options, for what the gate says of them."""

from __future__ import annotations

from decimal import Decimal

from ibtui.domain.instrument import Band, Instrument

STOCK = Instrument(symbol="AAPL", con_id=1, sec_type="STK", root="AAPL", exchange="SMART", currency="USD")
NEAR, FAR = "20261218", "20270115"


def option(right: str, strike: float, expiry: str = NEAR) -> Instrument:
    return Instrument(
        symbol=f"{right}{strike:g}/{expiry}",
        con_id=hash((right, strike, expiry)),
        sec_type="OPT",
        root="AAPL",
        exchange="SMART",
        currency="USD",
        expiry=expiry,
        strike=Decimal(str(strike)),
        right=right,  # type: ignore[arg-type]
        multiplier=Decimal(100),
        bands=(Band(Decimal(0), Decimal("0.01")), Band(Decimal(3), Decimal("0.05"))),
    )


CALL, PUT, HIGH = option("C", 190), option("P", 190), option("C", 195)
