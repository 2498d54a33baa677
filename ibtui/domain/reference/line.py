"""A contract on one line, as people write it: `FUT USD 1000 0.015625 CBOT`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from ibtui.domain.instrument import Instrument
from ibtui.domain.money import plain
from ibtui.domain.reference.coins import LOT
from ibtui.domain.text.sanitize import sanitize

KINDS = ("STK", "FUT", "CASH", "CRYPTO", "IND")
"""What a line can say; an option has its strike and expiry in its name."""
FORM = "KIND CURRENCY MULTIPLIER TICK EXCHANGE, such as FUT USD 1000 0.015625 CBOT"
_CURRENCY, _EXCHANGE = re.compile(r"[A-Z]{3}"), re.compile(r"[A-Z][A-Z0-9.]{1,11}")
_WORDS = 5
_LARGEST = Decimal(10) ** 9


def contract(symbol: str, text: str, *, root: str = "") -> Instrument:
    """The contract that a line describes, under a symbol; raises ValueError with what is wrong with the line."""
    words = text.upper().split()
    if len(words) != _WORDS:
        raise ValueError(f"{sanitize(text, 60)!r} is no contract; write {FORM}")
    kind, currency, multiplier, tick, exchange = words
    if kind not in KINDS:
        raise ValueError(f"{sanitize(kind, 12)!r} is no kind of contract; it is one of {', '.join(KINDS)}")
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"{sanitize(currency, 12)!r} is no currency; write three letters, such as USD")
    if not _EXCHANGE.fullmatch(exchange):
        raise ValueError(f"{sanitize(exchange, 12)!r} is no exchange; write its name at IB, such as CME or SMART")
    return Instrument(
        symbol=symbol,
        con_id=0,
        sec_type=kind,  # type: ignore[arg-type]
        root=root or symbol,
        exchange=exchange,
        currency=currency,
        multiplier=_number(multiplier, "multiplier"),
        tick=_number(tick, "tick"),
        lot=Decimal(LOT if kind == "CRYPTO" else 1),
    )


def line(instrument: Instrument) -> str:
    """The line that describes a contract."""
    figures = map(plain, (instrument.multiplier, instrument.tick))
    exchange = instrument.primary_exchange or instrument.exchange
    return " ".join((instrument.sec_type, instrument.currency, *figures, exchange))


def _number(text: str, what: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not (number.is_finite() and 0 < number <= _LARGEST):
        raise ValueError(f"the {what} {sanitize(text, 20)!r} is no number above 0")
    return number
