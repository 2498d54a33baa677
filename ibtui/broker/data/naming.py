"""What IB's description of a contract becomes: an instrument, and the one name that it has everywhere."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, get_args

from msgspec.structs import replace

from ibtui.broker.numbers import decimal
from ibtui.domain.instrument import Band, Instrument, SecType
from ibtui.domain.money import exact
from ibtui.domain.text.sanitize import sanitize

OPTIONS = ("OPT", "FOP")
_PRINTABLE = re.compile(r"[ -~]{0,32}")
_FAMILIES: dict[str, SecType] = {
    "FOP": "OPT",
    "WAR": "OPT",
    "IOPT": "OPT",
    "CONTFUT": "FUT",
    "CFD": "STK",
    "FUND": "STK",
}
"""Security types that are shown as their nearest relative; orders still go out with IB's own type."""
_TINY = Decimal("1e-8")
"""The lot of a coin until IB says it: no position in one is a fraction of that."""


def described(details: Any, bands: tuple[Band, ...]) -> Instrument:
    """An instrument from contract details. A price magnifier (prices in pence) is folded into the multiplier."""
    contract = details.contract
    base = mentioned(contract)
    magnifier = Decimal(details.priceMagnifier or 1)
    step = details.sizeIncrement if contract.secType in ("CASH", "CRYPTO") else 0
    return replace(
        base,
        primary_exchange=sanitize(contract.primaryExchange, 32),
        multiplier=base.multiplier / magnifier,
        tick=exact(details.minTick) if details.minTick else Decimal("0.01"),
        bands=bands if len(bands) > 1 else (),
        lot=decimal(step) if step else Decimal(1),
        name=sanitize(details.longName, 80),
    )


def mentioned(contract: Any) -> Instrument:
    """What a contract alone tells; positions and orders carry no tick and often no exchange."""
    return Instrument(
        symbol=name_of(contract),
        con_id=contract.conId,
        sec_type=_family(contract.secType),
        root=sanitize(contract.symbol, 32),
        exchange=sanitize(contract.exchange, 32) or _home(contract.secType),
        currency=sanitize(contract.currency, 8),
        local_symbol=_local(contract.localSymbol),
        trading_class=sanitize(contract.tradingClass, 32),
        expiry=_digits(contract.lastTradeDateOrContractMonth),
        strike=exact(contract.strike or 0) if contract.secType in OPTIONS else Decimal(0),
        right=_right(contract),
        multiplier=exact(contract.multiplier or 1),
        lot=_TINY if contract.secType == "CRYPTO" else Decimal(1),
    )


def name_of(contract: Any) -> str:
    """The one name of a contract: AAPL, BRK.B, SAP.EUR, ESZ6, EUR.USD, AAPL261218C00190000."""
    symbol = ".".join(sanitize(contract.symbol, 32).upper().split())
    if contract.secType in ("CASH", "CRYPTO"):
        return f"{symbol}.{contract.currency}"
    if contract.secType in ("FUT", "OPT", "FOP", "WAR"):
        return "".join(sanitize(contract.localSymbol, 32).upper().split()) or symbol
    return symbol if contract.currency in ("USD", "") else f"{symbol}.{contract.currency}"


def _local(text: str) -> str:
    """A local symbol with the blanks inside it, which belong to the names of options and go back on the wire."""
    return text if _PRINTABLE.fullmatch(text) else sanitize(text, 32)


def _right(contract: Any) -> Literal["", "C", "P"]:
    """IB also writes CALL and PUT, and 0 or ? where there is none."""
    right = contract.right[:1] if contract.secType in OPTIONS else ""
    return right if right in ("C", "P") else ""  # type: ignore[return-value]


def _family(sec_type: str) -> SecType:
    return _FAMILIES.get(sec_type) or (sec_type if sec_type in get_args(SecType) else "IND")  # type: ignore[return-value]


def _home(sec_type: str) -> str:
    return {"STK": "SMART", "OPT": "SMART", "CASH": "IDEALPRO", "CRYPTO": "PAXOS"}.get(sec_type, "")


def _digits(date: str) -> str:
    return date[:8] if date[:8].isdigit() else ""
