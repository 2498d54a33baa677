"""What a symbol of a file is, as far as its name says: the contract that money is counted with."""

from __future__ import annotations

import re
from decimal import Decimal

from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import option_name

_PAIR = re.compile(r"([A-Z]{3})\.([A-Z]{3})")
_FUTURE = re.compile(r"([A-Z0-9]{1,4}?)[FGHJKMNQUVXZ]\d{1,2}")
FUTURES: dict[str, tuple[int, str]] = {
    "ES": (50, "0.25"),
    "MES": (5, "0.25"),
    "NQ": (20, "0.25"),
    "MNQ": (2, "0.25"),
    "RTY": (50, "0.1"),
    "YM": (5, "1"),
    "CL": (1000, "0.01"),
    "GC": (100, "0.1"),
}
"""Multiplier and tick of the futures that a name like ESZ6 is known to be; another name is a stock."""


def instrument_of(symbol: str) -> Instrument:
    """A future by root and month (ESZ6), a pair (EUR.USD), an option by its OCC name, or a stock in dollars."""
    option = option_name(symbol)
    if option is not None:
        return Instrument(
            symbol=symbol,
            con_id=0,
            sec_type="OPT",
            root=option.root,
            exchange="SMART",
            currency="USD",
            expiry=f"{option.expiry:%Y%m%d}",
            strike=option.strike,
            right=option.right,
            multiplier=Decimal(100),
        )
    pair, future = _PAIR.fullmatch(symbol), _FUTURE.fullmatch(symbol)
    if pair is not None:
        return _plain(symbol, "CASH", pair[1], pair[2], tick="0.00005" if pair[2] != "JPY" else "0.005")
    if future is not None and future[1] in FUTURES:
        multiplier, tick = FUTURES[future[1]]
        return _plain(symbol, "FUT", future[1], "USD", multiplier=multiplier, tick=tick)
    return _plain(symbol, "STK", symbol, "USD")


def _plain(symbol: str, kind: str, root: str, currency: str, *, multiplier: int = 1, tick: str = "0.01") -> Instrument:
    return Instrument(
        symbol=symbol,
        con_id=0,
        sec_type=kind,  # type: ignore[arg-type]
        root=root,
        exchange="SMART",
        currency=currency,
        multiplier=Decimal(multiplier),
        tick=Decimal(tick),
    )
